"""What checks between study files need of each of them, so that neither its tree nor its record need be kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from nervegraph import model
from nervegraph.crosschecks.claims import find_evidence_items
from nervegraph.crosschecks.parts import StudyParts
from nervegraph.study_tree import Position, Tree, TreePath


class Named(NamedTuple):
    """A name in a study file, and where it stands."""

    name: str
    at: Position


class EvidenceItem(NamedTuple):
    """An outcome of a study that a claim names, and where."""

    study: str
    outcome: str
    at: Position


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """One study file as others see it: about a kilobyte, however long the file is.

    Of a file with errors only `study` and `aliases` are known, as far as they could be read. `identifiers` are those
    of the article, by the name of their field.
    """

    path: Path
    is_sound: bool
    study: Named
    aliases: tuple[Named, ...]
    identifiers: tuple[tuple[str, Named], ...] = ()
    synthetic: Position | None = None
    overlaps: tuple[Named, ...] = ()
    cited: tuple[Named, ...] = ()
    evidence: tuple[EvidenceItem, ...] = ()
    outcomes: str = ""

    @property
    def outcome_keys(self) -> frozenset[str]:
        """The outcomes of the study, as evidence lines name them."""
        return frozenset(self.outcomes.split())

    def find_named_studies(self) -> set[str]:
        """The ids of other studies that the file names: possible overlap, cited works, evidence of its claims."""
        named = {each.name for each in (*self.overlaps, *self.cited)} | {item.study for item in self.evidence}
        return named - {self.study.name}


def find_facts(record: model.StudyFile | None, partial: model.StudyFile | None, tree: Tree) -> StudyFacts:
    """What others need to know of a study file.

    :param record: None if the file has an error.
    :param partial: what could be read in any case; the record itself if the file is sound.
    """

    def named(names: Iterable[tuple[str | None, TreePath]]) -> tuple[Named, ...]:
        return tuple(Named(name, tree.position(path)) for name, path in names if name is not None)

    study = Named(getattr(partial, "study", ""), tree.position(("study",)))
    aliases = named((alias, ("aliases", at)) for at, alias in enumerate(getattr(partial, "aliases", ())))
    if record is None:
        return StudyFacts(tree.path, False, study, aliases)
    identifiers = {field: getattr(record, field) for field in ("doi", "pmid", "pmcid")}
    return StudyFacts(
        path=tree.path,
        is_sound=True,
        study=study,
        aliases=aliases,
        identifiers=tuple(
            (field, Named(value, tree.position((field,)))) for field, value in identifiers.items() if value is not None
        ),
        synthetic=tree.position(("synthetic",)) if record.synthetic else None,
        overlaps=named((each.study, ("may overlap", at, "study")) for at, each in enumerate(record.may_overlap)),
        cited=named((each.study, ("references", at, "study")) for at, each in enumerate(record.references)),
        evidence=tuple(
            EvidenceItem(other, outcome, tree.position(path)) for other, outcome, path in find_evidence_items(record)
        ),
        # As one text they take a tenth of the memory.
        outcomes=" ".join(sorted(StudyParts(record).outcome_keys)),
    )
