"""The one way out over HTTP: to hosts that are allowed, at addresses that were looked at.

No environment proxy, no cookie, no redirect to another host. What comes back is counted and capped;
what fails for a moment is tried again with growing pauses, as the other side asks where it does.
"""

from __future__ import annotations

import email.utils
import ssl
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Self
from urllib.parse import SplitResult, urljoin, urlsplit

import httpcore

from stockturn.intake.addresses import Reach
from stockturn.language import StockTurnError, Text

MOST_BYTES: Final = 256 * 1024 * 1024
MOST_REDIRECTS: Final = 3
MOST_WAIT: Final = 120.0
"""Longest pause, in seconds, that another side's Retry-After is obeyed for within one run."""

_AGAIN: Final = frozenset({429, 500, 502, 503, 504})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_FIRST_PAUSE: Final = 1.0


class OutboundFailure(StockTurnError):
    """An answer that did not come, or not as it should.

    Attributes:
        can_pass: trying again later can help.
    """

    code = "outbound_failed"
    status = 502
    can_pass = False


class AddressBad(OutboundFailure):
    """A URL that is not plain http or https, or plain http to a public host."""

    code = "outbound_address_bad"
    status = 422


class RedirectedAway(OutboundFailure):
    """The answer points to another host, or in a ring."""

    code = "outbound_redirected"


class Unreachable(OutboundFailure):
    """Nothing answers, or the certificate is not trusted."""

    code = "outbound_unreachable"
    can_pass = True


class TooSlow(OutboundFailure):
    """No answer in time."""

    code = "outbound_timed_out"
    status = 504
    can_pass = True


class BrokenOff(OutboundFailure):
    """The answer broke off in the middle."""

    code = "outbound_broken_off"
    can_pass = True


class TooMuch(OutboundFailure):
    """The answer is larger than an answer may be."""

    code = "outbound_too_large"


class Busy(OutboundFailure):
    """The other side keeps saying that it is busy or broken."""

    code = "outbound_busy"
    status = 503
    can_pass = True


@dataclass(frozen=True)
class Answer:
    """What came back: the status, headers with lower-case names, and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


@dataclass
class Pace:
    """At most so many requests a second; 0 sets no bound."""

    per_second: float = 0.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _next: float = field(default=0.0, init=False)

    def wait(self) -> None:
        """Wait for one's turn."""
        if not self.per_second:
            return
        now = self.clock()
        if now < self._next:
            self.sleep(self._next - now)
        self._next = max(now, self._next) + 1 / self.per_second


