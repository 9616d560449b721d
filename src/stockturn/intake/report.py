"""What a load tells: of each file, and of the whole. Values without any engine behind them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

from stockturn.intake.control import Control, Measured
from stockturn.intake.questions import Question
from stockturn.intake.reasons import ignore_text, reject_text
from stockturn.language import Text

Status = Literal["loaded", "nothing_new", "held", "failed"]
SHOWN_REJECTS = 100

CHANGE_WORDS: Final = {
    "reversed": Text("冲销以前的（笔）", "Earlier entries taken back"),
    "superseded": Text("替换的导入编号", "Loads whose files were replaced"),
}
"""What a load did to earlier ones, in the words of every report."""


@dataclass(frozen=True)
class Reject:
    """One rejected row, as shown in a report."""

    file: str
    sheet: str | None
    row_no: int | None
    column: str | None
    value: str | None
    code: str

    @property
    def message(self) -> Text:
        """Why the row was rejected and what to do."""
        return reject_text(self.code)


@dataclass(frozen=True)
class Staged:
    """What the worker made of one file.

    Attributes:
        tables: entry table -> its Parquet file.
        rejects: the first rejected rows.
        remarks: what was found out rather than stated.
        stream: which rows of its source the file belongs to, see ``FileSpec.stream``.
        slice: what the file replaces of earlier ones, as its mapping states it.
        sums: header -> sum over all rows, of the columns the source stated a total of.
        measured: control totals of its entries, by table.
        sheets: sheet, row of the header and names of the columns.
    """

    file_no: int
    name: str
    rows_in: int
    rows_loaded: int
    ignored: Counter[str]
    rejected: Counter[str]
    tables: dict[str, Path]
    rejects: tuple[Reject, ...]
    remarks: tuple[Text, ...]
    stream: str = ""
    slice: str | None = None
    sums: dict[str, Decimal] = field(default_factory=dict)
    measured: tuple[Measured, ...] = ()
    sheets: tuple[tuple[str | None, int, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class FileReport:
    """One file of a load; ``rows_in = rows_loaded + rows_rejected + rows_ignored``."""

    name: str
    sha256: str
    rows_in: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    rows_ignored: int = 0
    already_loaded: bool = False


@dataclass(frozen=True)
class LoadReport:
    """What became of a load; the API's ``LoadReport`` in both languages.

    Attributes:
        load_no: None when nothing was new or the load was not posted.
        message: the outcome in a sentence, with every problem of every file if it was held.
        problems: the single problems behind a held or failed load.
        questions: what a held load asks; answered, it goes on.
        rejects: the first 100 rejected rows.
        trial: nothing was changed; the report says what a load would do.
        controls: what each file brought, beside what its stream brought before.
        day_rule: the zone and the hour by which times of day were given their day.
        reversed: movements and sales of earlier loads that this one took back.
        superseded: the loads of which it replaced files.
        warnings: what the user should know and confirm: guesses, files not used, ledger findings.
    """

    status: Status
    message: Text
    mapping: str
    load_no: int | None = None
    committed_at: datetime | None = None
    rows_in: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    rows_ignored: int = 0
    rejected_by_reason: dict[str, int] = field(default_factory=dict)
    ignored_by_reason: dict[str, int] = field(default_factory=dict)
    files: tuple[FileReport, ...] = ()
    rejects: tuple[Reject, ...] = ()
    problems: tuple[Text, ...] = ()
    questions: tuple[Question, ...] = ()
    warnings: tuple[Text, ...] = ()
    controls: tuple[Control, ...] = ()
    day_rule: Text | None = None
    seconds: float = 0.0
    trial: bool = False
    reversed: int = 0
    superseded: tuple[int, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 loaded or nothing new, 3 held, 1 failed."""
        return {"loaded": 0, "nothing_new": 0, "held": 3, "failed": 1}[self.status]

    @property
    def reasons(self) -> dict[str, Text]:
        """The words for every reason counted in this report."""
        return {
            **{code: reject_text(code) for code in self.rejected_by_reason},
            **{code: ignore_text(code) for code in self.ignored_by_reason},
        }
