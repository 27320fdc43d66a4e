"""What a YAML parser stumbled over -> what the person who typed the file should change, in plain words.

The two parsers word the same mistake differently, so only the common core of their messages is looked at, and the
lines of the file decide what was probably meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nervegraph import yaml_refusals as refusals
from nervegraph.findings import Finding

_NO_SPACE_AFTER_COLON = re.compile(r"\s*(?:- +)*[^\s:#'\"\[{][^:'\"]*:(?=[^\s:/])")
_IN_QUOTES = "If it is text, put straight double quotes around the whole value."


@dataclass(frozen=True)
class Stumble:
    """Where a YAML parser gave up and in which words; lines and columns count from 0.

    `problem` and `context` are the parser's own words, `context_at` is where the thing began that it was reading.
    """

    problem: str
    context: str
    at: tuple[int, int]
    context_at: tuple[int, int]


def explain_stumble(stumble: Stumble, lines: Sequence[str], path: Path) -> Finding:
    """The finding for a file that is not YAML, in words that need no knowledge of YAML."""
    return _Explanation(stumble, lines, path).finding()


class _Explanation:
    def __init__(self, stumble: Stumble, lines: Sequence[str], path: Path) -> None:
        self._stumble = stumble
        self._lines = lines
        self._path = path

    def finding(self) -> Finding:
        problem, context = self._stumble.problem, self._stumble.context
        cases: tuple[tuple[str, str, Callable[[], Finding]], ...] = (
            (problem, "nesting depth", self._too_deep),
            (context, "an alias", self._reserved_before),
            (context, "an anchor", self._reserved_before),
            (context, "a tag", self._reserved_before),
            (problem, "tag handle", self._reserved_here),
            (context, "block scalar", self._reserved_before),
            (context, "quoted scalar", self._quote),
            (problem, "mapping values are not allowed", self._unexpected_colon),
            (problem, "could not find expected ':'", self._missing_colon),
            (problem, "cannot start any token", self._reserved_here),
            (problem, "sequence entries are not allowed", self._list_on_same_line),
            (problem, "mapping keys are not allowed", self._reserved_here),
            (problem, "node content", self._reserved_here),
            (context, "flow", self._bracket),
            (context, "block", self._unexpected_text),
            (problem, "document start", self._unexpected_text),
        )
        for words, part, explain in cases:
            if part in words:
                return explain()
        return self._not_yaml()

    def _line(self, number: int) -> str:
        return self._lines[number] if 0 <= number < len(self._lines) else ""

    def _at(self, place: tuple[int, int], rule: str, message: str, hint: str) -> Finding:
        line, column = place
        return Finding(self._path, line + 1, column + 1, rule, message, hint)

    def _find_wide_space(self, number: int) -> Finding | None:
        found = refusals.WIDE_SPACE.search(self._line(number))
        return refusals.wide_space(self._path, number + 1, found.start() + 1) if found else None

    def _too_deep(self) -> Finding:
        """The parser libyaml looks ahead, and gives up at a thousand levels, before it tells of the first."""
        return self._at(self._stumble.at, *refusals.TOO_DEEP)

    def _reserved(self, place: tuple[int, int]) -> Finding:
        character = self._line(place[0])[place[1] : place[1] + 1]
        if not character:
            return self._unclosed_at_end()
        return refusals.special_character(self._path, place[0] + 1, place[1] + 1, character)

    def _unclosed_at_end(self) -> Finding:
        for number in range(len(self._lines) - 1, -1, -1):
            column = max(self._line(number).rfind(bracket) for bracket in "[{")
            if column >= 0:
                return self._unclosed_bracket((number, column))
        return self._not_yaml()

    def _reserved_before(self) -> Finding:
        return self._reserved(self._stumble.context_at)

    def _reserved_here(self) -> Finding:
        return self._reserved(self._stumble.at)

    def _quote(self) -> Finding:
        place = self._stumble.context_at
        problem = self._stumble.problem
        if "escape" in problem or "hexdecimal" in problem:
            return self._at(place, *refusals.BAD_ESCAPE)
        return self._unclosed_quote(place)

    def _unclosed_quote(self, place: tuple[int, int]) -> Finding:
        return self._at(
            place,
            "unclosed-quote",
            "The quotes opened here are never closed.",
            "Add the closing quote of the same kind at the end of the value.",
        )

    def _unexpected_colon(self) -> Finding:
        number, column = self._stumble.at
        before = self._line(number)[:column]
        if re.search(r":\s", before):
            return self._at(
                (number, column),
                "colon-in-text",
                "There is a second colon followed by a space in this line.",
                'If it belongs to the text, put double quotes around the whole value, as in title: "IVIG: a trial"; '
                "if a new field begins here, put it on its own line.",
            )
        previous = self._previous_line(number)
        return self._find_wide_space(number) or self._space_after_colon(previous) or self._indentation(number)

    def _missing_colon(self) -> Finding:
        number = self._stumble.context_at[0]
        return (
            self._find_wide_space(number)
            or self._space_after_colon(number)
            or self._at(
                self._stumble.context_at,
                "missing-colon",
                "This line is not of the form 'field: value'.",
                "Write the field's name, a colon, a space and the value; "
                "indent the line if it continues the text above it.",
            )
        )

    def _space_after_colon(self, number: int) -> Finding | None:
        found = _NO_SPACE_AFTER_COLON.match(self._line(number))
        if not found:
            return None
        return self._at(
            (number, found.end()),
            "space-after-colon",
            "There is no space after the colon.",
            "Write a space between the colon and the value, as in patients: 5.",
        )

    def _previous_line(self, number: int) -> int:
        while number > 0:
            number -= 1
            text = self._line(number).strip()
            if text and not text.startswith("#"):
                return number
        return -1

    def _indentation(self, number: int) -> Finding:
        if found := self._find_wide_space(number):
            return found
        text = self._line(number)
        return self._at(
            (number, len(text) - len(text.lstrip(" "))),
            "indentation",
            "The line does not begin in the same column as the lines it belongs to.",
            "Fields of one block begin in the same column, and so do the dashes of one list; "
            "a block that belongs to the line above is indented by two more spaces.",
        )

    def _list_on_same_line(self) -> Finding:
        return self._at(
            self._stumble.at,
            "list-on-same-line",
            "A dash and a space begin a list, which cannot stand on the same line as its field.",
            f"Put the list on the lines below, one dash for each entry. {_IN_QUOTES}",
        )

    def _bracket(self) -> Finding:
        return self._unclosed_bracket(self._stumble.context_at)

    def _unclosed_bracket(self, place: tuple[int, int]) -> Finding:
        line, column = place
        bracket = self._line(line)[column : column + 1]
        return self._at(
            place,
            "unclosed-bracket",
            f"The bracket {bracket} opened here is not closed, or a comma is missing between its entries.",
            f"Close it on the same line and put commas between the entries. {_IN_QUOTES}",
        )

    def _unexpected_text(self) -> Finding:
        number, column = self._stumble.at
        before = self._line(number)[:column].rstrip()
        if not before.strip(" -"):
            return self._indentation(number)
        last = before[-1]
        if last in "\"'":
            if before.count(last) % 2:
                return self._unclosed_quote(self._opening_quote(last, number))
            return self._at(
                (number, column),
                "text-after-quote",
                "There is text after the closing quote.",
                "Put double quotes around the whole value; inside double quotes write single ones, "
                "as in \"the 'burning' feet of Sjögren's syndrome\".",
            )
        if last in "]}":
            return self._at(
                (number, column),
                "text-after-bracket",
                f"There is text after the closing bracket {last}.",
                f"If the brackets mean a list, end the line there. {_IN_QUOTES}",
            )
        return self._not_yaml()

    def _opening_quote(self, quote: str, number: int) -> tuple[int, int]:
        for above in range(number - 1, -1, -1):
            if self._line(above).count(quote) % 2:
                return above, self._line(above).rindex(quote)
        return number, self._line(number).index(quote)

    def _not_yaml(self) -> Finding:
        return self._at(
            self._stumble.at,
            "not-yaml",
            "From here on the file cannot be read.",
            "Compare this line and the one above it with the template that 'nervegraph new' writes.",
        )
