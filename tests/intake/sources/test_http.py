"""Sources over HTTP against a real server: paging, signing in, limits, breaks, and what is new."""

import json
from dataclasses import replace

import pytest

from stockturn.intake.addresses import Reach
from stockturn.intake.sources.failures import (
    ColumnRefused,
    SourceFailure,
    SourceForbidden,
    SourceGone,
    SourceMissing,
    SourceRefused,
    SourceTimedOut,
    SourceUnreachable,
)
from stockturn.intake.sources.http.growing import NotGrowing, key_of, moved_back
from stockturn.intake.sources.kind import FormInvalid
from stockturn.intake.sources.kinds import KINDS
from stockturn.intake.sources.source import Condition, Ground, Overlap, Request, Since
from tests.intake.http_server import Reply, serving

GROUND = Ground("Asia/Shanghai", timeout_seconds=1, reach=Reach(private=("127.0.0.1",)))
ROWS = [
    {"id": n, "sku": f"{n:04}", "qty": 0.1, "at": f"2024-01-{n:02}T08:00:00Z", "who": {"n": None}}
    for n in range(1, 8)
]
NONE = Overlap(0, "seconds")


def quiet(*_):
    return


@pytest.fixture
def pauses(monkeypatch):
    """Pauses are noted, not waited for."""
    found = []
    monkeypatch.setattr("stockturn.intake.outbound.time.sleep", found.append)
    return found


def rest(server, **fields):
    form = {"host": "127.0.0.1", "port": server.port, "tls": False, "resource": "v1/rows"}
    kind = KINDS["rest"]
    return kind.connect(kind.read(form | {"per_minute": 60_000} | fields), GROUND)


def instant(source):
    """Return a source whose pauses take no time."""
    source._sleep = lambda _: None
    return source


def read(source, folder, what="v1/rows", **asked):
    folder.mkdir(exist_ok=True)
    fetched = source.fetch(Request(what, "rows", **asked), folder, quiet)
    rows = [json.loads(line) for file in fetched.files for line in file.open(encoding="utf-8")]
    return fetched, rows


def paged(way):
    """Return a server's answers for one way of paging, three rows a page."""

    def answer(asked):
        query = asked.query
        if way == "page":
            begin = (int(query["page"]) - 1) * 3
        elif way == "offset":
            begin = int(query["page"])
        elif way == "link":
            begin = int(query.get("from", 0))
        else:
            begin = int(query.get("page") or 0)
        some = ROWS[begin : begin + 3]
        body = {"data": {"items": some}}
        headers = {}
        if begin + 3 < len(ROWS):
            body["next"] = begin + 3
            headers["Link"] = (
                f'</v1/rows?from=0>; rel="first", </v1/rows?from={begin + 3}>; rel="next"'
            )
        return Reply(body, headers=headers)

    return answer


@pytest.mark.parametrize("way", ["page", "offset", "cursor", "link"])
def test_every_page_is_read_once(way, tmp_path):
    with serving(paged(way)) as server:
        source = rest(server, paging=way, record_path="data.items", next_path="next", page_size=3)
        fetched, rows = read(source, tmp_path / "out")
    assert [row["id"] for row in rows] == [row["id"] for row in ROWS]
    assert [file.name for file in fetched.files] == ["rows.jsonl"]


def test_numbers_stay_as_written(tmp_path):
    body = b'[{"id": 9007199254740993, "price": 1.10, "tiny": 1E-7}]'
    with serving(lambda _: Reply(body)) as server:
        fetched, _ = read(rest(server), tmp_path / "out")
        assert fetched.files[0].read_bytes() == (
            b'{"id": 9007199254740993, "price": 1.10, "tiny": 1E-7}\n'
        )


def test_a_list_is_seen_as_decoding_will_see_it():
    with serving(lambda _: Reply(ROWS)) as server:
        source = rest(server)
        assert [each.what for each in source.tables()] == ["v1/rows"]
        assert source.columns("v1/rows") == []
        shown = source.preview("v1/rows", 2).to_pylist()
        assert shown[0] == {
            "id": "1",
            "sku": "0001",
            "qty": "0.1",
            "at": "2024-01-01T08:00:00Z",
            "who.n": None,
        }
        assert len(shown) == 2
        assert "v1/rows" in source.test().server
        with pytest.raises(SourceMissing):
            source.columns("other")


def test_nothing_there_is_no_file(tmp_path):
    with serving(lambda _: Reply([])) as server:
        fetched, _ = read(rest(server), tmp_path / "out")
    assert (fetched.files, fetched.cursor) == ((), None)
    assert list((tmp_path / "out").iterdir()) == []


def test_chosen_columns(tmp_path):
    with serving(lambda _: Reply(ROWS)) as server:
        _, rows = read(rest(server), tmp_path / "out", columns=("sku", "who.n"))
    assert rows[0] == {"sku": "0001", "who.n": None}


