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
from typing import cast

import yaml

from nervegraph import yaml_refusals as refusals
from nervegraph.errors import Misuse, SurroundingsError
from nervegraph.findings import Finding
from nervegraph.plain_yaml import find_plain_tree
from nervegraph.study_text import LINE_BREAK, MAX_BYTES, has_forbidden_character, parse_bytes
from nervegraph.study_tree import Mark, Place, Spot, Tree, TreePath, Value, position_of
from nervegraph.yaml_mistakes import Stumble, explain_stumble

# libyaml's parser, about ten times as fast; without it PyYAML's own gives the same findings.
FAST_PARSER = yaml.__with_libyaml__

_BLOCK_HEADER = re.compile(r"[+-]?(?: .*)?")
_NUMBERED_BLOCK_HEADER = re.compile(r"[+-]?[1-9][+-]?(?: .*)?")
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


def parse_tree(data: bytes, path: Path, *, fast: bool = FAST_PARSER, plain: bool = True) -> Tree:
    """The tree of the study file whose bytes are `data`; `path` only names it in findings. Never raises.

    :param plain: whether a file in the plain style may be read without the YAML parser; the tree is the same.
    """
    study_text = parse_bytes(data, path)
    if plain and (tree := find_plain_tree(study_text, path)) is not None:
        return tree
    if not study_text.is_readable:
        return Tree(path, None, tuple(sorted(study_text.findings)), frozenset(), Place(None))
    reader = _Reader(study_text.text, path, fast)
    root, place = reader.read()
    return Tree(path, root, tuple(sorted((*study_text.findings, *reader.findings))), frozenset(reader.refused), place)


def _stumble(error: yaml.MarkedYAMLError) -> Stumble:
    at = error.problem_mark or error.context_mark
    before = error.context_mark or at
    return Stumble(error.problem or "", error.context or "", _from_zero(at), _from_zero(before))


def _from_zero(mark: Mark | None) -> tuple[int, int]:
    return (mark.line, mark.column) if mark else (0, 0)


class _Stop(Exception):
    """The rest of the file is not read; a finding says why."""


