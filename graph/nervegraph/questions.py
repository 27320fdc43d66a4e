"""The evidence questions: one file each in `queries/questions/`, front matter and a query that is complete as pasted.

Front matter is YAML in the lines that begin with `#+`. A parameter is a line `VALUES ?drug { … }` in the query that
holds the default; filling a question replaces what stands between the braces, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from nervegraph import nquads
from nervegraph.errors import FindingsError, Misuse, SurroundingsError
from nervegraph.findings import Finding, did_you_mean, show_briefly
from nervegraph.plain_yaml import find_plain_tree
from nervegraph.question_values import ALL, ConceptLookup, Parameter, format_values
from nervegraph.study_text import parse_bytes

if TYPE_CHECKING:
    from nervegraph.study_tree import Tree
    from nervegraph.vocabulary import Vocabulary

_MARK = "#+"
_KEYS = ("summary", "description", "columns", "keys", "parameters", "tags")
_PARAMETER_KEYS = ("type", "about", "default", "scheme")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_VALUES_LINE = re.compile(r"^([ \t]*VALUES[ \t]+\?(\w+)[ \t]*\{)([^{}\n]*)(\}[ \t]*(?:#[^\r\n]*)?)\r?$", re.MULTILINE)
_EMPTY = re.compile(r"\b(empty answer|no rows?|without a row)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
FillValue = str | int | Sequence[str]


class InvalidQuestions(FindingsError):
    """Question files are wrong; `findings` says where and how, `str()` has one line for each."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(map(str, self.findings)))


@dataclass(frozen=True)
class Question:
    """A query with what it asks in words; `text` is the whole file, and can be run as it stands.

    `columns` maps column names to their meaning with unit. `keys` are the columns by which a row is known again when
    the answer moves; without any, a row is known by all its cells. A query without front matter has empty words.
    """

    name: str
    path: Path
    text: str
    summary: str = ""
    description: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    @cached_property
    def empty_means(self) -> str:
        """What the question itself says about an answer without rows; its whole description if no sentence does."""
        sentences = _SENTENCE_END.split(self.description)
        return " ".join(sentence for sentence in sentences if _EMPTY.search(sentence)) or self.description

    def fill(self, vocabulary: Vocabulary | None = None, /, **values: FillValue) -> str:
        """The query with these parameters set, the others at their defaults.

        A concept is named by slug, label, synonym, `drug:ivig` or its full IRI; `all` leaves a parameter open; several
        values are alternatives.

        :param vocabulary: where concepts are looked up; the shipped one if None.
        :raises Misuse: the question has no such parameter, or the value does not fit it.
        """
        lookup = ConceptLookup(vocabulary)
        filled: dict[str, str] = {}
        for name, value in values.items():
            parameter = self.parameters.get(name)
            if parameter is None:
                raise _unknown_parameter(self, name)
            words = [str(value)] if isinstance(value, str | int) else [*value]
            filled[name] = format_values(parameter, words, lookup)

        def replace(match: re.Match[str]) -> str:
            end = "\r" if match[0].endswith("\r") else ""
            return f"{match[1]} {filled[match[2]]} {match[4]}{end}" if match[2] in filled else match[0]

        return _VALUES_LINE.sub(replace, self.text)


def load_questions(directory: Path) -> dict[str, Question]:
    """The questions of all `.rq` files in a directory, by name, in the order of the names.

    :raises InvalidQuestions: a file's front matter is missing or wrong; all findings of all files at once.
    :raises SurroundingsError: a file cannot be read.
    """
    questions: dict[str, Question] = {}
    findings: list[Finding] = []
    for path in sorted(directory.glob("*.rq")):
        question, found = parse_question(_read_text(path), path)
        findings += found
        if not _NAME.fullmatch(path.stem):
            hint = "Use small letters, digits and _ only."
            findings.append(Finding(path, 1, 1, "name", "A question cannot be asked by this file's name.", hint))
        questions[question.name] = question
        if not question.summary and not found:
            hint = "Add lines '#+ summary: …?', description, columns, parameters and tags."
            findings.append(Finding(path, 1, 1, "no-front-matter", "The question has no front matter.", hint))
    if findings:
        raise InvalidQuestions(findings)
    return questions


