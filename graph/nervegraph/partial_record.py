"""As much of a record as a faulty study file gives, so that checks across fields can run beside schema errors."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import ValidationError

from nervegraph.findings import did_you_mean
from nervegraph.model import Part, StudyFile
from nervegraph.record_parts import adapter_of, fields_of, is_list, part_of_field, type_of
from nervegraph.record_types import Vocabularies
from nervegraph.study_tree import Tree, TreePath, Value

P = TypeVar("P", bound=Part)

_FAULTY = object()


def build_partial_record(tree: Tree, vocabulary: Vocabularies) -> StudyFile | None:
    """What can be read of the study file, for checks only; None if the file could not be read as YAML.

    A field that is faulty, or required and missing, is no attribute of its part: `name in vars(part)` tells. So is a
    field that a misspelt one was probably meant to be. Entries of lists of parts keep their numbers, so that paths into
    the file stay right; an entry that is not even a block of fields is a part without attributes.
    """
    return _Builder(tree, vocabulary).part(StudyFile, tree.root, ()) if tree.root is not None else None


class _Builder:
    def __init__(self, tree: Tree, vocabulary: Vocabularies) -> None:
        self._refused = tree.refused
        self._context = {"vocabulary": vocabulary}

    def part(self, part: type[P], given: Value, path: TreePath) -> P:
        fields = fields_of(part)
        typed = given if isinstance(given, dict) else {}
        meant = {did_you_mean(name, fields) for name in typed if name not in fields}
        values: dict[str, Any] = {}
        unread: set[str] = set()
        for name, (attribute, field) in fields.items():
            if name in typed:
                value = self._value(part, name, typed[name], (*path, name))
                if value is not _FAULTY:
                    values[name] = value
                    continue
                unread.add(attribute)
            elif field.is_required() or name in meant or (*path, name) in self._refused or typed is not given:
                unread.add(attribute)
        built = part.model_construct(**values)
        for attribute in unread & vars(built).keys():
            # pydantic has put the default there, which nobody typed.
            del vars(built)[attribute]
        return built

    def _value(self, part: type[Part], name: str, given: Value, path: TreePath) -> object:
        """The value of one field, which may be None where the file says `unknown`; `_FAULTY` if it cannot be read."""
        field_type = type_of(fields_of(part)[name][1])
        inner = part_of_field(field_type)
        if inner and is_list(field_type):
            if not isinstance(given, list):
                return _FAULTY
            return [self.part(inner, entry, (*path, number)) for number, entry in enumerate(given)]
        if inner:
            return self.part(inner, given, path) if isinstance(given, dict) else _FAULTY
        try:
            value: object = adapter_of(part, name).validate_python(given, context=self._context)
        except ValidationError:
            return _FAULTY
        return value
