"""Who a document is from and for, and whether its sender is who it says."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from gateway.cxml_punchout.stamps import read_stamp
from gateway.findings import Finding, Findings, Where

__all__ = [
    "Agreed",
    "Credential",
    "CredentialMac",
    "Header",
    "authenticate",
    "mac_value",
    "same_domain",
    "secret_fits",
    "without_test_suffix",
]

MAC_TYPE, MAC_ALGORITHM = "FromSenderCredentials", "HMAC-SHA1-96"
_SENDER = Where(path="cXML/Header/Sender/Credential")


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialMac:
    """A proof that the sender knows the secret, for a time; dates as they are sent."""

    type: str
    algorithm: str
    created: str
    expires: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """One name of a party: ``identity`` in ``domain``, and at most one proof of it.

    ``signed`` is a DigitalSignature, which is not looked at here.
    """

    domain: str
    identity: str
    type: str = ""
    shared_secret: str | None = field(default=None, repr=False)
    mac: CredentialMac | None = None
    signed: bool = False

    def names(self, domain: str, identity: str) -> bool:
        """Whether it is this name; the case of a domain does not count."""
        return same_domain(self.domain, domain) and self.identity == identity.strip()

    def bare(self) -> Credential:
        """The same name without its proof."""
        return replace(self, shared_secret=None, mac=None, signed=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The parties of a document, each with every credential that was sent for it.

    The buyer is named by ``from_``; the proof stands in ``sender``, which is often the
    account of a hub.
    """

    from_: tuple[Credential, ...] = ()
    to: tuple[Credential, ...] = ()
    sender: tuple[Credential, ...] = ()
    user_agent: str = ""

    def bare(self) -> Header:
        """The same parties without any secret, as a browser may carry them."""
        parts = (self.from_, self.to, self.sender)
        from_, to, sender = (tuple(one.bare() for one in part) for part in parts)
        return Header(from_=from_, to=to, sender=sender, user_agent=self.user_agent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """How a sender proves itself: its name, one or two live secrets, MAC or not."""

    domain: str
    identity: str
    secrets: tuple[str, ...] = field(repr=False)
    mac: bool = False


def same_domain(one: str, other: str) -> bool:
    """Whether two domains are the same: NetworkID, NetworkId and NETWORKID are."""
    return one.strip().casefold() == other.strip().casefold()


def without_test_suffix(identity: str) -> str:
    """The identity without the ``-T`` that some hubs give their test accounts."""
    return identity[:-2] if identity[-2:].upper() == "-T" else identity


def secret_fits(sent: str, live: Sequence[str]) -> bool:
    """Whether it is one of the live secrets; the time taken tells nothing of them.

    An empty one never fits.
    """
    fits = False
    for secret in live:
        same = hmac.compare_digest(_digest(sent), _digest(secret))
        fits = fits or (same and secret != "")
    return fits


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def authenticate(
    header: Header, agreed: Agreed, now: dt.datetime, zone: dt.tzinfo = dt.UTC
) -> Finding | None:
    """Why the Sender is not the one agreed on; ``None`` if it is."""
    named = [one for one in header.sender if one.names(agreed.domain, agreed.identity)]
    if not named:
        secret_fits("", agreed.secrets)
        return Finding.of("CXM-010", "no credential of Sender is known", _SENDER)
    refused = [_proved(one, header, agreed, now, zone) for one in named]
    return None if None in refused else refused[0]


def _proved(
    one: Credential, header: Header, agreed: Agreed, now: dt.datetime, zone: dt.tzinfo
) -> Finding | None:
    if one.shared_secret is not None:
        if secret_fits(one.shared_secret, agreed.secrets):
            return None
        return Finding.of("CXM-010", "the shared secret is another", _SENDER)
    if one.mac is None or not agreed.mac:
        kind = "a MAC" if one.mac else "a signature" if one.signed else "no secret"
        return Finding.of("CXM-013", f"Sender has {kind}", _SENDER)
    return _mac_fits(one, one.mac, header.from_, agreed, (now, zone))


def _mac_fits(
    sender: Credential,
    mac: CredentialMac,
    from_: Iterable[Credential],
    agreed: Agreed,
    clock: tuple[dt.datetime, dt.tzinfo],
) -> Finding | None:
    if (mac.type, mac.algorithm) != (MAC_TYPE, MAC_ALGORITHM):
        what = f"a CredentialMac of type {mac.type!r}, algorithm {mac.algorithm!r}"
        return Finding.of("CXM-013", what, _SENDER)
    now, zone = clock
    ends = [
        read_stamp(t, Findings(), _SENDER, zone).at for t in (mac.created, mac.expires)
    ]
    if ends[0] is None or ends[1] is None or not ends[0] <= now <= ends[1]:
        what = f"the CredentialMac holds from {mac.created!r} to {mac.expires!r}"
        return Finding.of("CXM-011", what, _SENDER)
    values = [
        mac_value(secret, one, sender, mac.created, mac.expires)
        for secret in agreed.secrets
        if secret
        for one in from_
    ]
    if secret_fits(mac.value, values):
        return None
    return Finding.of("CXM-012", "the CredentialMac does not fit", _SENDER)


def mac_value(
    secret: str, from_: Credential, sender: Credential, created: str, expires: str
) -> str:
    """The value of a CredentialMac: HMAC-SHA1 cut to 96 bits, base64 (cXML guide).

    Over domain and identity of From and Sender in small letters and both dates as they
    are sent, each with a NUL behind it.
    """
    names = (from_.domain, from_.identity, sender.domain, sender.identity)
    told = (*(name.lower() for name in names), created, expires)
    data = b"".join(part.encode() + b"\0" for part in told)
    digest = hmac.new(secret.encode(), data, hashlib.sha1).digest()
    return base64.b64encode(digest[:12]).decode("ascii")
