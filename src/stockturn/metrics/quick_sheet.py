"""The two-minute sheet as the file that a workspace loads: nobody types it a second time."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from stockturn.language import Text, UsageError
from stockturn.metrics.quick_rows import COLUMNS, TypedRow, month_name, read_rows

MAPPING = "two-minute-sheet"
"""The mapping that loads the file."""

_NO_MONTH = Text(
    "工作区按日期记账，请给每一行补上“月份”（如 2024-03）再建。",
    "A workspace keeps books by date: give every row a month (such as 2024-03) first.",
)


class SheetNotReady(UsageError):
    """The sheet has faults, or no months, and cannot become ledger data yet."""

    code = "sheet_not_ready"
    status = 422


def sheet_file(typed: Sequence[TypedRow]) -> bytes:
    """Return the rows as a CSV file, each amount as it was read for the quick answer.

    Raises:
        SheetNotReady: a row has a fault, or no month.
    """
    reading = read_rows(typed)
    if reading.faults:
        raise SheetNotReady(reading.faults[0])
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([name.zh for name in COLUMNS.values()])
    for row in reading.rows:
        if row.month is None:
            raise SheetNotReady(_NO_MONTH)
        amounts = (row.opening, row.closing, row.cogs, row.revenue)
        writer.writerow(
            [
                month_name(row.month),
                row.category or "",
                *("" if each is None else format(each, "f") for each in amounts),
            ]
        )
    return buffer.getvalue().encode()
