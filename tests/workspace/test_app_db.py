"""The app database: migrated on SQLite and PostgreSQL, its scripts make what the rooms define."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import stockturn.accounts.tables
import stockturn.intake.push.tables
import stockturn.intake.quality_tables
import stockturn.intake.sources.tables
import stockturn.jobs.tables
from stockturn.workspace import app_db
from stockturn.workspace.app_db import METADATA, AppDb, AppDbNewer, AppDbUnreachable, TextRefused
from tests.databases import KINDS, app_db_url

TABLES = (
    stockturn.accounts.tables.USERS,
    stockturn.jobs.tables.JOB_RUN,
    stockturn.jobs.tables.SCHEDULE,
    stockturn.intake.sources.tables.SOURCE,
    stockturn.intake.sources.tables.FEED,
    stockturn.intake.sources.tables.FEED_NOTICE,
    stockturn.intake.push.tables.PUSH_MESSAGE,
    stockturn.intake.quality_tables.QUALITY_RULE,
)
"""Naming a room's tables here is what puts them on METADATA."""


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with app_db_url(request) as found:
        yield found


def scripts() -> Config:
    config = Config()
    config.set_main_option("script_location", str(app_db._MIGRATIONS))
    return config


def test_the_newest_script_is_the_revision_this_version_works_with() -> None:
    assert ScriptDirectory.from_config(scripts()).get_current_head() == app_db.HEAD


def test_scripts_make_what_the_rooms_define(tmp_path: Path, url: str) -> None:
    database = AppDb.open(tmp_path, url)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    database.close()


def test_scripts_go_down_and_up_again(tmp_path: Path, url: str) -> None:
    database = AppDb.open(tmp_path, url)
    config = scripts()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert set(sa.inspect(connection).get_table_names()) <= {"alembic_version"}
        command.upgrade(config, "head")
    database.close()
    AppDb.open(tmp_path, url).close()


def test_a_newer_database_is_refused(tmp_path: Path, url: str) -> None:
    database = AppDb.open(tmp_path, url)
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(AppDbNewer):
        AppDb.open(tmp_path, url)


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AppDbUnreachable):
        AppDb.open(tmp_path, "postgresql://nobody@127.0.0.1:1/nothing")


def test_writers_wait_for_each_other_and_a_failed_one_leaves_nothing(tmp_path: Path) -> None:
    database = AppDb.open(tmp_path)
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE counter (n INTEGER)")
        connection.exec_driver_sql("INSERT INTO counter VALUES (0)")

    def add() -> None:
        for _ in range(20):
            with database.write() as connection:
                n = connection.exec_driver_sql("SELECT n FROM counter").scalar_one()
                connection.execute(sa.text("UPDATE counter SET n = :n"), {"n": n + 1})

    writers = [threading.Thread(target=add) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with pytest.raises(ZeroDivisionError):
        write_and_fail(database)
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT n FROM counter").scalar_one() == 80
    database.close()


def write_and_fail(database: AppDb) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE counter SET n = -1")
        raise ZeroDivisionError


def test_a_nul_is_refused_in_words_or_kept(tmp_path: Path, url: str) -> None:
    """PostgreSQL has no NUL in texts; anybody can send one in an address, which was a 500."""
    database = AppDb.open(tmp_path, url)
    feed = stockturn.intake.sources.tables.FEED
    query = sa.select(feed.c.id).where(feed.c.name == "a\0b")

    def found() -> list[sa.Row[tuple[int]]]:
        with database.read() as connection:
            return list(connection.execute(query).all())

    if url:
        with pytest.raises(TextRefused):
            found()
    else:
        assert found() == []
    database.close()
