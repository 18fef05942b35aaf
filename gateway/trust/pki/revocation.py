"""Whether a certificate of a path was revoked: by lists (RFC 5280 6.3) and OCSP."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from cryptography import x509
from cryptography.x509 import ocsp

from gateway.trust.pki.certificate import Certificate
from gateway.trust.pki.crl import REMOVED, Entry, RevocationList, UnreadableList
from gateway.trust.pki.demand import Demand, Effort
from gateway.trust.pki.form import against_list
from gateway.trust.pki.names import Dn, dn
from gateway.trust.pki.ocsp import OcspAnswer, UnreadableAnswer
from gateway.trust.report import Fault

__all__ = ["Facts", "Status", "Statuses"]

_ALL = frozenset(x509.ReasonFlags) - {
    x509.ReasonFlags.unspecified,
    x509.ReasonFlags.remove_from_crl,
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of revocation: lists, and answers of responders."""

    lists: tuple[RevocationList, ...] = ()
    answers: tuple[OcspAnswer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What is known of one certificate. ``source`` is the SHA-256 of list or answer."""

    state: Literal["good", "revoked", "unknown"]
    at: datetime | None = None
    reason: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class _Point:
    """A distribution point: the names it has, who issues there, for which reasons."""

    names: frozenset[Any]
    issuers: frozenset[Dn]
    reasons: frozenset[x509.ReasonFlags]


Keys = Callable[[Dn, RevocationList], Iterator[Any]]
"""The believed keys of who issues a list, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Statuses:
    """Answers what is known, for one demand."""

    facts: Facts
    demand: Demand
    effort: Effort

    def of(self, certificate: Certificate, issuer: Certificate, keys: Keys) -> Status:
        """The status of a certificate; ``keys`` finds who signs lists about it."""
        if certificate.extension(x509.OCSPNoCheck) is not None:
            return Status(state="good", reason="ocsp-nocheck")
        unknown = "no list and no answer is about it"
        for answer in self.facts.answers:
            told = self._answered(answer, certificate, issuer)
            if isinstance(told, Status):
                return told
            unknown = told or unknown
        seen = _Seen()
        for point in _points(certificate):
            status = self._listed(point, certificate, keys, seen)
            if status is not None:
                return status
        return Status(state="unknown", reason=seen.why or unknown)

    def _answered(
        self, answer: OcspAnswer, certificate: Certificate, issuer: Certificate
    ) -> Status | str:
        one, at = answer.about(certificate, issuer), self.demand.facts_at
        if one is None:
            return "an answer of a responder is about another certificate"
        try:
            answer.signer(issuer, at)
        except UnreadableAnswer as no:
            return str(no)
        if not answer.is_fresh(one, at, self.demand.fresh):
            return f"the answer of {one.this_update_utc} is too old"
        self.effort.rests_on[answer.sha256] = None
        return _told(one, answer.sha256)

    def _listed(
        self, point: _Point, certificate: Certificate, keys: Keys, seen: _Seen
    ) -> Status | None:
        for base in self.facts.lists:
            if base.is_delta or not self._is_about(base, point, certificate, seen):
                continue
            covered = _covered(base, point)
            if not covered - seen.reasons:
                continue
            try:
                status = self._looked_up(base, certificate, keys, seen)
            except UnreadableList as no:
                seen.why = str(no)
                continue
            if status is None:
                continue
            if status.state == "revoked":
                return status
            seen.reasons |= covered
            if seen.reasons >= _ALL:
                return status
        return None

    def _is_about(
        self, one: RevocationList, point: _Point, of: Certificate, seen: _Seen
    ) -> bool:
        if not self._names(one, point, of):
            return False
        told = against_list(one) if self.demand.is_strict else ""
        if told:
            seen.why = told
            return False
        if not self._is_fresh(one):
            seen.why = (
                f"the list of {one.since} is not current at {self.demand.facts_at}"
            )
            return False
        return True

    @staticmethod
    def _names(one: RevocationList, point: _Point, of: Certificate) -> bool:
        """6.3.3 b: issuer and scope of the list fit the certificate."""
        if point.issuers:
            if one.issuer not in point.issuers or not one.is_indirect:
                return False
        elif one.issuer != of.issuer:
            return False
        scope = one.scope
        if scope is None:
            return True
        names = _scope_names(one)
        if names and not names & (point.names or _as_names(point.issuers)):
            return False
        kinds = (
            scope.only_contains_user_certs and of.is_authority,
            scope.only_contains_ca_certs and not of.is_authority,
            scope.only_contains_attribute_certs,
        )
        return not any(kinds)

    def _is_fresh(self, one: RevocationList) -> bool:
        at, fresh = self.demand.facts_at, self.demand.fresh
        if one.until is None or not one.since <= at <= one.until:
            return False
        return fresh is None or at - one.since <= fresh

    def _looked_up(
        self, base: RevocationList, of: Certificate, keys: Keys, seen: _Seen
    ) -> Status | None:
        key = self._key(base, keys)
        if key is None:
            seen.why = "nobody who is believed signed the list"
            return None
        self.effort.rests_on[base.sha256] = None
        for delta in self._deltas(base, key):
            self.effort.rests_on[delta.sha256] = None
            changed = delta.entry(of.serial, of.issuer)
            if changed is not None:
                return _status(changed, delta)
        return _status(base.entry(of.serial, of.issuer), base)

    def _key(self, one: RevocationList, keys: Keys) -> Any:
        signed = one.signed
        if signed is None:
            return None
        for key in keys(one.issuer, one):
            self.effort.spend("signatures")
            try:
                self.demand.algorithms.check(signed.digest, key, self.demand.at, "crl")
            except Fault:
                continue
            if one.is_signed_by(key):
                return key
        return None

    def _deltas(self, base: RevocationList, key: Any) -> Iterable[RevocationList]:
        """Lists of what changed since the base (6.3.3 c), the newest first."""
        number = base.number
        if number is None:
            return ()
        found = [
            one
            for one in self.facts.lists
            if one.base_number is not None
            and one.base_number <= number < (one.number or 0)
            and (one.issuer, one.scope, one.key_id)
            == (base.issuer, base.scope, base.key_id)
            and self._is_fresh(one)
            and one.is_signed_by(key)
        ]
        return sorted(found, key=lambda one: one.number or 0, reverse=True)


@dataclass(slots=True)
class _Seen:
    reasons: frozenset[x509.ReasonFlags] = frozenset()
    why: str = ""


def _told(one: ocsp.OCSPSingleResponse, source: str) -> Status | str:
    if one.certificate_status is ocsp.OCSPCertStatus.GOOD:
        return Status(state="good", source=source)
    if one.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
        return "the responder does not know the certificate"
    reason = one.revocation_reason
    return Status(
        state="revoked",
        at=one.revocation_time_utc,
        reason=reason.value if reason else "unspecified",
        source=source,
    )


def _status(entry: Entry | None, of: RevocationList) -> Status:
    if entry is None or entry.reason == REMOVED:
        return Status(state="good", source=of.sha256)
    return Status(state="revoked", at=entry.at, reason=entry.reason, source=of.sha256)


def _points(certificate: Certificate) -> Iterator[_Point]:
    """The distribution points of a certificate, then that of its issuer."""
    found = certificate.extension(x509.CRLDistributionPoints)
    for one in found or ():
        issuers = frozenset(
            dn(name.value)
            for name in one.crl_issuer or ()
            if isinstance(name, x509.DirectoryName)
        )
        above = issuers or frozenset((certificate.issuer,))
        names = _names(one.full_name, one.relative_name, above)
        yield _Point(names, issuers, _ALL if one.reasons is None else one.reasons)
    yield _Point(_as_names(frozenset((certificate.issuer,))), frozenset(), _ALL)


def _names(
    full: Iterable[x509.GeneralName] | None,
    relative: x509.RelativeDistinguishedName | None,
    above: frozenset[Dn],
) -> frozenset[Any]:
    if relative is not None:
        end = dn(x509.Name([relative]))
        return _as_names(frozenset((*name, *end) for name in above))
    return frozenset(
        ("dn", dn(name.value)) if isinstance(name, x509.DirectoryName) else name
        for name in full or ()
    )


def _as_names(names: frozenset[Dn]) -> frozenset[Any]:
    return frozenset(("dn", name) for name in names)


def _scope_names(one: RevocationList) -> frozenset[Any]:
    scope = one.scope
    assert scope is not None
    return _names(scope.full_name, scope.relative_name, frozenset((one.issuer,)))


def _covered(one: RevocationList, point: _Point) -> frozenset[x509.ReasonFlags]:
    some = one.scope.only_some_reasons if one.scope else None
    return point.reasons if some is None else point.reasons & some
