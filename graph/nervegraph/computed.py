"""What is made of a graph after the first rules: the rules of later stages, the cube, the statistics, and bounds."""

from __future__ import annotations

from pathlib import Path

from nervegraph import __version__
from nervegraph.cube import build_cube_lines
from nervegraph.derivation import derive_later_stages, provenance_lines
from nervegraph.estimates import build_estimate_lines
from nervegraph.inclusion_graph import build_inclusion_lines
from nervegraph.store import MemoryStore


def add_computed(store: MemoryStore, queries: Path) -> list[str]:
    """Levels of evidence, the cube, estimates and verdicts as lines of the derived graph; the store gets them too.

    :param store: the studies, the vocabularies and what the first stage of the rules derived.
    :param queries: the directory of the shipped queries.
    """
    names, lines = [], []
    for name, derived in derive_later_stages(store, queries / "derive"):
        names.append(name)
        lines += derived
    computed = [
        *build_cube_lines(store),
        *build_estimate_lines(store, queries / "estimates"),
        *build_inclusion_lines(store),
        *provenance_lines(names, __version__),
    ]
    store.add_nquads(computed)
    return [*lines, *computed]
