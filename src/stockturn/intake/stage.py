"""The worker's job: one kept file in, typed entry files and an account of its rows out.

Runs in a limited child process (:func:`stockturn.jobs.worker.run_limited`) and imports nothing of
the ledger or the engine.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stockturn.intake.ahead import ahead
from stockturn.intake.carry import carried
from stockturn.intake.chunk import Chunk, Raw
from stockturn.intake.control import Measured
from stockturn.intake.dates import BusinessDay
from stockturn.intake.decode import open_raw
from stockturn.intake.header import column_names, known_names
from stockturn.intake.layout import Layout, lay_out, names_file
from stockturn.intake.lookup import LookupTable, read_lookup
from stockturn.intake.mapping import Caption, FileSpec, Header, Joined, Lookup, Mapping
from stockturn.intake.notes import note
from stockturn.intake.numbers import type_decimal
from stockturn.intake.problems import FileHeld, listed
from stockturn.intake.profile import profile
from stockturn.intake.repeats import Repeats
from stockturn.intake.report import SHOWN_REJECTS, Reject, Staged
from stockturn.intake.rows import Decisions, Outcome, RowTyper
from stockturn.intake.sent_back import open_sent_back
from stockturn.intake.shapes import Shapes
from stockturn.intake.taking import SentSheet
from stockturn.intake.totals import Totals
from stockturn.jobs.child import report
from stockturn.language import Text

SUM_SCALE: Final = 6
"""Decimal places of the sums compared with a source's control totals."""

BOOKED: Final = frozenset({"movement", "sale", "balance"})
"""Entry tables in which a row that stands twice counts twice."""
ISO: Final = "%Y-%m-%d"
"""How a spreadsheet's date cells arrive."""
_CAPTIONS: Final = {
    "happened_on": Text("日期", "the day"),
    "location": Text("仓库", "the location"),
    "item": Text("物料", "the item"),
}
"""What is mostly read from a title or a file's name."""
READING = Text("读取 {file}", "Reading {file}")


@dataclass(frozen=True)
class Job:
    """One file to stage.

    Attributes:
        path: the kept bytes.
        name: the file's name as the user knows it.
        lookups: lookup name -> (kept bytes, file name), as far as found.
        out: the folder for the entry files.
        today: the last day on which something can have happened.
        summed: headers of columns to add up, because the source has stated their totals.
        only: (sheet, row) of the rows to read; None = all.
        sent: of a corrected workbook: what its sheets stand for.
        refused: reason code -> (sheet, row) of the rows that the ledger refuses for it.
        originals: hash -> kept bytes of the files that its rows come from.
        day: to which day a time of day belongs; None = the day that is written.
    """

    file_no: int
    path: Path
    name: str
    mapping: Mapping
    shapes: Shapes
    lookups: dict[str, tuple[Path, str]]
    out: Path
    today: dt.date
    summed: tuple[str, ...] = ()
    day: BusinessDay | None = None
    only: frozenset[tuple[str | None, int]] | None = None
    sent: tuple[SentSheet, ...] = ()
    originals: tuple[tuple[str, Path], ...] = ()
    refused: tuple[tuple[str, frozenset[tuple[str | None, int]]], ...] = ()


def stage_files(jobs: tuple[Job, ...]) -> list[Staged | FileHeld]:
    """Stage several files; a file that is held does not keep the others from being read."""
    results: list[Staged | FileHeld] = []
    for job in jobs:
        report(READING.fill(file=job.name), 0, None, subject=job.name)
        try:
            results.append(stage_file(job))
        except FileHeld as failure:
            results.append(failure)
    return results


