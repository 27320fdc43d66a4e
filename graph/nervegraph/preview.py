"""What a study file says, as a clinician would tell it: who was treated with what, what happened, who is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from nervegraph import model
from nervegraph.crosschecks.parts import OutcomeAt, PeopleAt, TreatmentAt
from nervegraph.preview_counting import Counting, judged_drugs
from nervegraph.preview_course import course_under, findings_and_times
from nervegraph.preview_words import Wording, shown
from nervegraph.study_file import Reading
from nervegraph.vocabulary import Vocabulary


@dataclass(frozen=True)
class OutcomeRow:
    """One outcome in words, where it was read, and whether and why it will be counted."""

    key: str
    text: str
    place: str
    is_counted: bool
    verdict: str


@dataclass(frozen=True)
class TreatmentRow:
    """One line of treatment in words, with its outcomes, and its harms, stops, events and times."""

    id: str
    text: str
    target: str
    outcomes: tuple[OutcomeRow, ...]
    course: tuple[str, ...]


@dataclass(frozen=True)
class PeopleRow:
    """One person or group in words: who, how many, which neuropathy, condition and findings, read where."""

    id: str
    who: str
    n: str
    neuropathy: str
    condition: str
    place: str
    findings: tuple[str, ...]
    treatments: tuple[TreatmentRow, ...]


@dataclass(frozen=True)
class Preview:
    """A study file in words. All texts are safe to show on a terminal."""

    study: str
    title: str
    about: str
    people: tuple[PeopleRow, ...]
    totals: tuple[str, ...]
    claims: tuple[str, ...]
    numbers: tuple[str, ...]
    notes: tuple[str, ...]


def build_preview(record: model.StudyFile, vocabulary: Vocabulary) -> Preview:
    """The record in words, ready to be shown or written as JSON."""
    wording = Wording(record, vocabulary)
    counting = Counting(record, vocabulary)
    about = [
        "design not read" if record.design == "not-read" else wording.name("design", record.design),
        wording.names("condition", record.condition),
        "read: " + ", ".join(dict.fromkeys(wording.name("reading-depth", each.read) for each in record.sources)),
    ]
    totals = _totals(counting, wording)
    return Preview(
        study=record.study,
        title=shown(record.title),
        about="; ".join(about),
        people=tuple(_people_row(each, record, counting, wording) for each in _in_tree_order(counting.study.people)),
        totals=tuple(totals),
        claims=tuple(_claim(each, wording) for each in record.claims),
        numbers=tuple(_number(each, record) for each in record.numbers),
        notes=tuple(_notes(record, totals, wording)),
    )


def summarise(record: model.StudyFile, vocabulary: Vocabulary) -> str:
    """The record in one line: who is counted, and how many claims and numbers there are."""
    counting = Counting(record, vocabulary)
    said = _totals(counting, Wording(record, vocabulary))
    said += ["nobody is counted in default answers"] if counting.study.people and not said else []
    said += [_counted(len(record.claims), "claim")] if record.claims else []
    said += [_counted(len(record.numbers), "number")] if record.numbers else []
    return f"{record.study}: {'; '.join(said) or 'nothing to count'}"


def _counted(n: int, word: str) -> str:
    return f"{n} {word}{'s' * (n != 1)}"


def _in_tree_order(people: Sequence[PeopleAt]) -> list[PeopleAt]:
    """Every group before its parts, else as in the file."""
    by_id = {each.part.id: each for each in people}
    position = {each.part.id: at for at, each in enumerate(people)}

    def line_of_descent(each: PeopleAt) -> list[int]:
        line = [position[each.part.id]]
        while (whole := by_id.get(each.part.part_of or "")) and position[whole.part.id] not in line:
            line.append(position[whole.part.id])
            each = whole
        return line[::-1]

    return sorted(people, key=line_of_descent)


def _people_row(people: PeopleAt, record: model.StudyFile, counting: Counting, wording: Wording) -> PeopleRow:
    part = people.part
    return PeopleRow(
        id=part.id,
        who=_who(part, wording),
        n=_size(part),
        neuropathy=wording.names("neuropathy", part.neuropathy),
        condition=wording.names("condition", part.condition or record.condition),
        place=wording.place(part.where),
        findings=findings_and_times(part, wording),
        treatments=tuple(
            _treatment_row(each, counting, wording) for each in counting.study.treatments if each.people is people
        ),
    )


def _who(part: model.Person | model.Group, wording: Wording) -> str:
    words = [f"part of '{part.part_of}'"] if part.part_of else []
    if isinstance(part, model.Person):
        words.append("one person")
        words += [f"{part.age} years"] if part.age is not None else []
        words += [wording.name("sex", part.sex)] if part.sex is not None else []
    else:
        words.append("group")
    return ", ".join(words)


def _size(part: model.Person | model.Group) -> str:
    if isinstance(part, model.Person):
        return "1"
    if part.patients is not None:
        return str(part.patients)
    bounds = [f"at least {part.at_least}"] if part.at_least is not None else []
    bounds += [f"at most {part.at_most}"] if part.at_most is not None else []
    bounds += [f"{part.planned} planned"] if part.planned is not None else []
    bounds += [shown(part.because)] if part.because else []
    return f"unknown ({', '.join(bounds)})" if bounds else "unknown"


def _treatment_row(treatment: TreatmentAt, counting: Counting, wording: Wording) -> TreatmentRow:
    part = treatment.part
    order = f"{part.order}. " if part.order is not None else ""
    again = f" (repeats '{part.rechallenge_of}')" if part.rechallenge_of else ""
    return TreatmentRow(
        id=part.id,
        text=f"{order}{wording.regimen(part, treatment.people.size)}{again}",
        target=wording.names("neuropathy", part.target) if part.target else "",
        outcomes=tuple(_outcome_row(each, counting, wording) for each in counting.outcomes_of(treatment)),
        course=course_under(treatment, wording),
    )


def _outcome_row(outcome: OutcomeAt, counting: Counting, wording: Wording) -> OutcomeRow:
    verdict = counting.verdict(outcome)
    return OutcomeRow(
        key=outcome.key,
        text=wording.outcome(outcome.part, is_person=outcome.people.is_person),
        place=wording.place(outcome.place),
        is_counted=verdict.is_counted,
        verdict=verdict.words,
    )


def _totals(counting: Counting, wording: Wording) -> list[str]:
    """One line per drug: people are counted once under each drug that all of their group had."""
    treated: Counter[str] = Counter()
    assessed: Counter[str] = Counter()
    responses: dict[str, Counter[str]] = {}
    for outcome in counting.study.outcomes:
        if not counting.verdict(outcome).is_counted:
            continue
        for drug in sorted(judged_drugs(outcome.treatment.part)):
            treated[drug] += outcome.people.size or 0
            assessed[drug] += 1 if outcome.people.is_person else outcome.part.assessed or 0
            responses.setdefault(drug, Counter()).update(_as_improved(outcome.part.counts))
    return [
        f"{wording.name('drug', drug)}: {treated[drug]} treated, "
        f"{wording.counts(dict(responses[drug]), assessed[drug])}, counted once"
        for drug in treated
    ]


def _as_improved(counts: dict[str, int]) -> dict[str, int]:
    """The counts with partly improved and remission told as improved, as answers sum them."""
    inside = counts.get("partly-improved", 0) + counts.get("remission", 0)
    improved = max(counts.get("improved", 0), inside)
    others = {slug: n for slug, n in counts.items() if slug not in ("improved", "partly-improved", "remission")}
    has_improved = len(others) < len(counts)
    return {"improved": improved, **others} if has_improved else others


def _claim(claim: model.Claim, wording: Wording) -> str:
    drugs = wording.names("drug", claim.drugs)
    neuropathy = wording.names("neuropathy", claim.neuropathy)
    direction = wording.name("claim-direction", claim.direction)
    lines = Counter(wording.name("line-direction", line.direction) for line in claim.evidence)
    evidence = "; evidence drawn by us: " + ", ".join(f"{n} {word}" for word, n in lines.items()) if lines else ""
    kind = wording.name("claim-kind", claim.kind)
    levels = f"; level it states: {shown(claim.stated_level)}" if claim.stated_level else ""
    if claim.our_level is not None:
        levels += f"; level given by {shown(claim.our_level.by)}: {wording.name('level', claim.our_level.level)}"
    return f"{kind}: {direction}, {drugs} in {neuropathy}; {wording.place(claim.where)}{levels}{evidence}"


def _number(number: model.ReportedNumber, record: model.StudyFile) -> str:
    whole = next((each for each in record.numbers if each.id == number.share_of), None)
    share = f" of {whole.value}" if whole is not None else ""
    percent = f" ({number.percent} % as printed)" if number.percent is not None else ""
    return f"{shown(number.about)}: {number.value}{share}{percent}"


def _notes(record: model.StudyFile, totals: list[str], wording: Wording) -> list[str]:
    notes = [f"synthetic: {record.study} is made up and never mixed with evidence"] if record.synthetic else []
    if len(totals) > 1:
        notes.append("a person stands in the total of every drug of the regimen; the totals must not be added up")
    if record.background:
        notes.append(f"background: {shown(record.background)}")
    if record.status != "published":
        notes.append(f"publication status: {wording.name('publication-status', record.status)}")
    if record.may_overlap:
        notes.append("may describe some of the same people as " + ", ".join(each.study for each in record.may_overlap))
    if record.references:
        n = len(record.references)
        notes.append(f"cites {n} work{'s' * (n != 1)}")
    for appraisal in record.appraisal:
        item, answer = (
            wording.name("appraisal-item", appraisal.item),
            wording.name("appraisal-answer", appraisal.answer),
        )
        notes.append(f"appraised by {shown(appraisal.by)}: {item}: {answer}; {wording.place(appraisal.where)}")
    if record.not_read:
        notes.append("not read: " + "; ".join(shown(each) for each in record.not_read))
    return notes


def take_preview(reading: Reading, vocabulary: Vocabulary, whole: frozenset[Path] | None) -> Preview | str | None:
    """What to show of a file that was checked: its preview, or one line; None if it has errors of its own.

    :param whole: the files that are shown whole; None for all.
    """
    if reading.record is None:
        return None
    if whole is None or reading.path in whole:
        return build_preview(reading.record, vocabulary)
    return summarise(reading.record, vocabulary)


def render_preview(preview: Preview) -> RenderableType:
    """The preview for a terminal of any width: indented lines that wrap, no columns."""
    lines: list[RenderableType] = [
        Text.assemble((preview.study, "bold"), "  ", preview.title),
        Padding(Text(preview.about, "dim"), (0, 0, 0, 2)),
    ]
    for people in preview.people:
        head = Text.assemble((people.id, "bold"), f" – {people.who}, n = {people.n}: {people.neuropathy}; ")
        head.append(people.condition)
        lines.append(Padding(head, (1, 0, 0, 2)))
        lines += [Padding(Text(finding), (0, 0, 0, 4)) for finding in people.findings]
        for treatment in people.treatments:
            target = f", for {treatment.target}" if treatment.target else ""
            lines.append(Padding(Text.assemble((treatment.id, "bold"), f": {treatment.text}{target}"), (0, 0, 0, 4)))
            for outcome in treatment.outcomes:
                lines.append(Padding(Text(outcome.text), (0, 0, 0, 6)))
                verdict = Text.assemble(
                    ("→ " + outcome.verdict, "green" if outcome.is_counted else "yellow"), (f"; {outcome.place}", "dim")
                )
                lines.append(Padding(verdict, (0, 0, 0, 8)))
            if not treatment.outcomes:
                lines.append(Padding(Text("no outcome recorded", "yellow"), (0, 0, 0, 6)))
            lines += [Padding(Text(event), (0, 0, 0, 6)) for event in treatment.course]
        if not people.treatments:
            lines.append(Padding(Text("no treatment recorded", "yellow"), (0, 0, 0, 4)))
    for heading, texts in (
        ("Totals", preview.totals or (("nobody is counted in default answers",) if preview.people else ())),
        ("Claims", preview.claims),
        ("Numbers as printed", preview.numbers),
        ("Notes", preview.notes),
    ):
        if texts:
            lines.append(Padding(Text(heading, "bold"), (1, 0, 0, 2)))
            lines += [Padding(Text(text), (0, 0, 0, 4)) for text in texts]
    return Group(*lines)
