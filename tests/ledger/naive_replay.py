"""An independent replay in plain Python: one movement after another, lists and fractions.

Slow and simple on purpose; it is what the fast passes are compared with.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

FOUND = {
    "sale_issue", "customer_return", "production_issue", "production_return", "supplier_return",
    "adjustment", "count", "scrap", "unexplained",
}  # fmt: skip


def part(whole: int, of: int, total: int) -> int:
    return round(Fraction(whole * of, total)) if total else 0


@dataclass
class Layer:
    received: int
    arrived: int
    lot: int
    source: int
    q: int
    u: int
    v: int

    def cut(self, q: int) -> Layer:
        u = part(q, self.u, self.q)
        v = part(q - u, self.v, self.q - self.u)
        self.q, self.u, self.v = self.q - q, self.u - u, self.v - v
        return Layer(self.received, self.arrived, self.lot, self.source, q, u, v)


@dataclass
class Pool:
    layers: list[Layer] = field(default_factory=list)
    holes: list[dict[str, int]] = field(default_factory=list)
    cost: int = -1
    newest: int = -1

    @property
    def q(self) -> int:
        return sum(layer.q for layer in self.layers) - sum(h["n"] - h["done"] for h in self.holes)

    @property
    def u(self) -> int:
        return sum(layer.u for layer in self.layers) + sum(
            h["u"] - part(h["u"], h["done"], h["n"]) for h in self.holes
        )

    @property
    def v(self) -> int:
        return sum(layer.v for layer in self.layers) + sum(
            h["v"] - part(h["v"], h["done"], h["n"]) for h in self.holes
        )


class Naive:
    """``rows``: dicts with item, pool, group (or None), day, kind, q, v (or None), std (or None),
    return_of (or None), lot (or None). ``method``: moving_average, standard or fifo."""

    def __init__(self, method: str, *, actual: bool = False) -> None:
        self.method, self.actual = method, actual
        self.pools: dict[Any, Pool] = {}
        self.value: list[int] = []
        self.unc: list[int] = []
        self.source: list[str] = []
        self.left_at: dict[int, tuple[int, int]] = {}
        self.variance: dict[tuple[int, Any], list[int]] = {}

    def run(self, rows: list[dict[str, Any]]) -> Naive:
        self.rows = rows
        for i, row in enumerate(rows):
            self.value.append(0)
            self.unc.append(0)
            self.source.append("computed")
            if self.method == "standard" and row["std"] is not None:
                self.reprice(i, row)
            if row["q"] < 0:
                self.issue(i, row)
            elif row["q"] > 0:
                self.receive(i, row)
            elif row["v"] is not None:
                self.revalue(i, row)
        for i, row in enumerate(rows):
            if row["q"] and self.unc[i] == row["q"] and self.source[i] != "stated":
                self.source[i] = "missing"
        return self

    def pool(self, key: Any) -> Pool:
        return self.pools.setdefault(key, Pool())

    def vary(self, i: int, key: Any, v: int, u: int = 0) -> None:
        sums = self.variance.setdefault((i, key), [0, 0])
        sums[0] += v
        sums[1] += u

    def last_cost(self, pool: Pool) -> int:
        if self.method == "fifo":
            return pool.newest if pool.layers else -1
        q, v = sum(x.q - x.u for x in pool.layers), sum(x.v for x in pool.layers)
        return part(v, 10**6, q) if q > 0 and v >= 0 else -1

    def learn(self, pool: Pool, cost: int) -> None:
        if cost >= 0 and not (self.method == "standard" and pool.cost >= 0):
            pool.cost = cost

    def reprice(self, i: int, row: dict[str, Any]) -> None:
        pool = self.pool(row["pool"])
        if pool.cost == row["std"]:
            return
        pool.cost = row["std"]
        q, v = sum(x.q - x.u for x in pool.layers), sum(x.v for x in pool.layers)
        change = part(q, row["std"], 10**6) - v
        if pool.layers:
            pool.layers[0].v += change
        if row["q"] == 0 and row["v"] is None:
            self.value[i], self.source[i] = change, "standard"
        elif change:
            self.vary(i, row["pool"], change)

    def take(self, pool: Pool, q: int, row: dict[str, Any]) -> list[Layer]:
        taken: list[Layer] = []
        wanted = [lambda _: True]
        if self.method == "fifo" and row["lot"] is not None:
            wanted.insert(0, lambda x: x.lot == row["lot"])
        back = row["return_of"] is not None and self.rows[row["return_of"]]["q"] > 0 > row["q"]
        if self.method == "fifo" and self.actual and back:
            wanted = [lambda x: x.source == row["return_of"], *wanted]
        for fits in wanted:
            for layer in list(pool.layers):
                if q and fits(layer):
                    taken.append(layer.cut(min(q, layer.q)))
                    q -= taken[-1].q
                    if not layer.q:
                        assert layer.v == 0
                        pool.layers.remove(layer)
        assert q == 0
        return taken

    def put(self, pool: Pool, goods: list[Layer]) -> None:
        if self.method == "fifo":
            pool.layers += [x for x in goods if x.q]
            for x in goods:
                if x.q > x.u and x.v >= 0:
                    pool.newest = part(x.v, 10**6, x.q - x.u)
        elif any(x.q for x in goods):
            one = pool.layers[0] if pool.layers else Layer(0, 0, -1, -1, 0, 0, 0)
            pool.layers = [one]
            for x in goods:
                one.q, one.u, one.v = one.q + x.q, one.u + x.u, one.v + x.v

    def issue(self, i: int, row: dict[str, Any]) -> None:
        pool, a = self.pool(row["pool"]), -row["q"]
        held = min(a, max(pool.q, 0))
        goods = self.take(pool, held, row) if held else []
        n = a - held
        if n:
            u, v = (0, part(n, pool.cost, 10**6)) if pool.cost >= 0 else (n, 0)
            fixed = row["v"] is not None or row["group"] is not None
            fixed |= self.method == "standard" and pool.cost >= 0
            pool.holes.append({"row": i, "n": n, "done": 0, "u": -u, "v": -v, "fixed": fixed})
            goods.append(
                Layer(row["day"], row["day"], -1 if row["lot"] is None else row["lot"], i, n, u, v)
            )
        self.unc[i], self.value[i] = -sum(x.u for x in goods), -sum(x.v for x in goods)
        if self.method == "standard" and row["std"] is not None:
            self.source[i] = "standard"
        if row["v"] is not None:
            self.source[i] = "stated"
            difference = row["v"] - self.value[i]
            self.value[i] = row["v"]
            if self.method == "moving_average" and sum(x.q - x.u for x in pool.layers) > 0:
                pool.layers[0].v += difference
                self.learn(pool, self.last_cost(pool))
            elif difference:
                self.vary(i, row["pool"], -difference)
        self.left_at[i] = (self.unc[i], self.value[i])
        if row["group"] is not None:
            if row["v"] is not None:
                self.restate(goods, -row["v"])
            self.put(self.pool(row["group"]), goods)

    def restate(self, goods: list[Layer], v: int) -> None:
        total, done = sum(x.q for x in goods), 0
        for x in goods:
            x.u, x.v = 0, part(v, done + x.q, total) - part(v, done, total)
            done += x.q

    def price(self, i: int, row: dict[str, Any], pool: Pool, q: int) -> tuple[int, int]:
        std, origin = row["std"], row["return_of"]
        if self.method == "standard" and std is not None:
            self.source[i] = "standard"
            return 0, part(q, std, 10**6)
        if origin is not None and self.rows[origin]["q"] < 0:
            whole = -self.rows[origin]["q"]
            u, v = self.left_at[origin]
            unknown = 0 if self.source[origin] == "stated" else -u
            return part(q, unknown, whole), part(q, -v, whole)
        if row["kind"] in FOUND and pool.cost >= 0:
            return 0, part(q, pool.cost, 10**6)
        if std is not None:
            self.source[i] = "standard"
            return 0, part(q, std, 10**6)
        return q, 0

    def receive(self, i: int, row: dict[str, Any]) -> None:  # noqa: C901, PLR0912 - told in one go
        pool, q = self.pool(row["pool"]), row["q"]
        goods: list[Layer] = []
        if row["group"] is not None:
            group = self.pool(row["group"])
            found = min(q, group.q)
            goods = self.take(group, found, row) if found else []
            if row["lot"] is not None:
                for x in goods:
                    x.lot = row["lot"]
        rest = q - sum(x.q for x in goods)
        if rest:
            u, v = (0, 0) if row["v"] is not None else self.price(i, row, pool, rest)
            lot = -1 if row["lot"] is None else row["lot"]
            goods.append(Layer(row["day"], row["day"], lot, i, rest, u, v))
        for x in goods:
            x.arrived = row["day"]
        self.value[i] = sum(x.v for x in goods)
        if row["v"] is not None:
            self.value[i], self.source[i] = row["v"], "stated"
            inside = row["v"]
            if self.method == "standard" and row["std"] is not None:
                inside = part(q, row["std"], 10**6)
                if inside != row["v"]:
                    self.vary(i, row["pool"], inside - row["v"])
            self.restate(goods, inside)
        self.unc[i] = sum(x.u for x in goods)
        if self.method != "fifo" and len(goods) > 1:
            one = goods[0]
            for x in goods[1:]:
                one.q, one.u, one.v = one.q + x.q, one.u + x.u, one.v + x.v
            goods = [one]
        fill = min(q, max(-pool.q, 0))
        if fill and q <= -pool.q:
            cq, cv = sum(x.q - x.u for x in goods), sum(x.v for x in goods)
            if cq > 0 and cv >= 0:
                self.learn(pool, part(cv, 10**6, cq))
        su = sv = 0
        need = fill
        while need:
            cut = goods[0].cut(min(need, goods[0].q))
            need, su, sv = need - cut.q, su + cut.u, sv + cut.v
            if not goods[0].q:
                goods.pop(0)
        self.settle(i, row["pool"], pool, fill, su, sv)
        self.put(pool, goods)
        self.learn(pool, self.last_cost(pool))

    def settle(self, i: int, key: Any, pool: Pool, fill: int, su: int, sv: int) -> None:
        x = 0
        while x < fill:
            h = pool.holes[0]
            n = min(fill - x, h["n"] - h["done"])
            du = -(part(su, x + n, fill) - part(su, x, fill))
            dv = -(part(sv, x + n, fill) - part(sv, x, fill))
            du -= part(h["u"], h["done"] + n, h["n"]) - part(h["u"], h["done"], h["n"])
            dv -= part(h["v"], h["done"] + n, h["n"]) - part(h["v"], h["done"], h["n"])
            if h["fixed"]:
                self.vary(i, key, dv, du)
            else:
                self.value[h["row"]] += dv
                self.unc[h["row"]] += du
            h["done"] += n
            x += n
            if h["done"] == h["n"]:
                pool.holes.pop(0)

    def revalue(self, i: int, row: dict[str, Any]) -> None:
        pool = self.pool(row["pool"])
        self.value[i], self.source[i] = row["v"], "stated"
        costed = sum(x.q - x.u for x in pool.layers)
        if costed <= 0:
            if row["v"]:
                self.vary(i, row["pool"], -row["v"])
            return
        done = 0
        for x in pool.layers:
            n = x.q - x.u
            x.v += part(row["v"], done + n, costed) - part(row["v"], done, costed)
            done += n
        self.learn(pool, self.last_cost(pool))
