"""The N-Quads lines of a graph of any size: gathered in whatever order they come, sorted with bounded memory."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import cached_property
from itertools import count
from pathlib import Path

_WRITTEN_AT_ONCE_BYTES = 1 << 20
# So much text at a time is sorted in memory, which takes about three times as much.
_SORTED_AT_ONCE_BYTES = 8 << 20
# Systems let a program have a few hundred files open.
_MERGED_AT_ONCE = 100


class GatheredLines:
    """N-Quads lines in UTF-8, each with its line end, in files of a folder; a small graph's in memory.

    Adding ends when the lines are first asked for in order.
    """

    def __init__(self, folder: Path | None) -> None:
        """:param folder: empty, and there as long as this is used; None for a graph that fits in memory."""
        self._folder = folder
        self._path = None if folder is None else folder / "gathered.nq"
        self._unwritten = bytearray()
        self._size = 0

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self._size

    @property
    def unsorted(self) -> Path | bytes:
        """All lines in the order in which they were added."""
        if self._path is None:
            return bytes(self._unwritten)
        self._write_out(self._path)
        return self._path

    def add(self, lines: bytes) -> None:
        """Add whole lines."""
        self._size += len(lines)
        self._unwritten += lines
        if self._path is not None and len(self._unwritten) >= _WRITTEN_AT_ONCE_BYTES:
            self._write_out(self._path)

    def _write_out(self, path: Path) -> None:
        with path.open("ab") as file:
            file.write(self._unwritten)
        self._unwritten.clear()

    def pieces(self, start: int = 0) -> Iterator[bytes]:
        """The lines from this byte on in the order added, some megabytes at a time, each piece of whole lines."""
        lines = self.unsorted
        if isinstance(lines, bytes):
            yield lines[start:]
            return
        with lines.open("rb") as file:
            file.seek(start)
            while piece := file.read(_SORTED_AT_ONCE_BYTES) + file.readline():
                yield piece

    @cached_property
    def sorted(self) -> Path | bytes:
        """All lines in code point order."""
        if self._folder is None:
            return _sort(bytes(self._unwritten))
        names = (self._folder / f"run-{number}.nq" for number in count())
        runs: list[Path] = []
        for piece in self.pieces():
            runs.append(_write(next(names), [_sort(piece)]))
            if len(runs) == _MERGED_AT_ONCE:
                runs = [_merge(runs, next(names))]
        return _merge(runs, self._folder / "sorted.nq")

    def without_graph(self, graph: str) -> Path | bytes:
        """The sorted lines without those of one named graph."""
        end = f" <{graph}> .\n".encode()
        if isinstance(self.sorted, bytes):
            return b"".join(line for line in self.sorted.splitlines(keepends=True) if not line.endswith(end))
        with self.sorted.open("rb") as lines:
            return _write(self.sorted.with_name("without.nq"), (line for line in lines if not line.endswith(end)))


def _sort(lines: bytes) -> bytes:
    # In UTF-8 the order of bytes is that of code points. Only line feeds end a line of N-Quads here, and behind the
    # last one there is nothing, which sorts first.
    return b"\n".join([*sorted(lines.split(b"\n"))[1:], b""])


def _merge(runs: list[Path], path: Path) -> Path:
    with ExitStack() as stack:
        _write(path, heapq.merge(*(stack.enter_context(run.open("rb")) for run in runs)))
    for run in runs:
        run.unlink()
    return path


def _write(path: Path, lines: Iterable[bytes]) -> Path:
    with path.open("wb") as file:
        file.writelines(lines)
    return path
