"""The process that runs one query and ends: it is started, fed and killed by `asking`, and imports as little as it can.

It reads one line of JSON from standard input and writes one line of JSON, followed by the whole answer if there is one,
to standard output. Nothing is written before everything is computed, so a reader never holds half an answer. Standard
input stays open for as long as the parent lives; when it closes, the worker ends too.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nervegraph.errors import DamagedBuildError, NerveGraphError
from nervegraph.query_text import QueryError
from nervegraph.results import TRIPLE_COLUMNS, Results, format_boolean, format_rows
from nervegraph.store import Selection, open_store

if TYPE_CHECKING:
    from collections.abc import Iterable

ORPHANED = 81
"""Exit code of a worker whose parent has gone."""


class _TooLarge(Exception):
    """The answer is over its limit."""


def main() -> None:
    """Answer the request on standard input and end the process."""
    line = sys.stdin.buffer.readline()
    if not line:
        os._exit(ORPHANED)
    request = json.loads(line)
    _limit_memory(request)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    header: dict[str, Any]
    body = b""
    try:
        header, body = _answer(request)
    except _TooLarge:
        header = {"status": "too large"}
    except MemoryError:
        header = {"status": "no memory"}
    except NerveGraphError as error:
        header = {"status": "error", "type": type(error).__name__, "facts": _facts_of(error)}
    header["bytes"] = len(body)
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + body)
    sys.stdout.buffer.flush()
    # The interpreter's own shutdown would wait for the thread and take down the store piece by piece.
    os._exit(0)


def _answer(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    limit_bytes = request["result_bytes"]
    match request["task"]:
        case "store":
            return _ask_store(Path(request["place"]), request["query"], limit_bytes)
        case "dataset":
            from nervegraph.dataset import query_dataset

            return _encode(query_dataset(Path(request["place"]), request["query"]), limit_bytes)
        case _:
            from nervegraph.endpoint import request_answer

            answer = request_answer(request["place"], request["query"], request["timeout_seconds"], limit_bytes)
            if isinstance(answer, Results):
                return _encode(answer, limit_bytes)
            if answer is None:
                raise _TooLarge
            return {"status": "answer", "kind": "rows"}, answer


def _ask_store(folder: Path, query: str, limit_bytes: int) -> tuple[dict[str, Any], bytes]:
    with open_store(folder) as store:
        answer = store.evaluate(query)
        if isinstance(answer, bool):
            return {"status": "answer", "kind": "boolean"}, format_boolean(answer)
        if isinstance(answer, Selection):
            return {"status": "answer", "kind": "rows"}, _collect(format_rows(answer.columns, answer.rows), limit_bytes)
        pieces = format_rows(TRIPLE_COLUMNS, answer.triples)
        return {"status": "answer", "kind": "triples"}, _collect(pieces, limit_bytes)


def _encode(results: Results, limit_bytes: int) -> tuple[dict[str, Any], bytes]:
    if results.kind == "boolean":
        return {"status": "answer", "kind": "boolean"}, format_boolean(results.is_true)
    return {"status": "answer", "kind": results.kind}, _collect(format_rows(results.columns, results.rows), limit_bytes)


def _collect(pieces: Iterable[bytes], limit_bytes: int) -> bytes:
    collected = bytearray()
    for piece in pieces:
        collected += piece
        if len(collected) > limit_bytes:
            raise _TooLarge
    return bytes(collected)


def _facts_of(error: NerveGraphError) -> list[str | int]:
    """What the error is made from again on the other side; see `asking`."""
    if isinstance(error, QueryError):
        return [error.line, error.column, error.reason]
    if isinstance(error, DamagedBuildError):
        return [str(error.directory), error.reason]
    return [str(error)]


def _limit_memory(request: dict[str, Any]) -> None:
    """Cap the address space, where the system can: everything the store maps comes on top of the limit."""
    if sys.platform == "win32":
        return
    import resource

    limit_bytes = request["memory_bytes"]
    if request["task"] == "store":
        limit_bytes += sum(file.stat().st_size for file in Path(request["place"]).glob("*"))
    try:
        resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))
    except (OSError, ValueError):
        # macOS knows the limit and refuses to set it; the deadline and the size of the answer still hold.
        return


def _end_with_parent() -> None:
    # Not through sys.stdin, whose lock would be held while the process ends.
    while os.read(0, 4096):
        pass
    os._exit(ORPHANED)
