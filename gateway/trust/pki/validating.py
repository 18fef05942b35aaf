"""One path held against a demand (RFC 5280 6.1), from its anchor down to the signer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509

from gateway.trust.pki.certificate import ANY_USE, Certificate
from gateway.trust.pki.demand import Demand
from gateway.trust.pki.form import against
from gateway.trust.pki.names import Subtrees, subtrees_fit
from gateway.trust.pki.policies import PolicyGraph
from gateway.trust.pki.signature import signed_by
from gateway.trust.report import Fault, Sub

__all__ = ["Path", "for_use", "validate"]

_CHAIN = Sub.CHAIN_CONSTRAINTS_FAILURE


@dataclass(frozen=True, slots=True)
class Path:
    """A path that holds: the anchor, the certificates below it, what is left.

    ``policies`` are the anchor's policies that the whole path holds.
    """

    anchor: Certificate
    certificates: tuple[Certificate, ...]
    policies: frozenset[str]
    keys: tuple[Any, ...] = ()
    """The key of each certificate, with what it takes over from its issuer's."""

    def issuer_key(self, at: int) -> Any:
        """The key of the certificate above the one at this place."""
        return self.keys[at - 1] if at else self.anchor.public_key

    def issuer_of(self, at: int) -> Certificate:
        """The certificate above the one at this place."""
        return self.certificates[at - 1] if at else self.anchor


def validate(
    anchor: Certificate, certificates: Sequence[Certificate], demand: Demand
) -> Path:
    """The path, when nothing speaks against it. Raises the ``Fault`` of what does.

    Revocation is not looked at here. The anchor's own dates, path length and name
    constraints count (RFC 5937).
    """
    walk = _Walk(anchor, len(certificates), demand)
    last = len(certificates) - 1
    for at, certificate in enumerate(certificates):
        walk.take(certificate, is_last=at == last)
    return walk.done(tuple(certificates))


class _Walk:
    """The state of 6.1.2, certificate by certificate."""

    def __init__(self, anchor: Certificate, length: int, demand: Demand) -> None:
        self.anchor, self.demand = anchor, demand
        self.key = anchor.public_key
        self.keys: list[Any] = []
        self.name = anchor.subject
        self.graph = PolicyGraph(demand.initial, length)
        self.constraints: list[Subtrees] = []
        self.length = length
        _in_date(anchor, demand, "anchor")
        if length:
            self._anchored()

    def _anchored(self) -> None:
        anchor = self.anchor
        _understood(anchor)
        if self.demand.is_strict:
            _in_form(anchor, self.demand, is_anchor=True)
        if anchor.extension(x509.BasicConstraints) and not anchor.is_authority:
            raise Fault(_CHAIN, "anchor.basic_constraints", "it is no authority")
        if anchor.usages is not None and "keyCertSign" not in anchor.usages:
            what = "its key may not sign certificates"
            raise Fault(_CHAIN, "anchor.key_usage", what)
        if anchor.path_length is not None:
            self.length = min(self.length, anchor.path_length)
        if anchor.constraints:
            self.constraints.append(anchor.constraints)

    def take(self, certificate: Certificate, *, is_last: bool) -> None:
        """The next certificate: 6.1.3, then 6.1.4 unless it is the last."""
        self._signed(certificate)
        where = "signer" if is_last else "authority"
        _in_date(certificate, self.demand, where)
        if self.demand.is_strict:
            _in_form(certificate, self.demand)
        self._named(certificate, is_last=is_last)
        self._by_policy(certificate, is_last=is_last)
        _understood(certificate)
        if not is_last:
            self._as_authority(certificate)
        self.key = certificate.key_under(self.key)
        self.keys.append(self.key)
        self.name = certificate.subject
        if is_last:
            for_use(certificate, self.demand)

    def _signed(self, certificate: Certificate) -> None:
        told = certificate.told
        if certificate.issuer != self.name:
            what = f"the issuer of {told} is another"
            raise Fault(Sub.NO_CERTIFICATE_CHAIN_FOUND, "path.name_chaining", what)
        signed = certificate.signed
        if signed is None or not signed_by(signed, self.key):
            what = f"the signature of {told} is not that of its issuer"
            sub = Sub.CERTIFICATE_CHAIN_GENERAL_FAILURE
            raise Fault(sub, "path.signature", what)
        algorithms, at = self.demand.algorithms, self.demand.at
        algorithms.check(signed.digest, self.key, at, "path")

    def _named(self, certificate: Certificate, *, is_last: bool) -> None:
        if certificate.is_self_issued and not is_last:
            return
        told = subtrees_fit(certificate.names, self.constraints)
        if told:
            raise Fault(_CHAIN, "path.name_constraints", told)

    def _by_policy(self, certificate: Certificate, *, is_last: bool) -> None:
        fits = self.graph.take(
            certificate.policies,
            is_last=is_last,
            is_self_issued=certificate.is_self_issued,
        )
        if not fits:
            raise _no_policy(self.demand)

    def _as_authority(self, one: Certificate) -> None:
        """6.1.4: what a certificate must be to issue the next one."""
        told = one.told
        if any("2.5.29.32.0" in pair for pair in one.policies.mappings):
            raise Fault(_CHAIN, "path.policy_mapping", f"{told} maps any policy")
        self.graph.map(one.policies.mappings)
        if one.constraints:
            self.constraints.append(one.constraints)
        self.graph.descend(one.policies, is_self_issued=one.is_self_issued)
        if not one.is_authority:
            raise Fault(_CHAIN, "path.basic_constraints", f"{told} is no authority")
        if not one.is_self_issued:
            if self.length <= 0:
                what = f"{told} is more authorities down than allowed"
                raise Fault(_CHAIN, "path.length", what)
            self.length -= 1
        if one.path_length is not None:
            self.length = min(self.length, one.path_length)
        if one.usages is not None and "keyCertSign" not in one.usages:
            what = f"the key of {told} may not sign certificates"
            raise Fault(_CHAIN, "path.key_usage", what)

    def done(self, certificates: tuple[Certificate, ...]) -> Path:
        """6.1.5: what is left of the policies."""
        if not certificates:
            _understood(self.anchor)
            if self.demand.is_strict:
                _in_form(self.anchor, self.demand)
            for_use(self.anchor, self.demand)
            return Path(self.anchor, (), self.demand.initial.policies)
        left = self.graph.left(certificates[-1].policies)
        if left is None:
            raise _no_policy(self.demand)
        return Path(self.anchor, certificates, left, tuple(self.keys))


