"""The file of a workbook, looked at before anything in it is read: is it a workbook, and not too large once unpacked?

A workbook is a zip archive of XML files. How large each is unpacked stands in the archive's directory, and no more than
that is ever unpacked, so that a small file cannot fill the memory.
"""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

from nervegraph.errors import Misuse, SurroundingsError

# All 54 shipped studies in one workbook have 0.2 MB, and 1 MB unpacked.
MAX_BYTES = 10_000_000
MAX_UNPACKED_BYTES = 25_000_000
_MAX_FILES_INSIDE = 1_000

_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_WORKBOOK = "xl/workbook.xml"
_SAVE_AS = "Open it in Excel or LibreOffice and save it as an Excel workbook (.xlsx)."


class WorkbookRefused(Exception):
    """The file as a whole cannot be read as a workbook: the rule, what is wrong, and what to do."""

    def __init__(self, rule: str, message: str, hint: str) -> None:
        self.rule = rule
        self.message = message
        self.hint = hint
        super().__init__(f"{message} {hint}")


def read_archive(path: Path) -> bytes:
    """The bytes of the file, at most one more than are read of a workbook.

    :raises Misuse: there is no such file, or it is a directory or a device.
    :raises SurroundingsError: the file is there and cannot be opened or read.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise Misuse(f"{path}: this is not a file. Give the path of a workbook (.xlsx).")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise Misuse(f"{path}: there is no such file. Check the spelling of the path.") from error
    except OSError as error:
        raise SurroundingsError(
            f"{path}: the file cannot be read ({error.strerror}). Check who may read it."
        ) from error


def refuse_unsafe(data: bytes) -> None:
    """:raises WorkbookRefused: these bytes are no workbook, or one that is not read."""
    if len(data) > MAX_BYTES:
        raise _too_large()
    if data.startswith(_OLE):
        raise _old_or_locked(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _refuse_content(archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError) as error:
        if data.startswith(b"PK"):
            raise WorkbookRefused(
                "damaged-workbook", "The file is damaged or was cut off.", "Save or copy the workbook again."
            ) from error
        message = "This is not a workbook." if data else "The file is empty."
        raise WorkbookRefused("no-workbook", message, _SAVE_AS) from error


def _refuse_content(files: list[zipfile.ZipInfo]) -> None:
    names = {file.filename for file in files}
    if any("vbaproject" in name.lower() or "macrosheets/" in name.lower() for name in names):
        raise macros()
    if _WORKBOOK not in names:
        raise WorkbookRefused("no-workbook", "This is another kind of file than an Excel workbook (.xlsx).", _SAVE_AS)
    if len(files) > _MAX_FILES_INSIDE or sum(file.file_size for file in files) > MAX_UNPACKED_BYTES:
        raise _too_large()
    if any(file.flag_bits & 1 for file in files):
        raise _locked()


def macros() -> WorkbookRefused:
    """The refusal of a workbook that may hold programs."""
    hint = "Save it as an Excel workbook without macros (.xlsx); a table of texts needs none."
    return WorkbookRefused("macros", "The workbook is of the kind that holds macros (.xlsm), which are programs.", hint)


def _too_large() -> WorkbookRefused:
    message = (
        f"The workbook is too large: more than {MAX_BYTES // 1_000_000} MB, or {MAX_UNPACKED_BYTES // 1_000_000} MB "
        "unpacked, which is far more than studies need."
    )
    hint = "Copy the cells that hold something into a new workbook; formatted empty rows make a workbook large."
    return WorkbookRefused("too-large", message, hint)


def _old_or_locked(data: bytes) -> WorkbookRefused:
    if _ENCRYPTED in data:
        return _locked()
    return WorkbookRefused("old-format", "This is a file of an old Excel (.xls) or of another program.", _SAVE_AS)


def _locked() -> WorkbookRefused:
    hint = "Open it and take the password away (File, Info, Protect Workbook), then save it."
    return WorkbookRefused("password", "The workbook is protected by a password.", hint)