def find_question(directory: Path, name: str) -> Question | None:
    """The question of this name in a directory, without reading the others; None if there is none.

    Raises as `load_questions`.
    """
    path = directory / f"{name}.rq"
    return read_question(path) if _NAME.fullmatch(name) and path.is_file() else None


def get_question(questions: Mapping[str, Question], name: str) -> Question:
    """The question of this name.

    :raises Misuse: there is none; names the one that was probably meant.
    """
    question = questions.get(name)
    if question is None:
        near = did_you_mean(name, questions)
        advice = f"Did you mean {near}?" if near else "See all of them with: nervegraph questions"
        raise Misuse(f"there is no question and no file called {show_briefly(name)}. {advice}")
    return question


def read_question(path: Path) -> Question:
    """The query in a user's own file, with its front matter if it has one.

    :raises InvalidQuestions: it has front matter that is wrong.
    :raises Misuse: the file is not UTF-8.
    :raises SurroundingsError: it cannot be read.
    """
    return get_valid_question(_read_text(path), path)


def get_valid_question(text: str, path: Path) -> Question:
    """The question in `text`; raises as `read_question`."""
    question, findings = parse_question(text, path)
    if findings:
        raise InvalidQuestions(findings)
    return question


def parse_question(text: str, path: Path) -> tuple[Question, list[Finding]]:
    """The question in `text`, and what is wrong with its front matter; `path` gives its name and stands in findings."""
    lines = text.split("\n")
    count = next((number for number, line in enumerate(lines) if not line.startswith(_MARK)), len(lines))
    for number, line in enumerate(lines[count:], start=count + 1):
        if line.startswith(_MARK):
            hint = "Put all of it at the top of the file, without other lines between."
            finding = Finding(path, number, 1, "late-front-matter", "Front matter stands behind other lines.", hint)
            return Question(path.stem, path, text), [finding]
    if count == 0:
        return Question(path.stem, path, text), []
    # Each line loses its mark and one space, so that lines stay and columns move by three.
    front_matter = "\n".join(_without_mark(line) for line in lines[:count]).encode()
    tree = find_plain_tree(parse_bytes(front_matter, path), path)
    if tree is None:
        from nervegraph.yaml_positions import parse_tree  # slow to import, and needed for few questions

        tree = parse_tree(front_matter, path)
    return _FrontMatter(path, text, tree).read()


