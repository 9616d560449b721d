"""Faults at named points of fetch, decode, stage, commit and publish: a rerun ends as a clean run.

Real processes, a real SIGKILL, a real full disk, databases that really refuse connections. A cell
is (point, fault); a few run with the ordinary tests, all of them with the soak.
"""

from __future__ import annotations

import signal

import pytest

from tests.crash import owner
from tests.crash.company import WORK, Company
from tests.disks import make_room, small_disk

FAULTS = ("raise", "kill", "kill worker", "disk full", "source gone", "slow")
POINTS = {
    "fetch: before the first row": ("intake.feeds.gather:compare", "after"),
    "fetch: connected": ("intake.sources.database.base:DatabaseSource._read", "before"),
    "fetch: read": ("intake.sources.database.base:DatabaseSource._read", "after"),
    "fetch: compared": ("intake.feeds.gather:gather", "after"),
    "fetch: kept": ("intake.received:keep", "after"),
    "decode: opened": ("intake.decode:open_raw", "after"),
    "stage: before an entry file": ("intake.stage:_Writing._write", "before"),
    "stage: written": ("intake.stage:stage_files", "after"),
    "commit: manifest pending": ("intake.received:write_pending", "after"),
    "commit: master data": ("ledger.masters:post_masters", "after"),
    "commit: ages": ("ledger.ageing:refresh", "after"),
    "commit: committed": ("ledger.moments:compact", "before"),
    "commit: before the manifest": ("intake.received:finish", "before"),
    "commit: manifest": ("intake.received:finish", "after"),
    "publish: a file": ("intake.publishing.publish:_Publisher._file", "after"),
    "publish: before the version": ("intake.publishing.shelf:Shelf.put_up", "before"),
    "publish: contents written": ("intake.publishing.shelf:_write", "after"),
    "publish: up": ("intake.publishing.shelf:Shelf.put_up", "after"),
    "publish: target begun": ("intake.publishing.copying:_plans", "after"),
    "publish: before target commit": (
        "intake.publishing.targets.base:DatabaseTarget.commit",
        "before",
    ),
    "publish: target committed": ("intake.publishing.targets.base:DatabaseTarget.commit", "after"),
}
"""Where in the work -> the function and whether it has run when the fault comes."""

IN_WORKER = ("intake.feeds.gather", "intake.sources", "intake.decode", "intake.stage")
"""Modules whose points lie in a worker, which can be killed by itself."""


DONE = ("commit: committed", "commit: before the manifest", "commit: manifest", "publish: up")
"""Points behind a commit, where a disk that is full undoes nothing any more."""

SAMPLE = {
    ("stage: before an entry file", "disk full"),
    ("commit: committed", "kill"),
}
"""Cells of the ordinary run; all others belong to the soak."""


def cells():
    for point, (target, _) in POINTS.items():
        for fault in FAULTS:
            if fault != "kill worker" or target.startswith(IN_WORKER):
                marks = () if (point, fault) in SAMPLE else pytest.mark.soak
                yield pytest.param(point, fault, marks=marks, id=f"{point} / {fault}")


@pytest.fixture(scope="module")
def company(tmp_path_factory, postgresql):
    made = Company(tmp_path_factory.mktemp("company"))
    try:
        made.set_up()
        yield made
    finally:
        made.tear_down()


@pytest.fixture(scope="module")
def clean_run(company):
    """What a run says that nothing befell."""
    folder = company.copy(company.place / "clean")
    before = company.said(folder)
    owner.main(folder, WORK)
    said = company.said(folder)
    assert said["stock"] == company.held()
    assert said["stock"] != before["stock"]
    return said


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "disk", 96) as place:
        yield place


@pytest.mark.parametrize(("point", "fault"), list(cells()))
def test_a_rerun_ends_as_a_clean_run(request, company, clean_run, tmp_path, note, point, fault):
    disk = request.getfixturevalue("disk") if fault == "disk full" else tmp_path
    folder = company.copy(disk / "shop")
    target, when = POINTS[point]
    mark = tmp_path / "struck"
    locked = "moves" if fault == "slow" and point == "fetch: before the first row" else ""
    struck = company.struck(
        folder,
        {
            "kind": fault,
            "target": f"stockturn.{target}",
            "when": when,
            "mark": str(mark),
            "disk": str(disk),
            "databases": [company.source, company.target],
            "locked": locked,
        },
    )
    assert mark.exists(), f"the fault never came: {struck.stderr}"
    assert (struck.returncode == -signal.SIGKILL) == (fault == "kill"), struck.stderr
    make_room(disk)
    company.open_again()
    kind, state, code, _ = company.runs(folder)[-1]
    if fault == "disk full":
        # What was done before the disk was full is told as done, what was not as a full disk.
        assert code in ({None} if point in DONE else {None, "disk_full", "out_of_space"})
    owner.main(folder, WORK)
    assert company.said(folder) == clean_run
    last = {kind: state for kind, state, _, _ in company.runs(folder)}
    assert last == {"feed": "succeeded", "publish": "succeeded", "publish_to": "succeeded"}
    note(point, fault, f"{kind} {state} {code or ''}".strip(), company.runs(folder)[3:])
