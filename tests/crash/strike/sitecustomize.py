"""Lets a fault befall one named function, in whichever process of the product calls it.

Python imports this module at the start of every process that has its folder on the path: the owner
of a workspace and the workers that it starts. The variable FAULT says what happens where; the file
``mark`` is made when it has happened, and then it does not happen again.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.util
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

HELD: list[Any] = []
"""Connections that hold a lock as long as the process lives."""


def once(fault: dict[str, Any]) -> bool:
    try:
        Path(fault["mark"]).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def strike(fault: dict[str, Any]) -> None:
    match fault["kind"]:
        case "raise":
            raise RuntimeError("struck")
        case "kill":
            os.kill(int(os.environ["FAULT_OWNER"]), signal.SIGKILL)
        case "kill worker":
            os.kill(os.getpid(), signal.SIGKILL)
        case "disk full":
            from tests.disks import fill

            fill(Path(fault["disk"]))
        case "source gone":
            shut(fault["databases"])
        case "slow" if fault["locked"]:
            hold(fault["databases"][0], fault["locked"])
        case "slow":
            time.sleep(4)


def connected(database: str) -> Any:
    import adbc_driver_postgresql.dbapi as driver

    address = f"host=127.0.0.1 user=postgres dbname={database}"
    return driver.connect(address, autocommit=True)


def shut(databases: list[str]) -> None:
    with connected("postgres") as connection, connection.cursor() as cursor:
        for name in databases:
            cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            cursor.execute(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            )
            cursor.fetchall()


def hold(database: str, table: str) -> None:
    import adbc_driver_postgresql.dbapi as driver

    connection = driver.connect(f"host=127.0.0.1 user=postgres dbname={database}")
    connection.cursor().execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    HELD.append(connection)


def struck(fault: dict[str, Any], real: Any) -> Any:
    before = fault["when"] == "before"

    @functools.wraps(real)
    def function(*arguments: Any, **named: Any) -> Any:
        if before and once(fault):
            strike(fault)
        answer = real(*arguments, **named)
        if not before and once(fault):
            strike(fault)
        return answer

    return function


class Finder(importlib.abc.MetaPathFinder):
    """Wraps the function as soon as its module is there, before anyone has taken it from it."""

    def __init__(self, fault: dict[str, Any]) -> None:
        self.fault = fault
        self.module, _, self.name = fault["target"].partition(":")

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> Any:
        if name != self.module:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.loader is not None
        run = spec.loader.exec_module

        def run_and_wrap(module: Any) -> None:
            run(module)
            *classes, name = self.name.split(".")
            place = functools.reduce(getattr, classes, module)
            setattr(place, name, struck(self.fault, getattr(place, name)))

        spec.loader.exec_module = run_and_wrap  # type: ignore[method-assign]
        return spec


if "FAULT" in os.environ:
    sys.meta_path.insert(0, Finder(json.loads(os.environ["FAULT"])))
