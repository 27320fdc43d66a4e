"""Asking a build: each query runs in a process of its own, which is killed at the deadline.

The engine has no deadline and cannot be interrupted, takes all memory it wants, and can be brought down by a query. So
it never runs in this process, and this process never parses a query. An answer comes whole or not at all.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast
from typing import Literal as OneOf

from nervegraph.errors import (
    DamagedBuildError,
    DeadlineError,
    EndpointError,
    FindingsError,
    Misuse,
    NerveGraphError,
    ResourceError,
    SurroundingsError,
)
from nervegraph.gate import check_query
from nervegraph.own_process import command_of
from nervegraph.query_text import QueryError
from nervegraph.results import Kind, NotResultsError, Results, parse_results

DEFAULT_TIMEOUT_SECONDS = 30.0
DEFAULT_MEMORY_BYTES = 1 << 30
DEFAULT_RESULT_BYTES = 64 << 20

Engine = OneOf["oxigraph", "rdflib"]
Task = OneOf["store", "dataset", "endpoint"]

# With one arena per thread glibc reserves 0.4 GB of addresses that nobody uses, and under the cap the engine then fails
# now and then to start its threads (1 query in 400).
_ENVIRONMENT = {"MALLOC_ARENA_MAX": "1"}
_SIGNS_OF_NO_MEMORY = ("memory allocation of", "MemoryError", "bad_alloc", "Cannot allocate memory", "out of memory")
_WINDOWS_STACK_OVERFLOW = 0xC00000FD
_LONGEST_HEADER_BYTES = 1 << 20
# At most one worker that was started before its query was known, with the file for what it complains about.
_waiting: list[tuple[subprocess.Popen[bytes], IO[bytes]]] = []
_END_SECONDS = 5.0


@dataclass(frozen=True)
class Limits:
    """What one query may use: seconds from start to end, memory beyond the store's own size, size of the answer."""

    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    memory_bytes: int = DEFAULT_MEMORY_BYTES
    result_bytes: int = DEFAULT_RESULT_BYTES

    def __post_init__(self) -> None:
        if not 0 < self.timeout_seconds <= 86_400:
            raise Misuse(
                f"a deadline of {self.timeout_seconds:g} s is not possible; give more than 0 and at most 86400."
            )


def ask_store(
    store_folder: Path,
    query: str,
    *,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    memory_bytes: int = DEFAULT_MEMORY_BYTES,
    result_bytes: int = DEFAULT_RESULT_BYTES,
) -> Results:
    """The results of any query on the store of a build.

    :param memory_bytes: what the query may use beyond the size of the store; no limit on Windows and macOS.
    :raises Misuse: the text is outside the limits of `gate` (nothing ran), or is not valid SPARQL.
    :raises DeadlineError: it was stopped at the deadline.
    :raises ResourceError: it needed too much memory, answered too much, or brought the engine down.
    :raises DamagedBuildError: the store is missing or damaged.
    """
    check_query(query)
    return run_worker("store", str(store_folder), query, Limits(timeout_seconds, memory_bytes, result_bytes))


def ask_dataset(
    trig_path: Path,
    query: str,
    *,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    memory_bytes: int = DEFAULT_MEMORY_BYTES,
    result_bytes: int = DEFAULT_RESULT_BYTES,
) -> Results:
    """The results that rdflib gives on the TriG file of a build, to compare engines; for shipped questions only.

    Raises as `ask_store`.
    """
    check_query(query)
    if not trig_path.is_file():
        raise DamagedBuildError(trig_path.parent, f"{trig_path.name} is missing")
    return run_worker("dataset", str(trig_path), query, Limits(timeout_seconds, memory_bytes, result_bytes))


def run_worker(task: Task, place: str, query: str, limits: Limits) -> Results:
    """The results of a query that was run in a process of its own, without looking at its text first.

    :param place: the store's folder, the TriG file or the endpoint's URL.
    """
    request = {
        "task": task,
        "place": place,
        "query": query,
        "timeout_seconds": limits.timeout_seconds,
        "memory_bytes": limits.memory_bytes,
        "result_bytes": limits.result_bytes,
    }
    header, body = _exchange(json.dumps(request).encode() + b"\n", limits)
    match header["status"]:
        case "answer":
            return _read_answer(header["kind"], body, task)
        case "too large":
            raise ResourceError(
                f"the answer is larger than {_in_megabytes(limits.result_bytes)}, the limit; nothing of it is shown. "
                "Add a LIMIT, or ask for fewer columns or sums instead of rows."
            )
        case "no memory":
            raise _no_memory(limits)
        case _:
            raise _error_from(header["type"], header["facts"])


def _read_answer(kind: Kind, body: bytes, task: Task) -> Results:
    try:
        results = parse_results(body)
    except NotResultsError as error:
        if task == "endpoint":
            raise EndpointError(f"the endpoint's answer cannot be used: {error}") from error
        raise SurroundingsError(f"the query's worker gave no whole answer: {error}. Ask again.") from error
    return Results("triples", results.columns, results.rows) if kind == "triples" else results


