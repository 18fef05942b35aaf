"""What the header of an AS2 message says: who, to whom, and which receipt is wanted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from gateway.as2.headers import Headers
from gateway.as2.micalg import digest_name
from gateway.as2.names import is_message_id, read_name
from gateway.findings import Finding, Where

__all__ = ["Asked", "Request", "read_request"]

_MAX_ALGORITHMS = 20
_MAX_VALUE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The receipt (MDN) that the sender asks for (RFC 4130 §7.3).

    ``micalgs`` are the algorithms of the list in its order, as they were written.
    ``url`` is where an asynchronous one goes, untrusted; empty: it is wanted in the
    answer. ``strange`` is a protocol for signed receipts that is not ours, and
    ``required`` whether the receipt has to be signed.
    """

    signed: bool = False
    micalgs: tuple[str, ...] = ()
    url: str = ""
    strange: str = ""
    required: bool = False

    @property
    def digests(self) -> tuple[str, ...]:
        """The algorithms of the list that are known, by our names for them."""
        return tuple(filter(None, map(digest_name, self.micalgs)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The header of a message that came.

    ``sender`` and ``receiver`` are AS2-From and AS2-To without quotes, empty when they
    are none; ``message_id`` is exactly what came. ``asked`` is nothing where no
    receipt is wanted.
    """

    headers: Headers
    sender: str
    receiver: str
    message_id: str
    version: str
    subject: str
    features: tuple[str, ...]
    asked: Asked | None
    findings: tuple[Finding, ...]


def read_request(headers: Headers) -> Request:
    """The header of an AS2 message. Never raises; what is amiss is among its findings.

    Versions 1.x are all taken; without the field it is 1.0 (RFC 4130 §6.1).
    """
    features = headers.get("EDIINT-Features")[:_MAX_VALUE].split(",")
    return Request(
        headers=headers,
        sender=read_name(headers.get("AS2-From")),
        receiver=read_name(headers.get("AS2-To")),
        message_id=headers.get("Message-ID"),
        version=headers.get("AS2-Version")[:20] or "1.0",
        subject=headers.get("Subject")[:_MAX_VALUE],
        features=tuple(filter(None, map(str.strip, features))),
        asked=_asked(headers),
        findings=tuple(_amiss(headers)),
    )


def _amiss(headers: Headers) -> Iterator[Finding]:
    for name in ("AS2-From", "AS2-To"):
        value = headers.get(name)
        if not read_name(value):
            said = (
                "is not 1 to 128 printable ASCII characters" if value else "is missing"
            )
            yield Finding.of("AS2-101", f"{name} {said}", Where(path=name), value[:200])
    identity = headers.get("Message-ID")
    if not identity:
        yield Finding.of("AS2-104", "Message-ID is missing", Where(path="Message-ID"))
    elif not is_message_id(identity):
        what = "Message-ID has blanks or controls, or over 998 characters"
        where = Where(path="Message-ID")
        yield Finding.of("AS2-104", what, where, identity[:200])


_OPTION = re.compile(r"\s*([A-Za-z0-9-]+)\s*=\s*([^;]*)")


def _asked(headers: Headers) -> Asked | None:
    """Any value of Disposition-Notification-To asks for an MDN, an empty one too."""
    if "Disposition-Notification-To" not in headers:
        return None
    return _options(
        headers.get("Disposition-Notification-Options")[:_MAX_VALUE],
        headers.get("Receipt-Delivery-Option")[:_MAX_VALUE].strip("<> "),
    )


@lru_cache(maxsize=256)
def _options(text: str, url: str) -> Asked:
    """What the options say; each partner writes the same ones every time."""
    options = dict[str, tuple[str, ...]]()
    for part in text.split(";"):
        if match := _OPTION.fullmatch(part):
            values = tuple(
                one.strip().strip('"').strip() for one in match[2].split(",")
            )
            options.setdefault(match[1].lower(), tuple(filter(None, values)))
    protocols = options.get("signed-receipt-protocol", ())
    named = _listed(protocols)
    ours = any(map(_is_pkcs7, named))
    return Asked(
        signed=ours,
        micalgs=_listed(options.get("signed-receipt-micalg", ()))[:_MAX_ALGORITHMS],
        url=url,
        strange="" if ours or not named else named[0],
        required=bool(protocols) and protocols[0].lower() == "required",
    )


def _is_pkcs7(protocol: str) -> bool:
    name = protocol.lower().removeprefix("application/").removeprefix("x-")
    return name == "pkcs7-signature"


def _listed(values: tuple[str, ...]) -> tuple[str, ...]:
    """An option's values without its importance, the word in front."""
    first = values[0].lower() if values else ""
    return values[1:] if first in ("optional", "required") else values
