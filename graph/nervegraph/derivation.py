"""The derived graph: what follows from the studies by the rules in `queries/derive/`.

Every rule is a CONSTRUCT. Those in the directory itself read the studies and the vocabularies only, never another
rule's result, so their order does not matter. A subdirectory is a later stage: its rules may also read what the stages
before it derived. Derived triples stand in a graph of their own and name the rule file that made them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nervegraph import nquads, terms
from nervegraph.store import MemoryStore

DERIVED_GRAPH = terms.graph("derived")


def derive(store: MemoryStore, rules_directory: Path) -> Iterator[tuple[str, list[str]]]:
    """Each rule's name with the N-Quads lines it derives, sorted; the store is only read.

    :raises Misuse: a rule is not valid SPARQL.
    """
    for path in sorted(rules_directory.glob("*.rq")):
        yield path.stem, store.construct_nquads(path.read_text(encoding="utf-8"), DERIVED_GRAPH)


def activity_lines(version: str) -> list[str]:
    """What made the derived graph (PROV-O): an activity of this version of NerveGraph."""
    graph = nquads.GraphLines(DERIVED_GRAPH)
    activity = terms.derived("by-version", version)
    graph.add(DERIVED_GRAPH, terms.PREFIXES["prov"] + "wasGeneratedBy", nquads.iri(activity))
    graph.add(activity, terms.PREFIXES["rdf"] + "type", nquads.iri(terms.PREFIXES["prov"] + "Activity"))
    return graph.lines()


def rule_lines(rule_names: list[str], version: str) -> list[str]:
    """That the activity of this version used each of these rules."""
    graph = nquads.GraphLines(DERIVED_GRAPH)
    prov, rdf = terms.PREFIXES["prov"], terms.PREFIXES["rdf"]
    activity = terms.derived("by-version", version)
    for name in rule_names:
        rule = terms.derived("rule", name)
        graph.add(rule, rdf + "type", nquads.iri(prov + "Plan"))
        graph.add(rule, terms.PREFIXES["rdfs"] + "label", nquads.text(name))
        graph.add(activity, prov + "used", nquads.iri(rule))
    return graph.lines()
