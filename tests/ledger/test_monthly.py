"""The month-end weighted average against a naive computation of each month."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given

from stockturn.ledger.costing import cost_frame
from tests.ledger.movement_cases import histories, plain, table
from tests.ledger.naive_replay import FOUND, part

Row = dict[str, Any]


class Naive:
    """Item after item, month after month."""

    def __init__(self, rows: list[Row], months: list[int]) -> None:
        self.rows = rows
        self.value, self.unc = [0] * len(rows), [0] * len(rows)
        self.pools: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0])
        self.revaluations: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
        self.cost: dict[int, int] = {}
        keys = sorted({(r["item"], m) for r, m in zip(rows, months, strict=True)})
        for item, month in keys:
            mine = [i for i, r in enumerate(rows) if (r["item"], months[i]) == (item, month)]
            self.month(item, mine)

    def month(self, item: int, mine: list[int]) -> None:
        waiting = []
        for i in mine:
            r = self.rows[i]
            delivery = r["q"] > 0 and r["kind"] not in FOUND and not r["group"]
            if r["v"] is not None:
                self.value[i] = r["v"]
            elif delivery and r["std"] is not None:
                self.value[i] = part(r["q"], r["std"], 10**6)
            elif delivery:
                self.unc[i] = r["q"]
            elif r["q"]:
                waiting.append(i)
        q, u, v = self.total(item, [i for i in mine if i not in waiting])
        price = self.prices(item, q, u, v)
        for i in waiting:
            self.unc[i], self.value[i] = price(self.rows[i]["q"])
        self.leave_nothing(item, mine, waiting)
        for i in mine:
            pool = self.pools[self.rows[i]["pool"]]
            for k, x in enumerate((self.rows[i]["q"], self.unc[i], self.value[i])):
                pool[k] += x
        self.respread(item, mine[-1], price)

    def total(self, item: int, rows: list[int]) -> tuple[int, int, int]:
        pools = [p for key, p in self.pools.items() if key[0] == item]
        return (
            sum(p[0] for p in pools) + sum(self.rows[i]["q"] for i in rows),
            sum(p[1] for p in pools) + sum(self.unc[i] for i in rows),
            sum(p[2] for p in pools) + sum(self.value[i] for i in rows),
        )

    def prices(self, item: int, q: int, u: int, v: int) -> Any:
        sound = q > 0 and 0 <= u <= q
        if sound and q > u and v >= 0:
            self.cost[item] = part(v, 10**6, q - u)
            return lambda n: (part(n, u, q), part(n - part(n, u, q), v, q - u))
        if item not in self.cost or (sound and u == q):
            return lambda n: (n, 0)
        return lambda n: (0, part(n, self.cost[item], 10**6))

    def leave_nothing(self, item: int, mine: list[int], waiting: list[int]) -> None:
        for k, column in ((1, self.unc), (2, self.value)):
            q, u, _ = total = self.total(item, mine)
            if total[k] and (q == 0 if k == 1 else q == u):
                if waiting:
                    column[waiting[-1]] -= total[k]
                else:
                    key = self.rows[mine[-1]]["pool"]
                    self.pools[key][k] -= total[k]
                    self.revaluations[mine[-1], key][k - 1] -= total[k]

    def respread(self, item: int, row: int, price: Any) -> None:
        pools = {key: p for key, p in self.pools.items() if key[0] == item and any(p)}
        if not pools:
            return
        wanted = {key: list(price(p[0])) for key, p in pools.items()}
        # Pools are numbered by first appearance; the later one wins a tie.
        biggest = max(enumerate(pools), key=lambda x: (abs(pools[x[1]][0]), x[0]))[1]
        for k in (0, 1):
            rest = sum(p[k + 1] for p in pools.values()) - sum(w[k] for w in wanted.values())
            wanted[biggest][k] += rest
        for key, p in pools.items():
            for k in (0, 1):
                self.revaluations[row, key][k] += wanted[key][k] - p[k + 1]
                p[k + 1] = wanted[key][k]


def spread_out(rows: list[Row]) -> list[Row]:
    """Put each day of the history into a month of its own, two days at a time."""
    first = dt.date(2024, 1, 31)
    days = [first, first + dt.timedelta(1), first + dt.timedelta(2), dt.date(2024, 3, 1)]
    return [{**r, "happened_on": days[r["happened_on"].day - 1], "return_of": None} for r in rows]


@given(rows=histories())
def test_equals_the_naive_months(rows: list[Row]) -> None:
    rows = spread_out(rows)
    result = cost_frame(table(rows), method="monthly_average")
    naive = Naive(plain(rows), [r["happened_on"].month for r in rows])
    found = result["values"].to_pylist()
    assert [scaled(v["quantity_uncosted"]) for v in found] == naive.unc
    assert [scaled(v["value"]) or 0 for v in found] == naive.value
    for pool in result["pools"].to_pylist():
        state = [scaled(pool[c]) for c in ("quantity", "quantity_uncosted", "value")]
        assert state == naive.pools[pool["item_id"], pool["location_id"], pool["status"]]
    assert {
        (v["corrects"] - 100, (v["item_id"], v["location_id"], v["status"])): [
            scaled(v["quantity_uncosted"]),
            scaled(v["value"]),
        ]
        for v in result["variances"].to_pylist()
    } == {key: sums for key, sums in naive.revaluations.items() if any(sums)}


def scaled(number: Decimal | None) -> int | None:
    return None if number is None else int(number.scaleb(4))


def test_all_issues_of_a_month_take_its_average_and_places_agree_at_its_end() -> None:
    told = [
        (1, "receipt", 1, 10, 100), (2, "sale_issue", 1, -4, None),
        (9, "receipt", 2, 10, 200), (20, "sale_issue", 2, -4, None),
    ]  # fmt: skip
    rows = [
        {
            "movement_id": i, "sequence": i, "happened_on": dt.date(2024, 5, day), "kind": kind,
            "item_id": 1, "location_id": place, "status": "available", "quantity": Decimal(q),
            "value": None if v is None else Decimal(v), "transit": False,
        }
        for i, (day, kind, place, q, v) in enumerate(told)
    ]  # fmt: skip
    result = cost_frame(table(rows), method="monthly_average")
    assert [v["value"] for v in result["values"].to_pylist()] == [100, -60, 200, -60]
    assert [p["value"] for p in result["pools"].to_pylist()] == [90, 90]
    assert sorted(v["value"] for v in result["variances"].to_pylist()) == [-50, 50]
    assert Fraction(result["pools"].to_pylist()[0]["unit_cost"]) == 15
