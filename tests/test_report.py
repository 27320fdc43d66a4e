"""The report: every shipped question with its answer, nothing else, and no text that becomes markup."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from graphs import FIXTURE, graph
from nervegraph.answers import for_reading, show_term
from nervegraph.build import build
from nervegraph.build_command import show_report
from nervegraph.errors import Misuse
from nervegraph.explorer import PageFacts
from nervegraph.questions import Question, load_questions
from nervegraph.report import SECTIONS, ShownPart, build_parts, build_table, list_topics, write_report
from nervegraph.report_parts import MARKS, PARTS, Exhibit, Part
from nervegraph.resources import resource_directory
from nervegraph.results import Results
from nervegraph.store import AnyStore, memory_store
from nervegraph.vocabulary import Vocabulary, vocabulary_quads

QUESTIONS = load_questions(resource_directory("queries") / "questions")
TEMPLATES = resource_directory("queries").parent / "graph" / "nervegraph" / "templates"
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


def write(
    folder: Path, store: AnyStore, questions: Mapping[str, Question], parts: Sequence[Part] = PARTS
) -> tuple[str, str]:
    """The page and the Markdown text."""
    write_report(store, questions, FACTS, folder, parts=parts)
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
    part = Part("attacks", "<i>Attacks</i>", "<img src=x>", (Exhibit("attacks", "<script>1</script>", verdict="text"),))
    store = memory_store("".join(lines).encode())
    return write(tmp_path_factory.mktemp("hostile"), store, {"attacks": question}, [part])


@pytest.fixture(scope="module")
def build_of_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("build")
    build([FIXTURE], output)
    return output


def cells_of(line: str) -> list[str]:
    """The cells of a Markdown table's row as a reader sees them."""
    assert line.startswith("| ")
    cells = re.findall(r"((?:\\.|[^|\\])*)\|", line[1:])
    return [re.sub(r"\\(.)", r"\1", cell.strip()) for cell in cells]


def plain(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def parts() -> list[ShownPart]:
    return build_parts(graph("fixture").store, QUESTIONS)


def test_there_are_eight_parts_and_each_shows_something() -> None:
    shown = build_parts(graph("evidence").store, QUESTIONS)
    assert len(shown) == len({each.part.key for each in shown}) == 8
    for each in shown:
        assert each.part.about
        assert any(table.rows for table in each.tables), each.part.key


def test_every_question_is_listed_once_under_its_topic(shipped: tuple[str, str]) -> None:
    page, text = shipped
    for name, question in QUESTIONS.items():
        assert page.count(f"<code>nervegraph query {name}</code></li>") == 1
        assert text.count(f"- {question.summary} `nervegraph query {name}`\n") == 1


def test_every_question_has_a_topic_and_every_topic_a_question() -> None:
    topics = list_topics(QUESTIONS)
    assert [(topic.tag, topic.heading) for topic in topics] == list(SECTIONS)
    assert sorted(question.name for topic in topics for question in topic.questions) == sorted(QUESTIONS)


def test_a_question_of_ones_own_comes_last_instead_of_being_left_out() -> None:
    own = Question("own", Path("own.rq"), "SELECT ?x { ?x a <a:nothing> }", "Is there more?", "", tags=("mine",))
    *_, last = list_topics({**QUESTIONS, "own": own})
    assert (last.heading, [question.name for question in last.questions]) == ("Further questions", ["own"])


def test_the_tables_hold_what_the_questions_answer(parts: list[ShownPart]) -> None:
    """A column of the report is the column of the answer, each row of which stands in the table."""
    store = graph("fixture").store
    for part in parts:
        for exhibit, table in zip(part.part.exhibits, part.tables, strict=part.part.key != "gaps"):
            query = QUESTIONS[exhibit.question].fill(Vocabulary.shipped(), **exhibit.settings)
            selection = store.select(query)
            answer = for_reading(Results("rows", selection.columns, tuple(selection.rows)))
            if exhibit.spread is not None:
                continue
            places = [answer.columns.index(name) for name in table.columns]
            rows = [tuple(show_term(row[place]) for place in places) for row in answer.rows]
            assert list(table.rows) == list(dict.fromkeys(rows))
            assert sum(number for _, number in table.tally) in (0, len(table.rows))


def test_spread_rows_lose_nothing() -> None:
    exhibit = next(each for part in PARTS for each in part.exhibits if each.spread)
    store = graph("evidence").store
    narrow = build_table(store, QUESTIONS[exhibit.question], replace(exhibit, spread=None))
    wide = build_table(store, QUESTIONS[exhibit.question], exhibit)
    assert exhibit.spread is not None
    name_at, value_at = (narrow.columns.index(name) for name in exhibit.spread)
    told = {(row[2], row[3], row[name_at], row[value_at]) for row in narrow.rows}
    found = {
        (row[wide.columns.index(narrow.columns[2])], row[wide.columns.index(narrow.columns[3])], name, value)
        for row in wide.rows
        for name in {row[name_at] for row in narrow.rows}
        for value in row[wide.columns.index(name)].split("; ")
        if value
    }
    assert {(*key[:3], piece) for key in told for piece in key[3].split("; ")} == found
    assert len(wide.rows) < len(narrow.rows)


def test_both_files_hold_the_same_tables(shipped: tuple[str, str], parts: list[ShownPart]) -> None:
    page, text = shipped
    with_rows = [table for part in parts for table in part.tables if table.rows]
    blocks = [block.splitlines() for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)]
    for table, shown, block in zip(with_rows, Page(page).tables, blocks, strict=True):
        marked = [
            [MARKS.get(cell, "") + " " + cell if place == table.verdict_column and cell in MARKS else cell]
            for row in table.rows
            for place, cell in enumerate(row)
        ]
        assert [[cell] for row in shown[1:] for cell in row] == marked
        assert shown[0] == list(table.columns)
        del block[1]
        assert [cells_of(line) for line in block] == [[plain(cell) for cell in row] for row in shown]


