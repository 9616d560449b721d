"""A large ledger made in SQL: movements of a plausible shape, without going through intake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from stockturn.engines import DuckDBEngine
from stockturn.ledger import tables
from stockturn.settings import Settings

FIRST = date(2023, 1, 1)
DAYS = 1096


@dataclass(frozen=True)
class Size:
    """How large a ledger: items x locations over three years."""

    movements: int
    items: int
    locations: int

    @property
    def density(self) -> float:
        """Movements per item, location and day: what a daily snapshot pays for and we do not."""
        return self.movements / (self.items * self.locations * DAYS)


FULL = Size(20_000_000, 20_000, 10)
SMALL = Size(2_000_000, 2_000, 10)


def make(folder: Path, size: Size) -> DuckDBEngine:
    """Make a warehouse of ``size`` with movements of one load, in order of day."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "warehouse.duckdb"
    engine = DuckDBEngine.open(path, staging=folder / "staging")
    tables.ensure(engine)
    engine.close()
    connection = duckdb.connect(str(path), config={"memory_limit": "2GB"})
    connection.execute(
        "INSERT INTO load BY NAME SELECT 1 AS load_no, TIMESTAMP '2026-01-02' AS committed_at, "
        "'bench' AS load_id, '' AS feed, '' AS actor, 'bench' AS mapping, '1' AS mapping_version, "
        "?::BIGINT AS rows_in, ?::BIGINT AS rows_loaded, 0 AS rows_rejected, 0 AS rows_ignored, "
        "MAP {} AS ignored_by_reason, DATE '2023-01-01' AS first_day, "
        "DATE '2025-12-31' AS last_day",
        [size.movements, size.movements],
    )
    connection.execute(
        "INSERT INTO item BY NAME SELECT (i + 1)::INT AS item_id, 'I' || i AS item, "
        "'C' || (i % 20) AS category, 'S' || (i % 200) AS subcategory, "
        "'merchandise' AS kind, '件' AS unit, true AS listed, 1 AS load_no FROM range(?) r(i)",
        [size.items],
    )
    connection.execute(
        "INSERT INTO location BY NAME SELECT (i + 1)::INT AS location_id, 'L' || i AS location, "
        "'R' || (i % 3) AS region, true AS listed, 1 AS load_no FROM range(?) r(i)",
        [size.locations],
    )
    connection.execute(MOVEMENTS, [size.items, size.locations, size.movements])
    connection.execute("CHECKPOINT")
    connection.close()
    memory = f"{Settings().engine_memory_mb}MB"
    return DuckDBEngine.open(path, staging=folder / "staging", memory_limit=memory)


# Every item and location opens with stock; then one movement in four is a receipt of about four
# issues. Balances stay positive, as a firm's do but for a handful.
MOVEMENTS = f"""
INSERT INTO movement BY NAME
WITH size AS (SELECT ?::INT AS items, ?::INT AS locations, ?::BIGINT AS movements),
raw AS (
    SELECT i, items * locations AS pairs, i < items * locations AS opens,
           CASE WHEN i < items * locations THEN DATE '{FIRST}'
                ELSE DATE '{FIRST}' + (i * {DAYS} // movements)::INT END AS happened_on,
           CASE WHEN i < items * locations THEN i % items
                ELSE (hash(i) % items)::INT END + 1 AS item_id,
           CASE WHEN i < items * locations THEN i // items
                ELSE (hash(i * 7 + 1) % locations)::INT END + 1 AS location_id,
           hash(i * 3 + 2) % 4 = 0 AS receives, (hash(i * 5 + 3) % 400)::INT + 1 AS size
    FROM size, range((SELECT movements FROM size)) r(i)
), moved AS (
    SELECT *, CASE WHEN opens THEN 3000.0 WHEN receives THEN size * 4 / 10.0
              ELSE -size / 10.0 END AS quantity
    FROM raw
)
SELECT i + 1 AS movement_id, 1 AS load_no, 'stated' AS origin, happened_on, i AS sequence,
       0 AS place, i AS digest,
       CASE WHEN opens THEN 'opening' WHEN receives THEN 'receipt' ELSE 'sale_issue' END AS kind,
       item_id::INT AS item_id, location_id::INT AS location_id, 'available' AS status,
       quantity::DECIMAL(18, 4) AS quantity, 0 AS quantity_uncosted,
       (quantity * (10 + item_id % 90))::DECIMAL(18, 4) AS value,
       'stated' AS cost_source, false AS intercompany
FROM moved
"""
