"""Certificates and private keys of both sides, and which of them is used when.

Each has its uses, a state and dates. A certificate that is planned counts as current
from its date on, so a roll-over happens by itself, on every node, at that moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

__all__ = [
    "Certificates",
    "Certified",
    "Keyring",
    "OwnKey",
    "OwnKeys",
    "PrivateKey",
    "State",
    "Use",
    "fingerprint",
    "is_weak",
]

PrivateKey: TypeAlias = RSAPrivateKey | EllipticCurvePrivateKey
_EVER = datetime.min.replace(tzinfo=UTC)
_NO_GRACE = timedelta(0)
_STRONG_BITS = 2048


class Use(StrEnum):
    """What a certificate is used for."""

    AS2_SIGN = "as2_sign"
    """Its owner signs AS2 messages and MDNs with it."""
    AS2_ENCRYPT = "as2_encrypt"
    """AS2 messages to its owner are encrypted with it."""
    TLS_CLIENT = "tls_client"
    """Its owner shows it when opening a TLS connection."""
    TLS_SERVER = "tls_server"
    """Its owner's server shows it, or one that it issued."""
    SIGN = "sign"
    """Its owner signs documents with it."""


class State(StrEnum):
    """Where a certificate stands in its life."""

    PLANNED = "planned"
    """Known, and not used by us yet; from its date on it is current."""
    CURRENT = "current"
    """Used for what we send and for what we read."""
    PREVIOUS = "previous"
    """Only what was made with it is still read."""
    REVOKED = "revoked"
    """Not believed any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certified:
    """A certificate, what for, and when.

    ``active_from`` and ``active_to`` are what both sides agreed, the end excluded;
    ``grace`` is how long past its own end the certificate is still taken.
    """

    certificate: x509.Certificate
    uses: frozenset[Use]
    state: State = State.CURRENT
    active_from: datetime | None = None
    active_to: datetime | None = None
    grace: timedelta = _NO_GRACE
    name: str = ""
    """For people: its file, or the name that a key of ours was given."""

    def standing(self, now: datetime) -> State:
        """Its state at a moment: the dates are applied to what was written down."""
        if self.state is State.REVOKED:
            return State.REVOKED
        if self.active_to is not None and now >= self.active_to:
            return State.PREVIOUS
        if self.state is State.PREVIOUS:
            return State.PREVIOUS
        if self.active_from is not None:
            return State.CURRENT if now >= self.active_from else State.PLANNED
        return self.state

    def is_active(self, now: datetime) -> bool:
        """Whether what was made with it now may be believed, its own dates apart."""
        since, until = self.active_from or _EVER, self.active_to
        not_over = until is None or now < until
        return self.state is not State.REVOKED and since <= now and not_over

    def is_valid(self, now: datetime, grace: timedelta = _NO_GRACE) -> bool:
        """Whether the certificate's own dates hold; ``grace`` lets it end later."""
        until = self.certificate.not_valid_after_utc + max(grace, self.grace)
        return self.certificate.not_valid_before_utc <= now <= until

    @property
    def since(self) -> tuple[datetime, datetime]:
        """What says which of two is newer: the date agreed, then the certificate's."""
        begins = self.certificate.not_valid_before_utc
        return self.active_from or begins, begins


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKey:
    """A certificate of ours with its private key.

    ``chain`` are the certificates that lead from it to its root, if it was issued;
    ``partner_id`` is the one partner it is for; empty: everybody.
    """

    certified: Certified
    private_key: PrivateKey = field(repr=False)
    id: str
    chain: tuple[x509.Certificate, ...] = ()
    partner_id: str = ""

    @property
    def certificate(self) -> x509.Certificate:
        """Its certificate."""
        return self.certified.certificate


