"""Messages: kept before they are acknowledged, told from their repeats, loaded once."""

import base64
import hashlib
import hmac
import json
import threading
import time
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from stockturn.intake import judge, resolve
from stockturn.intake.feeds.store import Feeds, FeedUnknown
from stockturn.intake.load import clean
from stockturn.intake.push import job
from stockturn.intake.push.body import as_lines, is_signed, records
from stockturn.intake.push.errors import (
    BodyBad,
    KeyMissing,
    KeyTaken,
    NotPushed,
    Replayed,
    SignatureBad,
)
from stockturn.intake.push.job import plan_load, resume
from stockturn.intake.push.messages import Messages
from stockturn.intake.replay import replay
from stockturn.intake.sources.store import Sources
from stockturn.ledger.tables import ensure, table
from stockturn.workspace import Workspace
from tests.databases import app_db_url
from tests.intake.push.conftest import SECRET, prepare

ONE = {
    "日期": "2024-01-05",
    "业务类型": "采购入库",
    "物料编码": "0001",
    "仓库": "A",
    "数量": 10.50,
}


def body(*rows):
    return json.dumps(list(rows), ensure_ascii=False).encode()


def movements(workspace, engine=None):
    rows = (engine or workspace.engine).query(
        lambda: table("movement").order_by("movement_id"), shape="test_movements"
    )
    return [(str(r["quantity"]), r["load_no"]) for r in rows.to_pylist()]


# --- what a body is ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": 1.10}',
        b'[{"a": 1.10}]',
        b'\xef\xbb\xbf{"a": 1.10}\n',
        b'{"a": 1.10}\r\n',
        b'{\n "a": 1.10\n}',
    ],
)
def test_one_record(content):
    assert as_lines(records(content), "shop", "1") == (
        b'{"_stockturn_message": "shop#1", "a": 1.10}\n'
    )


def test_several_records():
    assert records(b'{"a": 1}\n\n{"a": 2}\n') == records(b'[{"a": 1}, {"a": 2}]')


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (b"", 1),
        (b"[]", 1),
        (b"3", 1),
        (b"[1]", 1),
        (b'[{"a": 1}, 2]', 2),
        (b'{"a": 1}\n{"a"', 2),
        (b'{"a": 1', 1),
        (b'{"a": NaN}', 1),
        (b'{"a": 1, "a": 2}', 1),
        (b'{"a": 1}\n{"a": 1, "a": 2}', 2),
        (b"\xff", 1),
        (b"[" * 100_000, 1),
        (b'{"_stockturn_message": "x"}', 1),
        (b'{"a": 1}\n{}', 2),
        (b'{"a": ' + b"[" * 60 + b"]" * 60 + b"}", 1),
        (b'{"a": ' + b"[" * 900 + b"]" * 900 + b"}", 1),
        (b'{"a":1}\n' * 50_001, 50_001),
        (b"[" + b",".join([b'{"a":1}'] * 50_001) + b"]", 50_001),
        (b"\x1f\x8b\x08\x00", 1),
    ],
    ids=range(19),
)
def test_no_records(content, row):
    with pytest.raises(BodyBad) as caught:
        records(content)
    assert f"第 {row} 条" in caught.value.message.zh


def test_a_field_that_stands_twice_behind_many_is_found_at_once():
    """Names were counted one against all others: one body of 2 MB kept a thread for minutes."""
    fields = [f'"f{number}": 1' for number in range(100_000)]
    began = time.monotonic()
    with pytest.raises(BodyBad, match="the field z stands twice"):
        records("{{{}}}".format(", ".join([*fields, '"z": 1', '"z": 2'])).encode())
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("record", ['{"a": "\\ud800"}', '{"\\udfff": 1}'])
def test_half_a_character_is_no_text(workspace, shop, record):
    """JSON can spell half a surrogate pair, which no file can hold."""
    with pytest.raises(BodyBad, match=r"Record 2 .* surrogate"):
        shop.accept("shop", "1", b'{"a": 1}\n' + record.encode())
    assert shop.waiting("shop") == []


