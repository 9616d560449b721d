"""``stockturn check``: ledger identities and workspace health, or a file of known answers."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from stockturn.cli.options import in_workspace, plain_format
from stockturn.cli.shell import Shell
from stockturn.cli.words import command, option
from stockturn.language import Language, Progress, Text

_PASS = Text("通过", "pass")
_FAIL = Text("不符", "FAIL")
_CLOSING = Text(
    "共 {total} 项：通过 {passed}，不符 {failed}。",
    "{total} checks: {passed} pass, {failed} fail.",
)
_HASHES = Text("原始文件与其哈希一致", "Kept files still have their hashes")
_CONTENT = Text("账目内容哈希（与导入顺序无关）", "Content hash, whatever the order of loads")
_SPACE = Text("磁盘空间", "Disk space")
_READING = Text("核对原始文件", "Checking kept files")


@dataclass(frozen=True)
class Checked:
    """One check and how it ended."""

    key: str
    name: Text
    passed: bool
    detail: Text


@command(Text("自检：账目恒等式与工作区健康，或逐例验证已知答案。", "Self-test of the workspace."))
@option(
    "--known-answers",
    "cases",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    words=Text("改为逐例验证该 YAML 文件。", "Run the cases of this YAML file instead."),
)
@plain_format
@in_workspace
@click.pass_obj
def check(shell: Shell, cases: Path | None, form: str) -> int:
    """Check and print; 1 when anything failed."""
    if cases is not None:
        return _known_answers(shell, cases, form)
    from stockturn.cli.house import open_house
    from stockturn.cli.progress import shown_progress
    from stockturn.workspace import Workspace

    root = Workspace.locate(shell.workspace)
    with open_house(shell) as house, shown_progress(shell) as progress:
        results = [
            Checked(each.key, each.name, each.passed, each.detail) for each in house.identities()
        ]
        results.append(Checked("content_hash", _CONTENT, True, _hash_words(house.content_hash())))
        results.append(_kept_files(root / "received", progress))
        results.append(_space(root, house.settings.free_space_floor_mb))
    _print(results, form, shell.language)
    return 0 if all(each.passed for each in results) else 1


def _hash_words(found: str) -> Text:
    return Text(found, found)


def _print(results: list[Checked], form: str, language: Language) -> None:
    if form == "json":
        listed = [
            {
                "key": each.key,
                "name": each.name.read(language),
                "passed": each.passed,
                "detail": each.detail.read(language),
            }
            for each in results
        ]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    for each in results:
        outcome = (_PASS if each.passed else _FAIL).read(language)
        click.echo(f"{outcome}  {each.name.read(language)}  {each.detail.read(language)}")
    failed = sum(not each.passed for each in results)
    passed = len(results) - failed
    click.echo(_CLOSING.read(language, total=len(results), passed=passed, failed=failed))


def _known_answers(shell: Shell, cases: Path, form: str) -> int:
    from stockturn.cli import known_answers
    from stockturn.cli.paths import existing

    existing([cases])
    results = known_answers.run(cases)
    if form == "json":
        listed = [
            {
                "id": each.id,
                "topic": each.topic,
                "outcome": each.outcome,
                "detail": each.detail(shell.language),
            }
            for each in results
        ]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=2))
    else:
        for line in known_answers.report(results, shell.language):
            click.echo(line)
    return 1 if any(each.outcome == "fail" for each in results) else 0


def _kept_files(received: Path, progress: Progress) -> Checked:
    """Read every kept file; its name starts with the hash that its bytes must have."""
    files = list(_hashed(received))
    wrong = []
    for done, (path, sha256) in enumerate(files):
        progress(_READING, done, len(files))
        if _sha256(path) != sha256:
            wrong.append(path.name)
    if wrong:
        listed = ", ".join(wrong)
        detail = Text(
            f"{len(wrong)} 个文件已改变：{listed}。请从备份恢复这些文件。",
            f"{len(wrong)} files were changed: {listed}. Restore them from a backup.",
        )
    else:
        detail = Text(f"{len(files)} 个文件", f"{len(files)} files")
    return Checked("kept_files", _HASHES, not wrong, detail)


def _hashed(received: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(received.glob("??/*")):
        yield path, path.name


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _space(root: Path, floor_mb: int) -> Checked:
    free = shutil.disk_usage(root).free // (1024 * 1024)
    detail = Text(
        f"剩余 {free:,} MB（下限 {floor_mb:,} MB）", f"{free:,} MB free (floor {floor_mb:,} MB)"
    )
    return Checked("disk_space", _SPACE, free >= floor_mb, detail)
