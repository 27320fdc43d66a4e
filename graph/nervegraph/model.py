"""The study record: what a study file may say, checked field by field.

A study file is read as a tree of strings (nothing is guessed from how a value looks) and becomes a `StudyFile`.
The classes follow the file: a field's alias is the words a curator types. The record knows no RDF.

`record_types.py` turns text into values. Rules that need more than one field are in `crosschecks.py`, a second pass
over whatever could be read.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from nervegraph import record_types as t


def _words(name: str) -> str:
    return name.replace("_", " ")


class Part(BaseModel):
    """Base of all parts of a record: immutable, closed (an unknown field is an error), named by its file words."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=_words)


class SourceRead(Part):
    """A document facts were read from, and how deeply it was read."""

    id: t.Key
    kind: t.SourceKind
    read: t.ReadingDepth
    doi: t.Doi | None = None
    pmid: t.Pmid | None = None
    pmcid: t.Pmcid | None = None
    url: t.Url | None = None
    note: t.Text | None = None
    sentence_digests: dict[str, t.Text] = Field(default_factory=dict)


class Overlap(Part):
    """Another study that may describe some of the same people, and why that is suspected."""

    study: t.Key
    because: t.OverlapReason
    note: t.Text | None = None


class TimeMeasure(Part):
    """A length of time reported for people under a treatment: its smallest, largest and central value."""

    measure: t.Measure
    min: t.Duration | None = None
    max: t.Duration | None = None
    centre: t.Duration | None = None
    statistic: t.Statistic | None = None
    note: t.Text | None = None
    where: t.Where | None = None


class DoseStep(Part):
    """One step of a dose schedule; several steps stand in the order they were given."""

    amount: t.Amount
    per: t.Basis
    days: t.Count | None = None
    every: t.Duration | None = None
    times: t.Count | None = None
    n: t.Count | None = None
    note: t.Text | None = None
    where: t.Where | None = None


class DrugGiven(Part):
    """One drug within a line of treatment, with its role; `n` only where part of the group had it."""

    drug: t.Drug
    id: t.Key | None = None
    role: t.Role
    n: t.Size | None = None
    given_for: t.Text | None = None
    neuropathy_began_under_it: t.YesNo = False
    route: t.Route | None = None
    dose: list[DoseStep] = Field(default_factory=list)
    authors_words: t.Text | None = None
    where: t.Where | None = None

    @property
    def extent(self) -> str:
        """Who had this drug: the `whole` group (no `n`), a counted `part` of it, or an `unknown` part."""
        if "n" not in self.model_fields_set:
            return "whole"
        return "unknown" if self.n is None else "part"


class Quantified(Part):
    """A share told in words only; it is shown and never summed."""

    quantifier: t.Quantifier
    response: t.Response


class Percentage(Part):
    """A share printed as a percentage without its count; it is shown and never turned into a count."""

    response: t.Response
    percent: t.NumberText
    meaning: t.Text | None = None


class Change(Part):
    """A change of a score or an amount reported for the group as a whole."""

    value: t.NumberText
    unit: t.Text
    comparator: t.Text | None = None
    statistic: t.Statistic | None = None
    meaning: t.Text | None = None


class Outcome(Part):
    """What was observed: one domain, one instrument, one time, one line of treatment.

    Counts stand under the response's own word. A single person has `response` instead. What cannot be counted
    (`quantified`, `percentage`, `change`, `group result`) has its own place and enters no sum.
    """

    id: t.Key
    domain: t.Domain
    instrument: t.Instrument
    status: t.OutcomeStatus = "reported"
    because: t.Text | None = None
    assessed: t.Size | None = None
    response: t.Response | None = None
    improved: t.Count | None = None
    partly_improved: t.Count | None = None
    remission: t.Count | None = None
    improved_or_stable: t.Count | None = None
    stable: t.Count | None = None
    worsened: t.Count | None = None
    not_improved: t.Count | None = None
    quantified: Quantified | None = None
    percentage: Percentage | None = None
    change: Change | None = None
    group_result: t.Response | None = None
    at: t.Duration | None = None
    curators_choice: t.YesNo = False
    authors_words: t.Text | None = None
    note: t.Text | None = None
    where: t.Where | None = None

    @property
    def counts(self) -> dict[str, int]:
        """People per response slug, as stated; empty where the source gives no counts. A person counts as one."""
        if self.response is not None:
            return {self.response: 1}
        stated = self.__dict__
        return {slug: n for slug, name in _COUNT_FIELDS.items() if (n := stated.get(name)) is not None}


