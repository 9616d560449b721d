"""Secrets of sources: sealed before they are stored, opened only to connect.

AES-256-GCM under a key derived by HKDF-SHA256 from the workspace's secret. What a seal belongs to
(the source's id and the field) is authenticated with it, so a sealed secret moved to another source
does not open.
"""

from __future__ import annotations

import base64
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from stockturn.language import StockTurnError, Text

_NONCE_BYTES: Final = 12
_LEAST_KEY_BYTES: Final = 32


class SecretUnreadable(StockTurnError):
    """A stored secret does not open with this workspace's secret."""

    code = "source_secret_unreadable"
    status = 409

    def __init__(self, what: str) -> None:
        super().__init__(
            Text(
                f"“{what}”的密码无法解开：工作区的密钥已更换，或应用数据库来自别处。请重新填写密码。",
                f"The secret of “{what}” cannot be opened: the workspace has another key, or the "
                "app database comes from elsewhere. Enter the secret again.",
            )
        )


class Sealer:
    """Seals and opens short texts for one workspace."""

    def __init__(self, secret: bytes) -> None:
        """Take the workspace's secret, of at least 32 bytes."""
        assert len(secret) >= _LEAST_KEY_BYTES, "the workspace's secret is too short"
        derived = HKDF(SHA256(), 32, salt=None, info=b"stockturn source secrets 1").derive(secret)
        self._cipher = AESGCM(derived)

    def seal(self, text: str, owner: str) -> str:
        """Return ``text`` sealed for ``owner``, as printable text."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, text.encode(), owner.encode())
        return base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str, owner: str) -> str:
        """Return what was sealed for ``owner``.

        Raises:
            SecretUnreadable: it was sealed for another owner or with another key.
        """
        try:
            raw = base64.b64decode(sealed, validate=True)
            return self._cipher.decrypt(
                raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], owner.encode()
            ).decode()
        except (InvalidTag, ValueError) as wrong:
            raise SecretUnreadable(owner) from wrong
