"""The report of a build: eight parts read from the graph by shipped questions, then a list of every question.

It is made from the graph alone: no figure is typed by hand, and each table names the question that gives it again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from nervegraph.answers import for_reading, show_term
from nervegraph.explorer import PageFacts
from nervegraph.gap_map import build_gap_map
from nervegraph.questions import Question
from nervegraph.report_parts import MARKS, PARTS, Exhibit, Part
from nervegraph.results import Results
from nervegraph.store import AnyStore
from nervegraph.vocabulary import Vocabulary

SECTIONS = (
    ("review", "What the review prints and says"),
    ("claims", "What is claimed, and what bears on it"),
    ("responses", "What was observed, with nobody counted twice"),
    ("observations", "What was observed, row by row and not to be added up"),
    ("comparison", "Why drugs are not compared"),
    ("gaps", "Where nobody is counted, and why"),
    ("instruments", "Where two ways of judging disagree"),
    ("sensitivity", "What a total owes to a single study"),
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
"""The tag of each topic's questions, and its heading; a question stands under the first topic it is tagged for."""

_REST = ("further", "Further questions")
_MANY_ROWS = 25


@dataclass(frozen=True)
class Table:
    """An answer ready to be shown: cells are texts, an unbound one is empty; no column is left out unsaid.

    :param command: what asks the same on the command line.
    :param tally: how often each verdict occurs.
    :param verdict_column: the place of the column with the verdicts; None if there is none.
    """

    command: str
    summary: str
    look_for: str
    empty_means: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    tally: tuple[tuple[str, int], ...] = ()
    verdict_column: int | None = None

    @property
    def is_long(self) -> bool:
        """Whether a page had better fold it."""
        return len(self.rows) > _MANY_ROWS


@dataclass(frozen=True)
class ShownPart:
    """A part of the report with its tables."""

    part: Part
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class Topic:
    """A heading with the questions on it."""

    tag: str
    heading: str
    questions: tuple[Question, ...]


def build_parts(store: AnyStore, questions: Mapping[str, Question], parts: Sequence[Part] = PARTS) -> list[ShownPart]:
    """The parts of the report, in order.

    :raises KeyError: a question that a part shows is not among these.
    """
    return [ShownPart(part, tuple(_tables(store, questions, part))) for part in parts]


def list_topics(questions: Mapping[str, Question]) -> list[Topic]:
    """Every question under its topic, in the order of `SECTIONS`; last those without a known tag."""
    places = {name: _section_of(question) for name, question in sorted(questions.items())}
    found = []
    for section in (*SECTIONS, _REST):
        if names := [name for name, place in places.items() if place == section]:
            found.append(Topic(*section, tuple(questions[name] for name in names)))
    return found


def _section_of(question: Question) -> tuple[str, str]:
    return next((section for section in SECTIONS if section[0] in question.tags), _REST)


def write_report(
    store: AnyStore,
    questions: Mapping[str, Question],
    facts: PageFacts,
    folder: Path,
    *,
    parts: Sequence[Part] = PARTS,
) -> None:
    """Write `report.html` and `report.md` into `folder`; the same graph and questions give the same bytes."""
    shown = {"parts": build_parts(store, questions, parts), "topics": list_topics(questions), "facts": facts}
    environment = Environment(
        loader=PackageLoader("nervegraph", "templates"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = _markdown_cell
    environment.filters["marked"] = _marked
    for name in ("report.html", "report.md"):
        text = environment.get_template(f"{name}.j2").render(shown)
        (folder / name).write_text(text, "utf-8", newline="\n")


def _tables(store: AnyStore, questions: Mapping[str, Question], part: Part) -> Iterable[Table]:
    for exhibit in part.exhibits:
        yield build_table(store, questions[exhibit.question], exhibit)
    if part.key == "gaps":
        yield _gap_table(store, questions)


def _gap_table(store: AnyStore, questions: Mapping[str, Question]) -> Table:
    """The answers to three questions as one map, which no single one could draw."""
    reviewed, gaps, cells = (
        build_table(store, questions[name], Exhibit(name, "", verdict="reason" if name == "gaps" else ""))
        for name in GAP_MAP_QUESTIONS
    )
    drugs = {row[reviewed.columns.index("drug")] for row in reviewed.rows}
    records = [[dict(zip(each.columns, row, strict=True)) for row in each.rows] for each in (gaps, cells)]
    columns, rows = build_gap_map(records[0], records[1], drugs)
    command = "; ".join(f"nervegraph query {name}" for name in GAP_MAP_QUESTIONS)
    return Table(
        command, "Who was counted, and why is nobody?", _MAP_LEGEND, gaps.empty_means, columns, rows, gaps.tally
    )


GAP_MAP_QUESTIONS = ("eligible_drugs_of_a_review", "gaps", "responses_by_drug_and_neuropathy")
_MAP_LEGEND = (
    "One row for each neuropathy, its narrower forms included, and one column for each drug that a review looked for. "
    "Either people are counted, or a reason tells why not. A reason beside numbers tells why the drug by itself has "
    "none. The tally is of all drugs, classes included."
)


def build_table(store: AnyStore, question: Question, exhibit: Exhibit) -> Table:
    """A question's answer as an exhibit shows it.

    :raises ValueError: the exhibit names a column that the answer does not have.
    """
    selection = store.select(question.fill(Vocabulary.shipped(), **exhibit.settings))
    shown = for_reading(Results("rows", selection.columns, tuple(selection.rows)))
    rows = [tuple(map(show_term, row)) for row in shown.rows]
    places = [shown.columns.index(name) for name in exhibit.columns or shown.columns]
    columns = tuple(shown.columns[place] for place in places)
    kept = list(dict.fromkeys(tuple(row[place] for place in places) for row in rows))
    verdict = None if not exhibit.verdict else columns.index(exhibit.verdict)
    if exhibit.spread is not None:
        columns, kept = _spread(columns, kept, *exhibit.spread)
        verdict = None if not exhibit.verdict else columns.index(exhibit.verdict)
    tally = Counter(row[verdict] for row in kept) if verdict is not None else Counter()
    settings = "".join(f" --set {name}={value}" for name, value in exhibit.settings.items())
    return Table(
        f"nervegraph query {question.name}{settings}",
        question.summary,
        exhibit.look_for,
        question.empty_means,
        columns,
        tuple(kept),
        tuple(sorted(tally.items(), key=lambda item: (-item[1], item[0]))),
        verdict,
    )


def _spread(
    columns: Sequence[str], rows: Iterable[tuple[str, ...]], name: str, value: str
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Rows that are alike but for a name and a value as one row, with a column for each name."""
    name_at, value_at = columns.index(name), columns.index(value)
    fixed = [place for place in range(len(columns)) if place not in (name_at, value_at)]
    found: dict[tuple[str, ...], dict[str, list[str]]] = {}
    names: dict[str, None] = {}
    for row in rows:
        names.setdefault(row[name_at])
        found.setdefault(tuple(row[place] for place in fixed), {}).setdefault(row[name_at], []).append(row[value_at])
    spread = [(*key, *("; ".join(told.get(each, [])) for each in names)) for key, told in found.items()]
    return (*(columns[place] for place in fixed), *names), spread


def _marked(text: str) -> str:
    """A verdict with the sign that it is told by besides its words."""
    return f"{MARKS[text]} {text}" if text in MARKS else text


def _markdown_cell(text: str) -> str:
    """Text that cannot end a Markdown table cell, begin markup, hide a link or be read as a character's name."""
    return re.sub(r"([\\`*_{}\[\]<>|#~]|&(?=#?\w+;))", r"\\\1", " ".join(text.split()))
