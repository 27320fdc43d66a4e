"""What one cell of a workbook holds -> the texts of a record, and back, without loss and without a guess.

Several texts stand one below the other in a cell. If one of them has a line break of its own or begins with a dash,
each begins with a dash and a space, and its further lines with two spaces. Named texts stand as `name: text`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from nervegraph.findings import show_briefly
from nervegraph.record_parts import rule_against
from nervegraph.record_types import Vocabularies
from nervegraph.sheets.content import MOST_CHARACTERS, Cell
from nervegraph.sheets.layout import Column
from nervegraph.study_text import find_forbidden_character

_DASH = "- "
_INDENT = "  "
# How Excel writes a character that XML cannot hold (ECMA-376, ST_Xstring), and how it shields such a text of ours.
_ESCAPED_CHARACTER = re.compile(r"_x[0-9A-Fa-f]{4}_|x005F_")

TYPE_AGAIN = "Format the cell as Text (Home, Number format, Text) and type it again."


class Fault(NamedTuple):
    """What is wrong with a cell: the rule, the message, and what to do."""

    rule: str
    message: str
    hint: str


def join_texts(texts: Iterable[str]) -> str:
    """Several texts as one cell holds them."""
    entries = list(texts)
    if any("\n" in entry or entry.startswith(_DASH) or entry == _DASH.strip() for entry in entries):
        entries = [_DASH + entry.replace("\n", f"\n{_INDENT}") for entry in entries]
    return "\n".join(entries)


def split_texts(cell: str) -> list[str]:
    """The texts in a cell; blank lines between them do not count."""
    if not cell.startswith(_DASH):
        return [line.strip() for line in cell.split("\n") if line.strip()]
    entries: list[str] = []
    for line in cell.split("\n"):
        if line.startswith(_DASH):
            entries.append(line.removeprefix(_DASH))
        else:
            entries[-1] += "\n" + line.removeprefix(_INDENT)
    return [entry.strip() for entry in entries if entry.strip()]


def join_named_texts(texts: Mapping[str, str]) -> str:
    """Texts with their names as one cell holds them."""
    return "\n".join(f"{name}: {text}".replace("\n", f"\n{_INDENT}") for name, text in texts.items())


def split_named_texts(cell: str) -> dict[str, str] | Fault:
    """The texts in a cell by their names, or what is wrong with a line of it."""
    texts: dict[str, str] = {}
    name = ""
    for line in cell.split("\n"):
        if line.startswith(_INDENT) and name:
            texts[name] += "\n" + line.removeprefix(_INDENT)
            continue
        if not line.strip():
            continue
        name, colon, text = (part.strip() for part in line.partition(": "))
        if not colon or not name or not text:
            hint = "Write each on a line of its own in the cell: its name, a colon, a space and the text."
            return Fault("no-name", "A line in this cell has no name and text.", hint)
        if name in texts:
            return Fault("duplicate-name", f"'{name}' stands twice in this cell.", "Keep one of them.")
        texts[name] = text
    return {name: text.strip() for name, text in texts.items()}


def find_fault_of_text(text: str) -> Fault | None:
    """Why a cell cannot hold this text so that it is read back the same, or None."""
    if len(text) > MOST_CHARACTERS:
        message = f"The text has {len(text):,} characters; a cell holds {MOST_CHARACTERS:,} at most."
        return Fault("too-long", message, "Shorten it; what you say in your own words need not be that long.")
    if found := _ESCAPED_CHARACTER.search(text):
        message = f"'{found[0]}' stands in the text, which is how Excel writes a hidden character."
        return Fault("hidden-character", message, "Delete it; it often comes along when text is pasted.")
    if "\r" in text:
        message = "There is a hidden line end (carriage return) in the text, which a workbook does not keep."
        return Fault("hidden-character", message, "Delete it, or write an ordinary line break.")
    described = find_forbidden_character(text)
    return Fault(*described) if described else None


def read_text(cell: Cell) -> str | Fault:
    """The text of a cell that names something; a cell in which Excel has changed what was typed is refused."""
    if cell.kind == "text":
        return find_fault_of_text(cell.text) or cell.text.strip()
    return _fault_of_kind(cell)


def read_field(cell: Cell, column: Column, vocabulary: Vocabularies) -> str | Fault:
    """The text of a cell that holds a field; a number is read as typed where only one way of typing it may stand there.

    Excel keeps 0.5 of `0.50` and 7 of `007`. A number of people cannot have been typed but as digits without zeros in
    front, so that there nothing is lost.
    """
    if cell.kind != "number" or not cell.is_plain:
        return read_text(cell)
    ways = (cell.text, f"0{cell.text}", f"{cell.text}0" if "." in cell.text else f"{cell.text}.0")
    taken = [text for text in ways if not _is_refused(text, column, vocabulary)]
    # What can be typed in no way at all gets the explanation that a text would get.
    return cell.text if taken in ([], [cell.text]) else _fault_of_kind(cell)


def find_joined_words(text: str, column: Column, vocabulary: Vocabularies) -> Fault | None:
    """That several words of a list stand on one line of a cell, as in `pain; ataxia`; None otherwise."""
    rule = column.rule or ""
    scheme = rule.removeprefix("unknown-")
    if scheme == rule or vocabulary.find(scheme, text) is not None:
        return None
    words = [word.strip() for word in re.split(r"[;,/]| and ", text)]
    if len(words) == 1 or not all(vocabulary.find(scheme, word) for word in words):
        return None
    message = f"'{show_briefly(text)}' are {len(words)} entries on one line."
    return Fault("joined-words", message, "Write each on a line of its own in the cell (Alt and Enter begins one).")


def _is_refused(text: str, column: Column, vocabulary: Vocabularies) -> bool:
    value = [text] if column.content == "texts" else text
    return rule_against(column.part, column.field_name, value, vocabulary) is not None


def _fault_of_kind(cell: Cell) -> Fault:
    match cell.kind:
        case "formula":
            message = "A formula stands here; formulas are never computed, nor is their last result read."
            return Fault("formula", message, "Write the value itself as text.")
        case "date":
            message = f"Excel took what was typed here for a date or a time ({cell.text}), and has not kept it."
            return Fault("made-a-date", message, TYPE_AGAIN)
        case "logical":
            message = f"Excel took what was typed here for the truth value {cell.text}."
            return Fault("made-a-truth-value", message, f"{TYPE_AGAIN} In a field of that kind write yes or no.")
        case "error":
            return Fault("error-value", f"An error of Excel stands here ({cell.text}).", "Write the value as text.")
        case _:
            message = (
                f"Excel took what was typed here for the number {cell.text}; zeros in front and at the end, a percent "
                "sign or a unit may be lost."
            )
            return Fault("made-a-number", message, TYPE_AGAIN)
