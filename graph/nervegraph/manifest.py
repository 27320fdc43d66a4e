"""The manifest of a build: which version is current, what it consists of, and what it was made from.

It is the last file a build replaces, so whatever it names is complete. Its own `digest` covers everything else in it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias, cast

from nervegraph.errors import DamagedBuildError, Misuse
from nervegraph.store_seal import FileFacts, read_file_facts

MANIFEST_NAME = "manifest.json"
PREVIOUS_NAME = "previous.json"
VERSIONS_NAME = "versions"
STORE_NAME = "store"
JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"

_FORMAT = "nervegraph build 1"
_OWN_KEYS = frozenset({"format", "version", "folder", "files", "store", "digest"})
_VERSION = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Manifest:
    """What `manifest.json` says: version id, files by name (the store apart), quads in the store, the build's facts."""

    version: str
    files: Mapping[str, FileFacts]
    quads: int
    facts: Mapping[str, JSON]

    @property
    def folder(self) -> str:
        """The version's folder, relative to the build directory."""
        return f"{VERSIONS_NAME}/{self.version}"

    @property
    def inputs(self) -> Mapping[str, str]:
        """SHA-256 of each study file the build was made from, by file name; empty if the build did not record them."""
        inputs = self.facts.get("inputs", {})
        return cast("Mapping[str, str]", inputs) if isinstance(inputs, Mapping) else {}

    def to_bytes(self) -> bytes:
        """The text of `manifest.json`: the same manifest, the same bytes."""
        content = self._content()
        content["digest"] = _digest_of(content)
        return (json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()

    def _content(self) -> dict[str, JSON]:
        files: dict[str, JSON] = {
            name: {"bytes": facts.size_bytes, "sha256": facts.sha256} for name, facts in self.files.items()
        }
        return {
            **self.facts,
            "format": _FORMAT,
            "version": self.version,
            "folder": self.folder,
            "files": files,
            "store": {"folder": STORE_NAME, "quads": self.quads},
        }


def build_manifest(files: Mapping[str, FileFacts], quads: int, facts: Mapping[str, JSON]) -> Manifest:
    """The manifest of a finished build, its version id taken from the names and digests of its files.

    :raises ValueError: `facts` uses a name that the manifest needs itself.
    """
    if taken := sorted(_OWN_KEYS & facts.keys()):
        raise ValueError(f"the manifest itself writes {', '.join(taken)}; name these facts otherwise")
    return Manifest(_version_of(files), files, quads, facts)


def read_manifest(directory: Path) -> Manifest:
    """The manifest of the current build in this directory.

    :raises Misuse: there is no build.
    :raises DamagedBuildError: the manifest cannot be read, is incomplete or was altered.
    """
    manifest = _find_manifest(directory, MANIFEST_NAME)
    if manifest is not None:
        return manifest
    if (directory / VERSIONS_NAME).is_dir() and any((directory / VERSIONS_NAME).glob("[!.]*")):
        raise DamagedBuildError(directory, f"{MANIFEST_NAME} is missing")
    raise Misuse(f"no build in {directory}: run `nervegraph build` first, or name another directory with --build.")


def find_previous_manifest(directory: Path) -> Manifest | None:
    """The manifest of the last build that differed from the current one, or None if there was none.

    :raises DamagedBuildError: it cannot be read, is incomplete or was altered.
    """
    previous = _find_manifest(directory, PREVIOUS_NAME)
    current = _find_manifest(directory, MANIFEST_NAME)
    # Killed between writing the two, a build leaves the current one named twice.
    return None if previous is not None and current is not None and previous.version == current.version else previous


def input_digests(study_paths: Iterable[Path]) -> dict[str, str]:
    """SHA-256 of each study file by file name, as the manifest keeps them under `inputs`.

    :raises Misuse: two files have the same name.
    :raises OSError: a file cannot be read.
    """
    digests: dict[str, str] = {}
    for path in study_paths:
        if path.name in digests:
            raise Misuse(f"{path}: another study file is named {path.name} too; a study has one file.")
        digests[path.name] = read_file_facts(path).sha256
    return dict(sorted(digests.items()))


def stale_inputs(manifest: Manifest, study_paths: Iterable[Path]) -> list[str]:
    """What changed in the study files since the build, by content: `x.yaml was changed`, `… is new`, `… is gone`.

    An empty list means that the build is up to date. Sorted by file name.

    :raises Misuse: two files have the same name.
    :raises OSError: a file cannot be read.
    """
    return [*changed_inputs(manifest.inputs, input_digests(study_paths)).values()]


def changed_inputs(then: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    """What became of each study file that is not the same: `x.yaml was changed`, `… is new`, `… is gone`, by name.

    :param then: SHA-256 by file name, as in `Manifest.inputs`.
    """
    words = {(True, False): "is gone", (False, True): "is new", (True, True): "was changed"}
    return {
        name: f"{name} {words[name in then, name in now]}"
        for name in sorted(then.keys() | now.keys())
        if then.get(name) != now.get(name)
    }


def _find_manifest(directory: Path, name: str) -> Manifest | None:
    try:
        text = (directory / name).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DamagedBuildError(directory, f"{name} cannot be read ({error.strerror})") from error
    try:
        return _parse_manifest(text)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedBuildError(directory, f"{name} is incomplete or was altered") from error


def _parse_manifest(text: bytes) -> Manifest:
    content: Any = json.loads(text)
    digest = content.pop("digest")
    if content["format"] != _FORMAT or digest != _digest_of(content):
        raise ValueError("not what was written")
    files = {name: FileFacts(facts["bytes"], facts["sha256"]) for name, facts in content["files"].items()}
    facts = {name: value for name, value in content.items() if name not in _OWN_KEYS}
    manifest = Manifest(content["version"], files, content["store"]["quads"], facts)
    is_sound = _VERSION.fullmatch(manifest.version) and manifest.version == _version_of(files)
    if not is_sound or content["folder"] != manifest.folder or not all(map(_stays_inside, files)):
        raise ValueError("its parts contradict each other")
    return manifest


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name and ":" not in name


def _version_of(files: Mapping[str, FileFacts]) -> str:
    lines = "".join(f"{name}\t{facts.sha256}\n" for name, facts in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def _digest_of(content: Mapping[str, JSON]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
