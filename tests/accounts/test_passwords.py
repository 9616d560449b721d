"""Long and not guessable is the rule; kinds of characters are not."""

from __future__ import annotations

import pytest

from stockturn.accounts.errors import PasswordRefused, TooManyAttempts
from stockturn.accounts.passwords import (
    check_password,
    hash_password,
    is_dated,
    password_fits,
)
from stockturn.accounts.throttle import PER_ACCOUNT, PER_ADDRESS, Throttle


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "123456789",
        "1234567890",
        "password123",
        "P@ssw0rd2024",
        "Passw0rd!!!!",
        "aaaaaaaaaaaaaaa",
        "abababababab",
        "qwertyuiop123",
        "qazwsxedcrfv",
        "woaini5201314",
        "Admin@123456",
        "kucunzhouzhuan",
        "stockturn2026",
        "三江商贸三江商贸三江商贸",
        "zhangwei1990",
        "welcome-to-stockturn",
        "x" * 129,
    ],
)
def test_what_is_guessed_first_is_refused(password):
    with pytest.raises(PasswordRefused):
        check_password(password, "zhangwei", "张伟", "三江商贸")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "今天下雨我没有带伞回家",
        "7f3$9a!2b8xq",
        "x7#kQ9!mZ2",
        "my cat eats blue cheese",
        "仓库门口有两棵老槐树",
        " leading and trailing spaces ",
    ],
)
def test_a_sentence_or_random_signs_are_taken(password):
    check_password(password, "zhangwei", "张伟", "三江商贸")


def test_the_same_characters_from_another_keyboard_fit():
    kept = hash_password("ｆｕｌｌ width 数字１２３")
    assert password_fits(kept, "full width 数字123")
    assert not password_fits(kept, "full width 数字124")
    assert kept.startswith("$argon2id$")
    assert not is_dated(kept)
    assert is_dated("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA")


def test_nothing_fits_where_no_password_is_kept():
    assert not password_fits(None, "nobody has this password")
    assert not password_fits("no hash", "x")


class Watch:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_an_address_waits_after_twenty_failures_whatever_the_accounts():
    watch = Watch()
    throttle = Throttle(watch)
    for number in range(PER_ADDRESS):
        throttle.enter(f"account{number}", "1.2.3.4")
    with pytest.raises(TooManyAttempts):
        throttle.enter("another", "1.2.3.4")
    throttle.enter("another", "1.2.3.5")
    watch.now += 60
    throttle.enter("another", "1.2.3.4")


def test_attempts_under_way_count_and_those_that_succeed_are_taken_back():
    throttle = Throttle(Watch())
    for _ in range(PER_ACCOUNT * 3):
        throttle.enter("wang", "a")()
    under_way = [throttle.enter("wang", "a") for _ in range(PER_ACCOUNT)]
    with pytest.raises(TooManyAttempts):
        throttle.enter("wang", "b")
    under_way[0]()
    throttle.enter("wang", "b")


def test_many_addresses_do_not_use_up_memory():
    watch = Watch()
    throttle = Throttle(watch)
    for number in range(30_000):
        watch.now += 0.01
        throttle.enter(f"a{number}", f"b{number}")
    assert len(throttle._attempts) < 20_000
