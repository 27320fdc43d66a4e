"""What a syntax error in a query means, in words that say what to do; read off the text, without an engine."""

from __future__ import annotations

import re

from nervegraph.errors import Misuse
from nervegraph.terms import PREFIXES

_OPAQUE = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""'
    r"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r'|"(?:[^"\\\n\r]|\\.)*"'
    r"|'(?:[^'\\\n\r]|\\.)*'"
    r'|<[^<>"{}|^`\\\x00-\x20]*>'
    r"|#[^\n\r]*",
    re.DOTALL,
)
_BEFORE_KEYWORD = r"(?<![\w?$:@.%\\-])"
_DECLARED_PREFIX = re.compile(_BEFORE_KEYWORD + r"PREFIX\s+([\w.-]*):", re.IGNORECASE)
_PROLOGUE = re.compile(r"\s*(?:PREFIX\s+[\w.-]*:|BASE(?![\w:]))", re.IGNORECASE)
_USED_PREFIX = re.compile(_BEFORE_KEYWORD + r"([^\W\d_][\w.-]*)?:")
_FIRST_WORD = re.compile(r"\s*([A-Za-z]+)")
_UPDATES = frozenset({"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"})
_POSITION = re.compile(r"error at (\d+):(\d+): ?(.*)", re.DOTALL)
_SHOWN_CHARACTERS = 30


class QueryError(Misuse):
    """A query is not valid SPARQL; `line` and `column` count from 1, in characters."""

    def __init__(self, line: int, column: int, reason: str) -> None:
        self.line = line
        self.column = column
        self.reason = reason
        super().__init__(f"the query, line {line}, column {column}: {reason}")


def explain_syntax_error(query: str, engine_message: str) -> QueryError:
    """The error to raise for a query that the engine could not parse, in words that say what to do."""
    found = _POSITION.match(engine_message)
    if found is None:
        return QueryError(1, 1, engine_message.splitlines()[0] if engine_message else "it is not valid SPARQL")
    line, column, expected = int(found[1]), int(found[2]), found[3]
    masked = _masked(query)
    update = _find_update(masked)
    if update is not None:
        word, offset = update
        return QueryError(
            *_position_of(query, offset), f"{word} would change the data; only questions are answered here"
        )
    # The engine reports the furthest place any of its attempts came to, which need not be where this one failed.
    undeclared = _find_undeclared_prefix(masked)
    if undeclared is not None:
        prefix, offset = undeclared
        iri = PREFIXES.get(prefix, "…")
        reason = f"prefix {prefix}: is not declared; add PREFIX {prefix}: <{iri}> at the top"
        return QueryError(*_position_of(query, offset), reason)
    if "IRI parsing failed" in expected:
        reason = (
            "the IRI before this place is not a whole one; write it with its scheme and without blanks, as <https://…>"
        )
        return QueryError(line, column, reason)
    if "variable that is unbound" in expected:
        reason = "a selected variable is neither in GROUP BY nor inside COUNT, SUM or the like"
        return QueryError(line, column, reason)
    rest = _text_from(query, line, column)
    if rest.strip():
        return QueryError(line, column, f"it is not valid SPARQL here, at or just before: {_shown(rest)}")
    if not masked.strip():
        return QueryError(line, column, "it is empty; write a question, as SELECT ?study WHERE { … }")
    if masked.count("{") > masked.count("}"):
        return QueryError(line, column, "it ends before its last { is closed; add the missing }")
    return QueryError(line, column, "it is not valid SPARQL; a word or sign before this place is missing or too much")


def _masked(query: str) -> str:
    """The query with strings, IRIs and comments blanked out, every other character in its place."""
    return _OPAQUE.sub(lambda found: re.sub(r"[^\n\r]", " ", found[0]), query)


def _find_update(masked: str) -> tuple[str, int] | None:
    offset = 0
    while (prologue := _PROLOGUE.match(masked, offset)) is not None:
        offset = prologue.end()
    first = _FIRST_WORD.match(masked, offset)
    if first is None or first[1].upper() not in _UPDATES:
        return None
    return first[1].upper(), first.start(1)


def _find_undeclared_prefix(masked: str) -> tuple[str, int] | None:
    declared = set(_DECLARED_PREFIX.findall(masked))
    for used in _USED_PREFIX.finditer(masked):
        prefix = used[1] or ""
        if prefix not in declared:
            return prefix, used.start()
    return None


def _position_of(query: str, offset: int) -> tuple[int, int]:
    before = query[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _text_from(query: str, line: int, column: int) -> str:
    lines = query.split("\n")[line - 1 :]
    if not lines:
        return ""
    return "\n".join([lines[0][column - 1 :], *lines[1:]])


def _shown(text: str) -> str:
    first_line = text.strip().splitlines()[0]
    return first_line if len(first_line) <= _SHOWN_CHARACTERS else first_line[:_SHOWN_CHARACTERS] + "…"
