"""A test graph with lines changed on purpose, derived anew: to see checks report, and answers change.

Lines are N-Quads. What is added to the derived graph is added after derivation: so a fault of a rule can be planted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from graphs import GraphName, graph, lines_of
from nervegraph.assembly import joined
from nervegraph.derivation import DERIVED_GRAPH
from nervegraph.derived import DERIVING
from nervegraph.store import MemoryStore, memory_store

_OF_DERIVED = f"<{DERIVED_GRAPH}> ."


@dataclass(frozen=True)
class Change:
    """What happens to each line that a pattern finds: it is removed, replaced, or copied with a replacement."""

    pattern: str
    replacement: str | None = None
    keeps_original: bool = False

    def apply(self, lines: Iterable[str]) -> list[str]:
        """The lines after the change; a pattern that finds nothing is a fault of the test."""
        found, changed = False, []
        for line in lines:
            if re.search(self.pattern, line) is None:
                changed.append(line)
                continue
            found = True
            if self.keeps_original:
                changed.append(line)
            if self.replacement is not None:
                changed.append(re.sub(self.pattern, self.replacement, line))
        assert found, f"no line matches {self.pattern}"
        return changed


def changed_graph(name: GraphName, changes: Iterable[Change], added: Iterable[str] = ()) -> MemoryStore:
    """A new store of the graph's lines with these changes, then these lines added, and everything derived from them."""
    return _changed(name, changes, added)[0]


def changed_nquads(name: GraphName, changes: Iterable[Change], added: Iterable[str] = ()) -> bytes:
    """What the store of `changed_graph` holds, as text."""
    store, lines = _changed(name, changes, added)
    store.close()
    return joined(lines)


def _changed(name: GraphName, changes: Iterable[Change], added: Iterable[str]) -> tuple[MemoryStore, list[str]]:
    lines = [line for line in lines_of(graph(name)) if not line.endswith(_OF_DERIVED)]
    for change in changes:
        lines = change.apply(lines)
    later: list[str] = []
    for line in added:
        (later if line.endswith(_OF_DERIVED) else lines).append(line)
    store = memory_store(joined(lines))
    for step in DERIVING.values():
        derived, later = [*step(store), *later], []
        store.add_nquads(derived)
        lines += derived
    return store, lines
