"""Passwords: rules that help, and argon2id.

Length and "not easy to guess" are the rules; nothing is asked about kinds of characters and nothing
expires (NIST SP 800-63B, ASVS 5.0 6.2).
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from stockturn.accounts.common_passwords import COMMON_WORDS, RUNS
from stockturn.accounts.errors import PasswordRefused
from stockturn.language import Text

SHORTEST: Final = 10
LONGEST: Final = 128
_FEWEST_DIFFERENT: Final = 5

_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
_TURNS: Final = threading.BoundedSemaphore(2)
"""Each hash takes 64 MB for a moment; more than two at once would let strangers use up memory."""

_LEET: Final = str.maketrans("0134578@$!", "oieastbasi")

_TOO_SHORT = Text(
    "密码至少 {least} 个字符，可以是一句话。",
    "A password has at least {least} characters; a sentence is fine.",
)
_TOO_LONG = Text("密码最多 {most} 个字符。", "A password has at most {most} characters.")
_EASY = Text(
    "这个密码容易被猜到（常见词、重复、连续字符或包含登录名）。请换一句只有您知道的话。",
    "This password is easy to guess (a common word, repeats, a run of keys, or your name). Choose "
    "a sentence only you know.",
)


def check_password(password: str, *names: str) -> None:
    """Check a new password.

    Args:
        password: As typed.
        names: Names of the person and of the company; a password made of one is refused.

    Raises:
        PasswordRefused: it is too short, too long or easy to guess.
    """
    if len(password) < SHORTEST:
        raise PasswordRefused(_TOO_SHORT.fill(least=SHORTEST))
    if len(password) > LONGEST:
        raise PasswordRefused(_TOO_LONG.fill(most=LONGEST))
    if _easy(password, names):
        raise PasswordRefused(_EASY)


def hash_password(password: str) -> str:
    """Return what is kept of a password: argon2id with its own salt and parameters."""
    with _TURNS:
        return _HASHER.hash(_canonical(password))


def password_fits(kept: str | None, password: str) -> bool:
    """Say whether a password is the kept one; takes as long where none is kept."""
    with _TURNS:
        try:
            _HASHER.verify(kept or _nobody(), _canonical(password[: LONGEST + 1]))
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False
    return kept is not None


def is_dated(kept: str) -> bool:
    """Say whether a kept hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


def _canonical(password: str) -> str:
    """The same characters whatever keyboard they came from."""
    return unicodedata.normalize("NFKC", password)


def _easy(password: str, names: tuple[str, ...]) -> bool:
    folded = _canonical(password).casefold()
    if len(set(folded)) < _FEWEST_DIFFERENT:
        return True
    words = {part for name in names for part in _parts(name)} | COMMON_WORDS
    # What is left when all known words, runs, digits and signs are taken out must be something.
    return any(_rest(form, words) < 4 for form in (folded, folded.translate(_LEET)))


def _rest(folded: str, words: set[str] | frozenset[str]) -> int:
    """Characters in no known word and no run; signs count nothing, three digits count as one."""
    rest = folded
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, " ")
    for run in RUNS:
        for size in range(len(run), 2, -1):
            for begin in range(len(run) - size + 1):
                rest = rest.replace(run[begin : begin + size], " ")
    rest = re.sub(r"(.)\1{2,}", " ", rest)
    digits = len(re.findall(r"\d", rest))
    return len(re.sub(r"[\W\d_]+", "", rest)) + digits // 3


def _parts(name: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", name).casefold()
    return [part for part in re.split(r"[\W_]+", folded) if len(part) >= 3]


@cache
def _nobody() -> str:
    """A hash that takes as long to check as anybody's."""
    return _HASHER.hash("nobody has this password")