def stage_file(job: Job) -> Staged:
    """Type one file into ``job.out`` and return the account of its rows.

    Raises:
        FileHeld: the file cannot be read safely.
    """
    remarks: list[Text] = []
    if job.sent:
        sheets = list(_corrected(job))
    else:
        layouts, remarks = _lay_out(job, job.path, job.name)
        sheets = [_Sheet(layout, None, layout.raw.sheet) for layout in layouts]
    writing = _Writing(job)
    with writing:
        for sheet in sheets:
            _stage_sheet(sheet, job, writing, remarks)
    layouts = [sheet.layout for sheet in sheets]
    if writing.rows_in == 0:
        raise FileHeld("header_only", file=job.name, sheet=layouts[0].raw.sheet)
    writing.check()
    return Staged(
        file_no=job.file_no,
        name=job.name,
        rows_in=writing.rows_in,
        rows_loaded=writing.rows_loaded,
        ignored=writing.ignored,
        rejected=writing.rejected,
        tables=writing.paths,
        measured=writing.measured() if job.only is None else (),
        sheets=tuple((s.title, s.layout.row, column_names(s.layout.headers)) for s in sheets),
        rejects=tuple(writing.shown),
        remarks=tuple(remarks),
        stream=layouts[0].spec.stream or layouts[0].spec.match[0],
        slice=layouts[0].spec.slice,
        sums=writing.sums,
    )


@dataclass(frozen=True)
class _Sheet:
    """A sheet to read: its layout, what is known of its rows already, and its own name."""

    layout: Layout
    decisions: Decisions | None
    title: str | None


def _lay_out(job: Job, path: Path, name: str) -> tuple[list[Layout], list[Text]]:
    specs = job.mapping.files
    named = [spec for spec in specs if names_file(name, spec.match)]
    first = named[0] if named else None
    raws = open_raw(
        path,
        name,
        work=job.out,
        known=frozenset().union(*(known_names(spec) for spec in named or specs)),
        encoding=first.encoding if first else None,
        delimiter=first.delimiter if first else None,
        explode=[spec.explode for spec in named or specs if spec.explode is not None],
    )
    return lay_out(raws, specs, job.shapes.schemas, job.shapes.codes)


def _corrected(job: Job) -> Iterator[_Sheet]:
    """Yield the sheets of a corrected workbook as the files they come from.

    How dates and signs are written is what the whole original says, not its few rejected rows.
    """
    paths = dict(job.originals)
    sent = {sheet.title: sheet for sheet in job.sent}
    for raw in open_sent_back(job.path, job.name, job.sent):
        of = sent[raw.title]
        raws: list[Raw] = [raw]
        layouts, _ = lay_out(raws, job.mapping.files, job.shapes.schemas, job.shapes.codes)
        whole, _ = _lay_out(job, paths[of.sha256], of.file)
        same = next(layout for layout in whole if layout.raw.sheet == of.sheet)
        decisions = profile(same, job.shapes, job.today).decisions
        forms = {
            index: replace(form, forms=tuple(dict.fromkeys((*form.forms, ISO))))
            for index, form in decisions.forms.items()
        }
        yield _Sheet(layouts[0], replace(decisions, forms=forms), raw.title)


