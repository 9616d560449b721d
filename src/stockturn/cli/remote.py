"""Talking to the server that owns the workspace, on loopback, with the token of its owner record.

========================  ===================================================================
``POST /internal/query``  body QueryShape, answer AnswerShape
``POST /internal/loads``  parts ``files`` (bytes, with names), ``mapping_file`` when it is a
                          file; query ``mapping`` (a name), ``trial``; answer RunShape
``/internal/runs``        the routes of ``/api/runs``, and ``/{id}/wait``
``/internal/schedules``   the routes of ``/api/schedules``
``GET /internal/check``   answer ``{"results": [{key, name, passed, detail}]}``
========================  ===================================================================

All take ``lang``; each request carries ``Authorization: Bearer <token>``; failures are Problem.
"""

from __future__ import annotations

import http.client
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from stockturn.delivery.wire import answer_of, query_payload
from stockturn.intake.questions import OverlapAnswer
from stockturn.language import Language, Progress, StockTurnError, Text
from stockturn.ledger.identities import IdentityResult
from stockturn.metrics.query import Answer, MetricQuery
from stockturn.settings import Settings

if TYPE_CHECKING:
    from stockturn.cli.quality_here import RemoteQuality
    from stockturn.cli.quarantine_here import RemoteQuarantine

_BLOCK = 1024 * 1024
_SENDING = Text("把文件交给页面服务", "Handing files to the server")
_WAITING = Text("页面服务正在导入", "The server is loading")


class ServerSilent(StockTurnError):
    """The server that owns the workspace does not answer."""

    code = "server_silent"
    status = 502

    def __init__(self, detail: str) -> None:
        super().__init__(
            Text(
                f"工作区的页面服务没有应答（{detail}）。请稍后重试；若仍无应答，停止该服务后再"
                "执行此命令。",
                f"The server that owns the workspace did not answer ({detail}). Try again; if it "
                "stays silent, stop it and run this command again.",
            )
        )


class ServerRefused(StockTurnError):
    """The server answered with a problem; its words are passed on."""

    def __init__(self, code: str, message: str, exit_code: int) -> None:
        super().__init__(Text(message, message))
        self.code = code
        self.exit_code = exit_code


def local_key(port: int, token: str, language: Language) -> str | None:
    """Return the key of a link that signs the person at this computer in as the owner."""
    house = RemoteHouse(port, token, Settings(), language)
    key = house._call("POST", "/internal/local-link")["key"]
    return None if key is None else str(key)


