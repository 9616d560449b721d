"""What a load is before it is posted: its rows counted, and whether it is held or failed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from stockturn.intake.control import RUNS, Control, Measured, drop, series_of, telling
from stockturn.intake.mapping import Mapping
from stockturn.intake.problems import FileHeld
from stockturn.intake.questions import Answers, Question
from stockturn.intake.received import Manifest
from stockturn.intake.report import SHOWN_REJECTS, FileReport, LoadReport, Reject, Staged, Status
from stockturn.language import StockTurnError, Text
from stockturn.ledger import loads
from stockturn.ledger.posting import PostedLoad
from stockturn.ledger.rates import RateRestated
from stockturn.workspace import Workspace

LOADED: Final = Text(
    "已入账 {loaded:,} 行，拒收 {rejected:,} 行，忽略 {ignored:,} 行。",
    "{loaded:,} rows loaded, {rejected:,} rejected, {ignored:,} ignored.",
)
CHANGED: Final = Text(
    "冲销以前的 {reversed:,} 笔，{unchanged:,} 行没有变化。",
    "{reversed:,} earlier entries were taken back, {unchanged:,} rows had not changed.",
)
OVER_BAR: Final = Text(
    "{rows:,} 行中有 {rejected:,} 行（{share}%）不合格，超过上限 {bar}%，没有导入任何数据。"
    "最多的原因：{reason} 请改正文件或映射后重新导入。",
    "{rejected:,} of {rows:,} rows ({share} %) were rejected, above the bar of {bar} %; nothing "
    "was loaded. Most often: {reason} Correct the files or the mapping and load again.",
)
HELD: Final = Text(
    "有 {count} 个文件不能可靠读取，没有导入任何数据。{first}",
    "{count} file(s) cannot be read safely; nothing was loaded. {first}",
)
DROPPED: Final = Text(
    "有 {count} 个文件比以前少了很多，没有导入任何数据。{first}",
    "{count} file(s) bring much less than before; nothing was loaded. {first}",
)
LESS: Final = Text(
    "“{file}”比上次少了很多（{detail}），可能只导出了一部分。请核对源系统。",
    "“{file}” brings much less than before ({detail}); perhaps only a part was exported. Check at "
    "the source.",
)
OFF_TOTALS: Final = Text(
    "来源声明的合计与收到的不符，没有导入任何数据：{what}应为 {stated}，实收 {found}。"
    "请在来源处重新导出或重新抽取。",
    "What arrived differs from the totals the source states; nothing was loaded: {what} should be "
    "{stated}, {found} arrived. Export or extract again at the source.",
)
ROWS: Final = Text("行数", "the number of rows")
SHOWN_FILES: Final = 3
SHOWN_RATES: Final = 20


@dataclass(frozen=True)
class Typed:
    """What the workers made of the files of one load."""

    staged: list[Staged]
    problems: list[StockTurnError]


@dataclass(frozen=True)
class Bars:
    """Shares beyond which a load is held: of rejected rows, and of what a stream brings less."""

    rejects: Decimal
    drop: Decimal


def bars(workspace: Workspace, mapping: Mapping, rejects: Decimal | None) -> Bars:
    """Return the bars of a load: as stated, else as the mapping has it, else as set."""
    settings = workspace.settings
    if rejects is None:
        rejects = settings.reject_bar if mapping.reject_bar is None else mapping.reject_bar
    return Bars(rejects, settings.drop_bar)


def judged(blank: LoadReport, typed: Typed, manifest: Manifest, bar: Decimal) -> LoadReport:
    """Return the report up to posting: to be loaded, held or failed."""
    report = counted(blank, typed.staged, manifest)
    if typed.problems:
        failed = any(problem.exit_code != FileHeld.exit_code for problem in typed.problems)
        texts = tuple(problem.message for problem in typed.problems)
        words = Text(
            HELD.zh.format(count=len(texts), first=texts[0].zh),
            HELD.en.format(count=len(texts), first=texts[0].en),
        )
        status: Status = "failed" if failed else "held"
        return replace(report, status=status, message=words, problems=texts)
    off = _off_totals(typed, manifest)
    if off is not None:
        return replace(report, status="held", message=off, problems=(off,))
    share = Decimal(report.rows_rejected) / max(1, report.rows_in)
    if share > bar:
        reason = max(report.rejected_by_reason, key=lambda code: report.rejected_by_reason[code])
        words = report.reasons[reason]
        counts = {
            "rows": report.rows_in,
            "rejected": report.rows_rejected,
            "share": f"{share * 100:.1f}",
            "bar": f"{(bar * 100).normalize():f}",
        }
        message_zh = OVER_BAR.zh.format(reason=words.zh, **counts)
        message_en = OVER_BAR.en.format(reason=words.en, **counts)
        return replace(report, status="held", message=Text(message_zh, message_en))
    words = LOADED.fill(
        loaded=report.rows_loaded, rejected=report.rows_rejected, ignored=report.rows_ignored
    )
    return replace(report, status="loaded", message=words)


def _off_totals(typed: Typed, manifest: Manifest) -> Text | None:
    """Say which control total of the source the files do not meet; None when they meet all."""
    totals = manifest.origin.totals
    if totals is None:
        return None
    rows = sum(file.rows_in for file in typed.staged)
    if totals.rows is not None and rows != totals.rows:
        return _unmet(ROWS, f"{totals.rows:,}", f"{rows:,}")
    for column, stated in totals.sums:
        found = sum((file.sums.get(column, Decimal(0)) for file in typed.staged), Decimal(0))
        if found != stated:
            amounts = (f"{number.normalize():,f}" for number in (stated, found))
            return _unmet(Text(column, column), *amounts)
    return None


def _unmet(what: Text, stated: str, found: str) -> Text:
    values = {"stated": stated, "found": found}
    return Text(
        OFF_TOTALS.zh.format(what=what.zh, **values), OFF_TOTALS.en.format(what=what.en, **values)
    )


def controlled(
    workspace: Workspace,
    report: LoadReport,
    typed: Typed,
    shares: Bars,
    answers: Answers,
    *,
    feed: str,
) -> LoadReport:
    """Add the control totals, and hold the load where a file brings much less than before.

    Before means: of the same feed, or by hand, with the same mapping.
    """
    if report.status != "loaded":
        return report
    controls, questions, problems = [], [], []
    totals: dict[str, list[dict[str, Any]]] = {}
    for file in typed.staged:
        series = series_of(file.name)
        if series not in totals:
            totals[series] = loads.earlier_totals(
                workspace.engine, feed, report.mapping, series, RUNS
            )
        earlier = totals[series]
        for now in file.measured:
            before = [Measured(**run) for run in earlier if run["table"] == now.table]
            controls.append(Control(file.name, series, now, before[0] if before else None))
            less = drop(now, before, shares.drop)
            if less is not None:
                question = _drop(file.name, now, telling(before)[0], less)
                if answers.to(question) is None:
                    questions.append(question)
                    problems.append(FileHeld("volume_drop", file=file.name, detail=less).message)
    report = replace(report, controls=tuple(controls))
    if not questions:
        return report
    first = problems[0]
    words = Text(
        DROPPED.zh.format(count=len(problems), first=first.zh),
        DROPPED.en.format(count=len(problems), first=first.en),
    )
    return replace(
        report,
        status="held",
        message=words,
        problems=tuple(problems),
        questions=tuple(questions),
    )


def _drop(file: str, now: Measured, before: Measured, less: Text) -> Question:
    return Question(
        "drop",
        Text(*(LESS[n].format(file=file, detail=less[n]) for n in (0, 1))),
        file=file,
        rows=now.rows,
        first_day=now.first_day,
        last_day=now.last_day,
        other_rows=before.rows,
        other_first_day=before.first_day,
        other_last_day=before.last_day,
        table=now.table,
    )


def asking_of_rates(report: LoadReport, refusal: RateRestated) -> LoadReport:
    """Return the report of a load that restates rates: held, with each of them as a question."""
    files = ", ".join(file.name for file in report.files[:SHOWN_FILES])
    questions = tuple(
        Question(
            "rate",
            change.words,
            file=files,
            rows=change.rows,
            first_day=change.first,
            last_day=change.last,
            rate=change,
        )
        for change in refusal.changes
    )
    problems = tuple(question.words for question in questions[:SHOWN_RATES])
    return replace(
        report, status="held", message=refusal.message, problems=problems, questions=questions
    )


def counted(blank: LoadReport, staged: list[Staged], manifest: Manifest) -> LoadReport:
    """Return the report with the rows of the staged files counted, by reason."""
    rejected: Counter[str] = Counter()
    ignored: Counter[str] = Counter()
    rejects: list[Reject] = []
    remarks: list[Text] = []
    hashes = {number: kept.sha256 for number, kept in manifest.files}
    for file in staged:
        rejected.update(file.rejected)
        ignored.update(file.ignored)
        rejects += file.rejects
        remarks += file.remarks
    files = [
        FileReport(
            file.name,
            hashes[file.file_no],
            file.rows_in,
            file.rows_loaded,
            file.rejected.total(),
            file.ignored.total(),
        )
        for file in staged
    ]
    return replace(
        blank,
        rows_in=sum(file.rows_in for file in staged),
        rows_loaded=sum(file.rows_loaded for file in staged),
        rows_rejected=rejected.total(),
        rows_ignored=ignored.total(),
        rejected_by_reason=dict(rejected.most_common()),
        ignored_by_reason=dict(ignored.most_common()),
        files=(*files, *blank.files),
        rejects=tuple(rejects[:SHOWN_REJECTS]),
        warnings=(*blank.warnings, *remarks),
    )


def posted_report(report: LoadReport, posted: PostedLoad) -> LoadReport:
    """Return the report of a posted load: its rows as the ledger counted them."""
    files = {file.sha256: file for file in posted.batch.files}
    loaded = sum(file.rows_loaded for file in posted.batch.files)
    ignored = sum(file.rows_ignored for file in posted.batch.files)
    words = LOADED.fill(loaded=loaded, rejected=report.rows_rejected, ignored=ignored)
    unchanged = posted.batch.ignored_by_reason.get("already_loaded", 0)
    if posted.reversed or unchanged:
        counts = {"reversed": posted.reversed, "unchanged": unchanged}
        words = Text(
            words.zh + CHANGED.zh.format(**counts), f"{words.en} {CHANGED.en.format(**counts)}"
        )
    return replace(
        report,
        message=words,
        load_no=posted.load_no,
        committed_at=posted.committed_at,
        rows_loaded=loaded,
        rows_ignored=ignored,
        ignored_by_reason=dict(posted.batch.ignored_by_reason),
        files=tuple(
            replace(
                file,
                rows_loaded=files[file.sha256].rows_loaded,
                rows_ignored=files[file.sha256].rows_ignored,
            )
            if file.sha256 in files
            else file
            for file in report.files
        ),
        warnings=(*report.warnings, *posted.warnings),
        reversed=posted.reversed,
        superseded=posted.superseded,
    )