@pytest.mark.parametrize("form", ["hex", "base64"])
def test_signatures(form):
    digest = hmac.new(SECRET.encode(), b"x", hashlib.sha256).digest()
    given = base64.b64encode(digest).decode() if form == "base64" else digest.hex()
    assert is_signed(b"x", SECRET, given, form)
    if form == "hex":
        assert is_signed(b"x", SECRET, f"sha256={given.upper()}", form)
    for wrong in ("", given[:-2], given[:-1] + "é"):
        assert not is_signed(b"x", SECRET, wrong, form)
    assert not is_signed(b"y", SECRET, given, form)


# --- taking in -----------------------------------------------------------------------------------


def test_bytes_are_kept_before_the_answer(workspace, shop):
    message = shop.accept("shop", "1", body(ONE))
    assert message.fresh
    assert (message.rows, message.state, message.run_id) == (1, "kept", None)
    kept = json.loads(shop.path(message).read_text(encoding="utf-8"))
    assert kept.pop("_stockturn_message") == "shop#1"
    assert kept == ONE
    assert not list(workspace.staging.glob("push-*"))


def test_a_repeat_is_the_same_message(shop):
    first = shop.accept("shop", "1", body(ONE))
    again = shop.accept("shop", "1", body(ONE))
    assert (again.id, again.fresh) == (first.id, False)
    assert len(shop.waiting("shop")) == 1
    with pytest.raises(KeyTaken):
        shop.accept("shop", "1", body(ONE, ONE))


def test_many_at_once_under_one_number(shop):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(shop.accept("shop", "1", body(ONE)).id))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.parametrize("key", ["", "x" * 201, "a\nb"])
def test_a_message_has_a_number(shop, key):
    with pytest.raises(KeyMissing) as caught:
        shop.accept("shop", key, body(ONE))
    assert "Idempotency-Key" in caught.value.message.zh


def test_where_nothing_can_be_sent(workspace, shop):
    with pytest.raises(FeedUnknown):
        shop.accept("other", "1", body(ONE))
    Sources(workspace).add("表", "rest", {"host": "a.example", "resource": "x"})
    Feeds(workspace).add("read", "表", {"what": "x", "mapping": "small"})
    with pytest.raises(NotPushed):
        shop.accept("read", "1", body(ONE))


def test_webhooks_are_signed(workspace, shop):
    content = body(ONE)
    signature = hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest()
    headers = {"X-Signature-256": signature, "Idempotency-Key": "7"}
    assert shop.accept_signed("shop", headers, content).key == "7"
    for feed, sent, changed in (
        ("shop", headers | {"X-Signature-256": "0" * 64}, content),
        ("shop", {"Idempotency-Key": "8"}, content),
        ("shop", headers, body(ONE, ONE)),
        ("other", headers, content),
    ):
        with pytest.raises(SignatureBad):
            shop.accept_signed(feed, sent, changed)
    Sources(workspace).add("无密钥", "push", {})
    plan = {"what": "messages", "mapping": "small"}
    Feeds(workspace).add("open", "无密钥", plan)
    empty = hmac.new(b"", content, hashlib.sha256).hexdigest()
    with pytest.raises(SignatureBad):
        shop.accept_signed("open", headers | {"X-Signature-256": empty}, content)


def signed(content, key):
    signature = hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest()
    return {"X-Signature-256": signature, "Idempotency-Key": key}


def test_a_webhook_is_not_replayed_under_another_number(shop):
    """The number stands in a header that no signature covers."""
    content = body(ONE)
    first = shop.accept_signed("shop", signed(content, "1"), content)
    assert shop.accept_signed("shop", signed(content, "1"), content).id == first.id
    with pytest.raises(Replayed, match="“1”"):
        shop.accept_signed("shop", signed(content, "2"), content)
    assert len(shop.waiting("shop")) == 1
    other = body(ONE | {"数量": 11})
    assert shop.accept_signed("shop", signed(other, "2"), other).fresh
    # Who shows a token is trusted with the number too, and what was given up may come again.
    assert shop.accept("shop", "3", content, sender="王").fresh
    shop.settle([first.id], "held", None, run_id=7)
    shop.discard(7)
    assert shop.accept_signed("shop", signed(content, "4"), content).fresh


