"""The error tree: every failure a user can meet, with the words it is reported in.

NerveGraphError
├── Misuse                the call was wrong: unknown name, bad parameter (exit 2)
├── FindingsError         the input was read and something in it is wrong (exit 1)
└── SurroundingsError     disk, lock, deadline, endpoint: the input may be fine (exit 3)
    ├── LockedError       somebody else is building here
    ├── DamagedBuildError the build on disk is incomplete or altered
    ├── DeadlineError     a query ran into its deadline
    ├── ResourceError     a query or a build ran out of memory or disk
    └── EndpointError     a remote server did not answer as it must

Each error keeps its facts as fields and writes its own sentence: what happened, then what to do.
"""

from __future__ import annotations

from pathlib import Path


class NerveGraphError(Exception):
    """Root of everything NerveGraph raises on purpose; `str()` is one line fit for a user."""

    exit_code = 3


class Misuse(NerveGraphError):
    """The request itself cannot be carried out as it was put."""

    exit_code = 2


class FindingsError(NerveGraphError):
    """The input was read and found wrong; the findings have been reported one by one."""

    exit_code = 1


class SurroundingsError(NerveGraphError):
    """Something around us failed; the same call may succeed later or elsewhere."""


class LockedError(SurroundingsError):
    """Another process is building into the same directory."""

    def __init__(self, directory: Path, holder: str) -> None:
        self.directory = directory
        self.holder = holder
        super().__init__(
            f"{directory}: another build is running here ({holder}). "
            "Wait until it ends, or build into another directory with --output."
        )


class DamagedBuildError(SurroundingsError):
    """The build on disk does not match its manifest."""

    def __init__(self, directory: Path, reason: str) -> None:
        self.directory = directory
        self.reason = reason
        super().__init__(
            f"{directory}: {reason}. Rebuild it from the study files with: nervegraph build --output {directory}"
        )


class DeadlineError(SurroundingsError):
    """A query was stopped at its deadline; no part of its answer is given."""

    def __init__(self, timeout_seconds: float) -> None:
        self.timeout_seconds = timeout_seconds
        super().__init__(
            f"the query was stopped after {timeout_seconds:g} s, its deadline; no partial answer is shown. "
            "Narrow it (fewer unconnected patterns, a LIMIT inside), or allow more with --timeout."
        )


class ResourceError(SurroundingsError):
    """Memory or disk ran out; nothing half-made is kept."""


class EndpointError(SurroundingsError):
    """A remote SPARQL endpoint failed or answered with something else than a result."""