COUNTED_RESPONSES = (
    "improved",
    "partly-improved",
    "remission",
    "improved-or-stable",
    "stable",
    "worsened",
    "not-improved",
)
_COUNT_FIELDS = {slug: slug.replace("-", "_") for slug in COUNTED_RESPONSES}


class AdverseEvent(Part):
    """A harm, or an explicit statement that there was none, or the fact that the source is silent."""

    id: t.Key
    status: t.AdverseStatus
    event: t.Text | None = None
    n: t.Count | None = None
    of: t.Count | None = None
    serious: t.YesNo | None = None
    note: t.Text | None = None
    where: t.Where | None = None


class Stopping(Part):
    """People who stopped a treatment, with the reasons given (several reasons may stand unsplit)."""

    id: t.Key
    reasons: Annotated[list[t.StopReason], t.OneOrMore]
    n: t.Count | None = None
    note: t.Text | None = None
    where: t.Where | None = None


class CourseEvent(Part):
    """A dated or ordered event in the course: relapse, death, loss to follow-up."""

    id: t.Key
    event: t.EventKind
    after: t.Duration | None = None
    n: t.Count | None = None
    note: t.Text | None = None
    where: t.Where | None = None


class Treatment(Part):
    """One line of treatment of one group or person: all its drugs, its target, and what was observed under it."""

    id: t.Key
    order: t.Count | None = None
    rechallenge_of: t.Key | None = None
    target: Annotated[list[t.Neuropathy], t.OneOrMore] | None = None
    composition: t.Composition
    other_immune_drugs: t.CoMedication
    drugs: list[DrugGiven] = Field(min_length=1)
    outcomes: list[Outcome] = Field(default_factory=list)
    adverse_events: list[AdverseEvent] = Field(default_factory=list)
    stopped: list[Stopping] = Field(default_factory=list)
    course: list[CourseEvent] = Field(default_factory=list)
    times: list[TimeMeasure] = Field(default_factory=list)
    note: t.Text | None = None
    where: t.Where | None = None


class Observation(Part):
    """A laboratory, biopsy or clinical finding: present, absent or not read."""

    finding: t.FindingKind
    status: t.FindingStatus
    n: t.Count | None = None
    detail: t.Text | None = None
    where: t.Where | None = None


class People(Part):
    """What persons and groups share: condition, neuropathy, findings and treatments."""

    id: t.Key
    label: t.Text | None = None
    part_of: t.Key | None = None
    condition: Annotated[list[t.Condition], t.OneOrMore] | None = None
    neuropathy: Annotated[list[t.Neuropathy], t.OneOrMore]
    authors_words: t.Text | None = None
    findings: list[Observation] = Field(default_factory=list)
    treatments: list[Treatment] = Field(default_factory=list)
    times: list[TimeMeasure] = Field(default_factory=list)
    note: t.Text | None = None
    where: t.Where


class Person(People):
    """One person as reported in one study."""

    age: t.Count | None = None
    sex: t.Sex | None = None


class Group(People):
    """People known by counts. `patients: unknown` needs `because`; a planned number is not a number of people."""

    patients: t.Size
    because: t.Text | None = None
    at_least: t.Count | None = None
    at_most: t.Count | None = None
    planned: t.Count | None = None
    parts: t.Partition | None = None
    mean_age: t.NumberText | None = None
    percent_women: t.NumberText | None = None


