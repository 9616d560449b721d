"""``stockturn backup`` and ``restore``: what was received, settings and mappings in one file."""

from __future__ import annotations

from pathlib import Path

import click

from stockturn.cli.options import in_workspace, language_option
from stockturn.cli.shell import Shell
from stockturn.cli.words import command
from stockturn.language import Text
from stockturn.workspace.secret import FILE_NAME as SECRET_FILE

_SAVED = Text("已备份 {files} 个文件到 {path}。", "Backed up {files} files to {path}.")
_RESTORED = Text(
    "已恢复到 {path}：{loads} 次导入，重建的仓库与备份时逐表一致。",
    "Restored to {path}: {loads} loads; the rebuilt warehouse equals that of the backup.",
)
_OTHER_VERSION = Text(
    "已恢复到 {path}：{loads} 次导入。备份由其他版本写成，无法逐表比较。",
    "Restored to {path}: {loads} loads. Another version wrote the backup, so tables could not be "
    "compared.",
)
_NO_KEY = Text(
    "备份不含密钥文件 secret.key：没有它，谁拿到备份都读不出来源的密码。请另外妥善保存一份。",
    "The backup does not hold secret.key, so whoever has it cannot read the passwords of sources. "
    "Keep a copy of that file elsewhere.",
)
_KEY_MISSING = Text(
    "{names} 的密码是用原工作区的 secret.key 加密的，备份里没有这个文件。请在启动前把它放到 {path}"
    "（权限 600），或在「来源」中重新填写密码。",
    "The secrets of {names} are encrypted with the former workspace's secret.key, which the backup "
    "does not hold. Put that file at {path} (mode 600) before the start, or enter the secrets "
    "again under Sources.",
)
_DIFFERS = Text(
    "已恢复到 {path}，但这些表与备份时不同：{tables}。原始文件哈希均正确，请报告此问题。",
    "Restored to {path}, but these tables differ from the backup: {tables}. All kept files have "
    "their hashes; please report this.",
)


@command(Text("备份原始文件、设置和映射到一个文件。", "Back up to one file."))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@in_workspace
@click.pass_obj
def backup(shell: Shell, file: Path) -> None:
    """Write the backup."""
    from stockturn.cli.archive import write_archive
    from stockturn.cli.house import own_workspace
    from stockturn.cli.progress import shown_progress
    from stockturn.workspace import clear_disk_errors

    with (
        own_workspace(shell) as workspace,
        shown_progress(shell) as progress,
        clear_disk_errors(file.absolute().parent),
    ):
        files = write_archive(workspace, file, progress)
    shell.say(_SAVED, files=files, path=file)
    shell.tell(_NO_KEY)


@command(Text("从备份恢复到一个新目录，重建仓库并比较。", "Restore a backup into a new folder."))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@language_option
@click.pass_obj
def restore(shell: Shell, file: Path, folder: Path) -> int:
    """Restore, rebuild, compare; 1 when tables differ."""
    from stockturn.cli.archive import read_archive
    from stockturn.cli.progress import shown_progress
    from stockturn.cli.rebuild import differing_tables, rebuild_warehouse
    from stockturn.intake.sources.store import Sources
    from stockturn.workspace import Workspace, clear_disk_errors

    with shown_progress(shell) as progress, clear_disk_errors(folder.absolute().parent):
        expected = read_archive(file, folder, progress)
        with Workspace.open(folder, flags=shell.flags, environ=shell.environ) as workspace:
            result = rebuild_warehouse(workspace, progress)
            sealed = [each.name for each in Sources(workspace).all() if each.secrets]
    if sealed:
        shell.tell(_KEY_MISSING, names=", ".join(sealed), path=folder / SECRET_FILE)
    if expected is None:
        shell.say(_OTHER_VERSION, path=folder, loads=result.loads)
        return 0
    differing = differing_tables(expected, result.fingerprint)
    if differing:
        shell.say(_DIFFERS, path=folder, tables=", ".join(differing))
        return 1
    shell.say(_RESTORED, path=folder, loads=result.loads)
    return 0
