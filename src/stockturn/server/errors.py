"""What goes wrong, said to the caller: a code, a sentence in their language, a request id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stockturn.language import Language, StockTurnError, Text
from stockturn.server.contract import Problem
from stockturn.server.fields import FIELDS

log = structlog.get_logger("stockturn.server")

UNEXPECTED = Text(
    "处理请求时出现意外错误，数据没有改变。请重试；若仍然出现，请把编号告诉管理员。",
    "Something unexpected went wrong; no data was changed. Try again, and quote the code to your "
    "administrator if it stays.",
)
_NOT_FOUND = Text(
    "没有这个地址。请检查链接，或从首页重新进入。",
    "There is no such address. Check the link, or start again from the first page.",
)
_NOT_ALLOWED = Text("这个地址不接受该操作（{method}）。", "This address does not accept {method}.")
_REFUSED = Text("请求被拒绝。", "The request was refused.")
_INVALID = Text("「{field}」{what}", "“{field}” {what}")
_WRONG: Mapping[str, Text] = {
    "missing": Text("没有填写，请补上。", "is missing; please fill it in."),
    "date": Text("不是日期，请写成 2013-01-31 这样。", "is not a date; write it like 2013-01-31."),
    "datetime": Text(
        "不是时间，请写成 2013-01-31T08:00:00Z 这样。",
        "is not a time; write it like 2013-01-31T08:00:00Z.",
    ),
    "int": Text("不是整数。", "is not a whole number."),
    "bool": Text("只能是 true 或 false。", "must be true or false."),
    "literal": Text("只能是其中之一：{expected}。", "must be one of: {expected}."),
    "range": Text("超出允许的范围（{limit}）。", "is out of range ({limit})."),
    "json": Text("不是有效的 JSON。", "is not valid JSON."),
    "other": Text("填写有误。", "is not valid."),
}


class InvalidField(StockTurnError):
    """A parameter does not hold what it should; ``field`` is its name in the API."""

    code = "invalid"
    status = 422
    exit_code = 2

    def __init__(self, field: str, what: Text) -> None:
        name = FIELDS.get(field, Text(field, field))
        super().__init__(
            Text(
                _INVALID.zh.format(field=name.zh, what=what.zh),
                _INVALID.en.format(field=name.en, what=what.en),
            )
        )
        self.field = field


def language_of(scope: Scope) -> Language:
    """Return the language the request asks for; Chinese unless it says English."""
    query = scope.get("query_string", b"")
    return "en" if b"lang=en" in query.split(b"&") else "zh"


def problem(scope: Scope, error: StockTurnError) -> JSONResponse:
    """Return the answer that tells the caller of ``error``."""
    shape = Problem(
        code=error.code,
        message=error.message.read(language_of(scope)),
        request_id=scope.get("state", {}).get("request_id", ""),
        field=getattr(error, "field", None),
        exit_code=error.exit_code,
    )
    wait = getattr(error, "retry_seconds", None)
    headers = None if wait is None else {"retry-after": str(wait)}
    return JSONResponse(shape.model_dump(), status_code=error.status, headers=headers)


class CatchAll:
    """Answers an error nobody foresaw; its trace goes to the log under the request's id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        started = False

        async def send_noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except Exception:
            if scope["type"] != "http":
                raise
            log.exception("unexpected error", method=scope["method"], path=scope["path"])
            if started:
                # Half an answer is out: only a broken connection tells the caller so.
                raise
            error = StockTurnError(UNEXPECTED)
            error.code = "unexpected"
            await problem(scope, error)(scope, receive, send)


def install(app: FastAPI) -> None:
    """Make every failure of the app answer with a Problem."""

    def stockturn_error(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, StockTurnError)
        if error.status >= 500:
            log.error("failed", code=error.code, exc_info=error)
        return problem(request.scope, error)

    def validation_error(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return problem(request.scope, _invalid(error.errors()))

    def http_error(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        answer = problem(request.scope, _from_status(error.status_code, request.method))
        answer.headers.update(error.headers or {})
        return answer

    app.add_exception_handler(StockTurnError, stockturn_error)
    app.add_exception_handler(RequestValidationError, validation_error)
    app.add_exception_handler(HTTPException, http_error)


def _from_status(status: int, method: str) -> StockTurnError:
    words, code = {
        404: (_NOT_FOUND, "not_found"),
        405: (_NOT_ALLOWED.fill(method=method), "method_not_allowed"),
    }.get(status, (_REFUSED, "refused"))
    error = StockTurnError(words)
    error.status, error.code = status, code
    return error


def _invalid(errors: Sequence[Any]) -> InvalidField:
    """Name the first field that is wrong; one clear sentence beats a list of paths."""
    first = errors[0]
    names = [str(part) for part in first["loc"] if isinstance(part, str)]
    field = next((name for name in reversed(names) if name in FIELDS), names[-1])
    return InvalidField(field, _what(str(first["type"]), first.get("ctx") or {}))


def _what(kind: str, context: Mapping[str, Any]) -> Text:
    if kind == "literal_error":
        expected = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
        return _WRONG["literal"].fill(expected=expected)
    if kind.startswith(("greater_than", "less_than", "too_", "string_too_", "int_parsing_size")):
        return _WRONG["range"].fill(limit=", ".join(f"{k} {v}" for k, v in context.items()))
    for prefix, name in (
        ("missing", "missing"),
        ("datetime", "datetime"),
        ("date", "date"),
        ("int", "int"),
        ("bool", "bool"),
        ("json", "json"),
    ):
        if kind.startswith(prefix):
            return _WRONG[name]
    return _WRONG["other"]
