"""App databases to test on: SQLite, and a fresh one on a PostgreSQL server where one runs."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

KINDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.service))
"""Parameters of a fixture that opens an app database with :func:`app_db_url`."""


@contextmanager
def app_db_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the setting ``app_db`` of a new, empty database of the kind ``request.param``."""
    if request.param == "sqlite":
        yield ""
        return
    address = request.getfixturevalue("postgresql")
    server = sa.create_engine(
        f"postgresql+pg8000://postgres@{address}/postgres", isolation_level="AUTOCOMMIT"
    )
    name = f"stockturn_{uuid.uuid4().hex}"
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield f"postgresql://postgres@{address}/{name}"
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()
