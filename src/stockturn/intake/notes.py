"""What a load found out, put right or asks about, in both languages.

A note does not stop anything; it stands among the warnings of the load report. The keys are
stable, like those of :mod:`stockturn.intake.reasons`.
"""

from __future__ import annotations

from typing import Any, Final

from stockturn.language import Text

NOTED: Final = {
    "encoding_found": Text("“{file}”按 {detail} 编码读取。", "“{file}” was read as {detail}."),
    "delimiter_found": Text("“{file}”的分隔符是 {detail}。", "“{file}” is delimited by {detail}."),
    "really_is": Text(
        "“{file}”的内容其实是{detail}，已按此读取。",
        "The content of “{file}” is {detail} and was read so.",
    ),
    "header_found": Text(
        "“{file}”的表头在第 {row} 行。", "The header of “{file}” is in row {row}."
    ),
    "sheet_left_out": Text(
        "“{file}”的工作表“{detail}”没有认识的表头，未导入。",
        "Sheet “{detail}” of “{file}” has no known header and was not loaded.",
    ),
    "merged_cells": Text(
        "“{file}”的合并单元格只在合并范围内向下填充（{count} 处）。",
        "Merged cells of “{file}” were filled down inside their ranges only ({count} of them).",
    ),
    "date_form_found": Text(
        "“{file}”的日期列“{column}”按 {detail} 读取（由列中的值判断）。",
        "Dates of “{column}” in “{file}” were read as {detail}, as their values show.",
    ),
    "epoch_1904": Text(
        "工作簿“{file}”使用 1904 日期系统，日期已按此读取。",
        "The workbook “{file}” counts days from 1904; its dates were read so.",
    ),
    "unsigned_quantities": Text(
        "“{file}”的出库数量没有负号，方向按业务类型判断。",
        "Issues in “{file}” have no minus sign; their kind gives the direction.",
    ),
    "unsigned_values": Text(
        "“{file}”的金额没有负号，符号随数量。",
        "Values in “{file}” have no minus sign; they take the sign of the quantity.",
    ),
    "stood_in": Text(
        "“{file}”没有“{column}”一列，每行都按“{detail}”计。",
        "“{file}” has no column for {column}; every row counts as “{detail}”.",
    ),
    "number_forms": Text(
        "“{file}”的数字列“{column}”用了千分位以外的写法（如 {detail}），已按其值精确换算。",
        "Numbers of “{column}” in “{file}” are written in other forms (like {detail}) and were "
        "read exactly as they state.",
    ),
    "totals_tie": Text(
        "“{file}”有 {count} 行合计或小计，与明细相符，已作控制总数，不重复入账。",
        "{count} total or subtotal rows of “{file}” tie with their details; they served as control "
        "totals and were not booked.",
    ),
    "totals_unchecked": Text(
        "“{file}”有 {count} 行合计或小计未能核对：明细中有被筛选或读不出的行。合计行未入账。",
        "{count} total or subtotal rows of “{file}” could not be checked, because some details "
        "were filtered out or cannot be read. The totals were not booked.",
    ),
    "repeated_rows": Text(
        "“{file}”有 {count} 行与前面的行完全相同（如第 {row} 行）。"
        "两笔相同的业务可能是真的，已照常入账。若确认无误，请在映射中写 repeated: keep；"
        "若是重复导出，请写 repeated: ignore。",
        "{count} rows of “{file}” repeat an earlier row exactly (like row {row}). Two equal "
        "entries may be real, so they were booked. Say repeated: keep in the mapping if they are, "
        "or repeated: ignore if the export doubled them.",
    ),
    "new_columns": Text(
        "“{file}”多了映射不认识的列：{column}，未读取。请确认是否需要，并写进映射。",
        "“{file}” has new columns that the mapping does not know: {column}. They were not read; "
        "add them to the mapping if they are needed.",
    ),
}
"""Note code -> what was found; places are filled by :func:`note`."""


def note(code: str, **words: Any) -> Text:
    """Return the sentence of a note with its places filled.

    Args:
        code: a key of :data:`NOTED`.
        words: what the places say; a :class:`Text` says it in both languages.
    """
    zh = {key: word.zh if isinstance(word, Text) else word for key, word in words.items()}
    en = {key: word.en if isinstance(word, Text) else word for key, word in words.items()}
    return Text(NOTED[code].zh.format(**zh), NOTED[code].en.format(**en))
