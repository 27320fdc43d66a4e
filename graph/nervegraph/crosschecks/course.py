"""Rules about what happened under a treatment beside its outcomes: harms, stopping, events, findings, times."""

from __future__ import annotations

from collections.abc import Iterator

from nervegraph.crosschecks.parts import StudyParts, StudyRules
from nervegraph.crosschecks.rules import Defect
from nervegraph.study_tree import TreePath

BOOK = StudyRules()


def _counts(study: StudyParts) -> Iterator[tuple[str, int, TreePath, int | None]]:
    """Word, number, path and the size of the group for each count of people that is not an outcome."""
    for people in study.people:
        for at, finding in enumerate(people.part.findings):
            if finding.n is not None:
                yield "had this finding", finding.n, (*people.path, "findings", at, "n"), people.size
    for treatment in study.treatments:
        size = treatment.people.size
        for at, harm in enumerate(treatment.part.adverse_events):
            if harm.n is not None and harm.of is None:
                yield "were harmed", harm.n, (*treatment.path, "adverse events", at, "n"), size
            if harm.of is not None:
                yield "could have been harmed", harm.of, (*treatment.path, "adverse events", at, "of"), size
        for at, stopping in enumerate(treatment.part.stopped):
            if stopping.n is not None:
                yield "stopped", stopping.n, (*treatment.path, "stopped", at, "n"), size
        for at, event in enumerate(treatment.part.course):
            if event.n is not None:
                yield "had this event", event.n, (*treatment.path, "course", at, "n"), size


@BOOK.rule("more-than-group")
def _more_than_group(study: StudyParts) -> Iterator[Defect]:
    """A number of people within a group cannot exceed the group."""
    for word, n, path, size in _counts(study):
        if size is not None and n > size:
            whole = "this is one person" if size == 1 else f"the group has {size} patients"
            yield Defect(path, f"{n} {word}, but {whole}.", "Count people here, not events, and check both numbers.")


@BOOK.rule("harmed-more-than-at-risk")
def _harmed_more_than_at_risk(study: StudyParts) -> Iterator[Defect]:
    """People harmed are among those who could have been."""
    for treatment in study.treatments:
        for at, harm in enumerate(treatment.part.adverse_events):
            if harm.n is not None and harm.of is not None and harm.n > harm.of:
                yield Defect(
                    (*treatment.path, "adverse events", at, "n"),
                    f"{harm.n} of {harm.of} cannot be.",
                    "'n' counts people with this harm, 'of' the people among whom it was looked for.",
                )


@BOOK.rule("harm-without-name")
def _harm_without_name(study: StudyParts) -> Iterator[Defect]:
    """A harm that is reported has a name; silence of the source has a status of its own."""
    for treatment in study.treatments:
        for at, harm in enumerate(treatment.part.adverse_events):
            if harm.status == "reported" and harm.event is None and study.was_read(harm, "event"):
                yield Defect(
                    (*treatment.path, "adverse events", at),
                    f"It is not said which harm '{harm.id}' was.",
                    "Add 'event:'; where the source says nothing about harms, write 'status: not reported'.",
                )


@BOOK.rule("harm-and-no-harm")
def _harm_and_no_harm(study: StudyParts) -> Iterator[Defect]:
    """A statement that there was no harm, or none that the source speaks of, cannot count people harmed."""
    for treatment in study.treatments:
        for at, harm in enumerate(treatment.part.adverse_events):
            if harm.status in ("none-stated", "not-reported") and harm.n:
                yield Defect(
                    (*treatment.path, "adverse events", at, "status"),
                    f"The status is '{harm.status.replace('-', ' ')}', but {harm.n} are said to be harmed.",
                    "Write 'status: reported' with the event, or delete 'n'.",
                )


@BOOK.rule("time-without-value")
def _time_without_value(study: StudyParts) -> Iterator[Defect]:
    """A time needs at least one value; what was not read is left out."""
    for time, path in study.times:
        values = (time.min, time.max, time.centre)
        unread = any(not study.was_read(time, name) for name in ("min", "max", "centre"))
        if all(value is None for value in values) and not unread:
            yield Defect(
                path,
                "This time has no value.",
                "Add 'min', 'max' or 'centre', as in 'centre: 14 days', or delete the entry.",
            )


@BOOK.rule("min-over-max")
def _min_over_max(study: StudyParts) -> Iterator[Defect]:
    """The smallest value cannot exceed the largest."""
    for time, path in study.times:
        if time.min is not None and time.max is not None and time.min.days > time.max.days:
            yield Defect(
                (*path, "min"), f"'min' is {time.min.text}, but 'max' is {time.max.text}.", "Check the two values."
            )


@BOOK.rule("centre-outside-range")
def _centre_outside_range(study: StudyParts) -> Iterator[Defect]:
    """A mean or median lies between the smallest and the largest value."""
    for time, path in study.times:
        low, high, centre = time.min, time.max, time.centre
        if centre is None or (low is not None and high is not None and low.days > high.days):
            continue
        if (low is not None and centre.days < low.days) or (high is not None and centre.days > high.days):
            edge = f"'min' ({low.text})" if low is not None and centre.days < low.days else "'max'"
            yield Defect(
                (*path, "centre"),
                f"'centre' is {centre.text}, which lies outside {edge}.",
                "Check the values and their units.",
            )