class Comparison(Part):
    """A comparison made inside this study between outcomes of its own groups; never across studies."""

    id: t.Key
    outcomes: list[t.Text] = Field(min_length=2)
    p_value: t.NumberText | None = None
    result: t.Text | None = None
    where: t.Where


class EvidenceLine(Part):
    """An argument drawn by us: which observations bear on the claim, in which direction, and why."""

    id: t.Key
    direction: t.LineDirection
    items: list[t.Text] = Field(min_length=1)
    because: t.Text
    drawn_by: t.Text


class OurLevel(Part):
    """A level that a reader of this project gives to a claim, shown beside the level that the rules derive."""

    level: t.Level
    because: t.Text
    by: t.Text


class Claim(Part):
    """What a source says, apart from what was observed. `direction` is the claim's; a line's direction is ours."""

    id: t.Key
    kind: t.ClaimKind
    drugs: Annotated[list[t.Drug], t.OneOrMore]
    direction: t.ClaimDirection
    neuropathy: Annotated[list[t.Neuropathy], t.OneOrMore]
    condition: Annotated[list[t.Condition], t.OneOrMore] | None = None
    line: t.Text | None = None
    population: t.Text | None = None
    stated_level: t.Text | None = None
    our_level: OurLevel | None = None
    status: t.ClaimStatus = "current"
    note: t.Text | None = None
    where: t.Where
    evidence: list[EvidenceLine] = Field(default_factory=list)


class ReportedNumber(Part):
    """A number as printed in this source, with what it is a share of and the percentage printed beside it.

    `counts` says what the number counts; a number of studies may have the design and timing that all of them have.
    """

    id: t.Key
    about: t.Text
    counts: t.CountedThing | None = None
    design: t.Design | None = None
    timing: t.Timing | None = None
    value: t.Count
    share_of: t.Key | None = None
    percent: t.NumberText | None = None
    part_of: t.Key | None = None
    parts: t.Partition | None = None
    parts_complete: t.YesNo = False
    drug: t.Drug | None = None
    only_this_drug: t.YesNo = False
    response: t.Response | None = None
    where: t.Where


class Reference(Part):
    """A work this review cites, and whether it is among the studies the review included."""

    number: t.Count
    authors: t.Text
    title: t.Text
    printed: t.Text
    study: t.Key | None = None
    included: t.Inclusion
    because: t.Text
    note: t.Text | None = None


class Appraisal(Part):
    """A reader's answer to one item of appraisal (Murad et al. 2018); what was not read has no entry and no answer."""

    item: t.AppraisalItem
    answer: t.AppraisalAnswer
    because: t.Text
    by: t.Text
    where: t.Where


class StudyFile(Part):
    """One study, review, guideline or registry entry: the root of a study file."""

    study: t.Key
    aliases: list[t.Key] = Field(default_factory=list)
    title: t.Text
    authors: t.Text | None = None
    year: t.Year | None = None
    year_note: t.Text | None = None
    journal: t.Text | None = None
    doi: t.Doi | None = None
    pmid: t.Pmid | None = None
    pmcid: t.Pmcid | None = None
    url: t.Url | None = None
    design: t.Design
    timing: t.Timing
    status: t.PublicationStatus = "published"
    country: t.Text | None = None
    condition: Annotated[list[t.Condition], t.OneOrMore]
    background: t.Text | None = None
    not_read: Annotated[list[t.Text], t.OneOrMore] = Field(default_factory=list)
    curator: t.Text
    second_reader: t.Text
    synthetic: t.YesNo = False
    sources: list[SourceRead] = Field(min_length=1)
    may_overlap: list[Overlap] = Field(default_factory=list)
    people: list[Person] = Field(default_factory=list)
    groups: list[Group] = Field(default_factory=list)
    comparisons: list[Comparison] = Field(default_factory=list)
    appraisal: list[Appraisal] = Field(default_factory=list)
    claims: list[Claim] = Field(default_factory=list)
    numbers: list[ReportedNumber] = Field(default_factory=list)
    eligible_drugs: list[t.Drug] = Field(default_factory=list)
    references: list[Reference] = Field(default_factory=list)
