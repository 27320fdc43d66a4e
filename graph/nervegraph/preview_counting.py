"""Whether an outcome will be counted in default answers, and if not, why: the counting pattern of the questions.

The pattern itself is the block marked `counting` in `queries/questions/responses_by_study.rq`; the reasons are those of
`queries/questions/shown_not_counted.rq`. A test compares the two. Here it runs on one record, before anything is built.
"""

from __future__ import annotations

from dataclasses import dataclass

from nervegraph import model
from nervegraph.crosschecks.outcomes import NOT_A_NERVE_RESPONSE, find_primary_candidates
from nervegraph.crosschecks.parts import OutcomeAt, PeopleAt, StudyParts, TreatmentAt
from nervegraph.vocabulary import Vocabulary

SJOGREN = "sjogren-disease"
NOT_JUDGED_ROLES = frozenset({"background", "symptomatic"})


@dataclass(frozen=True)
class Verdict:
    """Whether an outcome enters default answers, and the words that say so."""

    is_counted: bool
    words: str


COUNTED = Verdict(True, "counted once")


def judged_drugs(treatment: model.Treatment) -> frozenset[str]:
    """The drugs that the whole group had and whose effect is judged; people are counted under each of them."""
    return frozenset(
        drug.drug for drug in treatment.drugs if drug.extent == "whole" and drug.role not in NOT_JUDGED_ROLES
    )


class Counting:
    """Verdicts on all outcomes of one record."""

    def __init__(self, record: model.StudyFile, vocabulary: Vocabulary) -> None:
        self.study = StudyParts(record)
        self._vocabulary = vocabulary
        self._by_treatment: dict[int, list[OutcomeAt]] = {}
        for outcome in self.study.outcomes:
            self._by_treatment.setdefault(id(outcome.treatment), []).append(outcome)
        self._own = {id(outcome): self._own_verdict(outcome) for outcome in self.study.outcomes}

    def outcomes_of(self, treatment: TreatmentAt) -> list[OutcomeAt]:
        """The outcomes of one line of treatment."""
        return self._by_treatment.get(id(treatment), [])

    def verdict(self, outcome: OutcomeAt) -> Verdict:
        """Whether and why the outcome is counted in answers about all neuropathies in Sjögren's disease."""
        own = self._own[id(outcome)]
        if not own.is_counted:
            return own
        treatment, people = outcome.treatment, outcome.people
        if treatment.part.rechallenge_of is not None:
            return Verdict(False, f"not counted again: repeats '{treatment.part.rechallenge_of}' in the same people")
        wholes = self._wholes(people)
        for whole in wholes:
            if isinstance(whole.part, model.Group) and whole.part.parts != "disjoint":
                return Verdict(False, f"shown, not counted: the parts of '{whole.part.id}' may share patients")
        for whole in wholes:
            if self._counts_for(whole, treatment):
                narrower = "its neuropathy" if self._has_own_target(treatment, whole) else "it alone"
                return Verdict(
                    False, f"part of '{whole.part.id}', which is counted; counted where a question is about {narrower}"
                )
        for earlier in self.study.treatments:
            if earlier.people is people and self._is_before(earlier, treatment) and self._is_sound(earlier, treatment):
                return Verdict(False, f"not counted again: the same people count under '{earlier.part.id}'")
        return COUNTED

    def _own_verdict(self, outcome: OutcomeAt) -> Verdict:
        """The verdict on an outcome by itself, leaving aside who else is counted."""
        part, people = outcome.part, outcome.people
        record = self.study.record
        if record.status == "retracted":
            return Verdict(False, "kept out: the study is retracted")
        conditions = people.part.condition or record.condition
        if not any(self._vocabulary.is_a("condition", condition, SJOGREN) for condition in conditions):
            named = " and ".join(self._vocabulary.label("condition", condition) for condition in conditions)
            return Verdict(False, f"kept out: not Sjögren's disease ({named})")
        if part.domain in NOT_A_NERVE_RESPONSE:
            return Verdict(False, "shown, not counted: not a response of the nerve")
        if part.status != "reported":
            return Verdict(False, "nothing to count")
        if not part.counts:
            return Verdict(False, "shown, not counted: no number of people")
        rivals = find_primary_candidates(self.outcomes_of(outcome.treatment))
        if outcome not in rivals:
            return Verdict(False, f"shown, not counted: '{rivals[0].part.id}' speaks for these people")
        if len(rivals) > 1:
            return Verdict(False, "shown, not counted: no single outcome speaks for these people")
        if self.study.reading_depth(outcome.place) == "title-only":
            return Verdict(False, "shown, not counted: read from a title only")
        if people.size is None:
            return Verdict(False, "shown, not counted: number of patients unknown")
        if part.assessed is None and not people.is_person:
            return Verdict(False, "shown, not counted: number of people assessed unknown")
        if not judged_drugs(outcome.treatment.part):
            return Verdict(False, "shown, not counted: no drug was given to all of them")
        return COUNTED

    def _wholes(self, people: PeopleAt) -> list[PeopleAt]:
        """The groups that these people are part of, the nearest first."""
        found: list[PeopleAt] = []
        whole = self.study.people_by_id.get(people.part.part_of or "")
        while whole is not None and whole not in found:
            found.append(whole)
            whole = self.study.people_by_id.get(whole.part.part_of or "")
        return found

    def _counts_for(self, people: PeopleAt, treatment: TreatmentAt) -> bool:
        return any(each.people is people and self._is_sound(each, treatment) for each in self.study.treatments)

    def _is_sound(self, other: TreatmentAt, treatment: TreatmentAt) -> bool:
        """True if the other line has a drug in common and an outcome that counts by itself."""
        shared = judged_drugs(other.part) & judged_drugs(treatment.part)
        return bool(shared) and any(self._own[id(outcome)].is_counted for outcome in self.outcomes_of(other))

    @staticmethod
    def _is_before(one: TreatmentAt, other: TreatmentAt) -> bool:
        orders = (one.part.order, other.part.order)
        return orders[0] is not None and orders[1] is not None and orders[0] < orders[1]

    @staticmethod
    def _has_own_target(treatment: TreatmentAt, whole: PeopleAt) -> bool:
        return set(treatment.part.target or treatment.people.part.neuropathy) != set(whole.part.neuropathy)
