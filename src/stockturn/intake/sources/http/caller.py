"""Calls one interface: signs requests, renews a token once, and says what went wrong as a source.

Every request goes through :mod:`stockturn.intake.outbound`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Self
from urllib.parse import quote, urlencode, urlsplit

from stockturn.intake import exact_json
from stockturn.intake.addresses import HostForbidden, HostUnknown
from stockturn.intake.outbound import (
    Answer,
    BrokenOff,
    Busy,
    Outbound,
    OutboundFailure,
    Pace,
    TooSlow,
    Unreachable,
)
from stockturn.intake.sources.failures import (
    SourceFailure,
    SourceForbidden,
    SourceGone,
    SourceMissing,
    SourceRefused,
    SourceTimedOut,
    SourceUnreachable,
)
from stockturn.intake.sources.http.spec import Auth
from stockturn.intake.sources.source import Ground
from stockturn.language import Text

NOT_JSON: Final = Text("回答不是 JSON。", "The answer is not JSON.")


class SourceBusy(SourceFailure):
    """The interface keeps asking to wait."""

    code = "source_busy"
    status = 503
    can_pass = True
    words = Text(
        "来源“{source}”忙或限流（{detail}）。稍后会重试；若总是如此，请把每秒请求数调小。",
        "Source “{source}” is busy or limits requests ({detail}). It is tried again later; if it "
        "stays so, allow fewer requests a second.",
    )


class Caller:
    """Sends signed requests to one interface. Close it at the end."""

    def __init__(
        self, base: str, auth: Auth, ground: Ground, *, label: str, pace: Pace | None = None
    ) -> None:
        """Take the interface.

        Args:
            base: address below which paths lie.
            auth: how requests are signed.
            ground: what may be reached, and how long an answer may take.
            label: the source's name in messages.
            pace: how fast requests may follow each other.
        """
        self._base = base.rstrip("/")
        self._auth = auth
        self._label = label
        self._token: str | None = None
        self._outbound = Outbound(ground.reach, pace=pace, timeout_seconds=ground.timeout_seconds)

    def __enter__(self) -> Self:
        self._outbound.__enter__()
        return self

    def __exit__(self, *failure: object) -> None:
        self._outbound.close()

    def get(self, path: str, query: Mapping[str, str], what: str) -> tuple[Any, Answer]:
        """Return the JSON that GET gives.

        Args:
            path: below the base, or a whole address below it.
            query: fields of the query.
            what: what it is about, for messages.

        Raises:
            SourceFailure: it did not give it.
        """
        url = path if "://" in path else f"{self._base}/{quote(path.lstrip('/'), safe='/')}"
        return self._call("GET", url, query, None, what)

    def post(self, path: str, content: Any, what: str) -> tuple[Any, Answer]:
        """Return the JSON that POST gives; it must be one that changes nothing over there.

        Raises:
            SourceFailure: it did not give it.
        """
        body = exact_json.write(content).encode()
        return self._call("POST", f"{self._base}/{path.lstrip('/')}", {}, body, what)

    def _call(
        self, method: str, url: str, query: Mapping[str, str], body: bytes | None, what: str
    ) -> tuple[Any, Answer]:
        answer = self._signed(method, url, query, body, what)
        if answer.status == 401 and self._auth.way == "oauth":
            # The token has run out in the middle of a run; a new one is asked for once.
            self._token = None
            answer = self._signed(method, url, query, body, what)
        self._judge(answer, what)
        try:
            return exact_json.read(answer.body.decode("utf-8-sig")), answer
        except (ValueError, RecursionError):
            raise SourceFailure(self._label, what=what, detail=NOT_JSON) from None

    def _signed(
        self, method: str, url: str, query: Mapping[str, str], body: bytes | None, what: str
    ) -> Answer:
        auth = self._auth
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        asked = dict(query)
        match auth.way:
            case "header":
                headers[auth.key] = f"{auth.prefix} {auth.secret}".strip()
            case "query":
                asked[auth.key] = auth.secret
            case "basic":
                pair = base64.b64encode(f"{auth.user}:{auth.secret}".encode()).decode()
                headers["Authorization"] = f"Basic {pair}"
            case "oauth":
                headers["Authorization"] = f"Bearer {self._fresh_token()}"
            case _:
                pass
        if asked:
            url = f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(asked)}"
        with told(self._label, what):
            return self._outbound.send(method, url, headers=headers, body=body)

    def _fresh_token(self) -> str:
        if self._token is not None:
            return self._token
        auth = self._auth
        form = {"grant_type": "client_credentials"} | ({"scope": auth.scope} if auth.scope else {})
        pair = base64.b64encode(f"{auth.user}:{auth.secret}".encode()).decode()
        headers = {
            "Accept": "application/json",
            "Authorization": f"Basic {pair}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        with told(self._label, "token"):
            answer = self._outbound.send(
                "POST", auth.token_url, headers=headers, body=urlencode(form).encode()
            )
        if answer.status != 200:
            raise SourceRefused(self._label, detail=f"HTTP {answer.status}", hidden=auth.secret)
        try:
            token = exact_json.at(exact_json.read(answer.body.decode()), "access_token")
        except ValueError:
            token = None
        if not isinstance(token, str) or not token:
            detail = Text("没有 access_token", "it holds no access_token")
            raise SourceRefused(self._label, detail=detail)
        self._token = token
        return token

    def _judge(self, answer: Answer, what: str) -> None:
        if 200 <= answer.status < 300:
            return
        said = re.sub(r"<[^>]*>|\s+", " ", answer.body[:2000].decode("utf-8", "replace")).strip()
        detail = f"HTTP {answer.status} {said[:160]}".strip()
        kind = {401: SourceRefused, 403: SourceForbidden, 404: SourceMissing}.get(
            answer.status, SourceFailure
        )
        raise kind(self._label, what=what, detail=detail, hidden=self._auth.secret)


@contextmanager
def told(label: str, what: str) -> Iterator[None]:
    """Tell what the way out says as a failure of the source ``label`` about ``what``."""
    try:
        yield
    except (HostUnknown, Unreachable) as failure:
        raise SourceUnreachable(label, what=what, detail=failure.message) from failure
    except TooSlow as failure:
        raise SourceTimedOut(label, what=what, detail=failure.message) from failure
    except BrokenOff as failure:
        raise SourceGone(label, what=what, detail=failure.message) from failure
    except Busy as failure:
        raise SourceBusy(label, what=what, detail=failure.message) from failure
    except (HostForbidden, OutboundFailure) as failure:
        raise SourceFailure(label, what=what, detail=failure.message) from failure
