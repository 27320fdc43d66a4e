"""The graphs that tests ask: a small invented one that holds every trap, and the shipped evidence."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from nervegraph.assembly import Assembled, assemble, find_study_files
from nervegraph.resources import resource_directory

GraphName = Literal["fixture", "evidence"]
FIXTURE = Path(__file__).parent / "data" / "studies"


@cache
def graph(name: GraphName) -> Assembled:
    """The invented studies in `data/studies`, or the shipped evidence, assembled once per test process."""
    return assemble(find_study_files([FIXTURE if name == "fixture" else resource_directory("studies")]))


def lines_of(assembled: Assembled) -> list[str]:
    """The N-Quads lines of a graph, sorted, without line ends."""
    nquads = assembled.nquads
    text = nquads.read_bytes() if isinstance(nquads, Path) else nquads
    return text.decode().split("\n")[:-1]
