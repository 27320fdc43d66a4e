"""Where the ontology, the queries and the evidence lie: in a checkout beside the code, else in the installed copy."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from nervegraph.errors import Misuse, SurroundingsError

ResourceName = Literal["ontology", "queries", "studies"]

_PACKAGE = Path(__file__).resolve().parent


class MissingResourceError(SurroundingsError):
    """The installation lacks a directory that NerveGraph cannot work without."""

    def __init__(self, name: str, looked_in: Path) -> None:
        self.name = name
        self.looked_in = looked_in
        super().__init__(
            f"{looked_in}: the {name} directory that belongs here is missing. "
            f"Install NerveGraph again, or restore {name}/ in the checkout."
        )


def find_checkout() -> Path | None:
    """The root of the checkout that this code runs from, or None when it runs from an installed copy."""
    return _find_checkout_of(_PACKAGE)


def resource_directory(name: ResourceName) -> Path:
    """The directory of the ontology, the queries or the studies, as an absolute path.

    In a checkout it is the one beside the code, so that what a person edits is what gets built, never a packaged
    copy of older days: a checkout without the directory is an error. Elsewhere it is the copy that the wheel brought.

    :raises MissingResourceError: the directory is not where it belongs.
    """
    return _resource_directory_of(_PACKAGE, name)


def list_study_files(directory: Path) -> list[Path]:
    """The study files (`*.yaml`) in a directory and below, sorted; an editor's own hidden files are none."""
    paths = (path.relative_to(directory) for path in directory.rglob("*.yaml") if not path.is_dir())
    return sorted(directory / path for path in paths if not any(part.startswith(".") for part in path.parts))


def find_files(paths: Iterable[Path]) -> list[Path]:
    """The study files that these paths name, each once: in the order given, those of a directory by name.

    :raises Misuse: a directory holds no study file.
    """
    files: dict[Path, Path] = {}
    for path in paths:
        found = [path]
        if path.is_dir():
            found = list_study_files(path)
            if not found:
                raise Misuse(f"{path}: there is no study file (*.yaml) in this directory.")
        for each in found:
            files.setdefault(each.absolute(), each)
    return list(files.values())


def _find_checkout_of(package: Path) -> Path | None:
    source_root = package.parent
    root = source_root.parent
    is_checkout = (
        source_root.name == "graph" and (root / "build_graph.py").is_file() and (root / "pyproject.toml").is_file()
    )
    return root if is_checkout else None


def _resource_directory_of(package: Path, name: ResourceName) -> Path:
    directory = (_find_checkout_of(package) or package / "shipped") / name
    if not directory.is_dir():
        raise MissingResourceError(name, directory)
    return directory
