"""Lines that belong to the printed page and not to its table.

Reports exported as they print repeat their title and header on every page and end it with a page
number, a date of printing and who prepared it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow.compute as pc

from stockturn.intake.chunk import Chunk, Head, Mask
from stockturn.intake.numbers import parse_number
from stockturn.intake.texts import as_text
from stockturn.intake.typed import as_mask

_MOST_CELLS: Final = 3
"""A line of the page fills no more cells than this, or lacks one that every row needs."""
_PAGE: Final = (
    r"第 *\d+ *页.*|共 *\d+ *页.*|页码[:：]? *\d+.*|page:? *\d+( *(of|/) *\d+)?"
    r"|[-=*_— ]{3,}|[-=*_— ]*(报表结束|以下空白|end of (report|list|file))[-=*_— .]*"
    r"|(备注|说明|注|数据来源|来源|单位负责人|会计主管|单位|单位名称|公司|公司名称|(合计|总计)?(金额|数量)|大写|合计大写)"
    r" *[:：].*"
    r"|(制表|制单|打印|审核|复核|审批|经办|经手|记账|填表|保管|仓管|主管|财务主管|编制|导出|统计"
    r"|查询|核算|报表|printed|prepared|created|exported|approved|checked|(report|print|run) date)"
    r"( ?(人|员|者|日期|时间|单位|期间|条件|by|on|at))? *[:：].*"
)
_LINE: Final = re.compile(_PAGE, re.IGNORECASE)


def is_page_line(cells: Sequence[str | None]) -> bool:
    """Tell whether the cells of a row are a line of the page: it starts so and holds no number.

    >>> is_page_line(["第 1 页 共 3 页", None]), is_page_line(["制单：张三", "审核：李四"])
    (True, True)
    >>> is_page_line(["制单：张三", "12"])
    False
    """
    filled = [cell.strip() for cell in cells if cell is not None and cell.strip()]
    if not filled or _LINE.fullmatch(unicodedata.normalize("NFKC", filled[0])) is None:
        return False
    return all(parse_number(cell) is None for cell in filled[1:])


def page_lines(chunk: Chunk, head: Head, header: int, needed: Sequence[int]) -> Mask:
    """Return the rows of a chunk that are lines of the page.

    Args:
        chunk: rows below the header.
        head: the first rows of the file; those up to the header come again on each page.
        header: index of the header in it.
        needed: columns that every row of the table fills.
    """
    found = np.zeros(len(chunk), dtype=bool)
    if not chunk.columns:
        return found
    heads = [_trimmed(cells) for _, cells in head.rows[: header + 1]]
    for places in [_beginning_like(chunk, cells) for cells in heads] + [_sparse(chunk, needed)]:
        for place in places:
            cells = [_cell(column, int(place)) for column in chunk.columns.values()]
            found[place] = _trimmed(cells) in heads or is_page_line(cells)
    return found


def _beginning_like(chunk: Chunk, cells: tuple[str, ...]) -> Any:
    """Return the rows whose cell in the column where ``cells`` begins is the same."""
    index = next((place for place, cell in enumerate(cells) if cell), -1)
    column = chunk.columns.get(index)
    if column is None:
        return np.flatnonzero(np.zeros(0))
    same = pc.equal(pc.utf8_trim_whitespace(as_text(column)), cells[index])
    return np.flatnonzero(as_mask(same))


def _sparse(chunk: Chunk, needed: Sequence[int]) -> Any:
    """Return the rows that may be a line of the page and begin like one."""
    filled = np.zeros(len(chunk), dtype=np.int64)
    lacking = np.zeros(len(chunk), dtype=bool)
    for index, column in chunk.columns.items():
        there = as_mask(column.is_valid())
        filled += there
        if index in needed:
            lacking |= ~there
    likely = (lacking | (filled <= _MOST_CELLS)) & (filled > 0)
    if not likely.any():
        return np.flatnonzero(likely)
    kept = chunk.keep(likely)
    first = pc.coalesce(*(as_text(column) for column in kept.columns.values()))
    begins = pc.utf8_trim_whitespace(pc.utf8_normalize(first, form="NFKC"))
    lines = as_mask(pc.match_substring_regex(begins, f"(?i)^(?:{_PAGE})$"))
    return np.flatnonzero(likely)[lines]


def _cell(column: Any, place: int) -> str | None:
    text: str | None = as_text(column.slice(place, 1))[0].as_py()
    return text


def _trimmed(cells: Sequence[str | None]) -> tuple[str, ...]:
    plain = [(cell or "").strip() for cell in cells]
    while plain and not plain[-1]:
        plain.pop()
    return tuple(plain)
