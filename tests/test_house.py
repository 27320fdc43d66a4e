"""The set-up commands and the pages tell the truth, and no tracked file holds what does not belong there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from requirements_of_tests import need
from tracked_files import ROOT, list_tracked_files

PAGES_WITH_COMMANDS = ("README.md", "CONTRIBUTING.md")


def read_page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def list_make_targets() -> set[str]:
    phony = re.search(r"^\.PHONY: (.+)$", read_page("Makefile"), re.MULTILINE)
    assert phony is not None
    return set(phony[1].split()) - {"new-enough-python"}


def list_commands(page: str) -> list[str]:
    """Every line of code and every piece of inline code on a page."""
    text = read_page(page)
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```\w*\n.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    return lines + inline


def find_command(group: Any, name: str, arguments: list[str]) -> Any:
    """The command of this name; in a group of commands the one that the first argument names."""
    command = group.commands[name]
    return command.commands[arguments[0]] if hasattr(command, "commands") else command


def test_the_readme_names_every_make_target() -> None:
    named = {command.split()[1] for command in list_commands("README.md") if command.startswith("make ")}
    assert named == list_make_targets()


@pytest.mark.parametrize("page", PAGES_WITH_COMMANDS)
def test_every_make_command_on_a_page_exists(page: str) -> None:
    named = {command.split()[1] for command in list_commands(page) if command.startswith("make ")}
    assert named
    assert named <= list_make_targets()


@pytest.mark.parametrize("page", PAGES_WITH_COMMANDS)
def test_every_nervegraph_command_on_a_page_exists(page: str) -> None:
    import typer

    from nervegraph import cli

    application = next(value for value in vars(cli).values() if isinstance(value, typer.Typer))
    group = typer.main.get_group(application)
    shown = [command.split() for command in list_commands(page) if command.startswith("nervegraph ")]
    assert shown
    for _, subcommand, *arguments in shown:
        assert subcommand in group.commands, subcommand
        command = find_command(group, subcommand, arguments)
        known = {name for parameter in command.params for name in parameter.opts}
        assert {argument for argument in arguments if argument.startswith("--")} <= known


def test_every_question_that_the_readme_asks_is_there_and_has_its_parameters() -> None:
    asked = [command.split()[2:] for command in list_commands("README.md") if command.startswith("nervegraph query ")]
    shipped = [arguments for arguments in asked if re.fullmatch(r"\w+", arguments[0])]
    assert shipped
    for name, *arguments in shipped:
        question = read_page(f"queries/questions/{name}.rq")
        for setting in re.findall(r"--set (\w+)=", " ".join(arguments)):
            assert f"VALUES ?{setting} {{" in question


@pytest.mark.parametrize("page", [*PAGES_WITH_COMMANDS, "NOTICES.md", "CHANGELOG.md"])
def test_every_file_that_a_page_links_exists(page: str) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", read_page(page)):
        assert (ROOT / target).exists(), target


def test_each_decision_has_a_number_of_its_own() -> None:
    pages = [page.name for page in (ROOT / "docs" / "decisions").glob("*.md")]
    numbers = [re.match(r"(\d{4})-[a-z0-9-]+\.md$", page) for page in pages]
    assert None not in numbers, pages
    assert len({number[1] for number in numbers if number}) == len(pages), sorted(pages)


def test_ci_runs_the_tests_with_nothing_left_out() -> None:
    last = read_page(".ci/run").rstrip().splitlines()[-1]
    assert last == "REQUIRE_ALL=1 exec make test"


@pytest.mark.skipif(os.name != "posix", reason="make's recipes are tried with a POSIX shell")
def test_make_says_in_words_that_python_is_too_old_or_missing(tmp_path: Path) -> None:
    need(shutil.which("make"), "make is not installed")
    old = tmp_path / "old python"
    old.write_text('#!/bin/sh\ncase "$2" in *print*) echo 3.9;; *) exit 1;; esac\n', encoding="utf-8")
    old.chmod(0o755)
    for python, words in (
        (old, f"needs Python 3.11 or newer, but {old} is Python 3.9"),
        ("no-such", "no program called no-such"),
    ):
        # A directory of its own: nothing of the checkout's environment is at risk should the check fail to stop it.
        for name in ("Makefile", "pyproject.toml", "requirements.lock"):
            shutil.copy(ROOT / name, tmp_path)
        result = subprocess.run(["make", "graph", f"PYTHON={python}"], cwd=tmp_path, capture_output=True, text=True)
        assert result.returncode == 2
        assert words in result.stderr
        assert not (tmp_path / ".venv").exists()


def test_build_graph_without_the_package_says_what_to_do(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-I", "-S", ROOT / "build_graph.py"], cwd=tmp_path, capture_output=True, text=True
    )
    assert result.returncode == 1
    assert re.fullmatch(r"nervegraph is not installed for .*; run `make graph`, .*\n", result.stderr)


# Written in pieces, or this file would find itself.
FORBIDDEN = {
    "something left for later": re.compile(r"\b(TO" + "DO|FIX" + "ME|XX" + r"X)\b"),
    "where packages come from": re.compile(
        r"--(extra-)?index" + r"-url|(?<!no-emit-)trusted" + r"-host|https?://\S+/simple/"
    ),
    "a person's home directory": re.compile(r"(?<![\w.])/(home|Users)" + r"/\w+"),
    "a merge that was not finished": re.compile(r"^(<{7}|>{7}) ", re.MULTILINE),
}


def find_forbidden(text: str) -> list[str]:
    found = [f"{what}: {match[0]!r}" for what, pattern in FORBIDDEN.items() if (match := pattern.search(text))]
    machine = {str(ROOT), ROOT.as_posix(), sys.prefix}
    if len(ROOT.parts) > 2 and ROOT.parts[1] not in {"home", "Users", "usr", "opt", "srv", "var", "tmp", "private"}:
        machine.add(f"/{ROOT.parts[1]}/")
    return found + [f"a path of this machine: {path}" for path in sorted(machine) if path in text]


def test_no_tracked_file_holds_what_belongs_to_one_machine_or_is_unfinished() -> None:
    found = {}
    for name in list_tracked_files():
        content = (ROOT / name).read_bytes()
        if name.startswith("tests/invalid/") or b"\0" in content:
            continue  # broken on purpose, or no text
        if findings := find_forbidden(content.decode("utf-8", errors="replace")):
            found[name] = findings
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "# TO" + "DO: later",
        "pip --index" + "-url x",
        "/home" + "/somebody/x",
        "<" * 7 + " HEAD",
        f"see {ROOT}/README.md",
    ],
)
def test_what_may_not_stand_in_a_file_is_found(text: str) -> None:
    assert find_forbidden(text) != []


def test_nothing_that_is_built_is_tracked() -> None:
    built = re.compile(r"(^|/)(build|dist|__pycache__|\.venv)/|\.(pyc|whl|egg-info)$|\.min\.js$|\.wasm$")
    assert [name for name in list_tracked_files() if built.search(name)] == []
