"""Answers and their formats: table, tsv, csv, json, md for rows, ttl for triples; the same text whatever the engine.

`tsv` and `csv` follow the SPARQL 1.1 Query Results CSV and TSV Formats, `json` the SPARQL 1.1 Query Results JSON Format
(W3C Recommendations, 21 March 2013). A spreadsheet may take a csv cell that begins with `=` for a formula; `csv` keeps
such values as they are.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args
from typing import Literal as OneOf

from nervegraph.errors import Misuse
from nervegraph.python_values import PythonValue, python_value
from nervegraph.questions import Question
from nervegraph.rdfterms import BlankNode, Iri, Literal, Row, Term
from nervegraph.results import Kind, Results, format_boolean, format_rows
from nervegraph.terms import BASE, PREFIXES

if TYPE_CHECKING:
    import pandas  # noqa: TID251 - for the type of what `dataframe` makes

Format = OneOf["table", "tsv", "csv", "json", "md", "ttl"]
FORMATS: tuple[Format, ...] = get_args(Format)

_XSD = PREFIXES["xsd"]
_NUMBERS = {
    _XSD + "integer": re.compile(r"[+-]?[0-9]+"),
    _XSD + "decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    _XSD + "double": re.compile(r"[+-]?(?:[0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+"),
    _XSD + "boolean": re.compile(r"true|false"),
}
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_NOT_IN_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|&~$])")
# Cells up to this many characters are not folded; what is longer may be.
_NARROWEST_CELL = 14
_BETWEEN_COLUMNS = 3
# Control characters, direction marks, half characters, hidden line breaks: they can rewrite what a terminal shows.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, repr=False)
class Answer:
    """What was answered, to which question (None for a bare query), and by which endpoint if not by a build.

    `labels` has the names of IRIs that stand in the rows without a column of labels, as far as they were looked up.
    """

    results: Results
    question: Question | None = None
    endpoint: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __repr__(self) -> str:
        about = "" if self.question is None else f" to {self.question.name}"
        return f"<Answer{about}: {', '.join(self.notes()[:1]) or self.to_text('table').strip()}>"

    def __str__(self) -> str:
        text = self.to_text("ttl" if self.kind == "triples" else "table")
        return "\n".join([text.rstrip("\n"), *self.notes()])

    @property
    def kind(self) -> Kind:
        """Whether this is rows, a yes or no, or triples."""
        return self.results.kind

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names without `?`."""
        return self.results.columns

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows, in the engine's order; None where a cell is empty."""
        return self.results.rows

    @property
    def description(self) -> str:
        """What a row is, and how the answer is to be read; empty for a query of one's own."""
        return "" if self.question is None else self.question.description

    @property
    def empty_means(self) -> str:
        """What it means if there are no rows; empty for a query of one's own."""
        return "" if self.question is None else self.question.empty_means

    def to_dicts(self) -> list[dict[str, PythonValue]]:
        """The rows with Python's own values, by column: numbers, yes or no, texts, IRIs as CURIEs, None where empty."""
        return [dict(zip(self.columns, map(python_value, row), strict=True)) for row in self.rows]

    def to_dataframe(self) -> pandas.DataFrame:
        """The rows as a pandas DataFrame with typed columns; a column of IRIs has its labels beside it.

        :raises SurroundingsError: pandas is not installed.
        """
        from nervegraph.dataframe import build_dataframe

        return build_dataframe(self)

    def to_markdown(self) -> str:
        """The rows as a Markdown table; of triples, their Turtle in a block of code."""
        if self.kind == "triples":
            return f"```turtle\n{self.to_text('ttl')}```\n"
        return self.to_text("md")

    def _repr_html_(self) -> str:
        from nervegraph.answer_html import format_html

        return format_html(self)

    def notes(self) -> list[str]:
        """What a reader must know beside the rows: how many they are, and what it means if there are none."""
        if self.kind == "boolean":
            return []
        count = len(self.rows)
        unit = "triple" if self.kind == "triples" else "row"
        notes = [f"{count:,} {unit}{'' if count == 1 else 's'}"]
        if not count and self.question is not None:
            notes.append(self.question.empty_means)
        if not count and self.endpoint is not None:
            notes.append(f"{self.endpoint} was reached and found nothing; check that the graph was loaded there.")
        return notes

    def default_format(self, *, is_terminal: bool) -> Format:
        """The format when none was chosen: ttl for triples, else a table for a person and tsv for a program."""
        if self.kind == "triples":
            return "ttl"
        return "table" if is_terminal else "tsv"

    def to_text(self, form: Format, *, width: int = 100, color: bool = False) -> str:
        """The whole answer as text that ends with a line break.

        :param width: characters per line of a table.
        :raises Misuse: triples were asked for as a table, or rows as ttl.
        """
        if (form == "ttl") != (self.kind == "triples"):
            raise Misuse(
                "this query answers with triples; use --format ttl, or a SELECT query for rows."
                if self.kind == "triples"
                else "ttl is for CONSTRUCT and DESCRIBE queries; use table, tsv, csv, json or md for this one."
            )
        match form:
            case "table":
                return _table(self.results, width, color)
            case "tsv":
                return _tsv(self.results)
            case "csv":
                return _csv(self.results)
            case "json":
                return _json(self.results)
            case "md":
                return _markdown(self.results)
            case "ttl":
                from nervegraph.turtle_text import format_turtle

                return format_turtle(self.rows)