class _FrontMatter:
    """One reading of a file's front matter."""

    def __init__(self, path: Path, text: str, tree: Tree) -> None:
        self._path = path
        self._text = text
        self._tree = tree
        self._findings = [
            Finding(path, found.line, found.column + 3, found.rule, found.message, found.hint)
            for found in tree.findings
        ]

    def read(self) -> tuple[Question, list[Finding]]:
        root = self._tree.root
        if root is None:
            return Question(self._path.stem, self._path, self._text), self._findings
        self._check_keys((), root, _KEYS)
        summary = self._text_of(root, "summary")
        if summary and not summary.endswith("?"):
            self._add(("summary",), "summary", "The summary does not end with a question mark.", "Make it a question.")
        columns = self._columns(root.get("columns", {}))
        question = Question(
            self._path.stem,
            self._path,
            self._text,
            summary,
            self._text_of(root, "description"),
            columns,
            self._keys(root.get("keys", []), columns),
            self._parameters(root.get("parameters", {})),
            self._tags(root.get("tags", [])),
        )
        return question, sorted(self._findings)

    def _columns(self, value: object) -> dict[str, str]:
        if not isinstance(value, dict) or not all(isinstance(meaning, str) for meaning in value.values()):
            self._add(("columns",), "columns", "Columns are not written as 'name: meaning'.", "Give each one line.")
            return {}
        return dict(value)

    def _keys(self, value: object, columns: Mapping[str, str]) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(key, str) for key in value):
            self._add(("keys",), "keys", "Keys are not a list of columns.", "Write them as [one, two].")
            return ()
        for unknown in (key for key in value if key not in columns):
            near = did_you_mean(unknown, columns)
            hint = f"Did you mean {near}?" if near else f"The columns are: {', '.join(columns)}."
            self._add(("keys",), "keys", f"The key '{unknown}' is no column.", hint)
        return tuple(key for key in value if key in columns)

    def _tags(self, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
            self._add(("tags",), "tags", "Tags are not a list of words.", "Write them as [one, two].")
            return ()
        return tuple(value)

    def _parameters(self, value: object) -> dict[str, Parameter]:
        if not isinstance(value, dict):
            self._add(("parameters",), "parameters", "Parameters are not fields.", "Write 'drug:' with type and about.")
            return {}
        parameters = {}
        contents: dict[str, set[str]] = {}
        for match in _VALUES_LINE.finditer(self._text):
            contents.setdefault(match[2], set()).add(match[3].strip())
        for name, facts in value.items():
            at = ("parameters", name)
            if not isinstance(facts, dict) or not all(isinstance(fact, str) for fact in facts.values()):
                self._add(at, "parameter", f"{name} lacks its type, about and default.", "Give each one line.")
                continue
            self._check_keys(at, facts, _PARAMETER_KEYS)
            missing = [key for key in _PARAMETER_KEYS[:3] if not facts.get(key)]
            if missing:
                self._add(at, "parameter", f"{name} lacks {' and '.join(missing)}.", "Give each one line.")
                continue
            self._check_default(at, facts["default"], contents.get(name, set()))
            parameters[name] = Parameter(name, facts["type"], facts["about"], facts["default"], facts.get("scheme", ""))
        return parameters

    def _check_default(self, at: tuple[str, str], default: str, contents: set[str]) -> None:
        line = f"VALUES ?{at[1]} {{ … }}"
        if not contents:
            self._add(
                at, "no-values-line", f"The query has no line '{line}'.", "Add it with the default in the braces."
            )
        elif len(contents) > 1:
            self._add(at, "two-defaults", f"The lines '{line}' differ.", "Give them all the same default.")
        elif (content := min(contents)) and not _holds_default(content, default):
            message = f"The default is {default}, but the query has {content}."
            self._add(at, "other-default", message, "Make the two the same; UNDEF goes with 'all'.")
        elif not content:
            self._add(at, "no-default", f"The line '{line}' is empty.", "Write the default, or UNDEF for 'all'.")

    def _text_of(self, root: Mapping[str, object], key: str) -> str:
        value = root.get(key)
        if isinstance(value, str):
            return value.strip()
        self._add((key,) if key in root else (), key, f"The {key} is missing or no text.", f"Add '#+ {key}: …'.")
        return ""

    def _check_keys(self, at: tuple[str, ...], fields: Iterable[str], known: Sequence[str]) -> None:
        for key in fields:
            if key not in known:
                near = did_you_mean(key, known)
                hint = f"Did you mean {near}?" if near else f"Known here: {', '.join(known)}."
                self._add((*at, key), "unknown-key", f"'{key}' is not known here.", hint)

    def _add(self, at: tuple[str, ...], rule: str, message: str, hint: str) -> None:
        line, column = self._tree.key_position(at)
        self._findings.append(Finding(self._path, line, column + 3, rule, message, hint))


def _unknown_parameter(question: Question, name: str) -> Misuse:
    if not question.parameters:
        return Misuse(f"{question.name} has no parameters, so {name} cannot be set.")
    near = did_you_mean(name, question.parameters)
    advice = f"Did you mean {near}?" if near else f"It has: {', '.join(question.parameters)}."
    return Misuse(f"{question.name} has no parameter {name}. {advice}")


def _holds_default(content: str, default: str) -> bool:
    """Whether the braces hold what the front matter names: UNDEF for all, an IRI that ends with it, or the value."""
    if default == ALL:
        return content == "UNDEF"
    return content in (default, nquads.text(default)) or bool(
        re.fullmatch(rf"<[^>]*/{re.escape(default)}>", content) or content.startswith(f'"{default}"^^')
    )


def _without_mark(line: str) -> str:
    return line[len(_MARK) :].removeprefix(" ").rstrip("\r")


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Misuse(f"{path}: the file is not UTF-8 (byte {error.start}). Save it as UTF-8.") from error
    except OSError as error:
        raise SurroundingsError(f"{path}: the file cannot be read ({error.strerror}).") from error
