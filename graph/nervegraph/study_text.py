"""The bytes of a study file -> its text, refusing what no editor shows: wrong encodings, control characters, tabs.

Every refused character is replaced by one space, so that the rest can still be read and positions stay right.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from nervegraph.findings import Finding
from nervegraph.yaml_refusals import BAD_ESCAPE

# A file of one study has some kilobytes; the limit keeps a wrong file from filling the memory (reliability goal 18).
MAX_BYTES = 5_000_000
# Positions shown per kind of bad character; the last one says how many more there are.
_SHOWN_PER_RULE = 20

LINE_BREAK = re.compile(r"\r\n|\r|\n")
# YAML 1.1 takes NEL, U+2028 and U+2029 for line breaks, which no editor shows as such.
_HIDDEN_BREAK = "\x85\u2028\u2029"
_HIDDEN = "\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff"
_BAD = re.compile(f"(?P<bad>[{_CONTROL}{_HIDDEN_BREAK}{_HIDDEN}])")
# A tab behind a comment sign is harmless; anywhere else YAML readers disagree on what it means.
_TABS = re.compile(r"(?:\A|(?<=[\r\n]))(?!#)(?P<before>(?:\S|[^\S\t\r\n](?!#))*)(?P<bad>\t)")
_TAB_INDENTATION = re.compile(r"(?:\A|[\r\n])[ -]*\t")
_DIRECTIVE = re.compile(r"(?:\A|(?<=[\r\n]))(?P<bad>%)")
# Escapes for half a character or for none: one YAML parser refuses them, another lets them pass or breaks down.
_NO_CHARACTER = re.compile(
    r"(?P<bad>\\)(?:(?:u|U0000)[dD][89a-fA-F][0-9a-fA-F]{2}|U(?!000[0-9a-fA-F]|0010)[0-9a-fA-F]{8})"
)
_NOT_UTF8 = re.compile("(?P<bad>[\udc80-\udcff])")
_SAVE_AS_UTF8 = (
    "Open it in your editor, choose 'Save as', and pick the encoding 'UTF-8' "
    "(in Notepad, the list beside the Save button)."
)


@dataclass(frozen=True)
class StudyText:
    """The text of a file without byte order mark, its lines, and what was wrong on the level of characters.

    `is_readable` is False where reading on would only report nonsense: wrong encoding, tabs as indentation.
    """

    text: str
    findings: tuple[Finding, ...]
    is_readable: bool


def has_forbidden_character(value: str) -> bool:
    """True if the text holds a control or invisible character, as a written-out escape can put there."""
    return _BAD.search(value) is not None


def find_forbidden_character(value: str) -> tuple[str, str, str] | None:
    """The rule, the message and what to do about the first such character, or None if there is none."""
    found = _BAD.search(value)
    return _describe_bad_character(found) if found else None


def too_large(path: Path) -> Finding:
    """The finding for a file of more than `MAX_BYTES`."""
    return Finding(
        path,
        1,
        1,
        "too-large",
        f"The file is larger than {MAX_BYTES // 1_000_000} MB, far more than one study needs.",
        "Check that this is the right file; write one study per file.",
    )


def parse_bytes(data: bytes, path: Path) -> StudyText:
    """The text in `data`, and findings for every byte and character that may not be in a study file."""
    if len(data) > MAX_BYTES:
        return StudyText("", (too_large(path),), False)
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        message = "The file is saved as UTF-16 or UTF-32 ('Unicode'), not as UTF-8."
        return StudyText("", (Finding(path, 1, 1, "utf-16", message, _SAVE_AS_UTF8),), False)
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
        return StudyText("", tuple(_Scan(path, text).find(_NOT_UTF8, _describe_bad_byte, shown=1)), False)
    scan = _Scan(path, text)
    findings: list[Finding] = []
    # The first test is many times as fast as the pattern, and clears most files.
    if not text.replace("\n", "").isprintable() and _BAD.search(text):
        findings += scan.find(_BAD, _describe_bad_character)
        text = _BAD.sub(" ", text)
    if "\\" in text and (escapes := list(scan.find(_NO_CHARACTER, lambda match: BAD_ESCAPE))):
        findings += escapes
        text = _NO_CHARACTER.sub(lambda match: " " * len(match.group()), text)
    if text.startswith("%") or "\n%" in text or "\r%" in text:
        findings += scan.find(_DIRECTIVE, _describe_directive)
        # Many times as fast as the pattern.
        text = f"\n{text}".replace("\n%", "\n#").replace("\r%", "\r#")[1:]
    is_readable = True
    if "\t" in text:
        is_readable = _TAB_INDENTATION.search(text) is None
        findings += scan.find(_TABS, _describe_tab)
        text = text.replace("\t", " ")
    return StudyText(text, tuple(findings), is_readable)


_Description = tuple[str, str, str]


class _Scan:
    """Positions of characters in one text."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._text = text

    def find(
        self,
        pattern: re.Pattern[str],
        describe: Callable[[re.Match[str]], _Description],
        *,
        shown: int = _SHOWN_PER_RULE,
    ) -> Iterator[Finding]:
        line, start, looked_at = 1, 0, 0
        for number, match in enumerate(islice(pattern.finditer(self._text), shown), start=1):
            offset = match.start("bad")
            # Lines are counted no further than to the last place that is shown.
            for line_break in LINE_BREAK.finditer(self._text, looked_at, offset):
                line, start = line + 1, line_break.end()
            looked_at, column = offset, offset - start + 1
            rule, message, hint = describe(match)
            if number == shown:
                # Counting the rest of a large binary file would take seconds and help nobody.
                hint = f"{hint} Look for the same further on."
            yield Finding(self._path, line, column, rule, message, hint)


def _describe_bad_byte(match: re.Match[str]) -> _Description:
    byte = ord(match.group()) - 0xDC00
    meant = bytes([byte]).decode("cp1252", "replace")
    guess = f" (perhaps '{meant}')" if meant.isalnum() else ""
    return "not-utf-8", f"The file is not saved as UTF-8: byte 0x{byte:02X} here{guess} cannot be read.", _SAVE_AS_UTF8


def _describe_bad_character(match: re.Match[str]) -> _Description:
    character = match.group()
    code = f"U+{ord(character):04X}"
    if character in _HIDDEN_BREAK:
        return (
            "hidden-line-break",
            f"There is a hidden line break here ({code}); it would cut the text in two.",
            "Delete it and type a space; it often comes along when text is pasted from a web page or PDF.",
        )
    if unicodedata.category(character) == "Cf":
        return (
            "invisible-character",
            f"There is an invisible character here ({code}).",
            "Delete it, or type the whole word again; it often comes along with pasted text.",
        )
    return (
        "control-character",
        f"There is a control character here ({code}), which is not text.",
        "Delete it, or type the line again; if there are many, the file may not be a text file at all.",
    )


def _describe_directive(match: re.Match[str]) -> _Description:
    return (
        "directive",
        "A line may not begin with '%': YAML reads it as an instruction to the program.",
        "Delete the line; if it is text, put quotes around the whole text and indent it.",
    )


def _describe_tab(match: re.Match[str]) -> _Description:
    if match["before"].strip(" -"):
        return "tab", "There is a tab character in this line.", "Write a space instead."
    return (
        "tab-indentation",
        "The line is indented with a tab.",
        "Indent with spaces, two for each level; most editors can convert tabs to spaces.",
    )
