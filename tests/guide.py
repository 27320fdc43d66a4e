"""The guide `docs/adding-a-study.md`, carried out: its study files checked, its commands run, its outputs compared.

A YAML block that begins with `study:` is a whole file. Any other is a piece of one, indented as it stands there; it
takes the place of the lines with the same fields in the guide's first file. A block marked `text` shows what `check`
prints about the block before it, a block marked `console` commands and what they print. A comment before a block may
say more: `in=` another file than the first, `as=` a name for the result, `replaces=` the field, where it cannot be read
from the block because the block is broken on purpose, or `other` for YAML that is no study file.

`python tests/guide.py` writes what is printed today into the guide, and the words of the vocabularies at its end; read
the difference as a reader of the guide would.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
import textwrap
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from command_line import FROM_PYTHON, run
from nervegraph.check_command import run_check
from nervegraph.study_schema import build_schema
from nervegraph.vocabulary import Vocabulary
from tracked_files import ROOT

GUIDE = ROOT / "docs" / "adding-a-study.md"
FIRST = "muster-2020"
WIDTH = 80
WORDS_BEGIN = "<!-- written by tests/guide.py -->\n"
_BLOCK = re.compile(r"(?:<!-- (?P<remark>[^>]*) -->\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_FINDING = re.compile(r"\S+\.yaml:\d+:\d+: ")
# What stands in every preview of the example and its variants says nothing new.
_SAME_NOTES = ("    synthetic: ", "    not read: outcomes of single patients")


@dataclass(frozen=True)
class Block:
    """A fenced block of the guide: its kind, its text, where the text begins, and the remark in front of it."""

    kind: str
    text: str
    start: int
    remark: str

    @property
    def line(self) -> int:
        """Its first line in the guide."""
        return GUIDE.read_text(encoding="utf-8").count("\n", 0, self.start) + 1

    def told(self, word: str) -> str | None:
        """What the remark says under `word=`."""
        found = re.search(rf"\b{word}=([^=]+?)(?= \w+=|$)", self.remark)
        return found[1] if found else None


@dataclass(frozen=True)
class Shown:
    """A block with something printed, and what is printed today."""

    block: Block
    today: str


def read_blocks() -> list[Block]:
    """All fenced blocks of the guide in their order."""
    text = GUIDE.read_text(encoding="utf-8")
    return [
        Block(found["kind"], found["text"], found.start("text"), found["remark"] or "")
        for found in _BLOCK.finditer(text)
    ]


def replay(directory: Path) -> Iterator[Shown]:
    """Do in an empty directory what the guide does; yields each block with something printed, in order."""
    files: dict[str, str] = {}
    current = ("", "")
    for block in read_blocks():
        if block.kind == "yaml" and block.remark != "other":
            text, name = _study_text(block, files), block.told("as")
            study = text.split("\n", 1)[0].removeprefix("study: ")
            files[name or study] = text if name or block.text.startswith("study:") else files[study]
            (directory / f"{study}.yaml").write_text(text, encoding="utf-8")
            current = (study, block.text)
        elif block.kind == "text":
            study, shown = current
            yield Shown(block, _check(directory, study, whole=shown.startswith("study:")))
        elif block.kind == "console":
            if FIRST in files:
                (directory / f"{FIRST}.yaml").write_text(files[FIRST], encoding="utf-8")
            yield Shown(block, _run(block, directory))


def _study_text(block: Block, files: dict[str, str]) -> str:
    if block.text.startswith("study:"):
        return block.text
    return place(files[block.told("in") or FIRST], block.text, block.told("replaces"))


def place(study: str, piece: str, replaced: str | None = None) -> str:
    """The study file with a piece of it changed."""
    lines, at = study.splitlines(), None
    for entry in _entries(piece.splitlines()):
        indent = _indent(entry[0]) if replaced is None else None
        field = replaced or re.split(r":|$", entry[0].strip().removeprefix("- "))[0]
        found = _find_field(lines, field, indent)
        if found is None:
            start = end = at if at is not None else _end_of_siblings(lines, indent or 0)
        else:
            start, end = found
        lines[start:end] = entry
        at = start + len(entry)
    return "\n".join(lines) + "\n"


def _entries(lines: list[str]) -> list[list[str]]:
    """The lines of a piece by field: each field that stands as far left as the first, with what belongs to it."""
    entries: list[list[str]] = []
    for line in lines:
        if entries and (not line.strip() or _indent(line) > _indent(lines[0]) or line.startswith("\t")):
            entries[-1].append(line)
        else:
            entries.append([line])
    return entries


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _find_field(lines: list[str], field: str, indent: int | None) -> tuple[int, int] | None:
    for start, line in enumerate(lines):
        if line.strip().removeprefix("- ").startswith(f"{field}:") and indent in (None, _indent(line)):
            return start, _end_of_block(lines, start)
    return None


def _end_of_block(lines: list[str], start: int) -> int:
    end = start + 1
    while end < len(lines) and lines[end].strip() and _indent(lines[end]) > _indent(lines[start]):
        end += 1
    return end


def _end_of_siblings(lines: list[str], indent: int) -> int:
    if indent == 0:
        return len(lines)
    end = next(at for at, line in enumerate(lines) if line.startswith(("groups:", "people:"))) + 1
    while _indent(lines[end]) != indent or lines[end].lstrip().startswith("- "):
        end += 1
    while end < len(lines) and _indent(lines[end]) >= indent:
        end += 1
    return end


def _check(directory: Path, study: str, *, whole: bool) -> str:
    output = io.StringIO()
    with (
        contextlib.chdir(directory),
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(io.StringIO()),
        mock.patch.dict(os.environ, COLUMNS=str(WIDTH)),
    ):
        # Which answers move depends on what lies beside the file, and a reader of the guide has other files there.
        run_check([Path(f"{study}.yaml")], moves=False)
    return _as_shown(output.getvalue(), whole=whole)


def _as_shown(output: str, *, whole: bool) -> str:
    """Findings broken into lines; of a variant's preview, what may differ from that of the example."""
    lines = [line for line in output.splitlines() if whole or not line.startswith(_SAME_NOTES)]
    findings = [line for line in lines if _FINDING.match(line)]
    preview = lines[len(findings) :]
    if not whole and preview:
        head = preview.index("", 1)
        preview = preview[head + 1 :]
        if preview[-1].strip() == "Notes":
            preview = preview[:-2]
        preview = ["", *preview] if findings else preview
    wrapped = [line for finding in findings for line in textwrap.wrap(finding, 100, subsequent_indent="    ")]
    return "\n".join([*wrapped, *preview]) + "\n"


