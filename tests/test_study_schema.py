"""The JSON Schema for editors is that of the record, and takes every sound study file as an editor reads it."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nervegraph import record_types
from nervegraph.checked_studies import read_checked_study
from nervegraph.resources import list_study_files
from nervegraph.study_schema import FILE_NAME, build_schema, schema_text
from nervegraph.vocabulary import Vocabulary
from tracked_files import ROOT

VOCABULARY = Vocabulary.shipped()
SCHEMA = build_schema(VOCABULARY)
SOUND = [*list_study_files(ROOT / "studies"), *list_study_files(ROOT / "tests" / "data" / "studies")]
INVALID = ROOT / "tests" / "invalid" / "schema"
KINDS: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}
KEYWORDS = {
    "$schema", "$ref", "definitions", "title", "description", "type", "pattern", "minimum", "maximum", "enum", "const",
    "anyOf", "items", "minItems", "properties", "required", "additionalProperties",
}  # fmt: skip


def is_kind(value: object, kind: str) -> bool:
    return isinstance(value, KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))


def find_faults(value: Any, schema: dict[str, Any], path: str = "") -> list[str]:
    """Where the value does not keep to the schema: the part of JSON Schema draft 7 that the schema uses."""
    if "$ref" in schema:  # draft 7 ignores what stands beside it
        return find_faults(value, SCHEMA["definitions"][schema["$ref"].removeprefix("#/definitions/")], path)
    kinds = [schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type")
    if kinds and not any(is_kind(value, kind) for kind in kinds):
        return [f"{path}: {value!r} is none of {kinds}"]
    faults = []
    if "enum" in schema and not any(
        value is one or (value == one and type(value) is type(one)) for one in schema["enum"]
    ):
        faults.append(f"{path}: {value!r} is not in the list")
    if "const" in schema and value != schema["const"]:
        faults.append(f"{path}: {value!r} is not {schema['const']!r}")
    if "anyOf" in schema and all(find_faults(value, one, path) for one in schema["anyOf"]):
        faults.append(f"{path}: {value!r} fits none of several forms")
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        faults.append(f"{path}: {value!r} is not of the form {schema['pattern']}")
    if is_kind(value, "number") and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        faults.append(f"{path}: {value!r} is out of range")
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            faults.append(f"{path}: too few entries")
        faults += [
            fault for at, one in enumerate(value) for fault in find_faults(one, schema.get("items", {}), f"{path}/{at}")
        ]
    if isinstance(value, dict):
        known = schema.get("properties", {})
        faults += [f"{path}: {name} is missing" for name in schema.get("required", ()) if name not in value]
        for name, one in value.items():
            inner = known.get(name, schema.get("additionalProperties", True))
            if inner is True:
                continue
            faults += find_faults(one, inner, f"{path}/{name}") if inner else [f"{path}: {name} is unknown"]
    return faults


def as_editors_read(text: str) -> Any:
    """With numbers, yes and no as such: YAML 1.1, the widest reading there is."""
    return yaml.safe_load(text)


def as_texts(text: str) -> Any:
    """Every value as typed, as NerveGraph reads it."""
    return yaml.load(text, yaml.BaseLoader)  # noqa: S506 - the loader that makes nothing but texts


def test_the_shipped_schema_is_that_of_the_record() -> None:
    shipped = (ROOT / "ontology" / FILE_NAME).read_text(encoding="utf-8")
    assert shipped == schema_text(VOCABULARY), "renew it: python -m nervegraph.study_schema"


@pytest.mark.parametrize("path", SOUND, ids=lambda path: path.stem)
def test_an_editor_finds_nothing_wrong_in_a_sound_study_file(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert find_faults(as_editors_read(text), SCHEMA) == []
    assert find_faults(as_texts(text), SCHEMA) == []


# What the schema cannot see: the meaning of a text, mistakes that are none any more once an editor has read them, and
# words, which may be spelled in many ways.
BEYOND_A_SCHEMA = {"range-reversed", "unknown-unit", "leading-zero", "not-yes-or-no"} | {
    f"unknown-{scheme}" for scheme in VOCABULARY.schemes
}


@pytest.mark.parametrize("path", sorted(INVALID.glob("*.yaml")), ids=lambda path: path.stem)
def test_an_editor_sees_what_is_wrong_with_a_field(path: Path) -> None:
    assert read_checked_study(path, VOCABULARY).record is None
    faults = find_faults(as_editors_read(path.read_text(encoding="utf-8")), SCHEMA)
    assert bool(faults) == (path.stem not in BEYOND_A_SCHEMA), faults


def schemas_in(schema: Any) -> list[dict[str, Any]]:
    """Every schema inside a schema, itself included."""
    inner = [*schema.get("anyOf", ()), *schema.get("properties", {}).values(), *schema.get("definitions", {}).values()]
    inner += [schema[word] for word in ("items", "additionalProperties") if schema.get(word)]
    return [schema, *(found for one in inner for found in schemas_in(one))]


def test_the_schema_uses_only_standard_words_that_the_check_above_knows_and_leads_nowhere_wrong() -> None:
    for schema in schemas_in(SCHEMA):
        assert set(schema) <= KEYWORDS
        if "$ref" in schema:
            assert schema["$ref"].removeprefix("#/definitions/") in SCHEMA["definitions"]
        if "pattern" in schema:
            assert "(?" not in schema["pattern"], "editors read JavaScript's expressions, not Python's"
    json.loads(schema_text(VOCABULARY))


def test_every_word_of_every_vocabulary_is_known_and_its_concepts_are_explained() -> None:
    scheme = SCHEMA["definitions"]["drug"]
    for concept in VOCABULARY.concepts("drug"):
        if not concept.is_grouping:
            assert all(find_faults(word, scheme) == [] for word in concept.words)
            (choice,) = (one for one in scheme["anyOf"] if one.get("const") == concept.label)
            assert choice["description"].startswith(concept.definition)
    assert find_faults("", scheme) != []
    assert find_faults(["IVIG"], scheme) != []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("studdy", "alpha"),
        ("year", 1745),
        ("doi", "https://doi.org/10.1002/acr.20495"),
        ("synthetic", "perhaps"),
        ("groups", "none"),
        ("sources", []),
        ("condition", ["primary Sjögren", {"a": "cold"}]),
    ],
)
def test_a_planted_mistake_is_seen(field: str, value: object) -> None:
    study = as_editors_read(
        (ROOT / "tests" / "data" / "studies" / "alpha-series-2001.yaml").read_text(encoding="utf-8")
    )
    broken = {**copy.deepcopy(study), field: value}
    assert find_faults(study, SCHEMA) == []
    assert find_faults(broken, SCHEMA) != []


def test_a_field_that_is_missing_is_seen() -> None:
    study = as_editors_read(
        (ROOT / "tests" / "data" / "studies" / "alpha-series-2001.yaml").read_text(encoding="utf-8")
    )
    del study["groups"][0]["treatments"][0]["composition"]
    assert find_faults(study, SCHEMA) == ["/groups/0/treatments/0: composition is missing"]


PARSERS = {
    ("Person", "id"): record_types.parse_key,
    ("Person", "age"): record_types.parse_count,
    ("Group", "mean age"): record_types.parse_number,
    ("Outcome", "at"): record_types.parse_duration,
    ("SourceRead", "doi"): record_types.parse_doi,
    ("SourceRead", "pmid"): record_types.parse_pmid,
    ("SourceRead", "pmcid"): record_types.parse_pmcid,
    ("SourceRead", "url"): record_types.parse_url,
}


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(PARSERS)), st.data())
def test_what_the_schema_takes_for_a_value_the_record_takes_too(place: tuple[str, str], data: st.DataObject) -> None:
    part, field = place
    pattern = SCHEMA["definitions"][part]["properties"][field]["pattern"]
    # Without ^ and $, as Python's $ lets a line break follow.
    PARSERS[place](data.draw(st.from_regex(re.compile(pattern[1:-1]), fullmatch=True)))


@settings(max_examples=100, deadline=None)
@given(st.from_regex(record_types._AMOUNT, fullmatch=True))  # the units aside, every dose the record could read
def test_what_the_record_takes_for_a_dose_the_schema_takes_too(text: str) -> None:
    assert find_faults(text.strip(), SCHEMA["definitions"]["DoseStep"]["properties"]["amount"]) == []
