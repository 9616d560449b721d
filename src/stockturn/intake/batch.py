"""What was staged of a load's files, in the form that the ledger posts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pyarrow.parquet as pq

from stockturn.intake.control import series_of
from stockturn.intake.mapping import Mapping, TableSpec
from stockturn.intake.received import Manifest
from stockturn.intake.report import Staged
from stockturn.ledger.batch import Batch, BatchFile, FileSheet, FileTotal
from stockturn.ledger.settled import ReadAgain, Settled


def batch_of(mapping: Mapping, manifest: Manifest, staged: list[Staged]) -> Batch:
    """Put what was staged of a load's files into the form that the ledger posts."""
    assert mapping.costing is not None, "load_files fills it in before anything is kept"
    kept = dict(manifest.files)
    # Rows that are taken up again come on top: they are no whole day and no whole list.
    whole = manifest.taking is None
    ignored: Counter[str] = Counter()
    tables: dict[str, list[Path]] = {}
    for file in staged:
        ignored.update(file.ignored)
        for table, path in file.tables.items():
            tables.setdefault(table, []).append(path)
    files = tuple(
        BatchFile(
            file_no=file.file_no,
            name=file.name,
            sha256=kept[file.file_no].sha256,
            bytes=kept[file.file_no].bytes,
            rows_in=file.rows_in,
            rows_loaded=file.rows_loaded,
            rows_rejected=file.rejected.total(),
            rows_ignored=file.ignored.total(),
            stream=f"{manifest.origin.feed or mapping.name}/{file.stream}",
            replaces=tuple(
                (load, of) for file_no, load, of in manifest.replaced if file_no == file.file_no
            ),
            replaces_span=file.slice if whole and file.slice in {"day", "month"} else None,
        )
        for file in staged
    )
    totals = tuple(
        FileTotal(file_no=file.file_no, series=series_of(file.name), **asdict(measured))
        for file in staged
        for measured in file.measured
    )
    return Batch(
        mapping=mapping.name,
        mapping_version=mapping.version,
        costing=mapping.costing,
        base_currency=mapping.base_currency or "CNY",
        files=files,
        ignored_by_reason=dict(ignored),
        tables={table: tuple(paths) for table, paths in tables.items()},
        load_id=manifest.load_id,
        feed=manifest.origin.feed,
        cursor=manifest.origin.cursor,
        actor=manifest.origin.actor,
        complete=frozenset(spec.table for spec in _tables(mapping) if whole and spec.complete),
        datasets={spec.table: spec.dataset for spec in _tables(mapping) if spec.dataset},
        totals=totals,
        sheets=tuple(FileSheet(file.file_no, *sheet) for file in staged for sheet in file.sheets),
        settled=_settled_rows(manifest, staged),
        read_again=_read_again(manifest),
        rules=manifest.rules,
    )


def _settled_rows(manifest: Manifest, staged: list[Staged]) -> tuple[Settled, ...]:
    """Return what becomes of the rejected rows that a load takes up."""
    taking = manifest.taking
    if taking is None or taking.kind == "converted":
        return ()
    wrong: set[tuple[int, str | None, int]] = set()
    for file in staged:
        if "reject" in file.tables:
            rows = pq.read_table(file.tables["reject"], columns=["sheet", "row_no"]).to_pylist()
            wrong |= {(file.file_no, row["sheet"], row["row_no"]) for row in rows}
    return tuple(
        Settled(
            taking.kind,
            row.of,
            row.file_no,
            row.sheet,
            row.row_no,
            still_wrong=(row.file_no, row.sheet, row.row_no) in wrong,
        )
        for row in taking.rows
    )


def _read_again(manifest: Manifest) -> tuple[ReadAgain, ...]:
    """Return the booked rows that a load reads again."""
    taking = manifest.taking
    if taking is None or taking.kind != "converted":
        return ()
    return tuple(ReadAgain(row.of, row.file_no, row.sheet, row.row_no) for row in taking.rows)


def _tables(mapping: Mapping) -> Iterator[TableSpec]:
    for file in mapping.files:
        yield from file.tables
