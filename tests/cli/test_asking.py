"""Options of ``show`` read into a question."""

from datetime import UTC, date, datetime

import pytest

from stockturn.cli.asking import Asked, conditions
from stockturn.language import UsageError
from stockturn.metrics.query import FINANCIAL, MANAGEMENT, Filter, Period


def no_data():
    raise AssertionError("the last day with data was asked for without need")


def query(leading="management", data_as_of=no_data, **given):
    return Asked(**{"measures": "turnover", "period": "2013", **given}).query(leading, data_as_of)


def test_last_day_is_counted_in():
    asked = query(period=None, first="2013-01-01", last="2013-12-31")
    assert asked.period == query().period == Period(date(2013, 1, 1), date(2014, 1, 1))


def test_one_day_is_a_period():
    asked = query(period=None, first="2013-06-30", last="2013-06-30")
    assert asked.period.days == 1


def test_without_a_period_the_year_up_to_the_data_is_asked():
    asked = query(period=None, data_as_of=lambda: date(2024, 2, 28))
    assert asked.period == Period(date(2023, 3, 1), date(2024, 2, 29))


@pytest.mark.parametrize(
    "given",
    [
        {"first": "2013-01-01"},
        {"first": "2013-01-01", "last": "2013-02-01"},
        {"period": None, "first": "2013-01-01"},
        {"period": None, "last": "2013-01-01"},
        {"period": None, "first": "2013-02-01", "last": "2013-01-31"},
        {"period": None, "first": "soon", "last": "2013-01-31"},
        {"period": "2013-13"},
        {"known_at": "yesterday"},
        {"compare": ("last_week",)},
        {"where": ("category",)},
    ],
)
def test_what_contradicts_or_cannot_be_read_is_wrong_use(given):
    with pytest.raises(UsageError) as wrong:
        query(**given)
    assert wrong.value.exit_code == 2


def test_the_company_clock_is_the_default():
    assert (query().clock, query(clock="lot").clock) == ("company", "lot")


def test_basis_starts_from_the_leading_reading():
    assert query().basis == MANAGEMENT
    assert query(leading="financial").basis == FINANCIAL
    assert query(leading="financial", reading="management").basis == MANAGEMENT
    assert query(average="n-point", days="360", annualise=False).basis.average == "n-point"
    assert query(leading="financial", annualise=True).basis.annualise is True
    assert query(days="360").basis.days == 360


def test_lists_are_parted_by_commas():
    asked = query(measures="turnover, days_of_inventory", by="category,location")
    assert asked.measures == ("turnover", "days_of_inventory")
    assert asked.by == ("category", "location")


def test_conditions_on_one_dimension_are_alternatives():
    assert conditions(["category=Bikes", "category=Parts, Tools", "region!=East"]) == (
        Filter("category", ("Bikes", "Parts", "Tools")),
        Filter("region", ("East",), exclude=True),
    )


def test_condition_may_hold_a_comma_or_an_equals_sign():
    assert conditions([r"item=A\, B", "attribute.code=x=1"]) == (
        Filter("item", ("A, B",)),
        Filter("attribute.code", ("x=1",)),
    )


def test_instant_is_utc():
    assert query(known_at="2013-06-30T08:00+08:00").known_at == datetime(2013, 6, 30, tzinfo=UTC)
    assert query(known_at="2013-06-30").known_at == datetime(2013, 6, 30, tzinfo=UTC)


def test_compare_takes_both_spellings_once():
    asked = query(compare=("prior-year,prior_period", "prior_year"))
    assert asked.compare == ("prior_year", "prior_period")
