"""A ledger whose identities must hold when a test is done with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stockturn.engines import DuckDBEngine
from stockturn.ledger import identities
from tests.books import new_engine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    """A new ledger, checked afterwards."""
    made = new_engine(tmp_path)
    yield made
    broken = [r.key for r in identities.check(made) if not r.passed]
    made.close()
    assert not broken
