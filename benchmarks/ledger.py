"""The ledger's promises: building moments, growing them, costing, memory."""

from __future__ import annotations

import statistics
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.books import DAYS, FIRST, Size, make
from benchmarks.timing import Line, ratio, seconds
from stockturn.engines import DuckDBEngine
from stockturn.ledger import moments, posting
from stockturn.ledger.batch import Batch, BatchFile
from stockturn.ledger.schema import ENTRIES
from stockturn.ledger.tables import month_of, table

LEARNED = ibis.date("2026-01-01")


def build_moments(engine: DuckDBEngine) -> None:
    with engine.transaction() as transaction:
        transaction.clear("stock_moment")
        transaction.insert("stock_moment", moments.moment_rows(table("movement"), LEARNED))


def build_plain(engine: DuckDBEngine) -> None:
    """A group-by on the same key that sums quantity and value, written to the same file."""
    rows = table("movement").mutate(month=lambda t: month_of(t.happened_on), learned_month=LEARNED)
    keys = ["item_id", "location_id", "status", "month", "learned_month"]
    zero = ibis.literal(0).cast("decimal(18, 4)")
    sums = rows.group_by(keys).aggregate(
        quantity_0=rows.quantity.sum().cast("decimal(18, 4)"),
        value_0=rows.value.sum().cast("decimal(18, 4)"),
    )
    # The same table receives both, so both write as many rows.
    sums = sums.mutate(quantity_1=zero, value_1=zero, uncosted_0=zero)
    with engine.transaction() as transaction:
        transaction.clear("stock_moment")
        transaction.insert("stock_moment", sums)


def moments_against_plain(engine: DuckDBEngine) -> list[Line]:
    found, own, base = ratio(lambda: build_moments(engine), lambda: build_plain(engine))
    return [Line("moments / plain group-by, both written", found, "x", 2.0,
                 note=f"{own:.2f} s / {base:.2f} s")]  # fmt: skip


SNAPSHOT = f"""
CREATE OR REPLACE TABLE snapshot AS
WITH moved AS (
    SELECT item_id, location_id, happened_on AS day, sum(quantity) quantity, sum(value) AS value
    FROM movement GROUP BY ALL
), grid AS (
    SELECT item_id, location_id, DATE '2023-01-01' + d::INT AS day
    FROM (SELECT DISTINCT item_id, location_id FROM movement), range({DAYS}) r(d)
)
SELECT item_id, location_id, day,
       sum(coalesce(quantity, 0)) OVER w AS quantity, sum(coalesce(value, 0)) OVER w AS value
FROM grid LEFT JOIN moved USING (item_id, location_id, day)
WINDOW w AS (PARTITION BY item_id, location_id ORDER BY day)
"""
SNAPSHOT_AVERAGE = """
SELECT item_id, location_id, date_trunc('month', day), avg(quantity), avg(value)
FROM snapshot GROUP BY ALL
"""


def pandas_snapshot(rows: pd.DataFrame) -> pd.DataFrame:
    """The same daily snapshot in pandas: every item, location and day a row, then averages."""
    keys = ["item_id", "location_id", "day"]
    moved = rows.groupby(keys)[["quantity", "value"]].sum()
    pairs = moved.index.droplevel("day").unique()
    days = np.arange(DAYS)
    grid = pd.MultiIndex.from_arrays(
        [
            np.repeat(pairs.get_level_values(0), DAYS),
            np.repeat(pairs.get_level_values(1), DAYS),
            np.tile(days, len(pairs)),
        ],
        names=keys,
    )
    snapshot = moved.reindex(grid, fill_value=0.0).groupby(level=[0, 1]).cumsum().reset_index()
    first = pd.Timestamp("2023-01-01")
    months = (first + pd.to_timedelta(days, "D")).to_period("M").astype(str).to_numpy()
    snapshot["month"] = months[snapshot["day"].to_numpy()]
    return snapshot.groupby(["item_id", "location_id", "month"])[["quantity", "value"]].mean()


def pandas_daily(rows: pd.DataFrame) -> pd.DataFrame:
    """A faster way for one column: pivot to a wide table of days, accumulate, average by month."""
    daily = rows.groupby(["item_id", "location_id", "day"], sort=False)["value"].sum()
    wide = daily.unstack("day", fill_value=0.0).reindex(columns=range(DAYS), fill_value=0.0)
    stock = wide.cumsum(axis=1)
    months = (pd.Timestamp("2023-01-01") + pd.to_timedelta(np.arange(DAYS), "D")).to_period("M")
    return stock.T.groupby(months).mean().T