# --- what is new ---------------------------------------------------------------------------------


def since_answer(asked):
    bound = asked.query.get("updated_since", "")
    return Reply([row for row in ROWS if row["at"] >= bound])


def test_only_what_is_new_with_an_overlap(tmp_path):
    with serving(since_answer) as server:
        source = rest(server, since_column="at", since_field="updated_since")
        first, rows = read(source, tmp_path / "a", since=Since("at", None, NONE))
        assert (len(rows), first.cursor) == (7, "2024-01-07T08:00:00Z")
        since = Since("at", first.cursor, Overlap(1, "days"))
        second, rows = read(source, tmp_path / "b", since=since)
        assert [row["id"] for row in rows] == [6, 7]
        assert second.cursor == first.cursor
        with pytest.raises(ColumnRefused, match="at"):
            read(source, tmp_path / "c", since=Since("id", None, NONE))
        with pytest.raises(ColumnRefused, match="rows"):
            read(source, tmp_path / "c", since=replace(since, overlap=Overlap(1, "rows")))


def test_a_growing_field_that_is_no_number_or_time(tmp_path):
    with serving(lambda _: Reply([{"at": "yesterday"}])) as server:
        source = rest(server, since_column="at", since_field="updated_since")
        with pytest.raises(ColumnRefused, match="yesterday"):
            read(source, tmp_path / "a", since=Since("at", None, NONE))


@pytest.mark.parametrize(
    ("value", "overlap", "expected"),
    [
        ("120", Overlap(20, "rows"), "100"),
        ("2024-03-01", Overlap(1, "days"), "2024-02-29"),
        ("2024-03-01", Overlap(60, "seconds"), "2024-02-29"),
        ("2024-03-01 00:00:30", Overlap(60, "seconds"), "2024-02-29 23:59:30"),
        ("2024-03-01T00:00:30.123456Z", Overlap(1, "days"), "2024-02-29T00:00:30.123456Z"),
        ("2024-03-01T00:00:00+08:00", Overlap(2, "seconds"), "2024-02-29T23:59:58+08:00"),
    ],
)
def test_moved_back_in_its_own_writing(value, overlap, expected):
    assert moved_back(value, overlap) == expected
    assert key_of(expected) < key_of(value)


@pytest.mark.parametrize("value", ["", "x", "2024-13-01", "2024-01-01T25:00"])
def test_what_does_not_grow(value):
    with pytest.raises(NotGrowing):
        key_of(value)


# --- signing in ----------------------------------------------------------------------------------


def test_keys_and_passwords():
    with serving(lambda _: Reply(ROWS)) as server:
        secret = {"auth_secret": "s3cret"}
        rest(server, auth="header", auth_key="X-Key", **secret).test()
        rest(server, auth="header", auth_prefix="Bearer", **secret).test()
        rest(server, auth="query", auth_key="key", **secret).test()
        rest(server, auth="basic", auth_user="u", **secret).test()
        assert server.asked[0].headers["x-key"] == "s3cret"
        assert server.asked[1].headers["authorization"] == "Bearer s3cret"
        assert server.asked[2].query["key"] == "s3cret"
        assert server.asked[3].headers["authorization"] == "Basic dTpzM2NyZXQ="


def test_a_token_that_runs_out_is_renewed_once(tmp_path):
    given = []

    def answer(asked):
        if asked.path == "/oauth/token":
            assert asked.headers["authorization"] == "Basic Y2xpZW50OnMzY3JldA=="
            assert b"grant_type=client_credentials" in asked.body
            given.append(f"t{len(given)}")
            return Reply({"access_token": given[-1], "expires_in": 1})
        if asked.headers["authorization"] != f"Bearer {given[-1]}" or len(given) < 2:
            return Reply({"error": "expired"}, 401)
        return Reply(ROWS)

    with serving(answer) as server:
        fields = {"auth": "oauth", "auth_user": "client", "auth_secret": "s3cret"}
        source = rest(server, token_path="oauth/token", **fields)
        _, rows = read(source, tmp_path / "out")
        assert len(rows) == 7
    assert given == ["t0", "t1"]


def test_a_refused_secret_is_not_repeated():
    with serving(lambda _: Reply({"error": "bad key s3cret"}, 401)) as server:
        with pytest.raises(SourceRefused) as caught:
            rest(server, auth="header", auth_secret="s3cret").test()
        assert "s3cret" not in caught.value.message.zh + caught.value.message.en
        assert not caught.value.can_pass


