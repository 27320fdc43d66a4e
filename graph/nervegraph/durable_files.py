"""Files that are whole or absent whatever happens, and disk errors in words a user can act on."""

from __future__ import annotations

import errno
import filecmp
import os
import shutil
import sys
from pathlib import Path

from nervegraph.errors import ResourceError, SurroundingsError

_DISK_FULL_WORDS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "a file grew larger than is allowed here",
}
_LINKED_FROM_BYTES = 16 << 20


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` at `path` so that a reader, a kill or a power cut meets the old file or the new one, whole."""
    new = path.with_name(f".{path.name}.new")
    with new.open("wb") as output:
        output.write(content)
        output.flush()
        os.fsync(output.fileno())
    new.replace(path)
    sync_directory(path.parent)


def replace_with_copy(path: Path, original: Path) -> None:
    """Make `path` the same as `original`, at once; a large file as a hard link where the disk can, to save space.

    Small files are copied: people edit reports in place, and that must not reach the original.
    """
    if path.exists() and (path.samefile(original) or filecmp.cmp(path, original, shallow=False)):
        return
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    if not (original.stat().st_size >= _LINKED_FROM_BYTES and _is_linked(new, original)):
        shutil.copyfile(original, new)
        sync_file(new)
    new.replace(path)


def sync_tree(folder: Path) -> None:
    """Bring every file and directory below `folder`, and itself, from the system's memory to the disk."""
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            sync_file(Path(parent, name))
        sync_directory(Path(parent))


def sync_file(path: Path) -> None:
    """Bring a file from the system's memory to the disk."""
    descriptor = os.open(path, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_directory(path: Path) -> None:
    """Bring a directory's list of names to the disk; Windows does so by itself."""
    if sys.platform != "win32":
        sync_file(path)


def remove_tree(path: Path) -> None:
    """Remove a folder as far as the system lets us; what a reader on Windows has open stays for the next time."""
    shutil.rmtree(path, ignore_errors=True)


def size_of_tree(folder: Path) -> int:
    """Bytes in all files below a folder."""
    return sum(Path(parent, name).lstat().st_size for parent, _, names in os.walk(folder) for name in names)


def require_free_space(directory: Path, needed_bytes: int) -> None:
    """Make sure of room before the heavy part starts.

    :raises ResourceError: the disk that holds `directory`, which need not exist yet, has less than `needed_bytes` free.
    """
    free_bytes = free_space(directory)
    if free_bytes < needed_bytes:
        raise ResourceError(
            f"{directory}: {megabytes(free_bytes)} free on this disk, {megabytes(needed_bytes)} needed. "
            "Free some space, or build on another disk with --output."
        )


def free_space(directory: Path) -> int:
    """Bytes free on the disk that holds, or would hold, `directory`."""
    existing = directory.absolute()
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    return shutil.disk_usage(existing).free


def is_disk_full(error: OSError) -> bool:
    """Whether the error means that no more can be written: disk, quota or size limit."""
    return error.errno in _DISK_FULL_WORDS


def explain_disk_full(directory: Path, error: OSError, needed_bytes: int, fate: str) -> ResourceError:
    """The error for a build that ran out of disk; `fate` says what became of the previous build."""
    words = _DISK_FULL_WORDS.get(error.errno or 0, "the disk is full")
    return ResourceError(
        f"{directory}: {words}: {megabytes(free_space(directory))} free after removing the unfinished build, "
        f"at least {megabytes(needed_bytes)} needed. {fate} Free some space, or build on another disk with --output."
    )


def explain_os_error(directory: Path, error: OSError) -> SurroundingsError:
    """The error for a directory that cannot be built into, whatever the system's reason."""
    where = error.filename2 or error.filename or directory
    if isinstance(error, PermissionError):
        return SurroundingsError(
            f"{where}: no permission to write here. Change that, or build into another directory with --output."
        )
    if error.errno == errno.EROFS:
        return SurroundingsError(f"{where}: this disk is read-only. Build into another directory with --output.")
    if isinstance(error, NotADirectoryError | FileExistsError | IsADirectoryError):
        return SurroundingsError(
            f"{where}: something else is in the way here (a file for a directory, or a directory for a file). "
            "Move it, or build into another directory with --output."
        )
    return SurroundingsError(
        f"{where}: writing the build failed ({error.strerror or error}). Try again, or use --output."
    )


def megabytes(size_bytes: int) -> str:
    """A size for people, such as `12.5 MB`."""
    return f"{size_bytes / 1e6:,.1f} MB"


def _is_linked(new: Path, original: Path) -> bool:
    try:
        new.hardlink_to(original)
    except OSError:
        return False
    return True
