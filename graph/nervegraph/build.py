"""The main job: assemble the graph from the study files, check it, and publish everything made from it at once.

The N-Quads text made from the records is the product all others are made from: the data hash, the files and the store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nervegraph import __version__, terms
from nervegraph.assembly import (
    BuildFindings,
    Progress,
    assemble,
    find_graph_contradictions,
    find_study_files,
    no_progress,
)
from nervegraph.errors import SurroundingsError
from nervegraph.explorer import PageFacts, build_explorer
from nervegraph.findings import Finding
from nervegraph.freshness import SHIPPED_EVIDENCE
from nervegraph.manifest import input_digests
from nervegraph.publication import building
from nervegraph.published import Published
from nervegraph.questions import load_questions
from nervegraph.rdfterms import Literal
from nervegraph.report import write_report
from nervegraph.resources import resource_directory
from nervegraph.store import AnyStore, create_store, write_trig, write_turtle

# Where most goes into the store, a build takes about four times the N-Quads text.
_SPACE_PER_BYTE_OF_NQUADS = 4


@dataclass(frozen=True)
class BuildResult:
    """A published build with what there is to say about it; `warnings` are findings that do not stop a build."""

    published: Published
    counts: dict[str, int]
    warnings: list[Finding]


def build(directories: Sequence[Path], output: Path, progress: Progress = no_progress) -> BuildResult:
    """Build everything from the study files in `directories` into `output` and publish it.

    The same study files, vocabularies and queries give the same bytes in every file but the store's own.

    :raises BuildFindings: a study file or the graph has errors.
    :raises Misuse: a directory is missing or empty, synthetic studies stand beside real ones, or `output` holds other
        things than a build.
    :raises SurroundingsError: lock, disk or permissions; the previous build is untouched.
    """
    paths = find_study_files(directories)
    inputs = _digest_inputs(paths)
    # The place is taken before the work starts, so that a second builder is told at once and not after all of it.
    with building(output) as staging, staging.scratch() as scratch:
        assembled = assemble(paths, progress, folder=scratch)
        with assembled.store as store:
            if contradictions := find_graph_contradictions(assembled, progress):
                raise BuildFindings(in_graph=contradictions)
            nquads = assembled.nquads
            staging.require_room(_SPACE_PER_BYTE_OF_NQUADS * assembled.gathered.size)
            counts = count_things(store)
            facts = PageFacts(version=__version__, data_sha256=_digest_of(nquads), counts=counts)
            progress("writing", 0, 4)
            create_store(staging.store, nquads)
            progress("writing", 1, 4)
            write_trig(staging.path / "nervegraph.trig", nquads, terms.PREFIXES)
            write_turtle(staging.path / "evidence.ttl", assembled.evidence, terms.PREFIXES)
            progress("writing", 2, 4)
            (staging.path / "explorer.html").write_text(build_explorer(store, facts=facts), "utf-8", newline="\n")
            progress("writing", 3, 4)
            write_report(store, load_questions(resource_directory("queries") / "questions"), facts, staging.path)
        published = staging.publish(
            {
                "nervegraph": __version__,
                "data_sha256": facts.data_sha256,
                "counts": counts,
                "inputs": inputs,
                "made_from": SHIPPED_EVIDENCE if _is_shipped(directories) else "other study files",
            }
        )
    progress("writing", 4, 4)
    return BuildResult(published, counts, assembled.warnings)


def _digest_inputs(paths: Sequence[Path]) -> dict[str, str]:
    try:
        return input_digests(paths)
    except OSError as error:
        raise SurroundingsError(f"{error.filename}: the study file cannot be read ({error.strerror}).") from error


def _digest_of(nquads: Path | bytes) -> str:
    if isinstance(nquads, bytes):
        return hashlib.sha256(nquads).hexdigest()
    with nquads.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_shipped(directories: Sequence[Path]) -> bool:
    return [directory.resolve() for directory in directories] == [resource_directory("studies").resolve()]


def count_things(store: AnyStore) -> dict[str, int]:
    """What there is in the graph, by kind, as the shipped question `size_of_the_graph` counts it."""
    question = load_questions(resource_directory("queries") / "questions")["size_of_the_graph"]
    counts: dict[str, int] = {}
    for what, number in store.select(question.fill()).rows:
        if not isinstance(what, Literal) or not isinstance(number, Literal):
            raise SurroundingsError("the question size_of_the_graph must give a kind and a number in every row")
        counts[what.value] = int(number.value)
    return counts
