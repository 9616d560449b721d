"""Feeds into a real ledger: what the table holds is what the ledger holds, run after run."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from stockturn.intake import load as loading
from stockturn.intake import origin
from stockturn.intake.feeds.notices import Notices
from stockturn.intake.feeds.run import run_feed
from stockturn.intake.feeds.store import FeedNameTaken, Feeds, FeedUnknown
from stockturn.intake.load import clean
from stockturn.intake.received import read_manifest
from stockturn.intake.sources.store import SourceInUse, Sources, SourceUnknown
from stockturn.ledger import loads
from stockturn.ledger.tables import ensure, table
from stockturn.workspace import Workspace
from tests.intake.sources.servers import SQLite

MAPPING = """
name: moves
version: "1"
title: {zh: 流水, en: moves}
description: {zh: 测试, en: for tests}
costing: moving_average
files:
  - match: ["moves*"]
    table: movement
    ignore_columns: [id, changed_at, 备注]
    columns: {happened_on: day, kind: kind, item: item, location: place, quantity: amount}
"""
SNAPSHOT = {"what": "moves", "mapping": "moves", "mode": "snapshot", "key": ["id"]}
MODIFIED = {
    **SNAPSHOT,
    "mode": "modified",
    "column": "changed_at",
    "overlap": {"amount": 0, "unit": "seconds"},
}


@pytest.fixture
def erp(tmp_path):
    """A company's database with three movements."""
    (tmp_path / "erp").mkdir()
    made = SQLite(tmp_path / "erp")
    made.clear()
    made.execute(
        "CREATE TABLE moves (id integer, day date, kind text, item text, place text, "
        "amount decimal(18,4), changed_at text)"
    )
    for number in range(3):
        made.execute(insert(number, f"I{number}", 10 + number, 0))
    return made


@pytest.fixture
def workspace(tmp_path, erp):
    """An opened workspace with the source ``erp``."""
    root = Workspace.create(tmp_path / "company", {"source_folders": str(erp.folder)})
    (root / "packs" / "moves.yaml").write_text(MAPPING, encoding="utf-8")
    with Workspace.open(root, environ={}) as opened:
        ensure(opened.engine)
        clean(opened)
        Sources(opened).add("erp", "sqlite", erp.form())
        yield opened


def insert(number, item, amount, second):
    at = f"2024-01-01 00:00:{second:02}"
    return (
        f"INSERT INTO moves VALUES ({number}, '2024-01-0{1 + number % 9}', 'receipt', '{item}', "
        f"'S', {amount}, '{at}')"
    )


def stock(workspace):
    """Quantity by item as the ledger has it."""

    def build():
        rows = table("movement").join(table("item"), "item_id")
        return rows.group_by("item").aggregate(quantity=rows.quantity.sum())

    found = workspace.engine.query(build).to_pylist()
    return {row["item"]: row["quantity"] for row in found if row["quantity"]}


def held(erp):
    """Quantity by item as the source has it."""
    shown = erp.source().preview("moves", 1000).to_pylist()
    sums: dict[str, Decimal] = {}
    for row in shown:
        sums[row["item"]] = sums.get(row["item"], Decimal(0)) + row["amount"]
    return {item: amount for item, amount in sums.items() if amount}


def test_a_small_shop_is_no_drop_of_a_large_one(workspace, erp, tmp_path):
    """Two feeds bring files of one name by one mapping: each is held against its own past."""
    (tmp_path / "erp" / "small").mkdir()
    small = SQLite(tmp_path / "erp" / "small")
    small.clear()
    small.execute(
        "CREATE TABLE moves (id integer, day date, kind text, item text, place text, "
        "amount decimal(18,4), changed_at text)"
    )
    Sources(workspace).add("small", "sqlite", small.form())
    for number in range(3, 120):
        erp.execute(insert(number, f"I{number}", 10, 0))
    for number in range(25):
        small.execute(insert(number, f"I{number}", 1, 0))
    plan = {"what": "moves", "mapping": "moves", "mode": "full", "key": ["id"]}
    for source in ("erp", "small"):
        Feeds(workspace).add(source, source, plan)
        assert run_feed(workspace, source).status == "loaded"
    erp.execute("DELETE FROM moves WHERE id >= 30")
    erp.execute("UPDATE moves SET amount = amount + 1")
    report = run_feed(workspace, "erp")
    assert report.status == "held"
    assert [(asked.kind, asked.other_rows) for asked in report.questions] == [("drop", 120)]


