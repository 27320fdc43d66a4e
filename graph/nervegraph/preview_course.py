"""What a study file says beside its outcomes, in words: findings, harms, stopping, events and lengths of time."""

from __future__ import annotations

from collections.abc import Iterator

from nervegraph import model
from nervegraph.crosschecks.parts import TreatmentAt
from nervegraph.preview_words import Wording, shown
from nervegraph.record_types import Place

_NUMBER_NOT_TOLD = "number not told"


def findings_and_times(people: model.Person | model.Group, wording: Wording) -> tuple[str, ...]:
    """What was found in these people, and lengths of time told of them whatever the treatment."""
    found = [_finding(each, people, wording) for each in people.findings]
    return (*found, *(_time(each, people.where, wording) for each in people.times))


def course_under(treatment: TreatmentAt, wording: Wording) -> tuple[str, ...]:
    """What happened under one line of treatment beside its outcomes, each with the place it was read in."""
    part, people = treatment.part, treatment.people
    return tuple(_course(part, part.where or people.part.where, wording, is_person=people.is_person))


def _course(part: model.Treatment, place: Place, wording: Wording, *, is_person: bool) -> Iterator[str]:
    for harm in part.adverse_events:
        yield f"{_harm(harm, is_person=is_person)}; {wording.place(harm.where or place)}"
    for stopping in part.stopped:
        n = _in(stopping.n, None, is_person=is_person) or f" ({_NUMBER_NOT_TOLD})" * (not is_person)
        yield f"stopped{n}: {wording.names('stop-reason', stopping.reasons)}; {wording.place(stopping.where or place)}"
    for event in part.course:
        after = f" after {event.after.text}" if event.after else ""
        n = _in(event.n, None, is_person=is_person)
        yield f"{wording.name('event', event.event)}{after}{n}; {wording.place(event.where or place)}"
    for time in part.times:
        yield _time(time, place, wording)


def _harm(harm: model.AdverseEvent, *, is_person: bool) -> str:
    name = shown(harm.event) if harm.event else ""
    looked_for = f", looked for in {harm.of}" if harm.of is not None and not is_person else ""
    if harm.status == "none-stated":
        return f"no harm, as the source says{': ' * bool(name)}{name}{looked_for}"
    if harm.status == "not-reported":
        return f"the source is silent about {name or 'harms'}"
    n = _in(harm.n, harm.of, is_person=is_person) or f" ({_NUMBER_NOT_TOLD})" * (not is_person)
    serious = {True: ", serious", False: ", not serious", None: ""}[harm.serious]
    return f"harm: {name}{n}{serious}"


def _finding(finding: model.Observation, people: model.Person | model.Group, wording: Wording) -> str:
    n = _in(finding.n, None, is_person=isinstance(people, model.Person))
    detail = f" ({shown(finding.detail)})" if finding.detail else ""
    status = wording.name("finding-status", finding.status)
    place = wording.place(finding.where or people.where)
    return f"{wording.name('finding', finding.finding)}: {status}{n}{detail}; {place}"


def _time(time: model.TimeMeasure, place: Place, wording: Wording) -> str:
    words = []
    if time.min and time.max:
        words.append(f"{time.min.text} to {time.max.text}")
    elif time.min:
        words.append(f"at least {time.min.text}")
    elif time.max:
        words.append(f"at most {time.max.text}")
    if time.centre:
        statistic = f"{wording.name('statistic', time.statistic)} " if time.statistic else ""
        words.append(f"{statistic}{time.centre.text}")
    return f"{wording.name('measure', time.measure)}: {', '.join(words)}; {wording.place(time.where or place)}"


def _in(n: int | None, of: int | None, *, is_person: bool) -> str:
    if n is None or is_person:
        return ""
    return f" in {n}" + (f" of {of}" if of is not None else "")
