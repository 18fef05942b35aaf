"""Judging a signature under a partner's rules: one function, one report.

In this order: structure, crypto, signer, time, algorithms, path, revocation, and
whether the signer is one of this partner's. What the document asks for is held against
the signer's permission by ``policy.may`` once it has been read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, TypeAlias, TypeVar

from gateway.partner.trust import Signer as Permission
from gateway.trust.fault import CmsFault
from gateway.trust.opened import OpenedSignature, of_cms
from gateway.trust.pki.building import Paths, Proven
from gateway.trust.pki.certificate import Certificate
from gateway.trust.pki.demand import Demand, Effort
from gateway.trust.pki.revocation import Facts, Status
from gateway.trust.pki.signature import key_name
from gateway.trust.pki.validating import for_use
from gateway.trust.policy import Claim, Rules, allowed, may
from gateway.trust.report import (
    Fault,
    Link,
    SignerReport,
    Sub,
    TrustReport,
    Verdict,
    believed,
)
from gateway.trust.signers import Verified
from gateway.trust.timestamp import STAMP, proven_at

__all__ = [
    "UNSIGNED",
    "Asked",
    "Judged",
    "OneSignature",
    "Opened",
    "judge",
    "judge_opened",
    "refused",
    "unsigned",
]


HELD = "path.revocation.hold"
"""The constraint of what is believed but for revocation that is not known yet."""


UNSIGNED = "structure.signature"
"""The constraint of what nobody signed."""

Known: TypeAlias = Callable[[Sequence[Certificate]], Facts]
"""Looks up what is known of the revocation of certificates."""

_Report = TypeVar("_Report", SignerReport, TrustReport)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """By what, and for when, a signature is judged.

    ``as_of`` is the moment that is asked about: the receipt, or a date of the past;
    ``now`` is our clock. ``address`` is where a message in SOAP must be signed for,
    or its path alone, where it names a receiver at all; ``question`` the id of our
    message that it answers, where it says which.
    """

    rules: Rules
    facts: Facts | Known
    now: datetime
    as_of: datetime
    address: str = ""
    question: str = ""

    def about(self, certificates: Sequence[Certificate]) -> Facts:
        """What is known of the revocation of these."""
        if isinstance(self.facts, Facts):
            return self.facts
        return self.facts(certificates)


class OneSignature(Protocol):
    """A signature of any kind, as it is judged."""

    @property
    def stamped(self) -> bytes:
        """What a time-stamp of it is over."""

    def verified(self, pool: Sequence[Certificate]) -> tuple[Certificate, Verified]:
        """Whose it is, once it is right. Raises ``Fault``."""

    def names(self, certificate: Certificate) -> bool:
        """Whether it says nothing of its certificate, or means this one."""

    def stamp(self, oid: bytes) -> bytes | None:
        """Its time-stamp, by the attribute that holds it in CMS."""


class Opened(Protocol):
    """A signed thing of any kind, its structure read."""

    @property
    def content(self) -> bytes | None:
        """What was signed."""

    @property
    def certificates(self) -> Sequence[Certificate]:
        """Those that came along."""

    def parts(self) -> Sequence[OneSignature]:
        """Its signatures, one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The report, and what only counts when it passed.

    ``content`` is what was signed; ``permissions`` are the entries that the signers
    signed by, one tuple each; ``chain`` is what evidence keeps. ``message`` names a
    message in SOAP: its signed id, or the sum of what is signed.
    """

    report: TrustReport
    content: bytes | None = None
    permissions: tuple[tuple[Permission, ...], ...] = ()
    chain: tuple[Certificate, ...] = ()
    message: str = ""

    @property
    def is_held(self) -> bool:
        """Whether it is believed but for revocation that is not known yet."""
        first = self.report
        return first.constraint == HELD

    def claims(self, claim: Claim) -> Judged:
        """The same, unless the signer may not send what the document claims."""
        if not self.report.is_passed and not self.is_held:
            return self
        for permissions in self.permissions:
            fault = may(permissions, claim)
            if fault is not None:
                return self.but(fault)
        return self

    def but(self, fault: Fault) -> Judged:
        """The same, not believed for this reason."""
        return replace(self, report=_failed(self.report, fault), content=None)


def judge(asked: Asked, data: bytes, content: bytes | None = None) -> Judged:
    """Judge a SignedData in DER or BER; ``content`` is that of a detached one."""
    try:
        return judge_opened(asked, OpenedSignature.read(data, content), "cms")
    except CmsFault as fault:
        return refused(asked, of_cms(fault))


def judge_opened(asked: Asked, opened: Opened, kind: str) -> Judged:
    """Judge what was read before; ``kind`` is ``cms`` or ``xml``."""
    effort = Effort()
    parts = opened.parts()
    seen = [_Signature(asked, opened, part, effort).judged() for part in parts]
    return _together(asked, opened, seen, kind)


@dataclass(frozen=True, slots=True)
class _Seen:
    report: SignerReport
    permissions: tuple[Permission, ...] = ()
    chain: tuple[Certificate, ...] = ()


def _together(asked: Asked, opened: Opened, seen: Sequence[_Seen], kind: str) -> Judged:
    reports = tuple(one.report for one in seen)
    first = believed(reports, is_one_enough=asked.rules.trust.signatures == "one")
    content = opened.content or b""
    report = TrustReport(
        verdict=first.verdict,
        sub=first.sub,
        constraint=first.constraint,
        what=first.what,
        kind=kind,
        profile=asked.rules.name,
        profile_sum=asked.rules.sum,
        checked_at=asked.now,
        as_of=asked.as_of,
        content_sha256=hashlib.sha256(content).hexdigest(),
        signers=reports,
    )
    passed = [one for one in seen if one.report.verdict is Verdict.PASSED]
    counting = passed or [one for one in seen if one.report is first]
    judged = Judged(
        report=report,
        permissions=tuple(one.permissions for one in counting),
        chain=tuple(dict.fromkeys(c for one in seen for c in one.chain)),
    )
    is_given = report.is_passed or judged.is_held
    return replace(judged, content=opened.content if is_given else None)


class _Signature:
    """One signature while it is judged: what is known so far goes into the report."""

    def __init__(
        self, asked: Asked, opened: Opened, part: OneSignature, effort: Effort
    ) -> None:
        self.asked, self.part, self.effort = asked, part, effort
        self.pool = (*opened.certificates, *asked.rules.pool)
        self.facts = asked.about(self.pool)
        self.report = SignerReport(verdict=Verdict.INDETERMINATE)
        self.permissions: tuple[Permission, ...] = ()
        self.chain: tuple[Certificate, ...] = ()

    def judged(self) -> _Seen:
        """What came of it; the first thing that speaks against it ends it."""
        try:
            self._judge()
            self.report = replace(self.report, verdict=Verdict.PASSED)
        except Fault as fault:
            self.report = _failed(self.report, fault)
        self.report = replace(self.report, rests_on=tuple(self.effort.rests_on))
        return _Seen(self.report, self.permissions, self.chain)

    def _judge(self) -> None:
        rules = self.asked.rules
        signer, found = self.part.verified(self.pool)
        self.report = replace(
            self.report,
            subject=signer.told,
            fingerprint=signer.fingerprint,
            algorithm=f"{found.digest_algorithm} {key_name(signer.public_key)}",
            claimed_at=found.signed_at,
        )
        self._names(signer)
        proven = self._proven()
        self.report = replace(self.report, proven_at=proven)
        at = proven or self.asked.as_of
        demand = rules.demand(at, is_proven=proven is not None)
        demand = replace(demand, known_at=self.asked.as_of)
        key = signer.public_key
        for digest in (found.digest_algorithm, *sorted(found.others)):
            demand.algorithms.check(digest, key, at, "signature")
        if rules.is_pinned:
            self._pinned(signer, demand)
        else:
            self._led(signer, demand)

    def _led(self, signer: Certificate, demand: Demand) -> None:
        """Find the path, and whether this signer is one of the partner's."""
        rules = self.asked.rules
        paths = Paths(rules.anchors, self.pool, self.facts, self.effort)
        proof = paths.prove(signer, demand)
        policies = proof.path.policies
        self.chain = (proof.path.anchor, *proof.path.certificates)
        self.report = replace(
            self.report, path=_links(proof), policies=tuple(sorted(policies))
        )
        self.permissions = allowed(rules, signer, policies, demand.at)
        if proof.held:
            named = ", ".join(one.told for one in proof.held)
            what = f"orders are held: whether it is revoked is not known of {named}"
            raise Fault(Sub.TRY_LATER, HELD, what)

    def _names(self, signer: Certificate) -> None:
        if not self.part.names(signer):
            what = "the signature names another certificate than it was made with"
            sub = Sub.SIG_CONSTRAINTS_FAILURE
            raise Fault(sub, "signer.signing_certificate", what)

    def _proven(self) -> datetime | None:
        asked = self.asked
        try:
            token = self.part.stamp(STAMP)
        except CmsFault as fault:
            raise of_cms(fault) from None
        if token is None:
            return None
        return proven_at(token, self.part.stamped, asked.rules, asked.about, asked.now)

    def _pinned(self, signer: Certificate, demand: Demand) -> None:
        """A signer that is known by its sum needs no path; dates and usage count."""
        at = demand.at
        for_use(signer, demand)
        if not signer.since <= at <= signer.until:
            what = f"{signer.told} holds from {signer.since} to {signer.until}"
            raise Fault(Sub.OUT_OF_BOUNDS_NO_POE, "signer.validity", what)
        self.chain = (signer,)
        self.permissions = allowed(self.asked.rules, signer, frozenset(), at)


