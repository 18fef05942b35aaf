"""A revocation list (RFC 5280 5): its facts, and its entries by number."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Self, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import CRLEntryExtensionOID, ExtensionOID

from gateway.trust.pki.names import Dn, dn
from gateway.trust.pki.signature import Signed, key_sum, signed_by

__all__ = ["Entry", "Raw", "RevocationList", "UnreadableList"]

REMOVED = "removeFromCRL"
REASONS = (
    "unspecified",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "",
    REMOVED,
    "privilegeWithdrawn",
    "aACompromise",
)
_READ = frozenset(
    (
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.CRL_NUMBER,
        ExtensionOID.DELTA_CRL_INDICATOR,
        ExtensionOID.ISSUING_DISTRIBUTION_POINT,
        ExtensionOID.FRESHEST_CRL,
        ExtensionOID.ISSUER_ALTERNATIVE_NAME,
        ExtensionOID.AUTHORITY_INFORMATION_ACCESS,
    )
)
_ENTRY_READ = frozenset(
    (
        CRLEntryExtensionOID.CRL_REASON,
        CRLEntryExtensionOID.CERTIFICATE_ISSUER,
        CRLEntryExtensionOID.INVALIDITY_DATE,
    )
)
_ONLY_REASON = bytes.fromhex("300c300a0603551d1504030a01")
MOST_LIST_BYTES = 256 * 1024 * 1024

Raw: TypeAlias = tuple[bytes, bytes, bytes]
"""An entry as it came: its number's octets, its time value, its extensions."""


class UnreadableList(ValueError):
    """Bytes that are no revocation list, or one with parts that may not be ignored."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A number on a list: since when it is revoked, and why."""

    at: datetime
    reason: str


Listed: TypeAlias = tuple[bytes, Dn, bytes, str]
"""An entry: number and time as they came, between them whose, then the reason."""

Find: TypeAlias = Callable[[int, Dn], Entry | None]
"""Looks up a number of an issuer, for lists that are indexed elsewhere."""


