"""Schedules by a clock that tests set: nothing planned twice, missed times become one run."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from stockturn.jobs.run import Done, Handler
from stockturn.jobs.schedules import ScheduleMissing, ScheduleNameTaken
from stockturn.jobs.tables import JOB_RUN
from stockturn.jobs.trigger import TriggerInvalid
from stockturn.language import Text

NAME = Text("试", "try")


@pytest.fixture
def ran():
    return []


@pytest.fixture
def runner(make_runner, ran):
    def work(params, task):
        ran.append((params, task.run.planned_at))
        return Done()

    return make_runner({"pull": Handler(work, NAME)})


def test_a_due_schedule_runs_once_with_its_params(runner, clock, ran):
    schedule = runner.schedules.add("n", "pull", {"feed": 3}, {"every_minutes": 5}, clock())
    assert runner.step() is None
    clock.forward(minutes=5)
    fired = clock()
    run = runner.step()
    assert (run.state, run.schedule_id, run.planned_at) == ("succeeded", schedule.id, fired)
    assert runner.step() is None
    assert ran == [({"feed": 3}, fired)]


def test_missed_fire_times_become_one_run_planned_at_the_last(runner, clock, ran):
    runner.schedules.add("n", "pull", {}, {"daily": "09:00"}, clock())
    clock.forward(days=40, hours=3)
    while runner.step():
        pass
    assert [planned for _, planned in ran] == [datetime(2026, 4, 11, 1, 0, tzinfo=UTC)]
    assert runner.schedules.all()[0].next_at == datetime(2026, 4, 12, 1, 0, tzinfo=UTC)


def test_a_year_of_missed_minutes_is_found_quickly(runner, clock, ran):
    runner.schedules.add("n", "pull", {}, {"every_minutes": 1}, clock())
    start = clock()
    clock.forward(days=365, seconds=30)
    runner.step()
    assert [planned for _, planned in ran] == [start + timedelta(days=365)]


def test_a_schedule_waits_for_its_earlier_run(runner, clock):
    runner.schedules.add("n", "pull", {}, {"every_minutes": 5}, clock())
    clock.forward(minutes=5)
    (first,) = runner.schedules.plan(clock())
    clock.forward(minutes=30)
    assert runner.schedules.plan(clock()) == []
    assert runner.queue.claim(["pull"], clock()).id == first
    assert runner.schedules.plan(clock()) == []
    runner.queue.finish(runner.queue.get(first), None, "succeeded", clock())
    assert len(runner.schedules.plan(clock())) == 1


def test_the_database_itself_refuses_a_second_run_of_one_fire_time(runner, clock):
    schedule = runner.schedules.add("n", "pull", {}, {"every_minutes": 5}, clock())
    clock.forward(minutes=5)
    runner.step()
    with runner.queue._app_db.read() as connection:
        row = dict(connection.execute(sa.select(JOB_RUN)).one()._mapping)
    del row["id"]
    assert row["schedule_id"] == schedule.id
    with pytest.raises(sa.exc.DBAPIError), runner.queue._app_db.write() as connection:
        connection.execute(sa.insert(JOB_RUN).values(row))


def test_a_pause_is_not_made_up_for(runner, clock, ran):
    schedule = runner.schedules.add("n", "pull", {}, {"every_minutes": 5}, clock())
    runner.schedules.change(schedule.id, clock(), enabled=False)
    clock.forward(hours=3, minutes=2)
    assert runner.step() is None
    resumed = runner.schedules.change(schedule.id, clock(), enabled=True)
    assert resumed.next_at == clock() + timedelta(minutes=3)
    assert runner.step() is None
    clock.forward(minutes=3)
    runner.step()
    assert len(ran) == 1


def test_a_new_trigger_counts_from_now(runner, clock):
    schedule = runner.schedules.add("n", "pull", {}, {"daily": "09:00"}, clock())
    changed = runner.schedules.change(schedule.id, clock(), trigger={"every_minutes": 10})
    assert changed.next_at == clock() + timedelta(minutes=10)
    with pytest.raises(TriggerInvalid):
        runner.schedules.change(schedule.id, clock(), trigger={"daily": "25:00"})
    assert runner.schedules.get(schedule.id) == changed


def test_removing_keeps_the_runs(runner, clock):
    schedule = runner.schedules.add("n", "pull", {}, {"every_minutes": 5}, clock())
    clock.forward(minutes=5)
    run = runner.step()
    runner.schedules.remove(schedule.id)
    assert runner.queue.get(run.id).schedule_id is None
    with pytest.raises(ScheduleMissing):
        runner.schedules.remove(schedule.id)


def test_names_are_unique(runner, clock):
    runner.schedules.add("n", "pull", {}, {"every_minutes": 5}, clock())
    with pytest.raises(ScheduleNameTaken):
        runner.schedules.add("n", "pull", {}, {"every_minutes": 6}, clock())


def test_daily_runs_through_a_change_of_clocks_once_a_day(make_runner, clock):
    days = []

    def work(_params, task):
        days.append(task.run.planned_at)
        return Done()

    runner = make_runner({"pull": Handler(work, NAME)}, zone="America/New_York")
    clock.now = datetime(2026, 3, 7, 0, 0, tzinfo=UTC)
    runner.schedules.add("n", "pull", {}, {"daily": "02:30"}, clock())
    for _ in range(4 * 24 * 2):
        clock.forward(minutes=30)
        while runner.step():
            pass
    assert [day.isoformat() for day in days] == [
        "2026-03-07T07:30:00+00:00",
        "2026-03-08T07:00:00+00:00",
        "2026-03-09T06:30:00+00:00",
        "2026-03-10T06:30:00+00:00",
    ]
