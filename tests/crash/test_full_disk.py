"""A full disk: foreseen, or met in the middle of a load. Nothing is half-loaded either way."""

import pytest

from stockturn.intake.load import load_files
from stockturn.workspace import Workspace
from tests.cli.running import PROGRAM, run, run_apart, write_movements
from tests.disks import fill, make_room, small_disk

QUESTION = ("show", "closing_quantity", "--by", "item", "--period", "2025", "--format", "json")
LIMITED = """
import os, resource
resource.setrlimit(resource.RLIMIT_FSIZE, (int(os.environ["LIMIT"]), resource.RLIM_INFINITY))
"""


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "disk", 48) as place:
        yield place


def prepared(folder, tmp_path):
    first = write_movements(tmp_path / "出入库流水-1.csv", rows=200, seed=1)
    second = write_movements(tmp_path / "出入库流水-2.csv", rows=20_000, seed=2)
    shop = Workspace.create(folder, {"company": "示例", "free_space_floor_mb": 0})
    with Workspace.open(shop, environ={}) as workspace:
        from stockturn.ledger.tables import ensure

        ensure(workspace.engine)
        assert load_files(workspace, [first], "generic-zh").status == "loaded"
    return shop, second


def load_of(shop, file):
    return ("load", file, "--mapping", "generic-zh", "--workspace", shop)


@pytest.mark.soak
@pytest.mark.parametrize("leave", [0, 4_500_000, 6_000_000])
def test_full_disk_undoes_the_load_and_a_rerun_completes(disk, tmp_path, leave):
    shop, second = prepared(disk / "shop", tmp_path)
    before = run(*QUESTION, "--workspace", shop).stdout
    fill(disk, leave)
    failed = run_apart(*load_of(shop, second))
    make_room(disk)
    if leave:
        # With that little room it may still fit; then it must be whole.
        assert failed.returncode in {0, 1}
    else:
        assert failed.returncode == 1
    if failed.returncode == 1:
        assert len(failed.stderr.splitlines()[-1:]) == 1
        assert any(code in failed.stderr for code in ("disk_full", "out_of_space"))
        assert "Traceback" not in failed.stderr
        assert run(*QUESTION, "--workspace", shop).stdout == before
    assert run(*load_of(shop, second)).returncode == 0
    assert run("check", "--workspace", shop).returncode == 0


@pytest.mark.parametrize(
    "limit",
    [*(pytest.param(n, marks=pytest.mark.soak) for n in (200_000, 1_000_000)), 4_000_000],
)
def test_file_that_may_not_grow_undoes_the_load(tmp_path, limit):
    shop, second = prepared(tmp_path / "shop", tmp_path)
    before = run(*QUESTION, "--workspace", shop).stdout
    size = (shop / "warehouse.duckdb").stat().st_size
    failed = run_apart(
        *load_of(shop, second), program=LIMITED + PROGRAM, LIMIT=str(max(limit, 100_000))
    )
    assert size > 0
    assert "Traceback" not in failed.stderr
    after = run(*QUESTION, "--workspace", shop).stdout
    if failed.returncode == 0:
        assert after != before
    else:
        assert any(code in failed.stderr for code in ("disk_full", "out_of_space"))
        assert after == before
    assert run(*load_of(shop, second)).returncode == 0
    assert run("check", "--workspace", shop).returncode == 0
