"""Fire times, by the wall clock, through both changes of clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from stockturn.jobs.trigger import TriggerInvalid, read_trigger

SHANGHAI, NEW_YORK, BEIRUT = "Asia/Shanghai", "America/New_York", "Asia/Beirut"


def fires(tree, zone, since, count):
    """The first fire times after a UTC moment, as local wall-clock times with their offset."""
    rule, place = read_trigger(tree), ZoneInfo(zone)
    moment = datetime.fromisoformat(since).replace(tzinfo=UTC)
    anchor, found = moment, []
    for _ in range(count):
        moment = rule.after(moment, anchor=anchor, zone=place)
        found.append(moment.astimezone(place).isoformat(timespec="minutes"))
    return found


@pytest.mark.parametrize(
    ("tree", "zone", "since", "expected"),
    [
        (
            {"daily": "02:30"},
            SHANGHAI,
            "2026-03-07T18:29",
            ["2026-03-08T02:30+08:00", "2026-03-09T02:30+08:00"],
        ),
        # 02:30 does not exist on 8 March in New York: it fires when the gap ends, once.
        (
            {"daily": "02:30"},
            NEW_YORK,
            "2026-03-07T00:00",
            ["2026-03-07T02:30-05:00", "2026-03-08T03:00-04:00", "2026-03-09T02:30-04:00"],
        ),
        # 01:30 comes twice on 1 November: it fires in the first of the two.
        (
            {"daily": "1:30"},
            NEW_YORK,
            "2026-10-31T04:00",
            ["2026-10-31T01:30-04:00", "2026-11-01T01:30-04:00", "2026-11-02T01:30-05:00"],
        ),
        # In Beirut the gap is at midnight.
        (
            {"daily": "00:15"},
            BEIRUT,
            "2026-03-28T00:00",
            ["2026-03-29T01:00+03:00", "2026-03-30T00:15+03:00"],
        ),
        # Cron counts Sunday as 0 and as 7.
        ({"cron": "0 2 * * 0"}, SHANGHAI, "2026-11-25T00:00", ["2026-11-29T02:00+08:00"]),
        ({"cron": "0 2 * * 7"}, SHANGHAI, "2026-11-25T00:00", ["2026-11-29T02:00+08:00"]),
        (
            {"cron": "*/30 8-9 * * 1-5"},
            SHANGHAI,
            "2026-11-27T00:30",
            [
                "2026-11-27T09:00+08:00",
                "2026-11-27T09:30+08:00",
                "2026-11-30T08:00+08:00",
            ],
        ),
        # Both day fields stated: either is enough.
        (
            {"cron": "0 0 1 * 1"},
            SHANGHAI,
            "2026-11-25T00:00",
            ["2026-11-30T00:00+08:00", "2026-12-01T00:00+08:00", "2026-12-07T00:00+08:00"],
        ),
        ({"cron": "0 0 29 2 *"}, SHANGHAI, "2026-03-01T00:00", ["2028-02-29T00:00+08:00"]),
    ],
)
def test_fire_times(tree, zone, since, expected):
    assert fires(tree, zone, since, len(expected)) == expected


def test_every_minutes_counts_elapsed_time_through_a_change_of_clocks():
    rule = read_trigger({"every_minutes": 45})
    anchor = datetime(2026, 3, 8, 6, 20, tzinfo=UTC)
    moment, steps = anchor, []
    for _ in range(4):
        after = rule.after(moment, anchor=anchor, zone=ZoneInfo(NEW_YORK))
        steps.append(after - moment)
        moment = after
    assert steps == [timedelta(minutes=45)] * 4


def test_after_a_fire_time_comes_the_next_one_never_the_same():
    rule, zone = read_trigger({"daily": "09:00"}), ZoneInfo(SHANGHAI)
    fire = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    assert rule.after(fire, anchor=fire, zone=zone) == fire + timedelta(days=1)


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"every_minutes": 0},
        {"every_minutes": 5, "daily": "02:30"},
        {"daily": "24:00"},
        {"daily": "2:3"},
        {"cron": "* * * *"},
        {"cron": "61 * * * *"},
        {"cron": "5-1 * * * *"},
        {"cron": "*/0 * * * *"},
        {"cron": "0 0 31 2 *"},
        {"cron": "a b c d e"},
        {"cron": "0 0 * * mon"},
    ],
)
def test_what_is_no_trigger_is_refused_with_the_forms_that_are(tree):
    with pytest.raises(TriggerInvalid) as caught:
        read_trigger(tree)
    assert "every_minutes" in caught.value.message.zh
