"""N-Quads lines gathered in memory or in files: the same lines in the same order, none lost and none added."""

from __future__ import annotations

from pathlib import Path

import pytest

from nervegraph import gathered_lines
from nervegraph.assembly import assemble, find_study_files
from nervegraph.gathered_lines import GatheredLines
from nervegraph.nquads import GraphLines, text
from nervegraph.resources import resource_directory
from nervegraph.terms import BASE, graph

# Characters on both sides of what UTF-16 puts in another order, and all that some count as an end of line.
VALUES = ["a", "b", "é", "\uffee", "🙂", "\u2028", "\x85", "\x0b", "line\nline", "carriage\rreturn", ""]


def _lines(name: str) -> list[str]:
    lines = GraphLines(graph(name))
    for number in range(200):
        for value in VALUES:
            lines.add(f"{BASE}item/{number}", f"{BASE}value", text(value))
    return lines.lines()


def _content(nquads: Path | bytes) -> bytes:
    return nquads.read_bytes() if isinstance(nquads, Path) else nquads


@pytest.mark.parametrize("runs_at_once", [2, 3, 64])
@pytest.mark.parametrize("is_in_memory", [True, False])
def test_lines_are_sorted_by_code_point_however_many_are_sorted_at_once(
    is_in_memory: bool, runs_at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathered_lines, "_SORTED_AT_ONCE_BYTES", 7000)
    monkeypatch.setattr(gathered_lines, "_MERGED_AT_ONCE", runs_at_once)
    in_order = [*_lines("one"), *_lines("two"), *_lines("two")]
    lines = [line for start in range(7, -1, -1) for line in in_order[start::8]]
    gathered = GatheredLines(None if is_in_memory else tmp_path)
    for at in range(0, len(lines), 100):
        gathered.add("".join(f"{line}\n" for line in lines[at : at + 100]).encode())
    written = "".join(f"{line}\n" for line in lines).encode()
    assert (_content(gathered.unsorted), gathered.size) == (written, len(written))
    assert b"".join(gathered.pieces()) == written
    assert all(piece.endswith(b"\n") for piece in gathered.pieces())
    assert _content(gathered.sorted) == "".join(f"{line}\n" for line in sorted(lines)).encode()
    assert _content(gathered.without_graph(graph("two"))).decode() == "".join(f"{line}\n" for line in _lines("one"))
    left = {path.name for path in tmp_path.iterdir()}
    assert left == (set() if is_in_memory else {"gathered.nq", "sorted.nq", "without.nq"})


def test_pieces_begin_where_they_are_asked_to(tmp_path: Path) -> None:
    for folder in (None, tmp_path):
        gathered = GatheredLines(folder)
        gathered.add(b"first\n")
        start = gathered.size
        gathered.add(b"second\nthird\n")
        assert b"".join(gathered.pieces(start)) == b"second\nthird\n"


def test_nothing_gathered_is_nothing_sorted(tmp_path: Path) -> None:
    for folder in (None, tmp_path):
        gathered = GatheredLines(folder)
        gathered.add(b"")
        assert (_content(gathered.unsorted), _content(gathered.sorted)) == (b"", b"")


def test_a_graph_is_the_same_in_files_as_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = find_study_files([resource_directory("studies")])
    in_memory = assemble(paths)
    monkeypatch.setattr(gathered_lines, "_SORTED_AT_ONCE_BYTES", 1 << 18)
    in_files = assemble(paths, folder=tmp_path)
    with in_memory.store as one, in_files.store as other:
        assert one.count_quads() == other.count_quads()
    assert _content(in_files.nquads) == _content(in_memory.nquads)
    assert _content(in_files.evidence) == _content(in_memory.evidence)
