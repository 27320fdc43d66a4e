"""Study files read with everything that is wrong in them: YAML, schema, and what does not fit together.

`check` and `build` both read study files through here, so that what `check` accepts is what gets built.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nervegraph.crosschecks import find_contradictions, find_corpus_contradictions
from nervegraph.crosschecks.corpus import find_named_studies
from nervegraph.findings import Finding, has_errors
from nervegraph.model import StudyFile
from nervegraph.record_types import Vocabularies
from nervegraph.study_file import Reading, parse_study_file, read_study_file


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


def read_checked_studies(
    paths: Sequence[Path], vocabulary: Vocabularies, progress: Callable[[int, int], None] = lambda done, total: None
) -> CheckedStudies:
    """All these study files, checked one by one and against each other.

    :param progress: called as `progress(done, total)` before each file.
    :raises Misuse: a path is no file.
    :raises SurroundingsError: a file cannot be read.
    """
    readings = []
    for done, path in enumerate(paths):
        progress(done, len(paths))
        readings.append(read_checked_study(path, vocabulary))
    return CheckedStudies(tuple(readings), tuple(collect_findings(readings)))


def collect_findings(readings: Iterable[Reading], beside: Iterable[Reading] = ()) -> list[Finding]:
    """The findings of these files and those between them, sorted by position.

    :param beside: files that count as present, and whose own findings are left out.
    """
    readings = tuple(readings)
    paths = {reading.path for reading in readings}
    between = find_corpus_contradictions((*readings, *beside))
    own = [finding for reading in readings for finding in reading.findings]
    return sorted([*own, *(finding for finding in between if finding.path in paths)])


def read_named_studies(readings: Iterable[Reading], vocabulary: Vocabularies) -> list[Reading]:
    """The studies that these name and that lie in the same directories under their ids, for a check of single files."""
    readings = tuple(readings)
    paths = {reading.path for reading in readings}
    found: dict[Path, Reading] = {}
    for reading in readings:
        for study in sorted(find_named_studies(reading.record)) if reading.record else ():
            path = reading.path.with_name(f"{study}.yaml")
            if path not in paths and path not in found and path.is_file():
                found[path] = read_study_file(path, vocabulary)
    return list(found.values())


def _cross_checked(reading: Reading) -> Reading:
    if reading.partial is None:
        return reading
    contradictions = find_contradictions(reading.partial, reading.tree, is_whole=reading.record is not None)
    # What is still to be filled in is no wrong word of a vocabulary; saying both would only confuse.
    open_places = {(each.line, each.column) for each in contradictions if each.rule == "placeholder-left"}
    others = (each for each in reading.findings if (each.line, each.column) not in open_places)
    findings = tuple(sorted({*others, *contradictions}))
    return replace(reading, findings=findings, record=None if has_errors(findings) else reading.record)
