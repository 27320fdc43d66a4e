"""The plain style of study files -> the tree that the YAML parser would give, in a fraction of its time.

The style is the template's: fields and lists indented with spaces, one value a line, as it stands or in quotes without
escapes, lists of words in brackets, and `>-` before a text of several lines. At the first line that is anything else,
or wrong in any way, the file is left to `yaml_positions`, which alone knows all of YAML and what can be wrong in it.
"""

from __future__ import annotations

import re
from pathlib import Path

from nervegraph.study_text import StudyText
from nervegraph.study_tree import Place, Position, Spot, Tree, Value
from nervegraph.yaml_refusals import MAX_DEPTH, NULL_WORDS

# More than a study needs; the lines of a hostile file are not all taken apart at once.
_MOST_CHARACTERS = 1 << 18
# Every line is one match: indentation, dash, name of a field, colon, and the rest.
_LINE = re.compile(
    r"^( *)(-(?= ) *)?(?:([A-Za-z0-9](?:[A-Za-z0-9_ -]{0,98}[A-Za-z0-9_])?)(:(?: +|$)))?(.*)$", re.MULTILINE
)
# What most values are: no character in them could be YAML's.
_BARE = re.compile(r"(?:[\w(<+]|-\w)[^:#]*(?<! )")
_TEXT = re.compile(r"((?:[\w(<+]|-\w)(?:[^: ]|:(?=[^ ])| +(?=[^ #]))*)(?: +#(?!\w).*)? *")
_QUOTED = re.compile(r"""(?:"([^"\\]+)"|'([^']+)')(?: +#.*)? *""")
_WORDS = re.compile(r"[A-Za-z](?:[\w '()/.-]*[\w')])?")
_LIST = re.compile(rf"\[ *({_WORDS.pattern}(?: *, *{_WORDS.pattern})*) *\](?: +#.*)? *")
_FOLDED = re.compile(r">- *")


class _NotPlain(Exception):
    """The file is one for the YAML parser."""


class _Block:
    """A block of fields, or a list with dashes, as far as it was read. Columns count from 0, in places from 1."""

    __slots__ = ("column", "fields", "is_list", "item_places", "items", "place", "places")

    def __init__(self, line: int, column: int, *, is_list: bool) -> None:
        self.column = column
        self.is_list = is_list
        self.fields: dict[str, Value] = {}
        self.places: dict[str, tuple[Spot, Place | Spot]] = {}
        self.items: list[Value] = []
        self.item_places: list[Place | Spot] = []
        at = (line, column + 1)
        self.place = Place(at, None, self.item_places) if is_list else Place(at, self.places)

    @property
    def value(self) -> Value:
        return self.items if self.is_list else self.fields


def find_plain_tree(study_text: StudyText, path: Path) -> Tree | None:
    """The tree of a file in the plain style; None if it is in another style, or if anything is wrong in it."""
    if study_text.findings or "\r" in study_text.text:
        return None
    read = read_plain_tree(study_text.text)
    if read is None:
        return None
    return Tree(path, read[0], (), frozenset(), read[1], may_hold_placeholders="<" in study_text.text)


def read_plain_tree(text: str) -> tuple[dict[str, Value], Place] | None:
    """The fields of a file in the plain style and where they stand; None if it has another style or any mistake.

    :param text: text in which `study_text` has found nothing wrong, with line feeds as its only line breaks.
    """
    try:
        return _PlainReader(text).read() if len(text) <= _MOST_CHARACTERS else None
    except _NotPlain:
        return None


