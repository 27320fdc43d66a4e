"""Which answers moved between two builds, both asked the questions that are shipped now."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath

from nervegraph.manifest import changed_inputs
from nervegraph.moved_answers import Moved, find_moved_answers
from nervegraph.published import Published, with_current_version, with_previous_version
from nervegraph.store import open_store

_VERSION_FACT, _DATA_FACT, _ORIGIN_FACT = "nervegraph", "data_sha256", "made_from"


@dataclass(frozen=True)
class BuildMoves:
    """What moved between two builds, which study files differ, and what a reader must know beside that."""

    old: Published
    new: Published
    files: tuple[str, ...]
    moved: Moved
    notes: tuple[str, ...]


def find_moves_of_build(directory: Path) -> BuildMoves:
    """What moved between the previous build in a directory and its current one.

    :raises Misuse: there is no build, or none before it.
    :raises DamagedBuildError: one of the two is damaged.
    """
    return with_current_version(directory, lambda new: with_previous_version(directory, lambda old: _compare(old, new)))


def find_moves_between(old: Path, new: Path) -> BuildMoves:
    """What moved between the current builds of two directories; raises as `find_moves_of_build`."""
    return with_current_version(old, lambda one: with_current_version(new, lambda other: _compare(one, other)))


def _compare(old: Published, new: Published) -> BuildMoves:
    files = changed_inputs(old.manifest.inputs, new.manifest.inputs)
    with open_store(old.store) as before, open_store(new.store) as after:
        moved = find_moved_answers(before, after, [PurePath(name).stem for name in files])
    return BuildMoves(old, new, tuple(files.values()), moved, tuple(_notes(old, new)))


def _notes(old: Published, new: Published) -> list[str]:
    facts, later = old.manifest.facts, new.manifest.facts
    if facts.get(_DATA_FACT) == later.get(_DATA_FACT):
        return ["Both builds hold the same data."]
    notes = []
    if facts.get(_VERSION_FACT) != later.get(_VERSION_FACT):
        notes.append(
            f"They were built by different versions of NerveGraph ({facts.get(_VERSION_FACT)}, "
            f"{later.get(_VERSION_FACT)}), so rules and vocabularies may differ as well as studies."
        )
    if facts.get(_ORIGIN_FACT) != later.get(_ORIGIN_FACT):
        notes.append(f"One was made from {facts.get(_ORIGIN_FACT)}, the other from {later.get(_ORIGIN_FACT)}.")
    return notes