def against_snapshots(folder: Path, size: Size) -> list[Line]:
    """Daily snapshots in SQL and in pandas, against moments, on the same movements."""
    engine = make(folder, size)
    own = seconds(lambda: build_moments(engine))
    engine.close()
    connection = duckdb.connect(str(folder / "warehouse.duckdb"))
    start = time.perf_counter()
    connection.execute(SNAPSHOT)
    connection.execute(SNAPSHOT_AVERAGE).fetchall()
    snapshot = time.perf_counter() - start
    rows = connection.execute(
        "SELECT item_id, location_id, (happened_on - DATE '2023-01-01')::INT AS day, "
        "quantity::DOUBLE AS quantity, value::DOUBLE AS value FROM movement"
    ).df()
    start = time.perf_counter()
    pandas_snapshot(rows)
    middle = time.perf_counter()
    pandas_daily(rows)
    pandas, wide = middle - start, time.perf_counter() - middle
    connection.close()
    density = f"{size.movements:,} movements, density {size.density:.1%}"
    return [
        Line("daily snapshots in SQL / moments", snapshot / own, "x", 15.0, at_least=True,
             note=f"{snapshot:.1f} s / {own:.2f} s; {density}"),
        Line("daily snapshots in pandas / moments", pandas / own, "x", 20.0, at_least=True,
             note=f"{pandas:.1f} s / {own:.2f} s; the same snapshot, in floats"),
        Line("wide table of days in pandas, value only / moments", wide / own, "x",
             note=f"{wide:.1f} s / {own:.2f} s"),
    ]  # fmt: skip


def costing(engine: DuckDBEngine) -> tuple[Line, float]:
    """Moving average over all movements, against fetching its rows in order; in ten parts.

    Also returns the seconds of both together: what costing adds to a full build.
    """
    from stockturn.ledger.costing import cost_frame

    rows = table("movement")
    selected = rows.select(
        "movement_id", "happened_on", "sequence", "kind", "item_id", "location_id", "status",
        "lot_id", "quantity", "transfer",
        value=ibis.ifelse(rows.quantity > 0, rows.value, ibis.null("decimal(18, 4)")),
        standard_cost=ibis.null("decimal(18, 6)"),
        transit=ibis.literal(False),
    )  # fmt: skip
    fetch = own = 0.0
    for part in range(10):
        some = selected.filter(selected.item_id % 10 == part)
        start = time.perf_counter()
        fetched = engine.query(some.order_by("item_id", "happened_on", "sequence"))
        middle = time.perf_counter()
        cost_frame(fetched, method="moving_average")
        fetch += middle - start
        own += time.perf_counter() - middle
    name = "moving-average costing / fetching its rows in order"
    line = Line(name, own / fetch, "x", 2.0, note=f"{own:.1f} s / {fetch:.1f} s")
    return line, own + fetch


def growth(engine: DuckDBEngine, size: Size, full: float) -> list[Line]:
    """A day of new movements (0.1 %) at the end, and as many back-dated ones, as whole loads.

    The median of five days: single loads of one size differ by a third.
    """
    count = size.movements // 1000
    lines = []
    # The first load of a process compiles its statements; a day's load meets a server that runs.
    posting.post(engine, _batch(engine, count, size, date(2026, 1, 1)))
    for name, days in (
        ("at the end of time", [date(2026, 1, day) for day in (2, 3, 4, 5, 6)]),
        ("back-dated a year", [date(2025, 1, 1)]),
    ):
        times = []
        for day in days:
            batch = _batch(engine, count, size, day)
            start = time.perf_counter()
            posting.post(engine, batch)
            times.append(time.perf_counter() - start)
        spent = statistics.median(times)
        bound = 3.0 if "end" in name else None
        lines.append(Line(f"load of 0.1 % {name} / full build", 100 * spent / full, "%", bound,
                          note=f"{spent:.2f} s / {full:.1f} s"))  # fmt: skip
    return lines


def full_build(engine: DuckDBEngine) -> float:
    """Time what a load of everything does after costing: moments and flows, layers."""
    from stockturn.ledger import ageing

    start = time.perf_counter()
    with engine.transaction() as transaction:
        transaction.values.update(load_no=1, first_day=FIRST, learned_month=date(2026, 1, 1))
        transaction.clear("stock_moment")
        transaction.clear("flow_month")
        moments.grow(transaction)
        ageing.refresh(transaction)
    return time.perf_counter() - start


def _batch(engine: DuckDBEngine, count: int, size: Size, day: date) -> Batch:
    # Each day its own draw: the same one again and again drains the same pools below zero.
    random = np.random.default_rng(day.toordinal())
    quantity = random.integers(-400, 1200, count)
    rows = pa.table(
        {
            "happened_on": pa.array([day] * count),
            "kind": np.where(quantity > 0, "receipt", "sale_issue"),
            "item": [f"I{n}" for n in random.integers(0, size.items, count)],
            "location": [f"L{n}" for n in random.integers(0, size.locations, count)],
            "quantity": pa.array([Decimal(int(n)) for n in quantity], pa.decimal128(18, 4)),
            "unit_cost": pa.array(
                [Decimal(20) if n > 0 else None for n in quantity], pa.decimal128(18, 6)
            ),
            "file_no": pa.array([0] * count, pa.int32()),
            "row_no": pa.array(range(count), pa.int64()),
        }
    )
    path = engine.staging / f"new-{day}.parquet"
    pq.write_table(
        rows.select([c for c in ENTRIES["movement"].names if c in rows.column_names]), path
    )
    file = BatchFile(0, path.name, "0" * 64, path.stat().st_size, count, count, 0, 0)
    return Batch("bench", "1", "moving_average", (file,), {}, {"movement": (path,)})
