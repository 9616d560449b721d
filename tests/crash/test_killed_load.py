"""kill -9 of a real load at named moments: nothing half-loaded, nothing lost.

Random moments, of feeds and publishing too: :mod:`tests.crash.kills`.
"""

import shutil
import signal

import pytest

from stockturn.intake.load import clean, load_files
from stockturn.ledger import fingerprint, identities, loads, tables
from stockturn.workspace import Workspace
from tests.cli.running import PROGRAM, run, run_apart, write_movements

# Each names a function that the load calls, and whether it has run when the process dies.
MOMENTS = [
    ("stockturn.intake.received.keep", "before"),
    ("stockturn.intake.received.keep", "after"),
    ("stockturn.intake.staging.run_limited", "before"),
    ("stockturn.intake.staging.run_limited", "after"),
    ("stockturn.intake.received.write_pending", "after"),
    ("stockturn.ledger.masters.post_masters", "after"),
    ("stockturn.ledger.moments.grow", "before"),
    ("stockturn.ledger.ageing.refresh", "after"),
    ("stockturn.ledger.moments.compact", "before"),
    ("stockturn.ledger.moments.compact", "after"),
    ("stockturn.intake.received.finish", "before"),
    ("stockturn.intake.received.finish", "after"),
]
DIE = """
import importlib, os, signal
module, _, name = "{target}".rpartition(".")
module = importlib.import_module(module)
real = getattr(module, name)
def dying(*arguments, **named):
    if "{when}" == "after":
        real(*arguments, **named)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(module, name, dying)
"""


def state(folder):
    """What the ledger says, without the clock times that differ between runs."""
    with Workspace.open(folder, environ={}, wait_seconds=5) as workspace:
        tables.ensure(workspace.engine)
        clean(workspace)
        hashes = fingerprint.fingerprint(workspace.engine)
        del hashes["load"]
        records = [
            (load.load_no, load.mapping, load.rows_in, load.rows_loaded, load.files)
            for load in loads.history(workspace.engine)
        ]
        broken = [each.key for each in identities.check(workspace.engine) if not each.passed]
        assert not broken
        return hashes, records


def load_again(folder, file):
    with Workspace.open(folder, environ={}, wait_seconds=5) as workspace:
        tables.ensure(workspace.engine)
        clean(workspace)
        return load_files(workspace, [file], "generic-zh")


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """A workspace with one load, a second file, and the states before and after loading it."""
    place = tmp_path_factory.mktemp("crash")
    first = write_movements(place / "出入库流水-1.csv", rows=200, seed=1)
    second = write_movements(place / "出入库流水-2.csv", rows=2000, seed=2)
    base = Workspace.create(place / "base", {"company": "示例"})
    assert load_again(base, first).status == "loaded"
    clean_run = shutil.copytree(base, place / "clean")
    result = run_apart("load", second, "--mapping", "generic-zh", "--workspace", clean_run)
    assert result.returncode == 0, result.stdout + result.stderr
    return base, second, state(base), state(clean_run)


def recovers(scene, folder):
    """The last state is whole, ``show`` answers, and loading again ends as a clean run does."""
    base_state, clean_state = scene[2], scene[3]
    found = state(folder)
    assert found in (base_state, clean_state)
    report = load_again(folder, scene[1])
    assert report.status == ("nothing_new" if found == clean_state else "loaded")
    assert state(folder) == clean_state
    leftovers = [
        path.name
        for path in (folder / "received").iterdir()
        if path.name.startswith(("incoming-", "pending-")) or path.suffix == ".new"
    ]
    assert leftovers == []


@pytest.mark.soak
@pytest.mark.parametrize(("target", "when"), MOMENTS)
def test_kill_at_a_named_moment(scene, tmp_path, target, when):
    folder = shutil.copytree(scene[0], tmp_path / "shop")
    program = DIE.format(target=target, when=when) + PROGRAM
    killed = run_apart(
        "load", scene[1], "--mapping", "generic-zh", "--workspace", folder, program=program
    )
    assert killed.returncode == -signal.SIGKILL, killed.stdout + killed.stderr
    recovers(scene, folder)


def test_show_answers_right_after_a_kill(scene, tmp_path):
    folder = shutil.copytree(scene[0], tmp_path / "shop")
    question = ("show", "closing_quantity", "--period", "2025", "--format", "json")
    before = run(*question, "--workspace", folder)
    program = DIE.format(target="stockturn.ledger.ageing.refresh", when="after") + PROGRAM
    run_apart("load", scene[1], "--mapping", "generic-zh", "--workspace", folder, program=program)
    after = run(*question, "--workspace", folder)
    assert after.returncode == 0, after.stderr
    assert after.stdout == before.stdout


@pytest.mark.soak
def test_kill_of_the_first_load_leaves_an_empty_workspace(scene, tmp_path):
    folder = Workspace.create(tmp_path / "shop")
    program = DIE.format(target="stockturn.ledger.moments.grow", when="before") + PROGRAM
    run_apart("load", scene[1], "--mapping", "generic-zh", "--workspace", folder, program=program)
    result = run("show", "turnover", "--period", "2025", "--workspace", folder)
    assert result.returncode == 2
    assert "empty_workspace" in result.stderr
    assert load_again(folder, scene[1]).status == "loaded"
