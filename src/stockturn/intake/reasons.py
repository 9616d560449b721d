"""Every reason for which a row is rejected or left out, and a file held, in both languages.

The keys are stable: they stand in the ledger's reject table, in load reports and in the manual.
"""

from __future__ import annotations

from typing import Final

from stockturn.language import Text

REJECTED: Final = {
    "missing_value": Text(
        "必填的值为空。请在源文件中补上，或在映射中用 null_as 写明空值的含义。",
        "A required value is empty. Fill it in the source, or say with null_as in the mapping "
        "what empty means.",
    ),
    "not_a_number": Text(
        "这里应是数字，却含有文字或不合规的写法。请改成数字后重新导出。",
        "A number was expected, but this holds text or is written irregularly. Correct it and "
        "export again.",
    ),
    "foreign_symbol": Text(
        "金额带有币种符号，与本位币不同，又没有币种列。请加上币种列，或换成本位币后重新导出。",
        "The amount carries the symbol of another currency than the company's, and no column says "
        "the currency. Add a currency column, or state the amount in the company's currency.",
    ),
    "not_an_integer": Text(
        "这里应是整数。请去掉小数部分，或检查列是否对错。",
        "A whole number was expected. Remove the decimals, or check that the column is the right "
        "one.",
    ),
    "number_out_of_range": Text(
        "数字超出可存的范围（整数部分最多 14 位）。请检查单位或多输的位数。",
        "The number is too large to be kept (at most 14 digits before the point). Check the unit "
        "and surplus digits.",
    ),
    "not_a_date": Text(
        "这里应是日期，却读不出来。请按本列其他行的写法改正。",
        "A date was expected and cannot be read. Write it as the other rows of this column do.",
    ),
    "mixed_date_format": Text(
        "日期写法与本列其他行不同。一列只能用一种写法，请统一后重新导出。",
        "The date is written differently from the rest of its column. Use one form per column and "
        "export again.",
    ),
    "date_out_of_range": Text(
        "日期早于 1970 年或晚于今天，不可能是已发生的业务。请改正日期。",
        "The date is before 1970 or after today, so it cannot have happened. Correct it.",
    ),
    "serial_date": Text(
        "日期是不超过 60 的序号，正处在 1900 年历法缺陷之中，无法可靠还原。请改成日期后保存。",
        "The date is a serial number up to 60, where the 1900 calendar of spreadsheets is wrong. "
        "Make it a date and save.",
    ),
    "code_is_scientific": Text(
        "编码被表格软件改写成了科学计数法（如 1.23E+12），原码已丢失。请把该列设为文本后从源系统"
        "重新导出。",
        "A spreadsheet turned this code into scientific notation (like 1.23E+12) and its digits "
        "are lost. Make the column text and export again from the source system.",
    ),
    "code_is_number": Text(
        "编码在工作簿里是带小数或超过 15 位的数值，无法还原原码。请把该列设为文本后重新导出。",
        "In the workbook this code is a number with decimals or over 15 digits and cannot be "
        "restored. Make the column text and export again.",
    ),
    "code_is_date": Text(
        "编码被表格软件改写成了日期，原码已丢失。请把该列设为文本后重新导出。",
        "A spreadsheet turned this code into a date and it is lost. Make the column text and "
        "export again.",
    ),
    "error_cell": Text(
        "单元格是错误值（如 #N/A）。请在工作簿中修正公式后保存。",
        "The cell holds an error (like #N/A). Correct the formula and save the workbook.",
    ),
    "formula_not_calculated": Text(
        "公式从未计算过，文件里没有结果。请用表格软件打开、重新计算并保存。",
        "The formula was never calculated, so the file holds no result. Open the file in a "
        "spreadsheet program, recalculate and save.",
    ),
    "unknown_value": Text(
        "映射里没有这个值的含义。请在映射该列的 map 中加上它，或改正源数据。",
        "The mapping does not say what this value means. Add it to the map of its column, or "
        "correct the source.",
    ),
    "kit_without_components": Text(
        "套装清单里这个套装在这一天没有有效组件，无法知道出的是什么货。请补上套装清单（或改正生效、"
        "失效日期）并导入，再在隔离区用原映射重读本行。",
        "The kit list has no valid components of this kit on this day, so it is not known what "
        "left the warehouse. Complete the kit list (or correct its days), load it, and read this "
        "row again from the quarantine with its mapping.",
    ),
    "day_came_again": Text(
        "这一天（或这个月）后来整体重新导入过，本行若属实应已在其中，再入账会重复。请核对：已有就丢弃"
        "本行；没有就在源系统补上，再导入这一天。",
        "Its day or month has been loaded whole again since, so a true row is in there, and booked "
        "once more it would count twice. Where it is there, discard this one; where it is not, add "
        "it at its source and load that day again.",
    ),
    "ragged_row": Text(
        "本行的列数与表头不同，多半是值里含有未加引号的分隔符。请加引号后重新导出。",
        "The row has another number of fields than the header, mostly because a value holds an "
        "unquoted delimiter. Quote it and export again.",
    ),
}
"""Reason code -> why a row was rejected and what to do."""

