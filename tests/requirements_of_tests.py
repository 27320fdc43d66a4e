"""What a test needs beyond Python: where it is missing the test skips with the reason, or fails if all is required."""

from __future__ import annotations

import os

import pytest


def need(available: object, reason: str) -> None:
    """Go on if `available` is true; else skip with `reason`, or fail when REQUIRE_ALL=1 (as CI sets it)."""
    if available:
        return
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"REQUIRE_ALL=1, but {reason}")
    pytest.skip(reason)