class Outbound:
    """Sends requests to allowed hosts. Not shared between threads; close it at the end."""

    def __init__(
        self,
        reach: Reach,
        *,
        pace: Pace | None = None,
        timeout_seconds: float = 60,
        tries: int = 5,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """Take what may be reached.

        Args:
            reach: hosts and private hosts.
            pace: how fast requests may follow each other; it also does the waiting.
            timeout_seconds: of connecting, and of each pause within an answer.
            tries: of one request, the first included.
            most_bytes: of an answer, unpacked.
        """
        self._reach = reach
        self._pace = pace or Pace()
        self._tries = tries
        self._most_bytes = most_bytes
        self._timeout = timeout_seconds
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(), network_backend=_Checked(reach)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of every connection."""
        self._pool.close()

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        repeatable: bool = True,
    ) -> Answer:
        """Send one request and return its answer, whatever its status says.

        Args:
            method: GET, POST.
            url: absolute, http or https.
            headers: beside those every request has.
            body: bytes to send.
            repeatable: sending it twice does no harm; only then is it tried again.

        Raises:
            HostForbidden, HostUnknown: the host may not be reached, or does not exist.
            OutboundFailure: no whole answer came.
        """
        tries = self._tries if repeatable else 1
        for attempt in range(1, tries + 1):
            last = attempt == tries
            try:
                answer = self._follow(method, url, dict(headers or {}), body)
            except (Unreachable, TooSlow, BrokenOff):
                if last:
                    raise
                self._pace.sleep(_FIRST_PAUSE * 2 ** (attempt - 1))
                continue
            if answer.status not in _AGAIN or (last and answer.status == 500):
                return answer
            wait = _retry_after(answer.headers) or _FIRST_PAUSE * 2 ** (attempt - 1)
            if last or wait > MOST_WAIT:
                raise _busy(answer, wait)
            self._pace.sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _follow(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> Answer:
        home = self._checked(url)
        for _ in range(MOST_REDIRECTS + 1):
            self._pace.wait()
            answer = self._once(method, url, headers, body)
            target = answer.headers.get("location")
            if answer.status not in _REDIRECTS or target is None:
                return answer
            url = urljoin(url, target)
            there = self._checked(url)
            same = (there.scheme, there.hostname, there.port)
            if method != "GET" or same != (home.scheme, home.hostname, home.port):
                break
        raise RedirectedAway(
            Text(
                f"“{_shown(home)}”把请求转到了“{_shown(urlsplit(url))}”，没有跟随。"
                "请在来源中直接填写最终的地址。",
                f"“{_shown(home)}” sent the request on to “{_shown(urlsplit(url))}”, which was not "
                "followed. Enter the final address in the source.",
            )
        )

    def _checked(self, url: str) -> SplitResult:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            raise _bad(url, Text("只能是 http 或 https，不带用户名", "use http or https, no user"))
        self._reach.check_host(parts.hostname)
        if parts.scheme == "http" and not self._reach.allows_private(parts.hostname):
            raise _bad(url, Text("公网主机只能用 https", "a public host is reached by https only"))
        return parts

    def _once(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> Answer:
        common = {
            "Host": urlsplit(url).netloc,
            "User-Agent": "StockTurn",
            "Accept-Encoding": "gzip",
        }
        if body is not None:
            common["Content-Length"] = str(len(body))
        where = _shown(urlsplit(url))
        limits = dict.fromkeys(("connect", "read", "write", "pool"), self._timeout)
        try:
            with self._pool.stream(
                method,
                url,
                headers=list((common | headers).items()),
                content=body,
                extensions={"timeout": limits},
            ) as response:
                found = {
                    name.decode("latin-1").lower(): value.decode("latin-1")
                    for name, value in response.headers
                }
                deadline = time.monotonic() + self._timeout * 10
                content = self._content(response.iter_stream(), found, where, deadline)
                return Answer(response.status, found, content, url)
        except httpcore.TimeoutException as failure:
            raise _slow(where, self._timeout) from failure
        except httpcore.ConnectError as failure:
            raise _unreachable(where, failure) from failure
        except (httpcore.ProtocolError, httpcore.NetworkError) as failure:
            raise _broken(where) from failure

    def _content(
        self, pieces: Iterable[bytes], headers: Mapping[str, str], where: str, deadline: float
    ) -> bytes:
        packing = headers.get("content-encoding", "identity").strip().lower()
        if packing not in {"identity", "gzip", ""}:
            raise _broken(where)
        content = bytearray()
        for piece in _plain(pieces, where) if packing == "gzip" else pieces:
            content += piece
            if len(content) > self._most_bytes:
                most = self._most_bytes // 1024 // 1024
                raise TooMuch(
                    Text(
                        f"“{where}”的回答超过 {most} MB，已停止。请把每页的行数调小。",
                        f"The answer of “{where}” is over {most} MB and was stopped. Ask for fewer "
                        "rows a page.",
                    )
                )
            if time.monotonic() > deadline:
                raise _slow(where, self._timeout * 10)
        return bytes(content)


class _Checked(httpcore.NetworkBackend):
    """Connects to the addresses that were checked, not to a name that is looked up again."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in self._reach.addresses(host, port):
            try:
                return self._plain.connect_tcp(
                    address, port, timeout, local_address, socket_options or []
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        assert failure is not None
        raise failure


def _plain(pieces: Iterable[bytes], where: str) -> Iterator[bytes]:
    inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        for piece in pieces:
            packed = piece
            while packed:
                yield inflate.decompress(packed, 1024 * 1024)
                packed = inflate.unconsumed_tail
    except zlib.error:
        raise _broken(where) from None
    if not inflate.eof:
        raise _broken(where)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return max(0.1, float(text))
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0.1, (aware - datetime.now(UTC)).total_seconds())


def _shown(parts: SplitResult) -> str:
    """Return where a request went, without its query: keys stand there."""
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"


def _bad(url: str, why: Text) -> AddressBad:
    where = _shown(urlsplit(url))
    return AddressBad(
        Text(f"地址“{where}”不能使用：{why.zh}。", f"The address “{where}” is not used: {why.en}.")
    )


def _slow(where: str, seconds: float) -> TooSlow:
    return TooSlow(
        Text(
            f"“{where}”在 {seconds:g} 秒内没有答完。",
            f"“{where}” did not answer within {seconds:g} s.",
        )
    )


def _unreachable(where: str, failure: Exception) -> Unreachable:
    detail = str(failure)[:200]
    if "CERTIFICATE_VERIFY_FAILED" in detail:
        return Unreachable(
            Text(
                f"“{where}”的证书不受信任。请检查地址，或在本机安装签发它的机构证书。",
                f"The certificate of “{where}” is not trusted. Check the address, or install its "
                "authority's certificate on this machine.",
            )
        )
    return Unreachable(
        Text(
            f"连不上“{where}”（{detail}）。请检查地址、端口与网络。",
            f"“{where}” cannot be reached ({detail}). Check the address, the port and the network.",
        )
    )


def _broken(where: str) -> BrokenOff:
    return BrokenOff(Text(f"“{where}”的回答中断。", f"The answer of “{where}” broke off."))


def _busy(answer: Answer, wait: float) -> Busy:
    where = _shown(urlsplit(answer.url))
    return Busy(
        Text(
            f"“{where}”一直答复忙或出错（{answer.status}），要求等 {wait:.0f} 秒。稍后会重试。",
            f"“{where}” keeps answering that it is busy or broken ({answer.status}) and asks to "
            f"wait {wait:.0f} s. It is tried again later.",
        )
    )
