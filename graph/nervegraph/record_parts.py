"""The parts of the study record, looked up by where they stand in a file: their fields and what each field expects."""

from __future__ import annotations

from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from nervegraph.model import Part, StudyFile
from nervegraph.record_types import Vocabularies
from nervegraph.study_tree import TreePath

# Shown for a field that is missing; found by trying a text that no such field takes.
_EXPECTED = {
    "bad-id": "an id such as all-patients",
    "not-a-count": "a whole number",
    "not-a-number": "a number such as -73.4",
    "not-a-year": "a year",
    "not-yes-or-no": "yes or no",
    "bad-doi": "a DOI such as 10.1002/acr.20495",
    "bad-pmid": "a PubMed id",
    "bad-pmcid": "a PubMed Central id",
    "bad-url": "a web address",
    "bad-duration": "a length of time such as 14 days",
    "bad-dose": "a dose such as 0.4 g/kg",
    "bad-place": "the place in the source, such as: abstract, Results",
}
# No field but plain text takes it, so that the rule it breaks tells what a field holds.
NO_VALUE = "?!"
_MOST_WORDS_SHOWN = 15


def field_names(path: TreePath) -> list[str]:
    """The names, as typed in a file, of the fields that the part at `path` may have; empty if no part stands there."""
    part = find_part(path)
    return list(fields_of(part)) if part else []


@cache
def fields_of(part: type[Part]) -> dict[str, tuple[str, FieldInfo]]:
    """Per field name as typed in a file: the attribute's name and pydantic's description of the field."""
    return {field.alias or name: (name, field) for name, field in part.model_fields.items()}


@cache
def part_of_field(field_type: object) -> type[Part] | None:
    """The part that a field, or each entry of it, is made of; None for a field that holds values."""
    if isinstance(field_type, type) and issubclass(field_type, Part):
        return field_type
    for inner in get_args(field_type):
        if found := part_of_field(inner) if _is_hashable(inner) else None:
            return found
    return None


def type_of(field: FieldInfo) -> Any:
    """What a field holds, as Python's typing describes it."""
    return field.annotation


def is_list(field_type: object) -> bool:
    """True if the field is a list, optional or not."""
    return _has_origin(field_type, list)


def is_mapping(field_type: object) -> bool:
    """True if the field holds texts under names that the curator chooses."""
    return _has_origin(field_type, dict)


def _has_origin(field_type: object, wanted: type) -> bool:
    origin = get_origin(field_type)
    if origin in (Annotated, Union, UnionType):
        return any(_has_origin(inner, wanted) for inner in get_args(field_type))
    return origin is wanted


def find_part(path: TreePath) -> type[Part] | None:
    """The part that stands at `path` in a study file; None if a value or a list stands there."""
    part: type[Part] | None = StudyFile
    for step in path:
        if isinstance(step, int):
            continue
        fields = fields_of(part) if part else {}
        if step not in fields:
            return None
        part = part_of_field(type_of(fields[step][1]))
    return part


def is_list_of_parts(path: TreePath) -> bool:
    """True if the field at `path` is a list whose entries have fields of their own."""
    owner = find_part(path[:-1])
    fields = fields_of(owner) if owner else {}
    return path[-1] in fields and find_part(path) is not None and is_list(type_of(fields[str(path[-1])][1]))


@cache
def part_names_with(name: str) -> list[str]:
    """The fields under whose parts a field of this name is known; an empty name stands for the top of the file."""
    found: dict[str, None] = {}
    waiting: list[tuple[str, type[Part]]] = [("", StudyFile)]
    seen: set[tuple[str, type[Part]]] = set()
    while waiting:
        above, part = waiting.pop(0)
        if (above, part) in seen:
            continue
        seen.add((above, part))
        if name in fields_of(part):
            found[above] = None
        for inner_name, (_, field) in fields_of(part).items():
            if inner := part_of_field(type_of(field)):
                waiting.append((inner_name, inner))
    return list(found)


@cache
def adapter_of(part: type[Part], name: str) -> TypeAdapter[Any]:
    """Reads the value of one field (by its name in a file) as the whole part would."""
    field = fields_of(part)[name][1]
    if not field.metadata:
        return TypeAdapter(type_of(field))
    with_checks: Any = Annotated[type_of(field), *field.metadata]
    return TypeAdapter(with_checks)


def rule_against(part: type[Part], name: str, value: object, vocabulary: Vocabularies) -> str | None:
    """The id of the rule that the value breaks in this field, or None if it may stand there."""
    try:
        adapter_of(part, name).validate_python(value, context={"vocabulary": vocabulary})
    except ValidationError as error:
        return error.errors(include_url=False, include_input=False)[0]["type"]
    return None


def rule_of_field(part: type[Part], name: str, vocabulary: Vocabularies) -> str | None:
    """What a field takes, told by the rule that a text breaks which none takes; None if it takes any text.

    For a list it is the rule of an entry.
    """
    if not is_list(type_of(fields_of(part)[name][1])):
        return rule_against(part, name, NO_VALUE, vocabulary)
    return rule_against(part, name, [NO_VALUE] * max(fewest_entries(part, name, vocabulary), 1), vocabulary)


def fewest_entries(part: type[Part], name: str, vocabulary: Vocabularies) -> int:
    """How many entries a list needs at least."""
    try:
        adapter_of(part, name).validate_python([], context={"vocabulary": vocabulary})
    except ValidationError as error:
        return int(error.errors(include_url=False)[0].get("ctx", {}).get("min_length", 0))
    return 0


def expectation(path: TreePath, vocabulary: Vocabularies) -> str:
    """What the field at `path` should hold, in words that follow `with`."""
    part = find_part(path[:-1])
    name = str(path[-1])
    if part is None or name not in fields_of(part):
        return "its value"
    field = fields_of(part)[name][1]
    if inner := part_of_field(type_of(field)):
        first = ", ".join(list(fields_of(inner))[:4])
        return f"a dash for each entry and its fields ({first}, …)" if is_list(type_of(field)) else f"{first}, …"
    try:
        adapter_of(part, name).validate_python(NO_VALUE, context={"vocabulary": vocabulary})
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)[0]
        allowed = details.get("ctx", {}).get("allowed") or []
        if 0 < len(allowed) <= _MOST_WORDS_SHOWN:
            return f"one of: {', '.join(allowed)}"
        if allowed:
            return f"a word of the vocabulary, such as {allowed[0]}"
        return _EXPECTED.get(details["type"], "its value")
    return "a text"


def _is_hashable(value: object) -> bool:
    return type(value).__hash__ is not None