def format_term(term: Term | None) -> str:
    """A term as TSV and Turtle write it in full; nothing for an empty cell."""
    if term is None:
        return ""
    if isinstance(term, Iri):
        return f"<{_NOT_IN_IRI.sub(_codepoint, term.value)}>"
    if isinstance(term, BlankNode):
        return f"_:{term.label}"
    number = _NUMBERS.get(term.datatype)
    if number is not None and number.fullmatch(term.value):
        return term.value
    text = f'"{term.value.translate(_ESCAPES)}"'
    if term.language:
        return f"{text}@{term.language}"
    return text if term.datatype == _XSD + "string" else f"{text}^^{format_term(Iri(term.datatype))}"


def show_term(term: Term | None) -> str:
    """A term for a person: our IRIs without their common beginning, and nothing that a terminal would act upon."""
    if term is None:
        return ""
    if isinstance(term, Iri):
        return show_text(term.value.removeprefix(BASE) or term.value)
    return f"_:{show_text(term.label)}" if isinstance(term, BlankNode) else show_text(term.value)


def show_text(text: str) -> str:
    """The text with every control and direction character written out as its code."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        _escaped(character) if unicodedata.category(character) in _UNSEEN else character for character in text
    )


def for_reading(results: Results) -> Results:
    """The results as a person wants them: without IRIs whose label stands beside them, and with words for names."""
    kept = [
        index
        for index, name in enumerate(results.columns)
        if f"{name}_label" not in results.columns or not all(isinstance(row[index], Iri | None) for row in results.rows)
    ]
    names = tuple(results.columns[index].removesuffix("_label").replace("_", " ") for index in kept)
    return Results(results.kind, names, tuple(tuple(row[index] for index in kept) for row in results.rows))


def markdown_table(columns: Iterable[str], rows: Iterable[Iterable[str]], *, right: Iterable[bool] = ()) -> str:
    """A Markdown table; nothing in a cell is taken for markup. `right` marks the columns of numbers."""
    names = [_markdown_cell(name) for name in columns]
    marks = [*right] or [False] * len(names)
    lines = [f"| {' | '.join(names)} |", f"| {' | '.join('---:' if mark else '---' for mark in marks)} |"]
    lines += [f"| {' | '.join(map(_markdown_cell, row))} |" for row in rows]
    return "\n".join(lines) + "\n"


def text_table(
    columns: Iterable[str],
    rows: Iterable[Iterable[str]],
    *,
    right: Iterable[bool] = (),
    width: int = 100,
    color: bool = False,
) -> str:
    """A table for a terminal; no cell is taken for markup or control. `right` marks the columns of numbers.

    Where the columns do not fit beside each other, each row becomes a block with one line per cell.
    """
    names = [show_text(name) for name in columns]
    cells = [[show_text(cell) for cell in row] for row in rows]
    marks = [*right] or [False] * len(names)
    needed = [
        max(len(name), min(_NARROWEST_CELL, max((len(row[number]) for row in cells), default=0)))
        for number, name in enumerate(names)
    ]
    if sum(needed) + _BETWEEN_COLUMNS * len(needed) > width:
        return _blocks(names, cells)
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold" if color else "")
    for name, is_number, least in zip(names, marks, needed, strict=True):
        table.add_column(Text(name), justify="right" if is_number else "left", overflow="fold", min_width=least)
    for row in cells:
        table.add_row(*map(Text, row))
    output = io.StringIO()
    Console(file=output, width=width, force_terminal=color, no_color=not color, highlight=False).print(table)
    return "".join(line.rstrip() + "\n" for line in output.getvalue().splitlines() if line.strip())


def _blocks(names: list[str], rows: list[list[str]]) -> str:
    longest = max(map(len, names))
    blocks = [
        "".join(f"{name:<{longest}}  {cell}".rstrip() + "\n" for name, cell in zip(names, row, strict=True))
        for row in rows
    ]
    return "\n".join(blocks) or f"{' '.join(names)}\n"


def _table(results: Results, width: int, color: bool) -> str:
    if results.kind == "boolean":
        return "yes\n" if results.is_true else "no\n"
    shown = for_reading(results)
    rows = (map(show_term, row) for row in shown.rows)
    return text_table(shown.columns, rows, right=_number_columns(shown), width=width, color=color)


def _markdown(results: Results) -> str:
    shown = for_reading(results)
    rows = (map(show_term, row) for row in shown.rows)
    return markdown_table(shown.columns, rows, right=_number_columns(shown))


def _markdown_cell(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", show_text(text))


def _tsv(results: Results) -> str:
    lines = ["\t".join(f"?{name}" for name in results.columns)]
    lines += ["\t".join(map(format_term, row)) for row in results.rows]
    return "\n".join(lines) + "\n"


def _csv(results: Results) -> str:
    output = io.StringIO(newline="")
    writer = csv.writer(output, lineterminator="\r\n")
    writer.writerow(results.columns)
    for row in results.rows:
        writer.writerow("" if term is None else _csv_value(term) for term in row)
    return output.getvalue()


def _csv_value(term: Term) -> str:
    return f"_:{term.label}" if isinstance(term, BlankNode) else term.value


def _json(results: Results) -> str:
    if results.kind == "boolean":
        return format_boolean(results.is_true).decode()
    return b"".join(format_rows(results.columns, results.rows)).decode()


def _number_columns(results: Results) -> list[bool]:
    """Which columns hold nothing but numbers."""
    kinds = (_XSD + "integer", _XSD + "decimal", _XSD + "double")
    columns: list[list[Term]] = [[] for _ in results.columns]
    for row in results.rows:
        for column, term in zip(columns, row, strict=True):
            if term is not None:
                column.append(term)
    return [
        bool(column) and all(isinstance(term, Literal) and term.datatype in kinds for term in column)
        for column in columns
    ]


def _codepoint(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04X}"


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
