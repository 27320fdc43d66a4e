"""The text of a study file -> a plain tree of strings that knows where each part stands, with all traps refused.

Nothing is guessed from how a value looks: `no`, `1.10`, `007` and `12:30` stay the text that was typed. Whatever YAML
can do beyond fields, lists and text (anchors, aliases, merge keys, tags, several documents, …) is a finding. The file
is read event by event and nothing is ever expanded, so that a hostile file costs no more than its size.

The only module that imports yaml.
"""

from __future__ import annotations

import re
import stat
import unicodedata
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Protocol, cast

import yaml

from nervegraph import yaml_refusals as refusals
from nervegraph.errors import Misuse, SurroundingsError
from nervegraph.findings import Finding
from nervegraph.study_text import LINE_BREAK, MAX_BYTES, has_forbidden_character, has_half_character, parse_bytes
from nervegraph.study_tree import Place, Tree, TreePath, Value
from nervegraph.yaml_mistakes import Stumble, explain_stumble

# libyaml's parser, about ten times as fast; without it PyYAML's own gives the same findings.
FAST_PARSER = yaml.__with_libyaml__

_NULL_WORDS = frozenset({"", "~", "null", "Null", "NULL"})
_COMMENT_WITHOUT_SPACE = re.compile(r" +#\w")


