import random
import socket
import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from stockturn.jobs.runner import Runner
from stockturn.workspace.app_db import AppDb


class Clock:
    """A clock that tests set."""

    def __init__(self, now=datetime(2026, 3, 2, 1, 0, tzinfo=UTC)):
        self.now = now

    def __call__(self):
        return self.now

    def forward(self, **span):
        self.now += timedelta(**span)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def app_db(request, tmp_path):
    if request.param == "sqlite":
        database = AppDb.open(tmp_path)
        yield database
        database.close()
        return
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 5432)) != 0:
            pytest.skip("no PostgreSQL on 127.0.0.1:5432")
    address = "postgresql+pg8000://postgres@127.0.0.1:5432/postgres"
    server = sa.create_engine(address, isolation_level="AUTOCOMMIT")
    name = f"stockturn_{uuid.uuid4().hex}"
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    database = AppDb.open(tmp_path, f"postgresql://postgres@127.0.0.1:5432/{name}")
    yield database
    database.close()
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture
def make_runner(app_db, clock):
    """Make runners on one database; those that were started are stopped at the end."""
    made = []

    def make(handlers, zone="Asia/Shanghai", **more):
        more.setdefault("clock", clock)
        runner = Runner(app_db, handlers, zone=ZoneInfo(zone), chance=random.Random(1), **more)
        made.append(runner)
        return runner

    yield make
    for runner in made:
        runner.stop()
