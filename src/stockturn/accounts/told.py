"""Who is told of what waits: the person whom a feed names as its owner.

A feed keeps the sign-in name. Whether that person can be told is looked up whenever it is shown, as
people are disabled and change roles. Feeds of before people could be chosen hold free text; it
counts where it is the sign-in name, or the name of one person alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from stockturn.accounts.errors import OwnerRefused
from stockturn.accounts.permissions import Permission
from stockturn.accounts.users import User, login_key
from stockturn.language import Text

_NONE: Final = Text(
    "没有负责人：按计划运行而待处理时，没有人收到提醒。请选择负责人。",
    "It has no owner: when a planned run waits, nobody is told. Choose one.",
)
_UNKNOWN: Final = Text(
    "负责人“{name}”不是这里的用户，没有人收到提醒。请重新选择负责人。",
    "Its owner “{name}” is no user here, so nobody is told. Choose another.",
)
_DISABLED: Final = Text(
    "负责人 {name} 已停用，没有人收到提醒。请另选负责人。",
    "Its owner {name} is disabled, so nobody is told. Choose another.",
)
_BLIND: Final = Text(
    "负责人 {name} 的角色看不到导入与运行，没有人收到提醒。请另选负责人，或更改其角色。",
    "The role of its owner {name} does not see loads and runs, so nobody is told. Choose another, "
    "or change their role.",
)
_REFUSED_UNKNOWN: Final = Text(
    "没有登录名为“{name}”的用户，不能作为负责人。请填写一位用户的登录名。",
    "Nobody has the sign-in name “{name}”, so it cannot be the owner. Give a person's sign-in "
    "name.",
)
_REFUSED: Final = Text(
    "{name} 不能作为负责人：已停用，或角色看不到导入与运行。请另选一位用户。",
    "{name} cannot be the owner: they are disabled, or their role does not see loads and runs. "
    "Choose another person.",
)


@dataclass(frozen=True)
class Told:
    """Whom an owner's name stands for.

    Attributes:
        login: their sign-in name; None where no user is meant.
        name: their name, or the text that names no user.
        why_not: why they are not told, and what to do; None where they are.
    """

    login: str | None
    name: str
    why_not: Text | None


def sees_notices(user: User) -> bool:
    """Say whether notices of what waits reach a person."""
    return user.disabled_at is None and Permission.SEE_DATA in user.permissions


def who_is_told(owner: str, people: Sequence[User]) -> Told:
    """Return who is told where ``owner`` stands as the owner."""
    if not owner.strip():
        return Told(None, "", _NONE)
    user = _meant(owner, people)
    if user is None:
        return Told(None, owner, _UNKNOWN.fill(name=owner))
    why = None
    if not sees_notices(user):
        why = (_BLIND if user.disabled_at is None else _DISABLED).fill(name=user.name)
    return Told(user.login, user.name, why)


def chosen_owner(login: str, people: Sequence[User]) -> str:
    """Return the sign-in name of a new owner as it is kept; empty for nobody.

    Raises:
        OwnerRefused: nobody has it, or notices do not reach them.
    """
    if not login.strip():
        return ""
    key = login_key(login)
    user = next((each for each in people if login_key(each.login) == key), None)
    if user is None:
        raise OwnerRefused(_REFUSED_UNKNOWN.fill(name=login))
    if not sees_notices(user):
        raise OwnerRefused(_REFUSED.fill(name=user.name))
    return user.login


def _meant(owner: str, people: Sequence[User]) -> User | None:
    key = login_key(owner)
    by_login = [user for user in people if login_key(user.login) == key]
    by_name = [user for user in people if login_key(user.name) == key]
    found = by_login or by_name
    return found[0] if len(found) == 1 else None
