"""The guide for people who add studies tells the truth: its examples are sound, its outputs are today's."""

from __future__ import annotations

import io
import re
import shlex
from pathlib import Path

import openpyxl
import pytest
import typer
import yaml

from guide import FIRST, GUIDE, WORDS_BEGIN, Shown, place, read_blocks, replay, words_of_fields
from nervegraph import cli
from nervegraph.sheets.files import export_studies
from nervegraph.template import build_template
from nervegraph.vocabulary import Vocabulary
from test_house import find_command, list_commands, read_page
from tracked_files import ROOT, list_tracked_files

PAGE = "docs/adding-a-study.md"
TEXT = GUIDE.read_text(encoding="utf-8")
ERRORS_BEGIN = TEXT.index("## The twelve commonest errors")
ERRORS_END = TEXT.index("## Help from your editor")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> list[Shown]:
    return list(replay(tmp_path_factory.mktemp("guide")))


def test_what_the_guide_prints_is_what_is_printed_today(shown: list[Shown]) -> None:
    assert len(shown) > 30
    stale = {each.block.line: each.today for each in shown if each.block.text != each.today}
    assert stale == {}, "python tests/guide.py writes what is printed today; read the difference"


def test_the_examples_are_sound_and_each_error_is_an_error(shown: list[Shown]) -> None:
    for each in shown:
        has_finding = f"{FIRST}.yaml:" in each.today
        assert has_finding == (ERRORS_BEGIN < each.block.start < ERRORS_END), each
    errors = [each for each in shown if ERRORS_BEGIN < each.block.start < ERRORS_END]
    assert len(errors) == len(re.findall(r"^\*\*\d+\. ", TEXT[ERRORS_BEGIN:ERRORS_END], re.MULTILINE)) == 12


def test_the_words_at_the_end_of_the_guide_are_those_of_the_vocabularies() -> None:
    told = TEXT.partition(WORDS_BEGIN)[2]
    assert "intravenous immunoglobulin (IVIG" in " ".join(told.split())
    assert told == words_of_fields(), "python tests/guide.py writes them"


def test_every_example_says_that_it_is_invented() -> None:
    whole = [block.text for block in read_blocks() if block.text.startswith("study:")]
    assert len(whole) == 4
    assert all(re.search(r"^synthetic: yes\b", text, re.MULTILINE) for text in whole)


def test_the_first_example_is_reached_from_the_template() -> None:
    template = build_template(FIRST, Vocabulary.shipped())
    first = next(block.text for block in read_blocks() if block.text.startswith("study:"))
    fields = set(re.findall(r"^ *(?:- )?([a-z ]+):", first, re.MULTILINE)) - {"synthetic"}
    assert [field for field in sorted(fields) if not re.search(rf"^[ #-]*{field}:", template, re.MULTILINE)] == []


@pytest.mark.parametrize("composition", ["single drug", "together", "successive", "any of them", "unknown"])
def test_every_composition_is_explained(composition: str) -> None:
    assert composition in Vocabulary.shipped().labels("composition")
    assert f"| `{composition}` |" in TEXT


def test_every_command_of_the_guide_exists() -> None:
    group = typer.main.get_group(cli.app)
    commands = [line.removeprefix("$ ").removeprefix(".venv/bin/") for line in list_commands(PAGE)]
    asked = [shlex.split(command) for command in commands if command.startswith("nervegraph ")]
    assert len(asked) > 8
    for _, name, *arguments in asked:
        command = find_command(group, name, arguments)
        known = {option for parameter in command.params for option in parameter.opts}
        assert {argument for argument in arguments if argument.startswith("--")} <= known


def test_the_table_of_the_guide_is_that_of_the_first_example(tmp_path: Path) -> None:
    (header, _, *lines) = re.findall(
        r"^\|(.+)\|$", TEXT[TEXT.index("## If you would rather") :].split("\n\nThe import")[0], re.M
    )
    shown = [[cell.strip() for cell in line.split("|")] for line in (header, *lines)]
    study = tmp_path / f"{FIRST}.yaml"
    study.write_text(next(block.text for block in read_blocks() if block.text.startswith("study:")), encoding="utf-8")
    content = export_studies([study], Vocabulary.shipped()).content
    assert content is not None
    sheet = openpyxl.load_workbook(io.BytesIO(content))["drugs"]
    rows = [[cell.value or "" for cell in row] for row in sheet.iter_rows()]
    wanted = [rows[0].index(name) for name in shown[0]]
    assert shown == [[row[at] for at in wanted] for row in rows]


def test_every_link_of_the_guide_leads_somewhere() -> None:
    headings = [re.sub(r"[^a-z0-9 -]", "", line.lower()) for line in re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)]
    anchors = {heading.replace(" ", "-") for heading in headings}
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", TEXT):
        path, _, anchor = target.partition("#")
        assert not path or (GUIDE.parent / path).exists(), target
        assert path or anchor in anchors, target


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_the_guide_is_found_from_the_pages_that_people_open_first(page: str) -> None:
    assert f"]({PAGE})" in read_page(page)


def _configurations() -> list[dict[str, object]]:
    return [yaml.safe_load(block.text) for block in read_blocks() if block.remark == "other"]


def test_the_hook_takes_study_files_and_nothing_else() -> None:
    (hook,) = yaml.safe_load(read_page(".pre-commit-hooks.yaml"))
    local, named, _ = _configurations()
    (in_guide,) = local["repos"][0]["hooks"]  # type: ignore[index]
    (by_name,) = named["repos"][0]["hooks"]  # type: ignore[index]
    assert hook["id"] == in_guide["id"] == by_name["id"]
    for field in ("entry", "files", "require_serial"):
        assert hook[field] == in_guide[field]
    tracked = list_tracked_files()
    taken = [name for name in tracked if re.search(hook["files"], name)]
    assert taken == [name for name in tracked if name.startswith("studies/") and name.endswith(".yaml")]
    assert taken


def test_what_runs_in_ci_is_the_same_in_both_forms() -> None:
    shell = next(block.text.splitlines() for block in read_blocks() if block.kind == "sh")
    *_, workflow = _configurations()
    steps = workflow["jobs"]["check"]["steps"]  # type: ignore[index]
    runs = [step["run"] for step in steps if "run" in step]
    assert [line.removeprefix(".venv/bin/") for line in shell[1:]] == runs
    assert (ROOT / "requirements.lock").is_file()


def test_a_piece_takes_the_place_of_its_field_or_is_added_behind_the_fields_it_belongs_to() -> None:
    study = "study: x\nsources:\n  - id: a\ngroups:\n  - id: all\n    patients: 5\n    treatments:\n      - id: t\n"
    assert place(study, "    patients: 6\n    at least: 2\n").splitlines()[5:7] == [
        "    patients: 6",
        "    at least: 2",
    ]
    assert place(study, "sources:\n  - id: b\n").splitlines()[1:3] == ["sources:", "  - id: b"]
    assert place(study, "not read: all\n").splitlines()[-1] == "not read: all"
    assert place(study, "    note: n\n").splitlines()[-1] == "    note: n"
    assert place(study, "\tpatients: 6\n", "patients").splitlines()[5] == "\tpatients: 6"