class _PlainReader:
    """One pass over the lines of one file."""

    def __init__(self, text: str) -> None:
        self._rows: list[tuple[str, str, str, str, str]] = _LINE.findall(text)
        self._line = 0  # the number of the line being read
        self._open: list[_Block] = []
        self._awaited: tuple[str, Position] | None = None  # a field whose value begins on a line below

    def read(self) -> tuple[dict[str, Value], Place]:
        """The fields and their places; raises _NotPlain."""
        rows, is_bare = self._rows, _BARE.fullmatch
        root = block = _Block(1, 0, is_list=False)
        self._open.append(root)
        while self._line < len(rows):
            indentation, dash, name, colon, rest = rows[self._line]
            self._line += 1
            if not name and not dash and (not rest or rest[0] == "#"):
                continue
            column = len(indentation)
            if column != block.column or self._awaited is not None:
                block = self._block_at(column, is_list=bool(dash))
            if bool(dash) is not block.is_list:
                raise _NotPlain
            if dash:
                block = self._add_entry(block, column + len(dash), name, colon, rest)
            elif name and is_bare(rest) and rest not in NULL_WORDS and name not in block.places:
                # Most lines are of this kind; _add_field would do the same.
                line, block.fields[name] = self._line, rest
                block.places[name] = ((line, column + 1), (line, column + len(name) + len(colon) + 1))
            else:
                self._add_field(block, column, name, colon, rest)
        if self._awaited is not None or not root.places:
            raise _NotPlain
        first, _ = next(iter(root.places.values()))
        return root.fields, Place(first, root.places)

    def _block_at(self, column: int, *, is_list: bool) -> _Block:
        """The block that a line belongs to; a new one where a field has waited for it."""
        blocks = self._open
        if self._awaited is not None:
            (name, at), self._awaited = self._awaited, None
            above, block = blocks[-1], self._begin(column, is_list=is_list)
            above.fields[name] = block.value
            above.places[name] = (at, block.place)
            return block
        while blocks[-1].column > column:
            blocks.pop()
        if blocks[-1].column < column:
            raise _NotPlain
        return blocks[-1]

    def _begin(self, column: int, *, is_list: bool) -> _Block:
        blocks = self._open
        if column <= blocks[-1].column or len(blocks) == MAX_DEPTH:
            raise _NotPlain
        block = _Block(self._line, column, is_list=is_list)
        blocks.append(block)
        return block

    def _add_field(self, block: _Block, column: int, name: str, colon: str, rest: str) -> None:
        if not name or name in block.places:
            raise _NotPlain
        at = (self._line, column + 1)
        if not rest or rest[0] == "#":
            self._awaited = (name, at)
            return
        place = (self._line, column + len(name) + len(colon) + 1)
        if rest[0] == "[":
            block.fields[name], place_of_list = self._read_list(rest, place)
            block.places[name] = (at, place_of_list)
            return
        block.fields[name] = self._read_text(rest, block.column)
        block.places[name] = (at, place)

    def _add_entry(self, block: _Block, column: int, name: str, colon: str, rest: str) -> _Block:
        """Add a text or a block of fields to a list; the block that is open then."""
        if name:
            inner = self._begin(column, is_list=False)
            block.items.append(inner.value)
            block.item_places.append(inner.place)
            self._add_field(inner, column, name, colon, rest)
            return inner
        at = (self._line, column + 1)
        block.items.append(self._read_text(rest, block.column))
        block.item_places.append(at)
        return block

    def _read_text(self, text: str, column: int) -> str:
        """The text that stands on a line, or from here on in the lines below.

        :param column: that of the block around it.
        """
        if _BARE.fullmatch(text):
            if text in NULL_WORDS:
                raise _NotPlain
            return text
        if found := _QUOTED.fullmatch(text):
            return found[1] or found[2]
        if _FOLDED.fullmatch(text):
            return self._read_folded(column)
        found = _TEXT.fullmatch(text)
        if found is None or found[1] in NULL_WORDS:
            raise _NotPlain
        return found[1]

    def _read_list(self, text: str, at: Position) -> tuple[list[Value], Place]:
        """The words that stand in brackets."""
        found = _LIST.fullmatch(text)
        if found is None or len(self._open) == MAX_DEPTH:
            raise _NotPlain
        line, column = at
        words = list(_WORDS.finditer(text, *found.span(1)))
        if not NULL_WORDS.isdisjoint(word[0] for word in words):
            raise _NotPlain
        return [word[0] for word in words], Place(at, None, [(line, column + word.start()) for word in words])

    def _read_folded(self, column: int) -> str:
        """The lines below as one, if they all begin in the same column and none between them is empty."""
        start = self._line_below()
        indentation = start[: len(start) - len(start.lstrip(" "))]
        if len(indentation) <= column:
            raise _NotPlain
        texts = []
        while (line := self._line_below()).startswith(indentation):
            text = line[len(indentation) :]
            if not text or text[0] == " " or text[-1] == " ":
                raise _NotPlain
            texts.append(text)
            self._line += 1
        # An empty line may be the end of the text, or a part of it.
        while self._line < len(self._rows) and not (line := self._line_below()):
            self._line += 1
        if not line[: len(indentation)].strip(" ") and line:
            raise _NotPlain
        return " ".join(texts)

    def _line_below(self) -> str:
        """The line below the one being read as it stands in the file; empty at the end."""
        return "".join(self._rows[self._line]) if self._line < len(self._rows) else ""
