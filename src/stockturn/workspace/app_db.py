"""The app database: users, jobs, sources and decisions; never a figure.

SQLite in the workspace (``app.db``) unless the setting ``app_db`` names a PostgreSQL server. Rooms
define their own tables on :data:`METADATA`; the scripts in ``migrations/`` make and change them.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy import event

from stockturn.language import StockTurnError, Text, UsageError

T = TypeVar("T")

FILE_NAME: Final = "app.db"
HEAD: Final = "0007"
"""The revision this version works with; a test holds it to the newest script."""

METADATA: Final = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_BUSY_SECONDS: Final = 15
_ATTEMPTS: Final = 8
_PAUSE_SECONDS: Final = 0.01
"""The longest pause before a transaction is run again, doubled each time."""


class Instant(sa.TypeDecorator[datetime]):
    """A UTC instant on every database: aware in Python, without a zone in the table."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Any) -> datetime | None:
        """Turn an aware instant into UTC without a zone."""
        if value is None:
            return None
        assert value.tzinfo is not None, "instants are aware"
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Any) -> datetime | None:
        """Give the zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


class AppDbUnreachable(StockTurnError):
    """The app database does not answer."""

    code = "app_db_unreachable"
    status = 503

    def __init__(self, detail: str) -> None:
        super().__init__(
            Text(
                f"应用数据库无法使用（{detail}）。请检查设置 app_db 与数据库是否运行。",
                f"The app database cannot be used ({detail}). Check the setting app_db and that "
                "the database is running.",
            )
        )


class AppDbNewer(StockTurnError):
    """A newer version of the product has changed the app database."""

    code = "app_db_newer"
    status = 409

    def __init__(self, revision: str) -> None:
        super().__init__(
            Text(
                f"应用数据库的版本（{revision}）比本程序新。请升级程序，或从备份恢复。",
                f"The app database is of a newer version ({revision}) than this program. Upgrade "
                "the program, or restore a backup.",
            )
        )


class TextRefused(UsageError):
    """A text that PostgreSQL cannot hold, nor look for."""

    code = "text_refused"

    def __init__(self) -> None:
        super().__init__(
            Text(
                "内容里有空字符（NUL），不能使用。请去掉后重试。",
                "A NUL character stands in it, which cannot be used. Take it out and try again.",
            )
        )


class AppDb:
    """Reads and writes of the app database. Safe from any thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        # PostgreSQL gives up reads of serializable transactions too; a snapshot is enough to read.
        snapshot = {"isolation_level": "REPEATABLE READ"}
        self._reading = (
            engine.execution_options(**snapshot) if engine.dialect.name == "postgresql" else engine
        )

    @classmethod
    def open(cls, folder: Path, url: str = "") -> AppDb:
        """Open the app database and bring it up to this version.

        Args:
            folder: The workspace.
            url: ``postgresql://user:password@host:port/name``; empty for SQLite in ``folder``.

        Raises:
            AppDbUnreachable: it does not answer.
            AppDbNewer: a newer version has changed it.
        """
        engine = _engine(folder, url)
        try:
            with engine.connect() as connection:
                present = _revision(connection)
            if present != HEAD:
                migrate(engine, present)
        except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
            engine.dispose()
            raise AppDbUnreachable(str(error.orig).splitlines()[0]) from error
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a connection to read with; one consistent state on PostgreSQL and SQLite."""
        with _words_for_nul(), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Give a connection whose changes commit together at the end, or not at all."""
        with (
            _words_for_nul(),
            self.engine.connect() as connection,
            connection.execution_options(writes=True).begin(),
        ):
            yield connection

    def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """Run ``work`` in a transaction and return what it returns.

        PostgreSQL may refuse one of two transactions that met; it is run again, so ``work`` does
        nothing that a second run would repeat outside the database.
        """
        for attempt in range(_ATTEMPTS - 1):
            try:
                with self.write() as connection:
                    return work(connection)
            except sa.exc.DBAPIError as error:
                if not _met_another(error):
                    raise
                # Those that met wait for different times, or they meet again.
                time.sleep(random.uniform(0, _PAUSE_SECONDS * 2**attempt))
        with self.write() as connection:
            return work(connection)


def _met_another(error: sa.exc.DBAPIError) -> bool:
    """Say whether PostgreSQL gave up this transaction in favour of another (40001, 40P01)."""
    return _told(error) in {"40001", "40P01"}


def _told(error: sa.exc.DBAPIError) -> str:
    """Return PostgreSQL's code of an error; empty for another database's."""
    told = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return str(told.get("C")) if isinstance(told, dict) else ""


@contextmanager
def _words_for_nul() -> Iterator[None]:
    """Say what is wrong with a text that holds NUL (22021): anybody can send one.

    Raises:
        TextRefused: one did.
    """
    try:
        yield
    except sa.exc.DBAPIError as error:
        if _told(error) == "22021":
            raise TextRefused from error
        raise


def migrate(engine: sa.Engine, present: str | None) -> None:
    """Run the scripts that are missing; ``present`` is the revision of now, None for none.

    Raises:
        AppDbNewer: the scripts do not know ``present``.
    """
    # Imported here: a start that finds everything in place does without.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if present is not None and present not in known:
        raise AppDbNewer(present)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _engine(folder: Path, url: str) -> sa.Engine:
    if url:
        address = sa.make_url(url).set(drivername="postgresql+pg8000")
        return sa.create_engine(address, pool_pre_ping=True, isolation_level="SERIALIZABLE")
    path = folder / FILE_NAME
    path.touch(mode=0o600, exist_ok=True)
    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": _BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # our own BEGIN, below
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # A writer takes the lock before it reads: two of them wait instead of failing halfway.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
