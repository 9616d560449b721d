"""``stockturn demo``: a generated company, loaded like any other, and its page.

The workspace holds a folder ``demo/`` with the generated files and two marks: ``generated.json``
once the files are whole, ``loaded.json`` once they are in the ledger. What is interrupted before a
mark is done again at the next start; a load itself is all or nothing.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stockturn.cli.options import language_option
from stockturn.cli.shell import Shell
from stockturn.cli.words import command, option
from stockturn.language import Progress, StockTurnError, Text, UsageError

if TYPE_CHECKING:
    from stockturn.workspace import Owner, Workspace

MAPPING = "demo"
ITEMS, MONTHS = 3000, 36

_OWNER = Text("本机用户", "Local user")
_COMPANY = Text("示例公司", "Sample company")
_GENERATED = Text("已生成 {count:,} 笔流水。", "Generated {count:,} movements.")
_RUNNING = Text("示例已在运行：{address}", "The sample company is already open: {address}")
_ENDED = Text("已结束，工作区完好：{path}", "Ended; the workspace is whole: {path}")


class NotTheDemo(UsageError):
    """The folder holds another workspace, or a demo of another size."""

    code = "not_the_demo"

    def __init__(self, folder: Path) -> None:
        super().__init__(
            Text(
                f"{folder} 里已有其他数据或另一种规模的示例。请用 --dir 换一个目录。",
                f"{folder} holds other data, or a sample company of another size. Choose another "
                "folder with --dir.",
            )
        )


class DemoNotLoaded(StockTurnError):
    """The generated files were refused by the intake."""

    code = "demo_not_loaded"

    def __init__(self, message: Text) -> None:
        super().__init__(
            Text(f"示例数据未能导入：{message.zh}", f"The sample was not loaded: {message.en}")
        )


@command(
    Text(
        "生成一家示例公司，像自己的数据一样导入，并打开页面。",
        "Generate a company, load it like your own data, and open the page.",
    )
)
@option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    words=Text("工作区目录，默认在用户数据目录下。", "The workspace; by default in user data."),
)
@option(
    "--port",
    type=click.IntRange(0, 65_535),
    words=Text("端口；默认端口被占用时任取一个。", "The port; a free one if the usual is taken."),
)
@option("--no-browser", is_flag=True, words=Text("不打开浏览器。", "Open no browser."))
@option("--items", type=click.IntRange(40), words=Text("物料数，默认 3000。", "Items; 3000."))
@option("--months", type=click.IntRange(3), words=Text("月数，默认 36。", "Months; 36."))
@language_option
@click.pass_obj
def demo(
    shell: Shell,
    folder: Path | None,
    port: int | None,
    no_browser: bool,
    items: int | None,
    months: int | None,
) -> None:
    """Make the demo where it is not whole, then serve it."""
    from stockturn.cli.house import own_workspace
    from stockturn.cli.serve import run_server
    from stockturn.workspace import WorkspaceBusy

    shell.folder = folder or _usual_folder()
    _make_workspace(shell)
    try:
        with own_workspace(shell, kind="server", settings={"port": port}) as workspace:
            _Demo(shell, workspace).make(items, months)
            run_server(
                shell,
                workspace,
                browser=not no_browser,
                any_port=port is None,
                owner_name=_OWNER.read(shell.language),
            )
    except WorkspaceBusy as busy:
        if busy.owner is None or busy.owner.port is None:
            raise
        _point_to(shell, busy.owner, browser=not no_browser)
        return
    shell.say(_ENDED, path=shell.folder)


@dataclass(frozen=True)
class _Demo:
    """The generated company of one workspace that this process owns."""

    shell: Shell
    workspace: Workspace

    @property
    def _folder(self) -> Path:
        return self.workspace.root / "demo"

    def make(self, items: int | None, months: int | None) -> None:
        """Generate and load what is missing.

        Raises:
            NotTheDemo: the workspace holds other data, or a demo of another size.
            DemoNotLoaded: the intake refused the files.
        """
        from stockturn.cli.progress import shown_progress
        from stockturn.workspace import clear_disk_errors

        if not self._folder.exists() and any(self.workspace.received.glob("load-*.json")):
            raise NotTheDemo(self.workspace.root)
        self._folder.mkdir(exist_ok=True)
        with shown_progress(self.shell) as progress, clear_disk_errors(self.workspace.root):
            files = self._generate(items, months, progress)
            if not self._mark("loaded").exists():
                self._load(files, progress)

    def _generate(self, items: int | None, months: int | None, progress: Progress) -> Path:
        from stockturn.demo import generate

        target, mark = self._folder / "files", self._mark("generated")
        if mark.exists():
            made = json.loads(mark.read_text(encoding="utf-8"))
            if items not in {None, made["items"]} or months not in {None, made["months"]}:
                raise NotTheDemo(self.workspace.root)
            return target
        shutil.rmtree(target, ignore_errors=True)
        items, months = items or ITEMS, months or MONTHS
        company = generate(target, items=items, months=months, progress=progress)
        self._set_mark("generated", {"items": items, "months": months})
        self.shell.tell(_GENERATED, count=company.movements)
        return target

    def _load(self, files: Path, progress: Progress) -> None:
        from stockturn.cli.house import load_here

        report = load_here(self.workspace, [files], MAPPING, progress)
        if report.status not in {"loaded", "nothing_new"}:
            raise DemoNotLoaded(report.message)
        self._set_mark("loaded", {"load_no": report.load_no})
        self.shell.tell(report.message)

    def _mark(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _set_mark(self, name: str, content: dict[str, object]) -> None:
        """Write a mark so that it is there whole or not at all."""
        fresh = self._folder / f"{name}.new"
        fresh.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        fresh.replace(self._mark(name))


def _usual_folder() -> Path:
    from platformdirs import user_data_path

    return user_data_path("stockturn", appauthor=False) / "demo"


def _make_workspace(shell: Shell) -> None:
    from stockturn.workspace import Workspace, WorkspaceMissing

    try:
        Workspace.locate(shell.workspace)
    except WorkspaceMissing:
        answers = {"language": shell.language, "company": _COMPANY.read(shell.language)}
        Workspace.create(shell.workspace, answers)


def _point_to(shell: Shell, owner: Owner, *, browser: bool) -> None:
    import webbrowser

    from stockturn.cli.remote import local_key
    from stockturn.cli.serve import LOOPBACK, page_address

    assert owner.port is not None
    assert owner.token is not None
    key = local_key(owner.port, owner.token, shell.language)
    address = page_address(LOOPBACK[0], owner.port, shell.language, key)
    shell.say(_RUNNING, address=address)
    if browser:
        webbrowser.open(address)
