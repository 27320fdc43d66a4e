"""The source archive and the wheel are complete, and an installed wheel gives what the checkout gives."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from tracked_files import ROOT, list_tracked_files

DATA_DIRECTORIES = ("ontology", "queries", "studies")


def read_page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, away from what this test run has set for its own Python; fail with what it said."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV_"))}
    result = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment | {"PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the source archive, and the wheel that was built from that archive."""
    made = tmp_path_factory.mktemp("archives")
    run(sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", made, cwd=ROOT)
    with tarfile.open(next(made.glob("*.tar.gz"))) as archive:
        archive.extractall(made / "unpacked", filter="data")
    unpacked = next((made / "unpacked").iterdir())
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", made, cwd=unpacked)
    return made


@pytest.fixture(scope="module")
def installed(archives: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment that holds the wheel, and borrows the libraries of this one."""
    environment = tmp_path_factory.mktemp("fresh environment")
    venv.create(environment, symlinks=os.name == "posix")
    programs = environment / ("Scripts" if os.name == "nt" else "bin")
    wheel = next(archives.glob("*.whl"))
    python = programs / f"python{sysconfig.get_config_var('EXE') or ''}"
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--python", python)
    run(*pip, "install", "--no-deps", "--no-index", wheel, cwd=environment)
    # Only now, or pip would find this environment's own nervegraph and replace it. A path file found through another
    # one is not followed, so that the editable install of the checkout stays out of reach.
    packages = run(
        python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=environment
    ).stdout.strip()
    Path(packages, "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return programs


def test_the_source_archive_holds_every_tracked_file(archives: Path) -> None:
    unpacked = next((archives / "unpacked").iterdir())
    missing = [name for name in list_tracked_files() if not (unpacked / name).is_file()]
    assert missing == []


def test_the_wheel_holds_the_package_the_data_and_both_licences(archives: Path) -> None:
    with zipfile.ZipFile(next(archives.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
        metadata = wheel.read(next(name for name in names if name.endswith("/METADATA"))).decode("utf-8")
    for tracked in list_tracked_files():
        top = tracked.partition("/")[0]
        if top in DATA_DIRECTORIES:
            assert f"nervegraph/shipped/{tracked}" in names
        elif top == "graph":
            assert tracked.removeprefix("graph/") in names
    assert {name.rpartition("/")[2] for name in names if "/licenses/" in name} == {
        "LICENSE",
        "LICENSE-DATA",
        "NOTICES.md",
    }
    assert "License-Expression: MIT AND CC-BY-4.0\n" in metadata


def test_the_wheel_holds_nothing_else(archives: Path) -> None:
    with zipfile.ZipFile(next(archives.glob("*.whl"))) as wheel:
        tops = {name.partition("/")[0] for name in wheel.namelist()}
    version = tomllib.loads(read_page("pyproject.toml"))["project"]["version"]
    assert tops == {"nervegraph", f"nervegraph-{version}.dist-info"}


def test_an_installed_wheel_uses_its_own_copy_of_the_data(installed: Path, tmp_path: Path) -> None:
    program = (
        "import nervegraph.resources as r; "
        "print(r.find_checkout(), *(r.resource_directory(n) for n in ('ontology', 'queries', 'studies')), sep='\\n')"
    )
    first, *directories = run(installed / "python", "-c", program, cwd=tmp_path).stdout.splitlines()
    assert first == "None"
    environment = installed.parent.resolve()
    assert [Path(line).name for line in directories] == list(DATA_DIRECTORIES)
    assert all(Path(line).resolve().is_relative_to(environment) for line in directories)


def test_an_installed_wheel_builds_the_same_graph_as_the_checkout(installed: Path, tmp_path: Path) -> None:
    from_wheel, from_checkout = tmp_path / "wheel", tmp_path / "checkout"
    from_wheel.mkdir()
    run(installed / "nervegraph", "build", cwd=from_wheel)
    run(sys.executable, ROOT / "build_graph.py", "--output", from_checkout, cwd=tmp_path)
    of_wheel = json.loads((from_wheel / "build" / "manifest.json").read_text(encoding="utf-8"))
    of_checkout = json.loads((from_checkout / "manifest.json").read_text(encoding="utf-8"))
    assert re.fullmatch("[0-9a-f]{64}", of_wheel["data_sha256"])
    assert of_wheel["data_sha256"] == of_checkout["data_sha256"]


def test_the_version_is_the_same_wherever_it_stands() -> None:
    import nervegraph

    version = tomllib.loads(read_page("pyproject.toml"))["project"]["version"]
    assert nervegraph.__version__ == version
    assert f"\nversion: {version}\n" in read_page("CITATION.cff")
