"""What a path is held against: the moment, policies, usages, algorithms, limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from gateway.trust.pki.policies import Initial
from gateway.trust.pki.signature import key_name
from gateway.trust.report import Fault, Sub

__all__ = ["DIGESTS", "Algorithms", "Demand", "Effort", "Mode"]

Mode = Literal["require", "hold", "none"]
"""How revocation is treated: unknown is not believed, held, or not asked at all."""

_FOREVER = datetime.max.replace(tzinfo=UTC)
DIGESTS: Mapping[str, datetime] = {
    "sha224": datetime(2031, 1, 1, tzinfo=UTC),
    "sha256": _FOREVER,
    "sha384": _FOREVER,
    "sha512": _FOREVER,
    "": _FOREVER,  # Ed25519 and Ed448 have one of their own
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Algorithms:
    """What may be signed with, and until when.

    ``digests`` has the first moment from which each is no longer believed; one that is
    not in it never is. Sizes are in bits; zero: keys of this kind are not believed.
    """

    digests: Mapping[str, datetime] = field(default_factory=lambda: DIGESTS)
    rsa: int = 2048
    ec: int = 256
    dsa: int = 0
    edwards: bool = True

    def check(self, digest: str, key: Any, at: datetime, where: str) -> None:
        """Raise the ``Fault`` of a digest or a key that is too weak at this moment."""
        until = self.digests.get(digest)
        if until is None or at >= until:
            when = "" if until is None else f" after {until:%Y-%m-%d}"
            raise self._weak(where, f"{digest or 'no digest'} is not believed{when}")
        name, size = key_name(key), getattr(key, "key_size", 0)
        kind = name.rstrip("0123456789") if size else name
        least = {"rsa": self.rsa, "ec": self.ec, "dsa": self.dsa}.get(kind, 0)
        is_enough = self.edwards if kind.startswith("ed") else 0 < least <= size
        if not is_enough:
            raise self._weak(where, f"a key of {name} is not believed")

    @staticmethod
    def _weak(where: str, what: str) -> Fault:
        sub = Sub.CRYPTO_CONSTRAINTS_FAILURE_NO_POE
        return Fault(sub, f"{where}.algorithm", what)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a path must meet. ``at`` is the moment that its dates must hold at.

    Of ``usages`` the last certificate needs one, if it restricts them; of ``purposes``
    too. ``fresh`` is the greatest age of revocation facts; none: until their own end.
    """

    at: datetime
    initial: Initial = field(default_factory=Initial)
    usages: frozenset[str] = frozenset(("digitalSignature", "nonRepudiation"))
    purposes: frozenset[str] = frozenset()
    algorithms: Algorithms = field(default_factory=Algorithms)
    revocation: Mode = "require"
    fresh: timedelta | None = None
    depth: int = 8
    is_strict: bool = True
    """Whether certificates and lists must have the form that RFC 5280 demands."""
    every_mark: bool = False
    """Also where the critical mark of an extension makes no difference here."""
    is_proven: bool = False
    """Whether ``at`` is a proven time of signing, so that dates decide for good."""
    known_at: datetime | None = None
    """When facts of revocation must be current, if not at ``at``."""

    def calling(self, purpose: str) -> Demand:
        """The same, for who shows it on a connection."""
        usages = frozenset(("digitalSignature",))
        return replace(self, usages=usages, purposes=frozenset((purpose,)))

    @property
    def facts_at(self) -> datetime:
        """When lists and answers must be current."""
        return self.known_at or self.at


@dataclass(slots=True)
class Effort:
    """How much work one verification may cost; what is over it is refused."""

    signatures: int = 200
    paths: int = 40
    steps: int = 2_000
    rests_on: dict[str, None] = field(default_factory=dict)
    """The sums of the lists and answers that told something on the way."""

    def spend(self, what: Literal["signatures", "paths", "steps"]) -> None:
        """Count one piece of work."""
        left = getattr(self, what) - 1
        setattr(self, what, left)
        if left < 0:
            raise Exhausted


class Exhausted(Exception):  # a limit, no error of ours
    """A set of certificates that asks for more work than is done."""
