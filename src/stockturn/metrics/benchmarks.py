"""Turnover that others report, and a comparison that refuses unlike bases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

import yaml

from stockturn.language import StockTurnError, Text

BandBasis = Literal["cost", "sales"]
Scope = Literal["all", "finished_goods"]
Standing = Literal["below", "within", "above"]

UNLIKE_BASIS = Text(
    "“{name}”按销售收入计，本表按成本计，口径不同，不作比较",
    '"{name}" is on sales and this figure on cost; unlike bases are not compared',
)
UNLIKE_SCOPE = Text(
    "“{name}”只含产成品，本表是全部库存，范围不同，不作比较",
    '"{name}" covers finished goods only and this figure all inventory; they are not compared',
)


class BenchmarkFileWrong(StockTurnError):
    """The table of benchmarks cannot be read."""

    code = "benchmark_file_wrong"
    status = 500


@dataclass(frozen=True)
class Band:
    """Turns a year that are usual somewhere.

    Attributes:
        key: Name in requests.
        name: The industry.
        low: Lowest usual turns a year.
        high: Highest usual turns a year.
        typical: A middle figure, where the source gives one.
        basis: What is over inventory: cost of goods sold, or revenue.
        scope: Which inventory.
        year: What the figures are of; None where the source does not say.
        verified: Whether a source was read; otherwise the band is hearsay and says so.
        source: Where it is from.
    """

    key: str
    name: Text
    low: Decimal
    high: Decimal
    typical: Decimal | None
    basis: BandBasis
    scope: Scope
    year: str | None
    verified: bool
    source: Text

    @property
    def label(self) -> Text:
        """Source, year, and a warning where nothing backs the band."""
        status = (
            Text("", "")
            if self.verified
            else Text("（无出处，仅供参考）", " (unsourced, a hint only)")
        )
        year = f"（{self.year}）" if self.year else ""
        year_en = f" ({self.year})" if self.year else ""
        return Text(f"{self.source.zh}{year}{status.zh}", f"{self.source.en}{year_en}{status.en}")


def load_bands(path: Path | None = None) -> dict[str, Band]:
    """The table that comes with the product, or another of the same form.

    Raises:
        BenchmarkFileWrong: It cannot be read, or a row of it is not complete.
    """
    place: Path | Traversable = path or files("stockturn") / "packs" / "benchmarks.yaml"
    try:
        rows = yaml.safe_load(place.read_text(encoding="utf-8"))["benchmarks"]
        bands = [_band(row) for row in rows]
    except (OSError, ArithmeticError, LookupError, TypeError, ValueError, yaml.YAMLError) as error:
        raise BenchmarkFileWrong(
            Text(
                "行业基准表 {name} 读不了：{error}。请按文件开头的说明改正。",
                "The benchmark table {name} cannot be read: {error}. "
                "Correct it as the head of the file explains.",
            ).fill(name=place.name, error=error)
        ) from error
    return {band.key: band for band in bands}


def refusal(band: Band, basis: BandBasis = "cost", scope: Scope = "all") -> Text | None:
    """Why a figure of this basis and scope must not be set beside the band; None if it may."""
    sentence = UNLIKE_BASIS if band.basis != basis else UNLIKE_SCOPE
    if band.basis == basis and band.scope == scope:
        return None
    return Text(sentence.read("zh", name=band.name.zh), sentence.read("en", name=band.name.en))


def standing(turnover: Decimal, band: Band) -> Standing:
    """Where annualised turns stand against a band of the same basis."""
    if turnover < band.low:
        return "below"
    return "above" if turnover > band.high else "within"


def _band(row: Mapping[str, Any]) -> Band:
    low, high = (Decimal(str(turns)) for turns in row["turns"])
    typical = row.get("typical")
    if row["basis"] not in {"cost", "sales"} or row["scope"] not in {"all", "finished_goods"}:
        raise ValueError(f"{row['key']}: basis {row['basis']}, scope {row['scope']}")
    if low > high or row["status"] not in {"verified", "unsourced"}:
        raise ValueError(f"{row['key']}: turns {row['turns']}, status {row['status']}")
    return Band(
        key=row["key"],
        name=Text(row["name"]["zh"], row["name"]["en"]),
        low=low,
        high=high,
        typical=None if typical is None else Decimal(str(typical)),
        basis=row["basis"],
        scope=row["scope"],
        year=None if row["year"] is None else str(row["year"]),
        verified=row["status"] == "verified",
        source=Text(row["source"]["zh"], row["source"]["en"]),
    )
