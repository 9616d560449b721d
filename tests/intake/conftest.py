"""A small mapping, and a way to stage one file and look at what became of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from stockturn.intake.entry_shapes import entry_shapes
from stockturn.intake.load import clean
from stockturn.intake.mapping_yaml import read_mapping
from stockturn.intake.problems import FileHeld
from stockturn.intake.report import Staged
from stockturn.intake.stage import Job, stage_file
from stockturn.ledger.tables import ensure
from stockturn.workspace import Workspace

TODAY = dt.date(2026, 6, 30)

SMALL = """
name: small
version: "1"
title: {zh: 小, en: small}
description: {zh: 测试, en: for tests}
costing: moving_average
files:
  - match: ["流水*", "flow*"]
    ignore:
      - {reason: total_row, column: 日期, in: [合计]}
    table: movement
    columns:
      happened_on: 日期
      kind:
        from: 业务类型
        map: {采购入库: receipt, 销售出库: sale_issue, 盘亏: -count}
      item: [物料编码, 存货编码]
      location: 仓库
      quantity: 数量
      unit_cost: 单价
"""
HEADER = "日期,业务类型,物料编码,仓库,数量,单价"
ROWS = ("2024-01-05,采购入库,0001,A,10,1.5", "2024-01-06,销售出库,0002,A,-3,")


@pytest.fixture
def workspace(tmp_path):
    """Return an opened workspace with its tables."""
    root = Workspace.create(tmp_path / "company")
    with Workspace.open(root, environ={}) as opened:
        ensure(opened.engine)
        clean(opened)
        yield opened


@dataclass
class Result:
    """A staged file and its entry tables as lists of rows."""

    staged: Staged

    def __getitem__(self, table):
        path = self.staged.tables.get(table)
        return [] if path is None else pq.read_table(path).to_pylist()

    @property
    def rejects(self):
        return [(r["row_no"], r["code"], r["column"], r["value"]) for r in self["reject"]]


@pytest.fixture
def stage(tmp_path):
    """Return a function that writes a file, stages it and reads the entries back."""

    def run(content, name="流水.csv", mapping=SMALL, lookups=None, today=TODAY):
        if isinstance(content, str):
            content = content.encode()
        path = content if isinstance(content, Path) else tmp_path / "kept"
        if not isinstance(content, Path):
            path.write_bytes(content)
        out = tmp_path / "out"
        out.mkdir(exist_ok=True)
        mapping = read_mapping(mapping) if isinstance(mapping, str) else mapping
        job = Job(0, path, name, mapping, entry_shapes(mapping), lookups or {}, out, today)
        staged = stage_file(job)
        counted = staged.rows_loaded + staged.rejected.total() + staged.ignored.total()
        assert staged.rows_in == counted
        return Result(staged)

    return run


@pytest.fixture
def held(stage):
    """Return a function that stages a file and returns why it was held."""

    def run(content, *args, **options):
        with pytest.raises(FileHeld) as caught:
            stage(content, *args, **options)
        failure = caught.value
        assert failure.exit_code == 3
        assert failure.file in failure.message.zh
        assert failure.file in failure.message.en
        for sentence in failure.message:
            assert "{" not in sentence
            assert "!" not in sentence
            assert "！" not in sentence
        return failure

    return run


def text(*rows, header=HEADER, end="\n"):
    """Return a small CSV."""
    return "\n".join((header, *rows)) + end
