"""What can be wrong with a warehouse: held by another, damaged, without room."""

from __future__ import annotations

from stockturn.language import StockTurnError, Text


class EngineLocked(StockTurnError):
    """Another process holds the warehouse file; ``pid`` names it where it is known."""

    code = "warehouse_locked"
    status = 409

    def __init__(self, pid: int | None) -> None:
        who = f" (pid {pid})" if pid else ""
        super().__init__(
            Text(
                f"仓库文件正被另一个进程占用{who}。请先结束该进程，或通过正在运行的服务操作。",
                f"Another process{who} holds the warehouse file. End it, or work through the "
                "running server.",
            )
        )
        self.pid = pid


class EngineDamaged(StockTurnError):
    """The warehouse file cannot be read; everything in it can be made again."""

    code = "warehouse_damaged"

    def __init__(self, detail: str) -> None:
        super().__init__(
            Text(
                f"仓库文件无法读取（{detail}）。原始数据仍在 received/ 中，运行 stockturn rebuild "
                "可重新生成。",
                f"The warehouse file cannot be read ({detail}). The originals are kept in "
                "received/; run stockturn rebuild to make it again.",
            )
        )


class EngineFull(StockTurnError):
    """The disk or the memory limit is exhausted; the transaction was rolled back."""

    code = "out_of_space"
    status = 507

    def __init__(self, detail: str) -> None:
        super().__init__(
            Text(
                f"磁盘或内存不足（{detail}）。本次操作已全部撤销，请清理空间后重试。",
                f"Out of disk space or memory ({detail}). Nothing was changed; free some space "
                "and try again.",
            )
        )
