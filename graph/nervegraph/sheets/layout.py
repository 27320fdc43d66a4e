"""The sheets of a workbook of studies, found out from the record: a sheet for each list, a column for each field.

A row begins with key columns that say where it belongs, in the ids that a curator chose: the study, the person or
group, the treatment, the drug. A single block inside a part, such as `percentage` of an outcome, has columns of its own
(`percentage: percent`). A field added to the record gets its column, and a list its sheet, without a change here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from nervegraph.model import Part, StudyFile
from nervegraph.record_parts import (
    NO_VALUE,
    fields_of,
    is_list,
    is_mapping,
    part_of_field,
    rule_against,
    rule_of_field,
    type_of,
)
from nervegraph.record_types import Vocabularies

ROOT_SHEET = "study"

# A cell holds one text, or several texts one below the other, or texts with a name in front of each.
Content = Literal["text", "texts", "named texts"]
FieldPath = tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """A column that holds a field; `path` leads to it from the part whose row it stands in.

    `rule` is the rule that a text breaks which no such field takes, None for free text. `is_single_allowed` tells that
    a list of one may be written as that one.
    """

    name: str
    path: FieldPath
    part: type[Part]
    content: Content
    rule: str | None
    is_required: bool
    is_single_allowed: bool

    @property
    def field_name(self) -> str:
        """The field's name as typed in a study file."""
        return self.path[-1]


@dataclass(frozen=True)
class Route:
    """One way in which the entries of a sheet hang on others: the fields from the study down to their list.

    `keys` are the key columns that name the entries on the way, one for each field but the last.
    """

    path: FieldPath
    keys: tuple[str, ...]


@dataclass(eq=False)
class Sheet:
    """One sheet: the part that each row is, its columns, and where rows may belong.

    `entry_key` is the key column by which rows of other sheets name an entry of this one. `lists` are the sheets of the
    lists inside its entries, by field.
    """

    title: str
    part: type[Part]
    entry_key: str
    columns: tuple[Column, ...]
    routes: list[Route] = field(default_factory=list)
    lists: dict[str, Sheet] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """The key columns in their order; where a row may belong to different depths, those of the deepest."""
        return max((route.keys for route in self.routes), key=len)

    @cached_property
    def key_headers(self) -> dict[str, str]:
        """The header of each key column; it begins with `of` where a field of the part has the key's name."""
        fields = {column.name for column in self.columns}
        return {key: f"of {key}" if key in fields else key for key in self.keys}

    @property
    def headers(self) -> tuple[str, ...]:
        """All column headers from left to right."""
        return (*self.key_headers.values(), *(column.name for column in self.columns))

    @cached_property
    def key_field(self) -> str:
        """The field by which an entry is known if it has no `id`."""
        return next(iter(fields_of(self.part)))


@dataclass(frozen=True)
class Layout:
    """All sheets in the order of the workbook; the first has a row for each study."""

    sheets: tuple[Sheet, ...]

    @property
    def root(self) -> Sheet:
        """The sheet of the studies themselves."""
        return self.sheets[0]

    def __getitem__(self, title: str) -> Sheet:
        return next(sheet for sheet in self.sheets if sheet.title == title)


def build_layout(vocabulary: Vocabularies, root: type[Part] = StudyFile) -> Layout:
    """The sheets for a record and everything in it, outer lists before the lists inside their entries.

    :raises ValueError: a part holds a list inside a single block, for which there is no sheet.
    """
    return _Builder(vocabulary).build(root)


def fields_in_order(part: type[Part]) -> list[str]:
    """The fields of a part as people write them: what names it, what is its own, what it shares, then its lists.

    The record's order is kept, except that lists of parts come last, and that the fields which a kind of people has of
    its own (a group's `patients`, a person's `age`) stand behind the ids instead of behind everything that both share.
    """
    fields = fields_of(part)
    inherited = {field.alias or name for name, field in part.__mro__[1].model_fields.items()}  # type: ignore[attr-defined]
    own = [name for name in fields if name not in inherited]
    shared = [name for name in fields if name in inherited]
    ids = [at for at, name in enumerate(shared) if name in ("id", "label", "part of")]
    behind_ids = ids[-1] + 1 if ids else 0
    ordered = [*shared[:behind_ids], *own, *shared[behind_ids:]]
    return sorted(ordered, key=lambda name: _is_list_of_parts(part, name))


