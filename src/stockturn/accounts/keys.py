"""Secrets that people carry (session ids, tokens, links): made at random, kept as digests only."""

from __future__ import annotations

import hashlib
import secrets
import uuid

BYTES = 32


def new_key(prefix: str = "") -> str:
    """Return a secret of 256 random bits, safe in cookies and addresses."""
    return prefix + secrets.token_urlsafe(BYTES)


def digest(key: str) -> str:
    """Return what is kept of a secret. It has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


def new_id() -> str:
    """Return the identifier of a new record; it is no secret."""
    return uuid.uuid4().hex
