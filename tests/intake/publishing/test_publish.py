"""Published tables: whole versions, codes for keys, and only what changed written again."""

import json
import shutil
import threading
from collections import Counter
from decimal import Decimal

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from stockturn.intake.load import clean, load_files
from stockturn.intake.publishing import publish as publishing
from stockturn.intake.publishing.publish import publish, published_load
from stockturn.intake.publishing.shelf import Shelf
from stockturn.intake.publishing.tables import published_tables
from stockturn.ledger.tables import ensure, table
from stockturn.workspace import Workspace

HEAD = "日期,业务类型,物料编码,仓库编码,数量,单价\n"
FIRST = """2024-01-05,期初,A,S,10,5
2024-01-20,采购入库,B,S,4,2.5
2024-03-02,销售出库,A,S,6,
"""


@pytest.fixture
def workspace(tmp_path):
    root = Workspace.create(tmp_path / "company")
    with Workspace.open(root, environ={}) as opened:
        ensure(opened.engine)
        clean(opened)
        yield opened


@pytest.fixture
def load(workspace, tmp_path):
    numbers = iter(range(100))

    def load(rows, **more):
        path = tmp_path / f"出入库流水-{next(numbers)}.csv"
        path.write_text(HEAD + rows, encoding="utf-8")
        report = load_files(workspace, [path], "generic-zh", **more)
        assert report.status == "loaded", report.message
        return report

    return load


def rows(workspace, name):
    path = workspace.published / "current" / name
    single = path.with_suffix(".parquet")
    if single.is_file():
        return pq.read_table(single).to_pylist()
    return ds.dataset(path, partitioning="hive").to_table().to_pylist()


def test_nothing_is_published_before_the_first_load(workspace):
    assert publish(workspace) is None
    assert not (workspace.published / "current").exists()


def test_movements_carry_codes_and_when_they_were_learned(workspace, load):
    report = load(FIRST)
    publication = publish(workspace)
    assert (publication.number, publication.load_no) == (1, 1)
    found = sorted(rows(workspace, "movement"), key=lambda row: row["movement_id"])
    told = [(str(r["happened_on"]), r["item"], r["location"], r["quantity"]) for r in found]
    assert told == [
        ("2024-01-05", "A", "S", Decimal("10.0000")),
        ("2024-01-20", "B", "S", Decimal("4.0000")),
        ("2024-03-02", "A", "S", Decimal("-6.0000")),
    ]
    assert {row["learned_at"] for row in found} == {report.committed_at.replace(tzinfo=None)}
    assert {row["file"] for row in found} == {"出入库流水-0.csv"}
    assert all(row["is_current"] for row in found)


def test_balances_stand_in_every_month_up_to_the_last(workspace, load):
    load(FIRST)
    publish(workspace)
    found = {
        (str(row["month"])[:7], row["item"]): (row["closing_quantity"], row["closing_value"])
        for row in rows(workspace, "balance_month")
    }
    ten, four = Decimal(10), Decimal(4)
    assert found == {
        ("2024-01", "A"): (ten, Decimal(50)),
        ("2024-01", "B"): (four, Decimal(10)),
        ("2024-02", "A"): (ten, Decimal(50)),
        ("2024-02", "B"): (four, Decimal(10)),
        ("2024-03", "A"): (four, Decimal(20)),
        ("2024-03", "B"): (four, Decimal(10)),
    }


def test_only_what_a_load_touches_is_written_again(workspace, load):
    load(FIRST)
    first = publish(workspace)
    load("2024-03-09,采购入库,B,S,1,2.5\n")
    second = publish(workspace)
    again = {path.split("/")[0].removesuffix(".parquet") for path in second.written}
    assert again == {"movement", "balance_month", "stock_layer", "load", "load_file"}
    months = [path for path in second.written if path.startswith(("movement/", "balance_month/"))]
    assert sorted(months) == [
        "balance_month/month=2024-03-01/data.parquet",
        "movement/month=2024-03-01/data.parquet",
    ]
    assert len(second.written) < len(first.written)
    kept = "movement/month=2024-01-01/data.parquet"
    folders = [workspace.published / f"v{number:06d}" for number in (1, 2)]
    assert (folders[0] / kept).samefile(folders[1] / kept)
    assert len(rows(workspace, "movement")) == 4


def test_every_part_is_what_a_publication_from_scratch_would_write(workspace, load):
    load(FIRST)
    publish(workspace)
    load("2024-02-09,采购入库,C,S,1,2.5\n2024-01-07,采购入库,A,T,2,4\n")
    publish(workspace)
    grown = Shelf(workspace.published).newest()[1].files
    Shelf(workspace.published).forget()
    publish(workspace)
    fresh = Shelf(workspace.published).newest()[1].files
    assert [(f.path, f.rows, f.sha256) for f in grown] == [
        (f.path, f.rows, f.sha256) for f in fresh
    ]


def test_the_same_ledger_is_published_once(workspace, load):
    load(FIRST)
    publish(workspace)
    again = publish(workspace)
    assert (again.number, again.written) == (1, ())
    assert published_load(workspace) == 1


