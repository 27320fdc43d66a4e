"""The evidence as a table: one line for each outcome of each line of treatment, and whether and why it counts.

A line counts in the default answer when its people have Sjögren's disease, it is the one outcome that the default rule
takes, it says how many people had which response, it was read in the study itself, and nobody in it is counted already
with a larger group (MODEL §1). Everything else stays in the table with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass

from nervegraph import evidence_words as words
from nervegraph import terms
from nervegraph.evidence import Evidence, Node, slug

DEFAULT_RULE = terms.concept("rule", "curator-global-disability")
SJOGREN = terms.concept("condition", "sjogren-disease")
NERVE_RESPONSE = terms.concept("domain", "nerve-response")
INDIRECT_DEPTHS = {
    "title-only": "known from a title only",
    "secondary": "known from a secondary source",
    "derivation": "derived by us, not stated",
}
"""Depths of reading that keep an outcome out of default answers, as reasons."""


@dataclass(frozen=True)
class Line:
    """One outcome (or none) of one line of treatment of one person or group, with all that it hangs on."""

    study: Node
    people: Node
    episode: Node
    outcome: Node | None
    counted: bool
    reason: str
    """Why the line does not count; empty where it does."""
    doubts: tuple[str, ...]
    """Why the line is drawn dashed: how it was read, unknown size, people possibly shared with another study."""

    @property
    def key(self) -> str:
        """An id that stays the same from build to build."""
        return (self.outcome or self.episode).key


def build_lines(evidence: Evidence) -> tuple[Line, ...]:
    """All lines of evidence, ordered by study, people, treatment and outcome."""
    parents = people_by_iri(evidence)
    uncounted = [
        (study, people, episode, outcome)
        for study in sorted(evidence.studies, key=lambda study: study.key)
        for people in evidence.people.get(study.iri, ())
        for episode in _ordered(evidence.episodes.get(people.iri, ()))
        for outcome in evidence.outcomes.get(episode.iri, ()) or (None,)
    ]
    any_primary = any(outcome is not None and outcome.texts("primaryUnder") for *_, outcome in uncounted)
    own_reasons = [
        _own_reason(evidence, study, people, outcome, any_primary=any_primary)
        for study, people, _, outcome in uncounted
    ]
    eligible = {
        people.iri for (_, people, _, _), reason in zip(uncounted, own_reasons, strict=True) if not reason
    }
    lines = []
    for (study, people, episode, outcome), own_reason in zip(uncounted, own_reasons, strict=True):
        reason = own_reason or _double_reason(people, parents, eligible)
        doubts = _doubts(evidence, study, people, episode, outcome)
        lines.append(Line(study, people, episode, outcome, not reason, reason, doubts))
    return tuple(lines)


def ancestors(people: Node, parents: dict[str, Node]) -> list[Node]:
    """The groups that these people are part of, the nearest first."""
    found: list[Node] = []
    current = parents.get(people.text("partOf") or "")
    while current is not None and current not in found:
        found.append(current)
        current = parents.get(current.text("partOf") or "")
    return found


def people_by_iri(evidence: Evidence) -> dict[str, Node]:
    """Everybody described, by IRI."""
    return {people.iri: people for group in evidence.people.values() for people in group}


def _ordered(episodes: tuple[Node, ...]) -> list[Node]:
    return sorted(episodes, key=lambda episode: (episode.integer("order") or 0, episode.key))


def _own_reason(evidence: Evidence, study: Node, people: Node, outcome: Node | None, *, any_primary: bool) -> str:
    """Why a line does not count, looking at itself only; empty if nothing speaks against it."""
    if status := _status_reason(study):
        return status
    conditions = people.texts("underlyingCondition") or study.texts("studiedCondition")
    if not any(SJOGREN in evidence.with_ancestors(condition) for condition in conditions):
        named = ", ".join(evidence.name(condition) for condition in conditions)
        return f"indirect evidence: {named or 'condition not known'}"
    if outcome is None:
        return "no outcome recorded"
    if not is_nerve_response(evidence, outcome):
        return f"{evidence.name(outcome.text('domain'))} is not a response of the nerve"
    status = slug(outcome.text("outcomeStatus") or "reported")
    if status != "reported":
        return f"outcome {evidence.name(outcome.text('outcomeStatus'))}"
    if not evidence.counts.get(outcome.iri):
        return "told without counts of people"
    if any_primary and DEFAULT_RULE not in outcome.texts("primaryUnder"):
        return "another outcome of this treatment is taken by the default rule, or none because two compete"
    place = evidence.place_of(outcome)
    if place is not None and place.depth in INDIRECT_DEPTHS:
        return INDIRECT_DEPTHS[place.depth]
    return ""


def _status_reason(study: Node) -> str:
    if study.text("synthetic") == "true":
        return "synthetic data, not evidence"
    status = slug(study.text("publicationStatus") or "published")
    if status in ("retracted", "superseded"):
        return f"the publication is {status}"
    background = study.text("backgroundReason")
    return f"background only: {background}" if background else ""


def _double_reason(people: Node, parents: dict[str, Node], eligible: set[str]) -> str:
    for group in ancestors(people, parents):
        if group.iri in eligible:
            return f"part of “{group.text('rdfs:label')}”, whose people are counted already"
    parent = parents.get(people.text("partOf") or "")
    if parent is not None and slug(parent.text("partition") or "disjoint") != "disjoint":
        return f"the parts of “{parent.text('rdfs:label')}” may share people, so they are not summed"
    return ""


def is_nerve_response(evidence: Evidence, outcome: Node) -> bool:
    """True if the outcome's domain is a response of the nerve; true as well where no vocabulary is in the graph."""
    domain = outcome.text("domain")
    return domain is None or domain not in evidence.broader or NERVE_RESPONSE in evidence.with_ancestors(domain)


def _doubts(evidence: Evidence, study: Node, people: Node, episode: Node, outcome: Node | None) -> tuple[str, ...]:
    found = []
    place = evidence.place_of(outcome or episode) or evidence.place_of(people)
    if place is None:
        found.append("place not recorded")
    elif place.depth in INDIRECT_DEPTHS:
        found.append(INDIRECT_DEPTHS[place.depth])
    if people.integer("size") is None:
        found.append(f"number of people {words.size_words(people)}")
    labels = {other.iri: other.text("rdfs:label") or other.key for other in evidence.studies}
    for other in study.texts("mayOverlap"):
        found.append(f"may share people with {labels.get(other, slug(other))}")
    return tuple(found)
