"""Copies of the published tables in real databases: whole, exact, in one step, by what changed.

One suite runs over every kind of target; a server that is not there is skipped.
"""

import socket
import sqlite3
import threading
import uuid
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from stockturn.intake.load import clean, load_files
from stockturn.intake.publishing import copying
from stockturn.intake.publishing.copying import copy
from stockturn.intake.publishing.publish import publish
from stockturn.intake.publishing.shelf import Shelf
from stockturn.intake.publishing.targets.mariadb import MariaDBTarget
from stockturn.intake.publishing.targets.postgresql import PostgreSQLTarget
from stockturn.intake.publishing.targets.sqlite import SQLiteTarget
from stockturn.intake.publishing.targets.target import TableTaken
from stockturn.ledger.tables import ensure
from stockturn.workspace import Workspace

HEAD = "日期,业务类型,物料编码,仓库编码,数量,单价\n"
FIRST = (
    "2024-01-05,期初,A甲,S,10,5\n2024-01-20,采购入库,B,S,4.25,2.5\n2024-03-02,销售出库,A甲,S,6,\n"
)


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class SQLitePlace:
    def __init__(self, folder):
        self.path = folder / "out.sqlite"

    def target(self):
        return SQLiteTarget.open(self.path, "st_")

    def rows(self, sql):
        connection = sqlite3.connect(self.path, timeout=30)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def run(self, sql):
        with sqlite3.connect(self.path) as connection:
            connection.execute(sql)

    def close(self):
        return


class PostgreSQLPlace:
    def __init__(self, _folder):
        if not answers(5432):
            pytest.skip("no PostgreSQL on 127.0.0.1:5432")
        self.name = f"stockturn_out_{uuid.uuid4().hex}"
        self.run(f"CREATE DATABASE {self.name}", "postgres")

    def connect(self, database=None):
        from adbc_driver_postgresql import dbapi

        name = database or self.name
        address = f"postgresql://postgres@127.0.0.1:5432/{name}"
        return dbapi.connect(address, autocommit=database is not None)

    def target(self):
        return PostgreSQLTarget(self.connect(), "st_")

    def rows(self, sql):
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return [tuple(map(_exact, row)) for row in cursor.fetchall()]

    def run(self, sql, database=None):
        with self.connect(database) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            if database is None:
                connection.commit()

    def close(self):
        self.run(f"DROP DATABASE {self.name} WITH (FORCE)", "postgres")


class MariaDBPlace:
    def __init__(self, _folder):
        if not answers(3306):
            pytest.skip("no MariaDB on 127.0.0.1:3306")
        self.name = f"stockturn_out_{uuid.uuid4().hex}"
        self.run(f"CREATE DATABASE {self.name}", None)

    def connect(self, database):
        import pymysql

        return pymysql.connect(
            host="127.0.0.1", port=3306, user="root", database=database, charset="utf8mb4"
        )

    def target(self):
        return MariaDBTarget(self.connect(self.name), "st_")

    def rows(self, sql):
        with self.connect(self.name) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def run(self, sql, database=""):
        with self.connect(self.name if database == "" else None) as connection:
            with connection.cursor() as cursor:
                cursor.execute(sql)
            connection.commit()

    def close(self):
        self.run(f"DROP DATABASE {self.name}", None)


def _exact(value):
    return Decimal(value) if isinstance(value, str) and value.replace(".", "").isdigit() else value


@pytest.fixture(params=[SQLitePlace, PostgreSQLPlace, MariaDBPlace], ids=lambda p: p.__name__)
def place(request, tmp_path):
    found = request.param(tmp_path)
    yield found
    found.close()


@pytest.fixture(scope="module")
def versions(tmp_path_factory):
    """Folders and manifests of two published versions; the second adds a row in March."""
    base = tmp_path_factory.mktemp("published")
    root = Workspace.create(base / "company")
    found = []
    with Workspace.open(root, environ={}) as workspace:
        ensure(workspace.engine)
        clean(workspace)
        for number, rows in enumerate((FIRST, "2024-03-09,采购入库,B,S,1,2.5\n")):
            path = base / f"出入库流水-{number}.csv"
            path.write_text(HEAD + rows, encoding="utf-8")
            assert load_files(workspace, [path], "generic-zh").status == "loaded"
            publish(workspace)
            found.append(Shelf(workspace.published).newest())
        yield found


