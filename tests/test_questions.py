from __future__ import annotations

from pathlib import Path

import pytest

from nervegraph.asking import ask_store
from nervegraph.errors import FindingsError, Misuse
from nervegraph.gate import check_query
from nervegraph.questions import (
    InvalidQuestions,
    Question,
    find_question,
    get_question,
    load_questions,
    parse_question,
    read_question,
)
from nervegraph.rdfterms import Iri
from nervegraph.terms import BASE, concept
from small_store import colours, create_small_build

QUESTIONS = Path(__file__).parent / "data" / "questions"
SHIPPED = Path(__file__).parents[1] / "queries" / "questions"
PATH = Path("some_question.rq")
GOOD = """#+ summary: Which?
#+ description: One row each. An empty answer means none.
#+ parameters:
#+   drug:
#+     type: colour
#+     about: the colour
#+     default: red
SELECT ?drug {
  VALUES ?drug { <https://w3id.org/nervegraph/colour/red> }
}
"""


@pytest.fixture
def question() -> Question:
    return load_questions(QUESTIONS)["values_by_group"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create_small_build(tmp_path_factory.mktemp("small"), 12)[0]


def _values_lines(query: str) -> list[str]:
    return [line.strip() for line in query.splitlines() if "VALUES" in line]


def test_a_question_has_its_front_matter(question: Question) -> None:
    assert question.name == "values_by_group"
    assert question.summary == "Which values were measured in a group?"
    assert question.columns == {"item": "the thing measured", "label": "its name", "value": "the value, in mg"}
    assert [(one.name, one.type, one.default) for one in question.parameters.values()] == [
        ("group", "colour", "red"),
        ("least", "integer", "0"),
        ("word", "text", "all"),
    ]
    assert question.tags == ("values", "groups")
    assert question.text.startswith("#+ summary")


def test_the_sentence_about_an_empty_answer_is_found(question: Question) -> None:
    assert question.empty_means == (
        "An empty answer means that nothing was measured in this group; it does not mean that there was nothing to "
        "measure."
    )
    other = load_questions(QUESTIONS)["how_many_groups"]
    assert other.empty_means == other.description


@pytest.mark.parametrize(
    "word",
    [
        "green",
        "Leaf  green",
        "VERDANT",
        "colour:green",
        "colour/green",
        "nvg:colour/green",
        concept("colour", "green"),
        f"<{concept('colour', 'green')}>",
    ],
)
def test_a_concept_has_many_names(question: Question, word: str) -> None:
    filled = question.fill(colours(), group=word)
    assert _values_lines(filled)[0] == f"VALUES ?group {{ <{BASE}colour/green> }}"
    assert filled.replace("colour/green", "colour/red") == question.text


def test_several_values_are_alternatives_and_all_is_undef(question: Question) -> None:
    assert _values_lines(question.fill(colours(), group=["red", "blue", "crimson"], least=3, word="a \"b\" 'c'"))[
        :3
    ] == [
        f"VALUES ?group {{ <{BASE}colour/red> <{BASE}colour/blue> }}",
        "VALUES ?least { 3 }",
        'VALUES ?word { "a \\"b\\" \'c\'" }',
    ]
    assert _values_lines(question.fill(colours(), group="all", least="all"))[:2] == [
        "VALUES ?group { UNDEF }",
        "VALUES ?least { UNDEF }",
    ]


def test_a_heading_may_be_asked_about(question: Question) -> None:
    assert f"<{BASE}colour/any-colour>" in question.fill(colours(), group="Any colour")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"grup": "red"}, "no parameter grup. Did you mean group?"),
        ({"zzz": "red"}, "It has: group, least, word."),
        ({"group": "gren"}, "'gren' is not a known colour. Did you mean green?"),
        ({"group": "https://example.org/colour/green"}, "not a known colour"),
        ({"group": "red> } SERVICE <http://127.0.0.1:9/> { ?s ?p ?o"}, "not a known colour"),
        ({"group": ["all", "red"]}, "'all' cannot stand beside other values"),
        ({"group": []}, "no value was given"),
        ({"least": "3 } #"}, "must be a whole number"),
        ({"least": "3.5"}, "must be a whole number"),
        ({"word": "a\\u0022 } SERVICE"}, "without backslashes"),
        ({"word": "a\nb"}, "text of one line"),
        ({"word": "x" * 1001}, "at most 1000 characters"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(question: Question, values: dict[str, str], message: str) -> None:
    with pytest.raises(Misuse) as caught:
        question.fill(colours(), **values)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "word", ['"', "'''", '"""', "} }", "#", "<x>", "?x", "\u202e", "🙂", "{", "SERVICE <http://x>"]
)
def test_no_text_leaves_its_string(question: Question, word: str, store: Path) -> None:
    filled = question.fill(colours(), word=word)
    check_query(filled)
    assert ask_store(store, filled).rows == ()


