"""Study files read with everything that is wrong in them: YAML, schema, and what does not fit together.

`check` and `build` both read study files through here, so that what `check` accepts is what gets built.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from nervegraph.crosschecks import StudyFacts, find_contradictions, find_corpus_contradictions
from nervegraph.findings import Finding, has_errors
from nervegraph.model import StudyFile
from nervegraph.reading_processes import count_processes, read_in_processes
from nervegraph.record_types import Vocabularies
from nervegraph.study_file import Reading, parse_study_file, read_record, read_study_file
from nervegraph.study_tree import Tree

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Called as `progress(done, total)` before each file."""


class Checked(Protocol):
    """A study file that was checked, whatever was kept of it."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong in it by itself, sorted by position."""

    @property
    def facts(self) -> StudyFacts:
        """What checks between files need of it."""


@dataclass(frozen=True, slots=True)
class CheckedStudy(Generic[T]):
    """What is kept of one study file among many; `taken` is what was made of its reading."""

    path: Path
    findings: tuple[Finding, ...]
    facts: StudyFacts
    taken: T

    def without_taken(self) -> CheckedStudy[None]:
        """The same without what was made of it."""
        return CheckedStudy(self.path, self.findings, self.facts, None)


@dataclass(frozen=True)
class CheckedStudies:
    """Study files that were read together, in the order given, and all findings about them, sorted by position."""

    readings: tuple[Reading, ...]
    findings: tuple[Finding, ...]

    @property
    def records(self) -> list[StudyFile]:
        """The records of the files without errors of their own."""
        return [reading.record for reading in self.readings if reading.record is not None]


def read_checked_study(path: Path, vocabulary: Vocabularies) -> Reading:
    """The study file at `path` with all findings of both passes; `record` is None if one of them is an error.

    :raises Misuse: there is no such file, or it is a directory or a device.
    :raises SurroundingsError: the file is there and cannot be opened or read.
    """
    return _cross_checked(read_study_file(path, vocabulary))


def parse_checked_study(data: bytes, path: Path, vocabulary: Vocabularies) -> Reading:
    """The same for the bytes of a study file; `path` only names it in findings. Never raises."""
    return _cross_checked(parse_study_file(data, path, vocabulary))


def read_checked_tree(tree: Tree, vocabulary: Vocabularies) -> Reading:
    """The same for a tree that comes from elsewhere than a study file. Never raises."""
    return _cross_checked(read_record(tree, vocabulary))


def read_checked_studies(
    paths: Sequence[Path], vocabulary: Vocabularies, progress: Progress = lambda done, total: None
) -> CheckedStudies:
    """All these study files, checked one by one and against each other; for as many as may be held in memory.

    :raises Misuse: a path is no file.
    :raises SurroundingsError: a file cannot be read.
    """
    readings = []
    for done, path in enumerate(paths):
        progress(done, len(paths))
        readings.append(read_checked_study(path, vocabulary))
    return CheckedStudies(tuple(readings), tuple(collect_findings(readings)))


def check_studies(
    paths: Sequence[Path],
    vocabulary: Vocabularies,
    take: Callable[[Reading, Vocabularies], T],
    *,
    progress: Progress = lambda done, total: None,
    processes: int | None = None,
) -> Generator[CheckedStudy[T]]:
    """These study files one after the other, in the order given, each checked by itself; for any number of files.

    Many files are read by several processes; the results are the same. Close the iterator when it is not walked to its
    end, as `contextlib.closing` does, and they are gone.

    :param take: makes of a reading what is to be kept; a function that a process can be told the name of.
    :param processes: how many; None leaves it to the number of files and processors.
    :raises Misuse: a path is no file.
    :raises SurroundingsError: a file cannot be read, or a process that reads was ended from outside.
    """
    number = count_processes(len(paths)) if processes is None else processes
    if number > 1:
        studies = read_in_processes(paths, vocabulary, take, number)
    else:
        studies = (check_study(path, vocabulary, take) for path in paths)
    with closing(studies):
        for done in range(len(paths)):
            progress(done, len(paths))
            yield next(studies)


def check_study(path: Path, vocabulary: Vocabularies, take: Callable[[Reading, Vocabularies], T]) -> CheckedStudy[T]:
    """What is kept of one study file; raises as `read_checked_study`."""
    reading = read_checked_study(path, vocabulary)
    return CheckedStudy(reading.path, reading.findings, reading.facts, take(reading, vocabulary))


def take_nothing(reading: Reading, vocabulary: Vocabularies) -> None:
    """Nothing beside findings and facts."""


def collect_findings(studies: Iterable[Checked], beside: Iterable[Checked] = ()) -> list[Finding]:
    """The findings of these files and those between them, sorted by position.

    :param beside: files that count as present, and whose own findings are left out.
    """
    studies = tuple(studies)
    paths = {study.path for study in studies}
    between = find_corpus_contradictions(study.facts for study in (*studies, *beside))
    own = [finding for study in studies for finding in study.findings]
    return sorted([*own, *(finding for finding in between if finding.path in paths)])


def read_named_studies(studies: Iterable[Checked], vocabulary: Vocabularies) -> list[Reading]:
    """The studies that these name and that lie in the same directories under their ids, for a check of single files."""
    studies = tuple(studies)
    paths = {study.path for study in studies}
    found: dict[Path, Reading] = {}
    for study in studies:
        for name in sorted(study.facts.find_named_studies()):
            path = study.path.with_name(f"{name}.yaml")
            if path not in paths and path not in found and path.is_file():
                found[path] = read_study_file(path, vocabulary)
    return list(found.values())


def _cross_checked(reading: Reading) -> Reading:
    if reading.partial is None:
        return reading
    contradictions = find_contradictions(reading.partial, reading.tree, is_whole=reading.record is not None)
    if not contradictions and not reading.findings:
        return reading
    # What is still to be filled in is no wrong word of a vocabulary; saying both would only confuse.
    open_places = {(each.line, each.column) for each in contradictions if each.rule == "placeholder-left"}
    others = (each for each in reading.findings if (each.line, each.column) not in open_places)
    findings = tuple(sorted({*others, *contradictions}))
    return replace(reading, findings=findings, record=None if has_errors(findings) else reading.record)