IGNORED: Final = {
    "blank_row": Text("空行", "blank row"),
    "repeated_row": Text("与前面的行完全相同的行", "row that repeats an earlier one exactly"),
    "total_row": Text("合计行、小计行", "total or subtotal row"),
    "page_line": Text(
        "打印页上的行：重复的标题和表头、页码、制表人",
        "line of a printed page: title or header again, page number, prepared by",
    ),
    "filtered": Text("映射的筛选条件排除的行", "left out by a filter of the mapping"),
    "not_stock": Text("不影响库存的行", "row that does not touch stock"),
    "test_record": Text("测试记录", "test record"),
    "already_loaded": Text(
        "以前已入账且没有变化的行", "row that was loaded before and has not changed"
    ),
    "older_version": Text(
        "同一次导入中另有更新版本的行", "row of which the same load brings a later version"
    ),
    "no_entry": Text("映射不从中取数的行", "row the mapping makes nothing of"),
}
"""Reason code -> why a row was left out; mappings may use these and no others."""

HELD: Final = {
    "empty_file": Text(
        "文件“{file}”是空的（0 字节或没有内容）。请重新导出后再导入。",
        "The file “{file}” is empty. Export it again and load that.",
    ),
    "header_only": Text(
        "文件“{file}”{place}只有表头，没有数据行。请检查导出条件（日期、仓库）后重新导出。",
        "The file “{file}”{place} has a header and no rows. Check the filters of the export (days, "
        "warehouse) and export again.",
    ),
    "no_header": Text(
        "文件“{file}”{place}的前 20 行里没有找到映射认识的表头，应有：{expected}；首行是：{found}。"
        "请检查文件是否选对，或在映射中加上列名。",
        "No header known to the mapping stands in the first 20 rows of “{file}”{place}. Expected: "
        "{expected}; the first row is: {found}. Check that it is the right file, or add its column "
        "names to the mapping.",
    ),
    "not_named": Text(
        "映射只读取名称像“{expected}”的文件或工作表，“{file}”{place}不是：同样的表头下可能是另一种单据。"
        "请为它选择或确认另一个映射。",
        "The mapping reads only files or sheets named like “{expected}”, and not “{file}”{place}: "
        "the same headers may stand over another kind of document. Choose or confirm another "
        "mapping for it.",
    ),
    "missing_column": Text(
        "文件“{file}”{place}（表头在第 {row} 行）缺少必需的列：{column}。"
        "请补上该列，或在映射中加上它的列名。",
        "The file “{file}”{place} (header in row {row}) lacks the column {column}. Add the column, "
        "or add its name to the mapping.",
    ),
    "periods_across": Text(
        "文件“{file}”{place}（表头在第 {row} 行）的月份或日期横排在列上：{column}。"
        "请改成一行一个期间（表格软件的“逆透视”），列为日期、物料、仓库和数量，再导入。",
        "In “{file}”{place} (header in row {row}) months or days stand side by side as columns: "
        "{column}. Turn them into one row a period (“unpivot” in a spreadsheet program), with "
        "columns for the day, item, location and quantity, and load that.",
    ),
    "no_caption": Text(
        "文件“{file}”{place}没有写明“{column}”：表头上方、工作表名和文件名里都没有映射要找的内容。"
        "日期请写进文件名，如 2024-01-31；其他内容请写在表头上方，或加一列。",
        "“{file}”{place} does not state {column}: what the mapping looks for stands neither above "
        "the header nor in the sheet's or file's name. Put a day into the file's name, like "
        "2024-01-31; anything else above the header or into a column.",
    ),
    "unknown_header": Text(
        "文件“{file}”{place}（表头在第 {row} 行）有映射不认识的列：{column}。若不需要，请写进"
        "映射的 ignore_columns；若需要，请加到对应列的列名里。",
        "The file “{file}”{place} (header in row {row}) has columns the mapping does not know: "
        "{column}. If they are not needed, list them under ignore_columns in the mapping; "
        "otherwise add them to the names of the column they fill.",
    ),
    "duplicate_header": Text(
        "文件“{file}”{place}（表头在第 {row} 行）的列名“{column}”出现了不止一次，无法判断用哪一列。"
        "请改名或删去一列。",
        "In “{file}”{place} (header in row {row}) the column “{column}” stands more than once, so "
        "it is not clear which is meant. Rename or remove one.",
    ),
    "cut_file": Text(
        "文件“{file}”在第 {row} 行处断开（{detail}），看来没有传完整。请重新导出或重新传输。",
        "The file “{file}” breaks off in row {row} ({detail}); it was not transferred whole. "
        "Export or transfer it again.",
    ),
    "bad_quote": Text(
        "文件“{file}”从第 {row} 行起引号不配对或位置不对，无法可靠分列。"
        "请改正该行的引号后重新导出。",
        "In “{file}” the quotes from row {row} on do not pair or stand in the wrong place, so the "
        "fields cannot be told apart. Correct them and export again.",
    ),
    "encoding": Text(
        "文件“{file}”第 {row} 行附近不是 UTF-8，也不是 GB18030（GBK）：{detail}。请另存为 UTF-8；"
        "若确为繁体 Big5 或西欧编码，请在映射中写 encoding: big5 或 latin-1。",
        "The file “{file}” is neither UTF-8 nor GB18030 (GBK) near row {row}: {detail}. Save it as "
        "UTF-8; if it really is Big5 or Western European, say encoding: big5 or latin-1 in the "
        "mapping.",
    ),
    "encoding_stated": Text(
        "文件“{file}”第 {row} 行附近不合写明的编码：{detail}。请改正映射中的 encoding，"
        "或去掉它，编码会自动识别。",
        "The file “{file}” is not in the encoding it is stated to be in near row {row}: {detail}. "
        "Correct encoding in the mapping, or leave it out: it is then detected.",
    ),
    "nul_bytes": Text(
        "文件“{file}”第 {row} 行含有空字节（NUL），不是文本文件或已损坏"
        "（也可能是没有标记的 UTF-16）。请另存为 UTF-8 的 CSV。",
        "The file “{file}” holds NUL bytes in row {row}: it is not text, is damaged, or is UTF-16 "
        "without its mark. Save it as CSV in UTF-8.",
    ),
    "line_too_long": Text(
        "文件“{file}”第 {row} 行超过 {limit} 字节，不像是表格数据。请检查文件是否选对。",
        "Row {row} of “{file}” is longer than {limit} bytes, which does not look like a table. "
        "Check that it is the right file.",
    ),
    "too_many_columns": Text(
        "文件“{file}”第 {row} 行超过 {limit} 列，不像是表格数据。请检查文件和分隔符是否正确。",
        "Row {row} of “{file}” has more than {limit} columns, which does not look like a table. "
        "Check that file and delimiter are right.",
    ),
    "wrong_format": Text(
        "文件“{file}”的扩展名与内容不符：内容其实是{detail}。请用表格软件打开后另存为 .xlsx 或 "
        "UTF-8 的 .csv。",
        "The name of “{file}” does not fit its content, which is {detail}. Open it in a "
        "spreadsheet program and save it as .xlsx, or as .csv in UTF-8.",
    ),
    "unsupported_format": Text(
        "不认识文件“{file}”的格式。可导入 .csv .tsv .txt .jsonl .ndjson .json .xlsx .xlsm .xls "
        ".xlsb .ods .parquet，以及它们的 .zip 或 .gz 压缩包。",
        "The format of “{file}” is not known. .csv .tsv .txt .jsonl .ndjson .json .xlsx .xlsm .xls "
        ".xlsb .ods and .parquet can be loaded, and .zip or .gz of these.",
    ),
    "bad_json": Text(
        "文件“{file}”第 {row} 行不是有效的 JSON 记录：{detail}。每行应是一个完整的 JSON 对象。"
        "请改正该行或重新导出。",
        "Row {row} of “{file}” is not a valid JSON record: {detail}. Each row must be one whole "
        "JSON object. Correct the row or export again.",
    ),
    "json_field_twice": Text(
        "文件“{file}”第 {row} 行的字段“{column}”出现了不止一次，无法判断用哪个值。"
        "请改正后重新导出。",
        "In row {row} of “{file}” the field “{column}” stands more than once, so it is not clear "
        "which value is meant. Correct it and export again.",
    ),
    "not_lines": Text(
        "文件“{file}”第 {row} 行的“{column}”应是明细行的数组，却是{detail}。"
        "请检查映射中的 explode 是否写对字段。",
        "In row {row} of “{file}” the field “{column}” should be an array of lines and is "
        "{detail}. Check that explode in the mapping names the right field.",
    ),
    "unclear_lines": Text(
        "看不出文件“{file}”要按哪个字段展开明细（映射中有：{found}）。请按映射改文件名。",
        "It is not clear by which field the lines of “{file}” are to be exploded (the mapping "
        "knows: {found}). Rename the file as the mapping expects.",
    ),
    "too_many_fields": Text(
        "文件“{file}”的字段超过 {limit} 个，不像是表格数据。请检查是否把编码用作了字段名。",
        "“{file}” has more than {limit} different fields, which does not look like a table. Check "
        "whether codes were used as field names.",
    ),
    "bad_archive": Text(
        "压缩包“{file}”打不开：{detail}。请重新压缩（普通 zip 或 gz）后再导入。",
        "The archive “{file}” cannot be opened: {detail}. Pack it again (plain zip or gz) and load "
        "that.",
    ),
    "archive_password": Text(
        "压缩包“{file}”设了密码。请去掉密码重新压缩，再导入。",
        "The archive “{file}” is protected by a password. Pack it again without one and load that.",
    ),
    "archive_nested": Text(
        "压缩包“{file}”里还有压缩包（{detail}），不会逐层打开。请把其中的文件直接压缩在一层里。",
        "The archive “{file}” holds another archive ({detail}), which is not opened. Pack the "
        "files themselves in one level.",
    ),
    "archive_link": Text(
        "压缩包“{file}”里有链接（{detail}）而不是文件，已拒绝。请压缩文件本身。",
        "The archive “{file}” holds a link ({detail}) in place of a file and was refused. Pack "
        "the file itself.",
    ),
    "archive_bomb": Text(
        "压缩包“{file}”解压后过大（{detail}），已停止解压。请确认来源；"
        "若数据确实很多，请分成几个压缩包。",
        "The archive “{file}” unpacks beyond the limits ({detail}) and unpacking was stopped. "
        "Check where it comes from; if there really is that much data, pack it in several parts.",
    ),
    "archive_empty": Text(
        "压缩包“{file}”里没有可导入的文件；看到的是：{found}。请检查是否压缩了正确的文件。",
        "The archive “{file}” holds no file that can be loaded; found: {found}. Check that the "
        "right files were packed.",
    ),
    "calculated_errors": Text(
        "工作簿“{file}”里有错误值单元格（如 #N/A），这种格式里无法指出是哪一格。"
        "请修正公式，或另存为 .xlsx 后导入（届时逐格列出）。",
        "The workbook “{file}” holds cells with errors (like #N/A), and in this format it cannot "
        "be told which. Correct the formulas, or save it as .xlsx, where each cell is named.",
    ),
    "bad_workbook": Text(
        "工作簿“{file}”打不开，文件已损坏或不完整（{detail}）。请重新导出，或用表格软件修复后另存。",
        "The workbook “{file}” cannot be opened: it is damaged or incomplete ({detail}). Export it "
        "again, or repair it in a spreadsheet program and save it anew.",
    ),
    "password": Text(
        "工作簿“{file}”设了打开密码。请去掉密码后另存，再导入。",
        "The workbook “{file}” is protected by a password. Remove it, save, and load that.",
    ),
    "zip_bomb": Text(
        "工作簿“{file}”解压后过大（{detail}），已拒绝打开。请确认来源；"
        "若数据确实很多，请拆分或改用 CSV。",
        "The workbook “{file}” unpacks beyond the limits ({detail}) and was not opened. Check "
        "where it comes from; if there really is that much data, split it or use CSV.",
    ),
    "bad_parquet": Text(
        "Parquet 文件“{file}”打不开，文件已损坏或不完整（{detail}）。请重新导出。",
        "The Parquet file “{file}” cannot be opened: it is damaged or incomplete ({detail}). "
        "Export it again.",
    ),
    "wrong_type": Text(
        "文件“{file}”的列“{column}”类型是 {detail}，不能当作 {expected}。请检查映射是否对错列。",
        "The column “{column}” of “{file}” has the type {detail} and cannot be read as "
        "{expected}. Check that the mapping names the right column.",
    ),
    "ambiguous_date": Text(
        "文件“{file}”{place}的日期列“{column}”分不清是日/月还是月/日（如 {detail}）。"
        "请在映射中写明 formats: {expected}（二选一）。",
        "In “{file}”{place} the dates of “{column}” may be day/month or month/day (like {detail}). "
        "Say which in the mapping, as formats: {expected}.",
    ),
    "mixed_dates": Text(
        "文件“{file}”{place}的日期列“{column}”混用了多种写法（如 {detail}），无法可靠读取。"
        "请统一成一种写法后重新导出。",
        "In “{file}”{place} the dates of “{column}” are written in several ways (like {detail}) "
        "and cannot be read safely. Use one form and export again.",
    ),
    "number_format": Text(
        "文件“{file}”{place}的数字列“{column}”分不清小数点与千分位（如 {detail}）。若逗号是小数点，"
        "请在映射的该列写 decimal: comma；若是千分位，写 decimal: point。",
        "In “{file}”{place} it is not clear in “{column}” which mark is the decimal one (like "
        "{detail}). If it is the comma, say decimal: comma for that column in the mapping; if the "
        "comma parts thousands, say decimal: point.",
    ),
    "unclear_sign": Text(
        "文件“{file}”{place}的出库数量有正有负，分不清是单据数量还是增减数量。请在映射中写 "
        "sign: stated（按正负号）或 sign: by_kind（按业务类型）。",
        "In “{file}”{place} quantities of issues are both positive and negative, so it is not "
        "clear whether they are document quantities or changes. Say sign: stated or sign: by_kind "
        "in the mapping.",
    ),
    "key_not_unique": Text(
        "“{file}”的主键“{column}”不唯一（第 {row} 行与另一行相同），无法判断哪一行变了。"
        "请在取数任务中选择能唯一确定一行的列。",
        "The key “{column}” of “{file}” is not unique (row {row} repeats another), so it is not "
        "clear which row has changed. Choose columns for the feed that tell every row apart.",
    ),
    "lookup_missing": Text(
        "“{file}”需要从另一个文件（{expected}）取数，但没有找到它。请把它与“{file}”一起导入。",
        "“{file}” takes values from another file ({expected}), which was not found. Load both "
        "together.",
    ),
    "lookup_not_unique": Text(
        "查找文件“{file}”的主键“{column}”有重复值（如 {detail}），无法确定取哪一行。请去掉重复行。",
        "The key “{column}” of the lookup file “{file}” is not unique (like {detail}), so it is "
        "not clear which row is meant. Remove the repeated rows.",
    ),
    "total_mismatch": Text(
        "文件“{file}”{place}第 {row} 行的合计与明细不符（列“{column}”：{detail}），可能缺行。"
        "请重新导出完整的文件，或改正合计。",
        "In “{file}”{place} the total in row {row} does not tie with its details (column "
        "“{column}”: {detail}); rows may be missing. Export the whole file again, or correct the "
        "total.",
    ),
    "volume_drop": Text(
        "文件“{file}”{place}的数据比上次少了很多（{detail}），可能只导出了一部分。请核对源系统；"
        "若确实如此，请用 --accept-drop 重新导入。",
        "The file “{file}”{place} holds much less than before ({detail}); it may be a part only. "
        "Compare it with the source; if it is right, load it again with --accept-drop.",
    ),
    "not_a_correction": Text(
        "“{file}”不是从隔离区下载的工作簿（{detail}）。请改正下载的那一份，保留隐藏的第一列后送回。",
        "“{file}” is no workbook of the quarantine ({detail}). Correct the one that was "
        "downloaded, keep its hidden first column, and send it back.",
    ),
    "unclear_file": Text(
        "看不出文件“{file}”属于映射中的哪一种（{detail}）。请按映射改文件名，或另写一份映射。",
        "It is not clear which kind of file of the mapping “{file}” is ({detail}). Rename it as "
        "the mapping expects, or write a mapping for it.",
    ),
}
"""Hold code -> what is wrong with a file, where, and what to do."""


def reject_text(code: str) -> Text:
    """Return the sentence for a reject code; the code itself for one of another version."""
    return REJECTED.get(code, Text(code, code))


def ignore_text(code: str) -> Text:
    """Return the words for an ignore reason; the code itself for one of another version."""
    return IGNORED.get(code, Text(code, code))
