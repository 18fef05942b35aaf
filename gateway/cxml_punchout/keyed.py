"""What only we can have made: start tokens, and the mark that a cart line carries.

Both are names with a MAC (HMAC-SHA256 under a key of ours), so that a foreign, guessed
or altered one is known without a look at the store.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field

__all__ = [
    "CartMark",
    "Marks",
    "fits",
    "is_start_token",
    "mark",
    "read_mark",
    "start_token",
    "token_of",
]

_TOKEN_BYTES = 24
"""192 bits: a start page's token is worth a login."""
_MARK_BYTES = 12
"""96 bits: a mark opens nothing, it only says that the line was ours."""
_MARK = re.compile(r"(ses_[0-9A-Z]{1,40})-([1-9][0-9]{0,4})-([0-9A-Za-z_-]{16})\Z")


@dataclass(frozen=True, slots=True)
class CartMark:
    """Which line of which session's cart it was."""

    session_id: str
    line: int


@dataclass(frozen=True, slots=True)
class Marks:
    """What makes the marks of one session's cart."""

    key: bytes = field(repr=False)
    session_id: str

    def of(self, line: int) -> str:
        """The mark of a line."""
        return mark(self.key, CartMark(self.session_id, line))


def start_token(key: bytes, session_id: str) -> str:
    """The part of the start page's address that opens the session, once."""
    return _mac(key, "start", session_id, size=_TOKEN_BYTES)


def is_start_token(key: bytes, session_id: str, token: str) -> bool:
    """Whether it is that session's, compared in constant time."""
    return fits(start_token(key, session_id), token)


def token_of(key: bytes, purpose: str, name: str) -> str:
    """Another word that only we can make, for one purpose: 192 bits."""
    return _mac(key, purpose, name, size=_TOKEN_BYTES)


def fits(expected: str, sent: str) -> bool:
    """Whether it is the word that was given out, compared in constant time."""
    return hmac.compare_digest(expected.encode(), sent.encode(errors="replace"))


def mark(key: bytes, its: CartMark) -> str:
    """SupplierPartAuxiliaryID of a cart line: at most 63 letters, digits, - and _."""
    name = f"{its.session_id}-{its.line}"
    return f"{name}-{_mac(key, 'line', name, size=_MARK_BYTES)}"


def read_mark(key: bytes, text: str) -> CartMark | None:
    """Whose cart line it names; none for what is not ours, whatever it holds.

    Buyers copy requisitions and change ids: a foreign mark is no fault, the item is
    found by its number then.
    """
    match = _MARK.match(text.strip())
    if match is None:
        return None
    session_id, line = match[1], int(match[2])
    own = mark(key, CartMark(session_id, line))
    is_ours = hmac.compare_digest(own.encode(), text.strip().encode())
    return CartMark(session_id, line) if is_ours else None


def _mac(key: bytes, purpose: str, name: str, *, size: int) -> str:
    made = hmac.digest(key, f"{purpose}\0{name}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(made[:size]).decode().rstrip("=")