# --- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (Reply({}, 403), SourceForbidden),
        (Reply({}, 404), SourceMissing),
        (Reply({}, 400), SourceFailure),
        (Reply(b"<html>"), SourceFailure),
        (Reply({"data": 3}), SourceFailure),
        (Reply([1]), SourceFailure),
        (Reply(b"x" * 100, cut=5), SourceGone),
        (Reply([], delay=3), SourceTimedOut),
    ],
    ids=range(8),
)
def test_bad_answers(reply, failure, tmp_path, pauses):
    with serving(lambda _: reply) as server, pytest.raises(failure) as caught:
        read(instant(rest(server)), tmp_path / "out")
    assert f"127.0.0.1:{server.port}" in caught.value.message.zh


def test_limits_are_kept_to(tmp_path, pauses):
    left = [Reply(status=429, headers={"Retry-After": "3"}), Reply(status=502), Reply(ROWS)]
    with serving(lambda _: left.pop(0)) as server:
        source = rest(server)
        waits = []
        source._sleep = waits.append
        _, rows = read(source, tmp_path / "out")
    assert len(rows) == 7
    assert waits[0] == 3


def test_nobody_there(tmp_path):
    with serving(lambda _: Reply()) as server:
        source = instant(rest(server))
    with pytest.raises(SourceUnreachable) as caught:
        read(source, tmp_path / "out")
    assert caught.value.can_pass


@pytest.mark.parametrize("beyond", ["404", "last", "empty"])
def test_what_servers_answer_behind_the_last_page(beyond, tmp_path):
    def answer(asked):
        begin = (int(asked.query["page"]) - 1) * 3
        if begin < len(ROWS):
            return Reply(ROWS[begin : begin + 3])
        return {"404": Reply({}, 404), "last": Reply(ROWS[6:]), "empty": Reply([])}[beyond]

    with serving(answer) as server:
        _, rows = read(rest(server, paging="page", page_size=3), tmp_path / "out")
    assert [row["id"] for row in rows] == [row["id"] for row in ROWS]


@pytest.mark.parametrize("way", ["page", "offset"])
def test_a_page_that_comes_again_is_not_doubled(way, tmp_path):
    # A server that ignores the field would give the same rows for ever.
    with serving(lambda _: Reply(ROWS)) as server:
        with pytest.raises(SourceFailure) as caught:
            read(rest(server, paging=way), tmp_path / "out")
        assert len(server.asked) == 2
    assert "第 2 页" in caught.value.message.zh


def test_a_cursor_that_is_none(tmp_path):
    with serving(lambda _: Reply({"rows": ROWS[:1], "next": {"page": 2}})) as server:
        source = rest(server, paging="cursor", record_path="rows", next_path="next")
        with pytest.raises(SourceFailure, match="no cursor"):
            read(source, tmp_path / "out")


def test_pages_in_a_ring(tmp_path):
    with serving(lambda _: Reply({"rows": ROWS[:1], "next": "a"})) as server:
        source = rest(server, paging="cursor", record_path="rows", next_path="next")
        with pytest.raises(SourceFailure, match="ring"):
            read(source, tmp_path / "out")


def test_the_secret_does_not_follow_a_link_elsewhere(tmp_path):
    reply = Reply(ROWS, headers={"Link": '<http://127.0.0.2:9/x>; rel="next"'})
    with serving(lambda _: reply) as server:
        source = rest(server, paging="link", auth="header", auth_secret="s")
        with pytest.raises(SourceFailure, match=r"127\.0\.0\.2"):
            read(source, tmp_path / "out")


def test_a_private_host_needs_the_administrators_word():
    with serving(lambda _: Reply(ROWS)) as server:
        kind = KINDS["rest"]
        form = {"host": "127.0.0.1", "port": server.port, "tls": True, "resource": "x"}
        with pytest.raises(SourceFailure, match="outbound_private_hosts"):
            kind.connect(kind.read(form), Ground("UTC")).test()
        assert server.asked == []


def test_conditions_are_not_silently_dropped(tmp_path):
    with serving(lambda _: Reply(ROWS)) as server, pytest.raises(ColumnRefused):
        read(rest(server), tmp_path / "out", where=(Condition("sku", "eq", ("1",)),))


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"host": "http://x"}, "host"),
        ({"host": "169.254.169.254"}, "host"),
        ({"resource": "a?b=c"}, "resource"),
        ({"resource": "http://evil/"}, "resource"),
        ({"base_path": "a/../../b"}, "base_path"),
        ({"auth": "header"}, "auth_secret"),
        ({"auth": "magic"}, "auth"),
        ({"paging": "cursor"}, "next_path"),
        ({"since_column": "at"}, "since_field"),
        ({"auth_key": "X-Key: a"}, "auth_key"),
        ({"url": "x"}, "url"),
    ],
)
def test_forms_take_what_they_say(fields, key):
    kind = KINDS["rest"]
    with pytest.raises(FormInvalid) as caught:
        kind.connect(kind.read({"host": "a.example", "resource": "x"} | fields), GROUND)
    assert caught.value.field == key
