"""Many study files read by several processes: the same results in the same order as from one, in less time.

Each process is given a few files at a time and sends back what is to be kept of them. The shares go round, and a
process that is ahead waits until its result is fetched, so that no more than a few shares are ever in memory.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

from nervegraph.errors import NerveGraphError, ResourceError
from nervegraph.own_process import command_of
from nervegraph.record_types import Vocabularies
from nervegraph.study_file import Reading

if TYPE_CHECKING:
    from nervegraph.checked_studies import CheckedStudy

T = TypeVar("T")

FILES_PER_PROCESS = 300
"""Starting a process takes about as long as reading so many files."""
_MOST_PROCESSES = 16
_FILES_AT_ONCE = 16
_SHARES_AHEAD = 2
_LONGEST_COMPLAINT_BYTES = 1 << 16


def count_processes(n_files: int) -> int:
    """How many processes read so many files fastest on this machine; 1 means that no other is worth its start."""
    if sys.platform == "linux":
        processors = len(os.sched_getaffinity(0))
    else:
        processors = os.cpu_count() or 1
    return max(1, min(processors, n_files // FILES_PER_PROCESS, _MOST_PROCESSES))


def read_in_processes(
    paths: Sequence[Path],
    vocabulary: Vocabularies,
    take: Callable[[Reading, Vocabularies], T],
    processes: int,
) -> Generator[CheckedStudy[T]]:
    """See `checked_studies.check_studies`; all processes have ended when this has, whatever happened."""
    shares = [paths[at : at + _FILES_AT_ONCE] for at in range(0, len(paths), _FILES_AT_ONCE)]
    task = pickle.dumps((vocabulary, take))
    with ExitStack() as stack:
        readers = [stack.enter_context(_reading_process(task)) for _ in shares[:processes]]
        ahead = _SHARES_AHEAD * len(readers)
        for number, share in enumerate(shares[:ahead]):
            readers[number % len(readers)].give(pickle.dumps(share))
        for number in range(len(shares)):
            reader = readers[number % len(readers)]
            studies = reader.fetch()
            for share in shares[number + ahead : number + ahead + 1]:
                reader.give(pickle.dumps(share))
            for study in studies:
                if isinstance(study, NerveGraphError):
                    raise study
                yield study


class _ReadingProcess:
    """A process that reads study files."""

    def __init__(self, process: subprocess.Popen[bytes], complaints: IO[bytes]) -> None:
        self._process = process
        self._complaints = complaints
        self._to_process, self._from_process = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)

    def give(self, message: bytes) -> None:
        """Send it its task, and afterwards the files of each share, after those it was given before.

        :raises SurroundingsError: the process has ended.
        """
        try:
            self._to_process.write(message)
            self._to_process.flush()
        except OSError:
            raise self._explain_death() from None

    def fetch(self) -> list[Any]:
        """What came of the share given first and not fetched yet; the last may be the error that ended the reading.

        :raises SurroundingsError: the process has ended.
        """
        try:
            return cast("list[Any]", pickle.load(self._from_process))  # noqa: S301 - a process of our own wrote it
        except (EOFError, pickle.UnpicklingError):
            raise self._explain_death() from None

    def _explain_death(self) -> Exception:
        self._process.kill()
        exit_code = self._process.wait()
        self._complaints.seek(0)
        complaint = self._complaints.read(_LONGEST_COMPLAINT_BYTES).decode("utf-8", "replace").strip()
        if complaint and "MemoryError" not in complaint:
            return RuntimeError(f"a process that reads study files failed:\n{complaint}")
        return ResourceError(
            f"one of the processes that read the study files was ended from outside (code {exit_code}), most often by "
            "the system when memory runs out. Free memory, and try again."
        )


@contextmanager
def _reading_process(task: bytes) -> Iterator[_ReadingProcess]:
    """A process with its task; it is gone when the block ends, and notices by itself when this process is gone."""
    command = command_of("nervegraph.reading_worker")
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints) as process,
    ):
        try:
            reading = _ReadingProcess(process, complaints)
            reading.give(task)
            yield reading
        finally:
            process.kill()
            # What was not sent any more breaks the pipe once more, when it is closed.
            with suppress(OSError):
                cast("IO[bytes]", process.stdin).close()
