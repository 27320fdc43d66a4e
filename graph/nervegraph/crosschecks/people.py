"""Rules about persons and groups: sizes, parts of groups, and who may be described where."""

from __future__ import annotations

from collections.abc import Iterator

from nervegraph import model
from nervegraph.crosschecks.parts import PeopleAt, StudyParts, StudyRules
from nervegraph.crosschecks.rules import Defect

BOOK = StudyRules()

OLDEST_AGE_YEARS = 120
WITHOUT_PEOPLE = frozenset({"systematic-review", "guideline", "funding-criteria"})


def _groups(study: StudyParts) -> Iterator[tuple[PeopleAt, model.Group]]:
    for people in study.people:
        if isinstance(people.part, model.Group):
            yield people, people.part


@BOOK.rule("size-unknown-without-reason")
def _size_unknown_without_reason(study: StudyParts) -> Iterator[Defect]:
    """Unknown stays unknown with a reason; such a group is shown and enters no sum."""
    for people, group in _groups(study):
        if group.patients is None and group.because is None and study.was_read(group, "patients"):
            yield Defect(
                (*people.path, "patients"),
                f"It is not said why the number of patients in '{group.id}' is unknown.",
                "Add 'because:' with a few words, as in 'because: only the title was read'.",
            )


@BOOK.rule("group-of-nobody")
def _group_of_nobody(study: StudyParts) -> Iterator[Defect]:
    """A group has at least one person; an unknown number is not zero."""
    for people, group in _groups(study):
        if group.patients == 0 and study.was_read(group, "patients"):
            yield Defect(
                (*people.path, "patients"),
                "A group of 0 patients is nobody.",
                "Delete the group, or write 'patients: unknown' with 'because:'.",
            )


@BOOK.rule("at-least-over-at-most")
def _at_least_over_at_most(study: StudyParts) -> Iterator[Defect]:
    """The smallest possible number of patients cannot exceed the largest."""
    for people, group in _groups(study):
        if group.at_least is not None and group.at_most is not None and group.at_least > group.at_most:
            yield Defect(
                (*people.path, "at least"),
                f"'at least' is {group.at_least}, but 'at most' is {group.at_most}.",
                "Put the smaller number under 'at least'.",
            )


@BOOK.rule("size-known-and-guessed")
def _size_known_and_guessed(study: StudyParts) -> Iterator[Defect]:
    """Bounds are for a number that is not known; beside a known number one of the two is wrong."""
    for people, group in _groups(study):
        bounds = [word for word, n in (("at least", group.at_least), ("at most", group.at_most)) if n is not None]
        if bounds and group.patients:
            yield Defect(
                (*people.path, bounds[0]),
                f"'patients' is {group.patients}, so '{bounds[0]}' is not needed.",
                "Delete it, or write 'patients: unknown' if the source gives bounds only.",
                at_key=True,
            )


@BOOK.rule("planned-people-as-patients")
def _planned_people_as_patients(study: StudyParts) -> Iterator[Defect]:
    """A number of people to be recruited is not a number of people treated (nct03700138)."""
    if study.record.status != "registered":
        return
    for people, group in _groups(study):
        if group.patients:
            yield Defect(
                (*people.path, "patients"),
                "This study is registered without results, so nobody has been treated as far as the entry says.",
                f"Write 'patients: unknown' with 'because:', and the number under 'planned: {group.patients}'.",
            )


@BOOK.rule("part-of-nobody")
def _part_of_nobody(study: StudyParts) -> Iterator[Defect]:
    """People can be part of a group of this file only; otherwise they might be counted twice."""
    if any(not study.was_read(people.part, "id") for people in study.people):
        return
    for people in study.people:
        whole = people.part.part_of
        if whole and whole not in study.people_by_id:
            known = ", ".join(group.id for _, group in _groups(study) if group.id != people.part.id) or "none"
            yield Defect(
                (*people.path, "part of"),
                f"There is no group '{whole}' in this file.",
                f"The groups that {people.name} could be part of: {known}.",
            )


@BOOK.rule("part-of-a-person")
def _part_of_a_person(study: StudyParts) -> Iterator[Defect]:
    """Only groups have parts."""
    for people in study.people:
        whole = study.people_by_id.get(people.part.part_of or "")
        if whole is not None and whole.is_person:
            yield Defect(
                (*people.path, "part of"),
                f"'{whole.part.id}' is one person and has no parts.",
                "Name the group these people belong to, or delete the line.",
            )


