"""Getting in and out, on both databases: links work once, sessions really end, failures wait."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from stockturn.accounts.access import Visit
from stockturn.accounts.audit import AuditFilter
from stockturn.accounts.errors import (
    LinkRefused,
    PasswordRefused,
    SessionMissing,
    SignInFailed,
    TokenMissing,
    TooManyAttempts,
)
from stockturn.accounts.keys import digest
from stockturn.accounts.people import Change
from stockturn.accounts.permissions import Permission
from stockturn.accounts.roles import ROLES
from tests.accounts.conftest import PASSWORD, VISIT


def test_the_set_up_link_makes_one_owner_and_then_set_up_is_closed(firm):
    assert firm.access.needs_setup()
    first = firm.access.setup_link()
    second = firm.access.setup_link()
    with pytest.raises(LinkRefused):
        firm.access.look(first)
    assert firm.access.look(second).kind == "setup"
    entered = firm.access.use(second, VISIT, login="wang", name="王总", password=PASSWORD)
    assert firm.inside(entered).permissions == frozenset(Permission)
    assert not firm.access.needs_setup()
    assert firm.access.setup_link() is None
    for key in (first, second, "", "x"):
        with pytest.raises(LinkRefused):
            firm.access.use(key, VISIT, login="evil", name="evil", password=PASSWORD)


def test_two_who_open_the_set_up_link_at_once_make_one_owner(firm):
    key = firm.access.setup_link()
    ends = []

    def race(number: int) -> None:
        try:
            login = f"owner{number}"
            firm.access.use(key, VISIT, login=login, name=login, password=PASSWORD)
            ends.append("in")
        except LinkRefused:
            ends.append("refused")

    racers = [threading.Thread(target=race, args=(number,)) for number in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(ends) == ["in", "refused", "refused", "refused"]
    assert len(firm.people.everybody()) == 1


def test_a_link_expires(firm):
    key = firm.access.setup_link()
    firm.clock.pass_(hours=24)
    with pytest.raises(LinkRefused):
        firm.access.use(key, VISIT, login="wang", name="王总", password=PASSWORD)


def test_a_refused_password_does_not_use_the_link_up(firm):
    key = firm.access.setup_link()
    with pytest.raises(PasswordRefused):
        firm.access.use(key, VISIT, login="wang", name="王总", password="password2024")
    firm.access.use(key, VISIT, login="wang", name="王总", password=PASSWORD)


def test_signing_in_makes_a_new_session_and_ends_the_old_one_of_the_browser(firm):
    firm.owner()
    first = firm.access.sign_in("WANG ", PASSWORD, VISIT)
    second = firm.access.sign_in("wang", PASSWORD, VISIT, old_key=first.key)
    assert first.key != second.key
    assert firm.access.by_session(first.key, VISIT) is None
    assert firm.access.by_session(second.key, VISIT) is not None


def test_only_digests_of_keys_are_kept(firm):
    owner = firm.owner()
    session = firm.access.sign_in("wang", PASSWORD, VISIT).key
    token, _ = firm.people.make_token(owner, "报表", "read", 30)
    _, link = firm.invited(owner, "li")
    with firm.db.read() as connection:
        kept = str(
            [
                list(connection.execute(sa.text(f"SELECT * FROM {table}")))
                for table in ("users", "sessions", "api_tokens", "links", "audit")
            ]
        )
    for key in (session, token, link, PASSWORD):
        assert key not in kept
    assert digest(session) in kept
    assert "$argon2id$" in kept


@pytest.mark.parametrize("wrong", ["", "三月的雨", PASSWORD + " ", PASSWORD.upper()])
def test_a_wrong_password_does_not_open(firm, wrong):
    firm.owner()
    with pytest.raises(SignInFailed):
        firm.access.sign_in("wang", wrong, VISIT)


def test_the_sixth_failure_of_an_account_within_a_minute_waits(firm):
    firm.owner()
    for _ in range(5):
        with pytest.raises(SignInFailed):
            firm.access.sign_in("wang", "wrong", VISIT)
        firm.clock.pass_(seconds=2)
    with pytest.raises(TooManyAttempts) as refused:
        firm.access.sign_in("wang", PASSWORD, Visit("10.0.0.99"))
    assert refused.value.retry_seconds == 50
    firm.clock.pass_(seconds=50)
    firm.access.sign_in("wang", PASSWORD, VISIT)


def test_failed_sign_ins_are_in_the_audit_without_what_was_typed(firm):
    owner = firm.owner()
    for login in ("wang", "my-secret-typed-in-the-wrong-box"):
        with pytest.raises(SignInFailed):
            firm.access.sign_in(login, "wrong", VISIT)
    lines, total, _ = firm.people.audit(owner, AuditFilter(result="failed"))
    assert total == 2
    assert [line.who for line in lines] == ["?", "wang"]
    assert {line.address for line in lines} == {"10.0.0.7"}
    assert "secret" not in str(lines)


def test_sessions_end_when_idle_and_at_the_latest_after_a_week(firm):
    firm.owner()
    key = firm.access.sign_in("wang", PASSWORD, VISIT).key
    for _ in range(14):
        firm.clock.pass_(hours=11, minutes=59)
        assert firm.access.by_session(key, VISIT) is not None
    firm.clock.pass_(hours=1)
    assert firm.access.by_session(key, VISIT) is None
    key = firm.access.sign_in("wang", PASSWORD, VISIT).key
    firm.clock.pass_(hours=12)
    assert firm.access.by_session(key, VISIT) is None


def test_signing_out_ends_the_session_on_the_server(firm):
    firm.owner()
    key = firm.access.sign_in("wang", PASSWORD, VISIT).key
    other = firm.access.sign_in("wang", PASSWORD, VISIT).key
    firm.access.sign_out(firm.access.by_session(key, VISIT))
    assert firm.access.by_session(key, VISIT) is None
    assert firm.access.by_session(other, VISIT) is not None


def test_a_new_password_ends_every_session_and_gives_a_new_one(firm):
    caller = firm.owner()
    other = firm.access.sign_in("wang", PASSWORD, VISIT).key
    with pytest.raises(SignInFailed):
        firm.access.change_password(caller, "wrong", "另一句话 with words", VISIT)
    entered = firm.access.change_password(caller, PASSWORD, "另一句话 with words", VISIT)
    assert firm.access.by_session(other, VISIT) is None
    assert firm.inside(entered).session_id != caller.session_id
    with pytest.raises(SignInFailed):
        firm.access.sign_in("wang", PASSWORD, VISIT)
    firm.access.sign_in("wang", "另一句话 with words", VISIT)


def test_disabling_ends_sessions_tokens_and_links_at_once(firm):
    owner = firm.owner()
    member = firm.member(owner, "li")
    session = firm.access.sign_in("li", PASSWORD, VISIT).key
    token, _ = firm.people.make_token(member, "扫描枪", "load", 30)
    firm.people.change(owner, member.user.user_id, Change(disabled=True))
    assert firm.access.by_session(session, VISIT) is None
    assert firm.access.by_token(token, VISIT) is None
    with pytest.raises(SignInFailed):
        firm.access.sign_in("li", PASSWORD, VISIT)
    firm.people.change(owner, member.user.user_id, Change(disabled=False))
    assert firm.access.by_session(session, VISIT) is None
    firm.access.sign_in("li", PASSWORD, VISIT)


def test_a_reset_ends_the_old_password_at_once(firm):
    owner = firm.owner()
    member = firm.member(owner, "li")
    _, link = firm.people.new_link(owner, member.user.user_id)
    with pytest.raises(SignInFailed):
        firm.access.sign_in("li", PASSWORD, VISIT)
    firm.access.use(link.key, VISIT, password="换了一句新的话 for li today")
    firm.access.sign_in("li", "换了一句新的话 for li today", VISIT)
    with pytest.raises(LinkRefused):
        firm.access.use(link.key, VISIT, password="换了一句新的话 for li today")


def test_a_changed_role_counts_at_once(firm):
    owner = firm.owner()
    member = firm.member(owner, "li", "analyst")
    session = firm.access.sign_in("li", PASSWORD, VISIT).key
    assert firm.access.by_session(session, VISIT).may(Permission.SEE_COST)
    firm.people.change(owner, member.user.user_id, Change(role="sales"))
    after = firm.access.by_session(session, VISIT)
    assert not after.may(Permission.SEE_COST)
    assert after.scope.hides_cost


@pytest.mark.parametrize("verbs", ["read", "load", "manage"])
def test_a_token_never_does_more_than_its_person_nor_manages_people(firm, verbs):
    owner = firm.owner()
    for caller in (owner, firm.member(owner, "li", "warehouse")):
        key, token = firm.people.make_token(caller, "t", verbs, 30)
        acting = firm.access.by_token(key, VISIT)
        assert acting.permissions <= caller.permissions
        assert acting.permissions <= token.allows
        assert not acting.may(Permission.MANAGE_PEOPLE)
    assert (Permission.LOAD_DATA in token.allows) == (verbs != "read")


def test_a_token_expires_and_can_be_revoked_by_its_person_only(firm):
    owner = firm.owner()
    member = firm.member(owner, "li")
    short, _ = firm.people.make_token(owner, "短", "read", 1)
    long, token = firm.people.make_token(owner, "长", "read", 30)
    with pytest.raises(TokenMissing):
        firm.people.revoke_token(member, token.token_id)
    firm.clock.pass_(days=1)
    assert firm.access.by_token(short, VISIT) is None
    assert firm.access.by_token(long, VISIT) is not None
    firm.people.revoke_token(owner, token.token_id)
    assert firm.access.by_token(long, VISIT) is None


def test_a_person_ends_only_sessions_of_their_own(firm):
    owner = firm.owner()
    member = firm.member(owner, "li")
    with pytest.raises(SessionMissing):
        firm.people.end_session(member, owner.session_id)
    assert [each.session_id for each in firm.people.own_sessions(owner)] == [owner.session_id]


def test_a_link_for_the_local_person_signs_in_without_a_password(firm):
    assert firm.access.local_link() is None
    first = firm.access.local_link(owner_name="本机用户")
    caller = firm.inside(firm.access.use(first, VISIT))
    assert caller.permissions == ROLES["owner"].permissions
    second = firm.access.local_link(owner_name="本机用户")
    assert len(firm.people.everybody()) == 1
    firm.clock.pass_(minutes=15)
    with pytest.raises(LinkRefused):
        firm.access.use(second, VISIT)
    with pytest.raises(SignInFailed):
        firm.access.sign_in("owner", "", VISIT)


def test_the_last_use_of_a_session_is_noted_once_a_minute(firm):
    firm.owner()
    key = firm.access.sign_in("wang", PASSWORD, VISIT).key
    firm.clock.pass_(seconds=59)
    owner = firm.access.by_session(key, VISIT)
    seen = firm.people.own_sessions(owner)[0].seen_at
    assert firm.clock.instant - seen == timedelta(seconds=59)
    firm.clock.pass_(seconds=1)
    firm.access.by_session(key, VISIT)
    assert firm.people.own_sessions(owner)[0].seen_at == firm.clock.instant