def test_the_gap_map_has_a_reason_or_people_in_every_cell() -> None:
    (gaps,) = (part for part in build_parts(graph("evidence").store, QUESTIONS) if part.part.key == "gaps")
    (table,) = gaps.tables
    reasons = {concept.label for concept in Vocabulary.shipped().concepts("gap-reason")}
    assert len(table.columns) == 9
    assert len(table.rows) > 20
    for row in table.rows:
        for cell in row[1:]:
            counts, _, reason = cell.rpartition("; ")
            assert reason in reasons or re.match(r"\d+ treated", reason)
            assert not counts or re.match(r"\d+ treated", counts)


def test_no_figure_is_typed_into_the_report() -> None:
    typed = [part.heading + part.about for part in PARTS]
    typed += [exhibit.look_for for part in PARTS for exhibit in part.exhibits]
    typed += [path.read_text("utf-8").partition("</style>")[2] for path in TEMPLATES.glob("report.html.j2")]
    typed += [path.read_text("utf-8") for path in TEMPLATES.glob("report.md.j2")]
    words = re.sub(r"</?h\d|tabindex=\"0\"|index0|sha256", "", " ".join(typed))
    assert re.findall(r"\S*\d\S*", words.replace("== 1", "")) == []


def test_an_empty_answer_is_said_in_words(tmp_path: Path) -> None:
    store = memory_store("\n".join([*vocabulary_quads(), ""]).encode())
    page, text = write(tmp_path, store, QUESTIONS)
    empty = page.count("<em>No row.</em>")
    assert empty > 15
    assert text.count("*No row. ") == empty
    assert QUESTIONS["review_numbers"].empty_means in plain(Page(page).outside)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.key)
def test_the_command_prints_a_part(part: Part, build_of_fixture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_report(build_of_fixture, part.key)
    printed = capsys.readouterr().out
    assert printed.startswith(f"## {part.heading}\n\n{part.about}\n")
    assert printed.count("\n## ") == 0


def test_the_command_prints_the_whole_and_refuses_what_is_no_part(
    build_of_fixture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_report(build_of_fixture, None)
    assert capsys.readouterr().out.count("\n## ") == len(PARTS) + 1
    with pytest.raises(Misuse, match=r"no part reviews\. Did you mean review\?"):
        show_report(build_of_fixture, "reviews")


def test_the_page_runs_nothing_and_loads_nothing(shipped: tuple[str, str]) -> None:
    page = Page(shipped[0])
    policies = [
        facts["content"] for name, facts in page.elements if facts.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"]
    assert page.names <= {
        *("html", "head", "meta", "title", "style", "body", "header", "nav", "main", "section", "footer", "div"),
        *("h1", "h2", "h3", "p", "ul", "ol", "li", "a", "em", "strong", "code", "details", "summary"),
        *("table", "caption", "thead", "tbody", "tr", "th", "td"),
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
