"""A study record laid out for the second pass: each person, group, treatment, outcome and place with its path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property

from nervegraph import model, record_parts
from nervegraph.crosschecks.rules import Defect, RuleBook
from nervegraph.record_types import Place
from nervegraph.study_tree import Tree, TreePath


@dataclass(frozen=True)
class PeopleAt:
    """A person or a group and where it stands; `size` is None where the number is not known or could not be read."""

    part: model.Person | model.Group
    path: TreePath

    @property
    def size(self) -> int | None:
        """How many they are."""
        return self.part.patients if isinstance(self.part, model.Group) else 1

    @property
    def is_person(self) -> bool:
        """True for one person, False for a group."""
        return isinstance(self.part, model.Person)

    @property
    def name(self) -> str:
        """How a message names them."""
        return f"the person '{self.part.id}'" if self.is_person else f"the group '{self.part.id}'"


@dataclass(frozen=True)
class TreatmentAt:
    """A line of treatment and whose it is."""

    part: model.Treatment
    path: TreePath
    people: PeopleAt


@dataclass(frozen=True)
class OutcomeAt:
    """An outcome and the treatment under which it was observed."""

    part: model.Outcome
    path: TreePath
    treatment: TreatmentAt

    @property
    def people(self) -> PeopleAt:
        """In whom it was observed."""
        return self.treatment.people

    @cached_property
    def counts(self) -> dict[str, int]:
        """People per response, which nearly every rule about outcomes asks for."""
        return self.part.counts

    @property
    def key(self) -> str:
        """What a comparison or an evidence line calls this outcome."""
        return f"{self.people.part.id}.{self.treatment.part.id}.{self.part.id}"

    @property
    def place(self) -> Place:
        """Where it was read: its own place, else the treatment's, else the people's."""
        return self.part.where or self.treatment.part.where or self.people.part.where


@dataclass(frozen=True)
class StudyParts:
    """One study file for the second pass.

    Parts of `record` that could not be read hold neutral values (see `unread.py`): no text, no number, an empty list.
    `unread` names the fields that are neutral for that reason, as pairs of an object's id() and the field.
    `tree` is the file as read, for the rules that look at it.
    """

    record: model.StudyFile
    tree: Tree | None = None
    unread: frozenset[tuple[int, str]] = field(default_factory=frozenset)

    def was_read(self, part: model.Part, name: str) -> bool:
        """False if the field stands in the file but could not be read, or is required and missing."""
        return not self.unread or (id(part), name) not in self.unread

    @cached_property
    def people(self) -> tuple[PeopleAt, ...]:
        """All persons, then all groups."""
        persons = [PeopleAt(person, ("people", at)) for at, person in enumerate(self.record.people)]
        groups = [PeopleAt(group, ("groups", at)) for at, group in enumerate(self.record.groups)]
        return (*persons, *groups)

    @cached_property
    def people_by_id(self) -> dict[str, PeopleAt]:
        """Persons and groups by their id; of several with one id the first."""
        return {people.part.id: people for people in reversed(self.people) if people.part.id}

    @cached_property
    def treatments(self) -> tuple[TreatmentAt, ...]:
        """All lines of treatment."""
        return tuple(
            TreatmentAt(treatment, (*people.path, "treatments", at), people)
            for people in self.people
            for at, treatment in enumerate(people.part.treatments)
        )

    @cached_property
    def treatments_by_people(self) -> tuple[tuple[TreatmentAt, ...], ...]:
        """The lines of treatment of each person and group that has any."""
        by_people: dict[int, list[TreatmentAt]] = {}
        for treatment in self.treatments:
            by_people.setdefault(id(treatment.people), []).append(treatment)
        return tuple(map(tuple, by_people.values()))

    @cached_property
    def drugs(self) -> tuple[tuple[model.DrugGiven, TreePath, TreatmentAt], ...]:
        """All drugs given, each with its path and the line of treatment."""
        return tuple(
            (drug, (*treatment.path, "drugs", at), treatment)
            for treatment in self.treatments
            for at, drug in enumerate(treatment.part.drugs)
        )

    @cached_property
    def outcomes(self) -> tuple[OutcomeAt, ...]:
        """All outcomes."""
        return tuple(
            OutcomeAt(outcome, (*treatment.path, "outcomes", at), treatment)
            for treatment in self.treatments
            for at, outcome in enumerate(treatment.part.outcomes)
        )

    @cached_property
    def outcome_keys(self) -> frozenset[str]:
        """What comparisons and evidence lines may name."""
        return frozenset(outcome.key for outcome in self.outcomes)

    @cached_property
    def times(self) -> tuple[tuple[model.TimeMeasure, TreePath], ...]:
        """All times, of people and of treatments, with their paths."""
        owners: tuple[PeopleAt | TreatmentAt, ...] = (*self.people, *self.treatments)
        return tuple((time, (*owner.path, "times", at)) for owner in owners for at, time in enumerate(owner.part.times))

    @cached_property
    def sources(self) -> dict[str, model.SourceRead]:
        """The documents read, by id."""
        return {source.id: source for source in self.record.sources if source.id}

    @cached_property
    def places(self) -> tuple[tuple[Place, TreePath], ...]:
        """Every `where` of the file that could be read, with its path."""
        return tuple((place, path) for place, path in _find_places(self.record, ()) if place.source)

    def children(self, key: str) -> list[PeopleAt]:
        """The people that are said to be part of the group `key`."""
        return [people for people in self.people if key and people.part.part_of == key]

    def reading_depth(self, place: Place) -> str | None:
        """How deeply the source at `place` was read; None if the source is not listed."""
        source = self.sources.get(place.source)
        return source.read if source else None


def _find_places(part: model.Part, path: TreePath) -> Iterator[tuple[Place, TreePath]]:
    values = part.__dict__
    if (place := values.get("where")) is not None:
        yield place, (*path, "where")
    for name, words in lists_of_parts(type(part)):
        for at, entry in enumerate(values[name]):
            yield from _find_places(entry, (*path, words, at))


@cache
def lists_of_parts(kind: type[model.Part]) -> tuple[tuple[str, str], ...]:
    """The fields of a part that are lists of parts: the attribute, and the name in a file."""
    fields: dict[str, tuple[str, object]] = {
        words: (attribute, field.annotation) for words, (attribute, field) in record_parts.fields_of(kind).items()
    }
    return tuple(
        (attribute, words)
        for words, (attribute, field_type) in fields.items()
        if record_parts.is_list(field_type) and record_parts.part_of_field(field_type)
    )


class StudyRules(RuleBook[StudyParts, Defect]):
    """Rules that look at one study file."""
