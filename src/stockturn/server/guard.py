"""Who may talk to the server: known hosts, same-origin pages, bodies of a bearable size.

A page on another site could reach this server through a user's browser: by its own name pointed at
our address (so the Host header is checked) or by posting a form (so the Origin header is checked,
beside cookies that do not travel from other sites).
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stockturn.language import StockTurnError, Text
from stockturn.server.errors import problem
from stockturn.settings import Settings

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - recognised here, bound by choice only

BODY_LIMIT = 2 * 1024 * 1024
UPLOAD_LIMITS = {
    "/api/quick/sheet": 20 * 1024 * 1024,
    "/api/uploads": 200 * 1024 * 1024,
    "/api/mappings/suggest": 200 * 1024 * 1024,
}

INTERNAL = "/internal"
"""Addresses of the command line, for the owner of the workspace alone."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

SECURITY_HEADERS = {
    # Ant Design writes its component styles into the page, so inline styles must be allowed;
    # scripts come from our own files only and nothing is evaluated.
    "content-security-policy": (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class ForeignHost(StockTurnError):
    """The request names a host that this server does not go by."""

    code = "foreign_host"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            Text(
                "除非设置 allowed_hosts 写明，本服务只接受本机访问。请用 http://127.0.0.1 加端口号"
                "打开，或请管理员把这个主机名加入设置。",
                "This server answers on this machine only, unless the setting allowed_hosts names "
                "more. Open it at http://127.0.0.1 and its port, or have this name added.",
            )
        )


class ForeignOrigin(StockTurnError):
    """A page of another site sent the request."""

    code = "foreign_origin"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            Text(
                "请求来自另一个网站，已拒绝。请从本产品的页面操作。",
                "The request came from another site and was refused. Use this product's own page.",
            )
        )


class NotTheOwner(StockTurnError):
    """The caller does not hold the token of the workspace's owner."""

    code = "not_the_owner"
    status = 401

    def __init__(self) -> None:
        super().__init__(
            Text(
                "这个地址只供同一用户的 stockturn 命令使用。",
                "This address serves the stockturn command of the same user only.",
            )
        )


class BodyTooLarge(StockTurnError):
    """The body is larger than the address takes."""

    code = "body_too_large"
    status = 413

    def __init__(self, limit: int) -> None:
        size = f"{limit // 1024 // 1024} MB"
        super().__init__(
            Text(
                f"内容超过 {size}，没有处理。请拆分文件，或用命令 stockturn load 导入。",
                f"The content is larger than {size} and was not read. Split the file, or load it "
                "with the command stockturn load.",
            )
        )


class Guard:
    """Refuses foreign hosts, foreign origins and oversized bodies; adds the security headers."""

    def __init__(
        self,
        app: ASGIApp,
        is_owner: Callable[[Headers], bool],
        hosts: frozenset[str] = LOOPBACK_HOSTS,
    ) -> None:
        self._app = app
        self._is_owner = is_owner
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        refusal = _refusal(scope["method"], headers, self._hosts)
        inside = scope["path"].startswith(INTERNAL)
        if refusal is None and inside and not self._is_owner(headers):
            refusal = NotTheOwner()
        if refusal is not None:
            await problem(scope, refusal)(scope, receive, send_guarded)
            return
        if inside:
            # Loads of the command line have no size limit but the disk's, checked as they arrive.
            await self._app(scope, receive, send_guarded)
            return
        limit = UPLOAD_LIMITS.get(scope["path"], BODY_LIMIT)
        await _Capped(self._app, limit, headers).run(scope, receive, send_guarded)


class _Capped:
    """One request whose body may not grow beyond ``limit``, announced or not."""

    def __init__(self, app: ASGIApp, limit: int, headers: Headers) -> None:
        self._app = app
        self._limit = limit
        announced = headers.get("content-length", "0")
        self._exceeded = not announced.isdigit() or int(announced) > limit
        self._received = 0
        self._answered = False

    async def run(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer 413 in place of the app when the body is too large."""

        async def receive_capped() -> Message:
            message = await receive()
            self._received += len(message.get("body", b""))
            if self._received > self._limit:
                self._exceeded = True
                raise BodyTooLarge(self._limit)
            return message

        async def send_unless_exceeded(message: Message) -> None:
            # The framework answers 400 to a body it could not read; ours says why.
            if not self._exceeded or self._answered:
                self._answered = True
                await send(message)

        if not self._exceeded:
            try:
                await self._app(scope, receive_capped, send_unless_exceeded)
            except BodyTooLarge:
                if self._answered:
                    raise
        if self._exceeded and not self._answered:
            await problem(scope, BodyTooLarge(self._limit))(scope, receive, send)


def hosts_of(settings: Settings) -> frozenset[str]:
    """Return the names this server goes by: this machine, where it listens, and what is allowed."""
    named = {name.strip().lower() for name in settings.allowed_hosts.split(";")}
    listening = set() if settings.host in EVERY_ADDRESS else {settings.host.lower()}
    return LOOPBACK_HOSTS | listening | (named - {""})


def _refusal(method: str, headers: Headers, known: frozenset[str]) -> StockTurnError | None:
    hosts = headers.getlist("host")
    if len(hosts) != 1 or _hostname(f"//{hosts[0]}") not in known:
        return ForeignHost()
    if method in SAFE_METHODS:
        return None
    origins = headers.getlist("origin")
    if any(_authority(origin) != hosts[0].lower() for origin in origins):
        return ForeignOrigin()
    if not origins and headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        return ForeignOrigin()
    return None


def _hostname(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _authority(origin: str) -> str | None:
    """Return host and port of an http(s) origin; None for "null" and everything else."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    return parts.netloc.lower() if parts.scheme in {"http", "https"} else None