def test_the_cursor_commits_with_the_rows(workspace, erp):
    Feeds(workspace).add("moves", "erp", MODIFIED)
    report = run_feed(workspace, "moves", actor="王")
    assert (report.status, report.rows_loaded, stock(workspace)) == ("loaded", 3, held(erp))
    cursor = loads.last_cursor(workspace.engine, "moves")
    assert '"value": "2024-01-01 00:00:00"' in cursor
    manifest = read_manifest(workspace.received / "load-1.json")
    assert (manifest.origin.cursor, manifest.origin.actor) == (cursor, "王")
    assert dict(manifest.origin.totals.sums)["amount"] == Decimal("33.0000")
    again = run_feed(workspace, "moves")
    assert (again.status, again.load_no) == ("nothing_new", None)
    assert loads.last_load(workspace.engine) == 1


def test_a_trial_changes_nothing_at_all(workspace, erp):
    Feeds(workspace).add("moves", "erp", SNAPSHOT)
    before = sorted(path.name for path in workspace.received.rglob("*"))
    report = run_feed(workspace, "moves", trial=True)
    assert (report.rows_loaded, report.load_no) == (3, None)
    assert sorted(path.name for path in workspace.received.rglob("*")) == before
    assert (stock(workspace), Feeds(workspace).get("moves").agreed) == ({}, ())


