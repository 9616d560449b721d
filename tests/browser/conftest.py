"""A real server on a small generated company, and a real Chromium that looks at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from fastapi import FastAPI
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    expect,
    sync_playwright,
)

from stockturn.accounts.scopes import ALL_ROWS, RowScope
from stockturn.demo.company import generate
from stockturn.intake.load import load_files
from stockturn.ledger import tables
from stockturn.server.app import create_app
from stockturn.server.pages import PAGE_FOLDER
from stockturn.workspace import Workspace
from tests.server.serving import cookies_of, serve

# Chromium looks for updates and accounts at each start; a test needs none of that.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
REFUSAL = "the server responded with a status of 4"
"""What the console says of a refused request; tests of refusals expect it."""
SEEN_TOUR = "localStorage.setItem('stockturn.tour', 'seen')"
WAIT_MS = 60_000
expect.set_options(timeout=WAIT_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def built_page() -> Path:
    if not (PAGE_FOLDER / "index.html").is_file():
        pytest.skip("the page is not built: run `just page` first")
    return PAGE_FOLDER


APPS: dict[str, FastAPI] = {}
"""The app behind each address, so that a page can be opened signed in."""


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Serve an app under an address that ``open_page`` knows how to sign in to."""
    with serve(app) as url:
        APPS[url] = app
        yield url
        del APPS[url]


@pytest.fixture
def at_work() -> Callable[[FastAPI], AbstractContextManager[str]]:
    """Serve an app under an address that pages are opened signed in at."""
    return served


def signed_in(context: BrowserContext, url: str, role: str, rows: RowScope) -> None:
    """Give a browser the session of a new person with this role and these rows."""
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.netloc}"
    app = APPS.get(base)
    if app is not None:
        for name, value in cookies_of(app, role, rows).items():
            context.add_cookies([{"name": name, "value": value, "url": base}])


@pytest.fixture(scope="session")
def address(
    chromium: Path, built_page: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A server on a company of 60 items and 15 months."""
    folder = tmp_path_factory.mktemp("browser")
    generate(folder / "files", items=60, months=15)
    path = Workspace.create(folder / "w", {"company": "示例公司"})
    with Workspace.open(path, kind="server", environ={}) as workspace:
        tables.ensure(workspace.engine)
        report = load_files(workspace, [folder / "files"], "demo")
        assert report.status == "loaded", report.message.en
        with served(create_app(workspace, page=built_page)) as url:
            yield url


@pytest.fixture(scope="session")
def empty_address(
    chromium: Path, built_page: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A server on a workspace without data."""
    path = Workspace.create(tmp_path_factory.mktemp("empty") / "w")
    with (
        Workspace.open(path, kind="server", environ={}) as workspace,
        served(create_app(workspace, page=built_page)) as url,
    ):
        yield url


@pytest.fixture
def new_address(chromium: Path, built_page: Path, tmp_path: Path) -> Iterator[str]:
    """A server on a workspace without data, for one test that fills it."""
    path = Workspace.create(tmp_path / "new")
    with (
        Workspace.open(path, kind="server", environ={}) as workspace,
        served(create_app(workspace, page=built_page)) as url,
    ):
        yield url


@pytest.fixture(scope="session")
def browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages, each in a browser of its own; a complaint of the console fails the test.

    Signed in as an owner, unless ``role`` names another one, or None for nobody. With ``refusals``
    requests may be refused.
    """
    complaints: list[str] = []
    contexts = []

    def open_(
        url: str,
        *,
        tour: bool = False,
        role: str | None = "owner",
        rows: RowScope = ALL_ROWS,
        refusals: bool = False,
        **settings: object,
    ) -> Page:
        context = browser.new_context(
            **{
                "locale": "zh-CN",
                "viewport": {"width": 1280, "height": 900},
                "reduced_motion": "reduce",
                **settings,
            }
        )
        contexts.append(context)
        context.set_default_timeout(WAIT_MS)
        if role is not None:
            signed_in(context, url, role, rows)
        if not tour:
            context.add_init_script(SEEN_TOUR)
        page = context.new_page()
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if message.type == "error" and not (refusals and REFUSAL in message.text)
                else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """Return the serious and critical findings of axe on a page, each with its first element."""

    def run(page: Page) -> list[str]:
        page.evaluate(AXE_SCRIPT)
        result = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})")
        return [
            f"{found['id']}: {found['nodes'][0]['html'][:200]}"
            for found in result["violations"]
            if found["impact"] in {"serious", "critical"}
        ]

    return run
