"""Rules about outcomes: the counts of one outcome, and which of several speaks for the people treated.

What may be summed and what may not: decisions of the evidence model on outcomes (domains, the response tree) and on
who is counted (one outcome per group, by a named rule).
"""

from __future__ import annotations

from collections.abc import Iterator

from nervegraph.crosschecks.parts import OutcomeAt, StudyParts, StudyRules, TreatmentAt
from nervegraph.crosschecks.rules import Defect

BOOK = StudyRules()

NOT_A_NERVE_RESPONSE = frozenset({"treatment-sparing", "systemic-disease", "test-result"})
PARTS_OF_IMPROVED = ("partly-improved", "remission")


def find_primary_candidates(outcomes: list[OutcomeAt]) -> list[OutcomeAt]:
    """The outcomes of one treatment that are equal candidates to speak for it under the default rule.

    Curator's choice, else a global judgement of the neuropathy, else disability, else whatever is left, as in
    `queries/derive/primary_outcome.rq`. An outcome without counts or not about the nerve cannot speak for anybody.
    """
    countable = [each for each in outcomes if each.counts and each.part.domain not in NOT_A_NERVE_RESPONSE]
    chosen = [outcome for outcome in countable if outcome.part.curators_choice]
    if chosen:
        return chosen
    for domain in ("neuropathy-overall", "disability"):
        ranked = [outcome for outcome in countable if outcome.part.domain == domain]
        if ranked:
            return ranked
    return countable


def sum_of_counts(counts: dict[str, int]) -> int:
    """How many people the counts speak of: partly improved and remission are inside improved, not beside it."""
    inside = sum(counts.get(slug, 0) for slug in PARTS_OF_IMPROVED)
    beside = sum(n for slug, n in counts.items() if slug not in (*PARTS_OF_IMPROVED, "improved"))
    return max(counts.get("improved", 0), inside) + beside


def _words(slug: str) -> str:
    return slug.replace("-", " ")


def _of_groups(study: StudyParts) -> Iterator[OutcomeAt]:
    return (outcome for outcome in study.outcomes if not outcome.people.is_person)


@BOOK.rule("more-than-assessed")
def _more_than_assessed(study: StudyParts) -> Iterator[Defect]:
    """A count of people with a response cannot exceed the people assessed (7 of 5)."""
    for outcome in _of_groups(study):
        assessed = outcome.part.assessed
        if assessed is None:
            continue
        for slug, n in outcome.counts.items():
            if n > assessed and outcome.part.response is None:
                yield Defect(
                    (*outcome.path, _words(slug)),
                    f"'{_words(slug)}' is {n}, but only {assessed} were assessed.",
                    "Check both numbers against the source.",
                )


@BOOK.rule("counts-not-adding-up")
def _counts_not_adding_up(study: StudyParts) -> Iterator[Defect]:
    """Responses of one outcome exclude each other, so together they cannot exceed the people assessed."""
    for outcome in _of_groups(study):
        counts, assessed = outcome.counts, outcome.part.assessed
        if assessed is None or not counts or outcome.part.response is not None:
            continue
        total = sum_of_counts(counts)
        if total > assessed >= max(counts.values()):
            stated = ", ".join(f"{n} {_words(slug)}" for slug, n in counts.items())
            yield Defect(
                (*outcome.path, "assessed"),
                f"The responses add up to {total} ({stated}), but only {assessed} were assessed.",
                "Count each person under one response; partly improved and remission are already inside improved.",
            )


@BOOK.rule("improved-less-than-its-parts")
def _improved_less_than_its_parts(study: StudyParts) -> Iterator[Defect]:
    """Whoever improved partly or is in remission has improved, so that improved is at least their sum."""
    for outcome in _of_groups(study):
        counts = outcome.counts
        inside = sum(counts.get(slug, 0) for slug in PARTS_OF_IMPROVED)
        if "improved" in counts and inside > counts["improved"]:
            yield Defect(
                (*outcome.path, "improved"),
                f"'improved' is {counts['improved']}, but partly improved and remission, which belong to it, "
                f"add up to {inside}.",
                "Write under improved everybody who improved in any degree.",
            )