def _in_date(one: Certificate, demand: Demand, where: str) -> None:
    at = demand.at.replace(microsecond=0)
    if one.since <= at <= one.until:
        return
    is_late = at > one.until
    when = f"ended {one.until}" if is_late else f"begins {one.since}"
    sub = Sub.OUT_OF_BOUNDS_NO_POE
    if where == "signer" and demand.is_proven:
        sub = Sub.EXPIRED if is_late else Sub.NOT_YET_VALID
    what = f"{one.told} {when}; it is held against {at}"
    raise Fault(sub, f"{where}.validity", what)


def _understood(one: Certificate) -> None:
    if one.unknown_critical:
        oid = one.unknown_critical[0]
        what = f"a critical extension of {one.told} is not read: {oid}"
        raise Fault(_CHAIN, "path.critical_extension", what)


def _in_form(one: Certificate, demand: Demand, *, is_anchor: bool = False) -> None:
    told = against(one, is_anchor=is_anchor, every_mark=demand.every_mark)
    if told:
        raise Fault(_CHAIN, "path.form", f"{one.told}: {told}")


def for_use(one: Certificate, demand: Demand) -> None:
    """Whether the last certificate may do what it did."""
    usages, purposes = one.usages, one.purposes
    if demand.usages and usages is not None and not usages & demand.usages:
        has, wants = ", ".join(sorted(usages)), " or ".join(sorted(demand.usages))
        what = f"{one.told} is for {has or 'nothing'}, not for {wants}"
        raise Fault(_CHAIN, "signer.key_usage", what)
    allowed = demand.purposes | {ANY_USE}
    if demand.purposes and purposes is not None and not purposes & allowed:
        what = f"{one.told} is meant for {', '.join(sorted(purposes))}"
        raise Fault(_CHAIN, "signer.extended_key_usage", what)


def _no_policy(demand: Demand) -> Fault:
    wanted = ", ".join(sorted(demand.initial.policies)) or "any"
    what = f"no certificate policy is left; wanted: {wanted}"
    return Fault(_CHAIN, "path.policies", what)