@dataclass(frozen=True, eq=False)
class RevocationList:
    """A list with what says which certificates it is about."""

    parsed: x509.CertificateRevocationList = field(repr=False)
    der: bytes = field(repr=False)
    issuer: Dn
    since: datetime
    until: datetime | None
    number: int | None
    base_number: int | None
    scope: x509.IssuingDistributionPoint | None
    key_id: bytes
    find: Find | None = None
    signer: str = ""
    """Of one that was indexed: the SHA-256 of the key that was found to have signed."""
    known_sum: str = ""

    @classmethod
    def indexed(cls, head: bytes, *, find: Find, sha256: str, signer: str) -> Self:
        """One that was taken apart: its entries are looked up by ``find``."""
        read = cls.read(head)
        return replace(read, find=find, known_sum=sha256, signer=signer)

    @classmethod
    def read(cls, data: bytes) -> Self:
        """From DER or PEM. Raises ``UnreadableList``."""
        if len(data) > MOST_LIST_BYTES:
            raise UnreadableList("the list is too long")
        try:
            if data.lstrip()[:10] == b"-----BEGIN":
                found = x509.load_pem_x509_crl(data)
            else:
                found = x509.load_der_x509_crl(data)
            extensions = found.extensions
        except (ValueError, TypeError) as no:
            raise UnreadableList(f"no revocation list: {no}"[:200]) from no
        except x509.DuplicateExtension as twice:
            raise UnreadableList("an extension comes twice") from twice
        numbers = {
            one.oid: one.value.crl_number
            for one in extensions
            if isinstance(one.value, x509.CRLNumber | x509.DeltaCRLIndicator)
        }
        scope = key = None
        for one in extensions:
            if one.critical and one.oid not in _READ:
                dotted = one.oid.dotted_string
                raise UnreadableList(f"a critical extension that is not read: {dotted}")
            if one.critical and one.oid == ExtensionOID.CRL_NUMBER:
                raise UnreadableList("its number is marked critical")
            if isinstance(one.value, x509.IssuingDistributionPoint):
                scope = one.value
            if isinstance(one.value, x509.AuthorityKeyIdentifier):
                key = one.value.key_identifier
        return cls(
            parsed=found,
            der=data,
            issuer=dn(found.issuer),
            since=found.last_update_utc,
            until=found.next_update_utc,
            number=numbers.get(ExtensionOID.CRL_NUMBER),
            base_number=numbers.get(ExtensionOID.DELTA_CRL_INDICATOR),
            scope=scope,
            key_id=key or b"",
        )

    @cached_property
    def signed(self) -> Signed | None:
        """What is signed, and how."""
        return Signed.revocations(self.parsed)

    def is_signed_by(self, key: Any) -> bool:
        """Whether this key made its signature."""
        if self.signer:
            return key_sum(key) == self.signer
        return self.signed is not None and signed_by(self.signed, key)

    @property
    def encoded(self) -> bytes:
        """Its DER form."""
        if self.der[:1] == b"\x30":
            return self.der
        return self.parsed.public_bytes(Encoding.DER)

    @cached_property
    def sha256(self) -> str:
        """The sum of its octets, as they came."""
        return self.known_sum or hashlib.sha256(self.der).hexdigest()

    @property
    def is_delta(self) -> bool:
        """Whether it only says what changed since another list."""
        return self.base_number is not None

    @property
    def is_indirect(self) -> bool:
        """Whether it is about certificates of other issuers too."""
        return bool(self.scope and self.scope.indirect_crl)

    @property
    def about(self) -> str:
        """What it is about, as a sum: lists of one issuer may share it out.

        A later list of the same takes the place of an earlier one.
        """
        scope = self.scope.public_bytes() if self.scope else b""
        told = b"\0".join((scope, self.key_id, b"delta" if self.is_delta else b""))
        return hashlib.sha256(told).hexdigest()

    def entry(self, serial: int, issuer: Dn) -> Entry | None:
        """What it says about this number of this issuer. Raises ``UnreadableList``."""
        if self.find is not None:
            return self.find(serial, issuer)
        return self._entries.get((serial, issuer))

    @cached_property
    def _entries(self) -> dict[tuple[int, Dn], Entry]:
        return {
            (int.from_bytes(serial, "big", signed=True), issuer): Entry(
                read_time(when), reason
            )
            for serial, issuer, when, reason in self.listed()
        }

    def listed(self) -> Iterator[Listed]:
        """All entries, as they stand on it. Raises ``UnreadableList``."""
        issuer = self.issuer
        for at, raw in enumerate(_raw_entries(self.parsed.tbs_certlist_bytes)):
            serial, when, extensions = raw
            reason = "unspecified"
            if extensions[:-1] == _ONLY_REASON and extensions[-1] < len(REASONS):
                reason = REASONS[extensions[-1]]
            elif extensions:
                reason, named = self._odd(at)
                issuer = named or issuer
            yield serial, issuer, when, reason

    def _odd(self, at: int) -> tuple[str, Dn | None]:
        """Reason, and issuer where one is named, of an entry that says more."""
        try:
            extensions = self.parsed[at].extensions
        except (ValueError, x509.DuplicateExtension):
            what = "an entry whose extensions cannot be read"
            raise UnreadableList(what) from None
        reason, issuer = "unspecified", None
        for one in extensions:
            if one.critical and one.oid not in _ENTRY_READ:
                what = "an entry with a critical extension that is not read"
                raise UnreadableList(what)
            if isinstance(one.value, x509.CRLReason):
                reason = one.value.reason.value
            if isinstance(one.value, x509.CertificateIssuer):
                names = one.value.get_values_for_type(x509.DirectoryName)
                issuer = dn(names[0]) if names else None
        return reason, issuer


def read_time(value: bytes) -> datetime:
    """A UTCTime or GeneralizedTime in its DER form."""
    text = value[2:].decode("ascii", "replace")
    if value[0] == 0x17:
        text = ("19" if text >= "5" else "20") + text
    try:
        return datetime.fromisoformat(f"{text[:8]}T{text[8:]}").astimezone(UTC)
    except ValueError:
        raise UnreadableList("an entry without a time") from None


def _raw_entries(tbs: bytes) -> Iterator[Raw]:
    """The entries of a list one by one, without reading into them.

    ``tbs`` is its signed part, which was parsed before, so its lengths are right.
    """
    at, end = _inside(tbs, 0)
    if tbs[at] == 0x02:
        at = _inside(tbs, at)[1]
    for _ in range(3):  # algorithm, issuer, this update
        at = _inside(tbs, at)[1]
    if at < end and tbs[at] in (0x17, 0x18):
        at = _inside(tbs, at)[1]
    if at >= end or tbs[at] != 0x30:
        return
    at, end = _inside(tbs, at)
    while at < end:
        if tbs[at + 1] < 0x80:  # then all in it are short too
            inner = at + 2
            stop = inner + tbs[at + 1]
            start = inner + 2
            number_end = start + tbs[inner + 1]
            time_end = number_end + 2 + tbs[number_end + 1]
        else:
            inner, stop = _inside(tbs, at)
            start, number_end = _inside(tbs, inner)
            _, time_end = _inside(tbs, number_end)
        yield tbs[start:number_end], tbs[number_end:time_end], tbs[time_end:stop]
        at = stop


def _inside(data: bytes, at: int) -> tuple[int, int]:
    """Where the content of the value at this place begins and ends."""
    length = data[at + 1]
    start = at + 2
    if length > 0x7F:
        count = length & 0x7F
        start += count
        length = int.from_bytes(data[at + 2 : start], "big")
    return start, start + length
