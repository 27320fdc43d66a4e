"""Rules about what was said and how it was judged: claims, evidence, comparisons, printed numbers, appraisals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from nervegraph import model
from nervegraph.crosschecks.parts import StudyParts, StudyRules
from nervegraph.crosschecks.people import WITHOUT_PEOPLE
from nervegraph.crosschecks.rules import Defect
from nervegraph.study_tree import TreePath

BOOK = StudyRules()

_WORD = r"[a-z0-9]+(?:-[a-z0-9]+)*"
EVIDENCE_ITEM = re.compile(rf"(?P<study>{_WORD}): (?P<key>{_WORD}\.{_WORD}\.{_WORD})")
"""The form of an evidence item: the study's id, then people, treatment and outcome, joined by points."""


def find_evidence_items(record: model.StudyFile) -> Iterator[tuple[str, str, TreePath]]:
    """Study id, outcome key and path of each well-formed evidence item."""
    for path, text in _items(record):
        found = EVIDENCE_ITEM.fullmatch(text)
        if found:
            yield found["study"], found["key"], path


def _items(record: model.StudyFile) -> Iterator[tuple[TreePath, str]]:
    for at, claim in enumerate(record.claims):
        for line_at, line in enumerate(claim.evidence):
            for item_at, item in enumerate(line.items):
                yield ("claims", at, "evidence", line_at, "items", item_at), item


def _near(key: str, known: frozenset[str]) -> str:
    start = key.split(".")[0]
    near = sorted(other for other in known if other.split(".")[0] == start) or sorted(known)
    return f"The outcomes here are: {', '.join(near[:6])}{' …' if len(near) > 6 else ''}." if near else ""


@BOOK.rule("claim-evidence-malformed")
def _claim_evidence_malformed(study: StudyParts) -> Iterator[Defect]:
    """An evidence item points to one outcome of one study, so that a reader can follow it."""
    for path, text in _items(study.record):
        if not EVIDENCE_ITEM.fullmatch(text):
            yield Defect(
                path,
                f"'{text}' does not name an outcome.",
                "Write the study, a colon, a space, then people, treatment and outcome joined by points, in quotes: "
                '"rist-2011: all.first.global".',
            )


@BOOK.rule("evidence-of-unknown")
def _evidence_of_unknown(study: StudyParts) -> Iterator[Defect]:
    """Evidence from this very study must be an outcome in this file."""
    if not _keys_are_complete(study):
        return
    for study_id, key, path in find_evidence_items(study.record):
        if study_id == study.record.study and key not in study.outcome_keys:
            yield Defect(path, f"There is no outcome '{key}' in this file.", _near(key, study.outcome_keys))


def _keys_are_complete(study: StudyParts) -> bool:
    if not study.unread:
        return True
    named: list[model.Part] = [people.part for people in study.people]
    named += [treatment.part for treatment in study.treatments]
    named += [outcome.part for outcome in study.outcomes]
    fields = ("id", "treatments", "outcomes")
    lists = ("people", "groups")
    return all(study.was_read(part, name) for part in named for name in fields) and all(
        study.was_read(study.record, name) for name in lists
    )


@BOOK.rule("comparison-of-unknown")
def _comparison_of_unknown(study: StudyParts) -> Iterator[Defect]:
    """A comparison is made within one study, between outcomes of this file; across studies it is refused."""
    if not _keys_are_complete(study):
        return
    for at, comparison in enumerate(study.record.comparisons):
        for key_at, key in enumerate(comparison.outcomes):
            if key not in study.outcome_keys:
                yield Defect(
                    ("comparisons", at, "outcomes", key_at),
                    f"There is no outcome '{key}' in this file.",
                    f"Write people, treatment and outcome joined by points. {_near(key, study.outcome_keys)}".strip(),
                )


