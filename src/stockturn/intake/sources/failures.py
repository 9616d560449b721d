"""What can go wrong with a source: one class a failure, each saying whether a retry can help."""

from __future__ import annotations

from typing import ClassVar

from stockturn.language import StockTurnError, Text


class SourceFailure(StockTurnError):
    """A source did not give what was asked; ``can_pass`` says whether a retry can help.

    Attributes:
        words: the sentence; ``{source}``, ``{what}`` and ``{detail}`` are its places.
    """

    code = "source_failed"
    status = 502
    words: ClassVar[Text] = Text("来源“{source}”出错：{detail}", "Source “{source}”: {detail}")

    def __init__(
        self, source: str, *, what: str | Text = "", detail: str | Text = "", hidden: str = ""
    ) -> None:
        """Say what happened.

        Args:
            source: where: host and database, folder, or address.
            what: the table, column or file it is about.
            detail: what the driver said; only its first line is kept.
            hidden: a secret that must not be repeated, whatever the driver said.
        """
        about, said = _both(what), _both(detail)
        super().__init__(
            Text(
                self.words.zh.format(
                    source=source, what=about.zh, detail=_first_line(said.zh, hidden)
                ),
                self.words.en.format(
                    source=source, what=about.en, detail=_first_line(said.en, hidden)
                ),
            )
        )


class SourceUnreachable(SourceFailure):
    """Nothing answers at the address."""

    code = "source_unreachable"
    can_pass = True
    words = Text(
        "连不上来源“{source}”（{detail}）。请检查地址、端口、防火墙，以及对方是否在运行。",
        "Source “{source}” cannot be reached ({detail}). Check the address, the port, the firewall "
        "and that it is running.",
    )


class SourceRefused(SourceFailure):
    """The account or its secret is not accepted."""

    code = "source_refused"
    status = 422
    words = Text(
        "来源“{source}”拒绝登录（{detail}）。请检查用户名、密码和对方允许的登录地址。",
        "Source “{source}” refused the sign-in ({detail}). Check the user, the password and from "
        "where that user may connect.",
    )


class SourceForbidden(SourceFailure):
    """The account may not read this."""

    code = "source_forbidden"
    status = 422
    words = Text(
        "来源“{source}”不允许读取“{what}”（{detail}）。请让对方管理员授予只读权限。",
        "Source “{source}” does not allow “{what}” to be read ({detail}). Ask its administrator "
        "for the right to read it.",
    )


class SourceMissing(SourceFailure):
    """The source has no such table, view, file or resource."""

    code = "source_has_no_such"
    status = 404
    words = Text(
        "来源“{source}”里没有“{what}”。请从可读取的列表中选择；它可能已改名或删除。",
        "Source “{source}” has no “{what}”. Choose from the list of what can be read; it may have "
        "been renamed or removed.",
    )


class SourceTimedOut(SourceFailure):
    """The source took longer than it may."""

    code = "source_timed_out"
    status = 504
    can_pass = True
    words = Text(
        "来源“{source}”在读取“{what}”时超时（{detail}）。稍后会重试；若总是超时，请缩小范围或"
        "给游标列建索引。",
        "Source “{source}” took too long over “{what}” ({detail}). It is tried again later; if it "
        "stays so, read less at a time or index the cursor column.",
    )


class SourceGone(SourceFailure):
    """The connection broke in the middle; nothing of it was loaded."""

    code = "source_gone"
    can_pass = True
    words = Text(
        "读取“{what}”时与来源“{source}”的连接中断（{detail}）。本次没有导入任何数据，稍后会重试。",
        "The connection to source “{source}” broke while “{what}” was being read ({detail}). "
        "Nothing was loaded; it is tried again later.",
    )


class SchemaChanged(SourceFailure):
    """A column is new, missing or of another type than agreed."""

    code = "source_schema_changed"
    status = 409
    exit_code = 3
    words = Text(
        "来源“{source}”的“{what}”结构变了：{detail}本次没有导入任何数据。",
        "“{what}” of source “{source}” has changed: {detail} Nothing was loaded.",
    )


class ColumnRefused(SourceFailure):
    """A column that cannot be read, or a condition that does not fit its type."""

    code = "source_column_refused"
    status = 422
    exit_code = 2
    words = Text(
        "来源“{source}”的列“{what}”不能这样使用：{detail}",
        "Column “{what}” of source “{source}” cannot be used so: {detail}",
    )


class ValueUnreadable(SourceFailure):
    """A value that the column's type cannot hold in our world."""

    code = "source_value_unreadable"
    status = 422
    exit_code = 3
    words = Text(
        "来源“{source}”的列“{what}”含有无法读取的值（{detail}）。本次没有导入任何数据，"
        "请在来源改正或不取这一列。",
        "Column “{what}” of source “{source}” holds a value that cannot be read ({detail}). "
        "Nothing was loaded; correct it at the source or leave the column out.",
    )


class TotalsDiffer(SourceFailure):
    """What was read does not add up to what the source says it holds."""

    code = "source_totals_differ"
    status = 409
    exit_code = 3
    can_pass = True
    words = Text(
        "从来源“{source}”读到的“{what}”与来源自己的合计不符：{detail}本次没有导入任何数据。"
        "多半是读取期间数据在变，稍后会重试。",
        "What was read of “{what}” does not agree with the totals of source “{source}”: {detail} "
        "Nothing was loaded. Mostly the data changed while it was read; it is tried again later.",
    )


class DriverMissing(SourceFailure):
    """The driver of this kind of source is not installed."""

    code = "source_driver_missing"
    status = 422
    words = Text(
        "没有安装“{source}”的驱动。请执行 pip install 'stockturn[{detail}]' 后重新启动。",
        "The driver for “{source}” is not installed. Run pip install 'stockturn[{detail}]' and "
        "start again.",
    )


class FolderNotAllowed(SourceFailure):
    """A path outside the folders that sources may read."""

    code = "source_folder_not_allowed"
    status = 403
    words = Text(
        "不允许读取“{source}”。请让管理员在设置 source_folders 中加入它所在的目录。",
        "“{source}” may not be read. Ask an administrator to add its folder to the setting "
        "source_folders.",
    )


def _both(words: str | Text) -> Text:
    return words if isinstance(words, Text) else Text(words, words)


def _first_line(text: str, hidden: str) -> str:
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if hidden:
        line = line.replace(hidden, "***")
    return line[:300]
