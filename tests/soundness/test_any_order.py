"""Real daily files in any order make one ledger: two orders of three days here, 100 of 20 days in
the soak."""

from __future__ import annotations

import random
import shutil

import pytest

from stockturn.intake.load import load_files
from stockturn.ledger import identities, loads
from stockturn.ledger.fingerprint import content_hash
from stockturn.ledger.tables import ensure
from stockturn.workspace import Workspace
from tests.intake.keeping import stage_here

SEED = 20261126

pytestmark = pytest.mark.shared_data


def said(folder, files):
    """Load files one by one into a company of their own; return what its ledger says."""
    root = Workspace.create(folder, {"publish": False})
    with (
        pytest.MonkeyPatch.context() as patch,
        Workspace.open(root, environ={}) as workspace,
    ):
        patch.setattr("stockturn.intake.staging.run_limited", stage_here)
        ensure(workspace.engine)
        for file in files:
            # A quiet Sunday after a busy day is held until somebody says that it is right.
            report = load_files(workspace, [file], "online-retail", accept_drop=True)
            assert report.status == "loaded", report
        broken = [each.key for each in identities.check(workspace.engine) if not each.passed]
        assert broken == []
        rows = sum(load.rows_loaded for load in loads.history(workspace.engine))
        found = content_hash(workspace.engine), rows
    shutil.rmtree(root)
    return found


def in_any_order(shared_data, tmp_path, days, orders):
    files = sorted((shared_data / "online_retail").glob("20*.csv"))[:days]
    wanted = said(tmp_path / "dated", files)
    assert len(files) == days
    assert wanted[1] > 500 * days
    for number in range(orders):
        shuffled = random.Random(SEED + number).sample(files, days)
        assert said(tmp_path / f"order-{number}", shuffled) == wanted, shuffled
        print(f"order {number + 1} of {orders}: {wanted}", flush=True)


def test_three_days_in_two_orders(shared_data, tmp_path):
    in_any_order(shared_data, tmp_path, 3, 2)


@pytest.mark.soak
def test_twenty_days_in_a_hundred_orders(shared_data, tmp_path):
    in_any_order(shared_data, tmp_path, 20, 100)
