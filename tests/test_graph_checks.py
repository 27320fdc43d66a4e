"""Every check in `queries/checks` has been seen to report a planted defect, it alone, and sound graphs pass them all.

A plant in `invalid/checks` is named after its check, with two hyphens before the name of a variant. Its lines are added
to the fixture; a comment `remove:` names a pattern of lines taken away, `node:` what the check has to name, and `also:`
another check that reports the defect by its nature, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from changed_graphs import Change, changed_graph, changed_nquads
from graphs import GraphName, graph
from nervegraph.checks import run_checks
from nervegraph.dataset import LoadedDataset
from nervegraph.resources import resource_directory
from nervegraph.store import write_trig
from nervegraph.terms import PREFIXES

CHECKS = resource_directory("queries") / "checks"
PLANTS = sorted((Path(__file__).parent / "invalid" / "checks").glob("*.nq"))


@dataclass(frozen=True)
class Plant:
    """A defect: the check that has to report it, the nodes it has to name, other checks that report it by nature."""

    check: str
    nodes: frozenset[str]
    also: frozenset[str]
    removed: tuple[Change, ...]
    added: tuple[str, ...]


def read_plant(path: Path) -> Plant:
    lines = path.read_text(encoding="utf-8").splitlines()

    def marked(name: str) -> list[str]:
        mark = f"# {name}: "
        return [line.removeprefix(mark) for line in lines if line.startswith(mark)]

    reasons = [other.split(" ", 1) for other in marked("also")]
    assert all(len(other) == 2 for other in reasons), f"{path.name}: say why another check reports it"
    return Plant(
        path.stem.split("--")[0],
        frozenset(marked("node")),
        frozenset(check for check, _ in reasons),
        tuple(Change(pattern) for pattern in marked("remove")),
        tuple(line for line in lines if not line.startswith("#")),
    )


@pytest.mark.parametrize("path", PLANTS, ids=lambda path: path.stem)
def test_planted_defect_is_reported_by_its_check_and_by_no_other(path: Path) -> None:
    plant = read_plant(path)
    findings = run_checks(changed_graph("fixture", plant.removed, plant.added), CHECKS)
    assert {finding.check for finding in findings} == {plant.check} | plant.also
    assert plant.nodes
    assert plant.nodes <= {finding.node for finding in findings if finding.check == plant.check}


@pytest.mark.parametrize("path", PLANTS, ids=lambda path: path.stem)
def test_both_engines_give_a_check_the_same_rows(path: Path, tmp_path: Path) -> None:
    plant = read_plant(path)
    write_trig(tmp_path / "graph.trig", changed_nquads("fixture", plant.removed, plant.added), PREFIXES)
    check = (CHECKS / f"{plant.check}.rq").read_text("utf-8")
    with changed_graph("fixture", plant.removed, plant.added) as store:
        rows = list(store.select(check).rows)
    assert rows
    assert set(LoadedDataset(tmp_path / "graph.trig").query(check).rows) == set(rows)


def test_every_check_has_a_plant_and_every_plant_a_check() -> None:
    assert {read_plant(path).check for path in PLANTS} == {path.stem for path in CHECKS.glob("*.rq")}


@pytest.mark.parametrize("name", ["fixture", "evidence"])
def test_sound_graph_has_nothing_to_report(name: GraphName) -> None:
    assert run_checks(graph(name).store, CHECKS) == []


def test_graph_derived_anew_without_a_change_is_the_same_graph() -> None:
    everything = "SELECT ?s ?p ?o { ?s ?p ?o }"
    known = set(graph("fixture").store.select(everything).rows)
    assert set(changed_graph("fixture", []).select(everything).rows) == known
