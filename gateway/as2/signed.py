"""Writing a multipart/signed: what stands around the content that is signed."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import datetime

from gateway.as2.micalg import spelled
from gateway.trust.cms import sign_detached
from gateway.trust.keyring import OwnKey

__all__ = ["Ids", "SignedFrame", "http_date", "signed_frame"]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


@dataclass(frozen=True, slots=True)
class Ids:
    """What the shell makes up for one message: nobody may guess or repeat it.

    ``message_id`` with its angle brackets; ``boundary`` is 16 to 60 letters and digits
    that boundary lines are made of.
    """

    message_id: str
    boundary: str

    def line(self, layer: str) -> str:
        """The boundary of one multipart of the message."""
        assert re.fullmatch(r"[0-9A-Za-z_]{16,60}", self.boundary)
        return f"=_{layer}_{self.boundary}"


@dataclass(frozen=True, slots=True)
class SignedFrame:
    """A multipart/signed without its content: its type, what is before, what behind."""

    content_type: str
    before: bytes
    behind: bytes


def signed_frame(
    key: OwnKey, digest: bytes, name: str, boundary: str, *, now: datetime, scheme: str
) -> SignedFrame:
    """The frame for content of this digest, signed by a key of ours (RFC 1847)."""
    signature = sign_detached(
        digest,
        name,
        key.private_key,
        key.certificate,
        scheme=scheme,
        chain=key.chain,
        signed_at=now,
    )
    lines = base64.encodebytes(signature).replace(b"\n", b"\r\n")
    content_type = (
        'multipart/signed; protocol="application/pkcs7-signature"; '
        f'micalg="{spelled(name)}"; boundary="{boundary}"'
    )
    line = b"--" + boundary.encode()
    head = (
        b'Content-Type: application/pkcs7-signature; name="smime.p7s"; '
        b"smime-type=signed-data\r\n"
        b"Content-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="smime.p7s"\r\n\r\n'
    )
    behind = b"\r\n%b\r\n%b%b\r\n%b--\r\n" % (line, head, lines, line)
    return SignedFrame(content_type, line + b"\r\n", behind)


def http_date(now: datetime) -> str:
    """A moment in UTC as header fields have it (RFC 9110 §5.6.7)."""
    day, month = _DAYS[now.weekday()], _MONTHS[3 * now.month - 3 : 3 * now.month]
    return f"{day}, {now.day:02d} {month} {now.year:04d} {now:%H:%M:%S} GMT"
