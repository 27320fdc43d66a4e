"""The seal of an Oxigraph store folder: which files it consists of, so that a damaged store is refused, never asked.

The engine detects most damage by itself, but not all: with its MANIFEST cut in half it opens as an *empty* store.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nervegraph.errors import DamagedBuildError

SEAL_NAME = "nervegraph-store.json"
_FORMAT = "nervegraph store 1"
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Size and digest of one file."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Seal:
    """What a store consists of: quads in named graphs, different triples, and files by name."""

    quads: int
    triples: int
    files: dict[str, FileFacts]


def read_file_facts(path: Path) -> FileFacts:
    """Size and SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    size_bytes = 0
    with path.open("rb") as content:
        while piece := content.read(_CHUNK_BYTES):
            digest.update(piece)
            size_bytes += len(piece)
    return FileFacts(size_bytes, digest.hexdigest())


def write_seal(folder: Path, quads: int, triples: int) -> None:
    """Record the files of a finished, closed store in the store's own folder."""
    files = {name: read_file_facts(folder / name) for name in _names_in(folder)}
    content = {
        "format": _FORMAT,
        "quads": quads,
        "triples": triples,
        "files": {name: {"bytes": facts.size_bytes, "sha256": facts.sha256} for name, facts in files.items()},
    }
    (folder / SEAL_NAME).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8", newline="\n")


def check_seal(folder: Path, *, every_digest: bool = False) -> Seal:
    """The seal of a store whose files are all there, none added, each of its size.

    The digests of the small files that say which data files count are always compared; those of the data files, whose
    blocks the engine checks on reading, only with `every_digest`.

    :raises DamagedBuildError: a file is missing, added or altered, or the seal itself cannot be read.
    """
    try:
        return _checked(folder, every_digest=every_digest)
    except OSError as error:
        raise _damaged(folder, f"its store cannot be read ({error.strerror})") from error


def build_directory_of(store_folder: Path) -> Path:
    """The build that a store belongs to, or the store's own folder when it stands alone."""
    version = store_folder.parent
    return version.parent.parent if version.parent.name == "versions" else store_folder


def _checked(folder: Path, *, every_digest: bool) -> Seal:
    seal = _read_seal(folder)
    present = set(_names_in(folder))
    if missing := sorted(seal.files.keys() - present):
        raise _damaged(folder, f"the file {missing[0]} of its store is missing")
    if added := sorted(present - seal.files.keys()):
        raise _damaged(folder, f"its store was written to after the build ({added[0]} is new)")
    for name, sealed in seal.files.items():
        path = folder / name
        altered = path.stat().st_size != sealed.size_bytes
        if not altered and (every_digest or name == "CURRENT" or name.startswith("MANIFEST")):
            altered = read_file_facts(path) != sealed
        if altered:
            raise _damaged(folder, f"the file {name} of its store was altered")
    return seal


def _read_seal(folder: Path) -> Seal:
    try:
        content: Any = json.loads((folder / SEAL_NAME).read_text(encoding="utf-8"))
        if content["format"] != _FORMAT:
            raise _damaged(folder, "its store was made by another version of NerveGraph")
        files = {name: FileFacts(facts["bytes"], facts["sha256"]) for name, facts in content["files"].items()}
        return Seal(content["quads"], content["triples"], files)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(folder, f"the list of its store's files ({SEAL_NAME}) is damaged") from error


def _names_in(folder: Path) -> list[str]:
    """The store's files that matter: not the engine's log of messages, its lock, or what a file browser left there."""
    names = (path.name for path in folder.iterdir() if path.is_file())
    return sorted(name for name in names if not name.startswith((".", "LOG", "LOCK")) and name != SEAL_NAME)


def _damaged(folder: Path, reason: str) -> DamagedBuildError:
    return DamagedBuildError(build_directory_of(folder), reason)
