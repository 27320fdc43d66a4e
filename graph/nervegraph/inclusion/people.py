"""How many people of a study are eligible for a review, and how many of them had a drug: what is certain, and at most.

A group whose people are eligible counts as a whole; of any other its parts do. Parts are added up only where they are
disjoint; else the largest is certain. Groups that are part of none are taken for different people, as in every answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from nervegraph.inclusion.constraints import Range

_NOBODY, _ANYBODY = Range(0, 0), Range(0, None)


@dataclass(frozen=True)
class Use:
    """A drug in a group's line of treatment: had by how many (None if not known), by all or not, alone or not."""

    line: str
    drug: str
    treated: int | None
    wholly: bool
    aloneness: str


@dataclass(frozen=True)
class GroupOfStudy:
    """A group or person of a study; `eligible` says that the review's condition and neuropathy are told of them.

    `open` says that its condition leaves it possible that some are eligible who are not told of apart.
    """

    iri: str
    size: Range
    whole: str
    parts_disjoint: bool
    eligible: bool
    open: bool
    uses: tuple[Use, ...]


def count_people(groups: Sequence[GroupOfStudy]) -> Range:
    """The eligible people of a study."""

    def own(group: GroupOfStudy, parts: Sequence[GroupOfStudy]) -> Range | None:
        if group.eligible:
            return group.size
        return _ANYBODY if group.open and not parts else None

    return _count(groups, own)


def count_users(groups: Sequence[GroupOfStudy], drug: str, *, only_this_drug: bool) -> Range:
    """The eligible people who had a drug, or who had it and no other; nothing is certain of unknown treatments."""
    eligible = [group for group in groups if group.eligible]
    if not any(group.uses for group in eligible):
        return _ANYBODY if eligible or count_people(groups).at_most is None else _NOBODY

    def own(group: GroupOfStudy, parts: Sequence[GroupOfStudy]) -> Range | None:
        if not group.eligible:
            return None
        ranges = [_users(use, group, only_this_drug=only_this_drug) for use in group.uses if use.drug == drug]
        if not ranges:
            return _NOBODY if group.uses or parts or _is_treated_within(group, groups) else _ANYBODY
        most = [each.at_most for each in ranges if each.at_most is not None]
        # Several lines of the same people: the largest is certain, and not more than all of them together.
        summed = sum(most) if len(most) == len(ranges) else None
        bounds = [bound for bound in (summed, group.size.at_most) if bound is not None]
        return Range(max(each.at_least for each in ranges), min(bounds, default=None))

    return _count(groups, own)


def find_place(groups: Sequence[GroupOfStudy]) -> str:
    """The largest eligible group, which stands for the study's people; a group of other people if nobody is."""
    ranked = sorted(groups, key=lambda group: (not group.eligible, -group.size.at_least, group.iri))
    return ranked[0].iri if ranked else ""


def _users(use: Use, group: GroupOfStudy, *, only_this_drug: bool) -> Range:
    if use.treated is not None:
        users = Range(use.treated, use.treated)
    else:
        users = group.size if use.wholly else Range(0, group.size.at_most)
    # Alone in one line is not alone for good: whoever had another line may not have been counted as such.
    one_line = len({each.line for each in group.uses}) == 1
    if not only_this_drug or (one_line and use.aloneness == "alone-stated"):
        return users
    return _NOBODY if use.aloneness == "with-others" else Range(0, users.at_most)


def _is_treated_within(group: GroupOfStudy, groups: Iterable[GroupOfStudy]) -> bool:
    """Whether a larger group around it tells of treatments."""
    by_iri = {each.iri: each for each in groups}
    whole = by_iri.get(group.whole)
    while whole is not None:
        if whole.uses:
            return True
        whole = by_iri.get(whole.whole)
    return False


def _count(
    groups: Sequence[GroupOfStudy], own: Callable[[GroupOfStudy, Sequence[GroupOfStudy]], Range | None]
) -> Range:
    by_iri = {group.iri for group in groups}
    parts_of: dict[str, list[GroupOfStudy]] = {}
    for group in groups:
        parts_of.setdefault(group.whole if group.whole in by_iri else "", []).append(group)

    def within(group: GroupOfStudy) -> Range:
        parts = parts_of.get(group.iri, [])
        inside = _together([within(part) for part in parts], disjoint=group.parts_disjoint)
        mine = own(group, parts)
        if mine is None:
            return inside
        if mine.at_most == 0:
            return inside if parts else mine
        return Range(max(mine.at_least, inside.at_least), mine.at_most)

    return _together([within(group) for group in parts_of.get("", [])], disjoint=True)


def _together(ranges: Sequence[Range], *, disjoint: bool) -> Range:
    least = [each.at_least for each in ranges]
    most = [each.at_most for each in ranges if each.at_most is not None]
    return Range(sum(least) if disjoint else max(least, default=0), sum(most) if len(most) == len(ranges) else None)
