"""No registry host, no path of one machine and no file of addresses stands in the repository."""

from __future__ import annotations

import json
import re

import pytest

from tests.repository.tree import ROOT, committed_files, text_of

# Written in pieces, so that this file is not its own finding.
HOSTS = re.compile(
    "|".join(
        re.escape("".join(pieces))
        for pieces in [
            ("py", "pi.org"),
            ("python", "hosted.org"),
            ("registry.", "npm"),
            ("npm", "mirror.com"),
            ("registry.", "yarnpkg"),
            ("mirrors.", "aliyun"),
            ("tuna.", "tsinghua"),
            ("deb.", "debian.org"),
        ]
    )
)
PATHS = re.compile(r"(?<![\w.$}/-])/" + "(?:work|root|tmp|home|Users)" + r"/[\w.]")


def findings(pattern: re.Pattern[str]) -> list[str]:
    """Return ``file:line: text`` of every match in a tracked text file."""
    found = []
    for path in committed_files():
        for number, line in enumerate((text_of(path) or "").splitlines(), start=1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    return found


@pytest.mark.parametrize("pattern", [HOSTS, PATHS], ids=["registry host", "machine path"])
def test_nothing_in_the_repository_names_it(pattern: re.Pattern[str]) -> None:
    assert findings(pattern) == []


@pytest.mark.parametrize(
    "line", ["see https://" + "py" + "pi.org/simple", "cd /" + "work/main", "open('/" + "tmp/x')"]
)
def test_the_patterns_find_what_they_are_for(line: str) -> None:
    assert HOSTS.search(line) or PATHS.search(line)


def test_relative_and_web_paths_are_not_machine_paths() -> None:
    assert not PATHS.search("src/" + "work/x ../home/a https://example.org/home/a")


def test_files_that_record_addresses_stay_out() -> None:
    tracked = {path.name for path in committed_files()}
    assert not tracked & {"uv.lock", "poetry.lock", "pdm.lock", "yarn.lock", "pnpm-lock.yaml"}


def test_npm_lock_records_hashes_and_no_addresses() -> None:
    lock = json.loads((ROOT / "frontend" / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if not package.get("integrity")] == []