def _run(block: Block, directory: Path) -> str:
    """The commands of a block, each with what it prints."""
    lines: list[str] = []
    for command in (line for line in block.text.splitlines() if line.startswith("$ ")):
        name, *arguments = shlex.split(command.removeprefix("$ "))
        assert name == "nervegraph", command
        # A reader of the guide has activated the environment, so that the shell finds the program.
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
        with mock.patch.dict(os.environ, COLUMNS=str(WIDTH), PATH=path):
            ended = run(*FROM_PYTHON, *arguments, cwd=directory)
        said = (ended.stdout.decode() + ended.stderr.decode()).replace(os.sep, "/")
        # How much a build holds moves with every rule; a reader of the guide needs to know where the page is.
        told = [line for line in said.splitlines() if arguments[0] != "build" or line.startswith("Page:")]
        lines += [command, *(line.rstrip() for line in told)]
    return "\n".join(lines) + "\n"


def words_of_fields() -> str:
    """Every field that takes words of a list, with these words: the end of the guide."""
    vocabulary = Vocabulary.shipped()
    schema = build_schema(vocabulary)
    fields: dict[str, dict[str, None]] = {}
    for part in (schema, *schema["definitions"].values()):
        for field, content in part.get("properties", {}).items():
            for scheme in re.findall(r"#/definitions/([a-z-]+)", str(content)):
                fields.setdefault(scheme, {})[field] = None
    paragraphs = []
    for scheme in (scheme for scheme in vocabulary.schemes if scheme in fields):
        choices = (concept for concept in vocabulary.concepts(scheme) if not concept.is_grouping)
        words = "; ".join(_word_and_synonyms(concept.label, concept.synonyms) for concept in choices)
        told = f"**{scheme.replace('-', ' ')}** ({', '.join(f'`{field}`' for field in fields[scheme])}): {words}."
        paragraphs.append(textwrap.fill(told, 120, break_on_hyphens=False, break_long_words=False))
    return "\n\n".join(paragraphs) + "\n"


def _word_and_synonyms(label: str, synonyms: tuple[str, ...]) -> str:
    """The label, and in brackets what is more than another spelling of it."""
    others = {_bare(word): word for word in reversed(synonyms) if _bare(word) != _bare(label)}
    return f"{label} ({', '.join(reversed(others.values()))})" if others else label


def _bare(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(character for character in plain if character.isalnum())


def renew() -> None:
    """Write what is printed today into the guide."""
    text = GUIDE.read_text(encoding="utf-8")
    text = text[: text.index(WORDS_BEGIN) + len(WORDS_BEGIN)] + words_of_fields()
    with tempfile.TemporaryDirectory() as directory:
        for shown in reversed(list(replay(Path(directory)))):
            start = shown.block.start
            text = text[:start] + shown.today + text[start + len(shown.block.text) :]
    GUIDE.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    renew()
