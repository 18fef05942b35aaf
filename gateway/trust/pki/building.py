"""Finding the path from a signer up to an anchor, within a bounded effort."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.trust.pki.certificate import Certificate
from gateway.trust.pki.crl import RevocationList
from gateway.trust.pki.demand import Demand, Effort, Exhausted
from gateway.trust.pki.names import Dn
from gateway.trust.pki.policies import Initial
from gateway.trust.pki.revocation import Facts, Status, Statuses
from gateway.trust.pki.signature import signed_by
from gateway.trust.pki.validating import Path, validate
from gateway.trust.report import Fault, Sub

__all__ = ["Paths", "Proven"]

_NEAREST = {
    Sub.NO_CERTIFICATE_CHAIN_FOUND: 0,
    Sub.CERTIFICATE_CHAIN_GENERAL_FAILURE: 1,
    Sub.CHAIN_CONSTRAINTS_FAILURE: 2,
    Sub.CRYPTO_CONSTRAINTS_FAILURE_NO_POE: 2,
    Sub.OUT_OF_BOUNDS_NO_POE: 3,
    Sub.TRY_LATER: 4,
}
_MOST_NESTED = 3


@dataclass(frozen=True, slots=True)
class Proven:
    """A path that holds, and the status of each of its certificates.

    ``held`` are the certificates whose revocation is not known, where that only holds.
    """

    path: Path
    statuses: tuple[Status, ...]

    @property
    def held(self) -> tuple[Certificate, ...]:
        """Those whose revocation was asked for and is not known."""
        pairs = zip(self.path.certificates, self.statuses, strict=False)
        return tuple(one for one, status in pairs if status.state == "unknown")


@dataclass(slots=True)
class Paths:
    """Finds paths to one of ``anchors`` through ``pool``."""

    anchors: Sequence[Certificate]
    pool: Sequence[Certificate]
    facts: Facts = field(default_factory=Facts)
    effort: Effort = field(default_factory=Effort)
    _edges: dict[tuple[bytes, bytes], bool] = field(default_factory=dict)
    _asking: list[Certificate] = field(default_factory=list)
    _by_subject: dict[Dn, list[Certificate]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        anchored = {one.der for one in self.anchors}
        for one in dict.fromkeys(self.pool):
            if one.der not in anchored:
                self._by_subject.setdefault(one.subject, []).append(one)

    def prove(self, signer: Certificate, demand: Demand) -> Proven:
        """The first path that holds. Raises the ``Fault`` that came nearest."""
        nearest: Fault | None = None
        try:
            for anchor, certificates in self._routes(signer, demand.depth):
                self.effort.spend("paths")
                try:
                    path = validate(anchor, certificates, demand)
                    return Proven(path, self._statuses(path, demand))
                except Fault as fault:
                    nearest = _nearer(nearest, fault)
        except Exhausted:
            what = "its certificates ask for more work than is done for one signature"
            raise Fault(Sub.NO_CERTIFICATE_CHAIN_FOUND, "path.effort", what) from None
        if nearest is not None:
            raise nearest
        raise Fault(
            Sub.NO_CERTIFICATE_CHAIN_FOUND,
            "path.anchor",
            f"no path leads from {signer.told} to an anchor of the trust profile",
        )

    def _routes(
        self, signer: Certificate, depth: int
    ) -> Iterator[tuple[Certificate, tuple[Certificate, ...]]]:
        """Every way up, the likeliest first, at most ``depth`` authorities between."""
        if signer in self.anchors:
            yield signer, ()
            return
        stack: list[tuple[Certificate, ...]] = [(signer,)]
        while stack:
            self.effort.spend("steps")
            below = stack.pop()
            top = below[0]
            for anchor in self.anchors:
                if anchor.subject == top.issuer:
                    yield anchor, below
            if sum(not one.is_self_issued for one in below[:-1]) >= depth:
                continue
            above = [
                (one, *below)
                for one in self._by_subject.get(top.issuer, ())
                if self._may_issue(one, top, below)
            ]
            stack += sorted(above, key=lambda route: _likely(route[0], top))

    def _may_issue(
        self, one: Certificate, child: Certificate, below: tuple[Certificate, ...]
    ) -> bool:
        if not one.is_authority or any(_is_same(one, other) for other in below):
            return False
        edge = one.der, child.der
        if edge not in self._edges:
            self.effort.spend("signatures")
            signed = child.signed
            self._edges[edge] = one.dsa_y is not None or (  # known on the path only
                signed is not None and signed_by(signed, one.public_key)
            )
        return self._edges[edge]

    def _statuses(self, path: Path, demand: Demand) -> tuple[Status, ...]:
        if demand.revocation == "none":
            return ()
        known = Statuses(self.facts, demand, self.effort)
        found: list[Status] = []
        for at, one in enumerate(path.certificates):
            keys = _Issuers(self, path, at, demand)
            status = known.of(one, path.issuer_of(at), keys)
            is_last = at == len(path.certificates) - 1
            if status.state == "revoked":
                _revoked(one, status, demand, is_signer=is_last)
            if status.state == "unknown" and demand.revocation == "require":
                what = f"whether {one.told} is revoked is not known: {status.reason}"
                raise Fault(Sub.TRY_LATER, "path.revocation", what)
            found.append(status)
        return tuple(found)

    def list_issuers(
        self, name: Dn, path: Path, demand: Demand
    ) -> Iterator[Certificate]:
        """Certificates of this name below the same anchor that may sign lists."""
        if len(self._asking) >= _MOST_NESTED:
            return
        inner = replace(
            demand,
            initial=Initial(),
            usages=frozenset(("cRLSign",)),
            purposes=frozenset(),
        )
        same = Paths([path.anchor], self.pool, self.facts, self.effort, self._edges)
        for one in self._by_subject.get(name, ()):
            if one in self._asking:
                # Only its own list tells of it: there is nobody else to ask.
                yield one
                continue
            same._asking = [*self._asking, one]
            try:
                same.prove(one, inner)
            except Fault:
                continue
            yield one


@dataclass(frozen=True, slots=True)
class _Issuers:
    """Who may sign a list about the certificate at one place of a path."""

    paths: Paths
    path: Path
    at: int
    demand: Demand

    def __call__(self, name: Dn, of: RevocationList) -> Iterator[Any]:
        issuer = self.path.issuer_of(self.at)
        if issuer.subject == name and _signs_lists(issuer):
            yield self.path.issuer_key(self.at)
        anchor = self.path.anchor
        if anchor.subject == name and anchor != issuer and _signs_lists(anchor):
            yield anchor.public_key
        for one in self.paths.list_issuers(name, self.path, self.demand):
            if _signs_lists(one):
                yield one.public_key


def _signs_lists(one: Certificate) -> bool:
    return one.usages is None or "cRLSign" in one.usages


def _is_same(one: Certificate, other: Certificate) -> bool:
    """The same authority again: name and key, or the very certificate."""
    return one == other or (
        one.subject == other.subject and one.spki == other.spki != ""
    )


def _likely(one: Certificate, child: Certificate) -> tuple[bool, bool, object]:
    """What is tried last comes first: the stack is taken from its end."""
    named = child.issuer_key_id
    return not named or one.key_id == named, one.is_self_issued is False, one.until


def _nearer(one: Fault | None, other: Fault) -> Fault:
    if one is None:
        return other
    return max(one, other, key=lambda fault: _NEAREST.get(fault.sub, 5))


def _revoked(
    one: Certificate, status: Status, demand: Demand, *, is_signer: bool
) -> None:
    """A revoked certificate: decided for good where the signature was made later."""
    since = status.at
    if demand.is_proven and since is not None and demand.at < since:
        return
    what = f"{one.told} is revoked since {since} ({status.reason})"
    if not is_signer:
        raise Fault(Sub.REVOKED_CA_NO_POE, "authority.revocation", what)
    sub = Sub.REVOKED if demand.is_proven else Sub.REVOKED_NO_POE
    raise Fault(sub, "signer.revocation", what)