def test_a_copied_workspace_whose_link_became_a_folder_publishes(workspace, load):
    load(FIRST)
    publish(workspace)
    link = workspace.published / "current"
    target = link.resolve()
    link.unlink()
    shutil.copytree(target, link)
    assert publish(workspace).number == 2
    assert link.is_symlink()


def test_a_reader_of_a_version_is_not_disturbed(workspace, load, monkeypatch):
    monkeypatch.setattr("stockturn.intake.publishing.shelf.KEPT_SECONDS", 0)
    load(FIRST)
    publish(workspace)
    folder = (workspace.published / "current").resolve()
    before = {path: path.read_bytes() for path in folder.rglob("*.parquet")}
    for day in (10, 11):
        load(f"2024-01-{day},采购入库,B,S,1,2.5\n")
        publish(workspace)
    assert {path: path.read_bytes() for path in folder.rglob("*.parquet")} == before
    load("2024-01-12,采购入库,B,S,1,2.5\n")
    publish(workspace)
    names = sorted(path.name for path in workspace.published.glob("[!.]*"))
    assert names == ["current", "v000002", "v000003", "v000004"]


def test_whoever_resolves_current_once_never_sees_a_mix(workspace, load):
    load(FIRST)
    publish(workspace)
    seen, stop = Counter(), threading.Event()

    def read():
        while not stop.is_set():
            folder = (workspace.published / "current").resolve()
            manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            loads = pq.read_table(folder / "load.parquet").num_rows
            moved = ds.dataset(folder / "movement", partitioning="hive").count_rows()
            assert loads == manifest["load_no"]
            assert moved == 2 + loads
            seen[manifest["load_no"]] += 1

    failed = []

    def watched():
        try:
            read()
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    reader = threading.Thread(target=watched)
    reader.start()
    for day in range(10, 16):
        load(f"2024-01-{day},采购入库,B,S,1,2.5\n")
        publish(workspace)
    stop.set()
    reader.join()
    assert failed == []
    assert len(seen) > 1


def test_rejected_rows_are_published_by_load(workspace, load):
    load(FIRST + "nonsense,采购入库,B,S,1,2.5\n", reject_bar=Decimal(1))
    publish(workspace)
    (row,) = rows(workspace, "reject")
    assert (row["load_no"], row["value"]) == (1, "nonsense")
    assert json.loads(row["values"])["物料编码"] == "B"
    load("2024-01-09,采购入库,B,S,1,2.5\n")
    assert not any(path.startswith("reject/") for path in publish(workspace).written)


def test_another_code_of_a_known_key_writes_all_parts_again(workspace, load):
    load(FIRST)
    first = publish(workspace)
    shelf = Shelf(workspace.published)
    folder, manifest = shelf.newest()
    tree = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    tree["codes"]["item"][1] = "0"  # as if an item had been called something else then
    (folder / "manifest.json").write_text(json.dumps(tree), encoding="utf-8")
    load("2024-03-09,采购入库,B,S,1,2.5\n")
    written = []
    real = publishing._Publisher._file

    def noted(self, spec, part, values, earlier):
        written.append(f"{spec.name}/{part}")
        return real(self, spec, part, values, earlier)

    publishing._Publisher._file = noted
    try:
        publish(workspace)
    finally:
        publishing._Publisher._file = real
    assert "movement/month=2024-01-01" in written
    assert first.number == manifest.number


@pytest.mark.parametrize("name", ["export", "put_up", "rename", "replace"])
def test_a_failure_leaves_the_version_before(workspace, load, monkeypatch, name):
    load(FIRST)
    publish(workspace)
    load("2024-03-09,采购入库,B,S,1,2.5\n")

    def fail(*_arguments, **_named):
        raise KeyboardInterrupt

    targets = {
        "export": "stockturn.engines.transaction.Transaction.export",
        "put_up": "stockturn.intake.publishing.shelf.Shelf.put_up",
        "rename": "pathlib.Path.rename",
        "replace": "pathlib.Path.replace",
    }
    with monkeypatch.context() as patch:
        patch.setattr(targets[name], fail)
        with pytest.raises(KeyboardInterrupt):
            publish(workspace)
    assert len(rows(workspace, "movement")) == 3
    publish(workspace)
    assert len(rows(workspace, "movement")) == 4
    leftovers = [p.name for p in workspace.published.iterdir() if p.name.startswith(".")]
    assert leftovers == [".lock"]
    assert not list(workspace.staging.glob("publish-*"))


def test_a_load_that_is_being_posted_is_not_seen(workspace, load):
    load(FIRST)
    with workspace.engine.snapshot() as snapshot:
        count = table("movement").count().name("n").as_table()
        before = snapshot.query(count).column("n")[0].as_py()
        load("2024-03-09,采购入库,B,S,1,2.5\n")
        assert snapshot.query(count).column("n")[0].as_py() == before
    assert workspace.engine.query(count).column("n")[0].as_py() == before + 1


def test_no_key_of_ours_is_published():
    own = {"item_id", "location_id", "supplier_id", "customer_id", "lot_id", "component_id"}
    for spec in published_tables({}):
        assert not own & set(spec.build().schema().names), spec.name
        assert not any(
            dtype.is_map() or dtype.is_struct() for dtype in spec.build().schema().types
        ), spec.name
