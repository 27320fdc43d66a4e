"""Who had which drug for which neuropathy, and in how many people at least and at most, with nobody counted twice.

A group and its parts are the same people: the coarsest groups are added up. Parts that are not known to be disjoint may
share people, and so may studies that are linked by a possible overlap; then the largest alone is what is certain, and
the sum is an upper bound. Where a number is not known there is no upper bound.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nervegraph.evidence import Askable, Evidence, Node, slug
from nervegraph.evidence_lines import ancestors, people_by_iri
from nervegraph.rdfterms import Iri, Literal, Term
from nervegraph.resources import resource_directory


@dataclass(frozen=True)
class DrugUse:
    """A drug in one line of treatment of one person or group.

    :param whole: whether everybody of the group had it.
    :param people: how many had it, None where that is not known.
    :param aloneness: the slug of how far the drug was alone; empty for what is no immune drug.
    """

    study: str
    group: Node
    episode: Node
    drug: str
    whole: bool
    people: int | None
    aloneness: str


@dataclass(frozen=True)
class PeopleBounds:
    """How many people at least and at most; `at_most` is None where a number is not known."""

    at_least: int
    at_most: int | None


def read_drug_uses(store: Askable, evidence: Evidence, condition: str | None) -> list[DrugUse]:
    """Every drug of every line of treatment.

    :param condition: the IRI of an underlying condition; only people who have it, or a narrower one, are taken.
    """
    studies = {people.iri: study for study, group in evidence.people.items() for people in group}
    groups = people_by_iri(evidence)
    episodes = {episode.iri: episode for own in evidence.episodes.values() for episode in own}
    query = (resource_directory("queries") / "network" / "drug_uses.rq").read_text(encoding="utf-8")
    uses = []
    for row in store.select(query).rows:
        group, episode, drug, whole, treated, alone = (_value(term) for term in row)
        if group in groups and episode in episodes and _has_condition(evidence, groups[group], condition):
            people = int(treated) if treated else None
            use = DrugUse(studies[group], groups[group], episodes[episode], drug, whole == "true", people, slug(alone))
            uses.append(use)
    return uses


def count_people_by_study(uses: Iterable[DrugUse], evidence: Evidence) -> dict[str, PeopleBounds]:
    """How many people of each study these uses are about."""
    parents = people_by_iri(evidence)
    by_study: dict[str, dict[str, list[DrugUse]]] = {}
    for use in uses:
        by_study.setdefault(use.study, {}).setdefault(use.group.iri, []).append(use)
    return {study: _count(groups, parents) for study, groups in by_study.items()}


def _value(term: Term | None) -> str:
    return term.value if isinstance(term, Iri | Literal) else ""


def _has_condition(evidence: Evidence, group: Node, condition: str | None) -> bool:
    conditions = group.texts("underlyingCondition")
    return condition is None or any(condition in evidence.with_ancestors(each) for each in conditions)


def _count(groups: dict[str, list[DrugUse]], parents: dict[str, Node]) -> PeopleBounds:
    """The people of one study's groups: the coarsest only, those under one parent together if they are disjoint."""
    by_parent: dict[tuple[str, bool], list[PeopleBounds]] = {}
    for iri, uses in groups.items():
        group = uses[0].group
        around = ancestors(group, parents)
        if any(each.iri in groups for each in around):
            continue
        disjoint = all(slug(each.text("partition") or "unknown") == "disjoint" for each in around)
        top = around[-1].iri if around else iri
        by_parent.setdefault((top, disjoint), []).append(_people_of(uses))
    return _added(
        _added(bounds) if disjoint else _largest(bounds) for (_, disjoint), bounds in sorted(by_parent.items())
    )


def _people_of(uses: list[DrugUse]) -> PeopleBounds:
    """The people of one group over its lines of treatment: the same people each time, so the largest number."""
    known = [use.people for use in uses if use.people is not None]
    # Somebody had the drug, or it would not be told.
    at_least = max(known, default=1)
    size = uses[0].group.integer("size")
    at_most = size if len(uses) > len(known) or len(known) > 1 else at_least
    return PeopleBounds(at_least, at_most)


def _added(bounds: Iterable[PeopleBounds]) -> PeopleBounds:
    counted = [*bounds]
    return PeopleBounds(sum(each.at_least for each in counted), _sum_or_none(each.at_most for each in counted))


def _largest(bounds: list[PeopleBounds]) -> PeopleBounds:
    return PeopleBounds(max(each.at_least for each in bounds), _sum_or_none(each.at_most for each in bounds))


def _sum_or_none(numbers: Iterable[int | None]) -> int | None:
    total = 0
    for number in numbers:
        if number is None:
            return None
        total += number
    return total
