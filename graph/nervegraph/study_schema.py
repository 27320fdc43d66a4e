"""The JSON Schema of study files, for editors: which fields there are, which words they allow, what each word means.

It is found out from the record itself, by trying texts on each field, so that it never calls wrong what `check` takes.
Numbers, yes and no may come as such, because an editor's YAML reader takes an unquoted 19 for a number. The words of a
vocabulary are offered and explained, and none is refused: `check` takes them in any spelling that differs only in
capitals, accents and hyphens, which a schema cannot say. `check` stays the judge.

`python -m nervegraph.study_schema` renews the file in the checkout.
"""

from __future__ import annotations

import json
from typing import Any

from nervegraph.model import Part, StudyFile
from nervegraph.record_parts import (
    NO_VALUE,
    fewest_entries,
    fields_of,
    is_list,
    part_of_field,
    rule_against,
    rule_of_field,
    type_of,
)
from nervegraph.record_types import NOT_KNOWN
from nervegraph.resources import resource_directory
from nervegraph.vocabulary import Concept, Vocabulary

Schema = dict[str, Any]

FILE_NAME = "study-file.schema.json"

_TEXT: Schema = {"type": ["string", "number", "boolean"], "pattern": r"\S"}
_WORD: Schema = {"type": "string", "pattern": r"\S"}
_WORDS = r"[a-z0-9]+(-[a-z0-9]+)*"
_DECIMAL = r"[0-9]{1,9}(\.[0-9]{1,6})?"
_COUNT: Schema = {
    "description": "A whole number.",
    "type": ["integer", "string"],
    "minimum": 0,
    "maximum": 999999,
    "pattern": "^(0|[1-9][0-9]{0,5})$",
}
_BY_RULE: dict[str, Schema] = {
    "bad-id": {
        "description": "Lower-case letters, digits and single hyphens, as in all-patients.",
        "type": ["string", "integer"],
        "minimum": 0,
        "pattern": f"^{_WORDS}$",
    },
    "not-a-count": _COUNT,
    "not-a-number": {
        "description": "A number, with a point and without a unit, as in -73.4.",
        "type": ["number", "string"],
        "pattern": r"^[+-]?[0-9]{1,9}(\.[0-9]{1,6})?$",
    },
    "not-a-year": {
        "description": "A year; if it is doubtful, leave it out and say why under 'year note'.",
        "type": ["integer", "string"],
        "minimum": 1900,
        "maximum": 2099,
        "pattern": "^(19|20)[0-9]{2}$",
    },
    "not-yes-or-no": {"description": "yes or no.", "enum": ["yes", "no", True, False]},
    "bad-doi": {
        "description": "A DOI as in 10.1002/acr.20495, without https://doi.org/ in front.",
        "type": "string",
        "pattern": r'^10\.[0-9]{4,9}/[^\s"<>{}|\\^`]+$',
    },
    "bad-pmid": {
        "description": "A PubMed id: one to eight digits.",
        "type": ["integer", "string"],
        "minimum": 1,
        "maximum": 99999999,
        "pattern": "^[1-9][0-9]{0,7}$",
    },
    "bad-pmcid": {"description": "As in PMC2077613.", "type": "string", "pattern": "^PMC[1-9][0-9]{0,8}$"},
    "bad-url": {
        "description": "A web address.",
        "type": "string",
        "pattern": r'^https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[^\s"<>{}|\\^`]*)?$',
    },
    "bad-duration": {
        "description": "A number and days, weeks, months or years, as in 14 days.",
        "type": "string",
        "pattern": r"^[0-9]{1,6}(\.[0-9]{1,3})? (day|week|month|year)s?$",
    },
    "bad-dose": {
        "description": "An amount or a range, and a unit, as in 0.4 g/kg or 10 to 20 mg.",
        "type": "string",
        "pattern": rf"^((at least|at most|more than|less than|about) ?| )?{_DECIMAL}( ?(to|-) ?{_DECIMAL})? \S+$",
    },
    "bad-place": {
        "description": "The id of a source, a comma and the section, as in: abstract, Results.",
        "type": "string",
        "pattern": rf"^{_WORDS}\s*,.*\S$",
    },
}


