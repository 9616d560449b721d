"""Fields that several places with files share."""

from __future__ import annotations

from typing import Final

from stockturn.intake.sources.kind import Field
from stockturn.language import Text

SETTLES: Final = Field(
    "settles",
    "number",
    Text("静置秒数", "seconds of rest"),
    default=10,
    highest=86_400,
    hint=Text(
        "最后一次改动后多少秒才取，避免取到写了一半的文件。",
        "A file is taken this long after its last change, so that no half-written one is.",
    ),
)
MOVES: Final = Field(
    "moves",
    "flag",
    Text("入账后移到 loaded 文件夹", "move loaded files into the folder “loaded”"),
    default=False,
    hint=Text(
        "需要写权限；不移动也不会重复导入。",
        "Needs the right to write; left files are not loaded again.",
    ),
)
