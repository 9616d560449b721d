"""Publishing as a job: what the runner is given for the kind ``publish``."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from stockturn.intake.publishing.publish import publish
from stockturn.jobs.run import Done, Handler, Task
from stockturn.language import Text
from stockturn.workspace import Workspace

KIND: Final = "publish"
NAME: Final = Text("发布数据表", "Publish tables")

_PUBLISHED: Final = Text(
    "已发布第 {number} 版（至第 {load} 次导入）：{files} 个文件，其中新写 {written} 个。",
    "Version {number} is published (up to load {load}): {files} files, {written} of them new.",
)
_NOTHING: Final = Text(
    "还没有导入任何数据，没有可发布的。", "Nothing was loaded yet; nothing to publish."
)


def publish_handler(workspace: Workspace) -> Handler:
    """Return what publishes the clean tables of this workspace as Parquet.

    It takes no params. It reads one consistent state and so runs beside loads.
    """
    return Handler(partial(_publish, workspace), NAME, lane="fetch", safe_to_rerun=True)


def _publish(workspace: Workspace, _params: dict[str, Any], task: Task) -> Done:
    done = publish(workspace, progress=task)
    if done is None:
        return Done(message=_NOTHING)
    words = _PUBLISHED.fill(
        number=done.number, load=done.load_no, files=done.files, written=len(done.written)
    )
    result = {"version": done.number, "load_no": None, "published_load_no": done.load_no}
    return Done({**result, "written": list(done.written)}, message=words)
