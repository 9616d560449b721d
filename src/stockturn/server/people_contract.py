"""Shapes of the API about people: sign-in, one's own account, managing others, the audit."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from stockturn.accounts.audit import Channel, Result
from stockturn.accounts.permissions import Permission

Typed = Annotated[str, Field(max_length=200)]
Secret = Annotated[str, Field(max_length=500)]
RoleKey = Annotated[str, Field(description="key of a ready role", max_length=40)]


class SignIn(BaseModel):
    """Name and password."""

    login: Typed
    password: Secret


class Me(BaseModel):
    """Who is signed in and what they may do."""

    login: str
    name: str
    role: str
    role_name: str
    permissions: list[Permission]
    rows: RowsShape
    has_password: bool


class SessionState(BaseModel):
    """What the page needs before anything else."""

    company: str
    setup_needed: bool = Field(description="the workspace has no owner yet")
    me: Me | None


class LinkKey(BaseModel):
    """A one-time link, by its key."""

    key: Secret


class LinkShape(BaseModel):
    """What a link is for."""

    kind: Literal["setup", "invitation", "reset", "sign_in"]
    login: str | None
    name: str | None
    expires_at: datetime


class LinkUse(BaseModel):
    """What a link is used with; a link that only signs in needs its key alone."""

    key: Secret
    login: Typed = ""
    name: Typed = ""
    password: Secret = ""


class SessionShape(BaseModel):
    """One signed-in browser of the caller."""

    session_id: str
    created_at: datetime
    seen_at: datetime
    address: str
    agent: str
    present: bool = Field(description="the one that asks")


class TokenShape(BaseModel):
    """One API token, without its key."""

    token_id: str
    name: str
    verbs: Literal["read", "load", "manage"]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    state: Literal["active", "expired", "revoked"]
    login: str = Field(description="who it acts as")


class TokenWish(BaseModel):
    """A token to make."""

    name: Typed
    verbs: Literal["read", "load", "manage"] = "read"
    days: int = Field(default=90, ge=1, le=366)


class LocalTokenWish(TokenWish):
    """A token that the command line makes for a person."""

    login: Typed


class NewToken(BaseModel):
    """A token just made, with its key, which is shown this once."""

    token: TokenShape
    key: str


class TokenList(BaseModel):
    """Tokens, newest first."""

    tokens: list[TokenShape]


class Profile(BaseModel):
    """One's own account."""

    me: Me
    sessions: list[SessionShape]
    tokens: list[TokenShape]


class PasswordChange(BaseModel):
    """A new password for oneself."""

    present: Secret = ""
    password: Secret


class RowsShape(BaseModel):
    """The rows a person may see: all, or those whose dimensions are among the members."""

    everything: bool = False
    rows: dict[str, list[str]] = Field(
        default={}, description="dimension to members; the empty member is what has none"
    )


class PersonShape(BaseModel):
    """One person as an administrator sees them."""

    user_id: str
    login: str
    name: str
    role: str
    state: Literal["invited", "active", "disabled"]
    rows: RowsShape
    rows_until: datetime | None
    created_at: datetime
    invited_until: datetime | None = Field(description="how long the unused invitation holds")
    last_sign_in_at: datetime | None
    manageable: bool = Field(description="within the rights of who asks")


class RoleShape(BaseModel):
    """A ready role."""

    key: str
    name: str
    permissions: list[str]
    grantable: bool = Field(description="within the rights of who asks")


class NamedKey(BaseModel):
    """A key and its words."""

    key: str
    name: str


class PeopleList(BaseModel):
    """Everybody, and what they can be given."""

    people: list[PersonShape]
    roles: list[RoleShape]
    permissions: list[NamedKey]
    dimensions: list[NamedKey] = Field(description="what rows can be given by")


class Invitation(BaseModel):
    """A person to invite."""

    login: Typed
    name: Typed
    role: RoleKey
    rows: RowsShape = RowsShape(everything=True)
    rows_until: datetime | None = None


class PersonChange(BaseModel):
    """What is to change of a person; what is left out stays."""

    name: Typed | None = None
    role: RoleKey | None = None
    rows: RowsShape | None = None
    rows_until: datetime | None = None
    disabled: bool | None = None


class PersonLink(BaseModel):
    """A person, and the key of their one-time link, shown this once."""

    person: PersonShape
    key: str
    path: str = Field(description="address of the link below the page's own")
    until: datetime = Field(description="the link holds until then, once")


class DetailShape(BaseModel):
    """One detail of an audit line in words."""

    name: str
    value: str


class AuditShape(BaseModel):
    """One line of the audit."""

    audit_no: int
    at: datetime
    who: str
    action: str
    action_name: str
    object_kind: str
    object_id: str
    address: str
    channel: Channel
    result: Result
    details: dict[str, Any]
    said: list[DetailShape] = Field(description="the details in words")


class AuditPage(BaseModel):
    """Lines of the audit, newest first."""

    lines: list[AuditShape]
    total: int
    next_offset: int | None
    actions: list[NamedKey] = Field(description="actions that occur, for the filter")
