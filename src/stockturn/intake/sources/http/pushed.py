"""A source that sends by itself: nothing is fetched from it, its messages come to us."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from stockturn.intake.sources.kind import Choice, Field, Form, SourceKind
from stockturn.intake.sources.source import (
    Fetched,
    Ground,
    Readable,
    Report,
    Request,
    SourceColumn,
    Tested,
)
from stockturn.language import Text

KEY: Final = "push"
MESSAGES: Final = "messages"


class PushedSource:
    """The side of a push that can be asked: it has nothing of its own to give."""

    label = "push"

    def test(self) -> Tested:
        """There is nothing to connect to."""
        return Tested("push")

    def tables(self) -> list[Readable]:
        """Return the one thing that comes."""
        return [Readable(MESSAGES, "resource")]

    def columns(self, what: str) -> list[SourceColumn]:
        """Return nothing: fields are known when a message comes."""
        del what
        return []

    def preview(self, what: str, rows: int) -> Any:
        """Return nothing, as there is nothing to ask."""
        del what, rows
        return pa.table({})

    def fetch(self, request: Request, into: Path, report: Report) -> Fetched:
        """Return nothing: messages are loaded as they come."""
        del request, into, report
        return Fetched((), 0)


def _connect(form: Form, ground: Ground) -> PushedSource:
    del form, ground
    return PushedSource()


KIND: Final = SourceKind(
    key=KEY,
    name=Text("推送与 Webhook", "Push and webhook"),
    group="http",
    fields=(
        Field(
            "webhook_secret",
            "secret",
            Text("Webhook 签名密钥", "secret that webhooks are signed with"),
            required=False,
            hint=Text(
                "留空则只接受带 API 令牌的推送。", "Empty: only pushes with an API token are taken."
            ),
        ),
        Field(
            "signature_header",
            "text",
            Text("签名所在的请求头", "header of the signature"),
            default="X-Signature-256",
        ),
        Field(
            "signature_form",
            "choice",
            Text("签名的写法", "how the signature is written"),
            default="hex",
            choices=(
                Choice("hex", Text("十六进制（可带 sha256=）", "hexadecimal (sha256= allowed)")),
                Choice("base64", Text("Base64", "Base64")),
            ),
        ),
        Field(
            "key_header",
            "text",
            Text("消息编号所在的请求头", "header of the message's number"),
            default="Idempotency-Key",
        ),
    ),
    connect=_connect,
    tried=Text(
        "用本机的 HTTP 客户端试过，含重复、签名错误与确认后立即强制结束进程。",
        "Run against our own HTTP client, with repeats, wrong signatures and a kill right after "
        "the acknowledgement.",
    ),
)
