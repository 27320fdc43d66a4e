"""A partly read record made whole, so that rules can look at what was read: what is missing becomes neutral.

A file with a spelling mistake in one field is still checked for contradictions everywhere else. Neutral values are
chosen so that no rule finds anything in them: no text, no number of people, an empty list.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, get_origin

from nervegraph import model
from nervegraph.record_parts import part_of_field
from nervegraph.record_types import DoseAmount, LengthOfTime, Place

_NEUTRAL: dict[object, Callable[[], object]] = {
    str: lambda: "",
    int: lambda: 0,
    Place: lambda: Place("", "", None),
    DoseAmount: lambda: DoseAmount("1", "1", "", None, ""),
    LengthOfTime: lambda: LengthOfTime(0, ""),
}


def fill_unread(record: model.StudyFile) -> tuple[model.StudyFile, frozenset[tuple[int, str]]]:
    """The record with a value in every field, and which fields got a neutral one (object id and field name).

    :param record: a record made by validation, or by `model_construct` without the fields that could not be read.
    """
    unread: set[tuple[int, str]] = set()
    whole = _fill(record, unread)
    return whole, frozenset(unread)


def _fill(part: Any, unread: set[tuple[int, str]]) -> Any:
    kind: type[model.Part] = type(part)
    values: dict[str, object] = {}
    for name in _fields_with_parts(kind):
        value = part.__dict__.get(name)
        filled = _fill_value(value, unread) if value else value
        if filled is not value:
            values[name] = filled
    neutrals = _fields_of(kind)
    missing = [] if len(part.__dict__) == len(neutrals) else [name for name in neutrals if name not in part.__dict__]
    if not values and not missing:
        return part
    values = {**part.__dict__, **{name: neutrals[name]() for name in missing}, **values}
    whole = kind.model_construct(_fields_set=set(part.model_fields_set), **_by_alias(kind, values))
    unread.update((id(whole), name) for name in missing)
    return whole


def _fill_value(value: object, unread: set[tuple[int, str]]) -> object:
    if isinstance(value, model.Part):
        return _fill(value, unread)
    if isinstance(value, list) and value and isinstance(value[0], model.Part):
        filled = [_fill(entry, unread) for entry in value]
        return filled if any(new is not old for new, old in zip(filled, value, strict=True)) else value
    return value


def _by_alias(kind: type[model.Part], values: dict[str, object]) -> dict[str, Any]:
    return {kind.model_fields[name].alias or name: value for name, value in values.items()}


@cache
def _fields_of(kind: type[model.Part]) -> dict[str, Callable[[], object]]:
    return {name: _neutral_of(field) for name, field in kind.model_fields.items()}


@cache
def _fields_with_parts(kind: type[model.Part]) -> tuple[str, ...]:
    types: dict[str, object] = {name: field.annotation for name, field in kind.model_fields.items()}
    return tuple(name for name, field_type in types.items() if part_of_field(field_type))


def _neutral_of(field: Any) -> Callable[[], object]:
    if not field.is_required():
        return lambda: field.get_default(call_default_factory=True)
    if get_origin(field.annotation) is list:
        return list
    return _NEUTRAL.get(field.annotation, lambda: None)
