"""Publishing a build: everything is made aside, and one replaced file, the manifest, switches over to it.

```
build/
  manifest.json     replaced last; every reader starts here
  previous.json     the manifest of the last build that differed, for `diff`
  versions/<id>/    the files of a build, and store/
  explorer.html …   copies of the current version's files for people, refreshed after the switch
  .lock             held while building; .lock.holder says by whom
```

Killed at any moment, a build leaves the old version or the new one current, and whole; the next build clears up.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from nervegraph.durable_files import (
    explain_disk_full,
    explain_os_error,
    is_disk_full,
    remove_tree,
    replace_file,
    replace_with_copy,
    require_free_space,
    size_of_tree,
    sync_directory,
    sync_tree,
)
from nervegraph.errors import DamagedBuildError, LockedError, Misuse, SurroundingsError
from nervegraph.manifest import (
    JSON,
    MANIFEST_NAME,
    PREVIOUS_NAME,
    STORE_NAME,
    VERSIONS_NAME,
    Manifest,
    build_manifest,
    find_previous_manifest,
    input_digests,
    read_manifest,
    stale_inputs,
)
from nervegraph.published import Published, digest_files, is_whole, open_version, verify, with_current_version
from nervegraph.store_seal import check_seal

__all__ = [
    "JSON",
    "Manifest",
    "Published",
    "Staging",
    "building",
    "find_previous_manifest",
    "input_digests",
    "open_version",
    "read_manifest",
    "require_free_space",
    "stale_inputs",
    "verify",
    "with_current_version",
]

_LOCK_NAME = ".lock"
_HOLDER_NAME = ".lock.holder"
_ASIDE_PREFIXES = (".staging-", ".damaged-")


class Staging:
    """A folder to build in, unseen by readers until `publish`."""

    def __init__(self, directory: Path, path: Path, needed_bytes: int) -> None:
        self.directory = directory
        self.path = path
        self._needed_bytes = needed_bytes

    @property
    def store(self) -> Path:
        """Where the store belongs, for `create_store`."""
        return self.path / STORE_NAME

    @property
    def needed_bytes(self) -> int:
        """Bytes this build needs, as far as known: what was declared, or what it has written."""
        return max(self._needed_bytes, size_of_tree(self.path))

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """An empty folder on the same disk for what is not published; it is removed at the end."""
        path = self.path.with_name(f"{self.path.name}-scratch")
        path.mkdir()
        try:
            yield path
        finally:
            remove_tree(path)

    def require_room(self, needed_bytes: int) -> None:
        """Make sure of room once it is known how much is needed.

        :raises ResourceError: the disk has less free than that.
        """
        self._needed_bytes = needed_bytes
        require_free_space(self.directory, needed_bytes)

    def publish(self, manifest_facts: Mapping[str, JSON]) -> Published:
        """Make what was built the current version.

        A version of the same files that is there and whole is kept as it is. The facts go into the manifest beside its
        own entries; `inputs` should hold what `input_digests` gives.

        :raises ValueError: a fact or a file bears a name that the build directory needs itself.
        :raises DamagedBuildError: the staged store is not a finished one.
        """
        quads = check_seal(self.store).quads
        manifest = build_manifest(digest_files(self.path), quads, manifest_facts)
        content = manifest.to_bytes()
        current = _find_sound(self.directory)
        self._move_into_place(manifest)
        if current is not None and current.version != manifest.version:
            replace_file(self.directory / PREVIOUS_NAME, current.to_bytes())
        replace_file(self.directory / MANIFEST_NAME, content)
        published = Published(self.directory, manifest, _refresh_copies(self.directory, manifest))
        _prune(self.directory)
        return published

    def _move_into_place(self, manifest: Manifest) -> None:
        sync_tree(self.path)
        place = self.directory / VERSIONS_NAME / manifest.version
        if place.exists():
            if is_whole(Published(self.directory, manifest)):
                remove_tree(self.path)
                return
            place.rename(_free_path(place.parent, f".damaged-{place.name}-"))
        self.path.rename(place)
        sync_directory(place.parent)


@contextmanager
def building(directory: Path, *, needed_bytes: int = 0) -> Iterator[Staging]:
    """A folder to build in, while nobody else builds in `directory`; it is removed at the end, published or not.

    Whatever ends the block early, an interrupt included, leaves the previous build current and whole.

    :param needed_bytes: room that must be free before the block starts; about four times the N-Quads text, where most
        goes into the store.
    :raises LockedError: somebody else is building here; at once, without waiting.
    :raises ResourceError: there is too little room, before or within the block.
    :raises Misuse: the directory holds other things than a build.
    :raises SurroundingsError: the directory cannot be written.
    """
    with _explained(directory):
        _claim(directory)
    with _locked(directory):
        with _explained(directory):
            _sweep(directory)
            require_free_space(directory, needed_bytes)
            path = _free_path(directory / VERSIONS_NAME, f".staging-{os.getpid()}-")
            path.mkdir()
        staging = Staging(directory, path, needed_bytes)
        try:
            yield staging
        except OSError as error:
            needed = staging.needed_bytes
            remove_tree(path)
            if is_disk_full(error):
                raise explain_disk_full(directory, error, needed, _fate(directory)) from error
            if _concerns(error, directory):
                raise explain_os_error(directory, error) from error
            raise
        finally:
            remove_tree(path)


def _claim(directory: Path) -> None:
    """Make the directory, unless it is somebody's: `--output .` must not overwrite a report.md that is not ours."""
    is_ours = (directory / VERSIONS_NAME).is_dir() or _find_sound(directory) is not None
    if directory.is_dir() and not is_ours:
        foreign = sorted(path.name for path in directory.iterdir() if not path.name.startswith("."))
        if foreign:
            raise Misuse(
                f"{directory}: holds other files ({foreign[0]}), no build. Name a new or empty directory with --output."
            )
    (directory / VERSIONS_NAME).mkdir(parents=True, exist_ok=True)


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    # Imported here: it takes a tenth of a second that readers need not spend.
    from filelock import FileLock, Timeout

    holder = directory / _HOLDER_NAME
    lock = FileLock(directory / _LOCK_NAME)
    try:
        with _explained(directory):
            try:
                lock.acquire(blocking=False)
            except Timeout:  # an OSError too, but not one about the disk
                raise LockedError(directory, _read_holder(holder)) from None
    except NotImplementedError as error:
        raise SurroundingsError(
            f"{directory}: this disk cannot lock files, so two builds could collide. Build on another with --output."
        ) from error
    try:
        with _explained(directory):
            holder.write_text(f"process {os.getpid()}\n", encoding="utf-8")
        yield
    finally:
        with suppress(OSError):
            holder.unlink()
        lock.release()


