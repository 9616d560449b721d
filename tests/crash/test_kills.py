"""Random kills in one go, in a process of their own: see :mod:`tests.crash.kills`."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.crash.company import ROOT

pytestmark = pytest.mark.soak


def test_three_hundred_random_kills_lose_and_double_nothing(tmp_path, postgresql):
    figures = tmp_path / "figures.json"
    program = [sys.executable, "-m", "tests.crash.kills", "--kills", "300", "--json", str(figures)]
    ended = subprocess.run(program, check=False, capture_output=True, text=True, cwd=ROOT)
    print(ended.stdout)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = json.loads(figures.read_text(encoding="utf-8"))
    assert found["kills"] == 300
    assert (found["lost"], found["doubled"]) == (0, 0)
    assert found["same"]
    assert found["rebuilt"]
    assert found["resumed"] > 50
