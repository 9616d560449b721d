"""Runs: listed, looked at, followed while they run, cancelled, and their reports handed on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from stockturn.accounts.caller import Caller
from stockturn.accounts.told import who_is_told
from stockturn.delivery.load_book import load_book, load_page
from stockturn.intake.feeds.store import Feeds
from stockturn.jobs.run import Run, State
from stockturn.language import Language, StockTurnError, Text
from stockturn.ledger import loads
from stockturn.server import answering
from stockturn.server.answering import answers
from stockturn.server.desk import PROBLEMS, CallerHere, Desk, DeskHere, Lang
from stockturn.server.run_shapes import ReportFormat, RunList, RunShape, load_report, run_shape

LOOK_SECONDS = 0.5
HEARTBEAT_SECONDS = 10.0
"""A line that says nothing keeps proxies from closing a quiet stream."""

REPORTED_REJECTS = 50_000
"""Rejected rows in a workbook; the quarantine has them all."""

_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file",
        "content": {
            kind.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for kind in _TYPES.values()
        },
    }
}
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events `run`, each with a RunShape; `end` is the last",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


class ReportMissing(StockTurnError):
    """A run has no report of a load."""

    code = "report_missing"
    status = 404

    def __init__(self, run_id: int) -> None:
        super().__init__(
            Text(
                f"第 {run_id} 号运行没有导入报告：它尚未结束，或不是导入。",
                f"Run {run_id} has no load report: it has not ended, or it is not a load.",
            )
        )


routes = APIRouter()
"""The same for the page (``/api``) and the command line (``/internal``)."""


@routes.get("/runs")
def get_runs(
    desk: DeskHere,
    caller: CallerHere,
    kind: Annotated[list[str] | None, Query(description="kinds of work; absent for all")] = None,
    state: Annotated[list[State] | None, Query(description="states; absent for all")] = None,
    schedule_id: Annotated[int | None, Query(description="runs of one schedule")] = None,
    before: Annotated[int | None, Query(description="go on below this run")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    lang: Lang = "zh",
) -> RunList:
    """Runs, newest first."""
    runner = desk.runner
    found = runner.queue.find(
        kinds=kind or (), states=state or (), schedule_id=schedule_id, before=before, limit=limit
    )
    shapes = [run_shape(runner, runner.live(run), lang, full=False) for run in found]
    _tell(desk, caller, found, shapes)
    return RunList(runs=shapes)


@routes.get("/runs/{run_id}")
def get_run(run_id: int, desk: DeskHere, lang: Lang = "zh") -> RunShape:
    """One run as it stands, with its load report once it has ended."""
    return shape_of(desk, desk.runner.look(run_id), lang)


@routes.post("/runs/{run_id}/cancel")
def post_cancel(run_id: int, desk: DeskHere, caller: CallerHere, lang: Lang = "zh") -> RunShape:
    """Ask a run to stop: a queued one at once, a running one at its next progress."""
    return shape_of(desk, desk.runner.cancel(run_id, by=caller.actor.name), lang)


@routes.get("/runs/{run_id}/events", response_class=StreamingResponse, responses=_EVENTS)
def get_run_events(
    run_id: int, request: Request, desk: DeskHere, lang: Lang = "zh"
) -> StreamingResponse:
    """Follow a run until it ends. Whoever misses events asks ``/runs/{run_id}`` again."""
    desk.runner.look(run_id)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    stream = _events(desk, run_id, lang, request)
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


@routes.get("/runs/{run_id}/report", response_class=Response, responses=_FILE)
def get_run_report(
    run_id: int,
    desk: DeskHere,
    report_format: Annotated[ReportFormat, Query(alias="format")] = "xlsx",
    lang: Lang = "zh",
) -> Response:
    """The load report of a run as a file to hand on."""
    run = desk.runner.look(run_id)
    report = load_report(run)
    if report is None:
        raise ReportMissing(run_id)
    if not desk.raw_rows:
        report = replace(report, rejects=())
    if report_format == "html":
        content: str | bytes = load_page(report, lang)
    else:
        rows = (
            ()
            if report.load_no is None or not desk.raw_rows
            else loads.rejects(desk.engine, report.load_no, REPORTED_REJECTS)
        )
        content = load_book(report, rows, lang)
    headers = {
        "content-disposition": f'attachment; filename="stockturn-run-{run_id}.{report_format}"'
    }
    return Response(content, media_type=_TYPES[report_format], headers=headers)


def shape_of(desk: Desk, run: Run, language: Language, *, full: bool = True) -> RunShape:
    """Return a run as the caller may see it: without rejected rows where they see counts only."""
    shape = run_shape(desk.runner, run, language, full=full)
    shape.answers = answers(desk.workspace, run)
    if shape.report is not None and not desk.raw_rows:
        shape.report.rejects = []
        for question in shape.report.questions:
            if question.rate is not None:
                question.rate.booked = question.rate.at_new_rate = None
    return shape


def _tell(desk: Desk, caller: Caller, runs: Sequence[Run], shapes: Sequence[RunShape]) -> None:
    """Say whom the runs wait for: the owner that their feed has now, else who asked for them."""
    held = [(run, shape) for run, shape in zip(runs, shapes, strict=True) if run.state == "held"]
    if not held:
        return
    people = desk.people.everybody()
    owners = {feed.name: feed.plan.owner for feed in Feeds(desk.workspace).all()}
    for run, shape in held:
        result = run.result or {}
        kept = str(result.get("owner") or "")
        told = who_is_told(owners.get(str(result.get("feed")), kept), people)
        if told.login is not None and told.why_not is None:
            shape.owner = told.login
            shape.yours = caller.user is not None and caller.user.login == told.login
        else:
            shape.owner = run.requested_by
            shape.yours = run.requested_by == caller.actor.name


async def _events(
    desk: Desk, run_id: int, language: Language, request: Request
) -> AsyncIterator[str]:
    told, told_at = "", time.monotonic()
    while not desk.runner.stopping and not await request.is_disconnected():
        run = await run_in_threadpool(desk.runner.look, run_id)
        shape = shape_of(desk, run, language, full=run.ended).model_dump_json()
        if shape != told:
            told, told_at = shape, time.monotonic()
            yield f"event: {'end' if run.ended else 'run'}\ndata: {shape}\n\n"
        elif time.monotonic() - told_at >= HEARTBEAT_SECONDS:
            told_at = time.monotonic()
            yield ": still here\n\n"
        if run.ended:
            return
        await asyncio.sleep(LOOK_SECONDS)


routes.include_router(answering.routes)
router = APIRouter(prefix="/api", tags=["data"], responses=PROBLEMS)
router.include_router(routes)