def _read_holder(holder: Path) -> str:
    try:
        return holder.read_text(encoding="utf-8").strip() or "its process is not known"
    except (OSError, UnicodeDecodeError):
        return "its process is not known"


def _sweep(directory: Path) -> None:
    """Remove what dead builders left, and refresh the copies that the last one may not have come to.

    We hold the lock, so nobody works on any of it.
    """
    for path in (directory / VERSIONS_NAME).iterdir():
        if path.name.startswith(_ASIDE_PREFIXES):
            remove_tree(path)
    for path in directory.glob(".*.new"):
        path.unlink(missing_ok=True)
    current = _find_sound(directory)
    if current is not None:
        _refresh_copies(directory, current)


def _refresh_copies(directory: Path, manifest: Manifest) -> tuple[str, ...]:
    published = Published(directory, manifest)
    unrefreshed: list[str] = []
    for name in manifest.files:
        try:
            if "/" not in name:
                replace_with_copy(directory / name, published.folder / name)
        except OSError:
            unrefreshed.append(name)
    try:
        previous = find_previous_manifest(directory)
    except DamagedBuildError:
        previous = None
    for name in previous.files.keys() - manifest.files.keys() if previous is not None else ():
        with suppress(OSError):
            (directory / name).unlink(missing_ok=True)
    return tuple(sorted(unrefreshed))


def _prune(directory: Path) -> None:
    """Remove every version but the current and the previous one; if these cannot be told, none."""
    try:
        current, previous = read_manifest(directory), find_previous_manifest(directory)
    except (DamagedBuildError, Misuse):
        return
    kept = {current.version} | ({previous.version} if previous is not None else set())
    with suppress(OSError):
        for path in (directory / VERSIONS_NAME).iterdir():
            if path.name not in kept:
                remove_tree(path)


def _find_sound(directory: Path) -> Manifest | None:
    """The current manifest, or None where there is no build or its manifest is of no use."""
    try:
        return read_manifest(directory)
    except (DamagedBuildError, Misuse):
        return None


def _free_path(parent: Path, prefix: str) -> Path:
    return next(path for number in itertools.count() if not (path := parent / f"{prefix}{number}").exists())


def _fate(directory: Path) -> str:
    return "The previous build is untouched." if (directory / MANIFEST_NAME).exists() else "No build was made."


def _concerns(error: OSError, directory: Path) -> bool:
    """Whether the error is about a file of the build; one about a study file is not ours to explain."""
    if error.filename is None:
        return False
    return Path(os.fsdecode(error.filename)).absolute().is_relative_to(directory.absolute())


@contextmanager
def _explained(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise explain_disk_full(directory, error, 0, _fate(directory)) from error
        raise explain_os_error(directory, error) from error
