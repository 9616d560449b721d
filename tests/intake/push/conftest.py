"""A workspace with a feed that messages are pushed to."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from stockturn.intake.feeds.store import Feeds
from stockturn.intake.push.job import KIND, WINDOW, push_handler
from stockturn.intake.push.messages import Messages
from stockturn.intake.sources.store import Sources
from stockturn.jobs.runner import Runner
from tests.intake.conftest import SMALL

SECRET = "a secret of the shop"


class Clock:
    """A clock that is set."""

    def __init__(self):
        self.now = dt.datetime.now(dt.UTC)

    def __call__(self):
        return self.now


def prepare(workspace):
    """Make the feed ``shop``."""
    (workspace.packs / "small.yaml").write_text(SMALL, encoding="utf-8")
    Sources(workspace).add("网店", "push", {"webhook_secret": SECRET})
    Feeds(workspace).add(
        "shop", "网店", {"what": "messages", "mapping": "small", "file_name": "流水"}
    )


@pytest.fixture
def shop(workspace):
    workspace.packs.mkdir(exist_ok=True)
    prepare(workspace)
    return Messages(workspace)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def runner(workspace, clock):
    """A runner whose steps the test takes."""
    return Runner(
        workspace.app_db, {KIND: push_handler(workspace)}, zone=ZoneInfo("UTC"), clock=clock
    )


@pytest.fixture
def step(runner, clock):
    """Return what moves the clock past the window and works one run off."""

    def run():
        clock.now += WINDOW
        return runner.step()

    return run
