"""Checks on the built graph: the queries in `queries/checks/`, where any row is a finding.

A check selects `?node` and `?message`, one row per finding. They guard the graph as a whole, across files, where the
checks on study files see one file at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nervegraph.errors import Misuse
from nervegraph.rdfterms import Iri, Literal
from nervegraph.store import AnyStore


@dataclass(frozen=True, order=True)
class GraphFinding:
    """Something wrong in the built graph: the check that noticed, the node concerned, what is wrong with it."""

    check: str
    node: str
    message: str

    def __str__(self) -> str:
        return f"{self.check}: {self.node}: {self.message}"


def run_checks(store: AnyStore, directory: Path) -> list[GraphFinding]:
    """What the check queries find in the graph, sorted; an empty list means that none found anything.

    :raises Misuse: a check does not select exactly `?node ?message`, or is not valid SPARQL.
    """
    return sorted({finding for path in directory.glob("*.rq") for finding in run_check(store, path)})


def run_check(store: AnyStore, path: Path) -> list[GraphFinding]:
    """What one check query finds, sorted."""
    selection = store.select(path.read_text(encoding="utf-8"))
    if selection.columns != ("node", "message"):
        raise Misuse(f"{path}: a check selects ?node ?message, this one selects {' '.join(selection.columns)}")
    findings = []
    for node, message in selection.rows:
        if not isinstance(node, Iri) or not isinstance(message, Literal):
            raise Misuse(f"{path}: ?node must be an IRI and ?message a text in every row")
        findings.append(GraphFinding(path.stem, node.value, message.value))
    return sorted(findings)
