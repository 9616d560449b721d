"""Cover against planned demand: gaps, backlog, never, and transfers that change no total."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from stockturn.planning import cover
from stockturn.planning.cover import CoverPoint, Planned, StockOut, Transfer

D = Decimal


def planned(*rows: tuple[int, int]) -> list[Planned]:
    return [Planned(day, D(quantity)) for day, quantity in rows]


def test_a_gap_before_the_receipt_is_shown_and_not_counted_as_cover() -> None:
    """10 at 5 a day, 20 more on day 5: empty on days 2 to 4, and for good on day 9, not 11."""
    assert cover.stock_out(10, 5, planned((5, 20))) == StockOut(2, 3, 9, D(20))


def test_a_day_met_in_part_is_a_stock_out_day() -> None:
    assert cover.stock_out(12, 5) == StockOut(2, 0, 2, D(3))


def test_an_overdue_receipt_is_expected_today() -> None:
    assert cover.stock_out(0, 5, planned((-3, 10))) == StockOut(2, 0, 2, D(5))


def test_a_backlog_eats_the_receipt_first() -> None:
    assert cover.stock_out(-5, 5, planned((1, 10))).final_day == 2


def test_no_demand_never_runs_out() -> None:
    assert cover.stock_out(0, 0) == StockOut(None, 0, None, D(0))
    assert cover.stock_out(5, [5, 0, 0]) == StockOut(None, 0, None, D(0))


def test_demand_of_each_day_from_a_list() -> None:
    assert cover.stock_out(5, [1, 1, 9, 9]).first_day == 2


def test_projection_keeps_the_shortage_visible() -> None:
    changes = [(0, 100), (3, -120)]
    assert cover.project(0, changes, [-1, 0, 1, 2, 3, 4]) == [0, 100, 100, 100, -20, -20]


def test_transfers_move_stock_between_sites_and_leave_the_total() -> None:
    transfers = [Transfer(0, D(1), "one", "two"), Transfer(2, D(1), "one", "two")]
    projected = cover.project_locations({"one": 3, "two": 0}, {}, transfers, [-2, -1, 0, 1, 2])
    assert projected == {"one": [3, 3, 2, 2, 1], "two": [0, 0, 1, 1, 2]}
    assert cover.total_of(projected) == [3] * 5


@given(
    st.lists(
        st.builds(
            Transfer,
            st.integers(0, 9),
            st.decimals(0, 99, places=2),
            st.sampled_from("abc"),
            st.sampled_from("abc"),
        )
    )
)
def test_no_transfer_changes_the_company_total(transfers: list[Transfer]) -> None:
    projected = cover.project_locations({"a": 5, "b": 7}, {"a": [(3, -2)]}, transfers, range(10))
    assert cover.total_of(projected) == [12] * 3 + [10] * 7


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def test_cover_with_backlog_then_empty_then_regular_then_never() -> None:
    """A late order of 25 waits until 30 June: cover is 0 whatever lies on the shelf till then."""
    receipts = [
        Planned(day("2025-03-01"), D(5)),
        Planned(day("2025-06-30"), D(15)),
        Planned(day("2025-08-01"), D(15)),
    ]
    demands = [
        Planned(day("2025-06-30"), D(25), due=day("2024-01-01")),
        Planned(day("2025-08-01"), D(10)),
        Planned(day("2025-12-01"), D(2)),
    ]
    points = cover.period_of_cover(5, receipts, demands)
    assert [(p.on_hand, p.days) for p in points] == [
        (10, 0),
        (25, 0),
        (0, 32),
        (15, None),
        (5, None),
        (3, None),
    ]
    assert points[-1].printed_days == 999


def test_the_demand_that_takes_the_last_unit_ends_the_cover() -> None:
    points = cover.period_of_cover(0, planned((0, 10)), planned((4, 10)))
    assert points[0] == CoverPoint(0, D(10), 4)


def test_an_empty_shelf_waits_for_supply_or_by_choice_for_demand() -> None:
    receipts, demands = planned((0, 0), (9, 5)), planned((4, 1))
    assert cover.period_of_cover(0, receipts, demands)[0].days == 9
    assert cover.period_of_cover(0, receipts, demands, "next_demand")[0].days == 4


def test_cover_from_today_takes_promised_stock_off_first() -> None:
    demands = planned((3, 4), (8, 4), (-1, 99))
    assert cover.cover_days(8, 0, demands) == 8
    assert cover.cover_days(8, 0, demands, committed=4) == 3
    assert cover.cover_days(8, 0, demands, committed=8) == 0
    assert cover.cover_days(9, 0, demands) is None
