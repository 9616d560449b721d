"""A sealed secret opens for its owner alone, with its workspace's key alone."""

import secrets

import pytest

from stockturn.intake.sources.secrets import Sealer, SecretUnreadable

KEY = secrets.token_bytes(32)


def test_a_secret_opens_again_and_shows_nothing():
    sealer = Sealer(KEY)
    sealed = sealer.seal("秘密 pass'word", "erp/password")
    assert sealer.open(sealed, "erp/password") == "秘密 pass'word"
    assert "pass" not in sealed
    assert sealer.seal("same", "a") != sealer.seal("same", "a")


@pytest.mark.parametrize(
    ("key", "owner", "text"),
    [(secrets.token_bytes(32), "a", None), (KEY, "b", None), (KEY, "a", "AAAA"), (KEY, "a", "?")],
)
def test_another_key_owner_or_text_does_not_open(key, owner, text):
    sealed = Sealer(KEY).seal("x", "a")
    with pytest.raises(SecretUnreadable):
        Sealer(key).open(text or sealed, owner)
