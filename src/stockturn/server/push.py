"""Messages of shops and warehouse systems: kept, acknowledged with 202, on the board in seconds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from stockturn.intake.push.errors import BodyEncoded
from stockturn.intake.push.job import plan_load
from stockturn.intake.push.messages import Message, Messages
from stockturn.server.desk import PROBLEMS, CallerHere, Desk, DeskHere

router = APIRouter(tags=["push"], responses=PROBLEMS)


class PushShape(BaseModel):
    """The acknowledgement of a message: it is kept and will be loaded by a run."""

    message: int
    feed: str
    key: str
    rows: int
    received_at: datetime
    run_id: int


@router.post("/api/push/{feed}", status_code=202)
async def post_push(
    feed: str,
    request: Request,
    desk: DeskHere,
    caller: CallerHere,
    idempotency_key: Annotated[str, Header(description="number of the message")] = "",
) -> PushShape:
    """Take a message: a JSON object, an array of objects, or one object a line.

    The same number with the same body is answered as the first time and changes nothing; with
    another body it is refused (409).
    """
    body = await _plain(request)

    def accept() -> Message:
        messages = Messages(desk.workspace)
        key = request.headers.get(messages.key_header(feed), idempotency_key)
        return messages.accept(feed, key, body, sender=caller.actor.name)

    return await run_in_threadpool(lambda: _acknowledged(desk, accept()))


@router.post("/api/webhooks/{feed}", status_code=202)
async def post_webhook(feed: str, request: Request, desk: DeskHere) -> PushShape:
    """Take a webhook's message, which is signed with the secret of its source (HMAC-SHA256)."""
    body = await _plain(request)
    return await run_in_threadpool(
        lambda: _acknowledged(
            desk, Messages(desk.workspace).accept_signed(feed, request.headers, body)
        )
    )


async def _plain(request: Request) -> bytes:
    """Return the body as it came.

    Raises:
        BodyEncoded: it is compressed, so it may be any size once it is read.
    """
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.strip().lower() not in {"", "identity"}:
        raise BodyEncoded(encoding)
    return await request.body()


def _acknowledged(desk: Desk, message: Message) -> PushShape:
    run_id = message.run_id
    if run_id is None:
        run_id = plan_load(desk.runner, Messages(desk.workspace), message.feed).id
    return PushShape(
        message=message.id,
        feed=message.feed,
        key=message.key,
        rows=message.rows,
        received_at=message.received_at,
        run_id=run_id,
    )