def _stage_sheet(sheet: _Sheet, job: Job, writing: _Writing, remarks: list[Text]) -> None:
    layout = sheet.layout
    remarks += layout.raw.remarks
    remarks += _stood_in(layout)
    if layout.header > 0:
        remarks.append(note("header_found", file=layout.raw.file, row=layout.row))
    if layout.spec.rest == "report" and layout.rest:
        columns = listed(tuple(layout.headers[index] for index in layout.rest))
        remarks.append(note("new_columns", file=layout.raw.file, column=columns))
    lookups = {name: _open_lookup(name, job) for name in sorted(_lookups_of(layout.spec))}
    decisions = sheet.decisions
    if decisions is None:
        found = profile(layout, job.shapes, job.today)
        remarks += found.remarks
        decisions = found.decisions
    booked = {table.table for table in layout.spec.tables} & BOOKED
    watched = booked and layout.spec.repeated != "keep"
    totals, repeats = Totals(), Repeats() if watched and job.only is None else None
    typer = RowTyper(
        layout,
        job.shapes,
        lookups,
        decisions,
        file_no=job.file_no,
        today=job.today,
        day=job.day,
        totals=totals if job.only is None else None,
        repeats=repeats,
        sheet=sheet.title,
        currency=job.mapping.base_currency,
        refused=[(code, _rows_of(sheet, places)) for code, places in job.refused],
    )
    rows = None
    if job.only is not None:
        rows = _rows_of(sheet, job.only)
    last: tuple[int, Outcome] | None = None
    for whole in carried(layout, ahead(layout.raw.chunks(layout.header, None, layout.roles))):
        chunk = whole if rows is None else whole.keep(np.isin(whole.row_no, rows))
        if len(chunk) == 0:
            continue
        outcome = typer.type_rows(chunk)
        writing.add(outcome)
        writing.add_up(layout, chunk)
        last = (int(chunk.row_no[-1]), outcome)
        report(READING.fill(file=job.name), writing.rows_in, None, subject=job.name)
    if last is not None and layout.raw.open_ended and job.only is None:
        _check_last_row(layout.raw, *last)
    remarks += _found(layout, typer, totals, repeats)


def _stood_in(layout: Layout) -> Iterator[Text]:
    """Yield what stands in every row because the file has no column for it."""
    file = layout.raw.file
    for table in layout.spec.tables:
        for column in table.columns:
            name: str | Text = column.target
            if isinstance(column.source, Caption):
                text = layout.caption(column.source.pattern) or column.default
                name = _CAPTIONS.get(column.target, name)
            elif isinstance(column.source, Header) and layout.find(column.source.names) is None:
                text, name = column.default, column.source.names[0]
            else:
                continue
            if text is not None:
                yield note("stood_in", file=file, column=name, detail=text)


def _rows_of(sheet: _Sheet, places: frozenset[tuple[str | None, int]]) -> np.ndarray:
    """Return the numbers of the rows that lie in a sheet."""
    return np.array([row for title, row in places if title == sheet.title], dtype=np.int64)


def _found(
    layout: Layout, typer: RowTyper, totals: Totals, repeats: Repeats | None
) -> Iterator[Text]:
    """Yield the notes on what the rows of a sheet held."""
    name = layout.raw.file
    for column, example in typer.odd_numbers.items():
        yield note("number_forms", file=name, column=column, detail=example)
    if totals.checked and not totals.unchecked:
        yield note("totals_tie", file=name, count=totals.count)
    elif totals.unchecked:
        yield note("totals_unchecked", file=name, count=totals.count)
    if repeats is not None and repeats.count and layout.spec.repeated == "ask":
        yield note("repeated_rows", file=name, count=repeats.count, row=repeats.first)


def _check_last_row(raw: Raw, row: int, outcome: Outcome) -> None:
    """Hold a file whose last row has no line end and cannot be read: it was cut there."""
    if outcome.rejects is None:
        return
    rows = outcome.rejects.column("row_no")
    if len(rows) and rows[len(rows) - 1].as_py() == row:
        detail = Text("最后一行不完整", "the last row is incomplete")
        raise FileHeld("cut_file", file=raw.file, row=row, detail=detail)


def _lookups_of(spec: FileSpec) -> set[str]:
    found: set[str] = set()
    for table in spec.tables:
        sources = [source for column in table.columns for source in column.sources]
        sources += [source for _, source in table.attributes]
        while sources:
            source = sources.pop()
            if isinstance(source, Lookup):
                found.add(source.table)
                sources.append(source.by)
            elif isinstance(source, Joined):
                sources += source.parts
    return found


def _open_lookup(name: str, job: Job) -> LookupTable:
    spec = next(spec for spec in job.mapping.lookups if spec.name == name)
    if name not in job.lookups:
        raise FileHeld("lookup_missing", file=job.name, expected=spec.match)
    path, file = job.lookups[name]
    return read_lookup(spec, path, file, job.out)


