"""The guide `docs/python.md`, carried out: its code run in one namespace, what it prints beside what stands there.

A block marked `python` is run where a build of the shipped evidence lies in `build`; the block marked `text` after it
shows what it prints. `python tests/python_guide.py` writes what is printed today into the guide; read the difference.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from nervegraph.build import build
from nervegraph.resources import resource_directory
from tracked_files import ROOT

GUIDE = ROOT / "docs" / "python.md"
_BLOCK = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Printed:
    """A block that shows something printed: where its text begins, the text, and what is printed today."""

    start: int
    text: str
    today: str


def replay(directory: Path) -> list[Printed]:
    """Do in an empty directory what the guide does."""
    build([resource_directory("studies")], directory / "build")
    namespace: dict[str, object] = {}
    printed, said = [], ""
    with contextlib.chdir(directory):
        for block in _BLOCK.finditer(GUIDE.read_text(encoding="utf-8")):
            if block[1] == "text":
                printed.append(Printed(block.start(2), block[2], said))
                continue
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                exec(compile(block[2], f"{GUIDE.name}, character {block.start(2)}", "exec"), namespace)  # noqa: S102
            said = "\n".join(line.rstrip() for line in output.getvalue().splitlines()) + "\n"
    return printed


def renew() -> None:
    """Write what is printed today into the guide."""
    text = GUIDE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as directory:
        for each in reversed(replay(Path(directory))):
            text = text[: each.start] + each.today + text[each.start + len(each.text) :]
    GUIDE.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    renew()