def read_tree(path: Path) -> Tree:
    """The tree of the study file at `path`.

    :raises Misuse: there is no such file, or it is a directory or a device.
    :raises SurroundingsError: the file is there and cannot be opened or read.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise Misuse(f"{path}: this is not a file. Give the path of a study file (.yaml).")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise Misuse(f"{path}: there is no such file. Check the spelling of the path.") from error
    except OSError as error:
        raise SurroundingsError(
            f"{path}: the file cannot be read ({error.strerror}). Check who may read it."
        ) from error
    return parse_tree(data, path)


def parse_tree(data: bytes, path: Path, *, fast: bool = FAST_PARSER) -> Tree:
    """The tree of the study file whose bytes are `data`; `path` only names it in findings. Never raises."""
    study_text = parse_bytes(data, path)
    if not study_text.is_readable:
        return Tree(path, None, tuple(sorted(study_text.findings)), frozenset(), Place(1, 1, None, None))
    reader = _Reader(study_text.text, path, fast)
    root, place = reader.read()
    return Tree(path, root, tuple(sorted((*study_text.findings, *reader.findings))), frozenset(reader.refused), place)


class _Mark(Protocol):
    line: int
    column: int


def _at(mark: _Mark | None) -> tuple[int, int]:
    return (mark.line, mark.column) if mark else (0, 0)


def _start(event: yaml.Event) -> tuple[int, int]:
    line, column = _at(event.start_mark)
    return line + 1, column + 1


def _stumble(error: yaml.MarkedYAMLError) -> Stumble:
    at = error.problem_mark or error.context_mark
    return Stumble(error.problem or "", error.context or "", _at(at), _at(error.context_mark or at))


class _Stop(Exception):
    """The rest of the file is not read; a finding says why."""


class _Reader:
    """One pass over the events of one file."""

    def __init__(self, text: str, path: Path, fast: bool) -> None:
        self._text = text
        self._path = path
        self._source = (yaml.CSafeLoader if fast else yaml.SafeLoader)(text)
        self._next = cast("Callable[[], yaml.Event]", self._source.get_event)
        self._may_hide_text = re.search(r" #\w", text) is not None
        self.findings: list[Finding] = []
        self.refused: set[TreePath] = set()

    @cached_property
    def _lines(self) -> list[str]:
        return LINE_BREAK.split(self._text)

    def read(self) -> tuple[dict[str, Value] | None, Place]:
        nowhere = Place(1, 1, None, None)
        try:
            self._next()
            document = self._next()
            if not isinstance(document, yaml.DocumentStartEvent):
                self._add(1, 1, *refusals.EMPTY_FILE)
                return None, nowhere
            root, place = self._read_root(self._next())
            self._next()
            another = self._next()
            if isinstance(another, yaml.DocumentStartEvent):
                self._add(*_start(another), *refusals.SEVERAL_DOCUMENTS)
        except _Stop:
            return None, nowhere
        except yaml.MarkedYAMLError as error:
            self.findings.append(explain_stumble(_stumble(error), self._lines, self._path))
            return None, nowhere
        except (ValueError, OverflowError):
            # PyYAML's own parser turns an escape such as \UFFFFFFFF into a character without looking.
            self._add_bad_escape_here()
            return None, nowhere
        return root, place

    def _read_root(self, event: yaml.Event) -> tuple[dict[str, Value] | None, Place]:
        if isinstance(event, yaml.ScalarEvent) and not event.style and event.value in _NULL_WORDS:
            self._add(1, 1, *refusals.EMPTY_FILE)
            return None, Place(1, 1, None, None)
        line, column = _start(event)
        value, place = self._read_value(event, (), 1)
        if isinstance(value, dict):
            return value, place
        if value is not None:
            self._add(line, column, *refusals.NOT_FIELDS)
        return None, place

    def _read_value(self, event: yaml.Event, path: TreePath, depth: int) -> tuple[Value | None, Place]:
        if isinstance(event, yaml.ScalarEvent):
            return self._read_text(event)
        line, column = _start(event)
        if isinstance(event, yaml.AliasEvent):
            self._add(line, column, *refusals.alias(event.anchor or ""))
            return None, Place(line, column, None, None)
        if depth > refusals.MAX_DEPTH:
            self._add(line, column, *refusals.TOO_DEEP)
            raise _Stop
        self._refuse_properties(event, line, column)
        if isinstance(event, yaml.MappingStartEvent):
            return self._read_fields(path, depth, line, column)
        return self._read_list(path, depth, line, column)

    def _read_text(self, event: yaml.ScalarEvent) -> tuple[str | None, Place]:
        line, column = _start(event)
        place = Place(line, column, None, None)
        value: str = event.value
        known = len(self.findings)
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event, line, column)
        style = event.style
        if not style:
            if value in _NULL_WORDS:
                return None, place
            if not value.isascii() and refusals.is_wide_space(value[0]):
                self._append(refusals.wide_space(self._path, line, column))
            if self._may_hide_text:
                self._refuse_hidden_text(event)
        elif style == '"' and has_forbidden_character(value):
            self._refuse_escape(value, line, column)
        elif style in "|>" and re.search("[0-9]", self._lines[line - 1][column : column + 2]):
            # `>5` is YAML for "folded text, indented by 5": the 5 would be gone.
            self._append(refusals.special_character(self._path, line, column, style))
        return (value, place) if len(self.findings) == known and value else (None, place)

    def _read_list(self, path: TreePath, depth: int, line: int, column: int) -> tuple[list[Value], Place]:
        values: list[Value] = []
        places: list[Place] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            known = len(self.findings)
            value, place = self._read_value(event, (*path, len(values)), depth + 1)
            if value is not None:
                values.append(value)
                places.append(place)
                continue
            self.refused.add(path)
            if len(self.findings) == known:
                self._add(place.line, place.column, *refusals.EMPTY_ENTRY)
        return values, Place(line, column, None, places)

    def _read_fields(self, path: TreePath, depth: int, line: int, column: int) -> tuple[dict[str, Value], Place]:
        values: dict[str, Value] = {}
        places: dict[str, tuple[int, int, Place]] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key_line, key_column = _start(event)
            known = len(self.findings)
            key = self._read_key(event, depth)
            if key is None or key in places:
                if key is not None:
                    self._add(key_line, key_column, *refusals.duplicate(key, places[key][0]))
                self._skip(self._next(), depth)
                continue
            inner = (*path, key)
            is_sound = len(self.findings) == known
            value, place = self._read_value(self._next(), inner, depth + 1)
            places[key] = (key_line, key_column, place)
            if value is not None and is_sound:
                values[key] = value
                continue
            self.refused.add(inner)
            if len(self.findings) == known:
                self._add(key_line, key_column, *refusals.empty(key))
        return values, Place(line, column, places, None)

    def _read_key(self, event: yaml.Event, depth: int) -> str | None:
        """The field name, or None after a finding if it is none; an unsound name is returned with its finding made."""
        line, column = _start(event)
        if not isinstance(event, yaml.ScalarEvent):
            self._add(line, column, *refusals.KEY_NOT_TEXT)
            self._skip(event, depth)
            return None
        key = unicodedata.normalize("NFC", event.value)
        if key == "<<" and not event.style:
            self._add(line, column, *refusals.MERGE_KEY)
            return None
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event, line, column)
        if event.style == '"' and has_forbidden_character(key):
            self._refuse_escape(key, line, column)
        if not key.strip():
            self._add(line, column, *refusals.KEY_NOT_TEXT)
            return None
        if not key.isascii() and (refusals.is_wide_space(key[0]) or refusals.is_wide_space(key[-1])):
            self._append(refusals.wide_space(self._path, line, column))
        return key

    def _skip(self, event: yaml.Event, depth: int) -> None:
        """Pass over a value that a finding has dealt with already; only its depth still counts."""
        opened = 0
        while True:
            if isinstance(event, yaml.CollectionStartEvent):
                opened += 1
                if depth + opened > refusals.MAX_DEPTH:
                    self._add(*_start(event), *refusals.TOO_DEEP)
                    raise _Stop
            elif isinstance(event, yaml.CollectionEndEvent):
                opened -= 1
            if opened == 0:
                return
            event = self._next()

    def _refuse_properties(self, event: yaml.Event, line: int, column: int) -> None:
        anchor: str | None = getattr(event, "anchor", None)
        if anchor is not None:
            self._add(line, column, *refusals.anchor(anchor))
        tag: str | None = getattr(event, "tag", None)
        if tag is not None:
            self._add(line, column, *refusals.tag(tag))

    def _refuse_escape(self, value: str, line: int, column: int) -> None:
        self._add(line, column, *refusals.BAD_ESCAPE)
        if has_half_character(value):
            # libyaml stops at these; so do we when PyYAML's own parser lets them pass.
            raise _Stop

    def _refuse_hidden_text(self, event: yaml.ScalarEvent) -> None:
        line, column = _at(event.end_mark)
        rest = self._lines[line][column:] if line < len(self._lines) else ""
        if _COMMENT_WITHOUT_SPACE.match(rest):
            self._add(line + 1, column + rest.index("#") + 1, *refusals.HIDDEN_TEXT)

    def _add(self, line: int, column: int, rule: str, message: str, hint: str) -> None:
        self._append(Finding(self._path, line, column, rule, message, hint))

    def _append(self, finding: Finding) -> None:
        self.findings.append(finding)
        if len(self.findings) >= refusals.MAX_FINDINGS:
            last = (finding.line, finding.column, *refusals.TOO_MANY)
            self.findings.append(Finding(self._path, *last))
            raise _Stop

    def _add_bad_escape_here(self) -> None:
        index = self._source.get_mark().index if isinstance(self._source, yaml.SafeLoader) else 0
        before = LINE_BREAK.split(self._text[: self._text.rfind('"', 0, index)])
        self._add(len(before), len(before[-1]) + 1, *refusals.BAD_ESCAPE)
