"""A database of each kind for the contract suite: made on a real server, dropped afterwards."""

from __future__ import annotations

import contextlib
import socket
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from stockturn.intake.sources.kinds import KINDS
from stockturn.intake.sources.source import Ground, Source

ZONE = "Asia/Shanghai"


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """One database that a test may fill as it likes.

    ``types`` are this kind's words for the column types of the suite.
    """

    key: str
    types: ClassVar[dict[str, str]]
    quotes = ('"', '"')
    schema = ""
    service = False
    """Whether it is one of the servers whose tests CI counts."""
    zoned = True
    """Whether the kind has a type for instants."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ground = Ground(ZONE, (folder,), timeout_seconds=20)

    def form(self) -> dict[str, Any]:
        raise NotImplementedError

    def execute(self, *statements: str) -> None:
        raise NotImplementedError

    def clear(self) -> None:
        """Remove every table and view."""
        raise NotImplementedError

    def kill(self) -> None:
        """Break every connection but our own."""
        raise NotImplementedError

    def locked(self, table: str) -> contextlib.AbstractContextManager[None]:
        """Keep everybody else out of a table."""
        pytest.skip(f"{table}: readers of this kind do not wait for writers")

    def drop(self) -> None:
        raise NotImplementedError

    def source(self, **changed: Any) -> Source:
        kind = KINDS[self.key]
        return kind.connect(kind.read({**self.form(), **changed}), self.ground)

    def quote(self, name: str) -> str:
        left, right = self.quotes
        return left + name.replace(right, right * 2) + right

    def what(self, table: str) -> str:
        return f"{self.schema}.{table}" if self.schema else table

    def make(self, table: str, columns: dict[str, str], rows: list[list[Any]]) -> str:
        """Make a table; rows are SQL literals. Return its name in requests."""
        fields = ", ".join(f"{self.quote(n)} {self.types[t]}" for n, t in columns.items())
        statements = [f"CREATE TABLE {self.quote(table)} ({fields})"]
        if rows:
            values = ", ".join("(" + ", ".join(map(str, row)) + ")" for row in rows)
            statements.append(f"INSERT INTO {self.quote(table)} VALUES {values}")
        self.execute(*statements)
        return self.what(table)


class PostgreSQL(Server):
    key = "postgresql"
    service = True
    schema = "public"
    types: ClassVar = {
        "integer": "bigint", "decimal": "numeric(18,4)", "wide": "numeric(38,10)",
        "float": "double precision", "text": "varchar(40)", "date": "date",
        "timestamp": "timestamp", "instant": "timestamptz", "json": "jsonb", "binary": "bytea",
        "money": "money",
    }  # fmt: skip

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        if not answers(5432):
            pytest.skip("no PostgreSQL on 127.0.0.1:5432")
        self.name = f"stockturn_{uuid.uuid4().hex}"
        self._admin(f"CREATE DATABASE {self.name}")

    def _admin(self, *statements: str, database: str = "postgres") -> None:
        import adbc_driver_postgresql.dbapi as driver

        address = f"host=127.0.0.1 user=postgres dbname={database}"
        with driver.connect(address, autocommit=True) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def form(self) -> dict[str, Any]:
        return {
            "host": "127.0.0.1", "port": 5432, "database": self.name, "user": "postgres",
            "password": "Geheim-秘密-1", "tls": "off",
        }  # fmt: skip

    def execute(self, *statements: str) -> None:
        self._admin(*statements, database=self.name)

    def clear(self) -> None:
        self.execute("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")

    def kill(self) -> None:
        self._admin(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'"
        )

    @contextlib.contextmanager
    def locked(self, table: str) -> Iterator[None]:
        import adbc_driver_postgresql.dbapi as driver

        address = f"host=127.0.0.1 user=postgres dbname={self.name}"
        with driver.connect(address) as connection, connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield

    def drop(self) -> None:
        self._admin(f"DROP DATABASE {self.name} WITH (FORCE)")


class MariaDB(Server):
    key = "mariadb"
    service = True
    quotes = ("`", "`")
    types: ClassVar = {
        "integer": "bigint", "decimal": "decimal(18,4)", "wide": "decimal(38,10)",
        "float": "double", "text": "varchar(40)", "date": "date", "timestamp": "datetime(6)",
        "instant": "timestamp(6) NULL", "json": "json", "binary": "blob",
        "bits": "bit(1)",
    }  # fmt: skip

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        if not answers(3306):
            pytest.skip("no MariaDB on 127.0.0.1:3306")
        self.name = f"stockturn_{uuid.uuid4().hex}"
        self._admin(f"CREATE DATABASE {self.name} CHARACTER SET utf8mb4", database=None)

    def _admin(self, *statements: str, database: str | None) -> None:
        import pymysql

        connection = pymysql.connect(
            host="127.0.0.1", user="root", password="", database=database, charset="utf8mb4",
            autocommit=True, init_command="SET time_zone = '+00:00', sql_mode = ''",
        )  # fmt: skip
        with connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def form(self) -> dict[str, Any]:
        return {
            "host": "127.0.0.1", "port": 3306, "database": self.name, "user": "root",
            "password": "", "tls": "off",
        }  # fmt: skip

    def execute(self, *statements: str) -> None:
        self._admin(*statements, database=self.name)

    def clear(self) -> None:
        self._admin(
            f"DROP DATABASE {self.name}",
            f"CREATE DATABASE {self.name} CHARACTER SET utf8mb4",
            database=None,
        )

    def kill(self) -> None:
        import pymysql

        with pymysql.connect(host="127.0.0.1", user="root", password="") as connection:
            cursor = connection.cursor()
            cursor.execute(
                "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = %s", (self.name,)
            )
            for (number,) in cursor.fetchall():
                cursor.execute(f"KILL {int(number)}")

    @contextlib.contextmanager
    def locked(self, table: str) -> Iterator[None]:
        import pymysql

        connection = pymysql.connect(host="127.0.0.1", user="root", password="", database=self.name)
        with connection, connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLES {table} WRITE")
            yield

    def drop(self) -> None:
        self._admin(f"DROP DATABASE {self.name}", database=None)


class SQLite(Server):
    key = "sqlite"
    zoned = False
    types: ClassVar = {
        "integer": "integer", "decimal": "decimal(18,4)", "wide": "text", "float": "double",
        "text": "varchar(40)", "date": "date", "timestamp": "datetime", "json": "json",
        "binary": "blob",
    }  # fmt: skip

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.path = folder / "系统.db"

    def clear(self) -> None:
        for path in self.folder.iterdir():
            path.unlink()
        self.execute("PRAGMA journal_mode = WAL")

    def form(self) -> dict[str, Any]:
        return {"path": str(self.path)}

    def execute(self, *statements: str) -> None:
        with contextlib.closing(sqlite3.connect(self.path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    def kill(self) -> None:
        pytest.skip("a file has no connection to break")

    def drop(self) -> None:
        pass


class Absent(Server):
    """A kind whose server we have none of."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        pytest.skip(f"no {KINDS[self.key].name.en} server here: this kind was not run")


class SQLServer(Absent):
    key = "sqlserver"


class Oracle(Absent):
    key = "oracle"


SERVERS = (PostgreSQL, MariaDB, SQLite, SQLServer, Oracle)
