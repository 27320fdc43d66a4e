"""The files that make up the project, as git knows them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from requirements_of_tests import need

ROOT = Path(__file__).resolve().parent.parent


def list_tracked_files() -> list[str]:
    need((ROOT / ".git").exists() and shutil.which("git"), "this is no git checkout, so nobody knows what is tracked")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
