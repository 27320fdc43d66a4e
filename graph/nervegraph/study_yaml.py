"""A tree of fields, lists and texts -> the text of a study file, from which the same tree is read back."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Iterator

from nervegraph.study_tree import Value

# What YAML reads as it stands, whatever follows: no colon, no comment sign, nothing that opens or closes anything.
_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ,./()'+-]*[A-Za-z0-9.)'])?")
_NAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9 -]*[A-Za-z0-9])?")
_SIGNED_NUMBER = re.compile(r"[+-][0-9.]+")
_NULL_WORDS = frozenset({"null", "Null", "NULL"})
_STEP = "  "
# As wide as the lines of the shipped study files.
_WIDTH = 120

# The lines of one text: what stands in front of it, the text, and how far what belongs to it is indented at least.
_WriteText = Callable[[str, str, str], list[str]]


def format_study_yaml(tree: dict[str, Value]) -> str:
    """The text of a study file with these fields, in their order; texts are of one line, and nothing in it is empty."""
    return "\n".join(_field_lines(tree, "", _write_short)) + "\n"


def format_study_page(tree: dict[str, Value]) -> str:
    """The same as people write it: long texts folded, sections apart; texts may have several lines.

    Nothing in the tree is empty, and no text begins or ends with a space.
    """
    lines: list[str] = []
    for name, value in tree.items():
        if not _is_section(value):
            lines += _field_lines({name: value}, "", _write_page)
            continue
        lines += ["", f"{name}:"]
        for number, entry in enumerate(value):
            # Entries with lists of their own are long, and stand apart from each other.
            is_long = isinstance(entry, dict) and any(_is_section(inner) for inner in entry.values())
            lines += [""] if number and is_long else []
            lines += _list_lines([entry], _STEP, _write_page)
    return "\n".join(lines) + "\n"


def _is_section(value: Value) -> bool:
    return isinstance(value, list) and any(isinstance(entry, dict) for entry in value)


def _field_lines(fields: dict[str, Value], indent: str, write: _WriteText) -> Iterator[str]:
    for name, value in fields.items():
        key = name if _NAME.fullmatch(name) else _quoted(name)
        if isinstance(value, str):
            yield from write(f"{indent}{key}: ", value, indent + _STEP)
        else:
            yield f"{indent}{key}:"
            yield from _inner_lines(value, indent + _STEP, write)


def _list_lines(entries: list[Value], indent: str, write: _WriteText) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, str):
            yield from write(f"{indent}- ", entry, indent + _STEP)
        else:
            first, *others = _inner_lines(entry, indent + _STEP, write)
            yield f"{indent}- {first.removeprefix(indent + _STEP)}"
            yield from others


def _inner_lines(value: list[Value] | dict[str, Value], indent: str, write: _WriteText) -> Iterator[str]:
    return _field_lines(value, indent, write) if isinstance(value, dict) else _list_lines(value, indent, write)


def _write_short(start: str, text: str, indent: str) -> list[str]:
    is_plain = _PLAIN.fullmatch(text) and text not in _NULL_WORDS
    return [start + (text if is_plain else _quoted(text))]


def _write_page(start: str, text: str, indent: str) -> list[str]:
    lines = text.split("\n")
    if len(lines) > 1 and all(line.isprintable() and line == line.rstrip() for line in lines):
        return [f"{start}|-", *(indent + line if line else "" for line in lines)]
    line = start + (text if _is_plain(text) else _quoted(text))
    words = text.split(" ")
    if len(line) <= _WIDTH or len(words) == 1 or not text.isprintable() or "" in words:
        return [line]
    folded = textwrap.wrap(text, _WIDTH - len(indent), break_long_words=False, break_on_hyphens=False)
    return [f"{start}>-", *(indent + piece for piece in folded)]


def _is_plain(text: str) -> bool:
    """Whether a text of one line, which no space begins or ends, is read as it stands without quotes."""
    if _SIGNED_NUMBER.fullmatch(text):
        return True
    begins_plainly = text[0].isalnum() or text[0] == "("
    has_sign = ": " in text or " #" in text or text.endswith(":")
    return begins_plainly and text.isprintable() and not has_sign and text not in _NULL_WORDS


def _quoted(text: str) -> str:
    # JSON's double-quoted strings are YAML's.
    return json.dumps(text, ensure_ascii=False)