def test_a_filled_question_answers_for_what_was_set(question: Question, store: Path) -> None:
    as_pasted = ask_store(store, question.text)
    assert as_pasted.columns == tuple(question.columns)
    assert [row[0] for row in as_pasted.rows] == [Iri(f"{BASE}item/{number}") for number in (9, 6, 3, 0)]
    filled = ask_store(store, question.fill(colours(), group=["green", "blue"], least=8))
    assert [row[0] for row in filled.rows] == [Iri(f"{BASE}item/{number}") for number in (11, 10, 8)]
    assert len(ask_store(store, question.fill(colours(), group="all")).rows) == 12


def test_study_and_number_parameters_have_their_own_form() -> None:
    text = (
        GOOD.replace("colour\n", "study\n", 1)
        .replace("default: red", "default: rist-2011")
        .replace("colour/red", "study/rist-2011")
    )
    question, findings = parse_question(text, PATH)
    assert findings == []
    assert f"<{BASE}study/font-2003>" in question.fill(colours(), drug="font-2003")
    assert question.fill(colours(), drug=f"{BASE}study/font-2003") == question.fill(colours(), drug="font-2003")
    with pytest.raises(Misuse, match="a study id such as"):
        question.fill(colours(), drug="../graph/derived")
    for kind, good, bad in (("decimal", "0.5", "1e3"), ("boolean", "true", "yes"), ("integer", "-3", "three")):
        numbered, findings = parse_question(
            GOOD.replace("colour\n", f"{kind}\n", 1)
            .replace("default: red", "default: all")
            .replace("<https://w3id.org/nervegraph/colour/red>", "UNDEF"),
            PATH,
        )
        assert findings == []
        assert good in numbered.fill(colours(), drug=good)
        with pytest.raises(Misuse, match="must be"):
            numbered.fill(colours(), drug=bad)


@pytest.mark.parametrize(
    ("before", "after", "rule", "line"),
    [
        ("Which?", "Which", "summary", 1),
        ("#+ summary: Which?\n", "", "summary", 1),
        ("#+ description: One row each. An empty answer means none.\n", "", "description", 1),
        ("description:", "descriptoin:", "unknown-key", 2),
        ("#+     about: the colour\n", "", "parameter", 4),
        ("about:", "abut:", "unknown-key", 6),
        ("default: red", "default: blue", "other-default", 4),
        ("default: red", "default: all", "other-default", 4),
        ("VALUES ?drug {", "VALUES ?drugs {", "no-values-line", 4),
        ("{ <https://w3id.org/nervegraph/colour/red> }", "{ }", "no-default", 4),
        ("  VALUES", "  VALUES ?drug { UNDEF }\n  VALUES", "two-defaults", 4),
        ("SELECT", "SELECT\n#+ tags: [late]\n", "late-front-matter", 9),
        ("#+ parameters:", "#+ tags: some\n#+ parameters:", "tags", 3),
        ("#+ parameters:", "#+ columns: some\n#+ parameters:", "columns", 3),
        ("#+ parameters:", "#+ keys: drug\n#+ parameters:", "keys", 3),
        ("#+ parameters:", "#+ columns:\n#+   drug: it\n#+ keys: [drug, durg]\n#+ parameters:", "keys", 5),
        ("#+   drug:\n", "#+   drug: &anchor\n", "anchor", 4),
    ],
)
def test_broken_front_matter_is_a_finding_with_its_line(before: str, after: str, rule: str, line: int) -> None:
    assert parse_question(GOOD, PATH)[1] == []
    broken = GOOD.replace(before, after, 1)
    assert broken != GOOD
    findings = parse_question(broken, PATH)[1]
    assert [(finding.rule, finding.line) for finding in findings if finding.rule == rule] == [(rule, line)]
    assert str(findings[0]).startswith(f"some_question.rq:{findings[0].line}:")


