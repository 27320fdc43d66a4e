"""The report: every shipped question with its answer, nothing else, and no text that becomes markup."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import pytest

from graphs import graph
from nervegraph.answers import for_reading, show_term
from nervegraph.explorer import PageFacts
from nervegraph.questions import Question, load_questions
from nervegraph.report import SECTIONS, build_sections, write_report
from nervegraph.resources import resource_directory
from nervegraph.results import Results
from nervegraph.store import AnyStore, memory_store

QUESTIONS = load_questions(resource_directory("queries") / "questions")
FACTS = PageFacts(version="9.8.7", data_sha256="abc123", counts={})
HOSTILE = (
    "</td></table><script>alert(1)</script><img src=x onerror=alert(1)>",
    "a | b || c \\| d \\",
    "one\nline\r\n\n| --- |\n# heading",
    "[a link](javascript:alert(1)) ![image](x) <https://example.org>",
    "`code` *bold* _it_ ~~no~~ {{ 7*7 }} {% raw %}",
    "&lt;script&gt; &#60; & \"quoted\" 'single'",
)
# Line ends are written out; everything else stays as it is.
SHOWN = tuple(text.replace("\r", "\\u000d").replace("\n", "\\u000a") for text in HOSTILE)


class Page(HTMLParser):
    """What a browser would see: elements with their attributes, the cells of each table, and all other text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.tables: list[list[list[str]]] = []
        self.outside = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta"}:
            self._open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self._open):
            self.tables[-1][-1][-1] += data
        elif "style" not in self._open:
            self.outside += data

    @property
    def names(self) -> set[str]:
        return {name for name, _ in self.elements}


def write(folder: Path, store: AnyStore, questions: Mapping[str, Question]) -> tuple[str, str]:
    """The page and the Markdown text."""
    write_report(store, questions, FACTS, folder)
    return tuple((folder / name).read_bytes().decode() for name in ("report.html", "report.md"))  # type: ignore[return-value]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    return write(tmp_path_factory.mktemp("report"), graph("fixture").store, QUESTIONS)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A report of which every text that comes from a graph is an attack."""
    lines = [
        f"<a:s{number}> <a:says> {json.dumps(text, ensure_ascii=False)} <a:g> .\n"
        for number, text in enumerate(HOSTILE)
    ]
    query = "SELECT ?text ?again { ?item <a:says> ?text BIND (?text AS ?again) } ORDER BY ?item"
    question = Question("attacks", Path("attacks.rq"), query, "<b>Who & what?</b>", "<script>1</script>")
    return write(tmp_path_factory.mktemp("hostile"), memory_store("".join(lines).encode()), {"attacks": question})


def cells_of(line: str) -> list[str]:
    """The cells of a Markdown table's row as a reader sees them."""
    assert line.startswith("| ")
    cells = re.findall(r"((?:\\.|[^|\\])*)\|", line[1:])
    return [re.sub(r"\\(.)", r"\1", cell.strip()) for cell in cells]


def test_every_shipped_question_stands_in_the_report_exactly_once(shipped: tuple[str, str]) -> None:
    page, text = shipped
    for name, question in QUESTIONS.items():
        assert page.count(f"<code>nervegraph query {name}</code>") == 1
        assert text.count(f"`nervegraph query {name}`") == 1
        assert Page(page).outside.count(question.description) == 1
        assert text.count(f"### {question.summary}\n") == 1


def test_every_shipped_question_has_a_section_and_every_section_a_question() -> None:
    sections = build_sections(graph("fixture").store, QUESTIONS)
    assert [(section.tag, section.heading) for section in sections] == list(SECTIONS)
    assert sorted(table.name for section in sections for table in section.tables) == sorted(QUESTIONS)


def test_a_question_of_ones_own_comes_last_instead_of_being_left_out() -> None:
    own = Question("own", Path("own.rq"), "SELECT ?x { ?x a <a:nothing> }", "Is there more?", "", tags=("mine",))
    *_, last = build_sections(graph("fixture").store, {**QUESTIONS, "own": own})
    assert (last.heading, [table.name for table in last.tables]) == ("Further questions", ["own"])


