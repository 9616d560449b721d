"""Messages taken in: the body is on disk and its row committed before anybody is told.

A message is told from its repeats by its number. The same number with the same body is the same
message, whatever became of the first answer; with another body it is a mistake of the sender.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import sqlalchemy as sa

from stockturn.intake import received
from stockturn.intake.feeds.store import Feed, Feeds, FeedUnknown
from stockturn.intake.push import body as bodies
from stockturn.intake.push.errors import KeyMissing, KeyTaken, NotPushed, Replayed, SignatureBad
from stockturn.intake.push.tables import PUSH_MESSAGE
from stockturn.intake.sources.http import pushed
from stockturn.intake.sources.kind import Value
from stockturn.intake.sources.store import Sources
from stockturn.workspace import Workspace

State = Literal["kept", "loaded", "held", "discarded"]
LONGEST_KEY: Final = 200
WEBHOOK: Final = "webhook"
"""What stands for the sender of a message that is known by its signature."""


@dataclass(frozen=True)
class Message:
    """One acknowledged message.

    Attributes:
        kept: the hash that names its bytes in ``received/``.
        state: ``kept`` waits to be loaded, ``held`` waits for a person, who may have it
            ``discarded``.
        run_id: the run that loads it, None until it is planned.
        load_no: the load it became part of.
        fresh: it has come now, and not before.
    """

    id: int
    feed: str
    key: str
    kept: str
    rows: int
    received_at: datetime
    state: State
    run_id: int | None
    load_no: int | None
    sender: str | None = None
    fresh: bool = False


class Messages:
    """The messages of one workspace. Safe from any thread."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._app_db = workspace.app_db

    def accept(
        self,
        feed: str,
        key: str,
        body: bytes,
        *,
        sender: str | None = None,
        signed: bool = False,
    ) -> Message:
        """Keep a message and return it once it cannot be lost any more.

        Args:
            feed: name of a feed whose source pushes.
            key: the message's number.
            body: JSON, or JSON lines.
            sender: who sent it.
            signed: by its signature alone it is known to be the sender's.

        Raises:
            FeedUnknown, NotPushed: nothing can be sent there.
            KeyMissing, KeyTaken: the number is missing, or another message's.
            Replayed: signed content that has come under another number.
            BodyBad: it holds no records.
        """
        self._pushed(feed)
        if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
            raise KeyMissing(self.key_header(feed))
        digest = hashlib.sha256(body).hexdigest()
        known = self._known(feed, key, digest)
        if known is not None:
            return known
        found = bodies.records(body)
        kept = self._keep(bodies.as_lines(found, feed, key))
        row = {
            "feed": feed,
            "key": key,
            "body_sha256": digest,
            "kept_sha256": kept,
            "rows": len(found),
            "received_at": datetime.now(UTC),
            "received_from": WEBHOOK if signed else sender,
            "state": "kept",
        }

        def insert(connection: sa.Connection) -> None:
            if signed:
                _no_replay(connection, feed, digest)
            connection.execute(sa.insert(PUSH_MESSAGE).values(row))

        try:
            self._app_db.transact(insert)
        except sa.exc.IntegrityError:
            # The same number came twice at once; the other one was first.
            again = self._known(feed, key, digest)
            if again is None:
                raise
            return again
        message = self._known(feed, key, digest)
        assert message is not None
        return Message(**(vars(message) | {"fresh": True}))

    def accept_signed(self, feed: str, headers: Any, body: bytes) -> Message:
        """Keep a webhook's message if its signature is right.

        Args:
            feed: name of a feed whose source pushes.
            headers: of the request, by name in any case.
            body: as it came, byte for byte.

        Raises:
            SignatureBad: also where the feed takes no webhooks or does not exist.
            KeyMissing, KeyTaken, Replayed, BodyBad: see :meth:`accept`.
        """
        try:
            form = self._form(feed)
        except (FeedUnknown, NotPushed) as unknown:
            # Who cannot sign is not told which feeds there are.
            raise SignatureBad from unknown
        secret = str(form.get("webhook_secret", ""))
        given = headers.get(str(form.get("signature_header", "")), "")
        if not secret or not bodies.is_signed(body, secret, given, str(form["signature_form"])):
            raise SignatureBad
        key = headers.get(str(form["key_header"]), "")
        return self.accept(feed, key, body, signed=True)

    def key_header(self, feed: str) -> str:
        """Return the header that carries a message's number.

        Raises:
            FeedUnknown, NotPushed: nothing can be sent there.
        """
        source = Sources(self._workspace).get(self._pushed(feed).source)
        return str(source.form["key_header"])

    def waiting(
        self, feed: str, *, states: Sequence[State] = ("kept",), limit: int | None = None
    ) -> list[Message]:
        """Return the messages of a feed that are not loaded yet, in the order they came."""
        where = (PUSH_MESSAGE.c.feed == feed) & PUSH_MESSAGE.c.state.in_(states)
        return self._find(where, limit)

    def held(self, run_id: int) -> list[Message]:
        """Return the messages that a run holds for a person, in the order they came."""
        return self._find(_held_by(run_id))

    def reopen(self, run_id: int) -> None:
        """Let the messages that a run holds wait to be loaded again."""
        self._set(_held_by(run_id), state="kept")

    def discard(self, run_id: int) -> None:
        """Give up the messages that a run holds; their bytes stay, and repeats change nothing."""
        self._set(_held_by(run_id), state="discarded")

    def feeds_waiting(self) -> list[str]:
        """Return the feeds that have messages to load."""
        query = sa.select(PUSH_MESSAGE.c.feed).where(PUSH_MESSAGE.c.state == "kept").distinct()
        with self._app_db.read() as connection:
            return sorted(row.feed for row in connection.execute(query))

    def plan(self, feed: str, run_id: int) -> None:
        """Note which run will load the messages of a feed that no run was planned for."""
        kept = (PUSH_MESSAGE.c.feed == feed) & (PUSH_MESSAGE.c.state == "kept")
        self._set(kept & PUSH_MESSAGE.c.run_id.is_(None), run_id=run_id)

    def settle(
        self, ids: Collection[int], state: State, load_no: int | None, *, run_id: int
    ) -> None:
        """Note what became of messages, and in which run."""
        where = PUSH_MESSAGE.c.id.in_(list(ids))
        self._set(where, state=state, load_no=load_no, run_id=run_id)

    def feed(self, name: str) -> Feed:
        """Return a feed that takes messages.

        Raises:
            FeedUnknown, NotPushed: nothing can be sent there.
        """
        return self._pushed(name)

    def path(self, message: Message) -> Path:
        """Return where a message's bytes lie."""
        return received.kept_path(self._workspace.received, message.kept)

    # ---------------------------------------------------------------------------------------------

    def _pushed(self, name: str) -> Feed:
        feed = Feeds(self._workspace).get(name)
        if Sources(self._workspace).get(feed.source).kind != pushed.KEY:
            raise NotPushed(name)
        return feed

    def _form(self, feed: str) -> dict[str, Value]:
        _, form = Sources(self._workspace).opened(self._pushed(feed).source)
        return form

    def _known(self, feed: str, key: str, digest: str) -> Message | None:
        where = (PUSH_MESSAGE.c.feed == feed) & (PUSH_MESSAGE.c.key == key)
        with self._app_db.read() as connection:
            row = connection.execute(sa.select(PUSH_MESSAGE).where(where)).first()
        if row is None:
            return None
        if row.body_sha256 != digest:
            raise KeyTaken(key)
        return _message(row)

    def _keep(self, lines: bytes) -> str:
        incoming = self._workspace.staging / f"push-{uuid.uuid4().hex}"
        incoming.parent.mkdir(exist_ok=True)
        try:
            incoming.write_bytes(lines)
            return received.keep(self._workspace.received, incoming).sha256
        finally:
            if incoming.exists():
                os.unlink(incoming)  # noqa: PTH108 - the same, without another stat

    def _find(self, where: Any, limit: int | None = None) -> list[Message]:
        query = sa.select(PUSH_MESSAGE).where(where).order_by(PUSH_MESSAGE.c.id).limit(limit)
        with self._app_db.read() as connection:
            return [_message(row) for row in connection.execute(query)]

    def _set(self, where: Any, **values: Any) -> None:
        change = sa.update(PUSH_MESSAGE).where(where).values(values)
        self._app_db.transact(lambda connection: connection.execute(change))


def _held_by(run_id: int) -> Any:
    return (PUSH_MESSAGE.c.run_id == run_id) & (PUSH_MESSAGE.c.state == "held")


def _no_replay(connection: sa.Connection, feed: str, digest: str) -> None:
    """Check that no webhook with this content was taken; what was given up may come again.

    Raises:
        Replayed: one was.
    """
    where = (
        (PUSH_MESSAGE.c.feed == feed)
        & (PUSH_MESSAGE.c.body_sha256 == digest)
        & (PUSH_MESSAGE.c.received_from == WEBHOOK)
        & (PUSH_MESSAGE.c.state != "discarded")
    )
    before = connection.execute(sa.select(PUSH_MESSAGE.c.key).where(where).limit(1)).first()
    if before is not None:
        raise Replayed(before.key)


def _message(row: Any) -> Message:
    return Message(
        id=row.id,
        feed=row.feed,
        key=row.key,
        kept=row.kept_sha256,
        rows=row.rows,
        received_at=row.received_at,
        state=row.state,
        run_id=row.run_id,
        load_no=row.load_no,
        sender=row.received_from,
    )
