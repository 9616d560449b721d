"""Items merged by a named person: the link rolls history up, can be undone, and is rebuilt."""

from __future__ import annotations

import pytest

from stockturn.engines import DuckDBEngine
from stockturn.intake.decisions import decide
from stockturn.intake.load import clean, load_files
from stockturn.intake.mapping_yaml import read_mapping
from stockturn.intake.replay import replay
from stockturn.ledger.fingerprint import fingerprint
from stockturn.ledger.identity import WrongMerge, current_links, rolled_up
from stockturn.ledger.tables import ensure, table
from stockturn.workspace import Workspace
from tests.intake.conftest import SMALL, text


@pytest.fixture
def workspace(tmp_path):
    root = Workspace.create(tmp_path / "company")
    with Workspace.open(root, environ={}) as opened:
        ensure(opened.engine)
        clean(opened)
        path = tmp_path / "流水.csv"
        rows = [f"2024-01-0{day},采购入库,{code},A,1,1" for day, code in enumerate("abc", 1)]
        path.write_text(text(*rows), encoding="utf-8")
        load_files(opened, [path], read_mapping(SMALL))
        yield opened


def link(workspace, item, into=None):
    kind = "merge_items" if into else "undo_merge_items"
    content = {"item": item, "valid_from": "2024-02-01"} | ({"into": into} if into else {})
    return decide(workspace, kind, content, actor="王经理", reason="换码")


def test_links_roll_up_are_undone_and_come_again_by_a_rebuild(workspace):
    link(workspace, "a", "b")
    link(workspace, "b", "c")
    assert rolled_up(workspace.engine) == {"a": "c", "b": "c"}
    # The history itself stays where it was booked.
    items = workspace.engine.query(table("movement").select("item_id").distinct())
    assert len(items) == 3
    link(workspace, "b")
    assert current_links(workspace.engine) == {"a": "b"}
    link(workspace, "b", "c")
    again = DuckDBEngine.open(workspace.root / "again.duckdb", staging=workspace.staging)
    ensure(again)
    for planned in replay(workspace.received):
        planned.run(workspace, again)
    assert fingerprint(again) == fingerprint(workspace.engine)
    again.close()


def test_links_that_cannot_be_are_refused_and_nothing_is_written(workspace):
    link(workspace, "a", "b")
    for item, into in (("a", "c"), ("b", "a"), ("c", "c"), ("x", "a"), ("c", "x"), ("c", None)):
        with pytest.raises(WrongMerge):
            link(workspace, item, into)
    assert current_links(workspace.engine) == {"a": "b"}
