"""What tests may ask for: hypothesis profiles, real data, real servers; and what ran of them."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
COUNTS_VARIABLE = "STOCKTURN_TEST_COUNTS"
"""Names a file that the run writes its counts to: CI refuses a run that proves nothing."""

# ci: the same examples each run, few enough for every change. soak: many new ones, no deadline.
settings.register_profile(
    "ci", derandomize=True, max_examples=40, deadline=None, print_blob=True, database=None
)
settings.register_profile(
    "soak", max_examples=2_000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

COUNTED = ("browser", "service")
"""Marks of tests that need something of the machine: how many ran and were skipped is told."""

_counts: Counter[str] = Counter()


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


@pytest.fixture(scope="session")
def postgresql() -> str:
    """Return the address of PostgreSQL on loopback (user postgres, trusted), or skip."""
    return _service("PostgreSQL", 5432)


@pytest.fixture(scope="session")
def mariadb() -> str:
    """Return the address of MariaDB on loopback (user root, no password), or skip."""
    return _service("MariaDB", 3306)


def _service(name: str, port: int) -> str:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)):
            pytest.skip(f"no {name} on 127.0.0.1:{port}")
    return f"127.0.0.1:{port}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that asks for a server is one of those whose number CI looks at."""
    for item in items:
        if {"postgresql", "mariadb"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.service)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name no bytes: what is made anew at each start would give workers tests of other names."""
    return argname if isinstance(val, bytes) else None


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count each test that needs something of the machine once, whichever process ran it."""
    for mark in COUNTED:
        if mark in report.keywords:
            if report.skipped:
                _counts[f"{mark}_skipped"] += 1
            elif report.when == "call":
                _counts[f"{mark}_run"] += 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many of the counted tests ran, and write it down where CI asked for it."""
    counts = {f"{mark}_{end}": 0 for mark in COUNTED for end in ("run", "skipped")} | _counts
    for mark in COUNTED:
        run, skipped = counts[f"{mark}_run"], counts[f"{mark}_skipped"]
        terminalreporter.write_line(f"{mark} tests: {run} run, {skipped} skipped")
    if target := os.environ.get(COUNTS_VARIABLE):
        Path(target).write_text(json.dumps(counts), encoding="utf-8")
