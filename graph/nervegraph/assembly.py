"""From study files to the whole graph in memory: checked records, their named graphs, vocabularies, what follows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nervegraph import __version__, derivation, triples
from nervegraph.checked_studies import read_checked_studies
from nervegraph.checks import GraphFinding, run_checks
from nervegraph.errors import FindingsError, Misuse
from nervegraph.findings import Finding, has_errors
from nervegraph.model import StudyFile
from nervegraph.resources import list_study_files, resource_directory
from nervegraph.shapes import find_broken_shapes
from nervegraph.store import MemoryStore, memory_store
from nervegraph.vocabulary import Vocabulary, vocabulary_quads

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
    """The graph of some study files, before anything is written: the store holds what the N-Quads lines say."""

    store: MemoryStore
    lines: list[str]
    warnings: list[Finding]

    @property
    def nquads(self) -> bytes:
        """All graphs as N-Quads text, sorted; its SHA-256 is the data hash of a build."""
        return joined(self.lines)

    @property
    def evidence(self) -> bytes:
        """The studies and vocabularies as N-Quads text, without what was derived from them."""
        derived = f"<{derivation.DERIVED_GRAPH}> ."
        return joined(line for line in self.lines if not line.endswith(derived))


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


def read_studies(
    paths: Sequence[Path], vocabulary: Vocabulary, progress: Progress = no_progress
) -> tuple[list[StudyFile], list[Finding]]:
    """The records of these study files with the warnings about them, after every check on files has passed.

    :raises BuildFindings: a file has an error, alone or beside the others.
    :raises Misuse: synthetic studies stand beside real ones.
    """
    studies = read_checked_studies(paths, vocabulary, lambda done, total: progress("checking study files", done, total))
    mixed = next((finding for finding in studies.findings if finding.rule == "synthetic-with-real"), None)
    if mixed is not None:
        raise Misuse(f"{mixed} Nothing was built.")
    if has_errors(studies.findings):
        raise BuildFindings(in_files=studies.findings)
    return studies.records, list(studies.findings)


def assemble(paths: Sequence[Path], progress: Progress = no_progress) -> Assembled:
    """The graph of these study files with the vocabularies and everything derived; closing its store is the caller's.

    :raises BuildFindings: a study file has errors.
    :raises Misuse: synthetic studies stand beside real ones.
    """
    records, warnings = read_studies(paths, Vocabulary.shipped(), progress)
    progress("writing triples", 0, 0)
    lines = [line for record in records for line in triples.build_study_lines(record)]
    lines += vocabulary_quads()
    store = memory_store(joined(lines))
    progress("deriving", 0, 0)
    names, derived = [], []
    for name, rule_lines in derivation.derive(store, resource_directory("queries") / "derive"):
        names.append(name)
        derived += rule_lines
    derived += derivation.provenance_lines(names, __version__)
    store.add_nquads(derived)
    return Assembled(store, sorted(lines + derived), warnings)


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
