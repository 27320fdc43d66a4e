"""`nervegraph diff`: which answers moved between two builds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from graphs import FIXTURE
from nervegraph import cli
from nervegraph.build import build as build_graph
from nervegraph.errors import DamagedBuildError
from nervegraph.manifest import find_previous_manifest, read_manifest

NAMES = [path.name for path in sorted(FIXTURE.glob("*.yaml"))]
GONE, CHANGED = "epsilon-mixed-2005.yaml", "gamma-case-2003.yaml"


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with two builds one after the other: a study is gone, another one's outcomes are worse."""
    directory = tmp_path_factory.mktemp("twice")
    studies = directory / "studies"
    shutil.copytree(FIXTURE, studies)
    build_graph([studies], directory / "build")
    build_graph([studies], directory / "other")
    (studies / GONE).unlink()
    text = (studies / CHANGED).read_text(encoding="utf-8")
    (studies / CHANGED).write_text(text.replace("response: improved}", "response: worsened}"), encoding="utf-8")
    build_graph([studies], directory / "build")
    return directory


@pytest.fixture
def place(twice: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(twice)
    return twice


@pytest.mark.usefixtures("place")
def test_the_previous_build_is_compared_with_the_current_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["diff"]) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0] == "responses_by_drug"
    assert "improved 6 → 5" in " ".join(said.out.split())
    assert "worsened 2 → 3" in " ".join(said.out.split())
    assert lines[-1].endswith("questions answer as before.")
    assert f"Study files: {GONE} is gone, {CHANGED} was changed." in said.err
    assert "From build/versions/" in said.err


@pytest.mark.usefixtures("place")
def test_two_named_builds_are_compared_in_either_direction(capsys: pytest.CaptureFixture[str]) -> None:
    told = {}
    for arguments in (["diff"], ["diff", "other"], ["diff", "other", "build"], ["diff", "build", "other"]):
        assert cli.run([*arguments, "--format", "json"]) == 0
        told[" ".join(arguments)] = json.loads(capsys.readouterr().out)["answers"]
    assert told["diff"] == told["diff other"] == told["diff other build"] != []
    there, back = told["diff"], told["diff build other"]
    kinds = {"added": "removed", "removed": "added", "changed": "changed"}

    def moved(answers: list[dict[str, object]]) -> list[tuple[object, ...]]:
        rows = [(each["question"], row) for each in answers for row in each["rows"]]  # type: ignore[attr-defined]
        return sorted((name, row["kind"], str(sorted(row["row"].items()))) for name, row in rows if "before" not in row)

    assert moved(there) == sorted((name, kinds[str(kind)], row) for name, kind, row in moved(back))


@pytest.mark.usefixtures("place")
def test_builds_of_the_same_data_have_no_moves_and_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["diff", "other", "other"]) == 0
    said = capsys.readouterr()
    assert said.out == "No answer moves; all 17 questions were asked.\n".replace("17", str(_number_of_questions()))
    assert "Both builds hold the same data." in said.err


def _number_of_questions() -> int:
    from gold import QUESTIONS

    return len(QUESTIONS)


@pytest.mark.usefixtures("place")
def test_markdown_is_for_the_review_of_a_change(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["diff", "--format", "md"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("### responses_by_drug\n\nFor each drug and class of drugs")
    assert "| row | moved |" in out


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--build", "other"], "other: holds no build before the current one"),
        (["none"], "no build in none"),
        (["build", "none"], "no build in none"),
        (["build", "other", "--build", "build"], "two builds were named already"),
        (["--format", "xml"], "'xml' is not one of"),
    ],
)
def test_wrong_use_is_said_in_words(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["diff", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err


def test_a_damaged_previous_build_is_said_and_gives_no_moves(
    twice: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = shutil.copytree(twice / "build", tmp_path / "build")
    previous = find_previous_manifest(own)
    assert previous is not None
    shutil.rmtree(own / previous.folder / "store")
    assert cli.run(["diff", "--build", str(own)]) == DamagedBuildError.exit_code
    said = capsys.readouterr()
    assert said.out == ""
    assert "store is missing" in said.err


@pytest.mark.parametrize(
    ("fact", "words"),
    [("nervegraph", "built by different versions of NerveGraph (0.0.1, "), ("made_from", "One was made from 0.0.1")],
)
def test_what_differs_beside_the_studies_is_noted(
    fact: str, words: str, twice: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = shutil.copytree(twice / "other", tmp_path / "other")
    manifest = read_manifest(own)
    altered = type(manifest)(manifest.version, manifest.files, manifest.quads, {**manifest.facts, fact: "0.0.1"})
    (own / "manifest.json").write_bytes(altered.to_bytes())
    assert cli.run(["diff", str(own), str(twice / "build")]) == 0
    assert words in capsys.readouterr().err