def build_schema(vocabulary: Vocabulary) -> Schema:
    """The schema of study files as JSON Schema draft 7, the draft that editors know best."""
    schemes: dict[str, Schema] = {}
    parts: dict[str, Schema] = {}
    _add_part(StudyFile, parts, schemes, vocabulary)
    root = parts.pop(StudyFile.__name__)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "NerveGraph study file",
        **root,
        "definitions": {**dict(sorted(parts.items())), **dict(sorted(schemes.items()))},
    }


def schema_text(vocabulary: Vocabulary) -> str:
    """The schema as the shipped file holds it."""
    return json.dumps(build_schema(vocabulary), ensure_ascii=False, indent=2) + "\n"


def write_shipped_schema() -> None:
    """Renew the schema that stands beside the shipped vocabularies."""
    text = schema_text(Vocabulary.shipped())
    (resource_directory("ontology") / FILE_NAME).write_text(text, encoding="utf-8", newline="\n")


def _add_part(part: type[Part], parts: dict[str, Schema], schemes: dict[str, Schema], vocabulary: Vocabulary) -> None:
    parts[part.__name__] = {}
    properties: dict[str, Schema] = {}
    for name, (_, field) in fields_of(part).items():
        inner = part_of_field(type_of(field))
        if inner is not None and inner.__name__ not in parts:
            _add_part(inner, parts, schemes, vocabulary)
        properties[name] = _field_schema(part, name, inner, vocabulary)
        for scheme in _schemes_in(properties[name]):
            schemes.setdefault(scheme, _scheme_schema(scheme, vocabulary))
    parts[part.__name__] = {
        "description": " ".join((part.__doc__ or "").split("\n\n")[0].split()),
        "type": "object",
        "properties": properties,
        "required": [name for name, (_, field) in fields_of(part).items() if field.is_required()],
        "additionalProperties": False,
    }


def _field_schema(part: type[Part], name: str, inner: type[Part] | None, vocabulary: Vocabulary) -> Schema:
    """What one field may hold: a part, a value, or a list of them (a single value may stand for a list of one)."""
    field_type = type_of(fields_of(part)[name][1])
    rule = rule_against(part, name, NO_VALUE, vocabulary)
    if rule == "dict_type":
        return {"type": "object", "additionalProperties": _TEXT}
    if not is_list(field_type):
        return _reference(inner.__name__) if inner else _value_schema(part, name, rule, vocabulary)
    least = fewest_entries(part, name, vocabulary)
    entry_rule = rule_of_field(part, name, vocabulary)
    entry = _reference(inner.__name__) if inner else _value_schema(part, name, entry_rule, vocabulary)
    several: Schema = {"type": "array", "items": entry}
    if least:
        several["minItems"] = least
    return several if rule == "list_type" else {"anyOf": [entry, several]}


def _value_schema(part: type[Part], name: str, rule: str | None, vocabulary: Vocabulary) -> Schema:
    if rule is None:
        return _TEXT
    if rule not in _BY_RULE:
        return _reference(rule.removeprefix("unknown-"))
    known = _BY_RULE[rule]
    if rule == "not-a-count" and rule_against(part, name, "unknown", vocabulary) is None:
        return {"anyOf": [known, {"description": "The number is not known.", "enum": sorted(NOT_KNOWN)}]}
    return known


def _reference(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _schemes_in(schema: Schema) -> list[str]:
    """The vocabularies that a field's schema refers to; their names, unlike those of parts, are lower-case."""
    found = [schema["$ref"].rsplit("/")[-1]] if "$ref" in schema else []
    for inner in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())):
        found += _schemes_in(inner)
    return [name for name in found if name.islower()]


def _scheme_schema(scheme: str, vocabulary: Vocabulary) -> Schema:
    concepts = [concept for concept in vocabulary.concepts(scheme) if not concept.is_grouping]
    labels = [concept.label for concept in concepts]
    others = dict.fromkeys(word for concept in concepts for word in concept.words if word not in labels)
    choices: list[Schema] = [{"const": concept.label, "description": _meaning(concept)} for concept in concepts]
    if others:
        choices.append({"description": "Other words for these.", "enum": list(others)})
    if {"yes", "no"} & set(labels):
        choices.append({"description": "What an editor's YAML reader makes of yes and no.", "enum": [True, False]})
    choices.append({"description": "Another spelling of one of these; 'nervegraph check' decides.", **_WORD})
    return {"title": scheme.replace("-", " "), "anyOf": choices}


def _meaning(concept: Concept) -> str:
    return f"{concept.definition} {concept.not_for}".strip()


if __name__ == "__main__":
    write_shipped_schema()
