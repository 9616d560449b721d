"""One small company for all tests of this room, read back from its files alone."""

import csv
import json
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stockturn.demo import GeneratedCompany, generate


@dataclass(frozen=True)
class Written:
    """The files of one company: movements in file order, lists as rows, truths."""

    company: GeneratedCompany
    movements: list[dict]
    truths: dict

    def rows(self, name: str) -> list[dict[str, str]]:
        path = next(path for path in self.company.files if path.name == f"{name}.csv")
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    @property
    def last_day(self) -> date:
        return date.fromisoformat(self.truths["span"]["last_day"])

    def last_issue(self) -> dict[str, date]:
        """Last sale or production issue by item."""
        last: dict[str, date] = {}
        for row in self.movements:
            if row["业务类型"] in {"销售出库", "生产领料"}:
                last[row["物料编码"]] = max(row["日期"], last.get(row["物料编码"], row["日期"]))
        return last

    def on_hand(self) -> dict[str, int]:
        """Stock at the end by item."""
        held: dict[str, int] = {}
        for row in self.movements:
            held[row["物料编码"]] = held.get(row["物料编码"], 0) + row["数量"]
        return held


def read(company: GeneratedCompany) -> Written:
    tables = [pq.read_table(path) for path in company.files if path.suffix == ".parquet"]
    rows = pa.concat_tables(tables).to_pylist()
    return Written(company, rows, json.loads(company.truths.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def small(tmp_path_factory) -> Written:
    """60 items over 6 months that hold a Spring Festival."""
    target = tmp_path_factory.mktemp("small")
    return read(generate(target, items=60, months=6, end=date(2025, 3, 31)))


@pytest.fixture(scope="session")
def long(tmp_path_factory) -> Written:
    """150 items over the full 36 months, where every truth has room to happen."""
    return read(generate(tmp_path_factory.mktemp("long"), items=150, months=36))


def days_between(begin: str, end: str | None, last: date) -> list[date]:
    """Days of a half-open span, to the end of history where it is open."""
    first = date.fromisoformat(begin)
    stop = date.fromisoformat(end) if end else last + timedelta(days=1)
    return [first + timedelta(days=k) for k in range((stop - first).days)]