@BOOK.rule("part-of-itself")
def _part_of_itself(study: StudyParts) -> Iterator[Defect]:
    """A circle of parts has no whole, and nobody in it could be counted."""
    for people in study.people:
        seen: list[str] = []
        at: PeopleAt | None = people
        while at is not None and at.part.id not in seen:
            seen.append(at.part.id)
            at = study.people_by_id.get(at.part.part_of or "")
        if at is not None and at.part.id == people.part.id:
            circle = " is part of ".join([*seen, people.part.id])
            yield Defect((*people.path, "part of"), f"{circle}.", "Delete one of these lines.")


@BOOK.rule("subgroup-larger-than-group")
def _subgroup_larger_than_group(study: StudyParts) -> Iterator[Defect]:
    """A part cannot have more people than the whole."""
    for people, group in _groups(study):
        whole = study.people_by_id.get(group.part_of or "")
        if whole is None or whole.is_person or whole.size is None or whole.part is group:
            continue
        smallest = group.patients if group.patients is not None else group.at_least
        if smallest is not None and smallest > whole.size:
            yield Defect(
                (*people.path, "patients"),
                f"'{group.id}' has {smallest} patients, but '{whole.part.id}', which it is part of, has {whole.size}.",
                "Check both numbers and the 'part of' line.",
            )


@BOOK.rule("parts-exceed-whole")
def _parts_exceed_whole(study: StudyParts) -> Iterator[Defect]:
    """Parts without common members cannot together have more people than the whole (rist-2011: 9+5+4+1 of 19)."""
    for people, group in _groups(study):
        sizes = [child.size for child in study.children(group.id) if child.size is not None]
        fits_one_by_one = group.patients is not None and max(sizes, default=0) <= group.patients
        if group.parts == "disjoint" and fits_one_by_one and sum(sizes) > (group.patients or 0):
            yield Defect(
                (*people.path, "parts"),
                f"The parts of '{group.id}' are said to be disjoint, but they add up to {sum(sizes)} of "
                f"{group.patients} patients.",
                "Check the sizes; if a patient can be in two parts, write 'parts: overlapping'.",
            )


@BOOK.rule("parts-not-described", "warning")
def _parts_not_described(study: StudyParts) -> Iterator[Defect]:
    """Whether parts share members decides whether they may be summed; unsaid, they are shown and never summed."""
    for people, group in _groups(study):
        if group.parts is None and study.was_read(group, "parts") and study.children(group.id):
            yield Defect(
                people.path,
                f"It is not said whether one patient can be in two parts of '{group.id}'.",
                "Add 'parts: disjoint' (also where one part is described), 'parts: overlapping' or 'parts: unknown'.",
            )


@BOOK.rule("parts-missing")
def _parts_missing(study: StudyParts) -> Iterator[Defect]:
    """A word about parts that are not there is a sign of a 'part of' line that was forgotten."""
    if any(not study.was_read(people.part, name) for people in study.people for name in ("id", "part_of")):
        return
    for people, group in _groups(study):
        if group.parts is not None and not study.children(group.id):
            yield Defect(
                (*people.path, "parts"),
                f"'parts' is given, but nobody in this file is part of '{group.id}'.",
                f"Add 'part of: {group.id}' to the parts, or delete the line.",
                at_key=True,
            )


@BOOK.rule("age-out-of-range")
def _age_out_of_range(study: StudyParts) -> Iterator[Defect]:
    """Nobody is known to have lived much longer than 120 years; such an age is a slip."""
    for people in study.people:
        is_person = isinstance(people.part, model.Person)
        word = "age" if is_person else "mean age"
        age = people.part.age if isinstance(people.part, model.Person) else people.part.mean_age
        if age is not None and not 0 <= float(age) <= OLDEST_AGE_YEARS:
            yield Defect(
                (*people.path, word),
                f"An age of {age} years cannot be right.",
                "Check it against the source; ages are in years.",
            )


@BOOK.rule("review-with-patients")
def _review_with_patients(study: StudyParts) -> Iterator[Defect]:
    """People belong to the study that treated them; a review's totals are numbers, else they would count twice."""
    if study.record.design not in WITHOUT_PEOPLE:
        return
    for field in ("people", "groups"):
        if getattr(study.record, field):
            yield Defect(
                (field,),
                f"A {study.record.design.replace('-', ' ')} has no patients of its own.",
                "Put its totals under 'numbers' and what it says under 'claims'; give each study a file of its own.",
                at_key=True,
            )


@BOOK.rule("case-report-as-group")
def _case_report_as_group(study: StudyParts) -> Iterator[Defect]:
    """The one patient of a case report is described as a person; a group of one hides age, sex and course."""
    for people, group in _groups(study):
        if study.record.design == "case-report" and group.patients == 1 and group.part_of is None:
            yield Defect(
                people.path,
                "The patient of a case report is a person.",
                "Move this entry from 'groups' to 'people' and delete its 'patients' line.",
            )
