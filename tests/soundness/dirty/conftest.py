"""Prints the table of cases with what became of them, at the end of the run."""

from __future__ import annotations

import pytest

OUTCOMES: dict[str, tuple[str, str, str]] = {}
"""Case key -> what it is, its outcome and its code, as the run found them."""


@pytest.fixture
def tell():
    """Return a function that notes down what became of a case."""

    def note(case: dict, outcome: str, code: str) -> None:
        OUTCOMES[case["key"]] = (case["case"]["zh"], outcome, code)

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write one line a case."""
    if not OUTCOMES:
        return
    terminalreporter.section(f"dirty data: {len(OUTCOMES)} cases")
    for key, (case, outcome, code) in OUTCOMES.items():
        terminalreporter.write_line(f"{outcome:5} {code:24} {key:32} {case}")