def _exchange(request: bytes, limits: Limits) -> tuple[dict[str, Any], bytes]:
    """Start a worker, give it the request, take its whole reply; afterwards the worker is gone, whatever happened."""
    talk = _Talk(request, limits.result_bytes + _LONGEST_HEADER_BYTES)
    with tempfile.TemporaryFile() as new_file:
        process, complaints = _find_waiting() or (_start(new_file), new_file)
        # Nothing may stand between the start and this try: an interrupt there leaves the worker to notice by itself.
        try:
            talk.start_with(process)
            talk.join(limits.timeout_seconds)
            if talk.is_alive():
                raise DeadlineError(limits.timeout_seconds)
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            raise DeadlineError(limits.timeout_seconds) from None
        finally:
            process.kill()
            process.wait()
            if talk.is_alive():
                talk.join()
        header = _parse_header(talk.reply)
        if header is None or process.returncode != 0:
            complaints.seek(0)
            raise _explain_death(process.returncode, complaints.read(_LONGEST_HEADER_BYTES), limits)
        return header, talk.reply[-header["bytes"] :] if header["bytes"] else b""


@contextlib.contextmanager
def worker_ahead() -> Iterator[None]:
    """Start the worker for the first query of this block at once, so that it is ready when the query is."""
    with tempfile.TemporaryFile() as complaints:
        process = _start(complaints)
        try:
            _waiting.append((process, complaints))
            yield
        finally:
            _waiting.clear()
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                cast("IO[bytes]", pipe).close()


def _find_waiting() -> tuple[subprocess.Popen[bytes], IO[bytes]] | None:
    try:
        return _waiting.pop()
    except IndexError:
        return None


def _start(complaints: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command_of("nervegraph.worker"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
        env={**os.environ, **_ENVIRONMENT},
    )


class _Talk(threading.Thread):
    """Writes the request and reads the reply, so that the deadline holds for both; closes the pipes at the end."""

    def __init__(self, request: bytes, limit_bytes: int) -> None:
        super().__init__(daemon=True)
        self._request = request
        self._limit_bytes = limit_bytes
        self.reply = b""

    def start_with(self, process: subprocess.Popen[bytes]) -> None:
        self._to_worker, self._from_worker = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
        self.start()

    def run(self) -> None:
        # A worker that dies early breaks the pipe, when it is written or when it is closed; its exit code says why.
        with contextlib.suppress(OSError), self._from_worker:
            self._to_worker.write(self._request)
            self._to_worker.flush()
            self.reply = self._from_worker.read(self._limit_bytes)
        with contextlib.suppress(OSError):
            self._to_worker.close()


def _parse_header(reply: bytes) -> dict[str, Any] | None:
    line, end, body = reply.partition(b"\n")
    if not end:
        return None
    header: dict[str, Any] = json.loads(line)
    return header if header["bytes"] == len(body) else None


def _explain_death(exit_code: int, complaints: bytes, limits: Limits) -> NerveGraphError:
    text = complaints.decode("utf-8", "replace")
    if any(sign in text for sign in _SIGNS_OF_NO_MEMORY):
        return _no_memory(limits)
    if sys.platform != "win32" and exit_code == -signal.SIGKILL:
        return ResourceError(
            "the query was killed from outside, most often by the system when memory runs out. "
            "Narrow it, or free memory, and ask again."
        )
    if exit_code in (-11, _WINDOWS_STACK_OVERFLOW) or "overflowed its stack" in text:
        return ResourceError(
            "the query brought the engine down; the build is unharmed. Nearly always it is nested too deeply: "
            "write it with fewer brackets and operators inside each other."
        )
    last_line = text.strip().rpartition("\n")[2] or "it said nothing"
    return SurroundingsError(f"the process that runs the query ended with code {exit_code}: {last_line}")


def _no_memory(limits: Limits) -> ResourceError:
    return ResourceError(
        f"the query needed more than {_in_megabytes(limits.memory_bytes)} of memory, the limit, and was stopped. "
        "Narrow it: join its patterns through shared variables, and avoid ORDER BY and DISTINCT over everything."
    )


def _error_from(name: str, facts: list[Any]) -> NerveGraphError:
    """The error that the worker met, as the same class."""
    if name == "QueryError":
        return QueryError(*facts)
    if name == "DamagedBuildError":
        return DamagedBuildError(Path(facts[0]), facts[1])
    plain: dict[str, type[NerveGraphError]] = {
        "Misuse": Misuse,
        "EndpointError": EndpointError,
        "FindingsError": FindingsError,
        "ResourceError": ResourceError,
    }
    return plain.get(name, SurroundingsError)(*facts)


def _in_megabytes(size_bytes: int) -> str:
    return f"{size_bytes / (1 << 20):,.0f} MB"
