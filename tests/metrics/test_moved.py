"""What a load moved of figures that had been reported: the months it touches, before and after."""

from datetime import UTC, date, datetime

from stockturn.metrics.moved import moved_figures
from tests.books import new_engine, post


def test_a_late_row_moves_its_month_and_a_new_day_moves_nothing(tmp_path):
    engine = new_engine(tmp_path)
    post(engine, at=datetime(2026, 3, 1, tzinfo=UTC), costing="moving_average", movement="""
        happened_on kind       item location quantity unit_cost
        2026-01-01  receipt    a    plant    10       10
        2026-02-10  sale_issue a    plant    -2       -
    """)  # fmt: skip
    post(engine, at=datetime(2026, 3, 2, tzinfo=UTC), costing="moving_average", movement="""
        happened_on kind       item location quantity unit_cost
        2026-03-01  sale_issue a    plant    -1       -
    """)  # fmt: skip
    post(engine, at=datetime(2026, 3, 3, tzinfo=UTC), costing="moving_average", movement="""
        happened_on kind       item location quantity unit_cost
        2026-01-20  sale_issue a    plant    -3       -
    """)  # fmt: skip
    assert moved_figures(engine, 1) == []
    assert moved_figures(engine, 2) == []
    moved = {
        (each.month, each.measure): (each.before, each.after) for each in moved_figures(engine, 3)
    }
    january = date(2026, 1, 1)
    assert moved[january, "cogs"] == (0, 30)
    assert moved[january, "closing_inventory"] == (100, 70)
    assert moved[january, "closing_quantity"] == (10, 7)
    assert (january, "turnover") in moved
    assert {month for month, _ in moved} == {january}
    engine.close()
