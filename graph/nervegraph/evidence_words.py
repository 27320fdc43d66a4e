"""How the page puts the evidence into words: sizes, regimens, doses, outcomes, places; nothing is added to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from nervegraph.evidence import Evidence, Node, Place, slug

NOT_JUDGED_ROLES = frozenset({"background", "symptomatic"})
"""Roles of drugs that do not belong to the regimen whose response is judged."""

_JOINTS = {"together": " + ", "any-of": " or ", "successive": ", ", "unknown": " / ", "single": " + "}
_ENDINGS = {
    "successive": " (one after another)",
    "any-of": " (alone or combined)",
    "unknown": " (how combined: unknown)",
}

Fact = tuple[str, str]
"""What is told, and the telling."""


def size_words(people: Node) -> str:
    """The number of people: `19`, `2 to 5`, `at least 2`, or `unknown`; a planned number is called planned."""
    size, low, high = people.integer("size"), people.integer("sizeAtLeast"), people.integer("sizeAtMost")
    if size is not None:
        return str(size)
    if low is not None and high is not None:
        return f"{low} to {high}"
    if low is not None:
        return f"at least {low}"
    if high is not None:
        return f"at most {high}"
    planned = people.integer("plannedSize")
    return "unknown" if planned is None else f"unknown ({planned} planned)"


def is_person(people: Node) -> bool:
    """True for one person as reported, False for people known by counts."""
    return any(kind.endswith("/Patient") for kind in people.texts("rdf:type"))


def judged_exposures(evidence: Evidence, episode: Node) -> tuple[Node, ...]:
    """The drugs whose response is judged: not those that went on in the background or only eased symptoms."""
    exposures = evidence.exposures.get(episode.iri, ())
    return tuple(drug for drug in exposures if slug(drug.text("role") or "") not in NOT_JUDGED_ROLES)


def regimen_words(evidence: Evidence, episode: Node, people: Node, *, most: int = 99) -> str:
    """The regimen as one phrase, as `IVIG + steroid (13 of 19)`: what everybody had first, then by how many had it.

    :param most: how many drugs are named before the rest is only counted.
    """
    drugs = sorted(_drug_phrases(evidence, judged_exposures(evidence, episode), people))
    named = [phrase for *_, phrase in drugs[:most]]
    if not named:
        return "none beyond background drugs"
    composition = slug(episode.text("composition") or "single")
    joint = _JOINTS.get(composition, " + ")
    more = f" and {len(drugs) - most} more" if len(drugs) > most else ""
    return joint.join(named) + more + (_ENDINGS.get(composition, "") if len(drugs) > 1 else "")


def _drug_phrases(evidence: Evidence, exposures: Iterable[Node], people: Node) -> set[tuple[int, int, str]]:
    phrases = set()
    for exposure in exposures:
        name = evidence.short_name(exposure.text("ofDrug") or "")
        extent = slug(exposure.text("exposureExtent") or "whole")
        if extent == "whole":
            phrases.add((0, 0, name))
        elif extent == "part":
            of = people.integer("size")
            n = exposure.integer("nExposed") or 0
            phrases.add((1, -n, f"{name} ({n}{'' if of is None else f' of {of}'})"))
        else:
            phrases.add((2, 0, f"{name} (unknown part)"))
    return phrases


def background_words(evidence: Evidence, episode: Node, people: Node) -> str:
    """The drugs that went on beside the regimen, each with who had it; empty where none is recorded."""
    judged = {exposure.iri for exposure in judged_exposures(evidence, episode)}
    beside = [drug for drug in evidence.exposures.get(episode.iri, ()) if drug.iri not in judged]
    return ", ".join(phrase for *_, phrase in sorted(_drug_phrases(evidence, beside, people)))


def drug_facts(evidence: Evidence, episode: Node) -> list[Fact]:
    """Each drug of a line of treatment with its role, extent, route, doses and what it was given for."""
    facts = []
    for exposure in evidence.exposures.get(episode.iri, ()):
        parts = [evidence.name(exposure.text("role"))]
        extent = slug(exposure.text("exposureExtent") or "whole")
        if extent == "part":
            parts.append(f"in {exposure.text('nExposed')} of them")
        elif extent == "unknown":
            parts.append("in an unknown part of them")
        if exposure.text("route"):
            parts.append(evidence.name(exposure.text("route")))
        if exposure.text("givenFor"):
            parts.append(f"given for {exposure.text('givenFor')}")
        if exposure.text("authorsWords"):
            parts.append(f"called: {exposure.text('authorsWords')}")
        steps = sorted(evidence.doses.get(exposure.iri, ()), key=lambda step: step.integer("stepOrder") or 0)
        parts += [dose_words(evidence, step) for step in steps] or ["dose not read"]
        facts.append((f"Drug: {evidence.name(exposure.text('ofDrug'))}", "; ".join(part for part in parts if part)))
    return facts


def dose_words(evidence: Evidence, step: Node) -> str:
    """One dose step as the curator typed it, with its basis and schedule."""
    words = [step.text("doseText") or ""]
    basis = evidence.name(step.text("basis"))
    words.append("(per what: unclear)" if basis == "unclear" else basis)
    if step.text("dosingDays"):
        words.append(f"over {_days(step.integer('dosingDays'))}")
    if step.text("intervalDays"):
        words.append(f"every {_days(step.integer('intervalDays'))}")
    if step.text("repeats"):
        words.append(f"{step.text('repeats')} times")
    if step.text("nReceiving"):
        words.append(f"in {step.text('nReceiving')} people")
    if step.text("rdfs:comment"):
        words.append(f"({step.text('rdfs:comment')})")
    return " ".join(word for word in words if word)


def outcome_words(evidence: Evidence, outcome: Node, *, person: bool) -> str:
    """What was observed: counts with their total, or what stands in their place."""
    counts = response_counts(evidence, outcome)
    parts = []
    if counts and person:
        parts.append(", ".join(evidence.name(response) for response, _ in counts))
    elif counts:
        assessed = outcome.integer("nAssessed")
        total = f" of {assessed}" if assessed is not None else ""
        parts.append(", ".join(_count_phrases(evidence, counts)) + total)
    if outcome.text("quantifier"):
        told = evidence.name(outcome.text("quantifiedResponse"))
        parts.append(f"{evidence.name(outcome.text('quantifier'))}: {told} (in words)")
    if outcome.text("percentageText"):
        told = evidence.name(outcome.text("percentageResponse"))
        meaning = f", {outcome.text('detail')}" if outcome.text("detail") else ""
        parts.append(f"{outcome.text('percentageText')} % {told} (no count given{meaning})")
    if outcome.text("changeText"):
        parts.append(f"change: {outcome.text('changeText')}")
    if outcome.text("groupResult"):
        parts.append(f"as a group: {evidence.name(outcome.text('groupResult'))}")
    status = slug(outcome.text("outcomeStatus") or "reported")
    if status != "reported" or not parts:
        parts.append(evidence.name(outcome.text("outcomeStatus")) or "not read")
    if outcome.text("statusReason"):
        parts.append(outcome.text("statusReason") or "")
    return "; ".join(parts)


def _count_phrases(evidence: Evidence, counts: tuple[tuple[str, int], ...]) -> Iterator[str]:
    """Counts in words; a narrower response is part of a broader one beside it: `5 improved (of these 2 remission)`."""
    stated = {response for response, _ in counts}
    for response, n in counts:
        if stated.isdisjoint(set(evidence.with_ancestors(response)) - {response}):
            within = [
                f"{part_n} {evidence.name(part)}"
                for part, part_n in counts
                if part != response and response in evidence.with_ancestors(part)
            ]
            yield f"{n} {evidence.name(response)}" + (f" (of these {', '.join(within)})" if within else "")


def response_counts(evidence: Evidence, outcome: Node) -> tuple[tuple[str, int], ...]:
    """Responses with their numbers of people, in the order from better to worse."""
    counts = [
        (count.text("response") or "", count.integer("nWithResponse") or 0)
        for count in evidence.counts.get(outcome.iri, ())
    ]
    return tuple(sorted(counts, key=lambda count: (response_rank(count[0]), count[0])))


RESPONSES_BETTER_TO_WORSE = (
    "remission",
    "improved",
    "partly-improved",
    "improved-or-stable",
    "stable",
    "not-improved",
    "worsened",
)


def response_rank(response: str) -> int:
    """The place of a response between better and worse; responses unknown here come last."""
    own = slug(response)
    order = RESPONSES_BETTER_TO_WORSE
    return order.index(own) if own in order else len(order)


def measured_words(evidence: Evidence, outcome: Node) -> str:
    """What an outcome is about, how it was measured and when."""
    instrument = outcome.text("instrument")
    how = f", {evidence.name(instrument)}" if instrument and slug(instrument) != "not-stated" else ""
    days = outcome.integer("assessedAtDays")
    when = f", after {_days(days)}" if days is not None else ""
    return f"{evidence.name(outcome.text('domain'))}{how}{when}"


def place_words(evidence: Evidence, place: Place | None) -> str:
    """Where something was read: section, source, depth; says so where the graph names no place."""
    if place is None:
        return "place not recorded"
    sentence = f", sentence {place.sentence}" if place.sentence is not None else ""
    kind = evidence.name(place.source.text("sourceKind"))
    return f"{place.section}{sentence}; {kind}, read: {evidence.name(place.source.text('readingDepth'))}"


def course_facts(evidence: Evidence, owner: Node) -> list[Fact]:
    """Times, events, stopping, harms and findings of a line of treatment or of people."""
    return [fact for node in evidence.course.get(owner.iri, ()) if (fact := _course_fact(evidence, node))]


def _course_fact(evidence: Evidence, node: Node) -> Fact | None:
    note = f" ({node.text('rdfs:comment')})" if node.text("rdfs:comment") else ""
    n = node.integer("nWithEvent")
    people = "" if n is None else f", {n} people"
    if node.text("measure"):
        return (evidence.name(node.text("measure")).capitalize(), (node.text("timeText") or "not given") + note)
    if node.text("eventKind"):
        after = node.integer("eventAfterDays")
        when = "" if after is None else f" after {_days(after)}"
        return ("Event", f"{evidence.name(node.text('eventKind'))}{when}{people}{note}")
    if node.texts("stopReason"):
        reasons = " or ".join(evidence.name(reason) for reason in node.texts("stopReason"))
        stopped = node.text("nStopped") or "unknown number"
        return ("Stopped", f"{stopped}: {reasons}{note}")
    if node.text("adverseStatus"):
        told = node.text("eventText") or f"adverse events: {evidence.name(node.text('adverseStatus'))}"
        at_risk = f" of {node.text('nAtRisk')}" if node.text("nAtRisk") else ""
        return ("Harm", f"{told}{people}{at_risk}{', serious' if node.text('serious') == 'true' else ''}{note}")
    if node.text("findingKind"):
        with_it = f", {node.text('nWithFinding')} people" if node.text("nWithFinding") else ""
        detail = f" ({node.text('detail')})" if node.text("detail") else ""
        told = f"{evidence.name(node.text('findingKind'))}: {evidence.name(node.text('findingStatus'))}"
        return ("Finding", f"{told}{with_it}{detail}")
    return None


def _days(days: int | None) -> str:
    return f"{days} day{'' if days == 1 else 's'}"


def safe_links(addresses: Sequence[str]) -> list[dict[str, str]]:
    """Links fit for the page: http and https only, articles before databases before other pages."""
    links = [(*_known_host(address), address) for address in addresses if _is_web_address(address)]
    return [{"text": words, "href": address} for _, words, address in sorted(links)]


def _is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _known_host(address: str) -> tuple[int, str]:
    parts = urlsplit(address)
    host, path = parts.hostname or "", parts.path.strip("/")
    if host == "doi.org":
        return 0, f"Article, doi:{path}"
    if host == "pubmed.ncbi.nlm.nih.gov":
        return 1, f"PubMed {path}"
    if host == "pmc.ncbi.nlm.nih.gov":
        return 2, f"Full text, {path.rsplit('/', 1)[-1]}"
    return 3, f"Page at {host}"
