"""The report of a build: the shipped questions with their answers, in sections, as a web page and as Markdown.

It is made from the graph alone: no figure is typed by hand, and each table names the question that gives it again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from nervegraph.answers import for_reading, show_term
from nervegraph.explorer import PageFacts
from nervegraph.questions import Question
from nervegraph.results import Results
from nervegraph.store import AnyStore

SECTIONS = (
    ("review", "What the review prints and says"),
    ("claims", "What is claimed, and what bears on it"),
    ("responses", "What was observed, with nobody counted twice"),
    ("observations", "What was observed, row by row and not to be added up"),
    ("comparison", "Why drugs are not compared"),
    ("gaps", "Where nobody is counted, and why"),
    ("instruments", "Where two ways of judging disagree"),
    ("sequence", "What came after a failure"),
    ("course", "Course: times, relapse, rechallenge, onset under a drug"),
    ("regimens", "How the drugs were given"),
    ("harms", "Harms, silence about harms, and stopping"),
    ("people", "Who was treated: single people, findings, subsets"),
    ("studies", "Which studies there are"),
    ("overlap", "Studies that may share people"),
    ("statistics", "What was computed, and what is refused"),
    ("origin", "Where it was read, and what was not"),
    ("graph", "What the graph holds"),
)
"""The tag of each section's questions, and its heading; a question stands in the first section it is tagged for."""

_REST = ("further", "Further questions")


@dataclass(frozen=True)
class Table:
    """One question with its answer, ready to be shown: cells are texts, an unbound one is empty."""

    name: str
    summary: str
    description: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """A heading with its tables."""

    tag: str
    heading: str
    tables: tuple[Table, ...]


def build_sections(store: AnyStore, questions: Mapping[str, Question]) -> list[Section]:
    """Every question, asked with its default parameters, in the order of `SECTIONS`; last those without a known tag."""
    places = {name: _section_of(question) for name, question in sorted(questions.items())}
    sections = []
    for section in (*SECTIONS, _REST):
        names = [name for name, place in places.items() if place == section]
        if names:
            sections.append(Section(*section, tuple(_table(store, questions[name]) for name in names)))
    return sections


def _section_of(question: Question) -> tuple[str, str]:
    return next((section for section in SECTIONS if section[0] in question.tags), _REST)


def write_report(store: AnyStore, questions: Mapping[str, Question], facts: PageFacts, folder: Path) -> None:
    """Write `report.html` and `report.md` into `folder`; the same graph and questions give the same bytes."""
    sections = build_sections(store, questions)
    environment = Environment(
        loader=PackageLoader("nervegraph", "templates"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = _markdown_cell
    for name in ("report.html", "report.md"):
        text = environment.get_template(f"{name}.j2").render(sections=sections, facts=facts)
        (folder / name).write_text(text, "utf-8", newline="\n")


def _table(store: AnyStore, question: Question) -> Table:
    selection = store.select(question.fill())
    shown = for_reading(Results("rows", selection.columns, tuple(selection.rows)))
    rows = tuple(tuple(map(show_term, row)) for row in shown.rows)
    return Table(question.name, question.summary, question.description, shown.columns, rows)


def _markdown_cell(text: str) -> str:
    """Text that cannot end a Markdown table cell, begin markup, hide a link or be read as a character's name."""
    return re.sub(r"([\\`*_{}\[\]<>|#~]|&(?=#?\w+;))", r"\\\1", " ".join(text.split()))
