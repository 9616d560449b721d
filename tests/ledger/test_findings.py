"""What a load points out: goods long on their way, and signs against their kind."""

from __future__ import annotations

from tests.books import new_engine, post


def test_a_transfer_without_its_second_leg_is_pointed_out_after_thirty_days(tmp_path):
    engine = new_engine(tmp_path)
    early = post(engine, movement="""
        happened_on kind         item location quantity value transfer
        2026-01-01  receipt      a    plant    10       50    -
        2026-01-05  transfer_out a    plant    -8       -40   T1
        2026-02-04  receipt      a    plant    1        5     -
    """)  # fmt: skip
    assert not [text for text in early.warnings if "在途超过" in text.zh]
    late = post(engine, movement="""
        happened_on kind    item location quantity value
        2026-02-05  receipt a    plant    1        5
    """)  # fmt: skip
    assert [text.en[:20] for text in late.warnings if "在途超过" in text.zh] == [
        "Goods of 1 transfers"
    ]
    arrived = post(engine, movement="""
        happened_on kind        item location quantity value transfer
        2026-02-06  transfer_in a    shop     8        40    T1
    """)  # fmt: skip
    assert not [text for text in arrived.warnings if "在途超过" in text.zh]
    engine.close()


def test_a_sign_against_its_kind_is_counted_and_booked(tmp_path):
    engine = new_engine(tmp_path)
    posted = post(engine, movement="""
        happened_on kind            item location quantity value
        2026-01-01  receipt         a    plant    10       50
        2026-01-02  receipt         a    plant    -1       -5
        2026-01-03  sale_issue      a    plant    2        10
        2026-01-03  supplier_return a    plant    -1       -5
    """)  # fmt: skip
    assert [text.zh for text in posted.warnings if "相反" in text.zh] == [
        "2 笔流水的正负号与业务类型相反（红字或冲销），已如实入账，请核对。"
    ]
    engine.close()
