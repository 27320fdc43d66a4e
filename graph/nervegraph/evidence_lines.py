"""The evidence as a table: one line for each outcome of each line of treatment, and whether and why it counts.

A line counts when the question `responses_by_study` counts it for one of its drugs, asked about every neuropathy in
Sjögren's disease under the default rule (MODEL §1). Everything else stays in the table with its reason, in the words of
`shown_not_counted`. A test asks both questions and compares.
"""

from __future__ import annotations

from dataclasses import dataclass

from nervegraph import evidence_words as words
from nervegraph import terms
from nervegraph.evidence import Evidence, Node, slug

DEFAULT_RULE = terms.concept("rule", "curator-global-disability")
SJOGREN = terms.concept("condition", "sjogren-disease")
NERVE_RESPONSE = terms.concept("domain", "nerve-response")
TITLE_ONLY = "title-only"
_DOUBTFUL_DEPTHS = {
    TITLE_ONLY: "known from a title only",
    "secondary": "known from a secondary source",
    "derivation": "derived by us, not stated",
}
"""Depths of reading that make a line uncertain; the first keeps it out of default answers as well."""


@dataclass(frozen=True)
class Line:
    """One outcome (or none) of one line of treatment of one person or group, with all that it hangs on."""

    study: Node
    people: Node
    episode: Node
    outcome: Node | None
    own_reason: str
    """Why the line does not count whatever else is asked about; empty where nothing speaks against it."""
    reason: str
    """Why the line does not count by default, with everything in view; empty where it does."""
    drugs: frozenset[str]
    """The drugs that everybody of the group had as part of the regimen."""
    classes: frozenset[str]
    """These drugs and all that they lie under: the concepts for which a question may count this line."""
    doubts: tuple[str, ...]
    """Why the line is drawn dashed: how it was read, unknown size, people possibly shared with another study."""

    @property
    def counted(self) -> bool:
        """True if the line counts by default."""
        return not self.reason

    @property
    def key(self) -> str:
        """An id that stays the same from build to build."""
        return (self.outcome or self.episode).key


def build_lines(evidence: Evidence) -> tuple[Line, ...]:
    """All lines of evidence, ordered by study, people, treatment and outcome."""
    found = [
        _Candidate(study, people, episode, outcome)
        for study in sorted(evidence.studies, key=lambda study: study.key)
        for people in evidence.people.get(study.iri, ())
        for episode in _ordered(evidence.episodes.get(people.iri, ()))
        for outcome in evidence.outcomes.get(episode.iri, ()) or (None,)
    ]
    any_primary = any(each.outcome is not None and each.outcome.texts("primaryUnder") for each in found)
    parents = people_by_iri(evidence)
    countable: dict[str, list[_Candidate]] = {}
    for each in found:
        each.drugs, each.classes = _whole_drugs(evidence, each.episode)
        each.reason = _own_reason(evidence, each, any_primary=any_primary) or _parts_reason(each.people, parents)
        if not each.reason:
            countable.setdefault(each.people.iri, []).append(each)
    return tuple(
        Line(
            each.study,
            each.people,
            each.episode,
            each.outcome,
            each.reason,
            each.reason or _double_reason(each, parents, countable),
            each.drugs,
            each.classes,
            _doubts(evidence, each),
        )
        for each in found
    )


@dataclass
class _Candidate:
    study: Node
    people: Node
    episode: Node
    outcome: Node | None
    drugs: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    reason: str = ""


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


def _whole_drugs(evidence: Evidence, episode: Node) -> tuple[frozenset[str], frozenset[str]]:
    drugs = frozenset(
        drug
        for exposure in words.judged_exposures(evidence, episode)
        if slug(exposure.text("exposureExtent") or "whole") == "whole"
        for drug in exposure.texts("ofDrug")
    )
    return drugs, frozenset(concept for drug in drugs for concept in evidence.with_ancestors(drug))


def _own_reason(evidence: Evidence, line: _Candidate, *, any_primary: bool) -> str:
    """Why a line does not count, looking at itself only; empty if nothing speaks against it."""
    outcome, people = line.outcome, line.people
    if slug(line.study.text("publicationStatus") or "published") == "retracted":
        return "retracted study"
    conditions = people.texts("underlyingCondition")
    if not any(SJOGREN in evidence.with_ancestors(condition) for condition in conditions):
        named = ", ".join(evidence.name(condition) for condition in conditions)
        return f"indirect evidence: {named or 'condition not known'}"
    if outcome is None:
        return "no outcome recorded"
    if not is_nerve_response(evidence, outcome):
        return f"{evidence.name(outcome.text('domain'))} is not a response of the nerve"
    if not evidence.counts.get(outcome.iri):
        return "no counted people"
    if any_primary and DEFAULT_RULE not in outcome.texts("primaryUnder"):
        rivals = evidence.outcomes.get(line.episode.iri, ())
        taken = any(DEFAULT_RULE in rival.texts("primaryUnder") for rival in rivals)
        return "another outcome of this treatment is taken" if taken else "two outcomes compete, so none is taken"
    place = evidence.place_of(outcome)
    if place is None or place.depth == TITLE_ONLY:
        return "outcome read from a title only" if place else "place not recorded"
    if people.integer("size") is None:
        return "number of people unknown"
    if outcome.integer("nAssessed") is None:
        return "number of people assessed unknown"
    if not line.drugs:
        return "only part of the group had the drug"
    return "rechallenge of people already counted" if line.episode.text("rechallengeOf") else ""


def _double_reason(line: _Candidate, parents: dict[str, Node], countable: dict[str, list[_Candidate]]) -> str:
    """Why a line would count people twice for each of its drugs; empty if it would not."""
    left = line.drugs
    for group in ancestors(line.people, parents):
        left = left.difference(*(other.classes for other in countable.get(group.iri, ())))
        if not left:
            return f"counted within “{group.text('rdfs:label')}”"
    earlier = (other.classes for other in countable.get(line.people.iri, ()) if _is_before(other.episode, line.episode))
    return "" if left.difference(*earlier) else "later treatment of people counted for an earlier one"


def _parts_reason(people: Node, parents: dict[str, Node]) -> str:
    for group in ancestors(people, parents):
        if slug(group.text("partition") or "unknown") != "disjoint":
            return f"the parts of “{group.text('rdfs:label')}” are not known to be disjoint"
    return ""


def _is_before(one: Node, other: Node) -> bool:
    first, second = one.integer("order"), other.integer("order")
    return first is not None and second is not None and first < second


def is_nerve_response(evidence: Evidence, outcome: Node) -> bool:
    """True if the outcome's domain is a response of the nerve; true as well where no vocabulary is in the graph."""
    domain = outcome.text("domain")
    return domain is None or domain not in evidence.broader or NERVE_RESPONSE in evidence.with_ancestors(domain)


def _doubts(evidence: Evidence, line: _Candidate) -> tuple[str, ...]:
    found = []
    place = evidence.place_of(line.outcome or line.episode)
    if place is None:
        found.append("place not recorded")
    elif place.depth in _DOUBTFUL_DEPTHS:
        found.append(_DOUBTFUL_DEPTHS[place.depth])
    if line.people.integer("size") is None:
        found.append(f"number of people {words.size_words(line.people)}")
    labels = {other.iri: other.text("rdfs:label") or other.key for other in evidence.studies}
    for other in line.study.texts("mayOverlap"):
        found.append(f"may share people with {labels.get(other, slug(other))}")
    return tuple(found)