def test_the_keys_of_a_question_are_columns_of_its_answer() -> None:
    text = GOOD.replace("#+ parameters:", "#+ columns:\n#+   drug: it\n#+ keys: [drug]\n#+ parameters:", 1)
    question, findings = parse_question(text, PATH)
    assert (question.keys, findings) == (("drug",), [])
    finding = parse_question(text.replace("[drug]", "[durg]"), PATH)[1][0]
    assert "The key 'durg' is no column. Did you mean drug?" in str(finding)


def test_columns_of_findings_count_the_mark() -> None:
    finding = parse_question(GOOD.replace("Which?", "Which"), PATH)[1][0]
    assert GOOD.splitlines()[finding.line - 1][finding.column - 1 :].startswith(("summary", "Which"))


def test_all_findings_of_all_files_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "one.rq").write_text(GOOD.replace("Which?", "Which"), encoding="utf-8")
    (tmp_path / "two.rq").write_text("SELECT * {}", encoding="utf-8")
    (tmp_path / "Three-3.rq").write_text(GOOD, encoding="utf-8")
    with pytest.raises(InvalidQuestions) as caught:
        load_questions(tmp_path)
    assert sorted(finding.rule for finding in caught.value.findings) == ["name", "no-front-matter", "summary"]
    assert len(str(caught.value).splitlines()) == 3
    assert caught.value.exit_code == FindingsError.exit_code == 1


def test_a_file_of_the_users_own_needs_no_front_matter(tmp_path: Path) -> None:
    path = tmp_path / "my-query.rq"
    path.write_bytes(b"\xef\xbb\xbfSELECT * { ?s ?p ?o }\r\n")
    question = read_question(path)
    assert question.text == "SELECT * { ?s ?p ?o }\r\n"
    with pytest.raises(Misuse, match="has no parameters"):
        question.fill(colours(), drug="ivig")
    path.write_bytes(b"SELECT * { ?s ?p '\xff' }")
    with pytest.raises(Misuse, match="not UTF-8"):
        read_question(path)


def test_windows_line_ends_are_read() -> None:
    question, findings = parse_question(GOOD.replace("\n", "\r\n"), PATH)
    assert findings == []
    filled = question.fill(colours(), drug="all")
    assert "  VALUES ?drug { UNDEF }\r\n" in filled
    assert filled.count("\r\n") == filled.count("\n") == GOOD.count("\n")


def test_an_unknown_question_is_met_with_a_suggestion() -> None:
    questions = load_questions(QUESTIONS)
    with pytest.raises(Misuse, match="Did you mean values_by_group"):
        get_question(questions, "values_by_grup")
    assert find_question(QUESTIONS, "../questions/values_by_group") is None
    assert find_question(QUESTIONS, "values_by_group") == questions["values_by_group"]


def test_the_shipped_questions_have_sound_front_matter_and_pass_the_gate() -> None:
    for question in load_questions(SHIPPED).values():
        check_query(question.text)
        assert question.description, question.name