@BOOK.rule("assessed-missing")
def _assessed_missing(study: StudyParts) -> Iterator[Defect]:
    """A count without the number it is a share of says nothing; fewer may be assessed than were treated."""
    for outcome in _of_groups(study):
        part = outcome.part
        stated = [slug for slug in outcome.counts if part.response is None]
        if stated and "assessed" not in part.model_fields_set and study.was_read(part, "assessed"):
            yield Defect(
                (*outcome.path, _words(stated[0])),
                f"'{_words(stated[0])}' is given, but not of how many.",
                "Add 'assessed:' with the number of people in whom this was looked at, or 'assessed: not reported'.",
                at_key=True,
            )


@BOOK.rule("assessed-more-than-group")
def _assessed_more_than_group(study: StudyParts) -> Iterator[Defect]:
    """Nobody outside the group can be assessed in it."""
    for outcome in _of_groups(study):
        assessed, size = outcome.part.assessed, outcome.people.size
        if assessed is not None and size is not None and assessed > size:
            yield Defect(
                (*outcome.path, "assessed"),
                f"{assessed} were assessed, but {outcome.people.name} has {size} patients.",
                "Check both numbers against the source.",
            )


@BOOK.rule("response-in-group")
def _response_in_group(study: StudyParts) -> Iterator[Defect]:
    """`response` is the short form for one person; a group needs counts, or it would count as one person."""
    for outcome in _of_groups(study):
        if outcome.part.response is not None:
            word = _words(outcome.part.response)
            yield Defect(
                (*outcome.path, "response"),
                "'response' is for a single person, and this is a group.",
                f"Write how many: '{word}: N' with 'assessed: N'; where the source gives no number, use "
                "'group result', 'quantified' or 'percentage'.",
                at_key=True,
            )


@BOOK.rule("counts-for-a-person")
def _counts_for_a_person(study: StudyParts) -> Iterator[Defect]:
    """A person has one response in an outcome; counts would let one person count as several."""
    for outcome in study.outcomes:
        part = outcome.part
        counted = {**(outcome.counts if part.response is None else {}), "assessed": part.assessed}
        also = [slug for slug, n in counted.items() if n is not None]
        if outcome.people.is_person and also:
            yield Defect(
                (*outcome.path, _words(also[0])),
                f"'{_words(also[0])}' is a count, and this is one person.",
                "Write 'response:' and the word for what happened, as in 'response: improved'.",
                at_key=True,
            )


def _says_something(outcome: OutcomeAt) -> bool:
    part = outcome.part
    told = (part.quantified, part.percentage, part.change, part.group_result)
    return bool(outcome.counts) or any(value is not None for value in told)


def _may_hide_a_result(study: StudyParts, outcome: OutcomeAt) -> bool:
    """True if a field with a result stands in the file and could not be read; another finding says so."""
    if not study.unread:
        return False
    results = ("response", "improved", "partly_improved", "remission", "improved_or_stable", "stable", "worsened",
               "not_improved", "quantified", "percentage", "change", "group_result", "status")  # fmt: skip
    return any(not study.was_read(outcome.part, name) for name in results)


@BOOK.rule("reported-but-empty")
def _reported_but_empty(study: StudyParts) -> Iterator[Defect]:
    """An outcome that is reported says what happened; what was not found in the source is a status of its own."""
    for outcome in study.outcomes:
        silent = not _says_something(outcome) and not _may_hide_a_result(study, outcome)
        if outcome.part.status == "reported" and silent:
            yield Defect(
                outcome.path,
                f"The outcome '{outcome.part.id}' does not say what happened.",
                "Write the response, or 'status: not reported' (or 'not read') with 'because:'.",
            )


@BOOK.rule("not-reported-but-counted")
def _not_reported_but_counted(study: StudyParts) -> Iterator[Defect]:
    """What was not read, not reported or not broken down has no counts; counts would enter sums."""
    for outcome in study.outcomes:
        if outcome.part.status not in ("reported", "") and outcome.counts:
            yield Defect(
                (*outcome.path, "status"),
                f"The status is '{_words(outcome.part.status)}', but a response is given.",
                "Delete one of the two.",
            )


