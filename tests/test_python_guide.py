"""The guide for people who use Python tells the truth: its code runs, and prints what stands below it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from python_guide import GUIDE, replay
from test_house import read_page

TEXT = GUIDE.read_text(encoding="utf-8")


def test_what_the_guide_prints_is_what_is_printed_today(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = replay(tmp_path)
    assert len(printed) == TEXT.count("```text\n") == 10
    stale = {TEXT.count("\n", 0, each.start) + 1: each.today for each in printed if each.text != each.today}
    assert stale == {}, "python tests/python_guide.py writes what is printed today; read the difference"
    assert all(each.today.strip() for each in printed)
    # The build is there, so the few lines of the README are run as well.
    (lines,) = re.findall(r"^```python\n(.*?)^```$", read_page("README.md"), re.MULTILINE | re.DOTALL)
    found: dict[str, Any] = {}
    monkeypatch.chdir(tmp_path)
    exec(lines, found)  # noqa: S102
    assert len(found["frame"]) > 0


def test_every_method_that_the_guide_names_exists() -> None:
    from nervegraph.answers import Answer
    from nervegraph.knowledge_graph import KnowledgeGraph

    named = set(re.findall(r"kg\.(\w+)\(", TEXT))
    assert named <= set(dir(KnowledgeGraph))
    public = {name for name in vars(KnowledgeGraph) if not name.startswith("_")}
    assert public - named <= {"counts", "data_sha256"}
    assert set(re.findall(r"`(to_\w+)\(\)`", TEXT)) <= set(dir(Answer))


@pytest.mark.parametrize("page", ["README.md"])
def test_the_guide_is_found_from_the_page_that_people_open_first(page: str) -> None:
    assert "](docs/python.md)" in read_page(page)