def _links(proof: Proven) -> tuple[Link, ...]:
    certificates = proof.path.certificates
    statuses = proof.statuses or (None,) * len(certificates)
    below = zip(certificates, statuses, strict=True)
    return (_link(proof.path.anchor, None), *(_link(*one) for one in below))


def _link(one: Certificate, status: Status | None) -> Link:
    return Link(
        subject=one.told,
        serial=f"{one.serial:x}",
        fingerprint=one.fingerprint,
        since=one.since,
        until=one.until,
        revocation=status.state if status else "not asked",
        source=status.source if status else "",
    )


def _failed(so_far: _Report, fault: Fault) -> _Report:
    return replace(
        so_far,
        verdict=fault.sub.verdict,
        sub=fault.sub,
        constraint=fault.constraint,
        what=fault.what,
    )


def refused(asked: Asked, fault: Fault) -> Judged:
    """What is said of something that cannot be judged further."""
    blank = TrustReport(
        verdict=Verdict.FAILED,
        profile=asked.rules.name,
        profile_sum=asked.rules.sum,
        checked_at=asked.now,
        as_of=asked.as_of,
    )
    return Judged(report=_failed(blank, fault))


def unsigned(asked: Asked, what: str = "nobody signed it") -> Judged:
    """What is said of a document without a signature."""
    return refused(asked, Fault(Sub.FORMAT_FAILURE, UNSIGNED, what))
