"""Rules about several study files together: one study in two files, links between studies that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from nervegraph.crosschecks.facts import StudyFacts
from nervegraph.crosschecks.rules import RuleBook
from nervegraph.study_tree import Position


class CorpusDefect(NamedTuple):
    """What a rule found in one of the files: where, what is wrong, and what to do."""

    study: StudyFacts
    at: Position
    message: str
    hint: str


class Corpus:
    """All studies that are checked or built together, in the order given."""

    def __init__(self, facts: Iterable[StudyFacts]) -> None:
        known: set[str] = set()
        self.studies: list[StudyFacts] = []
        for study in facts:
            # A file with errors in it is still there: whoever names its study has not misspelt it.
            known.update((study.study.name, *(alias.name for alias in study.aliases)))
            if study.is_sound:
                self.studies.append(study)
        self.known_ids = frozenset(known)
        self.by_id = {study.study.name: study for study in reversed(self.studies)}
        self.outcome_keys = cache(self._outcome_keys)

    def _outcome_keys(self, study: str) -> frozenset[str] | None:
        """The outcomes of a sound study; None if there is no such study."""
        return self.by_id[study].outcome_keys if study in self.by_id else None


BOOK: RuleBook[Corpus, CorpusDefect] = RuleBook()


@BOOK.rule("study-in-two-files")
def _study_in_two_files(corpus: Corpus) -> Iterator[CorpusDefect]:
    """Two files with one id would be built into one graph."""
    for study in corpus.studies:
        first = corpus.by_id[study.study.name]
        if first is not study:
            message = f"The study '{study.study.name}' stands in {first.path} already."
            hint = "Merge the two files, or give this study an id of its own."
            yield CorpusDefect(study, study.study.at, message, hint)


@BOOK.rule("alias-taken")
def _alias_taken(corpus: Corpus) -> Iterator[CorpusDefect]:
    """An alias leads to one study."""
    owners = dict(corpus.by_id)
    for study in corpus.studies:
        for alias in study.aliases:
            owner = owners.setdefault(alias.name, study)
            if owner is not study:
                yield CorpusDefect(
                    study, alias.at, f"'{alias.name}' is taken by {owner.path}.", "Delete it here or there."
                )


@BOOK.rule("article-in-two-files")
def _article_in_two_files(corpus: Corpus) -> Iterator[CorpusDefect]:
    """One article under two study ids: its people would be counted twice."""
    owners: dict[tuple[str, str], StudyFacts] = {}
    for study in corpus.studies:
        for field, identifier in study.identifiers:
            owner = owners.setdefault((field, identifier.name.lower()), study)
            if owner.study.name != study.study.name:
                message = f"This {field.upper()} is that of '{owner.study.name}' ({owner.path}) already."
                hint = "One of the two is wrong, or the two files describe one study."
                yield CorpusDefect(study, identifier.at, message, hint)


@BOOK.rule("synthetic-with-real")
def _synthetic_with_real(corpus: Corpus) -> Iterator[CorpusDefect]:
    """Made-up studies are for tests of scale and are never mixed with evidence."""
    synthetic = [(study, study.synthetic) for study in corpus.studies if study.synthetic is not None]
    if synthetic and len(synthetic) < len(corpus.studies):
        message = f"{len(synthetic)} of these {len(corpus.studies)} studies are synthetic, this one among them."
        hint = "Keep synthetic studies in a directory of their own and build it by itself."
        yield CorpusDefect(*synthetic[0], message, hint)


@BOOK.rule("evidence-outcome-unknown")
def _evidence_outcome_unknown(corpus: Corpus) -> Iterator[CorpusDefect]:
    """An evidence line that points to an outcome which is not there supports nothing."""
    for study in corpus.studies:
        for item in study.evidence:
            keys = corpus.outcome_keys(item.study)
            if item.study != study.study.name and keys is not None and item.outcome not in keys:
                message = f"The study '{item.study}' has no outcome '{item.outcome}'."
                yield CorpusDefect(study, item.at, message, f"Its outcomes are: {', '.join(sorted(keys)) or 'none'}.")


@BOOK.rule("evidence-study-unknown", "warning")
def _evidence_study_unknown(corpus: Corpus) -> Iterator[CorpusDefect]:
    """An evidence line may point to a study that is still to be curated."""
    for study in corpus.studies:
        for item in study.evidence:
            if item.study not in corpus.known_ids:
                message = f"There is no study '{item.study}' among these files."
                yield CorpusDefect(study, item.at, message, "Add it, or check the id.")


@BOOK.rule("overlap-study-unknown", "warning")
def _overlap_study_unknown(corpus: Corpus) -> Iterator[CorpusDefect]:
    """A possible overlap with a study that is not here changes no total."""
    for study in corpus.studies:
        for other in study.overlaps:
            if other.name not in corpus.known_ids:
                message = f"There is no study '{other.name}' among these files."
                yield CorpusDefect(study, other.at, message, "Add it, or check the id.")


@BOOK.rule("cited-study-unknown", "warning")
def _cited_study_unknown(corpus: Corpus) -> Iterator[CorpusDefect]:
    """A cited work that is said to be among the studies should be there."""
    for study in corpus.studies:
        for other in study.cited:
            if other.name not in corpus.known_ids:
                message = f"There is no study '{other.name}' among these files."
                yield CorpusDefect(study, other.at, message, "Add it, or delete the line.")
