"""People, tokens and the audit, asked of the server that owns the workspace or of its app database.

Both answer in the shapes of the API, so a command prints the same whoever answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

from stockturn.cli.house import OwnHouse, open_house
from stockturn.cli.remote import RemoteHouse
from stockturn.cli.shell import Shell
from stockturn.language import Language
from stockturn.workspace import Workspace

Shape = dict[str, Any]


class PeopleHouse(Protocol):
    """Where people are managed; answers are the API's shapes."""

    def everybody(self) -> Shape:
        """Return everybody, and what they can be given."""

    def invite(self, invitation: Shape) -> Shape:
        """Add a person; return them with their link."""

    def change(self, user_id: str, change: Shape) -> Shape:
        """Change a person."""

    def link(self, user_id: str) -> Shape:
        """Make a new link for a person."""

    def tokens(self) -> Shape:
        """Return everybody's tokens."""

    def make_token(self, wish: Shape) -> Shape:
        """Make a token that acts as a person."""

    def revoke_token(self, token_id: str) -> None:
        """End a token."""

    def audit(self, wanted: dict[str, str], limit: int) -> Shape:
        """Return the newest lines of the audit that fit."""

    @property
    def address(self) -> str:
        """The page's address, which links stand below."""


@contextmanager
def open_people(shell: Shell) -> Iterator[PeopleHouse]:
    """Open what knows the people of the workspace."""
    with open_house(shell) as house:
        if isinstance(house, RemoteHouse):
            yield _Remote(house)
        else:
            assert isinstance(house, OwnHouse)
            yield _Own(house.workspace, shell.language)


def _address(host: str, port: int) -> str:
    from stockturn.cli.serve import page_address

    return page_address(host, port, "zh").partition("?")[0]


class _Remote:
    def __init__(self, house: RemoteHouse) -> None:
        self._house = house

    @property
    def address(self) -> str:
        return _address(self._house.settings.host, self._house.port)

    def everybody(self) -> Shape:
        return self._house.call_api("GET", "/people")

    def invite(self, invitation: Shape) -> Shape:
        return self._house.call_api("POST", "/people", invitation)

    def change(self, user_id: str, change: Shape) -> Shape:
        return self._house.call_api("PATCH", f"/people/{user_id}", change)

    def link(self, user_id: str) -> Shape:
        return self._house.call_api("POST", f"/people/{user_id}/link")

    def tokens(self) -> Shape:
        return self._house.call("GET", "/tokens")

    def make_token(self, wish: Shape) -> Shape:
        return self._house.call("POST", "/tokens", wish)

    def revoke_token(self, token_id: str) -> None:
        self._house.call("DELETE", f"/tokens/{token_id}")

    def audit(self, wanted: dict[str, str], limit: int) -> Shape:
        return self._house.call_api("GET", "/audit", None, limit=str(limit), **wanted)


class _Own:
    def __init__(self, workspace: Workspace, language: Language) -> None:
        from stockturn.accounts.access import Access
        from stockturn.accounts.caller import local_caller
        from stockturn.accounts.people import People
        from stockturn.server.gate import LOCAL_NAME

        self._settings = workspace.settings
        self._language = language
        self._access = Access(workspace.app_db, company=workspace.settings.company)
        self._people = People(workspace.app_db, self._access)
        self._caller = local_caller(LOCAL_NAME)

    @property
    def address(self) -> str:
        return _address(self._settings.host, self._settings.port)

    def everybody(self) -> Shape:
        from stockturn.server.people import people_list

        return people_list(self._people, self._caller, self._language).model_dump(mode="json")

    def invite(self, invitation: Shape) -> Shape:
        from stockturn.server.people import invited
        from stockturn.server.people_contract import Invitation

        given = Invitation.model_validate(invitation)
        return invited(self._people, self._caller, given).model_dump(mode="json")

    def change(self, user_id: str, change: Shape) -> Shape:
        from stockturn.server.people import changed
        from stockturn.server.people_contract import PersonChange

        given = PersonChange.model_validate(change)
        return changed(self._people, self._caller, user_id, given).model_dump(mode="json")

    def link(self, user_id: str) -> Shape:
        from stockturn.server.people import newly_linked

        return newly_linked(self._people, self._caller, user_id).model_dump(mode="json")

    def tokens(self) -> Shape:
        from stockturn.server.internal_people import everybodys_tokens

        return everybodys_tokens(self._people, self._access.now()).model_dump(mode="json")

    def make_token(self, wish: Shape) -> Shape:
        from stockturn.server.internal_people import persons_token
        from stockturn.server.people_contract import LocalTokenWish

        given = LocalTokenWish.model_validate(wish)
        made = persons_token(self._people, self._caller, given, self._access.now())
        return made.model_dump(mode="json")

    def revoke_token(self, token_id: str) -> None:
        self._people.revoke_token(self._caller, token_id)

    def audit(self, wanted: dict[str, str], limit: int) -> Shape:
        from stockturn.accounts.audit import AuditFilter
        from stockturn.server.auditing import audit_page

        since, until = (wanted.get(name) for name in ("since", "until"))
        asked = AuditFilter(
            who=wanted.get("who", ""),
            action=wanted.get("action", ""),
            object_id=wanted.get("object_id", ""),
            result=wanted.get("result", ""),
            since=datetime.fromisoformat(since) if since else None,
            before=datetime.fromisoformat(until) if until else None,
        )
        page = audit_page(self._people, self._caller, asked, self._language, 0, limit)
        return page.model_dump(mode="json")
