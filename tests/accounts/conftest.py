from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from stockturn.accounts import passwords
from stockturn.accounts.access import Access, Entered, Visit
from stockturn.accounts.caller import Caller
from stockturn.accounts.people import People
from stockturn.accounts.scopes import ALL_ROWS, RowScope
from stockturn.accounts.throttle import Throttle
from stockturn.accounts.users import User
from stockturn.workspace.app_db import AppDb
from tests.databases import KINDS, app_db_url

PASSWORD = "三月的雨 falls on tin roofs"
VISIT = Visit("10.0.0.7", "test browser")


@dataclass
class Clock:
    """Time that tests move on."""

    instant: datetime = datetime(2026, 3, 1, 8, tzinfo=UTC)
    seconds: float = 0.0

    def pass_(self, **span: float) -> None:
        self.instant += timedelta(**span)
        self.seconds += timedelta(**span).total_seconds()


@dataclass
class Firm:
    """A workspace's people, and shortcuts of a test."""

    db: AppDb
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        throttle = Throttle(lambda: self.clock.seconds)
        self.access = Access(
            self.db, company="三江商贸", clock=lambda: self.clock.instant, throttle=throttle
        )
        self.people = People(self.db, self.access)

    def owner(self) -> Caller:
        key = self.access.setup_link()
        assert key is not None
        entered = self.access.use(key, VISIT, login="wang", name="王总", password=PASSWORD)
        return self.inside(entered)

    def inside(self, entered: Entered) -> Caller:
        caller = self.access.by_session(entered.key, VISIT)
        assert caller is not None
        return caller

    def invited(
        self, by: Caller, login: str, role: str = "warehouse", rows: RowScope = ALL_ROWS
    ) -> tuple[User, str]:
        user, link = self.people.invite(by, login=login, name=login, role_key=role, rows=rows)
        return user, link.key

    def member(
        self, by: Caller, login: str, role: str = "warehouse", rows: RowScope = ALL_ROWS
    ) -> Caller:
        _, key = self.invited(by, login, role, rows)
        return self.inside(self.access.use(key, VISIT, password=PASSWORD))


@pytest.fixture(autouse=True)
def cheap_hashing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash in a moment; the real parameters are tested in test_passwords.py."""
    if "test_passwords" not in request.node.nodeid:
        monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(1, 64, 1))


@pytest.fixture(params=KINDS)
def firm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Firm]:
    with app_db_url(request) as url:
        db = AppDb.open(tmp_path, url)
        yield Firm(db)
        db.close()
