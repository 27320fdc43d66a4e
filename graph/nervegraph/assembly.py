"""From study files to the whole graph in memory: checked records, their named graphs, vocabularies, what follows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from nervegraph import derivation, triples
from nervegraph.checked_studies import CheckedStudy, check_studies, collect_findings
from nervegraph.checks import GraphFinding, run_checks
from nervegraph.errors import FindingsError, Misuse
from nervegraph.findings import Finding, has_errors
from nervegraph.gathered_lines import GatheredLines
from nervegraph.model import StudyFile
from nervegraph.record_types import Vocabularies
from nervegraph.resources import list_study_files, resource_directory
from nervegraph.shapes import find_broken_shapes
from nervegraph.store import MemoryStore, memory_store
from nervegraph.study_file import Reading
from nervegraph.vocabulary import Vocabulary, vocabulary_quads

_LINES_AT_ONCE = 10_000

Progress = Callable[[str, int, int], None]
"""Called as `progress(step, done, total)` while a step goes on; a total of 0 means that it is not known."""


def no_progress(step: str, done: int, total: int) -> None:
    """Progress for callers who do not want to see any."""


class BuildFindings(FindingsError):
    """The study files or the graph made from them have findings; nothing was published."""

    def __init__(self, *, in_files: Sequence[Finding] = (), in_graph: Sequence[GraphFinding] = ()) -> None:
        self.in_files = sorted(in_files)
        self.in_graph = sorted(in_graph)
        errors = sum(finding.severity == "error" for finding in in_files) + len(in_graph)
        files = len({finding.path for finding in in_files if finding.severity == "error"})
        where = f"{files} study file{'s' * (files != 1)}" if files else "the graph made from the study files"
        super().__init__(
            f"nothing was built: {errors} error{'s' * (errors != 1)} in {where}; the previous build is untouched."
        )


@dataclass(frozen=True)
class Assembled:
    """The graph of some study files, before anything is published: the store holds what the N-Quads lines say."""

    store: MemoryStore
    gathered: GatheredLines
    warnings: list[Finding]

    @property
    def nquads(self) -> Path | bytes:
        """All graphs as N-Quads text, sorted; its SHA-256 is the data hash of a build."""
        return self.gathered.sorted

    @property
    def evidence(self) -> Path | bytes:
        """The studies and vocabularies as N-Quads text, without what was derived from them."""
        return self.gathered.without_graph(derivation.DERIVED_GRAPH)


def find_study_files(directories: Sequence[Path]) -> list[Path]:
    """The study files of these directories and what is below them, sorted by name.

    :raises Misuse: a directory does not exist or holds no study file.
    """
    paths: list[Path] = []
    for directory in directories:
        if not directory.is_dir():
            raise Misuse(f"{directory}: there is no such directory; --studies names a directory of study files.")
        found = list_study_files(directory)
        if not found:
            raise Misuse(f"{directory}: no study files (*.yaml) here.")
        paths.extend(found)
    once = {path.resolve(): path for path in reversed(paths)}
    return sorted(once.values(), key=lambda path: (path.name, path))


def assemble(paths: Sequence[Path], progress: Progress = no_progress, *, folder: Path | None = None) -> Assembled:
    """The graph of these study files with the vocabularies and everything derived; closing its store is the caller's.

    :param folder: an empty folder for the lines of the graph, needed as long as the result is; None keeps them in
        memory, for graphs that are not large.
    :raises BuildFindings: a study file has errors.
    :raises Misuse: synthetic studies stand beside real ones.
    :raises OSError: the folder cannot be written, or its disk is full.
    """
    gathered = GatheredLines(folder)
    warnings = gather_studies(paths, gathered, progress)
    return _assemble_gathered(gathered, warnings, progress)


def assemble_records(records: Iterable[StudyFile]) -> Assembled:
    """The graph of these records, as `assemble` makes it of their files, in memory."""
    gathered = GatheredLines(None)
    for record in records:
        gathered.add(joined(triples.build_study_lines(record)))
    return _assemble_gathered(gathered, [], no_progress)


def _assemble_gathered(gathered: GatheredLines, warnings: list[Finding], progress: Progress) -> Assembled:
    from nervegraph.derived import DERIVING  # scipy is slow to import

    gathered.add(joined(vocabulary_quads()))
    progress("loading the graph", 0, 0)
    store = memory_store(gathered.unsorted)
    for step, derive in DERIVING.items():
        progress(step, 0, 0)
        _add_derived(derive(store), store, gathered)
    return Assembled(store, gathered, warnings)


def gather_studies(paths: Sequence[Path], gathered: GatheredLines, progress: Progress) -> list[Finding]:
    """Add the lines of all studies, and give the warnings about their files, after every check on files has passed.

    :raises BuildFindings: a file has an error, alone or beside the others.
    :raises Misuse: synthetic studies stand beside real ones.
    """
    checked: list[CheckedStudy[None]] = []
    is_sound = True
    studies = check_studies(
        paths, Vocabulary.shipped(), _study_nquads, progress=lambda *done: progress("checking study files", *done)
    )
    with closing(studies):
        for study in studies:
            is_sound = is_sound and study.facts.is_sound
            if is_sound:
                gathered.add(study.taken)
            checked.append(study.without_taken())
    findings = collect_findings(checked)
    mixed = next((finding for finding in findings if finding.rule == "synthetic-with-real"), None)
    if mixed is not None:
        raise Misuse(f"{mixed} Nothing was built.")
    if has_errors(findings):
        raise BuildFindings(in_files=findings)
    return findings


def _study_nquads(reading: Reading, vocabulary: Vocabularies) -> bytes:
    """The lines of a study; none for a file with errors."""
    return b"" if reading.record is None else joined(triples.build_study_lines(reading.record))


def _add_derived(lines: Iterable[str], store: MemoryStore, gathered: GatheredLines) -> None:
    """Add what one step derives, to the store only after all of it is known."""
    start, remaining = gathered.size, iter(lines)
    while some := joined(islice(remaining, _LINES_AT_ONCE)):
        gathered.add(some)
    for piece in gathered.pieces(start):
        store.add_nquads([piece.decode()])


def find_graph_contradictions(assembled: Assembled, progress: Progress = no_progress) -> list[GraphFinding]:
    """What the check queries and the shapes find in the graph, sorted."""
    progress("checking the graph", 0, 2)
    findings = run_checks(assembled.store, resource_directory("queries") / "checks")
    progress("checking the graph", 1, 2)
    broken = find_broken_shapes(assembled.store, resource_directory("ontology") / "shapes.ttl")
    return sorted(findings + [GraphFinding(found.shape, found.node, found.message) for found in broken])


def joined(lines: Iterable[str]) -> bytes:
    """N-Quads lines as text in UTF-8, each with its line end."""
    return "".join(f"{line}\n" for line in lines).encode()
