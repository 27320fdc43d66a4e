"""Which answers a study file moves: the evidence without its study against the evidence with it, nothing written.

The other studies are those that lie beside the file: the shipped ones for a file among them, else the study files of
its directory. A file that lies alone is compared with the shipped studies, unless it is synthetic: invented studies
meet invented ones only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nervegraph.assembly import assemble_records
from nervegraph.checked_studies import collect_findings, read_checked_studies
from nervegraph.checks import run_checks
from nervegraph.errors import NerveGraphError
from nervegraph.model import StudyFile
from nervegraph.moved_answers import Moved, find_moved_answers
from nervegraph.record_types import Vocabularies
from nervegraph.resources import list_study_files, resource_directory
from nervegraph.store import MemoryStore
from nervegraph.study_file import Reading

_NAMES_A_STUDY = re.compile(rb"^study\s*:", re.MULTILINE)
_LOOKED_AT_BYTES = 1 << 16


@dataclass(frozen=True)
class StudyMoves:
    """What one study moves, and against what that was found: `beside` other studies in `directory`.

    :param left_out: files there that have errors, so that their studies were left out on both sides.
    :param failed: why nothing could be compared, if so; `moved` is None then.
    """

    path: Path
    directory: Path
    beside: int
    left_out: tuple[Path, ...]
    moved: Moved | None
    failed: str = ""


def find_study_moves(readings: Iterable[Reading], vocabulary: Vocabularies) -> Iterator[StudyMoves]:
    """What each of these studies moves on its own, one after the other; studies with nothing to meet are left out.

    Files without a record, which have errors, are passed over. Whatever is wrong beside a file never raises.
    """
    read = _OtherStudies(vocabulary)
    for reading in readings:
        if reading.record is not None and (others := read.find(reading.path, reading.record)) is not None:
            yield _compare(reading, reading.record, others)


@dataclass(frozen=True)
class _Others:
    """The other studies that a study meets, and the files left out because of errors."""

    directory: Path
    readings: tuple[Reading, ...]
    left_out: tuple[Path, ...]


class _OtherStudies:
    """The studies beside files; each directory is read once."""

    def __init__(self, vocabulary: Vocabularies) -> None:
        self._vocabulary = vocabulary
        self._read: dict[Path, tuple[tuple[Reading, ...], set[Path]]] = {}

    def find(self, path: Path, record: StudyFile) -> _Others | None:
        """The studies of the same kind, synthetic or real, that this one meets; None if there are none."""
        shipped = resource_directory("studies")
        if path.resolve().is_relative_to(shipped):
            return self._others(shipped, list_study_files(shipped), path, record)
        beside = [each for each in sorted(path.parent.glob("*.yaml")) if _is_study_file(each)]
        others = self._others(path.parent, beside, path, record)
        if others is None and not record.synthetic:
            return self._others(shipped, list_study_files(shipped), path, record)
        return others

    def _others(self, directory: Path, paths: Sequence[Path], path: Path, record: StudyFile) -> _Others | None:
        if directory not in self._read:
            studies = read_checked_studies(paths, self._vocabulary)
            alike = [each for each in studies.readings if each.record and each.record.synthetic == record.synthetic]
            faulty = {found.path for found in collect_findings(alike) if found.severity == "error"}
            faulty |= {reading.path for reading in studies.readings if reading.record is None}
            self._read[directory] = studies.readings, faulty
        readings, faulty = self._read[directory]
        others = tuple(
            reading
            for reading in readings
            if reading.record is not None
            and reading.path not in faulty
            and reading.record.synthetic == record.synthetic
            and reading.record.study != record.study
        )
        left_out = tuple(sorted(each for each in faulty if each.resolve() != path.resolve()))
        return _Others(directory, others, left_out) if others else None


def _is_study_file(path: Path) -> bool:
    """Whether a file beside another is a study file too, and not some other program's YAML."""
    if path.name.startswith(".") or not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return _NAMES_A_STUDY.search(file.read(_LOOKED_AT_BYTES)) is not None
    except OSError:
        return False


def _compare(reading: Reading, record: StudyFile, others: _Others) -> StudyMoves:
    moved, failed = None, _find_conflict(reading, others)
    records = [other.record for other in others.readings if other.record is not None]
    try:
        if not failed:
            with assemble_records(records).store as before, assemble_records([*records, record]).store as after:
                failed = _find_refusal(before, after)
                moved = None if failed else find_moved_answers(before, after, [record.study])
    except NerveGraphError as error:
        failed = str(error)
    return StudyMoves(reading.path, others.directory, len(records), others.left_out, moved, failed)


def _find_conflict(reading: Reading, others: _Others) -> str:
    """The first error that the file has beside the others and not alone; empty if there is none."""
    found = collect_findings([reading], beside=others.readings)
    new = [each for each in found if each.severity == "error" and each not in reading.findings]
    return str(new[0]) if new else ""


def _find_refusal(before: MemoryStore, after: MemoryStore) -> str:
    """What a build would refuse about the graph with the study and not without it; empty if nothing.

    Moves of such a graph would mislead: the same article under another id would count its people twice.
    """
    checks = resource_directory("queries") / "checks"
    found = run_checks(after, checks)
    if not found:
        return ""
    new = sorted({*found} - {*run_checks(before, checks)})
    return f"build would refuse it: {new[0]}" if new else ""
