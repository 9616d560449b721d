"""Ready roles: what each kind of work in a company may do and see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stockturn.accounts.permissions import Permission
from stockturn.language import Text, UsageError

OWNER: Final = "owner"


@dataclass(frozen=True)
class Role:
    """A named set of permissions."""

    key: str
    name: Text
    permissions: frozenset[Permission]


def _role(key: str, zh: str, en: str, *permissions: Permission) -> Role:
    return Role(key, Text(zh, en), frozenset(permissions))


_LOOK: Final = (
    Permission.SEE_FIGURES,
    Permission.SEE_COST,
    Permission.EXPORT,
    Permission.SEE_DATA,
)

_NOT_IT: Final = frozenset({Permission.SEE_COST, Permission.CLOSE_PERIODS})

_ALL: Final = (
    _role(OWNER, "所有者", "Owner", *Permission),
    _role(
        "boss",
        "老板",
        "Managing director",
        *_LOOK,
        Permission.CLOSE_PERIODS,
        Permission.MANAGE_PEOPLE,
        Permission.READ_AUDIT,
    ),
    _role(
        "cfo",
        "CFO",
        "CFO",
        *_LOOK,
        Permission.MANAGE_QUALITY,
        Permission.CLOSE_PERIODS,
        Permission.READ_AUDIT,
    ),
    _role(
        "supply_chain",
        "供应链经理",
        "Supply chain manager",
        *_LOOK,
        Permission.LOAD_DATA,
        Permission.MANAGE_SOURCES,
        Permission.MANAGE_QUALITY,
        Permission.CORRECT_QUARANTINE,
        Permission.MANAGE_ITEMS,
        Permission.MANAGE_JOBS,
    ),
    _role(
        "purchasing",
        "采购",
        "Purchasing",
        *_LOOK,
        Permission.LOAD_DATA,
        Permission.CORRECT_QUARANTINE,
    ),
    _role(
        "warehouse",
        "仓库",
        "Warehouse",
        Permission.SEE_FIGURES,
        Permission.EXPORT,
        Permission.SEE_DATA,
        Permission.LOAD_DATA,
        Permission.CORRECT_QUARANTINE,
    ),
    _role("sales", "销售", "Sales", Permission.SEE_FIGURES, Permission.EXPORT),
    _role("marketing", "市场", "Marketing", Permission.SEE_FIGURES, Permission.EXPORT),
    _role(
        "production",
        "生产",
        "Production",
        Permission.SEE_FIGURES,
        Permission.EXPORT,
        Permission.SEE_DATA,
    ),
    _role("analyst", "分析师", "Analyst", *_LOOK, Permission.MANAGE_QUALITY),
    _role("it", "IT", "IT", *(frozenset(Permission) - _NOT_IT)),
    _role("auditor", "审计", "Auditor", *_LOOK, Permission.READ_AUDIT),
)

ROLES: Final[dict[str, Role]] = {role.key: role for role in _ALL}

_UNKNOWN = Text("没有角色“{key}”。可用：{known}。", "There is no role '{key}'. Known: {known}.")


def role(key: str) -> Role:
    """Return the role named ``key``.

    Raises:
        UsageError: there is none of that name.
    """
    if key not in ROLES:
        raise UsageError(_UNKNOWN.fill(key=key, known=", ".join(ROLES)))
    return ROLES[key]
