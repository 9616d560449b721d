"""Mutated files never end in anything but rows or a reason: a sample here, 50,000 in the soak."""

from __future__ import annotations

import pytest

from tests.intake.fuzzing import MOST_MB, MOST_SECONDS, fuzz


def clean(tally, files):
    assert tally.failures == []
    assert tally.files == files
    assert tally.read + tally.held.total() == files
    assert tally.slowest <= MOST_SECONDS
    assert tally.peak_mb <= MOST_MB
    # A mutation that breaks everything, or nothing, tests nothing.
    assert tally.read > files // 20
    assert len(tally.held) > 5


def test_a_sample_of_mutated_files():
    clean(fuzz(0, 400), 400)


@pytest.mark.soak
def test_fifty_thousand_mutated_files():
    clean(fuzz(1_000_000, 50_000), 50_000)
