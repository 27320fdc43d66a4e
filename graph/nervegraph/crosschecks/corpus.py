"""Rules about several study files together: one study in two files, links between studies that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from nervegraph import model
from nervegraph.crosschecks.claims import find_evidence_items
from nervegraph.crosschecks.parts import StudyParts
from nervegraph.crosschecks.rules import Defect, RuleBook
from nervegraph.study_tree import Tree


class ReadStudy(Protocol):
    """A study file that was read (`study_file.Reading`): its record if it is sound, and what could be read of it."""

    @property
    def record(self) -> model.StudyFile | None:
        """The record, or None if the file has an error."""

    @property
    def partial(self) -> model.StudyFile | None:
        """What could be read; the record itself if the file is sound."""

    @property
    def tree(self) -> Tree:
        """The file."""


def find_named_studies(record: model.StudyFile) -> set[str]:
    """The ids of other studies that a record names: possible overlap, cited works, evidence of its claims."""
    named = {overlap.study for overlap in record.may_overlap}
    named |= {reference.study for reference in record.references if reference.study is not None}
    named |= {other for other, _, _ in find_evidence_items(record)}
    return named - {record.study}


@dataclass(frozen=True)
class SoundStudy:
    """A study whose file has no errors."""

    record: model.StudyFile
    tree: Tree


class Corpus:
    """All studies that are checked or built together, in the order given."""

    def __init__(self, readings: Iterable[ReadStudy]) -> None:
        partial: list[model.StudyFile] = []
        self.studies: list[SoundStudy] = []
        for reading in readings:
            if reading.partial is not None:
                partial.append(reading.partial)
            if reading.record is not None:
                self.studies.append(SoundStudy(reading.record, reading.tree))
        self.by_id = {study.record.study: study for study in reversed(self.studies)}
        # A file with errors in it is still there: whoever names its study has not misspelt it.
        named = {key for record in partial for key in (getattr(record, "study", ""), *getattr(record, "aliases", ()))}
        self.known_ids = frozenset(named)

    @cached_property
    def outcome_keys(self) -> dict[str, frozenset[str]]:
        """The outcomes of each sound study, as evidence lines name them."""
        return {key: StudyParts(study.record).outcome_keys for key, study in self.by_id.items()}


CorpusDefect = tuple[SoundStudy, Defect]
BOOK: RuleBook[Corpus, CorpusDefect] = RuleBook()


@BOOK.rule("study-in-two-files")
def _study_in_two_files(corpus: Corpus) -> Iterator[CorpusDefect]:
    """Two files with one id would be built into one graph."""
    for study in corpus.studies:
        first = corpus.by_id[study.record.study]
        if first is not study:
            message = f"The study '{study.record.study}' stands in {first.tree.path} already."
            yield study, Defect(("study",), message, "Merge the two files, or give this study an id of its own.")


@BOOK.rule("alias-taken")
def _alias_taken(corpus: Corpus) -> Iterator[CorpusDefect]:
    """An alias leads to one study."""
    owners = dict(corpus.by_id)
    for study in corpus.studies:
        for at, alias in enumerate(study.record.aliases):
            owner = owners.setdefault(alias, study)
            if owner is not study:
                message = f"'{alias}' is taken by {owner.tree.path}."
                yield study, Defect(("aliases", at), message, "Delete it here or there.")


@BOOK.rule("article-in-two-files")
def _article_in_two_files(corpus: Corpus) -> Iterator[CorpusDefect]:
    """One article under two study ids: its people would be counted twice."""
    owners: dict[tuple[str, str], SoundStudy] = {}
    for study in corpus.studies:
        for field in ("doi", "pmid", "pmcid"):
            value = getattr(study.record, field)
            owner = owners.setdefault((field, value.lower()), study) if value is not None else study
            if owner.record.study != study.record.study:
                message = f"This {field.upper()} is that of '{owner.record.study}' ({owner.tree.path}) already."
                yield study, Defect((field,), message, "One of the two is wrong, or the two files describe one study.")


@BOOK.rule("synthetic-with-real")
def _synthetic_with_real(corpus: Corpus) -> Iterator[CorpusDefect]:
    """Made-up studies are for tests of scale and are never mixed with evidence."""
    synthetic = [study for study in corpus.studies if study.record.synthetic]
    if synthetic and len(synthetic) < len(corpus.studies):
        message = f"{len(synthetic)} of these {len(corpus.studies)} studies are synthetic, this one among them."
        hint = "Keep synthetic studies in a directory of their own and build it by itself."
        yield synthetic[0], Defect(("synthetic",), message, hint)


@BOOK.rule("evidence-outcome-unknown")
def _evidence_outcome_unknown(corpus: Corpus) -> Iterator[CorpusDefect]:
    """An evidence line that points to an outcome which is not there supports nothing."""
    for study in corpus.studies:
        for other, key, path in find_evidence_items(study.record):
            if other != study.record.study and key not in corpus.outcome_keys.get(other, frozenset((key,))):
                message = f"The study '{other}' has no outcome '{key}'."
                known = ", ".join(sorted(corpus.outcome_keys[other])) or "none"
                yield study, Defect(path, message, f"Its outcomes are: {known}.")


@BOOK.rule("evidence-study-unknown", "warning")
def _evidence_study_unknown(corpus: Corpus) -> Iterator[CorpusDefect]:
    """An evidence line may point to a study that is still to be curated."""
    for study in corpus.studies:
        for other, _, path in find_evidence_items(study.record):
            if other not in corpus.known_ids:
                yield study, Defect(path, f"There is no study '{other}' among these files.", "Add it, or check the id.")


@BOOK.rule("overlap-study-unknown", "warning")
def _overlap_study_unknown(corpus: Corpus) -> Iterator[CorpusDefect]:
    """A possible overlap with a study that is not here changes no total."""
    for study in corpus.studies:
        for at, overlap in enumerate(study.record.may_overlap):
            if overlap.study not in corpus.known_ids:
                message = f"There is no study '{overlap.study}' among these files."
                yield study, Defect(("may overlap", at, "study"), message, "Add it, or check the id.")


@BOOK.rule("cited-study-unknown", "warning")
def _cited_study_unknown(corpus: Corpus) -> Iterator[CorpusDefect]:
    """A cited work that is said to be among the studies should be there."""
    for study in corpus.studies:
        for at, reference in enumerate(study.record.references):
            if reference.study is not None and reference.study not in corpus.known_ids:
                message = f"There is no study '{reference.study}' among these files."
                yield study, Defect(("references", at, "study"), message, "Add it, or delete the line.")
