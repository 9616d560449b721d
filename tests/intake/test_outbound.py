"""The one way out: where it does not go, and what it does with answers that go wrong."""

import gzip
import ipaddress
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from stockturn.intake.addresses import HostForbidden, HostUnknown, Reach, is_never, unwrapped
from stockturn.intake.outbound import (
    AddressBad,
    BrokenOff,
    Busy,
    Outbound,
    Pace,
    RedirectedAway,
    TooMuch,
    TooSlow,
    Unreachable,
)
from tests.intake.http_server import Reply, serving

HERE = Reach(private=("127.0.0.1", "localhost"))


class Waiting:
    """A clock that waits by moving."""

    def __init__(self):
        self.now = 0.0
        self.waits = []

    def sleep(self, seconds):
        self.waits.append(round(seconds, 3))
        self.now += seconds

    def pace(self, per_second=0.0):
        return Pace(per_second, lambda: self.now, self.sleep)


@pytest.fixture
def waiting():
    return Waiting()


@pytest.fixture
def outbound(waiting):
    with Outbound(HERE, pace=waiting.pace(), timeout_seconds=0.5) as opened:
        yield opened


def in_turn(*replies):
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


# --- where it does not go ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "::1", "10.1.2.3", "192.168.1.1", "172.16.0.9", "100.64.0.1"],
)
def test_private_hosts_need_a_word(host):
    with pytest.raises(HostForbidden) as caught:
        Reach().addresses(host, 443)
    assert "outbound_private_hosts" in caught.value.message.zh


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.1.1",
        "100.100.100.200",
        "0.0.0.0",
        "224.0.0.1",
        "fe80::1",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
    ],
)
def test_some_addresses_are_never_reached(host):
    with pytest.raises(HostForbidden):
        Reach(("*",), (host,)).addresses(host, 80)
    assert is_never(unwrapped(ipaddress.ip_address(host)))


def test_only_listed_hosts_where_there_is_a_list():
    listed = Reach(("*.example.com", "api.shop.cn"))
    listed.check_host("a.example.com")
    listed.check_host("API.shop.cn")
    for host in ("example.com.evil.org", "example.com", "shop.cn"):
        with pytest.raises(HostForbidden, match="outbound_hosts"):
            listed.check_host(host)


def test_a_name_is_looked_up_once_and_judged_by_all_its_addresses(monkeypatch):
    public = ("93.184.216.34", 443)

    def looked_up(*addresses):
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", each) for each in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    looked_up(public)
    assert Reach().addresses("a.example.com", 443) == ["93.184.216.34"]
    looked_up(public, ("127.0.0.1", 443))
    with pytest.raises(HostForbidden):
        Reach().addresses("a.example.com", 443)


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch):
    # The name points to this machine when it is judged; a second lookup would lead elsewhere.
    looked = []
    with serving(lambda _: Reply(b"here")) as server:

        def once(host, port, **_):
            looked.append(host)
            assert len(looked) == 1, "looked up again"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

        reach = Reach(private=("shop.internal",))
        real = socket.getaddrinfo
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, port, *a, **k: (
                once(host, port) if host == "shop.internal" else real(host, port, *a, **k)
            ),
        )
        with Outbound(reach) as outbound:
            answer = outbound.send("GET", f"http://shop.internal:{server.port}/")
        assert answer.body == b"here"
        assert server.asked[0].headers["host"] == f"shop.internal:{server.port}"


def test_a_name_without_an_address():
    with pytest.raises(HostUnknown) as caught:
        Reach().addresses("no-such-host.invalid", 443)
    assert caught.value.can_pass


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://user:pw@127.0.0.1/",
        "//127.0.0.1/",
        "http://",
        "gopher://127.0.0.1/",
    ],
)
def test_addresses_that_are_no_plain_ones(outbound, url):
    with pytest.raises(AddressBad) as caught:
        outbound.send("GET", url)
    assert "pw" not in caught.value.message.zh


def test_public_hosts_are_not_spoken_to_in_the_clear(outbound):
    with pytest.raises(AddressBad, match="https"):
        outbound.send("GET", "http://example.com/")


def test_redirects_stay_at_home(outbound):
    with serving(lambda _: Reply(b"", 302, {"Location": "https://elsewhere.example/"})) as server:
        with pytest.raises(RedirectedAway) as caught:
            outbound.send("GET", server.address + "/a?key=secret")
        assert "elsewhere.example" in caught.value.message.en
        assert "secret" not in caught.value.message.en
        assert len(server.asked) == 1
    with (
        serving(lambda _: Reply(b"", 302, {"Location": "http://169.254.169.254/"})) as server,
        pytest.raises(AddressBad),
    ):
        outbound.send("GET", server.address)
    with (
        serving(lambda _: Reply(b"", 302, {"Location": "/again"})) as server,
        pytest.raises(RedirectedAway),
    ):
        outbound.send("GET", server.address)
    replies = in_turn(Reply(b"", 307, {"Location": "/b"}), Reply(b"b"))
    with serving(replies) as server:
        assert outbound.send("GET", server.address + "/a").body == b"b"
        assert [each.path for each in server.asked] == ["/a", "/b"]
    with (
        serving(lambda _: Reply(b"", 307, {"Location": "/b"})) as server,
        pytest.raises(RedirectedAway),
    ):
        outbound.send("POST", server.address, body=b"{}")


def test_the_environments_proxy_is_not_used(outbound, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with serving(lambda _: Reply(b"x")) as server:
        assert outbound.send("GET", server.address).body == b"x"


# --- what goes wrong -----------------------------------------------------------------------------


def test_busy_is_tried_again_as_asked(outbound, waiting):
    late = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    replies = in_turn(
        Reply(status=429, headers={"Retry-After": "7"}),
        Reply(status=503, headers={"Retry-After": late}),
        Reply(status=500),
        Reply(b"done"),
    )
    with serving(replies) as server:
        assert outbound.send("GET", server.address).body == b"done"
    assert waiting.waits[0] == 7
    assert 25 < waiting.waits[1] <= 30
    assert waiting.waits[2] == 4


def test_busy_for_good(outbound, waiting):
    with serving(lambda _: Reply(status=503)) as server:
        with pytest.raises(Busy) as caught:
            outbound.send("GET", server.address)
        assert len(server.asked) == 5
    assert waiting.waits == [1, 2, 4, 8]
    assert caught.value.can_pass


def test_a_long_wait_is_left_to_the_next_run(outbound, waiting):
    with (
        serving(lambda _: Reply(status=429, headers={"Retry-After": "3600"})) as server,
        pytest.raises(Busy, match="3600"),
    ):
        outbound.send("GET", server.address)
    assert waiting.waits == []


def test_what_must_not_be_sent_twice_is_not(outbound):
    with serving(lambda _: Reply(status=503)) as server:
        with pytest.raises(Busy):
            outbound.send("POST", server.address, body=b"x", repeatable=False)
        assert len(server.asked) == 1


def test_half_an_answer(outbound, waiting):
    with serving(in_turn(Reply(b"x" * 1000, cut=10), Reply(b"whole"))) as server:
        assert outbound.send("GET", server.address).body == b"whole"
    with serving(lambda _: Reply(b"x" * 1000, cut=10)) as server, pytest.raises(BrokenOff):
        outbound.send("GET", server.address)


def test_half_of_a_packed_answer(outbound):
    half = gzip.compress(b"x" * 1000)[:-9]
    packed = Reply(half, headers={"Content-Encoding": "gzip"})
    with serving(lambda _: packed) as server, pytest.raises(BrokenOff):
        outbound.send("GET", server.address)
    whole = Reply(gzip.compress(b"yes"), headers={"Content-Encoding": "gzip"})
    with serving(lambda _: whole) as server:
        assert outbound.send("GET", server.address).body == b"yes"


def test_a_slow_answer(waiting):
    with (
        serving(lambda _: Reply(b"x", delay=5)) as server,
        Outbound(HERE, pace=waiting.pace(), timeout_seconds=0.2, tries=2) as outbound,
        pytest.raises(TooSlow) as caught,
    ):
        outbound.send("GET", server.address)
    assert caught.value.can_pass


def test_nobody_there(outbound):
    with serving(lambda _: Reply()) as server:
        address = server.address
    with pytest.raises(Unreachable):
        outbound.send("GET", address)


@pytest.mark.parametrize("packed", [False, True])
def test_too_much(waiting, packed):
    body = b"\0" * 3_000_000
    reply = (
        Reply(gzip.compress(body), headers={"Content-Encoding": "gzip"}) if packed else Reply(body)
    )
    with (
        serving(lambda _: reply) as server,
        Outbound(HERE, pace=waiting.pace(), most_bytes=2_000_000) as outbound,
        pytest.raises(TooMuch),
    ):
        outbound.send("GET", server.address)


def test_requests_keep_their_pace(waiting):
    with (
        serving(lambda _: Reply(b"x")) as server,
        Outbound(HERE, pace=waiting.pace(4)) as outbound,
    ):
        for _ in range(5):
            outbound.send("GET", server.address)
    assert waiting.waits == [0.25] * 4
