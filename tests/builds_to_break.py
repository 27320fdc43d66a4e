"""A small build of two kinds, made in a child that is killed: `python -m builds_to_break` runs what the tests ask for.

Every build of a kind has the same bytes; kind 0 has 10 quads, kind 1 has 400, so a mixed build would be seen.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from pathlib import Path

from nervegraph.errors import DamagedBuildError, Misuse
from nervegraph.publication import Published, building, verify
from nervegraph.store import create_store, write_trig

QUADS = (10, 400)


def nquads_of(kind: int) -> bytes:
    lines = (f"<a:s{number}> <a:p{kind}> <a:o> <a:g{number % 3}> .\n" for number in range(QUADS[kind]))
    return "".join(lines).encode()


def publish(directory: Path, kind: int, *, facts: str = "", killed_at_step: int | None = None) -> Published:
    with building(directory) as staging:
        create_store(staging.store, nquads_of(kind))
        write_trig(staging.path / "nervegraph.trig", nquads_of(kind), {"a": "a:"})
        (staging.path / "report.md").write_text(f"Report of kind {kind}\n", encoding="utf-8")
        (staging.path / f"only-{kind}.md").write_text("one file differs by name\n", encoding="utf-8")
        if killed_at_step is not None:
            _kill_self_at(killed_at_step)
        return staging.publish({"kind": kind, "facts": facts, "inputs": {}})


def check_whole(directory: Path) -> int | None:
    """The kind of the current build after verifying all of it; None where none was published yet."""
    try:
        published = verify(directory)
    except Misuse:
        return None
    kind = published.manifest.facts["kind"]
    assert isinstance(kind, int)
    assert published.manifest.quads == QUADS[kind]
    assert published.path("report.md").read_text(encoding="utf-8") == f"Report of kind {kind}\n"
    return kind


def kill_at_each_step(directory: Path) -> None:
    """Publish kind 1 over kind 0, killed at the first change of publishing, at the second, … until it comes through."""
    step, was_killed = 0, True
    while was_killed:
        step += 1
        shutil.rmtree(directory, ignore_errors=True)
        _publish_in_child(directory, 0)
        child = os.fork()
        if child == 0:
            publish(directory, 1, killed_at_step=step)
            os._exit(0)
        was_killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
        _say(f"{'killed' if was_killed else 'ended'} {_kind_found(directory)}")


def kill_at_moments(directory: Path, moments: int) -> None:
    """Kill a child that publishes both kinds in turn, each time a little later, over the time of a build of each."""
    began = time.perf_counter()
    _publish_in_child(directory, 1)
    _publish_in_child(directory, 0)
    cycle_seconds = time.perf_counter() - began
    for moment in range(moments):
        child = os.fork()
        if child == 0:
            while True:
                publish(directory, 1)
                publish(directory, 0)
        time.sleep(cycle_seconds * (moment + 1) / moments)  # the moment itself is under test
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        _say(f"killed {_kind_found(directory)}")


def hold_lock(directory: Path) -> None:
    """Hold the lock until killed; says so."""
    with building(directory) as staging:
        (staging.path / "half").write_text("made", encoding="utf-8")
        _say("building")
        sys.stdin.read()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _publish_in_child(directory: Path, kind: int) -> None:
    """Publish without ever having an engine's thread alive in this process, which is going to fork."""
    child = os.fork()
    if child == 0:
        publish(directory, kind)
        os._exit(0)
    os.waitpid(child, 0)


def _kind_found(directory: Path) -> str:
    """What a reader finds, found by a child for the same reason."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            found = str(check_whole(directory))
        except (DamagedBuildError, AssertionError) as error:
            found = f"damaged: {error}"
        os.write(writing, found.encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        return answer.read()


def _kill_self_at(step: int) -> None:
    seen = 0

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        is_change = event in {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link"}
        is_written = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if is_change or is_written:
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


if __name__ == "__main__":
    command, folder, *numbers = sys.argv[1:]
    if command == "steps":
        kill_at_each_step(Path(folder))
    elif command == "moments":
        kill_at_moments(Path(folder), int(numbers[0]))
    elif command == "hold":
        hold_lock(Path(folder))
    elif command == "publish":
        publish(Path(folder), int(numbers[0]))
