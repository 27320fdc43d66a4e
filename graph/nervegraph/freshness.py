"""Whether a build still says what the study files say."""

from __future__ import annotations

from pathlib import Path

from nervegraph.errors import Misuse
from nervegraph.manifest import read_manifest, stale_inputs
from nervegraph.resources import list_study_files, resource_directory

SHIPPED_EVIDENCE = "shipped evidence"
"""What a manifest says under `made_from` when a build was made from the evidence that belongs to this code."""


def staleness_note(build_directory: Path) -> str | None:
    """One line on how the study files changed since the build, or None: nothing changed, or it was made from others.

    :raises Misuse: there is no build.
    :raises DamagedBuildError: its manifest cannot be read.
    """
    manifest = read_manifest(build_directory)
    if manifest.facts.get("made_from") != SHIPPED_EVIDENCE:
        return None
    try:
        changes = stale_inputs(manifest, list_study_files(resource_directory("studies")))
    except (OSError, Misuse) as error:
        return f"whether this build is older than the study files cannot be told ({error})"
    if not changes:
        return None
    shown = ", ".join(changes[:3]) + (f" and {len(changes) - 3} more" if len(changes) > 3 else "")
    return (
        f"this build is older than the study files ({shown}); to renew it: nervegraph build --output {build_directory}"
    )
