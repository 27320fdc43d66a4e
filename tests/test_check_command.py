"""`nervegraph check` and `nervegraph new` without the command line around them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nervegraph.check_command import run_check, run_new
from nervegraph.checked_studies import parse_checked_study
from nervegraph.errors import Misuse, SurroundingsError
from nervegraph.vocabulary import Vocabulary
from requirements_of_tests import need

TESTS = Path(__file__).parent
FIXTURE = TESTS / "data" / "studies"
INVALID = TESTS / "invalid" / "study"
VOCABULARY = Vocabulary.shipped()


def test_a_sound_file_is_previewed_and_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_check([FIXTURE / "alpha-series-2001.yaml"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("alpha-series-2001  Invented series")
    assert "→ counted once" in captured.out
    assert "10 treated, 5 improved, 3 stable, 2 worsened of 10, counted once" in captured.out
    assert captured.err == "Checked 1 study file: no errors.\n"
    assert not any(line.endswith(" ") for line in captured.out.splitlines())


def test_a_faulty_file_is_reported_with_its_place_and_ends_with_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(TESTS)
    path = Path("invalid") / "study" / "more-than-assessed.yaml"
    assert run_check([path]) == 1
    captured = capsys.readouterr()
    (line,) = captured.out.splitlines()
    assert line.startswith(f"{path}:24:")
    assert "'improved' is 7, but only 5 were assessed." in line
    assert captured.err == "Checked 1 study file: 1 error in 1 file.\n"


def test_warnings_alone_end_with_0_and_do_not_hide_the_preview(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_check([INVALID / "source-never-used.yaml"]) == 0
    captured = capsys.readouterr()
    assert "warning: Nothing in this file was read in 'table'." in captured.out
    assert "source-never-used  Invented for tests" in captured.out
    assert captured.err == "Checked 1 study file: no errors, 1 warning.\n"


def test_quiet_shows_findings_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_check([FIXTURE / "alpha-series-2001.yaml"], quiet=True) == 0
    assert capsys.readouterr().out == ""


def test_findings_of_several_files_are_sorted_and_no_file_is_read_twice(capsys: pytest.CaptureFixture[str]) -> None:
    paths = [INVALID / "two-primaries.yaml", INVALID / "age-out-of-range.yaml", INVALID / "two-primaries.yaml"]
    assert run_check(paths) == 1
    captured = capsys.readouterr()
    assert [Path(line.split(".yaml:")[0]).name for line in captured.out.splitlines()] == [
        "age-out-of-range",
        "two-primaries",
    ]
    assert captured.err == "Checked 2 study files: 2 errors in 2 files.\n"


def test_a_directory_is_searched_and_told_in_one_line_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_check([FIXTURE]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(list(FIXTURE.glob("*.yaml")))
    assert "zeta-review-2006: 4 claims; 11 numbers" in lines


def test_files_in_a_directory_are_checked_against_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_check([TESTS / "invalid" / "corpus" / "study-in-two-files"]) == 1
    assert "stands in" in capsys.readouterr().out


def test_a_single_file_may_name_studies_that_lie_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_check([FIXTURE / "zeta-review-2006.yaml"], quiet=True) == 0
    assert capsys.readouterr().out == ""


def test_evidence_that_lies_beside_the_file_is_looked_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in sorted((TESTS / "invalid" / "corpus" / "evidence-outcome-unknown").glob("*.yaml")):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert run_check([tmp_path / "beta-2001.yaml"]) == 1
    assert "The study 'alpha-2001' has no outcome 'all.ivig.mrs'." in capsys.readouterr().out


def test_json_holds_findings_and_previews(capsys: pytest.CaptureFixture[str]) -> None:
    paths = [INVALID / "more-than-assessed.yaml", FIXTURE / "alpha-series-2001.yaml"]
    assert run_check(paths, output_format="json") == 1
    told = json.loads(capsys.readouterr().out)
    (finding,) = told["findings"]
    assert finding["rule"] == "more-than-assessed"
    assert finding["severity"] == "error"
    assert finding["path"] == str(paths[0])
    (preview,) = told["previews"]
    assert preview["people"][0]["treatments"][0]["outcomes"][0]["is_counted"] is True


@pytest.mark.parametrize("name", ["not-there.yaml", "not-there"])
def test_a_path_that_does_not_exist_is_wrong_use(name: str, tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="no such file"):
        run_check([tmp_path / name])


def test_a_link_that_leads_to_itself_cannot_be_read(tmp_path: Path) -> None:
    need(hasattr(os, "symlink") and os.name == "posix", "links need a privilege on this system")
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    with pytest.raises((Misuse, SurroundingsError), match=r"loop\.yaml"):
        run_check([tmp_path / "loop.yaml"])


def test_a_directory_without_study_files_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no study")
    with pytest.raises(Misuse, match="no study file"):
        run_check([tmp_path])


def test_a_control_character_in_a_file_name_is_written_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    need(os.name == "posix", "this system does not allow control characters in file names")
    path = tmp_path / "a\x1bb.yaml"
    path.write_text("study: a\n")
    assert run_check([path]) == 1
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "a\\u001bb.yaml:1:1:" in out


SEEDS = [path.read_bytes() for path in sorted(FIXTURE.glob("*.yaml"))]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(
    seed=st.sampled_from(SEEDS),
    cuts=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 30), st.binary(max_size=8)), max_size=4),
)
def test_any_bytes_give_findings_or_a_record_and_never_a_traceback(
    seed: bytes, cuts: list[tuple[int, int, bytes]]
) -> None:
    data = seed
    for start, length, put in cuts:
        data = data[:start] + put + data[start + length :]
    reading = parse_checked_study(data, Path("alpha-series-2001.yaml"), VOCABULARY)
    assert (reading.record is None) == any(finding.severity == "error" for finding in reading.findings)
    assert all(finding.line >= 1 and finding.column >= 1 for finding in reading.findings)


def test_new_writes_a_template_that_check_takes_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_new("alpha-2001", tmp_path) == 0
    captured = capsys.readouterr()
    path = Path(captured.out.strip())
    assert path == tmp_path / "alpha-2001.yaml"
    assert f"nervegraph check {path}" in captured.err
    assert run_check([path]) == 1
    captured = capsys.readouterr()
    assert "'title' is still to be filled in: <title of the article>." in captured.out


def test_new_never_overwrites(tmp_path: Path) -> None:
    below = tmp_path / "2001"
    below.mkdir()
    for path in (tmp_path / "alpha-2001.yaml", below / "beta-2001.yaml"):
        path.write_text("mine")
        with pytest.raises(Misuse, match="nothing was written"):
            run_new(path.stem, tmp_path)
        assert path.read_text() == "mine"
    assert not (tmp_path / "beta-2001.yaml").exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Rist 2011", "Did you mean 'rist-2011'"),
        ("../rist-2011", "Did you mean 'rist-2011'"),
        ("", "Use author-year"),
        ("derived", "is reserved"),
    ],
)
def test_new_refuses_what_cannot_be_an_id(typed: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(Misuse, match=said):
        run_new(typed, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_new_says_which_directory_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="no such directory"):
        run_new("alpha-2001", tmp_path / "studies")


def test_new_without_a_directory_writes_into_the_checkout_or_else_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "checkout" / "studies").mkdir(parents=True)
    monkeypatch.setattr("nervegraph.check_command.find_checkout", lambda: tmp_path / "checkout")
    run_new("alpha-2001")
    text = (tmp_path / "checkout" / "studies" / "alpha-2001.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=../ontology/study-file.schema.json\n")
    monkeypatch.setattr("nervegraph.check_command.find_checkout", lambda: None)
    monkeypatch.chdir(tmp_path)
    run_new("beta-2001")
    assert (tmp_path / "beta-2001.yaml").read_text(encoding="utf-8").startswith("## Study file")
    assert capsys.readouterr().out.splitlines()[1] == "beta-2001.yaml"


def test_new_reports_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(SurroundingsError, match="cannot be written"):
        run_new("a" * 300, tmp_path)