def test_replays_that_come_at_once_are_one_message(shop):
    content, found = body(ONE), []

    def send(key):
        try:
            found.append(shop.accept_signed("shop", signed(content, key), content).key)
        except Replayed:
            found.append(None)

    threads = [threading.Thread(target=send, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len([key for key in found if key is not None]) == 1
    assert len(shop.waiting("shop")) == 1


@pytest.fixture
def postgres_url(request):
    with app_db_url(
        SimpleNamespace(param="postgresql", getfixturevalue=request.getfixturevalue)
    ) as url:
        yield url


def test_many_at_once_on_a_database_that_gives_one_of_two_up(tmp_path, postgres_url):
    """PostgreSQL refuses one of two transactions that met; its message is not refused for that."""
    root = Workspace.create(tmp_path / "pg", {"app_db": postgres_url})
    with Workspace.open(root, environ={}) as workspace:
        workspace.packs.mkdir(exist_ok=True)
        prepare(workspace)
        messages, failures = Messages(workspace), []

        def send(first):
            for number in range(first, first + 10):
                try:
                    messages.accept("shop", str(number), body(ONE))
                    messages.plan("shop", 1)
                except sa.exc.SQLAlchemyError as failure:  # what a sender would see as 500
                    failures.append(failure)

        threads = [threading.Thread(target=send, args=(10 * n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert [m.run_id for m in messages.waiting("shop")] == [1] * 60


# --- loading -------------------------------------------------------------------------------------


def test_messages_of_a_few_seconds_are_one_load(workspace, shop, runner, step):
    runs = set()
    for key in ("1", "2", "3"):
        shop.accept("shop", key, body(ONE))  # equal sales are all real
        runs.add(plan_load(runner, shop, "shop").id)
    assert len(runs) == 1
    assert runner.step() is None, "the window is still open"
    run = step()
    assert (run.state, run.result["loaded"]) == ("succeeded", 3)
    assert movements(workspace) == [("10.5000", 1)] * 3
    assert shop.waiting("shop") == []
    assert step() is None


def test_a_repeat_after_the_load_changes_nothing(workspace, shop, runner, step):
    shop.accept("shop", "1", body(ONE))
    run = plan_load(runner, shop, "shop")
    step()
    again = shop.accept("shop", "1", body(ONE))
    assert (again.run_id, again.state, again.load_no) == (run.id, "loaded", 1)
    assert step() is None
    assert len(movements(workspace)) == 1


def test_one_bad_message_keeps_no_other_waiting(workspace, shop, runner, step):
    shop.accept("shop", "1", body(ONE))
    shop.accept("shop", "2", body(ONE | {"数量": "many"}))
    shop.accept("shop", "3", body(ONE))
    plan_load(runner, shop, "shop")
    run = step()
    assert (run.state, run.result["loaded"], run.result["held"]) == ("held", 2, 1)
    assert run.message.en.startswith("Messages loaded: 2; held: 1. The first held: 1 of 1 rows")
    assert len(movements(workspace)) == 2
    assert [message.key for message in shop.waiting("shop", states=["held"])] == ["2"]
    assert step() is None


@pytest.mark.parametrize("content", [None, "name: [small"])
def test_messages_wait_for_a_person_where_their_mapping_is_gone(
    workspace, shop, runner, step, content
):
    """The run failed, which tells nobody, and the messages waited for the next one to come."""
    small = workspace.packs / "small.yaml"
    text = small.read_text(encoding="utf-8")
    shop.accept("shop", "1", body(ONE))
    plan_load(runner, shop, "shop")
    if content is None:
        small.unlink()
    else:
        small.write_text(content, encoding="utf-8")
    run = step()
    assert (run.state, run.error_code) == ("held", "push_held")
    assert "small" in run.message.en
    small.write_text(text, encoding="utf-8")
    shop.reopen(run.id)
    resume(runner, shop)
    assert step().state == "succeeded"
    assert len(movements(workspace)) == 1


def test_one_bad_message_of_many_costs_few_loads(workspace, shop, runner, step, monkeypatch):
    """Each message was loaded by itself: one bad one of a thousand took a thousand loads."""
    loads = []
    real = job._load
    monkeypatch.setattr(job, "_load", lambda *given: loads.append(len(given[3])) or real(*given))
    for number in range(1, 17):
        shop.accept("shop", str(number), body(ONE | ({"数量": "many"} if number == 6 else {})))
    plan_load(runner, shop, "shop")
    run = step()
    assert (run.state, run.result["loaded"], run.result["held"]) == ("held", 15, 1)
    assert [message.key for message in shop.held(run.id)] == ["6"]
    assert loads == [16, 8, 4, 4, 2, 1, 1, 2, 8]


def test_messages_of_one_load_are_looked_around_once(workspace, shop, runner, step, monkeypatch):
    """The folder was read, and earlier loads asked, once for each message of a thousand."""
    looks, asked = [], []
    seen, totals = resolve._visible, judge.loads.earlier_totals
    monkeypatch.setattr(resolve, "_visible", lambda folder: looks.append(folder) or seen(folder))
    monkeypatch.setattr(
        judge.loads, "earlier_totals", lambda *given: asked.append(given) or totals(*given)
    )
    for number in range(5):
        shop.accept("shop", str(number), body(ONE))
    plan_load(runner, shop, "shop")
    assert step().state == "succeeded"
    assert (len(looks), len(asked)) == (1, 1)


class Killed(BaseException):
    """Stands for the process ending here: nothing catches it."""


def test_a_message_that_the_ledger_refuses_keeps_no_other_waiting(workspace, shop, runner, step):
    """A missing rate is no bad row: the load is refused as a whole, and waits alone."""
    small = workspace.packs / "small.yaml"
    text = small.read_text(encoding="utf-8")
    small.write_text(text.rstrip() + "\n      currency: 币种\n", "utf-8")
    for key, currency in (("1", ""), ("2", "USD"), ("3", "")):
        shop.accept("shop", key, body(ONE | {"单价": 5, "币种": currency}))
    run = plan_load(runner, shop, "shop")
    assert step()
    ended = runner.look(run.id)
    assert ended.result, ended.message
    assert (ended.state, ended.result["loaded"], ended.result["held"]) == ("held", 2, 1)
    assert [message.key for message in shop.held(run.id)] == ["2"]
    assert "USD" in ended.result["report"]["message"][1]


def test_killed_between_the_commit_and_the_note(workspace, shop, runner, step, monkeypatch):
    shop.accept("shop", "1", body(ONE))
    plan_load(runner, shop, "shop")
    monkeypatch.setattr(job.Messages, "settle", lambda *_, **__: (_ for _ in ()).throw(Killed))
    with pytest.raises(Killed):
        step()
    monkeypatch.undo()
    assert len(movements(workspace)) == 1
    clean(workspace)
    runner.recover()
    resume(runner, shop)
    while step() is not None:
        pass
    assert len(movements(workspace)) == 1
    assert shop.waiting("shop") == []


def test_killed_before_a_run_was_planned(workspace, shop, runner, step):
    shop.accept("shop", "1", body(ONE))
    resume(runner, shop)
    assert step().state == "succeeded"
    assert len(movements(workspace)) == 1


def test_a_rebuild_makes_the_same_of_them(workspace, shop, runner, step):
    for key in ("1", "2"):
        shop.accept("shop", key, body(ONE))
    plan_load(runner, shop, "shop")
    step()
    engine = workspace.open_engine(workspace.root / "again.duckdb")
    try:
        ensure(engine)
        for planned in replay(workspace.received):
            planned.run(workspace, engine)
        assert movements(workspace, engine) == movements(workspace)
    finally:
        engine.close()


def test_a_small_message_after_a_large_one_is_no_drop(workspace, shop, runner, step):
    messages = {
        "large": [{**ONE, "数量": number} for number in range(1, 101)],
        "small": [{**ONE, "日期": "2024-01-06"}],
    }
    for key, rows in messages.items():
        shop.accept("shop", key, body(*rows))
        plan_load(runner, shop, "shop")
        assert step().state == "succeeded"
    assert len(movements(workspace)) == 101
