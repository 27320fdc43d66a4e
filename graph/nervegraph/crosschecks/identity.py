"""Rules about names: what must be unique, and what may not be called what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from nervegraph import model
from nervegraph.crosschecks.parts import PeopleAt, StudyParts, StudyRules, TreatmentAt
from nervegraph.crosschecks.rules import Defect
from nervegraph.study_tree import TreePath, Value
from nervegraph.terms import RESERVED_IDS

BOOK = StudyRules()

_PLACEHOLDER = re.compile(r"<[^<>]*>")

Named = tuple[str, TreePath]


def _repeated(named: Iterable[Named]) -> Iterator[Named]:
    seen: set[str] = set()
    for name, path in named:
        if name and name in seen:
            yield name, path
        seen.add(name)


def _ids(parts: Sequence[model.Part], path: TreePath) -> list[Named]:
    return [(str(getattr(part, "id", "") or ""), (*path, at, "id")) for at, part in enumerate(parts)]


def _namespaces(study: StudyParts) -> Iterator[tuple[str, list[Named]]]:
    """What shares one namespace, in the words of a message."""
    record = study.record
    yield "people and groups", [(people.part.id, (*people.path, "id")) for people in study.people]
    yield "sources", _ids(record.sources, ("sources",))
    yield "comparisons", _ids(record.comparisons, ("comparisons",))
    yield "claims", _ids(record.claims, ("claims",))
    yield "numbers", _ids(record.numbers, ("numbers",))
    for at, claim in enumerate(record.claims):
        yield "evidence lines of this claim", _ids(claim.evidence, ("claims", at, "evidence"))
    for people in study.people:
        if len(people.part.treatments) > 1:
            yield f"treatments of {people.name}", _ids(people.part.treatments, (*people.path, "treatments"))
    for treatment in study.treatments:
        part, path = treatment.part, treatment.path
        lists: tuple[tuple[str, str, Sequence[model.Part]], ...] = (
            ("outcomes of this treatment", "outcomes", part.outcomes),
            ("adverse events of this treatment", "adverse events", part.adverse_events),
            ("entries under 'stopped'", "stopped", part.stopped),
            ("events of this treatment", "course", part.course),
        )
        # Most lists have no two entries that could be called alike.
        yield from ((words, _ids(parts, (*path, field))) for words, field, parts in lists if len(parts) > 1)


@BOOK.rule("duplicate-id")
def _duplicate_id(study: StudyParts) -> Iterator[Defect]:
    """Ids become part of IRIs: two parts with one id would melt into one. People and groups share one namespace."""
    for words, named in _namespaces(study):
        for name, path in _repeated(named):
            yield Defect(path, f"Two {words} are called '{name}'.", "Give each an id of its own.")


@BOOK.rule("same-drug-twice")
def _same_drug_twice(study: StudyParts) -> Iterator[Defect]:
    """A drug listed twice in one line of treatment needs ids that tell the two apart, as they become IRIs."""
    for treatment in study.treatments:
        named = [(drug.id or drug.drug, (*treatment.path, "drugs", at)) for at, drug in enumerate(treatment.part.drugs)]
        for name, path in _repeated(named):
            yield Defect(
                path,
                f"'{name}' stands twice in this treatment.",
                "Put several doses under one drug, or give each entry an 'id:' that tells them apart.",
            )


@BOOK.rule("named-twice")
def _named_twice(study: StudyParts) -> Iterator[Defect]:
    """Findings, times, overlaps and references are known by their subject, which can stand only once."""
    record = study.record
    lists: list[list[Named]] = [
        [(str(overlap.study), ("may overlap", at, "study")) for at, overlap in enumerate(record.may_overlap)],
        [
            (str(reference.number) if reference.number else "", ("references", at, "number"))
            for at, reference in enumerate(record.references)
        ],
    ]
    for people in study.people:
        lists.append(
            [(each.finding, (*people.path, "findings", at, "finding")) for at, each in enumerate(people.part.findings)]
        )
    owners: list[PeopleAt | TreatmentAt] = [*study.people, *study.treatments]
    for owner in owners:
        lists.append(
            [(each.measure, (*owner.path, "times", at, "measure")) for at, each in enumerate(owner.part.times)]
        )
    for named in lists:
        for name, path in _repeated(named):
            yield Defect(path, f"'{name}' stands twice in this list.", "Put both into one entry.")


@BOOK.rule("reserved-id")
def _reserved_id(study: StudyParts) -> Iterator[Defect]:
    """Two named graphs have names of their own; a study of that name would overwrite them."""
    named: list[Named] = [(study.record.study, ("study",))]
    named += [(alias, ("aliases", at)) for at, alias in enumerate(study.record.aliases)]
    for name, path in named:
        if name in RESERVED_IDS:
            yield Defect(path, f"'{name}' is reserved and cannot name a study.", "Use author-year, as in rist-2011.")


@BOOK.rule("alias-of-itself")
def _alias_of_itself(study: StudyParts) -> Iterator[Defect]:
    """An alias is an older id under which a study was known."""
    for at, alias in enumerate(study.record.aliases):
        if alias == study.record.study:
            yield Defect(("aliases", at), f"'{alias}' is the id of this study itself.", "Delete it.")


@BOOK.rule("file-name-differs")
def _file_name_differs(study: StudyParts) -> Iterator[Defect]:
    """A study is found by its id, so that its file is called like it."""
    name = study.record.study
    if study.tree is not None and name and study.tree.path.stem != name:
        yield Defect(
            ("study",),
            f"The study is called '{name}', but its file '{study.tree.path.name}'.",
            f"Rename the file to {name}.yaml, or correct the id.",
        )


@BOOK.rule("overlap-with-itself")
def _overlap_with_itself(study: StudyParts) -> Iterator[Defect]:
    """Overlap is between two publications."""
    for at, overlap in enumerate(study.record.may_overlap):
        if overlap.study and overlap.study == study.record.study:
            yield Defect(
                ("may overlap", at, "study"), "This is the study itself.", "Name the other publication, or delete it."
            )


@BOOK.rule("synthetic-with-identifier")
def _synthetic_with_identifier(study: StudyParts) -> Iterator[Defect]:
    """Made-up people under the identifier of a real article would be taken for evidence."""
    record = study.record
    if not record.synthetic:
        return
    for field in ("doi", "pmid", "pmcid"):
        if getattr(record, field) is not None:
            yield Defect(
                (field,),
                f"A synthetic study cannot have a {field.upper()}.",
                "Delete the line, or 'synthetic: yes' if this is a real study.",
                at_key=True,
            )


@BOOK.rule("placeholder-left")
def _placeholder_left(study: StudyParts) -> Iterator[Defect]:
    """A template marks in angle brackets what is still to be filled in; nothing of it may be built."""
    if study.tree is None or study.tree.root is None or not study.tree.may_hold_placeholders:
        return
    found: list[Named] = []
    _add_placeholders(study.tree.root, (), found)
    for text, path in found:
        yield Defect(
            path,
            f"'{path[-1]}' is still to be filled in: {text}.",
            "If the source does not say it, delete the line.",
        )


def _add_placeholders(value: Value, path: TreePath, found: list[Named]) -> None:
    if isinstance(value, str):
        if value[0] == "<" and _PLACEHOLDER.fullmatch(value):
            found.append((value, path))
    elif isinstance(value, dict):
        for key, inner in value.items():
            _add_placeholders(inner, (*path, key), found)
    else:
        for at, inner in enumerate(value):
            _add_placeholders(inner, (*path, at), found)