@BOOK.rule("comparison-of-one")
def _comparison_of_one(study: StudyParts) -> Iterator[Defect]:
    """An outcome is not compared with itself."""
    for at, comparison in enumerate(study.record.comparisons):
        if comparison.outcomes and len(set(comparison.outcomes)) < len(comparison.outcomes):
            yield Defect(
                ("comparisons", at, "outcomes"),
                f"The comparison '{comparison.id}' names one outcome twice.",
                "Name the outcomes of the two groups.",
            )


@BOOK.rule("evidence-item-twice")
def _evidence_item_twice(study: StudyParts) -> Iterator[Defect]:
    """One observation weighs once in one line, and cannot both support and dispute a claim."""
    for at, claim in enumerate(study.record.claims):
        seen: set[str] = set()
        for line_at, line in enumerate(claim.evidence):
            for item_at, item in enumerate(line.items):
                if item in seen:
                    path = ("claims", at, "evidence", line_at, "items", item_at)
                    yield Defect(path, f"'{item}' bears on this claim already.", "Keep it in one evidence line.")
                seen.add(item)


@BOOK.rule("appraised-twice")
def _appraised_twice(study: StudyParts) -> Iterator[Defect]:
    """A reader gives one answer to an item; two readers may differ, and that is kept."""
    seen: set[tuple[str, str]] = set()
    for at, appraisal in enumerate(study.record.appraisal):
        given = (_bare(appraisal.by), appraisal.item)
        if all(given) and given in seen:
            yield Defect(
                ("appraisal", at, "item"),
                f"'{appraisal.by}' has answered the item '{appraisal.item}' already.",
                "Keep one answer, or name the other reader under 'by'.",
            )
        seen.add(given)


def _bare(reader: str) -> str:
    """Two spellings of a name that would become one IRI are one reader."""
    return re.sub(r"[^a-z0-9]+", "-", reader.lower()).strip("-")


@BOOK.rule("appraised-unread")
def _appraised_unread(study: StudyParts) -> Iterator[Defect]:
    """From a title nothing can be appraised; an item that was not read is left out."""
    for at, appraisal in enumerate(study.record.appraisal):
        if study.reading_depth(appraisal.where) == "title-only":
            yield Defect(
                ("appraisal", at, "where"),
                f"Only the title of '{appraisal.where.source}' was read, which answers no item.",
                "Delete the entry, or name the source that was read.",
            )


@BOOK.rule("appraised-without-people")
def _appraised_without_people(study: StudyParts) -> Iterator[Defect]:
    """The items are about people described by the study itself; a review or guideline needs other questions."""
    record = study.record
    read = study.was_read(record, "people") and study.was_read(record, "groups")
    if record.appraisal and read and not study.people:
        yield Defect(
            ("appraisal",),
            "This study describes no people of its own, so that the items of appraisal do not fit it.",
            "Appraise the studies that describe the people.",
            at_key=True,
        )


def _percentages(study: StudyParts) -> Iterator[tuple[str, TreePath]]:
    for at, number in enumerate(study.record.numbers):
        if number.percent:
            yield number.percent, ("numbers", at, "percent")
    for outcome in study.outcomes:
        if outcome.part.percentage is not None and outcome.part.percentage.percent:
            yield outcome.part.percentage.percent, (*outcome.path, "percentage", "percent")
    for people in study.people:
        if isinstance(people.part, model.Group) and people.part.percent_women:
            yield people.part.percent_women, (*people.path, "percent women")


@BOOK.rule("percent-out-of-range")
def _percent_out_of_range(study: StudyParts) -> Iterator[Defect]:
    """A share of people lies between 0 and 100 %. That it fits its own count is not asked: a misprint is evidence."""
    for percent, path in _percentages(study):
        if not 0 <= Decimal(percent) <= 100:
            yield Defect(path, f"{percent} % of people cannot be.", "Check it; a change of a score is a 'change'.")


def _numbers(study: StudyParts) -> dict[str, model.ReportedNumber]:
    return {number.id: number for number in study.record.numbers if number.id}


