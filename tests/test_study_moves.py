"""Which answers a study file moves, found without building anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graphs import FIXTURE
from nervegraph.check_command import run_check
from nervegraph.checked_studies import read_checked_study
from nervegraph.resources import list_study_files, resource_directory
from nervegraph.study_moves import StudyMoves, find_study_moves
from nervegraph.vocabulary import Vocabulary

VOCABULARY = Vocabulary.shipped()
SHIPPED = resource_directory("studies")


def moves_of(*paths: Path) -> list[StudyMoves]:
    return list(find_study_moves((read_checked_study(path, VOCABULARY) for path in paths), VOCABULARY))


def copy(name: str, directory: Path, *changes: tuple[str, str]) -> Path:
    """A study of the fixture in another directory, with these texts replaced."""
    text = (FIXTURE / name).read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    directory.mkdir(exist_ok=True)
    path = directory / name
    path.write_text(text, encoding="utf-8")
    return path


def rows_of(moves: StudyMoves, question: str) -> dict[str, str]:
    """What moved in the rows of a question, by drug, in the words shown."""
    from nervegraph.moves_text import move_words, row_words

    assert moves.moved is not None, moves.failed
    return {
        row_words(each, row): move_words(each, row)
        for each in moves.moved.answers
        if each.question.name == question and not each.settings
        for row in each.rows
    }


def test_a_shipped_study_is_compared_with_the_other_shipped_ones_and_its_people_are_those_of_the_gold_answer() -> None:
    (moves,) = moves_of(SHIPPED / "rist-2011.yaml")
    assert (moves.directory, moves.beside) == (SHIPPED, len(list_study_files(SHIPPED)) - 1)
    told = rows_of(moves, "responses_by_drug")["intravenous immunoglobulin"]
    gold = (Path(__file__).parent / "answers" / "evidence" / "responses_by_drug.tsv").read_text("utf-8").splitlines()
    columns = [name.removeprefix("?") for name in gold[0].split("\t")]
    ivig = dict(zip(columns, next(line for line in gold if "/drug/ivig>" in line).split("\t"), strict=True))
    # The series tells of 19 people, 9 of them improved.
    assert told.startswith(f"treated {int(ivig['treated']) - 19} → {ivig['treated']}, ")
    assert f"improved {int(ivig['improved']) - 9} → {ivig['improved']}, " in told
    assert f"studies {int(ivig['studies']) - 1} → {ivig['studies']}" in told


def test_a_study_is_compared_with_those_of_its_directory_and_each_scope_is_asked() -> None:
    (moves,) = moves_of(FIXTURE / "alpha-series-2001.yaml")
    assert (moves.directory, moves.beside) == (FIXTURE, len([*FIXTURE.glob("*.yaml")]) - 1)
    assert moves.moved is not None
    asked = {tuple(each.settings.values()) for each in moves.moved.answers if each.question.name == "responses_by_drug"}
    assert ("ivig", "ataxic-sensory-neuropathy") in asked
    assert moves.moved.number_unmoved > 0


def test_a_changed_number_moves_the_answer_by_as_much(tmp_path: Path) -> None:
    before = copy("gamma-case-2003.yaml", tmp_path / "one")
    copy("alpha-series-2001.yaml", tmp_path / "one")
    after = copy("gamma-case-2003.yaml", tmp_path / "two", ("response: improved}", "response: worsened}"))
    copy("alpha-series-2001.yaml", tmp_path / "two")
    one, two = (rows_of(each, "responses_by_drug")["intravenous immunoglobulin"] for each in moves_of(before, after))
    assert "improved 5 → 6" in one
    assert "worsened" not in one
    assert "worsened 2 → 3" in two
    assert "improved 5" not in two


def test_a_real_study_that_lies_alone_is_compared_with_the_shipped_ones(tmp_path: Path) -> None:
    path = copy("gamma-case-2003.yaml", tmp_path, ("synthetic: yes\n", ""))
    (moves,) = moves_of(path)
    assert (moves.directory, moves.beside) == (SHIPPED, len(list_study_files(SHIPPED)))
    assert "treated 36 → 37" in rows_of(moves, "responses_by_drug")["intravenous immunoglobulin"]


def test_a_synthetic_study_never_meets_a_real_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alone = copy("gamma-case-2003.yaml", tmp_path / "alone")
    assert moves_of(alone) == []
    assert run_check([alone]) == 0
    assert "Answers" not in capsys.readouterr().out
    beside = copy("gamma-case-2003.yaml", tmp_path / "beside")
    copy("alpha-series-2001.yaml", tmp_path / "beside", ("synthetic: yes\n", ""))
    assert moves_of(beside) == []
    copy("delta-title-2004.yaml", tmp_path / "beside")
    (moves,) = moves_of(beside)
    assert moves.beside == 1


def test_a_copy_of_a_shipped_study_takes_its_place_and_is_not_counted_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "rist-2011.yaml"
    path.write_bytes((SHIPPED / "rist-2011.yaml").read_bytes())
    here, there = moves_of(path, SHIPPED / "rist-2011.yaml")
    assert here.moved == there.moved


def test_faulty_files_beside_are_left_out_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = copy("gamma-case-2003.yaml", tmp_path)
    copy("alpha-series-2001.yaml", tmp_path)
    copy("delta-title-2004.yaml", tmp_path, ("year: 2004", "year: soon"))
    (tmp_path / "notes.yaml").write_text("shopping: [milk]\n", encoding="utf-8")
    assert run_check([path]) == 0
    out = capsys.readouterr().out
    assert "Answers without gamma-case-2003 → with it, beside the 1 other study in " in out
    assert "left out on both sides, because of errors in them: delta-title-2004.yaml\n" in out
    assert "notes.yaml" not in out


def test_files_that_contradict_each_other_are_left_out_too(tmp_path: Path) -> None:
    path = copy("gamma-case-2003.yaml", tmp_path)
    for other in sorted((FIXTURE.parents[1] / "invalid" / "corpus" / "evidence-outcome-unknown").glob("*.yaml")):
        (tmp_path / other.name).write_bytes(other.read_bytes())
    (moves,) = moves_of(path)
    assert (moves.beside, [each.name for each in moves.left_out]) == (1, ["beta-2001.yaml"])


def test_what_a_narrower_question_repeats_is_told_once() -> None:
    (moves,) = moves_of(FIXTURE / "gamma-case-2003.yaml")
    assert moves.moved is not None
    told = [(each.question.name, row) for each in moves.moved.answers for row in each.rows]
    assert len(told) == len(set(told))


def test_the_same_article_under_another_id_is_not_counted_beside_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (SHIPPED / "kizawa-2006.yaml").read_text(encoding="utf-8")
    path = tmp_path / "kisawa-2006.yaml"
    path.write_text(text.replace("study: kizawa-2006", "study: kisawa-2006"), encoding="utf-8")
    run_check([path])
    out = capsys.readouterr().out
    assert "could not be compared: build would refuse it: same_study_twice: " in out
    assert "kizawa-2006" in out.partition("could not be compared: ")[2]
    assert "treated" not in out.partition("could not be compared: ")[2]


def test_a_comparison_that_fails_is_said_and_the_check_stands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from nervegraph.errors import Misuse

    def fail(*_: object) -> None:
        raise Misuse("a rule is broken")

    monkeypatch.setattr("nervegraph.study_moves.assemble_records", fail)
    assert run_check([FIXTURE / "gamma-case-2003.yaml"]) == 0
    captured = capsys.readouterr()
    assert "could not be compared: a rule is broken" in captured.out
    assert captured.err == "Checked 1 study file: no errors.\n"


@pytest.mark.parametrize(
    ("moves", "names", "times"),
    [
        (None, ["gamma-case-2003.yaml"], 1),
        (False, ["gamma-case-2003.yaml"], 0),
        (None, ["gamma-case-2003.yaml", "delta-title-2004.yaml"], 0),
        (True, ["gamma-case-2003.yaml", "delta-title-2004.yaml"], 2),
        (None, ["."], 0),
    ],
)
def test_moves_are_told_for_one_named_file_and_else_on_request(
    moves: bool | None, names: list[str], times: int, capsys: pytest.CaptureFixture[str]
) -> None:
    run_check([FIXTURE / name for name in names], moves=moves)
    assert capsys.readouterr().out.count("→ with it") == times


def test_a_quiet_check_tells_no_moves(capsys: pytest.CaptureFixture[str]) -> None:
    run_check([FIXTURE / "gamma-case-2003.yaml"], quiet=True, moves=True)
    assert capsys.readouterr().out == ""


def test_json_tells_the_moves_of_each_file(capsys: pytest.CaptureFixture[str]) -> None:
    path = FIXTURE / "gamma-case-2003.yaml"
    assert run_check([path], output_format="json") == 0
    (moves,) = json.loads(capsys.readouterr().out)["moves"]
    assert (moves["path"], moves["beside"]["studies"], moves["left_out"]) == (
        str(path),
        len([*FIXTURE.glob("*.yaml")]) - 1,
        [],
    )
    first = moves["answers"][0]
    assert first["question"] == "responses_by_drug"
    assert all(isinstance(each["row"]["treated"], int) for each in first["rows"])


def test_a_faulty_file_has_no_moves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = copy("gamma-case-2003.yaml", tmp_path, ("year: 2003", "year: soon"))
    copy("alpha-series-2001.yaml", tmp_path)
    assert run_check([path]) == 1
    assert "→ with it" not in capsys.readouterr().out
