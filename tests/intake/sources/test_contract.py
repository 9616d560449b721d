"""What every database source must do, against a real server of its kind."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from stockturn.intake.sources.failures import (
    ColumnRefused,
    SchemaChanged,
    SourceFailure,
    SourceGone,
    SourceMissing,
    SourceTimedOut,
    SourceUnreachable,
)
from stockturn.intake.sources.kinds import KINDS
from stockturn.intake.sources.source import Condition, Overlap, Request, Since
from tests.intake.sources.servers import SERVERS

QUIET = lambda *_: None  # noqa: E731
COLUMNS = {
    "行号": "integer",
    '奇"怪`的]列': "text",
    "数量": "decimal",
    "日期": "date",
    "时间": "timestamp",
}
ROWS = [
    [1, "'甲'", "10.1000", "'2024-01-31'", "'2024-01-31 23:59:59.000001'"],
    [2, "'O''Brien; DROP TABLE x'", "-0.0001", "'2024-02-01'", "'2024-02-01 00:00:00'"],
    [3, "NULL", "NULL", "NULL", "NULL"],
    [9007199254740993, "''", "9999999999.9999", "'2024-02-29'", "'2024-02-29 08:00:00'"],
]


ASKED = [
    pytest.param(server, marks=pytest.mark.service if server.service else (), id=server.key)
    for server in SERVERS
]


@pytest.fixture(scope="module", params=ASKED)
def database(request, tmp_path_factory):
    """Return a database of one kind, made once."""
    made = request.param(tmp_path_factory.mktemp(request.param.key))
    yield made
    made.drop()


@pytest.fixture
def server(database):
    """Return the database without a table."""
    database.clear()
    return database


def fetch(server, what, folder, **asked):
    folder.mkdir(exist_ok=True)
    fetched = server.source().fetch(Request(what, "流水", **asked), folder, QUIET)
    rows = [row for file in fetched.files for row in pq.read_table(file).to_pylist()]
    assert all(total.agrees for total in fetched.totals)
    assert fetched.rows == fetched.rows_at_source == len(rows)
    return fetched, rows


def day(value):
    return value if isinstance(value, str) or value is None else value.isoformat()


def test_every_kind_is_in_this_suite():
    databases = {key for key, kind in KINDS.items() if kind.group == "database"}
    assert databases == {server.key for server in SERVERS}


def test_a_connection_that_works_says_what_answered(server):
    assert server.source().test().server


def test_tables_and_views_are_listed_with_their_columns(server):
    what = server.make("物料 流水", COLUMNS, ROWS)
    server.execute(f"CREATE VIEW v AS SELECT * FROM {server.quote('物料 流水')}")
    listed = {each.what: each.kind for each in server.source().tables()}
    assert listed == {what: "table", server.what("v"): "view"}
    for each in listed:
        found = server.source().columns(each)
        assert [column.name for column in found] == list(COLUMNS)
        assert found[0].family == "integer"
        assert (found[2].family, found[2].precision, found[2].scale) == ("decimal", 18, 4)


def test_values_arrive_as_they_are_with_any_name(server, tmp_path):
    what = server.make("物料 流水", COLUMNS, ROWS)
    fetched, rows = fetch(server, what, tmp_path / "out")
    rows.sort(key=lambda row: row["行号"])
    assert list(rows[0]) == list(COLUMNS)
    assert [row["行号"] for row in rows] == [1, 2, 3, 9007199254740993]
    assert [row['奇"怪`的]列'] for row in rows] == ["甲", "O'Brien; DROP TABLE x", None, ""]
    sizes = [Decimal("10.1000"), Decimal("-0.0001"), None, Decimal("9999999999.9999")]
    assert [row["数量"] for row in rows] == sizes
    assert [day(row["日期"]) for row in rows] == ["2024-01-31", "2024-02-01", None, "2024-02-29"]
    assert day(rows[0]["时间"]).replace("T", " ") == "2024-01-31 23:59:59.000001"
    assert [file.name for file in fetched.files] == ["流水.parquet"]


def test_a_preview_shows_what_a_fetch_would_give(server):
    what = server.make("物料", COLUMNS, ROWS)
    shown = server.source().preview(what, 2)
    assert shown.num_rows == 2
    assert shown.column_names == list(COLUMNS)
    assert server.source().preview(server.make("空", COLUMNS, []), 5).num_rows == 0


def test_nothing_passes_through_a_float(server, tmp_path):
    rows = [[n, "0.1000"] for n in range(10)]
    what = server.make("tenths", {"n": "integer", "amount": "decimal"}, rows)
    fetched, _ = fetch(server, what, tmp_path / "out")
    assert {total.column: total.read for total in fetched.totals}["amount"] == Decimal("1.0000")


def test_digits_beyond_a_float_are_kept(server, tmp_path):
    literal = "'1234567890123456789012345678.0123456789'"
    what = server.make("wide", {"amount": "wide"}, [[literal]])
    _, rows = fetch(server, what, tmp_path / "out")
    assert str(rows[0]["amount"]) == literal.strip("'")


def test_bits_are_flags_and_money_has_no_symbol(server, tmp_path):
    own = {"bits": ("b'1'", 1), "money": ("'-1234.50'", Decimal("-1234.5"))}
    for kind, (literal, value) in own.items():
        if kind in server.types:
            what = server.make(f"of_{kind}", {"v": kind}, [[literal], ["NULL"]])
            _, rows = fetch(server, what, tmp_path / kind)
            found = [row["v"] for row in rows if row["v"] is not None]
            assert [Decimal(each) for each in found] == [value]


def test_an_instant_falls_on_its_business_day(server, tmp_path):
    if not server.zoned:
        pytest.skip("no type for instants")
    what = server.make("t", {"at": "instant"}, [["'2024-01-31 16:00:00'"], ["NULL"]])
    if server.key == "postgresql":
        server.execute("UPDATE t SET at = '2024-01-31 16:00:00+00' WHERE at IS NOT NULL")
    _, rows = fetch(server, what, tmp_path / "out")
    # Midnight in Shanghai: the first of February.
    assert {row["at"] for row in rows} == {dt.datetime.fromisoformat("2024-02-01"), None}


def test_times_without_a_zone_belong_to_the_zone_of_the_form(server, tmp_path):
    if not server.zoned:
        pytest.skip("times are text there")
    what = server.make("t", {"at": "timestamp"}, [["'2024-01-31 16:00:00'"]])
    shown = server.source(time_zone="UTC").preview(what, 1).to_pylist()
    assert shown == [{"at": dt.datetime.fromisoformat("2024-02-01")}]
    shown = server.source().preview(what, 1).to_pylist()
    assert shown == [{"at": dt.datetime.fromisoformat("2024-01-31T16:00")}]


def test_json_is_text_and_binary_is_refused_with_a_reason(server, tmp_path):
    columns = {"n": "integer", "doc": "json", "photo": "binary"}
    what = server.make("docs", columns, [[1, """'{"色": "红"}'""", "'x'"]])
    fetched, rows = fetch(server, what, tmp_path / "out")
    assert [list(row) for row in rows] == [["n", "doc"]]
    assert rows[0]["doc"] == '{"色": "红"}'
    assert any("photo" in remark.zh and "photo" in remark.en for remark in fetched.remarks)
    with pytest.raises(ColumnRefused, match="photo"):
        fetch(server, what, tmp_path / "out", columns=("n", "photo"))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Condition("n", "eq", ("2",)), [2]),
        (Condition("n", "ne", ("2",)), [1, 3]),
        (Condition("n", "lt", ("2",)), [1]),
        (Condition("n", "le", ("2",)), [1, 2]),
        (Condition("n", "gt", ("2",)), [3]),
        (Condition("n", "ge", ("2",)), [2, 3]),
        (Condition("n", "in", ("1", "3", "99")), [1, 3]),
        (Condition("word", "empty"), [3]),
        (Condition("word", "filled"), [1, 2]),
        (Condition("word", "eq", ("甲",)), [1]),
        (Condition("word", "eq", ("' OR 1=1 --",)), []),
        (Condition("word", "eq", ("\\' OR 1=1 #",)), []),
        (Condition("word", "eq", ("x'); DROP TABLE t; --",)), [2]),
        (Condition("amount", "ge", ("2.5",)), [2, 3]),
        (Condition("day", "lt", ("2024-02-02",)), [1]),
    ],
    ids=lambda value: f"{value.column} {value.test}" if isinstance(value, Condition) else "",
)
def test_conditions_are_bound(server, tmp_path, condition, expected):
    columns = {"n": "integer", "word": "text", "amount": "decimal", "day": "date"}
    rows = [
        [1, "'甲'", "1.5", "'2024-02-01'"],
        [2, "'x''); DROP TABLE t; --'", "2.5", "'2024-02-02'"],
        [3, "NULL", "3.5", "'2024-02-03'"],
    ]
    what = server.make("t", columns, rows)
    _, found = fetch(server, what, tmp_path / "out", where=(condition,), columns=("n",))
    assert sorted(row["n"] for row in found) == expected


def test_a_condition_that_does_not_fit_its_column_is_refused(server, tmp_path):
    what = server.make("t", {"n": "integer"}, [[1]])
    for condition in (Condition("n", "eq", ("one",)), Condition("n", "eq"), Condition("n", "in")):
        with pytest.raises(ColumnRefused, match="n"):
            fetch(server, what, tmp_path / "out", where=(condition,))


def test_rows_at_the_cursor_are_read_again_and_rows_without_one_too(server, tmp_path):
    rows = [[1, 10], [2, 20], [3, 20], [4, "NULL"], [5, 30]]
    what = server.make("t", {"n": "integer", "seq": "integer"}, rows)
    since = Since("seq", None, Overlap(0, "rows"))
    fetched, found = fetch(server, what, tmp_path / "all", since=since)
    assert (len(found), fetched.cursor) == (5, "30")
    fetched, found = fetch(
        server, what, tmp_path / "new", since=Since("seq", "20", Overlap(0, "rows"))
    )
    assert sorted(row["n"] for row in found) == [2, 3, 4, 5]
    assert fetched.cursor == "30"


def test_an_overlap_in_rows_goes_back_by_rows(server, tmp_path):
    what = server.make("t", {"seq": "integer"}, [[10 * n] for n in range(1, 11)])
    _, found = fetch(server, what, tmp_path / "out", since=Since("seq", "90", Overlap(3, "rows")))
    assert sorted(row["seq"] for row in found) == [70, 80, 90, 100]
    _, found = fetch(server, what, tmp_path / "o2", since=Since("seq", "90", Overlap(99, "rows")))
    assert len(found) == 10


def test_an_overlap_in_seconds_or_days_goes_back_by_time(server, tmp_path):
    times = [[n, f"'2024-01-0{n} 00:00:00'"] for n in range(1, 6)]
    what = server.make("t", {"n": "integer", "at": "timestamp"}, times)
    for overlap in (Overlap(86_400, "seconds"), Overlap(1, "days")):
        since = Since("at", "2024-01-04 00:00:00", overlap)
        _, found = fetch(server, what, tmp_path / overlap.unit, since=since)
        assert sorted(row["n"] for row in found) == [3, 4, 5]


def test_an_overlap_in_seconds_does_not_fit_a_number(server, tmp_path):
    what = server.make("t", {"seq": "integer"}, [[1]])
    with pytest.raises(ColumnRefused, match="seconds"):
        fetch(server, what, tmp_path / "out", since=Since("seq", "1", Overlap(5, "seconds")))


def test_a_cursor_survives_its_round_trip_to_the_last_digit(server, tmp_path):
    kind = "instant" if server.zoned else "timestamp"
    rows = [["'2024-01-01 00:00:00.123456'"], ["'2024-01-01 00:00:00.123457'"]]
    what = server.make("t", {"at": kind}, rows)
    fetched, _ = fetch(server, what, tmp_path / "a", since=Since("at", None, Overlap(0, "rows")))
    again = Since("at", fetched.cursor, Overlap(0, "rows"))
    fetched, found = fetch(server, what, tmp_path / "b", since=again)
    assert len(found) == 1
    assert fetched.cursor == again.value


def test_nothing_new_gives_no_file_and_keeps_the_cursor(server, tmp_path):
    what = server.make("t", {"seq": "integer"}, [[1]])
    fetched, _ = fetch(server, what, tmp_path / "out", since=Since("seq", "7", Overlap(0, "rows")))
    assert (fetched.files, fetched.rows, fetched.cursor) == ((), 0, "7")


def test_a_read_sees_one_state_while_others_write(server, tmp_path):
    rows = [[n] for n in range(50_000)]
    what = server.make("t", {"n": "integer"}, rows)
    wrote = []

    def write_meanwhile(*_):
        if not wrote:
            wrote.append(True)
            server.execute("INSERT INTO t VALUES (-1)", "UPDATE t SET n = n + 1000000 WHERE n > 9")

    (tmp_path / "out").mkdir()
    fetched = server.source().fetch(Request(what, "t"), tmp_path / "out", write_meanwhile)
    assert wrote
    assert fetched.rows == 50_000
    assert all(total.agrees for total in fetched.totals)


def test_a_missing_table_or_column_is_named(server, tmp_path):
    with pytest.raises(SourceMissing, match="nowhere"):
        server.source().columns("nowhere")
    what = server.make("t", {"n": "integer"}, [[1]])
    with pytest.raises(SchemaChanged, match="gone"):
        fetch(server, what, tmp_path / "out", columns=("n", "gone"))
    with pytest.raises(SchemaChanged, match="gone"):
        fetch(server, what, tmp_path / "out", where=(Condition("gone", "empty"),))


def test_a_connection_broken_in_the_middle_can_be_tried_again(server, tmp_path):
    server.make("t", {"n": "integer", "word": "text"}, [[1, "'" + "x" * 40 + "'"]])
    server.execute(*["INSERT INTO t SELECT n + 1, word FROM t"] * 19)  # half a million rows
    killed = []

    def kill(*_):
        if not killed:
            killed.append(True)
            server.kill()

    (tmp_path / "out").mkdir()
    with pytest.raises(SourceGone) as failure:
        server.source().fetch(Request(server.what("t"), "t"), tmp_path / "out", kill)
    assert failure.value.can_pass


def test_a_table_that_stays_locked_is_given_up_and_tried_again(server, tmp_path):
    """A feed waited for such a table until its worker's ten minutes were over, and then failed."""
    what = server.make("t", {"n": "integer"}, [[1]])
    server.ground = replace(server.ground, timeout_seconds=1)
    try:
        with server.locked("t"), pytest.raises((SourceTimedOut, SourceGone)) as failure:
            fetch(server, what, tmp_path / "out")
    finally:
        server.ground = replace(server.ground, timeout_seconds=20)
    assert failure.value.can_pass


def test_nothing_listening_is_unreachable_and_worth_a_retry(server):
    if "port" not in server.form():
        pytest.skip("a file has no port")
    with pytest.raises(SourceUnreachable) as failure:
        server.source(port=1).test()
    assert failure.value.can_pass


def test_a_failure_never_repeats_the_password(server):
    if "password" not in server.form():
        pytest.skip("a file has no password")
    for changed in ({"user": "niemand"}, {"port": 1}, {"database": "gibt_es_nicht"}):
        with pytest.raises(SourceFailure) as failure:
            server.source(**{"password": "Geheim-秘密-1", **changed}).test()
        assert not failure.value.can_pass or "port" in changed
        assert "Geheim" not in f"{failure.value.message}{failure.value!r}"
