"""Sources of a workspace, kept in the app database. A secret goes in and never comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from stockturn.intake.sources.kind import SourceKind, Value
from stockturn.intake.sources.kinds import kind_of
from stockturn.intake.sources.secrets import Sealer
from stockturn.intake.sources.source import Ground, Source
from stockturn.intake.sources.tables import FEED, SOURCE
from stockturn.language import StockTurnError, Text, UsageError
from stockturn.workspace import Workspace


class SourceUnknown(UsageError):
    """No source has this name."""

    code = "source_unknown"
    status = 404

    def __init__(self, name: str) -> None:
        super().__init__(
            Text(
                f"没有名为“{name}”的来源。请在来源列表中选择。",
                f"There is no source “{name}”. Choose one from the list of sources.",
            )
        )


class SourceNameTaken(UsageError):
    """Another source has this name."""

    code = "source_name_taken"
    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(
            Text(f"已有名为“{name}”的来源，请换一个名称。", f"There is a source “{name}” already.")
        )


class SourceInUse(StockTurnError):
    """Feeds still read this source."""

    code = "source_in_use"
    status = 409
    exit_code = 2

    def __init__(self, name: str, feeds: list[str]) -> None:
        super().__init__(
            Text(
                f"来源“{name}”仍被取数任务使用：{'、'.join(feeds)}。请先删除这些任务。",
                f"Feeds still read the source “{name}”: {', '.join(feeds)}. Remove them first.",
            )
        )


@dataclass(frozen=True)
class StoredSource:
    """One source as anybody may see it.

    Attributes:
        form: its fields without the secret ones.
        secrets: the secret fields that are filled.
    """

    id: int
    name: str
    kind: str
    form: dict[str, Value]
    secrets: tuple[str, ...]
    created_at: datetime
    changed_at: datetime
    changed_by: str | None


class Sources:
    """The sources of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._app_db = workspace.app_db

    @property
    def _sealer(self) -> Sealer:
        return Sealer(self._workspace.secret)

    def all(self) -> list[StoredSource]:
        """Return every source by name."""
        with self._app_db.read() as connection:
            rows = connection.execute(sa.select(SOURCE).order_by(SOURCE.c.name)).all()
        return [_stored(row) for row in rows]

    def get(self, name: str) -> StoredSource:
        """Return one source.

        Raises:
            SourceUnknown: there is none.
        """
        return _stored(self._row(name))

    def add(
        self, name: str, kind: str, values: Mapping[str, Any], *, actor: str | None = None
    ) -> StoredSource:
        """Keep a new source; nothing is connected to.

        Raises:
            FormInvalid: the form is not filled as its kind asks.
            SourceNameTaken: the name is another's.
            UsageError: no such kind, or the name is blank or long.
        """
        name = checked_name(name)
        found = kind_of(kind)
        form = found.read(values)
        now = datetime.now(UTC)
        row = {
            "name": name,
            "kind": found.key,
            "form": {key: value for key, value in form.items() if key not in found.secrets},
            "sealed": self._seal(name, found, form),
            "created_at": now,
            "changed_at": now,
            "changed_by": actor,
        }
        with self._app_db.write() as connection:
            if connection.execute(sa.select(SOURCE.c.id).where(SOURCE.c.name == name)).first():
                raise SourceNameTaken(name)
            connection.execute(sa.insert(SOURCE).values(row))
        return self.get(name)

    def change(
        self, name: str, values: Mapping[str, Any], *, actor: str | None = None
    ) -> StoredSource:
        """Replace a source's form; a secret that is not given stays as it is.

        Changing where a source connects to asks for its secrets again: a kept password must not be
        sent to another server.

        Raises:
            SourceUnknown, FormInvalid: as for :meth:`get` and :meth:`add`.
        """
        row = self._row(name)
        kind = kind_of(row.kind)
        form = kind.read(values)
        visible = {key: value for key, value in form.items() if key not in kind.secrets}
        given = {key for key in kind.secrets if values.get(key)}
        sealed = dict(row.sealed) if visible == row.form else {}
        sealed |= {key: text for key, text in self._seal(name, kind, form).items() if key in given}
        where = SOURCE.c.id == row.id
        changed = {
            "form": visible,
            "sealed": sealed,
            "changed_at": datetime.now(UTC),
            "changed_by": actor,
        }
        with self._app_db.write() as connection:
            connection.execute(sa.update(SOURCE).where(where).values(changed))
        return self.get(name)

    def remove(self, name: str) -> None:
        """Remove a source that no feed reads.

        Raises:
            SourceUnknown: there is none.
            SourceInUse: feeds read it.
        """
        row = self._row(name)
        with self._app_db.write() as connection:
            feeds = sa.select(FEED.c.name).where(FEED.c.source_id == row.id).order_by(FEED.c.name)
            names = list(connection.execute(feeds).scalars())
            if names:
                raise SourceInUse(name, names)
            connection.execute(sa.delete(SOURCE).where(SOURCE.c.id == row.id))

    def opened(self, name: str) -> tuple[SourceKind, dict[str, Value]]:
        """Return a source's kind and its whole form, secrets included: to connect, never to show.

        Raises:
            SourceUnknown: there is none.
            SecretUnreadable: a secret was sealed with another key.
        """
        row = self._row(name)
        kind = kind_of(row.kind)
        sealer = self._sealer
        form = dict(row.form)
        for key in kind.secrets:
            text = row.sealed.get(key)
            form[key] = sealer.open(text, _owner(name, key)) if text else ""
        return kind, form

    def connect(self, name: str) -> Source:
        """Return a source that is ready to be asked."""
        kind, form = self.opened(name)
        return kind.connect(form, Ground.of(self._workspace.settings))

    def _seal(self, name: str, kind: SourceKind, form: Mapping[str, Value]) -> dict[str, str]:
        sealer = self._sealer
        return {
            key: sealer.seal(str(form[key]), _owner(name, key))
            for key in sorted(kind.secrets)
            if form[key]
        }

    def _row(self, name: str) -> Any:
        with self._app_db.read() as connection:
            row = connection.execute(sa.select(SOURCE).where(SOURCE.c.name == name)).first()
        if row is None:
            raise SourceUnknown(name)
        return row


def checked_name(name: str) -> str:
    """Return a name of a source or feed without blanks around it.

    Raises:
        UsageError: it is empty, over 100 characters or over one line.
    """
    plain = name.strip()
    if plain and len(plain) <= 100 and plain.isprintable() and "/" not in plain:
        return plain
    raise UsageError(
        Text(
            "名称应为 1 到 100 个字，一行，不含斜线。",
            "A name takes 1 to 100 characters in one line, without slashes.",
        )
    )


def _owner(name: str, field: str) -> str:
    return f"{name}/{field}"


def _stored(row: Any) -> StoredSource:
    return StoredSource(
        id=row.id,
        name=row.name,
        kind=row.kind,
        form=dict(row.form),
        secrets=tuple(sorted(row.sealed)),
        created_at=row.created_at,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )
