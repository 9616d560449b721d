"""Who is refused: foreign hosts, foreign origins, oversized bodies."""

import pytest

QUICK = {"measures": ["turnover"], "period": {"begin": "2013-01-01", "end": "2014-01-01"}}


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8765", "localhost:8765", "[::1]:8765", "LOCALHOST", "127.0.0.1"]
)
def test_this_machine_is_answered(client, host):
    assert client.get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "192.168.1.5", "", "[::1", "@"],
)
def test_a_foreign_host_is_refused_on_every_address(client, host):
    for path in ("/", "/api/meta", "/health", "/assets/main-abc.js"):
        answer = client.get(path, headers={"host": host})
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_host")


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "file://127.0.0.1:8765", "["]
)
def test_a_page_of_another_site_cannot_post(client, origin):
    answer = client.post("/api/query", json=QUICK, headers={"origin": origin})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


def test_a_browser_that_names_no_origin_but_another_site_cannot_post(client):
    answer = client.post("/api/query", json=QUICK, headers={"sec-fetch-site": "cross-site"})
    assert answer.json()["code"] == "foreign_origin"


def test_our_own_page_and_scripts_may_post(client):
    own = str(client.base_url).rstrip("/")
    for headers in ({}, {"origin": own}, {"sec-fetch-site": "same-origin"}):
        assert client.post("/api/query", json=QUICK, headers=headers).status_code == 200


def test_a_refusal_is_told_in_the_language_asked_for(client):
    answer = client.get("/api/meta?lang=en", headers={"host": "evil.example"})
    assert "this machine only" in answer.json()["message"]


def test_a_body_over_the_limit_is_refused_before_it_is_read(client):
    answer = client.post("/api/query", content=b"x" * (2 * 1024 * 1024 + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_body_that_hides_its_length_is_cut_off_at_the_limit(client):
    def pieces():
        for _ in range(40):
            yield b" " * 100_000

    headers = {"content-type": "application/json"}
    answer = client.post("/api/query", content=pieces(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/", "/api/meta", "/api/nothing", "/health"])
def test_every_answer_carries_the_security_headers(client, path):
    headers = client.get(path).headers
    assert "unsafe-eval" not in headers["content-security-policy"]
    assert "script-src 'self';" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
