"""Total and subtotal rows: known by their label, checked by arithmetic, never booked.

A total that ties with its details is a control total of the file; one that does not holds it, for
either rows are missing or the total is of something else. Which rows a total sums up is not asked:
it must equal the sum since the start, or since some earlier total.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, insort
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stockturn.intake.chunk import Chunk, Mask
from stockturn.intake.texts import as_text
from stockturn.intake.typed import as_mask
from stockturn.language import Text

LABELS: Final = re.compile(
    r"(本页|本月|本日|本期|本年|以上|全部|页|月|日|部门|仓库|物料|分类|按.{0,8})?"
    r"(合计|小计|总计|共计)(\([^()]{0,20}\))?[:：]?"
    r"|(grand |sub ?|sub-)?totals?[:：]?|sum[:：]?",
    re.IGNORECASE,
)
CUMULATIVE: Final = re.compile(r"(本年|本月|本期)?累计[:：]?|cumulative[:：]?", re.IGNORECASE)
"""Sums that may reach back before the file: left out and not checked."""
TRAILER: Final = re.compile(
    r"(?:共计?|记录数|总?行数|records?|rows?|row count|trailer)\s*[:,]?\s*(?P<bare>\d[\d,]*)"
    r"\s*(?:行|条|笔|条记录|rows?|records?)?[。.]?"
    r"|(?:合计|总计|total)\s*[:,]?\s*(?P<unit>\d[\d,]*)\s*(?:行|条|笔|条记录|rows?|records?)[。.]?",
    re.IGNORECASE,
)
"""A last line that says how many rows there should be."""
_MAYBE: Final = r"(?i)^[^0-9]{0,14}(计|total|sum|cumulative)\s*([(（].{0,20})?[:：]?\s*$"
_LETTERS: Final = "(?i)计|total|sum|cumulative"
"""Every label has one of them."""
ADDITIVE: Final = frozenset(
    {"quantity", "value", "revenue", "opening", "received", "issued", "adjusted", "balance"}
)
"""Entry columns of which a total makes sense."""
ROUNDING: Final = Decimal("0.005")
"""What each printed amount may have lost: half a cent."""


@dataclass
class _Running:
    """The sum of one column so far and where totals stood."""

    sum: Decimal = Decimal(0)
    marks: list[Decimal] = field(default_factory=lambda: [Decimal(0)])
    rows: int = 0
    whole: bool = True

    def ties(self, total: Decimal) -> bool:
        """Tell whether a total equals the sum since the start or since an earlier total."""
        slack = ROUNDING * self.rows if self.sum != self.sum.to_integral_value() else Decimal(0)
        start = self.sum - total
        place = bisect_left(self.marks, start - slack)
        return place < len(self.marks) and self.marks[place] <= start + slack


@dataclass(frozen=True)
class Mismatch:
    """A total that its details do not add up to."""

    row: int
    column: int | None
    detail: Text


class Totals:
    """Checks the total rows of one sheet, a chunk at a time.

    Attributes:
        count: total rows so far.
        checked: figures of them that tie.
        unchecked: figures that could not be compared, for not all details could be summed.
    """

    def __init__(self) -> None:
        self.count = 0
        self.checked = 0
        self.unchecked = 0
        self._running: dict[int, _Running] = {}
        self._rows = 0
        self._whole = True

    def check(
        self,
        chunk: Chunk,
        live: Mask,
        labelled: Mask,
        numbers: dict[int, tuple[Any, Any]],
        *,
        whole: bool,
    ) -> Mismatch | None:
        """Take a chunk's rows and return the first total that does not tie.

        Args:
            chunk: all rows.
            live: its detail rows.
            labelled: its total rows.
            numbers: column index -> (numbers of the detail rows, numbers of the total rows).
            whole: no detail row was filtered out.
        """
        details, places = np.flatnonzero(live), np.flatnonzero(labelled)
        ends = np.searchsorted(details, places)
        found: Mismatch | None = None
        for index, (amounts, stated) in numbers.items():
            running = self._running.setdefault(index, _Running())
            running.whole &= whole
            taken = 0
            for number, end in enumerate(ends):
                running.sum += _sum(amounts.slice(taken, int(end) - taken))
                running.rows += int(end) - taken
                taken = int(end)
                total = stated[number].as_py()
                if total is not None:
                    found = found or self._judge(chunk, places[number], index, running, total)
                    insort(running.marks, running.sum)
            running.sum += _sum(amounts.slice(taken))
            running.rows += len(amounts) - taken
        self.count += len(places)
        self._whole &= whole
        self._rows += len(details)
        return found

    def trailer(self, row: int, stated: int) -> Mismatch | None:
        """Take a last line that states the number of rows."""
        self.count += 1
        if not self._whole:
            self.unchecked += 1
            return None
        if stated == self._rows:
            self.checked += 1
            return None
        return Mismatch(
            row,
            None,
            Text(
                f"文件末尾写明 {stated} 行，实有 {self._rows} 行",
                f"the last line says {stated} rows, there are {self._rows}",
            ),
        )

    def spoil(self, index: int) -> None:
        """Say that a number of a column could not be read, so that its sums prove nothing."""
        self._running.setdefault(index, _Running()).whole = False

    def _judge(
        self, chunk: Chunk, place: int, index: int, running: _Running, total: Decimal
    ) -> Mismatch | None:
        if not running.whole:
            self.unchecked += 1
            return None
        if running.ties(total):
            self.checked += 1
            return None
        row = int(chunk.row_no[place])
        since = running.sum - running.marks[-1]
        told = f"{running.sum.normalize():f}"
        more = "" if since == running.sum else f" / {since.normalize():f}"
        return Mismatch(
            row,
            index,
            Text(
                f"合计 {total.normalize():f}，明细相加为 {told}{more}",
                f"the total is {total.normalize():f}, its details add up to {told}{more}",
            ),
        )


def _sum(amounts: Any) -> Decimal:
    found = pc.sum(amounts).as_py()
    return Decimal(0) if found is None else Decimal(found)


def label_masks(columns: list[Any], rows: int) -> tuple[Mask, Mask]:
    """Return the rows with a total's label in one of the columns, and those of cumulative sums."""
    totals = np.zeros(rows, dtype=bool)
    running = np.zeros(rows, dtype=bool)
    for column in columns:
        texts = as_text(column)
        for place in np.flatnonzero(as_mask(pc.match_substring_regex(texts, _MAYBE))):
            word = _plain(texts[place].as_py())
            totals[place] |= LABELS.fullmatch(word) is not None
            running[place] |= CUMULATIVE.fullmatch(word) is not None
    return totals & ~running, running


def may_be_label(texts: Any) -> Mask:
    """Return the cells of a text column that hold letters of a label; looked at once per text."""
    coded = texts.dictionary_encode()
    plain = pc.utf8_normalize(coded.dictionary, form="NFKC")
    likely = as_mask(pc.match_substring_regex(plain, _LETTERS))
    if not likely.any():
        return np.zeros(len(texts), dtype=bool)
    return as_mask(pa.array(likely).take(coded.indices))


def is_label(text: str) -> bool:
    """Tell whether a text is the label of a total or of a cumulative sum."""
    word = _plain(text)
    return LABELS.fullmatch(word) is not None or CUMULATIVE.fullmatch(word) is not None


def trailer_rows(text: str) -> int | None:
    """Return the number of rows that a last line states, None where it is no such line.

    >>> trailer_rows("共 1,200 条记录"), trailer_rows("合计")
    (1200, None)
    """
    found = TRAILER.fullmatch(_plain(text))
    return int((found["bare"] or found["unit"]).replace(",", "")) if found else None


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    # Printed reports spread the two characters of a label: 合  计.
    return re.sub(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])", "", plain).strip()[:60]
