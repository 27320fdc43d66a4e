"""What a study file may not hold although YAML allows it: the rule, what is wrong and what to write instead."""

from __future__ import annotations

import re
from pathlib import Path

from nervegraph.findings import Finding, show_briefly

Refusal = tuple[str, str, str]

MAX_DEPTH = 20
# After so many findings the file is something else than a study file with mistakes in it.
MAX_FINDINGS = 200
# What YAML takes for no value.
NULL_WORDS = frozenset({"", "~", "null", "Null", "NULL"})
WIDE_SPACE = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")

EMPTY_FILE = (
    "empty-file",
    "There is nothing in this file.",
    "Start from a template: nervegraph new author-year.",
)
NOT_FIELDS = (
    "not-fields",
    "The file does not begin with a field.",
    "A study file is made of lines such as 'study: author-year' that begin in the first column.",
)
SEVERAL_DOCUMENTS = (
    "several-documents",
    "A line with three dashes begins a second document here.",
    "Delete the line, or put the second study into a file of its own.",
)
TOO_DEEP = (
    "too-deep",
    f"More than {MAX_DEPTH} levels are nested here; the rest of the file has not been looked at.",
    "A study file needs about ten; check the indentation and the brackets.",
)
TOO_MANY = (
    "too-many-findings",
    f"There are more than {MAX_FINDINGS} findings; the rest of the file has not been looked at.",
    "Correct these first, and check that this is a study file.",
)
EMPTY_ENTRY = (
    "empty-value",
    "This entry of the list is empty.",
    "Write a value behind the dash, or delete the line.",
)
KEY_NOT_TEXT = (
    "field-not-text",
    "The name of a field is missing here, or is a list or a block of fields.",
    "Write one word or a few words before the colon; delete a question mark at the beginning of the line.",
)
MERGE_KEY = (
    "merge-key",
    "'<<' (YAML's way to copy fields from elsewhere) is not used in study files.",
    "Write the fields out here.",
)
HIDDEN_TEXT = (
    "text-after-hash",
    "Everything from # to the end of the line is taken for a comment and not read.",
    "If it belongs to the text, put double quotes around the whole value; if it is a comment, put a space after the #.",
)


def duplicate(key: str, first_line: int) -> Refusal:
    """The same field twice in one block."""
    return (
        "duplicate-key",
        f"The field '{show_briefly(key)}' stands twice in the same block; the first one is in line {first_line}.",
        "Keep one of them; a second person, group or drug needs a dash of its own.",
    )


def empty(key: str) -> Refusal:
    """A field without a value."""
    return (
        "empty-value",
        f"The field '{show_briefly(key)}' has no value.",
        "Write one, or delete the line; what a source does not say is left out, or named with the word 'not read'.",
    )


def alias(name: str) -> Refusal:
    """A YAML alias (`*name`)."""
    return (
        "alias",
        f"'*{show_briefly(name)}' (YAML's way to repeat something from elsewhere) is not used in study files.",
        'Write it out here; if the star belongs to the text, put double quotes around the whole value, as in "*text".',
    )


def anchor(name: str) -> Refusal:
    """A YAML anchor (`&name`)."""
    return (
        "anchor",
        f"'&{show_briefly(name)}' (YAML's way to name something for repetition) is not used in study files.",
        "Delete it; if the & belongs to the text, put double quotes around the whole value.",
    )


def tag(name: str) -> Refusal:
    """A YAML tag (`!name`); `name` as the parser expands it."""
    shown = name.replace("tag:yaml.org,2002:", "!!")
    return (
        "tag",
        f"'{show_briefly(shown)}' (YAML's way to name a type) is not used in study files.",
        "Delete it; if the exclamation mark belongs to the text, put double quotes around the whole value.",
    )


BAD_ESCAPE = (
    "bad-escape",
    "A backslash inside these double quotes is followed by something that has no meaning there.",
    "Write the backslash twice, use single quotes around the value, or type the character itself.",
)


def is_wide_space(character: str) -> bool:
    """True for a space that is none to YAML."""
    return WIDE_SPACE.match(character) is not None


def wide_space(path: Path, line: int, column: int) -> Finding:
    """The finding for a space that is none to YAML, such as a non-breaking space pasted from a word processor."""
    return Finding(
        path,
        line,
        column,
        "non-breaking-space",
        "There is a special space here (non-breaking or wide), which does not count as a space.",
        "Delete it and press the space bar.",
    )


def special_character(path: Path, line: int, column: int, character: str) -> Finding:
    """The finding for a value that begins with a character which means something else to YAML."""
    return Finding(
        path,
        line,
        column,
        "reserved-character",
        f"The character {character} has a meaning of its own here, so that the text is not read as you typed it.",
        'If it belongs to the text, put double quotes around the whole value, as in "> 50"; else delete it.',
    )