@dataclass
class _Sums:
    """The control totals of one entry table so far."""

    rows: int = 0
    quantity: Decimal | None = None
    value: Decimal | None = None
    days: set[dt.date] = field(default_factory=set)

    def add(self, batch: Any) -> None:
        names = set(batch.schema.names)
        self.rows += len(batch)
        self.quantity = _more(self.quantity, batch, {"quantity", "balance"} & names)
        self.value = _more(self.value, batch, ({"value"} & names) or ({"revenue"} & names))
        if "happened_on" in names:
            self.days.update(batch.column("happened_on").unique().to_pylist())

    def measured(self, table: str) -> Measured:
        first, last = (min(self.days), max(self.days)) if self.days else (None, None)
        return Measured(table, self.rows, self.quantity, self.value, len(self.days), first, last)


def _more(held: Decimal | None, batch: Any, names: set[str]) -> Decimal | None:
    found = pc.sum(batch.column(next(iter(names)))).as_py() if names else None
    return held if found is None else (held or Decimal(0)) + found


@dataclass
class _Writing:
    """The open entry files of one source file and the running account of its rows."""

    job: Job
    rows_in: int = 0
    rows_loaded: int = 0
    ignored: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    paths: dict[str, Path] = field(default_factory=dict)
    shown: list[Reject] = field(default_factory=list)
    sums: dict[str, Decimal] = field(default_factory=dict)
    _sums: dict[str, _Sums] = field(default_factory=dict)
    _writers: dict[str, Any] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)
    _behind: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(max_workers=1))
    _written: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        with self._stack:
            self._behind.shutdown()
            if failure is None and self._written is not None:
                self._written.result()

    def add(self, outcome: Outcome) -> None:
        """Write a chunk's entries and count its rows."""
        self.rows_in += outcome.rows_in
        self.rows_loaded += outcome.rows_loaded
        self.ignored.update(outcome.ignored)
        self.rejected.update(outcome.rejected)
        for table, batch in outcome.tables:
            self._write(table, batch)
        if outcome.rejects is not None:
            self._write("reject", outcome.rejects)
            self._show(outcome.rejects)

    def add_up(self, layout: Layout, chunk: Chunk) -> None:
        """Add up the columns that the source has stated totals of, rejected rows included."""
        for header in self.job.summed:
            index = layout.find((header,))
            if index is None:
                continue
            found = pc.sum(type_decimal(chunk.columns[index], SUM_SCALE).array).as_py()
            self.sums[header] = self.sums.get(header, Decimal(0)) + (found or Decimal(0))

    def measured(self) -> tuple[Measured, ...]:
        """Return what was written, table by table."""
        return tuple(sums.measured(table) for table, sums in self._sums.items())

    def check(self) -> None:
        """Make sure that every row is accounted for."""
        counted = self.rows_loaded + self.rejected.total() + self.ignored.total()
        if counted != self.rows_in:
            raise AssertionError(
                f"{self.job.name}: {self.rows_in} rows in, {counted} accounted for"
            )

    def _write(self, table: str, batch: Any) -> None:
        if not len(batch):
            return
        if table not in self._writers:
            path = self.job.out / f"{table}-{self.job.file_no}.parquet"
            writer = pq.ParquetWriter(path, batch.schema)
            self._writers[table] = self._stack.enter_context(writer)
            self.paths[table] = path
        if self._written is not None:
            self._written.result()
        # One batch is written while the next is read and typed.
        self._written = self._behind.submit(self._writers[table].write_batch, batch)
        if table != "reject":
            self._sums.setdefault(table, _Sums()).add(batch)

    def _show(self, rejects: Any) -> None:
        missing = SHOWN_REJECTS - len(self.shown)
        for row in rejects.slice(0, max(0, missing)).to_pylist():
            self.shown.append(
                Reject(
                    file=self.job.name,
                    sheet=row["sheet"],
                    row_no=row["row_no"],
                    column=row["column"],
                    value=row["value"],
                    code=row["code"],
                )
            )
