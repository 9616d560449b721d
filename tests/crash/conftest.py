"""Prints what each fault did, and what the rerun made of it, at the end of the run."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.crash.company")

CELLS: list[tuple[str, str, str, str]] = []


@pytest.fixture
def note():
    """Return a function that notes down how the struck run and the rerun ended."""

    def told(point, fault, struck, runs):
        attempts = [each.get("code") or each["state"] for run in runs for each in run[3]]
        CELLS.append((point, fault, struck, ", ".join(attempts)))

    return told


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write one line a cell."""
    if not CELLS:
        return
    terminalreporter.section(f"faults: {len(CELLS)} cells, each the same as a clean run")
    for point, fault, struck, attempts in CELLS:
        terminalreporter.write_line(f"{point:30} {fault:12} {struck:36} {attempts}")
