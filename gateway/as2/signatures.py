"""Signatures of messages and MDNs: who of the partner's certificates signed."""

from __future__ import annotations

import re
from datetime import datetime

from gateway.as2.agreement import Agreement
from gateway.as2.headers import Headers
from gateway.as2.micalg import Digests
from gateway.as2.mime import Head, Strange, transfer
from gateway.trust.cms import (
    READABLE_DIGESTS,
    CmsFault,
    Kind,
    Verified,
    verify_detached,
)
from gateway.trust.keyring import Use

__all__ = ["Canonical", "readable", "signature_bytes", "verify"]

_BARE_LF = re.compile(rb"(?<!\r)\n")


class Canonical:
    """The same bytes with CR LF for LF: what some senders sign, and do not send."""

    __slots__ = ("_after_cr", "digests")

    def __init__(self, digests: Digests) -> None:
        self.digests = digests
        self._after_cr = False

    def feed(self, data: bytes) -> None:
        """Take in the bytes that came."""
        if not data:
            return
        text = _BARE_LF.sub(b"\r\n", data)
        if self._after_cr and data.startswith(b"\n"):
            text = text[1:]  # its CR came before
        self._after_cr = data.endswith(b"\r")
        self.digests.feed(text)


def signature_bytes(part: bytes) -> bytes:
    """The CMS structure of a signature's MIME part, its encoding undone.

    Some leave out the Content-Transfer-Encoding of their base64.
    """
    head = Head()
    body = head.feed(part)
    if body is None:
        raise Strange("a signature without an end of its MIME head")
    encoding = Headers.read(head.raw).get("Content-Transfer-Encoding")
    if not encoding and body[:1] != b"\x30":
        encoding = "base64"
    decoder = transfer(encoding)
    return decoder.feed(body) + decoder.finish()


def readable(agreement: Agreement) -> frozenset[str]:
    """The digests that signatures are verified by; md5 only where it is allowed."""
    return READABLE_DIGESTS | ({"md5"} & agreement.legacy)


def verify(
    signature: bytes, digests: Digests, agreement: Agreement, now: datetime
) -> Verified:
    """Who signed the content that ``digests`` saw: one of their certificates of now.

    Raises ``CmsFault``. Certificates that come along are not believed.
    """

    def digest_of(name: str) -> bytes:
        digest = digests.digest(name)
        if digest is None:
            what = f"the signature's digest {name} is not the one its header names"
            raise CmsFault(Kind.UNSUPPORTED, what)
        return digest

    return verify_detached(
        signature,
        digest_of,
        agreement.keyring.theirs.verifying(Use.AS2_SIGN, now),
        digests=readable(agreement),
    )
