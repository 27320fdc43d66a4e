"""Findings: what is wrong in a study file, where, and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Severity = Literal["error", "warning"]

# Below this similarity (0 to 1) a suggestion confuses more than it helps.
_SIMILAR_ENOUGH = 0.7
_MOST_CHARACTERS = 60


@dataclass(frozen=True, order=True)
class Finding:
    """One thing wrong in a study file; `str()` is the line a person reads. Sorts by file and position.

    `line` and `column` count from 1, columns in characters. `rule` is a short kebab-case id that never changes,
    `message` says what is wrong, `hint` what to write instead. A file with an `error` is not built; a `warning` is
    only shown.
    """

    path: Path
    line: int
    column: int
    rule: str
    message: str
    hint: str = ""
    severity: Severity = "error"

    @property
    def place(self) -> str:
        """Where it is, as a person reads it."""
        return f"{self.path}:{self.line}:{self.column}"

    def __str__(self) -> str:
        mark = "" if self.severity == "error" else "warning: "
        text = f"{self.place}: {mark}{self.message}"
        return f"{text} {self.hint}" if self.hint else text


def has_errors(findings: Iterable[Finding]) -> bool:
    """True if one of the findings is an error, so that the file may not be built."""
    return any(finding.severity == "error" for finding in findings)


def show_briefly(text: str) -> str:
    """Text from a file as one short printable line, fit to stand in a message."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text[:200]).split())
    return line if len(line) <= _MOST_CHARACTERS and len(text) <= 200 else f"{line[: _MOST_CHARACTERS - 1]}…"


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that was probably meant by `word`, spelled as in `known`; None if none is near.

    Capitals, spaces, hyphens and underscores make no difference.
    """
    spelled: dict[str, str] = {}
    for candidate in known:
        spelled.setdefault(bare(candidate), candidate)
    nearest = difflib.get_close_matches(bare(word), spelled, n=1, cutoff=_SIMILAR_ENOUGH)
    return spelled[nearest[0]] if nearest else None


def bare(word: str) -> str:
    """A word without what makes no difference: capitals, spaces, hyphens and underscores."""
    return "".join(character for character in word.casefold() if character not in " -_\u00a0")
