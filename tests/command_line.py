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
import time
from pathlib import Path

from requirements_of_tests import need

FIXTURE = Path(__file__).parent / "data" / "studies"
FROM_PYTHON = (sys.executable, "-c", "from nervegraph.cli import main; main()")
MOMENTS = (0.1, 0.4, 0.65, 0.75, 0.82, 0.87, 0.91, 0.94, 0.96, 0.98)
"""When a build is killed, as parts of the time it takes: most lie where it writes."""


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
    """Over a build of the first studies, kill builds of the others and of these in turn, each at another moment."""
    from nervegraph import build_command, dataset, explorer, picture  # noqa: F401 - imported once for all children

    def build_of(kind: int) -> int:
        return _start_command(["build", "--studies", str(studies[kind]), "--output", str(output)])

    durations = []
    for kind in (1, 0):
        began = time.perf_counter()
        _wait_for(build_of(kind))
        durations.append(time.perf_counter() - began)
    numbers = [len(list(directory.glob("*.yaml"))) for directory in studies]
    current = 0
    for moment in MOMENTS:
        child = build_of(1 - current)
        time.sleep(min(durations) * moment)  # the moment itself is under test
        os.kill(child, signal.SIGKILL)
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


def _start_command(arguments: list[str], output: int | None = None) -> int:
    """A child that runs the command line; it has everything imported already, and no engine was opened before it."""
    child = os.fork()
    if child == 0:
        from nervegraph import cli

        if output is not None:
            os.dup2(output, 1)
        os._exit(cli.run(arguments))
    return child


def _wait_for(child: int) -> int:
    return os.waitpid(child, 0)[1]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    kill_builds(Path(sys.argv[1]), (Path(sys.argv[2]), Path(sys.argv[3])))
