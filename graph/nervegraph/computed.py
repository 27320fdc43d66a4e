"""What is made of a graph after the first rules: the rules of later stages, then the numbers."""

from __future__ import annotations

from pathlib import Path

from nervegraph import __version__
from nervegraph.derivation import derive_later_stages, rule_lines
from nervegraph.estimates import build_estimate_lines
from nervegraph.store import MemoryStore


def add_computed(store: MemoryStore, queries: Path) -> list[str]:
    """Levels of evidence, estimates and verdicts as lines of the derived graph; the store holds them afterwards.

    :param store: the studies, the vocabularies and what the first stage of the rules derived.
    :param queries: the directory of the shipped queries.
    """
    names, lines = [], []
    for name, derived in derive_later_stages(store, queries / "derive"):
        names.append(name)
        lines += derived
    computed = [*build_estimate_lines(store, queries / "estimates"), *rule_lines(names, __version__)]
    store.add_nquads(computed)
    return [*lines, *computed]
