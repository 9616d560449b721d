"""What every test may ask for: hypothesis profiles, real data, and a count of browser tests."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
COUNTS_VARIABLE = "STOCKTURN_TEST_COUNTS"
"""Names a file that the run writes its counts to, so that CI can refuse a run without a browser."""

# ci: the same examples each run, few enough for every change. soak: many new ones, no deadline.
settings.register_profile(
    "ci", derandomize=True, max_examples=40, deadline=None, print_blob=True, database=None
)
settings.register_profile(
    "soak", max_examples=2_000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

_browser_tests: Counter[str] = Counter()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real data beside the repository, or skip."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("real data is not here: ../shared/data is missing")
    return folder


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Return the installed Chromium, or skip."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if found is None:
        pytest.skip("no Chromium here: install the system's chromium to run browser tests")
    return Path(found)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> object:
    """Count each browser test once: run or skipped."""
    report = yield
    if item.get_closest_marker("browser"):
        if report.skipped:
            _browser_tests["skipped"] += 1
        elif report.when == "call":
            _browser_tests["run"] += 1
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many browser tests ran, and write it down where CI asked for it."""
    counts = {"browser_run": _browser_tests["run"], "browser_skipped": _browser_tests["skipped"]}
    terminalreporter.write_line(
        f"browser tests: {counts['browser_run']} run, {counts['browser_skipped']} skipped"
    )
    if target := os.environ.get(COUNTS_VARIABLE):
        Path(target).write_text(json.dumps(counts), encoding="utf-8")
