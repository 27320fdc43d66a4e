"""Many study files read by several processes: the same results or an error in words, and nothing left running."""

from __future__ import annotations

import operator
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from nervegraph import reading_processes
from nervegraph.checked_studies import check_studies, collect_findings, read_checked_studies, take_nothing
from nervegraph.errors import Misuse, ResourceError
from nervegraph.preview import take_preview
from nervegraph.reading_processes import count_processes
from nervegraph.resources import list_study_files, resource_directory
from nervegraph.vocabulary import Vocabulary

TESTS = Path(__file__).parent
SOUND = list_study_files(resource_directory("studies"))
# Files of every kind, sound and faulty ones in turns, some of them in conflict with each other.
FILES = sorted(
    [*SOUND, *list_study_files(TESTS / "data"), *list_study_files(TESTS / "invalid")], key=lambda path: path.stem
)
VOCABULARY = Vocabulary.shipped()


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The processes that a test has started; none of them may be left."""
    processes: list[subprocess.Popen[bytes]] = []

    class Recorded(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            processes.append(self)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    yield processes
    assert all(process.returncode is not None for process in processes)


def test_any_number_of_processes_gives_the_same_results_in_the_same_order(
    started: list[subprocess.Popen[bytes]],
) -> None:
    take = partial(take_preview, whole=None)
    alone = list(check_studies(FILES, VOCABULARY, take, processes=1))
    assert not started
    assert [study.path for study in alone] == FILES
    assert list(check_studies(FILES, VOCABULARY, take, processes=2)) == alone
    assert list(check_studies(FILES, VOCABULARY, take, processes=5)) == alone
    assert len(started) == 2 + 5


def test_what_is_kept_of_each_file_is_enough_for_the_checks_between_them() -> None:
    whole = read_checked_studies(FILES, VOCABULARY)
    kept = list(check_studies(FILES, VOCABULARY, take_nothing, processes=2))
    assert tuple(collect_findings(kept)) == whole.findings
    assert {finding.rule for finding in whole.findings} >= {"study-in-two-files", "synthetic-with-real"}


def test_progress_counts_every_file_once() -> None:
    told: list[tuple[int, int]] = []
    with closing(
        check_studies(SOUND, VOCABULARY, take_nothing, progress=lambda *done: told.append(done), processes=2)
    ) as all_:
        assert len(list(all_)) == len(SOUND)
    assert told == [(done, len(SOUND)) for done in range(len(SOUND))]


def test_few_files_start_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)), raising=False)
    assert [count_processes(n) for n in (0, 1, 54, 599)] == [1, 1, 1, 1]
    assert [count_processes(n) for n in (600, 1000, 10_000)] == [2, 3, 8]


def test_a_file_that_is_missing_is_the_same_error_at_the_same_place(tmp_path: Path) -> None:
    paths = [*SOUND[:20], tmp_path / "gone.yaml", *SOUND[20:]]
    with closing(check_studies(paths, VOCABULARY, take_nothing, processes=2)) as studies:
        assert [next(studies).path for _ in range(20)] == SOUND[:20]
        with pytest.raises(Misuse, match=r"gone\.yaml: there is no such file"):
            next(studies)


def test_a_reader_that_stops_early_leaves_no_process(started: list[subprocess.Popen[bytes]]) -> None:
    with closing(check_studies(SOUND, VOCABULARY, take_nothing, processes=2)) as studies:
        next(studies)
        assert [process.poll() for process in started] == [None, None]
    assert [process.returncode is None for process in started] == [False, False]


def test_an_interrupt_leaves_no_process(started: list[subprocess.Popen[bytes]]) -> None:
    def interrupted(done: int, total: int) -> None:
        if done == 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(check_studies(SOUND, VOCABULARY, take_nothing, progress=interrupted, processes=2))
    assert len(started) == 2


def test_a_process_that_is_killed_ends_the_reading_in_words(started: list[subprocess.Popen[bytes]]) -> None:
    def kill_one(done: int, total: int) -> None:
        if done == 1:
            started[1].kill()

    with pytest.raises(ResourceError, match=r"ended from outside .* memory"):
        list(check_studies(SOUND, VOCABULARY, take_nothing, progress=kill_one, processes=2))


def test_a_mistake_of_the_program_in_another_process_is_told_with_its_details() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)Traceback .*TypeError: unsupported operand"):
        list(check_studies(SOUND, VOCABULARY, operator.truediv, processes=2))


SCRIPT = """
import subprocess, sys, time
from pathlib import Path
from nervegraph.checked_studies import check_studies, take_nothing
from nervegraph.vocabulary import Vocabulary

started = []
start = subprocess.Popen.__init__
def remember(self, *arguments, **options):
    start(self, *arguments, **options)
    started.append(self.pid)
subprocess.Popen.__init__ = remember
for study in check_studies(list(map(Path, sys.argv[1:])), Vocabulary.shipped(), take_nothing, processes=2):
    print(*started, flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(os.name != "posix", reason="processes are looked for as POSIX has them")
def test_a_killed_program_leaves_no_process_even_one_whose_main_script_could_not_be_imported_again() -> None:
    with subprocess.Popen([sys.executable, "-c", SCRIPT, *map(str, SOUND)], stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        pids = [int(pid) for pid in program.stdout.readline().split()]
        assert len(pids) == 2
        assert all(map(_is_running, pids))
        program.kill()
    deadline = time.monotonic() + 60
    while any(map(_is_running, pids)):
        assert time.monotonic() < deadline, "a process is left"
        time.sleep(0.01)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Whoever inherits a dead process need not have waited for it yet.
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_check_of_many_files_that_is_told_to_stop_says_so_and_no_more(
    number: signal.Signals, exit_code: int, tmp_path: Path
) -> None:
    for at in range(2 * reading_processes.FILES_PER_PROCESS):
        (tmp_path / f"study-{at}.yaml").symlink_to(SOUND[at % len(SOUND)])
    command = [sys.executable, "-c", CHECK, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"reading\n"
        # To all processes, as a terminal does.
        os.killpg(program.pid, number)
        out, err = program.communicate(timeout=60)
    assert (program.returncode, out, err.decode()) == (exit_code, b"", "nervegraph: stopped.\n")


CHECK = """
import os, sys
# One processor would read alone.
os.cpu_count = lambda: 2
os.sched_getaffinity = lambda process: {0, 1}
from nervegraph import checked_studies, cli, reading_processes

fetch = reading_processes._ReadingProcess.fetch
def tell_and_fetch(self):
    print("reading", flush=True)
    reading_processes._ReadingProcess.fetch = fetch
    return fetch(self)
reading_processes._ReadingProcess.fetch = tell_and_fetch
sys.argv[1:1] = ["check"]
cli.main()
"""