def test_a_run_killed_before_its_commit_is_run_again(workspace, erp, monkeypatch):
    Feeds(workspace).add("moves", "erp", SNAPSHOT)

    def killed(*_args, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(loading.posting, "post", killed)
        with pytest.raises(KeyboardInterrupt):
            run_feed(workspace, "moves")
    clean(workspace)
    assert loads.last_cursor(workspace.engine, "moves") is None
    assert run_feed(workspace, "moves").rows_loaded == 3
    assert stock(workspace) == held(erp)
    assert list(workspace.staging.glob("feed-*")) == []


replaces = pytest.mark.skipif(
    not hasattr(origin, "keyed"), reason="rows are not replaced by the key of their feed yet"
)


@replaces
@pytest.mark.parametrize("plan", [SNAPSHOT, MODIFIED], ids=["snapshot", "modified"])
@pytest.mark.parametrize("seed", range(2))
def test_the_ledger_follows_the_table(workspace, erp, plan, seed):
    Feeds(workspace).add("moves", "erp", plan)
    rng = random.Random(seed)
    second, deletes = 0, plan["mode"] == "snapshot"
    for _ in range(6):
        second += rng.choice([0, 3])
        for _ in range(rng.randint(0, 4)):
            number = rng.randint(0, 12)
            erp.execute(f"DELETE FROM moves WHERE id = {number}")
            if not deletes or rng.random() < 0.7:
                erp.execute(insert(number, f"I{number % 4}", rng.choice([1, 2, 5]), second))
        report = run_feed(workspace, "moves")
        assert report.status in {"loaded", "nothing_new"}, report.message
        assert stock(workspace) == held(erp)


@replaces
def test_a_change_and_its_undoing_both_reach_the_ledger(workspace, erp):
    Feeds(workspace).add("moves", "erp", SNAPSHOT)
    for amount in (5, 7, 5, 7):
        erp.execute(f"UPDATE moves SET amount = {amount} WHERE id = 1")
        run_feed(workspace, "moves")
        assert stock(workspace)["I1"] == amount


def test_little_news_is_no_drop_but_a_table_that_shrinks_is_a_question(workspace, erp):
    for number in range(3, 60):
        erp.execute(insert(number, f"I{number}", 1, 1))
    feeds = Feeds(workspace)
    feeds.add("news", "erp", MODIFIED)
    feeds.add("whole", "erp", {**SNAPSHOT, "mode": "full", "key": []})
    for name in ("news", "whole"):
        assert run_feed(workspace, name).status == "loaded"
    erp.execute(insert(60, "I60", 1, 2))
    erp.execute("DELETE FROM moves WHERE id BETWEEN 9 AND 59")
    assert run_feed(workspace, "news").rows_loaded == 1
    held_ = run_feed(workspace, "whole")
    (asked,) = held_.questions
    assert (held_.status, asked.kind, asked.rows, asked.other_rows) == ("held", "drop", 10, 60)
    erp.execute("DELETE FROM moves WHERE id = 60")
    # Still less than what was asked about: the answer does not hold for it.
    again = run_feed(workspace, "whole", answered=[(asked, "accept_drop")])
    (asked,) = again.questions
    assert (again.status, asked.rows) == ("held", 9)
    assert run_feed(workspace, "whole", answered=[(asked, "accept_drop")]).status == "loaded"


def test_only_the_last_extract_is_kept_for_comparison(workspace, erp):
    Feeds(workspace).add("moves", "erp", SNAPSHOT)
    for amount in (5, 7, 9):
        erp.execute(f"UPDATE moves SET amount = {amount} WHERE id = 1")
        run_feed(workspace, "moves")
    kept = [path for path in workspace.received.rglob("*") if path.is_file() and not path.suffix]
    known = {sha for sha, _, _ in loads.known_files(workspace.engine, [path.name for path in kept])}
    assert len([path for path in kept if path.name not in known]) == 1


def test_feeds_and_sources_are_kept_with_their_versions(workspace):
    feeds, sources = Feeds(workspace), Sources(workspace)
    with pytest.raises(SourceUnknown):
        feeds.add("moves", "elsewhere", SNAPSHOT)
    feeds.add("moves", "erp", SNAPSHOT, actor="a")
    with pytest.raises(FeedNameTaken):
        feeds.add("moves", "erp", SNAPSHOT)
    assert feeds.change("moves", MODIFIED, actor="b").version == 2
    assert feeds.get("moves").made_by == "b"
    with pytest.raises(SourceInUse, match="moves"):
        sources.remove("erp")
    feeds.remove("moves")
    with pytest.raises(FeedUnknown):
        feeds.get("moves")
    sources.remove("erp")
    assert sources.all() == []


def told(workspace):
    return [notice.words.en for notice in Notices(workspace).unread().get("moves", [])]


def test_a_change_that_stops_nothing_is_told_once(workspace, erp):
    Feeds(workspace).add("moves", "erp", {**SNAPSHOT, "drift": "quarantine"})
    run_feed(workspace, "moves")
    assert told(workspace) == []
    erp.execute("ALTER TABLE moves ADD COLUMN note text")
    run_feed(workspace, "moves", trial=True)
    assert told(workspace) == [], "a trial changes nothing"
    erp.execute("UPDATE moves SET amount = amount + 1")
    load_no = run_feed(workspace, "moves").load_no
    (notice,) = Notices(workspace).unread()["moves"]
    assert notice.words.en == "new column “note” (TEXT); it is left out."
    assert notice.load_no == load_no
    assert run_feed(workspace, "moves").status == "nothing_new"
    assert len(told(workspace)) == 1, "it stands at each run and is told at the first"
    Notices(workspace).read(Feeds(workspace).get("moves").id, notice.id, "王")
    run_feed(workspace, "moves")
    assert told(workspace) == []
    erp.execute("ALTER TABLE moves DROP COLUMN note")
    run_feed(workspace, "moves")
    erp.execute("ALTER TABLE moves ADD COLUMN note text")
    run_feed(workspace, "moves")
    assert len(told(workspace)) == 1, "what comes back is a change anew"
    Feeds(workspace).remove("moves")
    assert Notices(workspace).unread() == {}


def test_an_evolved_change_is_told_once_whatever_moment_the_run_is_killed_at(
    workspace, erp, monkeypatch
):
    Feeds(workspace).add("moves", "erp", {**SNAPSHOT, "drift": "evolve"})
    run_feed(workspace, "moves")
    erp.execute("ALTER TABLE moves ADD COLUMN 备注 text")
    with monkeypatch.context() as patched:
        patched.setattr(Feeds, "agree", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run_feed(workspace, "moves")
    run_feed(workspace, "moves")
    run_feed(workspace, "moves")
    assert told(workspace) == ["new column “备注” (TEXT); read as it is now."]
    (notice,) = Notices(workspace).unread()["moves"]
    Notices(workspace).read(Feeds(workspace).get("moves").id, notice.id - 1, "王")
    assert len(told(workspace)) == 1, "what came later has not been read"