@BOOK.rule("status-without-reason")
def _status_without_reason(study: StudyParts) -> Iterator[Defect]:
    """Unknown stays unknown with a reason, so that a reader can tell a silent source from an unread page."""
    for outcome in study.outcomes:
        if outcome.part.status not in ("reported", "") and outcome.part.because is None:
            yield Defect(
                (*outcome.path, "status"),
                f"The outcome is '{_words(outcome.part.status)}', but it is not said why.",
                "Add 'because:' with a few words, as in 'because: the tables could not be read'.",
            )


@BOOK.rule("two-primaries")
def _two_primaries(study: StudyParts) -> Iterator[Defect]:
    """One outcome speaks for the people of one treatment, else they would be counted twice."""
    for _, outcomes in _by_treatment(study):
        chosen = [outcome for outcome in outcomes if outcome.part.curators_choice]
        for outcome in chosen[1:]:
            yield Defect(
                (*outcome.path, "curators choice"),
                f"'{outcome.part.id}' and '{chosen[0].part.id}' are both the curator's choice for one treatment.",
                "Keep 'curators choice: yes' in one of them.",
            )


@BOOK.rule("primary-not-clear")
def _primary_not_clear(study: StudyParts) -> Iterator[Defect]:
    """Where several outcomes rank alike under the default rule, a person decides, not the order in the file."""
    for treatment, outcomes in _by_treatment(study):
        candidates = find_primary_candidates(outcomes)
        if len(candidates) > 1 and not any(outcome.part.curators_choice for outcome in outcomes):
            names = ", ".join(outcome.part.id for outcome in candidates)
            yield Defect(
                (*treatment.path, "outcomes"),
                f"Several outcomes could speak for '{treatment.part.id}': {names}.",
                "Write 'curators choice: yes' in the one that says best how the neuropathy went.",
                at_key=True,
            )


def _by_treatment(study: StudyParts) -> Iterator[tuple[TreatmentAt, list[OutcomeAt]]]:
    outcomes: dict[int, list[OutcomeAt]] = {}
    for outcome in study.outcomes:
        outcomes.setdefault(id(outcome.treatment), []).append(outcome)
    for treatment in study.treatments:
        if id(treatment) in outcomes:
            yield treatment, outcomes[id(treatment)]


@BOOK.rule("not-a-nerve-outcome-chosen")
def _not_a_nerve_outcome_chosen(study: StudyParts) -> Iterator[Defect]:
    """Treatment spared, systemic disease and test results never stand for the response of the neuropathy."""
    for outcome in study.outcomes:
        if outcome.part.curators_choice and outcome.part.domain in NOT_A_NERVE_RESPONSE:
            yield Defect(
                (*outcome.path, "curators choice"),
                f"'{outcome.part.id}' is about {_words(outcome.part.domain)}; it cannot speak for the neuropathy.",
                "Delete this line; the outcome is shown, and enters no count of responses.",
            )


@BOOK.rule("title-only-outcome")
def _title_only_outcome(study: StudyParts) -> Iterator[Defect]:
    """What is known from a title only stays out of default counts, so that it cannot be chosen into them."""
    for outcome in study.outcomes:
        if outcome.part.curators_choice and study.reading_depth(outcome.place) == "title-only":
            yield Defect(
                (*outcome.path, "curators choice"),
                f"'{outcome.part.id}' was read from a title only; it is shown, but cannot be counted.",
                "Delete this line, or read the abstract and change 'where'.",
            )


@BOOK.rule("chosen-without-counts")
def _chosen_without_counts(study: StudyParts) -> Iterator[Defect]:
    """An outcome without counts can speak for nobody; choosing it would silently drop the people."""
    for outcome in study.outcomes:
        part = outcome.part
        hidden = _may_hide_a_result(study, outcome)
        if part.curators_choice and part.status == "reported" and _says_something(outcome) and not outcome.counts:
            if hidden:
                continue
            yield Defect(
                (*outcome.path, "curators choice"),
                f"'{part.id}' gives no number of people, so that nobody could be counted by it.",
                "Delete this line, or choose an outcome with counts.",
            )