def words_of_class(part: type[Part]) -> str:
    """The name of a kind of part in words: `AdverseEvent` gives `adverse event`."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", part.__name__).lower()


def _is_list_of_parts(part: type[Part], name: str) -> bool:
    field_type = type_of(fields_of(part)[name][1])
    return is_list(field_type) and part_of_field(field_type) is not None


class _Builder:
    def __init__(self, vocabulary: Vocabularies) -> None:
        self._vocabulary = vocabulary
        self._sheets: dict[tuple[str, type[Part]], Sheet] = {}

    def build(self, root: type[Part]) -> Layout:
        # The root has no list that it stands in; its rows are found by their own first column.
        sheet = self._sheet(ROOT_SHEET, root, next(iter(fields_of(root))))
        sheet.routes.append(Route((), ()))
        waiting = [sheet]
        while waiting:
            waiting += self._add_lists(waiting.pop(0))
        placed: list[Sheet] = []
        self._place(sheet, placed)
        return Layout(tuple(placed))

    def _place(self, sheet: Sheet, placed: list[Sheet]) -> None:
        """Put the sheet next, and behind it those of its lists whose every owner is placed by now."""
        placed.append(sheet)
        for inner in sheet.lists.values():
            owners = [each for each in self._sheets.values() if inner in each.lists.values()]
            if inner not in placed and all(owner in placed for owner in owners):
                self._place(inner, placed)

    def _add_lists(self, sheet: Sheet) -> list[Sheet]:
        """Enter the lists inside the entries of a sheet; those to which a way has been found that was not known."""
        names = [name for name in fields_in_order(sheet.part) if _is_list_of_parts(sheet.part, name)]
        found = []
        for name in names:
            inner = self._part(sheet.part, name)
            listed = self._sheet(name, inner, self._entry_key(sheet.part, names, inner))
            sheet.lists[name] = listed
            routes = [Route((*route.path, name), (*route.keys, sheet.entry_key)) for route in sheet.routes]
            new = [route for route in routes if route not in listed.routes]
            listed.routes += new
            found += [listed] if new else []
        return found

    def _sheet(self, name: str, part: type[Part], entry_key: str) -> Sheet:
        known = self._sheets.get((name, part))
        if known is None:
            titles = {sheet.title for sheet in self._sheets.values()}
            title = name if name not in titles else f"{name} ({words_of_class(part)})"
            known = Sheet(title, part, entry_key, tuple(self._columns(part, (), is_needed=True)))
            self._sheets[name, part] = known
        return known

    def _entry_key(self, owner: type[Part], lists: list[str], part: type[Part]) -> str:
        """How an entry is called where other rows name it: by its class, or by its first field if that is no id."""
        first = next(iter(fields_of(part)))
        if first != "id":
            return first
        base = part.__mro__[1]
        kin = [inner for name in lists if base is not Part and (inner := self._part(owner, name)).__mro__[1] is base]
        return " or ".join(words_of_class(each) for each in kin or [part])

    def _columns(self, part: type[Part], above: FieldPath, *, is_needed: bool) -> Iterator[Column]:
        for name in fields_in_order(part):
            described = fields_of(part)[name][1]
            field_type = type_of(described)
            path = (*above, name)
            inner = part_of_field(field_type)
            if inner is not None and is_list(field_type):
                if above:
                    raise ValueError(f"{': '.join(path)}: a list inside a single block has no sheet")
                continue
            if inner is not None:
                yield from self._columns(inner, path, is_needed=is_needed and described.is_required())
                continue
            content: Content = "text"
            if is_mapping(field_type):
                content = "named texts"
            elif is_list(field_type):
                content = "texts"
            yield Column(
                name=": ".join(path),
                path=path,
                part=part,
                content=content,
                rule=rule_of_field(part, name, self._vocabulary) if content != "named texts" else None,
                is_required=is_needed and described.is_required(),
                is_single_allowed=rule_against(part, name, NO_VALUE, self._vocabulary) != "list_type",
            )

    def _part(self, owner: type[Part], name: str) -> type[Part]:
        part = part_of_field(type_of(fields_of(owner)[name][1]))
        assert part is not None  # noqa: S101 - only lists of parts are asked for
        return part
