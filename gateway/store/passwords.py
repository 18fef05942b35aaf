"""Passwords of people, as argon2id keeps them (RFC 9106)."""

from __future__ import annotations

import secrets
import threading
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

__all__ = ["HASHER", "LEAST", "MOST", "fits", "hashed", "is_outdated"]

LEAST = 12
"""Characters that a password has at least."""
MOST = 256
"""Characters that a password has at most."""
HASHER = PasswordHasher()
"""64 MiB and three passes: some 100 ms."""
_TURNS = threading.BoundedSemaphore(2)
"""So many are checked at once: each takes its memory."""


def hashed(password: str) -> str:
    """A password as it is kept, with its salt and its cost."""
    with _TURNS:
        return HASHER.hash(password)


def fits(password: str, kept: str) -> bool:
    """Whether this is the password; where none is kept, no, after the same time."""
    with _TURNS:
        try:
            HASHER.verify(kept or _nobodys(HASHER), password)
        except (VerificationError, InvalidHashError):
            return False
    return bool(kept)


def is_outdated(kept: str) -> bool:
    """Whether a password was kept at another cost than today's."""
    return HASHER.check_needs_rehash(kept)


@lru_cache(maxsize=2)
def _nobodys(hasher: PasswordHasher) -> str:
    return hasher.hash(secrets.token_urlsafe())
