"""What the server tells about itself: request log, metrics, and the slow questions."""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stockturn.jobs.run import Run

log = structlog.get_logger("stockturn.server")

SLOW_SECONDS = 1.0
"""A question longer than this is worth a look; the page promises an answer within it."""

SLOW_KEPT = 50


@dataclass(frozen=True)
class SlowQuestion:
    """A question that took longer than ``SLOW_SECONDS``, and the request it belonged to."""

    at: datetime
    request_id: str
    what: str
    seconds: float


class Observer:
    """Counts of one server. Kept per app, so two apps in one process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "stockturn_requests",
            "Requests answered",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "stockturn_request_seconds", "Time to answer", ["route"], registry=self.registry
        )
        self.slow_count = Counter(
            "stockturn_slow_questions",
            f"Questions that took over {SLOW_SECONDS:g} s",
            registry=self.registry,
        )
        self.runs = Counter(
            "stockturn_runs",
            "Attempts at runs, by how they ended",
            ["kind", "state"],
            registry=self.registry,
        )
        self.run_seconds = Histogram(
            "stockturn_run_seconds",
            "Time an attempt at a run took",
            ["kind"],
            buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600),
            registry=self.registry,
        )
        self._slow: deque[SlowQuestion] = deque(maxlen=SLOW_KEPT)
        self._lock = threading.Lock()

    def count_run(self, run: Run, seconds: float) -> None:
        """Count an attempt at a run that has ended."""
        self.runs.labels(run.kind, run.state).inc()
        self.run_seconds.labels(run.kind).observe(seconds)

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Time one question to the warehouse and keep it when it was slow."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - begun
            if seconds > SLOW_SECONDS:
                self._keep(what, seconds)

    def slow(self) -> list[SlowQuestion]:
        """Return the slow questions, latest first."""
        with self._lock:
            return list(reversed(self._slow))

    def _keep(self, what: str, seconds: float) -> None:
        request_id = structlog.contextvars.get_contextvars().get("request_id", "")
        self.slow_count.inc()
        with self._lock:
            self._slow.append(SlowQuestion(datetime.now(UTC), request_id, what, seconds))
        log.warning("slow question", what=what, seconds=round(seconds, 3))


class RequestLog:
    """Outermost layer: gives each request an id, and logs and counts it."""

    def __init__(self, app: ASGIApp, observer: Observer) -> None:
        self._app = app
        self._observer = observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(6)
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        begun, status = time.perf_counter(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            self._record(scope, status, time.perf_counter() - begun)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        # The route's template, never the address as typed: labels must stay few.
        route = getattr(scope.get("route"), "path", "other")
        self._observer.requests.labels(route, scope["method"], str(status)).inc()
        self._observer.seconds.labels(route).observe(seconds)
        log.info(
            "request",
            method=scope["method"],
            path=scope["path"],
            status=status,
            milliseconds=round(seconds * 1000, 1),
        )
