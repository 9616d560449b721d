"""Managing people: one gives only what one has, nobody rises by themselves, and all is written."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from stockturn.accounts.audit import AuditFilter, Deed
from stockturn.accounts.caller import local_caller
from stockturn.accounts.errors import (
    BeyondOwnRights,
    FieldRefused,
    LastOwner,
    LoginTaken,
    NotAllowed,
    OwnAccount,
    PersonMissing,
)
from stockturn.accounts.people import Change
from stockturn.accounts.permissions import PERMISSIONS, Permission
from stockturn.accounts.roles import OWNER, ROLES
from stockturn.accounts.scopes import (
    ALL_ROWS,
    NO_ROWS,
    RowScope,
    chosen_scope,
    figures_scope,
    read_scope,
)
from stockturn.language import UsageError
from stockturn.metrics.query import NOTHING
from tests.accounts.conftest import Clock

SOUTH = RowScope(rows=(("location", ("S",)),))
BOTH = RowScope(rows=(("location", ("N", "S")),))


def test_every_permission_has_words_and_a_role_beside_the_owner():
    assert set(PERMISSIONS) == set(Permission)
    others = [role.permissions for key, role in ROLES.items() if key != OWNER]
    assert frozenset().union(*others) == frozenset(Permission)
    assert ROLES[OWNER].permissions == frozenset(Permission)


def test_the_ready_roles_are_those_promised():
    names = [role.name.zh for role in ROLES.values()]
    assert names == [
        "所有者",
        "老板",
        "CFO",
        "供应链经理",
        "采购",
        "仓库",
        "销售",
        "市场",
        "生产",
        "分析师",
        "IT",
        "审计",
    ]


def test_inviting_needs_the_right(firm):
    owner = firm.owner()
    clerk = firm.member(owner, "li", "warehouse")
    with pytest.raises(NotAllowed):
        firm.invited(clerk, "zhao")
    assert firm.invited(owner, "zhao")[0].state == "invited"


@pytest.mark.parametrize(
    ("role", "rows", "beyond"),
    [
        ("warehouse", SOUTH, False),
        ("warehouse", NO_ROWS, False),
        ("warehouse", BOTH, True),
        ("warehouse", ALL_ROWS, True),
        ("cfo", SOUTH, True),
        ("owner", SOUTH, True),
    ],
)
def test_one_gives_only_what_one_has(firm, role, rows, beyond):
    it = firm.member(firm.owner(), "it", "it", SOUTH)
    if beyond:
        with pytest.raises(BeyondOwnRights):
            firm.invited(it, "new", role, rows)
    else:
        assert firm.invited(it, "new", role, rows)[0].role == role


def test_who_has_more_cannot_be_managed_nor_their_password_reset(firm):
    owner = firm.owner()
    it = firm.member(owner, "it", "it")
    cfo = firm.member(owner, "cfo", "cfo")
    for caller in (owner, cfo):
        with pytest.raises(BeyondOwnRights):
            firm.people.new_link(it, caller.user.user_id)
        with pytest.raises(BeyondOwnRights):
            firm.people.change(it, caller.user.user_id, Change(disabled=True))


def test_nobody_changes_their_own_role_rows_or_standing(firm):
    boss = firm.member(firm.owner(), "boss", "boss")
    own = boss.user.user_id
    for change in (Change(role="cfo"), Change(rows=NO_ROWS), Change(disabled=True)):
        with pytest.raises(OwnAccount):
            firm.people.change(boss, own, change)
    assert firm.people.change(boss, own, Change(name="老板本人")).name == "老板本人"


def test_the_last_owner_stays(firm):
    owner = firm.owner()
    local = local_caller("shell")
    for change in (Change(disabled=True), Change(role="cfo")):
        with pytest.raises(LastOwner):
            firm.people.change(local, owner.user.user_id, change)
    assert firm.people.everybody()[0].role == OWNER
    firm.member(owner, "second", OWNER)
    assert firm.people.change(local, owner.user.user_id, Change(role="cfo")).role == "cfo"


@pytest.mark.parametrize("login", ["Wang", " wang ", "ＷＡＮＧ"])
def test_one_name_in_other_letters_is_the_same_name(firm, login):
    owner = firm.owner()
    with pytest.raises(LoginTaken):
        firm.invited(owner, login)


@pytest.mark.parametrize("login", ["", "  ", "a\nb", "x" * 101, "a\x00b"])
def test_a_name_is_one_line(firm, login):
    owner = firm.owner()
    with pytest.raises(FieldRefused):
        firm.invited(owner, login)


def test_a_role_that_does_not_exist_is_named(firm):
    owner = firm.owner()
    with pytest.raises(UsageError, match="astronaut"):
        firm.invited(owner, "li", "astronaut")


def test_a_person_that_does_not_exist(firm):
    owner = firm.owner()
    with pytest.raises(PersonMissing):
        firm.people.change(owner, "0" * 32, Change(role="cfo"))


def test_the_audit_says_who_did_what_to_whom_from_where(firm):
    owner = firm.owner()
    user, _ = firm.invited(owner, "li", "warehouse", SOUTH)
    firm.people.change(owner, user.user_id, Change(role="sales"))
    firm.people.note(owner, Deed("close_period", "period", "2026-02", details={"version": 1}))
    lines, total, actions = firm.people.audit(owner, AuditFilter(who="王"))
    assert [line.action for line in lines] == [
        "close_period",
        "change_role",
        "invite",
        "set_up_owner",
    ]
    assert total == 4
    assert set(actions) >= {"close_period", "make_link"}
    assert lines[1].object_id == "li"
    assert lines[1].details == {"role": "sales"}
    assert lines[2].details["rows"]["rows"] == {"location": ["S"]}
    assert {line.address for line in lines} == {"10.0.0.7"}
    later = firm.clock.instant + timedelta(seconds=1)
    assert firm.people.audit(owner, AuditFilter(since=later))[1] == 0
    assert firm.people.audit(owner, AuditFilter(before=later, action="invite"))[1] == 1
    assert len(firm.people.audit(owner, AuditFilter(), offset=1, limit=2)[0]) == 2


def test_the_audit_can_be_added_to_only(firm):
    firm.owner()
    for statement in ("UPDATE audit SET who = 'nobody'", "DELETE FROM audit"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), firm.db.write() as connection:
            connection.execute(sa.text(statement))


def test_the_audit_needs_the_right(firm):
    clerk = firm.member(firm.owner(), "li", "warehouse")
    with pytest.raises(NotAllowed):
        firm.people.audit(clerk, AuditFilter())


def test_a_missing_empty_or_expired_scope_has_no_rows():
    now = Clock().instant
    rights = ROLES["analyst"].permissions
    for rows in (read_scope(None), read_scope({}), NO_ROWS, chosen_scope(False, {})):
        assert figures_scope(rows, None, rights, now) == NOTHING
    assert figures_scope(ALL_ROWS, now, rights, now) == NOTHING
    assert figures_scope(ALL_ROWS, None, frozenset(), now) == NOTHING
    alive = figures_scope(SOUTH, now + timedelta(seconds=1), rights, now)
    assert alive.allowed == (("location", ("S",)),)


def test_a_scope_survives_its_way_through_the_database():
    chosen = chosen_scope(False, {"location": ["S", "N", "S"], "buyer": [""]})
    assert read_scope(chosen.payload()) == chosen
    assert chosen.rows == (("buyer", ("",)), ("location", ("N", "S")))
    with pytest.raises(FieldRefused):
        chosen_scope(False, {"location": []})
    with pytest.raises(FieldRefused):
        chosen_scope(False, {"colour": ["red"]})


@pytest.mark.parametrize(
    ("inner", "outer", "within"),
    [
        (SOUTH, ALL_ROWS, True),
        (ALL_ROWS, SOUTH, False),
        (SOUTH, BOTH, True),
        (BOTH, SOUTH, False),
        (NO_ROWS, SOUTH, True),
        (SOUTH, NO_ROWS, False),
        (RowScope(rows=(("buyer", ("b",)), ("location", ("S",)))), SOUTH, True),
        (RowScope(rows=(("buyer", ("b",)),)), SOUTH, False),
    ],
)
def test_scopes_within_scopes(inner, outer, within):
    assert inner.lies_within(outer) is within