class _Reader:
    """One pass over the events of one file."""

    def __init__(self, text: str, path: Path, fast: bool) -> None:
        self._text = text
        self._path = path
        self._next = cast("Callable[[], yaml.Event]", (yaml.CSafeLoader if fast else yaml.SafeLoader)(text).get_event)
        self._may_hide_text = " #" in text and re.search(r" #\w", text) is not None
        self.findings: list[Finding] = []
        self.refused: set[TreePath] = set()

    @cached_property
    def _lines(self) -> list[str]:
        return LINE_BREAK.split(self._text)

    def read(self) -> tuple[dict[str, Value] | None, Place]:
        """The fields of the file and where they stand; None if it could not be read to its end."""
        try:
            self._next()
            document = self._next()
            if not isinstance(document, yaml.DocumentStartEvent):
                self._add(None, refusals.EMPTY_FILE)
                return None, Place(None)
            root, place = self._read_root(self._next())
            self._next()
            another = self._next()
            if isinstance(another, yaml.DocumentStartEvent):
                self._add(another.start_mark, refusals.SEVERAL_DOCUMENTS)
        except _Stop:
            return None, Place(None)
        except yaml.MarkedYAMLError as error:
            self.findings.append(explain_stumble(_stumble(error), self._lines, self._path))
            return None, Place(None)
        return root, place

    def _read_root(self, event: yaml.Event) -> tuple[dict[str, Value] | None, Place]:
        if isinstance(event, yaml.ScalarEvent) and not event.style and event.value in refusals.NULL_WORDS:
            self._add(None, refusals.EMPTY_FILE)
            return None, Place(None)
        value, place = self._read_value(event, (), 1)
        if isinstance(value, dict) and isinstance(place, Place):
            return value, place
        if value is not None or not self.findings:
            self._add(event.start_mark, refusals.NOT_FIELDS)
        return None, Place(None)

    def _read_value(self, event: yaml.Event, path: TreePath, depth: int) -> tuple[Value | None, Place | Mark | None]:
        if isinstance(event, yaml.ScalarEvent):
            return self._read_text(event), event.start_mark
        if isinstance(event, yaml.AliasEvent):
            self._add(event.start_mark, refusals.alias(event.anchor or ""))
            return None, event.start_mark
        if depth > refusals.MAX_DEPTH:
            self._add(event.start_mark, refusals.TOO_DEEP)
            raise _Stop
        self._refuse_properties(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._read_fields(event.start_mark, path, depth)
        return self._read_list(event.start_mark, path, depth)

    def _read_text(self, event: yaml.ScalarEvent) -> str | None:
        """The text as typed; None if there is none, or after a finding about it."""
        value: str = event.value
        style: str = event.style or ""
        known = len(self.findings)
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event)
        if not style:
            if value in refusals.NULL_WORDS:
                return None
            if not value.isascii() and refusals.is_wide_space(value[0]):
                self._append(refusals.wide_space(self._path, *position_of(event.start_mark)))
            if self._may_hide_text:
                self._refuse_hidden_text(event)
        elif style == '"' and has_forbidden_character(value):
            self._add(event.start_mark, refusals.BAD_ESCAPE)
        elif style in "|>" and len(self.findings) == known:
            self._refuse_block_header(event, style)
        return value if value and len(self.findings) == known else None

    def _read_list(self, mark: Mark | None, path: TreePath, depth: int) -> tuple[list[Value], Place]:
        values: list[Value] = []
        places: list[Place | Spot] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            known = len(self.findings)
            value, place = self._read_value(event, (*path, len(values)), depth + 1)
            if value is not None:
                values.append(value)
                places.append(place)
                continue
            self.refused.add(path)
            if len(self.findings) == known:
                self._add(event.start_mark, refusals.EMPTY_ENTRY)
        return values, Place(mark, None, places)

    def _read_fields(self, mark: Mark | None, path: TreePath, depth: int) -> tuple[dict[str, Value], Place]:
        values: dict[str, Value] = {}
        places: dict[str, tuple[Spot, Place | Spot]] = {}
        next_event, findings = self._next, self.findings
        while not isinstance(event := next_event(), yaml.MappingEndEvent):
            known = len(findings)
            key = self._read_key(event, depth)
            if key is None or key in places:
                if key is not None:
                    first_line, _ = position_of(places[key][0])
                    self._add(event.start_mark, refusals.duplicate(key, first_line))
                self._skip(next_event(), depth)
                continue
            is_sound = len(findings) == known
            value_event = next_event()
            value: Value | None
            if isinstance(value_event, yaml.ScalarEvent):
                # Most values are texts, and for them no path need be made.
                value = self._read_text(value_event)
                places[key] = (event.start_mark, value_event.start_mark)
            else:
                value, place = self._read_value(value_event, (*path, key), depth + 1)
                places[key] = (event.start_mark, place)
            if value is not None and is_sound:
                values[key] = value
                continue
            self.refused.add((*path, key))
            if len(findings) == known:
                self._add(event.start_mark, refusals.empty(key))
        return values, Place(mark, places)

    def _read_key(self, event: yaml.Event, depth: int) -> str | None:
        """The field name, or None after a finding if it is none; an unsound name is returned with its finding made."""
        if not isinstance(event, yaml.ScalarEvent):
            self._add(event.start_mark, refusals.KEY_NOT_TEXT)
            self._skip(event, depth)
            return None
        key: str = event.value
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event)
        if not key.isascii():
            key = unicodedata.normalize("NFC", key)
            if refusals.is_wide_space(key[0]) or refusals.is_wide_space(key[-1]):
                self._append(refusals.wide_space(self._path, *position_of(event.start_mark)))
        if key == "<<" and not event.style:
            self._add(event.start_mark, refusals.MERGE_KEY)
            return None
        if event.style == '"' and has_forbidden_character(key):
            self._add(event.start_mark, refusals.BAD_ESCAPE)
        if not key or key.isspace():
            self._add(event.start_mark, refusals.KEY_NOT_TEXT)
            return None
        return key

    def _skip(self, event: yaml.Event, depth: int) -> None:
        """Pass over a value that a finding has dealt with already; only its depth still counts."""
        opened = 0
        while True:
            if isinstance(event, yaml.CollectionStartEvent):
                opened += 1
                if depth + opened > refusals.MAX_DEPTH:
                    self._add(event.start_mark, refusals.TOO_DEEP)
                    raise _Stop
            elif isinstance(event, yaml.CollectionEndEvent):
                opened -= 1
            if opened == 0:
                return
            event = self._next()

    def _refuse_properties(self, event: yaml.Event) -> None:
        anchor: str | None = getattr(event, "anchor", None)
        if anchor is not None:
            self._add(event.start_mark, refusals.anchor(anchor))
        tag: str | None = getattr(event, "tag", None)
        if tag is not None:
            self._add(event.start_mark, refusals.tag(tag))

    def _refuse_block_header(self, event: yaml.ScalarEvent, style: str) -> None:
        """`>5` is YAML for "folded text indented by 5", so the 5 would be gone; libyaml takes `>#5` for a comment."""
        line, column = position_of(event.start_mark)
        header = self._lines[line - 1][column:]
        if _BLOCK_HEADER.fullmatch(header):
            return
        self._append(refusals.special_character(self._path, line, column, style))
        if not _NUMBERED_BLOCK_HEADER.fullmatch(header):
            raise _Stop

    def _refuse_hidden_text(self, event: yaml.ScalarEvent) -> None:
        line, column = _from_zero(event.end_mark)
        rest = self._lines[line][column:] if line < len(self._lines) else ""
        if _COMMENT_WITHOUT_SPACE.match(rest):
            self._append(Finding(self._path, line + 1, column + rest.index("#") + 1, *refusals.HIDDEN_TEXT))

    def _add(self, mark: Mark | None, refusal: refusals.Refusal) -> None:
        self._append(Finding(self._path, *position_of(mark), *refusal))

    def _append(self, finding: Finding) -> None:
        self.findings.append(finding)
        if len(self.findings) >= refusals.MAX_FINDINGS:
            self.findings.append(Finding(self._path, finding.line, finding.column, *refusals.TOO_MANY))
            raise _Stop