def copied(place, version):
    target = place.target()
    try:
        return copy(target, "st_", *version)
    finally:
        target.close()


def test_rows_arrive_whole_and_exact(place, versions):
    copied(place, versions[0])
    found = place.rows("SELECT item, quantity, happened_on, month FROM st_movement")
    told = {(item, Decimal(str(q)), str(day), str(month)) for item, q, day, month in found}
    assert told == {
        ("A甲", Decimal(10), "2024-01-05", "2024-01-01"),
        ("B", Decimal("4.25"), "2024-01-20", "2024-01-01"),
        ("A甲", Decimal(-6), "2024-03-02", "2024-03-01"),
    }
    counts = Counter()
    for file in versions[0][1].files:
        counts[file.table] += file.rows
    for table, count in counts.items():
        (found,) = place.rows(f"SELECT count(*) FROM st_{table}")
        assert found[0] == count, table


def test_only_what_changed_is_written_again(place, versions):
    copied(place, versions[0])
    assert copied(place, versions[0]).parts == 0
    again = copied(place, versions[1])
    assert again.rows < sum(file.rows for file in versions[1][1].files)
    assert place.rows("SELECT count(*) FROM st_movement")[0][0] == 4
    assert place.rows("SELECT count(*) FROM st_load")[0][0] == 2
    kept = "SELECT sha256 FROM st_published WHERE table_name = 'st_movement' AND part <> '-'"
    wanted = {file.sha256 for file in versions[1][1].files if file.table == "movement"}
    assert {sha for (sha,) in place.rows(kept)} == wanted


def test_a_failure_in_the_middle_leaves_the_version_before(place, versions, monkeypatch):
    copied(place, versions[0])
    real, calls = copying._batches, []

    def breaking(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise ConnectionResetError
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(copying, "_batches", breaking)
        with pytest.raises(ConnectionResetError):
            copied(place, versions[1])
    assert place.rows("SELECT count(*) FROM st_movement")[0][0] == 3
    assert place.rows("SELECT count(*) FROM st_load")[0][0] == 1
    copied(place, versions[1])
    assert place.rows("SELECT count(*) FROM st_movement")[0][0] == 4


def test_a_failure_of_the_first_copy_leaves_nothing_in_the_way(place, versions, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(copying, "_batches", lambda *_: (_ for _ in ()).throw(ConnectionResetError()))
        with pytest.raises(ConnectionResetError):
            copied(place, versions[0])
    copied(place, versions[1])
    assert place.rows("SELECT count(*) FROM st_movement")[0][0] == 4


def test_readers_never_see_half(place, versions):
    copied(place, versions[0])
    query = (
        "SELECT (SELECT count(*) FROM st_movement), (SELECT count(*) FROM st_load), "
        "(SELECT max(load_no) FROM st_movement)"
    )
    seen, stop, failed = Counter(), threading.Event(), []

    def read():
        try:
            while not stop.is_set():
                seen[tuple(place.rows(query)[0])] += 1
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for version in (versions[1], versions[0], versions[1]):
        copied(place, version)
    stop.set()
    reader.join()
    assert failed == []
    assert set(seen) <= {(3, 1, 1), (4, 2, 2)}
    assert seen


def test_a_table_that_is_not_ours_is_left_alone(place, versions):
    place.run("CREATE TABLE st_item (own INTEGER)")
    place.run("INSERT INTO st_item VALUES (7)")
    with pytest.raises(TableTaken):
        copied(place, versions[0])
    assert place.rows("SELECT own FROM st_item") == [(7,)]


def test_a_table_of_another_form_is_made_again(place, versions):
    copied(place, versions[0])
    place.run("UPDATE st_published SET columns = 'other' WHERE table_name = 'st_item'")
    copied(place, versions[0])
    assert {item for (item,) in place.rows("SELECT item FROM st_item")} == {"A甲", "B"}
    assert place.rows("SELECT count(*) FROM st_movement")[0][0] == 3


def test_a_table_that_somebody_dropped_is_made_again(place, versions):
    copied(place, versions[0])
    place.run("DROP TABLE st_location")
    copied(place, versions[0])
    assert place.rows("SELECT location FROM st_location") == [("S",)]


def test_days_are_days_on_servers(place, versions):
    copied(place, versions[0])
    (day,) = place.rows("SELECT max(happened_on) FROM st_movement")[0]
    assert day in (date(2024, 3, 2), "2024-03-02")
