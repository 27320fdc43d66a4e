"""All that is derived from the studies, step by step: rules, counts, statistics, bounds on what a review counted.

Each step sees what the steps before it derived, which its caller adds to the store. Rules come in stages: those in
`queries/derive/` itself read the studies and the vocabularies only, those in its subdirectories also earlier results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

from nervegraph import __version__
from nervegraph.cube import build_cube_lines
from nervegraph.derivation import activity_lines, derive, rule_lines
from nervegraph.estimates import build_estimate_lines
from nervegraph.inclusion.graph import build_inclusion_lines
from nervegraph.resources import resource_directory
from nervegraph.store import MemoryStore


def derive_stage(store: MemoryStore, rules_directory: Path) -> Iterator[str]:
    """What the rules of one stage derive, and which rules did, as N-Quads lines of the derived graph."""
    names = []
    for name, lines in derive(store, rules_directory):
        names.append(name)
        yield from lines
    yield from rule_lines(names, __version__)


def _first_stage(store: MemoryStore) -> Iterator[str]:
    yield from activity_lines(__version__)
    yield from derive_stage(store, resource_directory("queries") / "derive")


def _later_stages() -> Iterator[tuple[str, Callable[[MemoryStore], Iterable[str]]]]:
    rules = resource_directory("queries") / "derive"
    for stage in sorted(path for path in rules.iterdir() if path.is_dir()):
        yield f"deriving {stage.name}", partial(derive_stage, rules_directory=stage)


def _estimates(store: MemoryStore) -> list[str]:
    return build_estimate_lines(store, resource_directory("queries") / "estimates")


DERIVING: Mapping[str, Callable[[MemoryStore], Iterable[str]]] = MappingProxyType(
    {
        "deriving": _first_stage,
        **dict(_later_stages()),
        "counting": build_cube_lines,
        "estimating": _estimates,
        "comparing reviews with studies": build_inclusion_lines,
    }
)
"""What gives the lines of the derived graph, by what a person is told meanwhile, in this order."""
