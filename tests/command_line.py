"""NerveGraph as a user starts it: a process of its own, with what it says and how it ends.

`python -m command_line` builds again and again in children that are killed; a test starts it, which so never forks
while an engine's threads are alive.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path
from unittest import mock

from requirements_of_tests import need

FIXTURE = Path(__file__).parent / "data" / "studies"
FROM_PYTHON = (sys.executable, "-c", "from nervegraph.cli import main; main()")
KILLS = 10
"""How often a build is killed, from its first change of a file to its last."""


def program() -> str:
    """The installed program."""
    path = Path(sysconfig.get_path("scripts")) / f"nervegraph{sysconfig.get_config_var('EXE') or ''}"
    need(path.is_file(), "nervegraph is not installed here, only importable")
    return str(path)


def start(
    *command: str | Path, cwd: Path | None = None, more_environment: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """A program that was started, its output to be read."""
    return subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **(more_environment or {})},
    )


def run(*command: str | Path, cwd: Path | None = None, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """A program that has run to its end."""
    parts = [str(part) for part in command]
    return subprocess.run(parts, cwd=cwd, input=stdin, capture_output=True, check=False, timeout=60)


def ask(build: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """`nervegraph query` on a build."""
    return run(program(), "query", *arguments, "--build", build)


def content_of(build: Path) -> dict[str, bytes]:
    """Every file of a build but the engine's own and the lock, by its path."""
    paths = (path for path in build.rglob("*") if path.is_file() and "store" not in path.relative_to(build).parts)
    content = {path.relative_to(build).as_posix(): path.read_bytes() for path in paths}
    return {name: data for name, data in content.items() if not name.startswith(".lock")}


def told(stderr: bytes) -> list[str]:
    """The lines in which NerveGraph says what went wrong, after making sure that no traceback stands among them."""
    text = stderr.decode()
    assert "Traceback" not in text, text
    return [line for line in text.splitlines() if line.startswith("nervegraph: ")]


def kill_builds(output: Path, studies: tuple[Path, Path]) -> None:
    """Over a build of the first studies, kill builds of the others and of these in turn, each further on its way."""
    from nervegraph import build_command, dataset, explorer, picture  # noqa: F401 - imported once for all

    # It writes nothing, and takes most of the time.
    mock.patch("nervegraph.build.find_graph_contradictions", return_value=[]).start()

    def build_of(kind: int, killed_at: int = 0) -> int:
        arguments = ["build", "--studies", str(studies[kind]), "--output", str(output)]
        return _start_command(arguments, killed_at=killed_at)

    for kind in (1, 0):
        _wait_for(build_of(kind))
    # The third build removes what the first left, as the killed ones will, and tells how often it changes a file.
    number_of_changes = os.waitstatus_to_exitcode(_wait_for(build_of(1, killed_at=-1)))
    numbers = [len(list(directory.glob("*.yaml"))) for directory in studies]
    current = 1
    for turn in range(KILLS):
        child = build_of(1 - current, killed_at=1 + turn * (number_of_changes - 1) // (KILLS - 1))
        was_killed = os.WIFSIGNALED(_wait_for(child))
        code, answer = _ask_for_size(output)
        _say(f"{'killed' if was_killed else 'ended'}\t{code}\t{answer}")
        current = next((kind for kind, number in enumerate(numbers) if f"studies,{number} " in answer), current)


def _ask_for_size(output: Path) -> tuple[int, str]:
    reading, writing = os.pipe()
    child = _start_command(["query", "size_of_the_graph", "--build", str(output), "--format", "csv"], writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        text = answer.read().decode()
    return os.waitstatus_to_exitcode(_wait_for(child)), text.replace("\r\n", " ").strip()


def _start_command(arguments: list[str], output: int | None = None, killed_at: int = 0) -> int:
    """A child that runs the command line; it has everything imported already, and no engine was opened before it.

    :param killed_at: kill it before it makes, moves or removes a file for the so-manieth time; with -1 it ends with the
        number of times.
    """
    child = os.fork()
    if child == 0:
        from nervegraph import cli

        if output is not None:
            os.dup2(output, 1)
        changes = _watch_changes(killed_at) if killed_at else []
        code = cli.run(arguments)
        os._exit(len(changes) if killed_at == -1 else code)
    return child


def _watch_changes(killed_at: int) -> list[str]:
    changes: list[str] = []

    def note(event: str, arguments: tuple[object, ...]) -> None:
        is_change = event in {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link"}
        is_written = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if is_change or is_written:
            changes.append(event)
            if len(changes) == killed_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(note)
    return changes


def _wait_for(child: int) -> int:
    return os.waitpid(child, 0)[1]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    kill_builds(Path(sys.argv[1]), (Path(sys.argv[2]), Path(sys.argv[3])))
