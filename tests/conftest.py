"""The score of the planted untruths, told at the end of a run: how many of the declared changes were seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

CHANGED, DECLARED = "answers changed", "changes declared"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    numbers = [*_numbers(terminalreporter)]
    if numbers:
        changed, declared = (sum(each) for each in zip(*numbers, strict=True))
        terminalreporter.write_line(
            f"Planted untruths: {len(numbers)}; of {declared} answers that must change {changed} did."
        )


def _numbers(reporter: pytest.TerminalReporter) -> Iterator[tuple[int, int]]:
    for report in (*reporter.stats.get("passed", ()), *reporter.stats.get("failed", ())):
        told = dict(getattr(report, "user_properties", ()))
        if CHANGED in told and report.when == "call":
            yield told[CHANGED], told[DECLARED]
