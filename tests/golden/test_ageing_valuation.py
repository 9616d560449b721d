"""The readers of the ageing and valuation cases: what they understand, and what they refuse."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from stockturn.cli.known_answers import ageing, valuation
from stockturn.cli.known_answers.case import UnsupportedCase
from stockturn.cli.known_answers.moves import read_move

N = "number"


def value(method: str, *moves: str, key: str = "value", **inputs: Any) -> Any:
    return valuation.solve({"method": method, "moves": list(moves), **inputs}, {key: N})[key]


@pytest.mark.parametrize(
    "sentence",
    [
        "in ten @10",
        "in 10 at cost",
        "out 5 quickly",
        "out 10 (later lost)",
        "borrow 3",
        "in -5 @10",
        "transfer 5 to B",
        "return 1 of the best receipt",
        "dropship 1 @10 (later corrected to 2)",
    ],
)
def test_an_unknown_word_is_never_guessed(sentence: str) -> None:
    with pytest.raises(UnsupportedCase):
        read_move(sentence)


def test_fifo_goes_on_in_layers() -> None:
    assert value("fifo", "in 10 @10", "in 10 @20", "out 12", "out 3", key="issue_values") == [
        140,
        60,
    ]


def test_a_transfer_takes_its_cost_along() -> None:
    moves = ("in 10 @10 to A", "in 10 @20 to A", "transfer 5 from A to B", "out 2 from B")
    assert value("fifo", *moves, key="value_by_location") == {"A": 250, "B": 30}
    assert value("average", *moves, key="value_by_location") == {"A": 225, "B": 45}


def test_a_correction_in_the_past_is_replayed_or_booked_when_made() -> None:
    moves = ["in 20 @10 (later corrected to 40)", "out 10", "in 20 @15", "out 35"]
    inputs = {"method": "fifo", "moves": moves}
    told = valuation.solve(inputs, {"value_replayed": N, "value_booked_when_made": N})
    # Replayed: 40 at 10 come first, 45 leave, 15 at 15 stay. Booked: the 20 more come last.
    assert told == {"value_replayed": 225, "value_booked_when_made": 150}


def test_a_new_standard_price_revalues_what_is_there() -> None:
    moves = ("in 10", "set standard price 12.5", "out 4", "in 2")
    assert value("standard", *moves, standard_price=10) == 100


def test_an_average_price_set_by_hand_revalues_too() -> None:
    assert value("average", "in 10 @10", "set standard price 15", "out 4") == 90


def test_a_receipt_without_any_cost_is_not_valued() -> None:
    with pytest.raises(UnsupportedCase):
        value("average", "in 10", "in 10 @10")


def test_an_unknown_method_or_figure_is_refused() -> None:
    with pytest.raises(UnsupportedCase):
        value("lifo", "in 10 @10")
    with pytest.raises(UnsupportedCase):
        value("fifo", "in 10 @10", key="smell")
    with pytest.raises(UnsupportedCase):
        value("fifo", "in 10 @10", mood="good")


def layers(*ledger: Any, key: str = "layers_qty", shape: Any = (N,), **inputs: Any) -> Any:
    return ageing.solve({"ledger": list(ledger), **inputs}, {key: list(shape)})[key]


def row(date: str, **columns: Any) -> dict[str, Any]:
    return {"date": f"2021-12-{date}", **columns}


def test_a_count_is_a_difference_and_keeps_the_age_of_what_was_there() -> None:
    got = layers(
        row("01", qty=10), row("05", count_to=8), row("07", count_to=11),
        key="layers", shape=[[N, "text"]],
    )  # fmt: skip
    assert [(q, str(d)) for q, d in got] == [(8, "2021-12-01"), (3, "2021-12-07")]


def test_a_transfer_between_places_keeps_the_age() -> None:
    got = layers(
        row("01", qty=10, wh="A"), row("09", qty=4, **{"from": "A", "to": "B"}),
        key="layers", shape=[["text", N, "text"]],
    )  # fmt: skip
    assert [(w, q, str(d)) for w, q, d in got] == [("A", 6, "2021-12-01"), ("B", 4, "2021-12-01")]


def test_buckets_add_up_in_decimals() -> None:
    got = ageing.solve(
        {
            "as_of": "2022-03-31",
            "ledger": [row("01", qty=0.1, value=0.3), row("02", qty=0.2, value=0.1)],
        },
        {"bucket_qty": [N] * 4, "bucket_values": [N] * 4, "total_value": N},
    )
    assert got["bucket_qty"] == [0, 0, 0, Decimal("0.3")]
    assert sum(got["bucket_values"]) == got["total_value"] == Decimal("0.4")


@pytest.mark.parametrize(
    "ledger",
    [
        [row("01", qty=10, colour="red")],
        [row("01", qty=10, balance=11)],
        [row("01")],
        [["2021-12-01", "B", 5, "by hand", "voucher 1"]],
        [],
    ],
)
def test_a_ledger_that_is_not_understood_is_refused(ledger: list[Any]) -> None:
    with pytest.raises(UnsupportedCase):
        ageing.solve({"ledger": ledger}, {"total_qty": N})
