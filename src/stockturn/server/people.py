"""Managing people: everybody, inviting, roles, rows, disabling, new links.

The functions below the routes answer for the command line too, where no server runs.
"""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter

from stockturn.accounts.caller import Caller
from stockturn.accounts.people import Change, NewLink, People, lies_within
from stockturn.accounts.permissions import PERMISSIONS
from stockturn.accounts.roles import ROLES
from stockturn.accounts.scopes import ALL_ROWS, SCOPED, RowScope, chosen_scope
from stockturn.accounts.users import User
from stockturn.language import Language
from stockturn.metrics.dimensions import DIMENSIONS
from stockturn.server.desk import PROBLEMS, CallerHere, DeskHere, Lang
from stockturn.server.people_contract import (
    Invitation,
    NamedKey,
    PeopleList,
    PersonChange,
    PersonLink,
    PersonShape,
    RoleShape,
    RowsShape,
)

router = APIRouter(prefix="/api/people", tags=["people"], responses=PROBLEMS)

LINK_PATH = "welcome#"
"""The key stands behind the hash: browsers send it to no server and no log."""


@router.get("")
def get_people(desk: DeskHere, caller: CallerHere, lang: Lang = "zh") -> PeopleList:
    """Return everybody, and what they can be given."""
    return people_list(desk.people, caller, lang)


@router.post("")
def post_person(invitation: Invitation, desk: DeskHere, caller: CallerHere) -> PersonLink:
    """Invite a person; the answer holds their one-time link."""
    return invited(desk.people, caller, invitation)


@router.patch("/{user_id}")
def patch_person(
    user_id: str, change: PersonChange, desk: DeskHere, caller: CallerHere
) -> PersonShape:
    """Change a person: name, role, rows, or whether they may come in."""
    return changed(desk.people, caller, user_id, change)


@router.post("/{user_id}/link")
def post_person_link(user_id: str, desk: DeskHere, caller: CallerHere) -> PersonLink:
    """Make a new one-time link; the person's password, sessions and tokens end at once."""
    return newly_linked(desk.people, caller, user_id)


def people_list(people: People, caller: Caller, lang: Language) -> PeopleList:
    """Return everybody as ``caller`` may manage them, and what they can be given."""
    invitations = people.invitations()
    return PeopleList(
        people=[
            person_shape(user, caller, invitations.get(user.user_id)) for user in people.everybody()
        ],
        roles=[
            RoleShape(
                key=role.key,
                name=role.name.read(lang),
                permissions=sorted(role.permissions),
                grantable=lies_within(caller, role.key, caller.rows),
            )
            for role in ROLES.values()
        ],
        permissions=[
            NamedKey(key=key, name=words.read(lang)) for key, words in PERMISSIONS.items()
        ],
        dimensions=[NamedKey(key=key, name=DIMENSIONS[key].name.read(lang)) for key in SCOPED],
    )


def invited(people: People, caller: Caller, invitation: Invitation) -> PersonLink:
    """Invite a person; see ``People.invite`` for what can be raised."""
    user, link = people.invite(
        caller,
        login=invitation.login,
        name=invitation.name,
        role_key=invitation.role,
        rows=_rows(invitation.rows),
        rows_until=_instant(invitation.rows_until),
    )
    return _linked(user, caller, link)


def changed(people: People, caller: Caller, user_id: str, change: PersonChange) -> PersonShape:
    """Change a person; see ``People.change`` for what can be raised."""
    wanted = Change(
        name=change.name,
        role=change.role,
        rows=None if change.rows is None else _rows(change.rows),
        rows_until=_instant(change.rows_until),
        keep_rows_until="rows_until" not in change.model_fields_set,
        disabled=change.disabled,
    )
    return person_shape(people.change(caller, user_id, wanted), caller)


def newly_linked(people: People, caller: Caller, user_id: str) -> PersonLink:
    """Make a new one-time link; see ``People.new_link`` for what can be raised."""
    user, link = people.new_link(caller, user_id)
    return _linked(user, caller, link)


def _linked(user: User, caller: Caller, link: NewLink) -> PersonLink:
    until = link.expires_at if user.state == "invited" else None
    return PersonLink(
        person=person_shape(user, caller, until),
        key=link.key,
        path=LINK_PATH + link.key,
        until=link.expires_at,
    )


def person_shape(user: User, caller: Caller, invited_until: datetime | None = None) -> PersonShape:
    """Return a person as the page shows them to ``caller``."""
    return PersonShape(
        user_id=user.user_id,
        login=user.login,
        name=user.name,
        role=user.role,
        state=user.state,
        rows=RowsShape(**user.rows.payload()),
        rows_until=user.rows_until,
        created_at=user.created_at,
        invited_until=invited_until,
        last_sign_in_at=user.last_sign_in_at,
        manageable=lies_within(caller, user.role, user.rows),
    )


def _rows(shape: RowsShape) -> RowScope:
    return ALL_ROWS if shape.everything else chosen_scope(everything=False, rows=shape.rows)


def _instant(written: datetime | None) -> datetime | None:
    """Instants are UTC; one written without a zone is taken as UTC."""
    if written is None or written.tzinfo is not None:
        return written
    return written.replace(tzinfo=UTC)
