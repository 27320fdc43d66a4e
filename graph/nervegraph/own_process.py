"""Starting Python again, with NerveGraph and nothing of this process in it."""

from __future__ import annotations

import sys
from pathlib import Path

# The package may have been found through sys.path only, which a new process does not inherit. -P keeps the current
# directory out of the path, where a file called json.py would be run.
_START = """
import sys
if sys.argv[1] not in sys.path:
    sys.path.insert(0, sys.argv[1])
from {module} import main
main()
"""
_SOURCE_ROOT = str(Path(__file__).resolve().parents[1])


def command_of(module: str) -> list[str]:
    """The command that runs `main()` of a module of this package in a process of its own.

    Unlike `multiprocessing` this starts everywhere alike and never imports the caller's own script a second time.
    """
    return [sys.executable, "-P", "-c", _START.format(module=module), _SOURCE_ROOT]
