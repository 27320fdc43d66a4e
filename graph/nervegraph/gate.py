"""Limits on the text of a query, checked before any parser sees it.

A query of 40 kB can end the process that parses it (20,000 nested braces overflow the stack of the engine), `SERVICE`
calls out and cannot be switched off in the engine, and `FROM` with an unknown graph answers with silence. So the text
is cut into tokens here, in linear time and without a grammar, and what is too large or reaches outside is refused.

Where this cutting and the engine's might differ, the text is refused rather than guessed at: the engine accepts
keywords glued to their neighbours (`trueSERVICE<…>`), and `1<2)SERVICE#>` is a comparison in one place and an IRI in
another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from nervegraph import terms
from nervegraph.errors import Misuse

MAX_BYTES = 65_536
MAX_NESTING = 100
MAX_TRIPLE_PATTERNS = 200
MAX_CLAUSES = 500
MAX_LIST_TERMS = 10_000

_UPDATE_WORDS = frozenset({"insert", "delete", "load", "clear", "drop", "create", "add", "move", "copy"})
# Words that may stand inside a triple pattern; any other word ends it.
_TRIPLE_WORDS = frozenset({"a", "true", "false"})
_OPERANDS = frozenset({"string", "iri", "variable", "language", "name", "number"})
# What else may stand at the left of a comparison: a bracketed expression, EXISTS {…}, a quoted triple, a boolean.
_OPERAND_ENDS = frozenset({")", "}", ">", "true", "false"})

# Possessive quantifiers (*+) keep a string without end from costing more than one pass.
_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\r\n]++)
    | (?P<comment>\#[^\r\n]*+)
    | (?P<string>\"\"\"(?:[^"\\]|\\.|"(?!""))*+\"\"\" | '''(?:[^'\\]|\\.|'(?!''))*+'''
        | (?!\"\"\")"(?:[^"\\\r\n]|\\.)*+" | (?!''')'(?:[^'\\\r\n]|\\.)*+')
    | (?P<unclosed>["'])
    | (?P<iri><[^<>"{}|^`\\\x00-\x20]*+>)
    | (?P<variable>[?$]\w++)
    | (?P<language>@[A-Za-z]++(?:-[A-Za-z0-9]++)*+)
    | (?P<name>(?P<prefix>(?:[^\W\d_][\w-]*+|_)?):(?P<local>(?:[\w:%][\w:%-]*+)?))
    | (?P<number>(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?)
    | (?P<word>[^\W\d_][\w-]*+)
    | (?P<datatype>\^\^)
    | (?P<operator>&&|\|\||[!<>]=|[!+\-*/|^=<>])
    | (?P<bracket>[{}()\[\]])
    | (?P<separator>[,;.])
    | (?P<escape>\\)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
# After an operand `<` may be a comparison. Two shapes are safe whichever way the engine reads them: no expression goes
# on with `scheme://`, and the second holds nothing that could open a string or comment, or close a bracket.
_EITHER_WAY = re.compile(r"<(?:[A-Za-z][A-Za-z0-9+.-]*+://[^>]*+|[A-Za-z0-9:._~/%+=@,;-]*+)>")
_CODEPOINT_ESCAPE = re.compile(r"\\[uU]")
# With IGNORECASE also the long s, which some engines read as an s.
_SERVICE = re.compile("service", re.IGNORECASE)


class RefusedQuery(Misuse):
    """The text of a query is outside the limits; nothing was run.

    `rule` is a short id that never changes, `line` the line where it was noticed, from 1.
    """

    def __init__(self, rule: str, line: int, reason: str, advice: str) -> None:
        self.rule = rule
        self.line = line
        self.reason = reason
        super().__init__(f"line {line} of the query: {reason} {advice}")


def check_query(query: str, *, remote: bool = False) -> None:
    """Come back if `query` is within the limits.

    :param remote: the query goes to an endpoint of somebody else, so that `SERVICE` and `FROM` are not ours to judge.
    :raises RefusedQuery: it is too large, nested too deeply, an update, or reaches outside the graph.
    """
    try:
        size_bytes = len(query.encode("utf-8"))
    except UnicodeEncodeError as error:
        line = query.count("\n", 0, error.start) + 1
        reason = "half a character (a lone surrogate) stands here."
        raise RefusedQuery("not-unicode", line, reason, "Delete it, or save the query as UTF-8 again.") from None
    if size_bytes > MAX_BYTES:
        reason = f"it has {size_bytes:,} bytes, {MAX_BYTES:,} are allowed."
        raise RefusedQuery("too-long", 1, reason, "Shorten it; long lists of terms belong into the graph.")
    _Gate(query, remote=remote).check()


@dataclass
class _Level:
    """What was counted since the last open bracket: `operators` since the last separator, `pending` a triple."""

    kind: Literal["group", "values", "parentheses", "square"]
    operators: int = 0
    pending: bool = False


@dataclass
class _Gate:
    query: str
    remote: bool
    levels: list[_Level] = field(default_factory=lambda: [_Level("group")])
    nesting: int = 0
    triple_patterns: int = 0
    clauses: int = 0
    list_terms: int = 0
    prefixes: dict[str, str] = field(default_factory=dict)
    # What stood before: the last token's kind, whether it may be the left side of a comparison, and open constructs.
    after_operand: bool = False
    expected: Literal["nothing", "prefix name", "prefix iri", "graph"] = "nothing"
    prefix: str = ""
    values_follow: bool = False
    start: int = 0

    def check(self) -> None:
        is_empty = True
        for match in _TOKEN.finditer(self.query):
            kind, text, self.start = str(match.lastgroup), match.group(), match.start()
            if match["name"] is not None:
                kind = "name"
            if kind == "space":
                continue
            if kind == "comment":
                if _CODEPOINT_ESCAPE.search(text):
                    self._refuse_escape()
                continue
            is_empty = False
            self._refuse_disguises(kind, text, match["prefix"])
            self._follow_names(kind, text, match["prefix"], match["local"])
            self._count(kind, text)
            self.after_operand = kind in _OPERANDS or text.casefold() in _OPERAND_ENDS
        if is_empty:
            raise RefusedQuery("empty", 1, "there is none.", "Give a SPARQL query, or the name of a shipped question.")

    def _refuse_disguises(self, kind: str, text: str, prefix: str | None) -> None:
        if kind == "unclosed":
            self._refuse("unclosed-string", "a string is opened here and never closed.", "Close it.")
        if kind == "escape":
            self._refuse_escape()
        if kind == "iri" and self.after_operand and self.expected != "prefix iri" and not _EITHER_WAY.fullmatch(text):
            self._refuse(
                "ambiguous-iri",
                f"{text} can be read as an IRI or as a comparison.",
                "For a comparison put spaces around < and >; for an IRI declare a PREFIX and use it.",
            )
        if kind == "word" and text.casefold() in _UPDATE_WORDS:
            self._refuse(
                "update",
                f"{text.upper()} changes data, and a build is never changed by a query.",
                "Ask with SELECT, ASK, CONSTRUCT or DESCRIBE; to add evidence, write a study file and build.",
            )
        outside = text if kind == "word" else (prefix or "") if kind == "name" else ""
        if not self.remote and _SERVICE.search(outside):
            self._refuse(
                "service",
                "SERVICE would send parts of the query to another server.",
                "Ask that server itself with --endpoint URL; if it is part of a name, rename it.",
            )

    def _refuse_escape(self) -> None:
        self._refuse(
            "codepoint-escape",
            "a backslash stands outside a string, where it can hide other text.",
            "Write the character itself, or the full IRI in <…>.",
        )

    def _follow_names(self, kind: str, text: str, prefix: str | None, local: str | None) -> None:
        """Learn prefixes, and refuse graphs that are not ours."""
        word = text.casefold() if kind == "word" else ""
        expected, self.expected = self.expected, "nothing"
        if word == "prefix":
            self.expected = "prefix name"
        elif expected == "prefix name" and kind == "name" and not local:
            self.prefix, self.expected = prefix or "", "prefix iri"
        elif expected == "prefix iri" and kind == "iri":
            self.prefixes[self.prefix] = text[1:-1]
        elif word.startswith("from") or (expected == "graph" and word == "named"):
            self.expected = "graph"
        elif expected == "graph" and kind in ("iri", "name"):
            known = self.prefixes.get(prefix or "") if kind == "name" else ""
            iri = text[1:-1] if kind == "iri" else f"{known}{local}" if known else text
            if not self.remote and not iri.startswith(terms.graph("")):
                self._refuse(
                    "foreign-graph",
                    f"FROM names {text}, which is not a graph of this build.",
                    f"The graphs are called {terms.graph('…')}; without FROM all of them are asked.",
                )

    def _count(self, kind: str, text: str) -> None:
        level = self.levels[-1]
        if kind == "bracket":
            if text in "{([":
                self._open(text, level)
            else:
                self._close()
        elif kind == "separator":
            self._end_triple(level)
            self.nesting -= level.operators
            level.operators = 0
            if text == "," and level.kind == "parentheses":
                self._count_list_term()
        elif kind == "operator" and level.kind != "values":
            level.operators += 1
            self._deepen()
            if text == "/":
                self._count_triple()
        elif kind == "word" and text.casefold() not in _TRIPLE_WORDS:
            self._count_word(text.casefold(), level)
        elif kind in _OPERANDS or kind == "word":
            if level.kind == "values":
                self._count_list_term()
            elif level.kind == "parentheses" and self.after_operand and kind != "language":
                # Only the items of a collection stand side by side; each is two triples.
                self._count_triple()
                self._count_triple()
            level.pending = True

    def _count_word(self, word: str, level: _Level) -> None:
        self._end_triple(level)
        if word == "values":
            self.values_follow = True
        elif word == "undef":
            self._count_list_term()
        elif word == "union":
            level.operators += 1
            self._deepen()
        elif word in ("filter", "as"):
            self._count_clause()

    def _open(self, bracket: str, level: _Level) -> None:
        if bracket == "{":
            self._end_triple(level)
            self._count_clause()
            self.levels.append(_Level("values" if self.values_follow else "group"))
            self.values_follow = False
        elif level.kind == "values":
            self.levels.append(_Level("values"))
        else:
            self.levels.append(_Level("parentheses" if bracket == "(" else "square"))
        self._deepen()

    def _close(self) -> None:
        if len(self.levels) == 1:
            return
        level = self.levels.pop()
        self._end_triple(level)
        self.nesting -= 1 + level.operators
        self.levels[-1].pending |= level.kind == "square"

    def _end_triple(self, level: _Level) -> None:
        if level.pending and level.kind in ("group", "square"):
            self._count_triple()
        level.pending = False

    def _deepen(self) -> None:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            self._refuse(
                "too-nested",
                f"brackets and operators are nested more than {MAX_NESTING} deep.",
                "Use VALUES or IN (…) for long chains of || and UNION.",
            )

    def _count_triple(self) -> None:
        self.triple_patterns += 1
        if self.triple_patterns > MAX_TRIPLE_PATTERNS:
            self._refuse(
                "too-many-patterns",
                f"it has more than {MAX_TRIPLE_PATTERNS} triple patterns.",
                "Ask in several queries.",
            )

    def _count_clause(self) -> None:
        self.clauses += 1
        if self.clauses > MAX_CLAUSES:
            self._refuse(
                "too-many-clauses",
                f"it has more than {MAX_CLAUSES} groups, filters and computed columns.",
                "Ask in several queries.",
            )

    def _count_list_term(self) -> None:
        self.list_terms += 1
        if self.list_terms > MAX_LIST_TERMS:
            self._refuse(
                "too-many-terms",
                f"its VALUES and IN lists hold more than {MAX_LIST_TERMS:,} terms.",
                "Ask in several queries.",
            )

    def _refuse(self, rule: str, reason: str, advice: str) -> None:
        raise RefusedQuery(rule, self.query.count("\n", 0, self.start) + 1, reason, advice)