class RemoteHouse:
    """A workspace that a running server owns."""

    def __init__(self, port: int, token: str, settings: Settings, language: Language) -> None:
        self._port = port
        self._token = token
        self.settings = settings
        self._language = language

    def ask(self, query: MetricQuery) -> Answer:
        """Have the server answer a question."""
        body = json.dumps(query_payload(query)).encode()
        return answer_of(self._call("POST", "/internal/query", body=[body]), query)

    def data_as_of(self) -> date:
        """Return the last day with data.

        Raises:
            EmptyWorkspace: nothing has been loaded.
        """
        from stockturn.metrics.answer import EmptyWorkspace

        day = self._call("GET", "/api/meta")["data_as_of"]
        if day is None:
            raise EmptyWorkspace
        return date.fromisoformat(day)

    def load(
        self,
        paths: Sequence[Path],
        mapping: str,
        progress: Progress,
        *,
        trial: bool = False,
        accept_drop: bool = False,
        answer: OverlapAnswer | None = None,
    ) -> dict[str, Any]:
        """Upload files for the server to load, and follow the run until it ends."""
        from stockturn.cli.paths import files_below

        parts = [("files", path.name, path) for path in files_below(paths)]
        parameters = {
            "mapping": mapping,
            "trial": str(trial).lower(),
            "accept_drop": str(accept_drop).lower(),
            **({} if answer is None else {"answer": answer}),
        }
        if Path(mapping).is_file():
            parts.append(("mapping_file", Path(mapping).name, Path(mapping)))
            del parameters["mapping"]
        boundary = uuid.uuid4().hex
        run = self._call(
            "POST",
            "/internal/loads",
            parameters,
            body=_multipart(parts, boundary, progress),
            headers={
                "Content-Type": f"multipart/form-data; boundary={boundary}",
                "Content-Length": str(_multipart_size(parts, boundary)),
            },
        )
        return self.followed(run, progress)

    def publish(self, progress: Progress) -> None:
        """The server publishes by itself after each load."""

    def identities(self) -> list[IdentityResult]:
        """Have the server run the ledger's identities."""
        return [
            IdentityResult(
                key=result["key"],
                name=Text(result["name"], result["name"]),
                passed=result["passed"],
                detail=Text(result["detail"], result["detail"]),
            )
            for result in self._call("GET", "/internal/check")["results"]
        ]

    def content_hash(self) -> str:
        """Have the server hash what the ledger says."""
        return str(self._call("GET", "/internal/check")["content_hash"])

    def periods(self) -> dict[str, Any]:
        """Return every close and reopening as the server has them."""
        return self._call("GET", "/internal/periods")

    def decide_period(self, verb: str, month: str, actor: str, reason: str) -> dict[str, Any]:
        """Have the server close or reopen a month."""
        body = {"month": month, "actor": actor, "reason": reason}
        return self.call("POST", f"/periods/{verb}", body)

    def merges(self) -> dict[str, Any]:
        """Return every merge of items as the server has them."""
        return self._call("GET", "/internal/merges")

    def decide_merge(self, verb: str, wanted: dict[str, Any]) -> dict[str, Any]:
        """Have the server merge or split an item."""
        return self.call("POST", f"/merges/{verb}", wanted)

    def kept_rates(self) -> dict[str, Any]:
        """Return every decision that amounts keep their rate as the server has them."""
        return self._call("GET", "/internal/rates/kept")

    def stale_rates(self) -> dict[str, Any]:
        """Return the amounts at another rate than is stated now as the server has them."""
        return self._call("GET", "/internal/rates/stale")

    def convert_again(self, actor: str, reason: str) -> dict[str, Any]:
        """Have the server convert amounts again."""
        return self.call("POST", "/rates/convert", {"actor": actor, "reason": reason})

    def undo_kept_rates(self, of_load: int, actor: str, reason: str) -> dict[str, Any]:
        """Have the server withdraw a decision that amounts keep their rate."""
        body = {"actor": actor, "reason": reason}
        return self.call("POST", f"/rates/kept/{of_load}/undo", body)

    def keep_rates(self, actor: str, reason: str) -> dict[str, Any]:
        """Have the server let all that is converted so far keep its rate."""
        return self.call("POST", "/rates/keep", {"actor": actor, "reason": reason})

    def quarantine(self) -> RemoteQuarantine:
        """Return the rejected rows as the server has them."""
        from stockturn.cli.quarantine_here import RemoteQuarantine

        return RemoteQuarantine(self)

    def quality(self) -> RemoteQuality:
        """Return the quality rules as the server has them."""
        from stockturn.cli.quality_here import RemoteQuality

        return RemoteQuality(self)

    def fetch(self, path: str, **parameters: str) -> bytes:
        """Return a file that the server makes."""
        status, content = self._exchange("GET", "/internal" + path, parameters)
        if status >= 400:
            _read(status, content)
        return content

    def send(self, path: str, field: str, file: Path) -> dict[str, Any]:
        """Send a file to a route of the server."""
        boundary = uuid.uuid4().hex
        parts = [(field, file.name, file)]
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(_multipart_size(parts, boundary)),
        }
        body = _multipart(parts, boundary, lambda *_told: None)
        return self._call("POST", "/internal" + path, body=body, headers=headers)

    def call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        **parameters: str | list[str],
    ) -> dict[str, Any]:
        """Call a route of the server's runs and schedules; see ``server/runs.py``."""
        sent = None if body is None else [json.dumps(body).encode()]
        return self._call(method, "/internal" + path, parameters, body=sent)

    def call_api(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        **parameters: str | list[str],
    ) -> dict[str, Any]:
        """Call a route of the API as the user whose workspace this is."""
        sent = None if body is None else [json.dumps(body).encode()]
        return self._call(method, "/api" + path, parameters, body=sent)

    @property
    def port(self) -> int:
        """Where the server listens."""
        return self._port

    def followed(self, run: dict[str, Any], progress: Progress) -> dict[str, Any]:
        """Tell a run's progress until it ends, and return its load report; Ctrl-C cancels it."""
        try:
            while run["state"] in {"queued", "running"}:
                told = run["progress"]
                if told is not None:
                    stage = Text(told["stage"], told["stage"])
                    progress(stage, told["done"], told["total"])
                run = self.call("GET", f"/runs/{run['id']}/wait", seconds="1")
        except KeyboardInterrupt:
            self.call("POST", f"/runs/{run['id']}/cancel")
            raise
        run = self.call("GET", f"/runs/{run['id']}")
        if run["report"] is None:
            raise ServerRefused(str(run["code"]), str(run["message"]), 2)
        return dict(run["report"])

    def _call(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str | list[str]] | None = None,
        *,
        body: Sequence[bytes] | Iterator[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        return _read(*self._exchange(method, path, parameters, body=body, headers=headers))

    def _exchange(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str | list[str]] | None = None,
        *,
        body: Sequence[bytes] | Iterator[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port)
        query = urlencode({"lang": self._language, **(parameters or {})}, doseq=True)
        address = f"{path}?{query}"
        sent = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        if isinstance(body, list):
            sent["Content-Length"] = str(sum(map(len, body)))
        try:
            connection.request(method, address, body=body, headers={**sent, **(headers or {})})
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise ServerSilent(str(error) or type(error).__name__) from error
        finally:
            connection.close()
        return response.status, text


def _read(status: int, text: bytes) -> dict[str, Any]:
    if status == 204:
        return {}
    try:
        payload = json.loads(text)
    except ValueError:
        raise ServerSilent(f"HTTP {status}") from None
    if status >= 400:
        raise ServerRefused(payload["code"], payload["message"], payload["exit_code"])
    assert isinstance(payload, dict)
    return payload


def _part_head(field: str, name: str, boundary: str) -> bytes:
    # The name travels percent-encoded beside a plain one, as browsers and RFC 6266 do it.
    quoted = name.replace("\\", "_").replace('"', "_")
    return (
        f"--{boundary}\r\nContent-Disposition: form-data; "
        f'name="{field}"; filename="{quoted}"; filename*=UTF-8\'\'{quote(name)}\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()


def _multipart_size(parts: Sequence[tuple[str, str, Path]], boundary: str) -> int:
    heads = sum(
        len(_part_head(field, name, boundary)) + path.stat().st_size + 2
        for field, name, path in parts
    )
    return heads + len(f"--{boundary}--\r\n")


def _multipart(
    parts: Sequence[tuple[str, str, Path]], boundary: str, progress: Progress
) -> Iterator[bytes]:
    """Yield the body block by block, so that a large file is never held in memory."""
    total = sum(path.stat().st_size for _, _, path in parts)
    done = 0
    for field, name, path in parts:
        yield _part_head(field, name, boundary)
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                done += len(block)
                progress(_SENDING, done, total)
                yield block
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()
    progress(_WAITING, 0, None)
