"""How two things of the evidence hang together: by the lines of treatment that have both, or by a chain of such lines.

Two neighbours in the drawn network need not belong to the same people, as a drug and a neuropathy are nodes that many
share. Only a line of treatment joins what belongs together, so an explanation goes from thing to line to thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nervegraph import evidence_words as words
from nervegraph.errors import Misuse
from nervegraph.evidence import Evidence
from nervegraph.evidence_lines import Line, build_lines, is_nerve_response
from nervegraph.findings import did_you_mean, show_briefly
from nervegraph.network import EvidenceNetwork, build_network
from nervegraph.network_analysis import find_chain

COLUMNS = (
    "step",
    "begins_with",
    "study",
    "people",
    "number",
    "regimen",
    "neuropathy",
    "response",
    "counted",
    "origin",
    "leads_to",
)
"""The columns of an explanation; a row is one line of treatment, `step` its place in the chain, from 1."""

Explanation = list[tuple[int | str, ...]]


def explain(evidence: Evidence, one: str, other: str) -> Explanation:
    """Rows of `COLUMNS`: every line of treatment that has both things, else the shortest chain of lines between them.

    Lines that are counted by default stand first. No rows where nothing recorded joins the two.

    :param one: a study, drug, regimen, person or group, neuropathy or response, by its name, synonym or id.
    :raises Misuse: nothing in the evidence is called so, or the two are the same thing.
    """
    lines = build_lines(evidence)
    network = build_network(evidence, lines)
    things = _things_of_lines(network)
    names = {**_drug_names(network), **{node: data["title"] for node, data in network.nodes(data=True)}}
    start, end = (_get_thing(network, each) for each in (one, other))
    if start == end:
        raise Misuse(f"{one!r} and {other!r} are the same thing; name two different ones.")
    by_key: dict[str, list[Line]] = {}
    for line in sorted(lines, key=lambda line: not line.counted):
        by_key.setdefault(f"line:{line.episode.key}", []).append(line)
    ordered = {key: things[key] for key in by_key if key in things}
    direct = [key for key, joined in ordered.items() if start in joined and end in joined]
    if direct:
        return [_row(evidence, 1, (names[start], names[end]), by_key[key]) for key in direct]
    chain = find_chain(ordered, start, end)
    steps = zip(chain[::2], chain[1::2], chain[2::2], strict=False)
    return [
        _row(evidence, number, (names[left], names[right]), by_key[key])
        for number, (left, key, right) in enumerate(steps, start=1)
    ]


def _things_of_lines(network: EvidenceNetwork) -> dict[str, list[str]]:
    """The nodes that each line of treatment joins, and the drugs of its regimen."""
    things: dict[str, dict[str, None]] = {}
    for source, target, data in network.edges(data=True):
        if data["episode"] is None:
            continue
        own = things.setdefault(data["episode"], {})
        for node in (source, target):
            own[node] = None
            own.update((f"drug:{slug}", None) for slug in _drugs_of(network, node))
    return {line: [*own] for line, own in things.items()}


def _drugs_of(network: EvidenceNetwork, node: str) -> Iterator[str]:
    for name, value in network.nodes[node]["facts"]:
        if network.nodes[node]["role"] == "regimen" and name.startswith("Drug: "):
            yield value.rpartition("/")[2]


def _drug_names(network: EvidenceNetwork) -> dict[str, str]:
    return {
        f"drug:{value.rpartition('/')[2]}": name.removeprefix("Drug: ")
        for _, data in network.nodes(data=True)
        if data["role"] == "regimen"
        for name, value in data["facts"]
        if name.startswith("Drug: ")
    }


def _get_thing(network: EvidenceNetwork, name: str) -> str:
    known = dict(_names_of_things(network))
    found = known.get(name.strip().casefold())
    if found is None:
        near = did_you_mean(name.strip().casefold(), known)
        advice = f"Did you mean {near}?" if near else "Name a study, drug, neuropathy or response of the evidence."
        raise Misuse(f"nothing in the evidence is called {show_briefly(name) or repr(name)}. {advice}")
    return found


def _names_of_things(network: EvidenceNetwork) -> Iterator[tuple[str, str]]:
    """Every name with the thing it means; where two things have one name, the later of these wins: ids over names."""
    for drug, name in _drug_names(network).items():
        yield name.casefold(), drug
    by_role: dict[str, list[str]] = {}
    for node, data in network.nodes(data=True):
        by_role.setdefault(data["role"], []).append(node)
    for role in ("people", "response", "neuropathy", "study"):
        for node in by_role.get(role, ()):
            data = network.nodes[node]
            for word in (*data["synonyms"], data["title"], node.partition(":")[2], node):
                yield word.casefold(), node
    for node in by_role.get("regimen", ()):
        yield node.casefold(), node
    yield from _drug_words(network)


def _drug_words(network: EvidenceNetwork) -> Iterator[tuple[str, str]]:
    """The ids of drugs, and the names of regimens of one drug, which mean the drug."""
    for node, data in network.nodes(data=True):
        if data["role"] == "regimen":
            drugs = [*_drugs_of(network, node)]
            own: Iterable[str] = (data["title"], *data["synonyms"]) if len(drugs) == 1 else ()
            for word in own:
                yield word.casefold(), f"drug:{drugs[0]}"
            for drug in drugs:
                yield drug, f"drug:{drug}"
                yield f"drug:{drug}", f"drug:{drug}"


def _row(evidence: Evidence, step: int, ends: tuple[str, str], lines: list[Line]) -> tuple[int | str, ...]:
    line = next((each for each in lines if each.counted), lines[0])
    outcome, people = line.outcome, line.people
    told = "no outcome recorded"
    if outcome is not None:
        told = words.outcome_words(evidence, outcome, person=words.is_person(people))
        if not is_nerve_response(evidence, outcome):
            told = f"{told} ({evidence.name(outcome.text('domain'))})"
    return (
        step,
        ends[0],
        line.study.text("rdfs:label") or line.study.key,
        people.text("rdfs:label") or people.key,
        words.size_words(people),
        words.regimen_words(evidence, line.episode, people),
        ", ".join(evidence.name(target) for target in line.episode.texts("targetsNeuropathy")),
        told,
        "counted" if line.counted else f"not counted: {line.reason}",
        words.place_words(evidence, evidence.place_of(outcome or line.episode) or evidence.place_of(people)),
        ends[1],
    )