def test_the_tables_hold_what_the_questions_answer_and_both_files_the_same(shipped: tuple[str, str]) -> None:
    page, text = shipped
    store = graph("fixture").store
    with_rows = [table for section in build_sections(store, QUESTIONS) for table in section.tables if table.rows]
    assert len(with_rows) > len(QUESTIONS) // 2
    blocks = [block.splitlines() for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)]
    for table, shown, block in zip(with_rows, Page(page).tables, blocks, strict=True):
        selection = store.select(QUESTIONS[table.name].fill())
        answer = for_reading(Results("rows", selection.columns, tuple(selection.rows)))
        rows = [[show_term(term) for term in row] for row in answer.rows]
        assert shown == [[name.replace("_", " ") for name in answer.columns], *rows]
        del block[1]
        assert [cells_of(line) for line in block] == [[" ".join(cell.split()) for cell in row] for row in shown]


def test_no_figure_stands_in_the_report_that_is_not_in_an_answer(shipped: tuple[str, str]) -> None:
    page, text = shipped
    without_tables = re.sub(r"(?:^\|.*\n)+", "", text, flags=re.MULTILINE)
    for rest in (Page(page).outside, without_tables):
        for question in QUESTIONS.values():
            rest = rest.replace(question.summary, "").replace(question.description, "")
        for name in QUESTIONS:
            rest = rest.replace(f"nervegraph query {name}", "")
        rest = re.sub(r"^\d+ rows?;", "", rest, flags=re.MULTILINE)
        assert re.findall(r"\S*\d\S*", rest.replace(FACTS.version, "").replace(FACTS.data_sha256, "")) == []


def test_an_empty_answer_is_said_in_words(tmp_path: Path) -> None:
    page, text = write(tmp_path, memory_store(), QUESTIONS)
    empty = len(QUESTIONS) - len(Page(page).tables)
    assert empty > len(QUESTIONS) // 2
    assert page.count("<em>No row.</em>") == empty
    assert text.count("*No row: see above for what an empty answer means.*") == empty


def test_the_page_runs_nothing_and_loads_nothing(shipped: tuple[str, str]) -> None:
    page = Page(shipped[0])
    policies = [
        facts["content"] for name, facts in page.elements if facts.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"]
    assert page.names <= {
        *("html", "head", "meta", "title", "style", "body", "header", "nav", "main", "section", "footer", "div"),
        *("h1", "h2", "h3", "p", "ul", "li", "a", "em", "code", "table", "caption", "thead", "tbody", "tr", "th", "td"),
    }
    given = {attribute for _, attributes in page.elements for attribute in attributes}
    assert given <= {"lang", "charset", "name", "content", "http-equiv", "class", "aria-label"} | {
        *("id", "href", "tabindex", "role", "scope"),
    }
    targets = {facts["href"] for name, facts in page.elements if name == "a"}
    assert targets == {f"#{facts['id']}" for name, facts in page.elements if name == "section"}
    assert "url(" not in shipped[0]
    assert "@import" not in shipped[0]


def test_hostile_text_stays_text_on_the_page(hostile: tuple[str, str], shipped: tuple[str, str]) -> None:
    page = Page(hostile[0])
    assert page.tables == [[["text", "again"], *([text, text] for text in SHOWN)]]
    assert page.names <= Page(shipped[0]).names
    assert "<b>Who & what?</b>" in page.outside
    assert "<script>1</script>" in page.outside


def test_hostile_text_cannot_break_out_of_a_markdown_table(hostile: tuple[str, str]) -> None:
    (block,) = re.findall(r"(?:^\|.*\n)+", hostile[1], re.MULTILINE)
    header, rule, *rows = block.splitlines()
    assert (cells_of(header), rule) == (["text", "again"], "| --- | --- |")
    assert [cells_of(row) for row in rows] == [[" ".join(text.split())] * 2 for text in SHOWN]
    for row in rows:
        bare = re.sub(r"\\.", "", row)
        assert bare.count("|") == 3
        assert re.search(r"[`*_{}\[\]<>#~]|&\w+;", bare) is None


def test_the_same_graph_gives_the_same_bytes(tmp_path: Path, shipped: tuple[str, str]) -> None:
    again = write(tmp_path, graph("fixture").store, dict(reversed(QUESTIONS.items())))
    assert again == shipped
    assert "\r" not in "".join(again)