@dataclass(frozen=True, slots=True)
class Certificates:
    """The certificates of a partner."""

    all: tuple[Certified, ...] = ()

    def verifying(
        self, use: Use, now: datetime, grace: timedelta = _NO_GRACE
    ) -> tuple[x509.Certificate, ...]:
        """Those that what came now may be signed, or shown, with; the newest first.

        Every one that is active counts, so both sides of a roll-over are believed.
        """
        good = (
            one
            for one in self.all
            if use in one.uses and one.is_active(now) and one.is_valid(now, grace)
        )
        newest_first = sorted(good, key=lambda one: one.since, reverse=True)
        return tuple(dict.fromkeys(one.certificate for one in newest_first))

    def encrypting(
        self, now: datetime, grace: timedelta = _NO_GRACE
    ) -> x509.Certificate | None:
        """The newest current one to encrypt to; none: nothing can be sent."""
        newest = _newest(self.all, Use.AS2_ENCRYPT, now, grace)
        return newest.certificate if newest else None

    def certified(self, certificate: x509.Certificate) -> Certified | None:
        """What is known about one of them."""
        same = (one for one in self.all if one.certificate == certificate)
        return next(same, None)


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """Our private keys with their certificates."""

    all: tuple[OwnKey, ...] = ()

    def towards(self, partner_id: str) -> OwnKeys:
        """Those for one partner: its own ones and everybody's."""
        return OwnKeys(tuple(k for k in self.all if k.partner_id in ("", partner_id)))

    def signing(self, now: datetime) -> OwnKey | None:
        """The one that messages and MDNs are signed with."""
        return self._newest(Use.AS2_SIGN, now)

    def documents(self, now: datetime) -> OwnKey | None:
        """The one that documents are signed with."""
        return self._newest(Use.SIGN, now)

    def encrypting(self, now: datetime) -> OwnKey | None:
        """The one that partners should encrypt to, also for a copy to ourselves."""
        return self._newest(Use.AS2_ENCRYPT, now)

    def tls(self, now: datetime, use: Use = Use.TLS_CLIENT) -> OwnKey | None:
        """The one that is shown on TLS connections."""
        return self._newest(use, now)

    def decrypting(self) -> tuple[OwnKey, ...]:
        """All that may open what came: every key that is not destroyed."""
        return tuple(k for k in self.all if Use.AS2_ENCRYPT in k.certified.uses)

    def _newest(self, use: Use, now: datetime) -> OwnKey | None:
        """The newest current one; keys for one partner go before everybody's."""
        current = _current(((k.certified, k) for k in self.all), use, now)
        ranked = sorted(
            current, key=lambda key: (key.partner_id != "", key.certified.since)
        )
        return ranked[-1] if ranked else None


@dataclass(frozen=True, slots=True)
class Keyring:
    """What two parties know of each other: the partner's certificates, our keys."""

    theirs: Certificates = Certificates()
    ours: OwnKeys = OwnKeys()


def _current(
    pairs: Iterator[tuple[Certified, OwnKey]], use: Use, now: datetime
) -> list[OwnKey]:
    return [key for one, key in pairs if _is_current(one, use, now)]


def _newest(
    every: tuple[Certified, ...], use: Use, now: datetime, grace: timedelta
) -> Certified | None:
    good = (one for one in every if _is_current(one, use, now, grace))
    return max(good, key=lambda one: one.since, default=None)


def _is_current(
    one: Certified, use: Use, now: datetime, grace: timedelta = _NO_GRACE
) -> bool:
    return (
        use in one.uses
        and one.standing(now) is State.CURRENT
        and one.is_valid(now, grace)
    )


@lru_cache(maxsize=1024)
def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 over its DER form in small hexadecimal digits."""
    return certificate.fingerprint(SHA256()).hex()


def is_weak(certificate: x509.Certificate) -> bool:
    """Whether its key is an RSA key of less than 2048 bits (rfc4130bis)."""
    key = certificate.public_key()
    return isinstance(key, RSAPublicKey) and key.key_size < _STRONG_BITS
