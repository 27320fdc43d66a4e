"""Reading a build: its current version, found through the manifest, with what it must consist of checked."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from nervegraph.errors import DamagedBuildError, Misuse
from nervegraph.manifest import (
    MANIFEST_NAME,
    PREVIOUS_NAME,
    STORE_NAME,
    VERSIONS_NAME,
    Manifest,
    find_previous_manifest,
    read_manifest,
)
from nervegraph.store_seal import FileFacts, read_file_facts

_T = TypeVar("_T")


@dataclass(frozen=True)
class Published:
    """A version of a build that is in place.

    `unrefreshed` names the copies in the build directory that could not be refreshed, because a program has them open
    or something is in the way; the version itself is whole.
    """

    directory: Path
    manifest: Manifest
    unrefreshed: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """The folder that holds this version's files."""
        return self.directory / VERSIONS_NAME / self.manifest.version

    @property
    def store(self) -> Path:
        """The folder of this version's store, for `open_store`."""
        return self.folder / STORE_NAME

    def path(self, name: str) -> Path:
        """The path of one of this version's files; Misuse if the build has none of that name."""
        if name not in self.manifest.files:
            raise Misuse(
                f"the build in {self.directory} has no {name}; it has {', '.join(sorted(self.manifest.files))}."
            )
        return self.folder / name


def open_version(directory: Path) -> Published:
    """The current version, its files there and of their size; `verify` compares digests too, `open_store` the store.

    :raises Misuse: there is no build.
    :raises DamagedBuildError: the manifest is unreadable or altered, or a file is missing or of another size.
    """
    return with_current_version(directory, _check_sizes)


def with_current_version(directory: Path, use: Callable[[Published], _T]) -> _T:
    """What `use` makes of the current version, used again if a build replaced and removed that version meanwhile.

    A version stays in place until two builds later, so this matters only when builds follow each other closely.

    :raises DamagedBuildError: `use` found damage in a version that is still the current one.
    """
    manifest = read_manifest(directory)
    while True:
        try:
            return use(Published(directory, manifest))
        except DamagedBuildError:
            seen, manifest = manifest, read_manifest(directory)
            if manifest.version == seen.version:
                raise


def with_previous_version(directory: Path, use: Callable[[Published], _T]) -> _T:
    """What `use` makes of the version before the current one, its files there and of their size.

    :raises Misuse: there is no build before the current one.
    :raises DamagedBuildError: the previous version is incomplete or altered.
    """
    manifest = find_previous_manifest(directory)
    if manifest is None:
        raise Misuse(
            f"{directory}: holds no build before the current one, so there is nothing to compare. Change a study file "
            "and build again, or name two builds."
        )
    return use(_check_sizes(Published(directory, manifest)))


def verify(directory: Path) -> Published:
    """The current version after comparing every file's digest, the store's included, and counting its quads.

    :raises Misuse: there is no build.
    :raises DamagedBuildError: something is missing, added or altered (says what).
    """
    return with_current_version(directory, _check_digests)


def _check_sizes(published: Published) -> Published:
    for name, facts in published.manifest.files.items():
        size_bytes = _find_size(published.folder / name)
        if size_bytes is None:
            raise DamagedBuildError(published.directory, f"{published.manifest.folder}/{name} is missing")
        if size_bytes != facts.size_bytes:
            raise DamagedBuildError(published.directory, f"{published.manifest.folder}/{name} was altered")
    if not published.store.is_dir():
        raise DamagedBuildError(published.directory, f"{published.manifest.folder}/{STORE_NAME} is missing")
    return published


def _find_size(path: Path) -> int | None:
    """Bytes in a file, None where there is no such file; asked once, as a build may remove it meanwhile."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_size if stat.S_ISREG(facts.st_mode) else None


def _check_digests(published: Published) -> Published:
    # Imported here: only this needs the engine, and readers of the manifest start without it.
    from nervegraph.store import verify_store

    _check_sizes(published)
    found = digest_files(published.folder)
    expected = published.manifest.files
    if different := sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name)):
        reason = "was altered" if different[0] in expected else "does not belong there"
        raise DamagedBuildError(published.directory, f"{published.manifest.folder}/{different[0]} {reason}")
    quads = verify_store(published.store)
    if quads != published.manifest.quads:
        reason = f"its store holds {quads} quads, its manifest says {published.manifest.quads}"
        raise DamagedBuildError(published.directory, reason)
    return published


def is_whole(published: Published) -> bool:
    """Whether a version is complete and unaltered, every digest compared."""
    try:
        _check_digests(published)
    except (DamagedBuildError, OSError):
        return False
    return True


def digest_files(folder: Path) -> dict[str, FileFacts]:
    """Size and digest of each file in a version's folder, the store apart, by name with forward slashes."""
    paths = [Path(parent, name) for parent, _, names in os.walk(folder) for name in names]
    by_name = {path.relative_to(folder).as_posix(): path for path in paths}
    facts = {name: read_file_facts(path) for name, path in by_name.items() if not name.startswith(f"{STORE_NAME}/")}
    reserved = {MANIFEST_NAME, PREVIOUS_NAME, VERSIONS_NAME} & facts.keys()
    if reserved:
        raise ValueError(f"the build directory needs the name {min(reserved)} itself")
    return dict(sorted(facts.items()))
