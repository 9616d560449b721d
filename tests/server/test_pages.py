"""The built page: long caches for hashed files, a fresh index for every address of the page."""

import pytest

from stockturn.server.app import create_app
from tests.server.serving import client_of


def test_hashed_files_are_kept_for_ever_and_sent_packed(client):
    answer = client.get("/assets/main-abc.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text.startswith("let a = 1;")


@pytest.mark.parametrize("path", ["/", "/data", "/quick", "/a/b/c", "/index.html"])
def test_every_address_of_the_page_gives_a_fresh_index(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"
    assert '<base href="/"' in answer.text


def test_behind_a_path_prefix_the_base_is_rewritten(workspace, page):
    with client_of(create_app(workspace, page=page), root_path="/stock") as prefixed:
        assert '<base href="/stock/"' in prefixed.get("/stock/data").text


def test_a_file_beside_the_index_is_served(client):
    assert client.get("/mark.svg").headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/none.js",
        "/assets/%2e%2e/index.html",
        "/assets/..%2findex.html",
        "/assets/",
        "/assets",
        "/none.svg",
        "/api",
        "/api/",
        "/api/nothing",
    ],
)
def test_what_is_not_there_is_a_problem_and_never_the_page(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_page_that_is_not_built_says_how_to_build_it(workspace, tmp_path):
    with client_of(create_app(workspace, page=tmp_path)) as bare:
        answer = bare.get("/")
        assert answer.status_code == 503
        assert "uv sync --reinstall-package stockturn" in answer.text
        assert bare.get("/api/meta").status_code == 200
