"""A tree of fields, lists and texts -> the text of a study file, from which the same tree is read back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from nervegraph.study_tree import Value

# What YAML reads as it stands, whatever follows: no colon, no comment sign, nothing that opens or closes anything.
_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ,./()'+-]*[A-Za-z0-9.)'])?")
_NULL_WORDS = frozenset({"null", "Null", "NULL"})


def format_study_yaml(tree: dict[str, Value]) -> str:
    """The text of a study file with these fields, in their order; texts are of one line, and nothing in it is empty."""
    return "\n".join(_field_lines(tree)) + "\n"


def _field_lines(fields: dict[str, Value]) -> Iterator[str]:
    for name, value in fields.items():
        if isinstance(value, str):
            yield f"{name}: {_format_text(value)}"
        else:
            yield f"{name}:"
            lines = _field_lines(value) if isinstance(value, dict) else _list_lines(value)
            yield from (f"  {line}" for line in lines)


def _list_lines(entries: list[Value]) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, str):
            yield f"- {_format_text(entry)}"
        else:
            lines = _field_lines(entry) if isinstance(entry, dict) else _list_lines(entry)
            for at, line in enumerate(lines):
                yield f"{'  ' if at else '- '}{line}"


def _format_text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text not in _NULL_WORDS:
        return text
    # JSON's double-quoted strings are YAML's.
    return json.dumps(text, ensure_ascii=False)