@BOOK.rule("share-of-unknown")
def _share_of_unknown(study: StudyParts) -> Iterator[Defect]:
    """What a number is a share or a part of is another number of the same file."""
    known = _numbers(study)
    if len(known) < len(study.record.numbers) and any(not number.id for number in study.record.numbers):
        return
    for at, number in enumerate(study.record.numbers):
        for field, target in (("share of", number.share_of), ("part of", number.part_of)):
            if target and target not in known:
                yield Defect(
                    ("numbers", at, field),
                    f"There is no number '{target}' in this file.",
                    f"The numbers are: {', '.join(known)}.",
                )


@BOOK.rule("share-of-itself")
def _share_of_itself(study: StudyParts) -> Iterator[Defect]:
    """A number is a share of a larger one."""
    known = _numbers(study)
    for at, number in enumerate(study.record.numbers):
        for words, field in (("share of", "share_of"), ("part of", "part_of")):
            seen: list[str] = []
            target: str | None = number.id
            while target is not None and target not in seen:
                seen.append(target)
                target = getattr(known[target], field) if target in known else None
            if number.id and target == number.id:
                circle = f" is {words} ".join([*seen, target])
                yield Defect(("numbers", at, words), f"{circle}.", "Name the whole it belongs to, or delete the line.")


@BOOK.rule("share-larger-than-whole")
def _share_larger_than_whole(study: StudyParts) -> Iterator[Defect]:
    """18 of 22 can be printed, 22 of 18 cannot be meant."""
    known = _numbers(study)
    for at, number in enumerate(study.record.numbers):
        whole = known.get(number.share_of or number.part_of or "")
        if whole is not None and whole is not number and number.value > whole.value and study.was_read(whole, "value"):
            yield Defect(
                ("numbers", at, "value"),
                f"'{number.id}' is {number.value}, more than '{whole.id}' ({whole.value}), which it is a share of.",
                "Check both numbers, and which one is the whole.",
            )


@BOOK.rule("number-parts-exceed-whole", "warning")
def _number_parts_exceed_whole(study: StudyParts) -> Iterator[Defect]:
    """Disjoint parts cannot exceed the whole. A misprint of the source stays as it is, so that this only warns."""
    for at, number in enumerate(study.record.numbers):
        parts = [part.value for part in study.record.numbers if number.id and part.part_of == number.id]
        if number.parts == "disjoint" and parts and max(parts) <= number.value < sum(parts):
            yield Defect(
                ("numbers", at, "parts"),
                f"The disjoint parts of '{number.id}' add up to {sum(parts)}, more than {number.value}.",
                "If the source prints them so, leave them; else check the numbers, or write 'parts: overlapping'.",
            )


@BOOK.rule("studies-counted-outside-a-review")
def _studies_counted_outside_a_review(study: StudyParts) -> Iterator[Defect]:
    """Only a work about studies counts studies; anybody else's design and timing stand at the top of the file."""
    if not study.record.design or study.record.design in WITHOUT_PEOPLE:
        return
    for at, number in enumerate(study.record.numbers):
        for field in ("design", "timing"):
            if getattr(number, field):
                yield Defect(
                    ("numbers", at, field),
                    f"A {study.record.design.replace('-', ' ')} has no numbers of studies.",
                    f"Delete the line; the '{field}' of this study stands at the top of the file.",
                    at_key=True,
                )


@BOOK.rule("design-of-no-studies")
def _design_of_no_studies(study: StudyParts) -> Iterator[Defect]:
    """Design and timing beside a number are those of the studies that it counts."""
    for at, number in enumerate(study.record.numbers):
        for field in ("design", "timing"):
            if getattr(number, field) and number.counts != "studies" and study.was_read(number, "counts"):
                yield Defect(
                    ("numbers", at, field),
                    f"'{number.id}' has a {field}, but does not say that it counts studies.",
                    f"Add 'counts: studies', or delete the {field}.",
                    at_key=True,
                )
