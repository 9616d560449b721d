"""Runs: claimed once, retried, cancelled, interrupted, and kept; on SQLite and PostgreSQL."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from stockturn.jobs.run import Done, Handler, KindUnknown, Retry, RunMissing
from stockturn.jobs.worker import run_limited
from stockturn.language import StockTurnError, Text
from tests.jobs import tasks

NAME = Text("试", "try")
STAGE = Text("读取", "Reading")


class Away(StockTurnError):
    code = "away"
    can_pass = True


def handler(work, **more):
    return Handler(work, NAME, **more)


def real_clock():
    return datetime.now(UTC)


def test_what_a_handler_gives_back_is_kept(make_runner):
    words = Text("留待处理", "held for you")
    runner = make_runner({"a": handler(lambda p, _: Done({"n": p["n"] + 1}, "held", words, "bar"))})
    run = runner.submit("a", {"n": 1}, requested_by="li")
    assert run.state == "queued"
    ended = runner.step()
    assert (ended.state, ended.result, ended.message) == ("held", {"n": 2}, words)
    assert (ended.error_code, ended.requested_by, ended.attempt) == ("bar", "li", 1)
    assert ended.finished_at is not None


def test_a_result_that_cannot_be_kept_ends_the_run(make_runner):
    """It stayed running for good, for its end could not be written down."""
    runner = make_runner({"a": handler(lambda _p, _t: Done({"n": object()}))})
    runner.submit("a", {})
    ended = runner.step()
    assert (ended.state, ended.error_code) == ("failed", "unexpected")
    assert "TypeError" in ended.message.en


def test_an_unknown_kind_is_refused_when_asked(make_runner):
    with pytest.raises(KindUnknown):
        make_runner({}).submit("a", {})


def test_one_idempotency_key_is_one_run(make_runner):
    runner = make_runner({"a": handler(lambda _p, _t: Done())})
    first = runner.submit("a", {"n": 1}, idempotency_key="k")
    assert runner.submit("a", {"n": 2}, idempotency_key="k") == first
    assert runner.submit("a", {"n": 2}).id != first.id


def test_a_passing_error_is_tried_again_later_and_longer(make_runner, clock):
    def work(_params, task):
        if task.run.attempt < 3:
            raise Away(Text("连不上", "away"))
        return Done()

    runner = make_runner({"a": handler(work, retry=Retry(5, timedelta(minutes=1)))})
    runner.submit("a", {})
    pauses = []
    run = runner.step()
    while run.state == "queued":
        assert run.error_code == "away"
        assert "连不上" in run.message.zh
        assert runner.step() is None
        pauses.append(run.next_attempt_at - clock())
        clock.now = run.next_attempt_at
        run = runner.step()
    assert run.state == "succeeded"
    assert run.error_code is None
    assert [each["state"] for each in run.attempts] == ["failed", "failed", "succeeded"]
    assert timedelta(seconds=30) <= pauses[0] <= timedelta(minutes=1)
    assert timedelta(minutes=1) <= pauses[1] <= timedelta(minutes=2)


def test_attempts_are_bounded(make_runner, clock):
    def work(_params, _task):
        raise Away(Text("连不上", "away"))

    runner = make_runner({"a": handler(work, retry=Retry(3))})
    run = runner.submit("a", {})
    for _ in range(10):
        clock.forward(hours=1)
        run = runner.step() or run
    assert (run.state, run.attempt, run.error_code) == ("failed", 3, "away")


def test_other_errors_end_the_run_at_once(make_runner):
    def refused(_params, _task):
        raise StockTurnError(Text("不行", "No"))

    def broken(_params, _task):
        raise ZeroDivisionError

    runner = make_runner({"a": handler(refused), "b": handler(broken)})
    runner.submit("a", {})
    runner.submit("b", {})
    first, second = runner.step(), runner.step()
    assert (first.state, first.message) == ("failed", ("不行", "No"))
    assert (second.state, second.error_code) == ("failed", "unexpected")
    assert "ZeroDivisionError" in second.message.zh


def test_pauses_double_up_to_the_longest():
    class Never:
        def random(self):
            return 1.0

    rule = Retry(9, timedelta(seconds=10), timedelta(seconds=60))
    assert [rule.pause(n, Never()).total_seconds() for n in (1, 2, 3, 4, 99)] == [
        10,
        20,
        40,
        60,
        60,
    ]


def test_a_queued_run_is_cancelled_at_once(make_runner):
    runner = make_runner({"a": handler(lambda _p, _t: Done())})
    run = runner.submit("a", {})
    assert runner.cancel(run.id, by="li").state == "cancelled"
    assert runner.step() is None
    with pytest.raises(RunMissing):
        runner.cancel(999)


def test_cancelling_an_ended_run_changes_nothing(make_runner):
    runner = make_runner({"a": handler(lambda _p, _t: Done({"n": 1}))})
    run = runner.submit("a", {})
    ended = runner.step()
    assert runner.cancel(run.id) == ended


def test_a_cancel_ends_the_worker_process_even_while_it_is_silent(make_runner):
    begun = threading.Event()

    def work(_params, task):
        def tell(stage, done, total):
            begun.set()
            task(stage, done, total)

        run_limited(tasks.tell_then_sleep, 60, memory_mb=2048, seconds=90, on_progress=tell)
        return Done()

    runner = make_runner({"a": handler(work)}, clock=real_clock)
    runner.start()
    run = runner.submit("a", {})
    assert begun.wait(20)
    began = time.monotonic()
    runner.cancel(run.id, by="li")
    ended = runner.wait(run.id, 20)
    assert (ended.state, ended.cancel_requested_by) == ("cancelled", "li")
    assert time.monotonic() - began < 10


def test_progress_is_seen_while_it_runs_with_rate_and_time_left(make_runner):
    go_on, told = threading.Event(), threading.Event()

    def work(_params, task):
        task(STAGE, 0, 100)
        time.sleep(0.05)
        task(STAGE, 50, 100)
        told.set()
        go_on.wait(20)
        return Done()

    runner = make_runner({"a": handler(work)}, clock=real_clock)
    runner.start()
    run = runner.submit("a", {})
    assert told.wait(20)
    seen = runner.look(run.id)
    go_on.set()
    assert (seen.state, seen.progress.stage, seen.progress.done) == ("running", STAGE, 50)
    assert seen.progress.rate > 0
    assert seen.progress.seconds_left == pytest.approx(50 / seen.progress.rate)
    assert runner.wait(run.id, 20).state == "succeeded"


def test_one_writes_at_a_time_while_others_fetch(make_runner):
    writing, most, fetching, both = [0], [0], [0], threading.Barrier(2, timeout=20)

    def write():
        writing[0] += 1
        most[0] = max(most[0], writing[0])
        time.sleep(0.02)
        writing[0] -= 1

    def load(_params, _task):
        write()
        return Done()

    def pull(_params, task):
        both.wait()  # passes only when two fetch at once
        fetching[0] += 1
        with task.writing():
            write()
        return Done()

    handlers = {"load": handler(load), "pull": handler(pull, lane="fetch")}
    runner = make_runner(handlers, clock=real_clock, fetchers=2)
    runs = [runner.submit(kind, {}) for kind in ("load", "pull", "load", "pull", "load")]
    runner.start()
    assert [runner.wait(run.id, 30).state for run in runs] == ["succeeded"] * 5
    assert most == [1]
    assert fetching == [2]


def test_a_full_lane_is_not_asked_over_and_over(make_runner, monkeypatch):
    go_on, begun, looks = threading.Event(), threading.Event(), []

    def work(_params, _task):
        begun.set()
        go_on.wait(20)
        return Done()

    runner = make_runner({"a": handler(work)}, clock=real_clock)
    real = runner.schedules.plan
    monkeypatch.setattr(runner.schedules, "plan", lambda now: looks.append(now) or real(now))
    runs = [runner.submit("a", {}) for _ in range(3)]
    runner.start()
    assert begun.wait(20)
    time.sleep(0.2)
    before = len(looks)
    time.sleep(1)
    assert len(looks) - before <= 2
    go_on.set()
    assert [runner.wait(run.id, 20).state for run in runs] == ["succeeded"] * 3


def test_one_key_submitted_by_many_at_once_is_one_run(make_runner):
    runner = make_runner({"a": handler(lambda _p, _t: Done())})
    ids = []

    def submit():
        ids.append(runner.submit("a", {}, idempotency_key="k").id)

    threads = [threading.Thread(target=submit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 6
    assert len(set(ids)) == 1


def test_who_was_served_longest_ago_comes_first(make_runner, clock):
    order = []

    def work(params, _task):
        order.append(params["who"])
        return Done()

    runner = make_runner({"a": handler(work)})
    for who in ("li", "li", "li", "wang"):
        runner.submit("a", {"who": who}, requested_by=who)
        clock.forward(seconds=1)
    while runner.step():
        clock.forward(seconds=1)
    assert order == ["li", "wang", "li", "li"]


def test_two_claims_at_once_take_one_run_each(make_runner, clock):
    runner = make_runner({"a": handler(lambda _p, _t: Done())})
    for _ in range(8):
        runner.submit("a", {})
    taken = []

    def claim():
        while run := runner.queue.claim(["a"], clock()):
            taken.append(run.id)

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 8


def test_what_a_killed_process_left_running_runs_again(make_runner, clock):
    done = []

    def work(params, _task):
        done.append(params)
        return Done()

    handlers = {"load": handler(work), "mail": handler(work, safe_to_rerun=False)}
    runner = make_runner(handlers)
    load, mail = runner.submit("load", {}), runner.submit("mail", {})
    gone = runner.submit("load", {})
    assert {runner.queue.claim(handlers, clock()).id for _ in range(3)} == {
        load.id,
        mail.id,
        gone.id,
    }
    runner.queue.cancel(gone.id, clock(), "li", NAME)
    later = make_runner(handlers)
    states = {run.id: (run.state, run.error_code) for run in later.recover()}
    assert states == {
        load.id: ("queued", "killed"),
        mail.id: ("interrupted", "killed"),
        gone.id: ("cancelled", "cancelled"),
    }
    assert later.step().state == "succeeded"
    assert later.step() is None
    assert done == [{}]


def test_a_run_that_kills_the_process_thrice_is_left(make_runner, clock):
    runner = make_runner({"a": handler(lambda _p, _t: Done())})
    run = runner.submit("a", {})
    for _ in range(3):
        assert runner.queue.claim(["a"], clock()).id == run.id
        runner.recover()
    assert runner.queue.get(run.id).state == "interrupted"


def test_a_stop_queues_running_work_for_the_next_start(make_runner):
    begun = threading.Event()

    def work(_params, task):
        if task.run.attempt == 1:
            begun.set()
            while True:
                task(STAGE, 1, None)
                time.sleep(0.01)
        return Done()

    runner = make_runner({"a": handler(work)}, clock=real_clock)
    runner.start()
    run = runner.submit("a", {})
    assert begun.wait(20)
    runner.stop()
    assert (runner.look(run.id).state, runner.look(run.id).error_code) == ("queued", "stopped")
    again = make_runner({"a": handler(work)}, clock=real_clock)
    again.start()
    assert again.wait(run.id, 20).state == "succeeded"


def test_old_runs_go_but_the_newest_of_each_kind_stay(make_runner, clock):
    runner = make_runner({"a": handler(lambda _p, _t: Done())})
    for _ in range(5):
        runner.submit("a", {})
        runner.step()
    waiting = runner.submit("a", {})
    clock.forward(days=100)
    assert runner.queue.prune(clock() - timedelta(days=90), 2) == 4
    left = runner.queue.find()
    assert [run.state for run in left] == ["queued", "succeeded"]
    assert left[0] == waiting


def test_the_list_is_filtered_and_goes_on_below(make_runner):
    runner = make_runner({"a": handler(lambda _p, _t: Done()), "b": handler(lambda _p, _t: Done())})
    ids = [runner.submit(kind, {}).id for kind in "aabab"]
    assert [run.id for run in runner.queue.find(kinds=["a"])] == [ids[3], ids[1], ids[0]]
    assert [run.id for run in runner.queue.find(limit=2, before=ids[3])] == [ids[2], ids[1]]
    runner.step()
    assert [run.id for run in runner.queue.find(states=["succeeded"])] == [ids[0]]
