"""What was found out about a signature: verdict, reason, and what it rests on.

The words are those of ETSI EN 319 102-1: a verdict, and a sub-indication below it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.findings import Finding

__all__ = ["Fault", "Link", "SignerReport", "Sub", "TrustReport", "Verdict", "believed"]

SCHEMA = "trust-report/1"


class Verdict(StrEnum):
    """Whether it is believed (EN 319 102-1 5.1.3)."""

    PASSED = "passed"
    INDETERMINATE = "indeterminate"
    FAILED = "failed"


class Sub(StrEnum):
    """Why it is not, by the names of EN 319 102-1 (tables 5 and 6)."""

    FORMAT_FAILURE = "FORMAT_FAILURE"
    HASH_FAILURE = "HASH_FAILURE"
    SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    SIG_CONSTRAINTS_FAILURE = "SIG_CONSTRAINTS_FAILURE"
    CHAIN_CONSTRAINTS_FAILURE = "CHAIN_CONSTRAINTS_FAILURE"
    CERTIFICATE_CHAIN_GENERAL_FAILURE = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE = "CRYPTO_CONSTRAINTS_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE_NO_POE = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    NO_SIGNING_CERTIFICATE_FOUND = "NO_SIGNING_CERTIFICATE_FOUND"
    NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
    REVOKED_NO_POE = "REVOKED_NO_POE"
    REVOKED_CA_NO_POE = "REVOKED_CA_NO_POE"
    OUT_OF_BOUNDS_NO_POE = "OUT_OF_BOUNDS_NO_POE"
    OUT_OF_BOUNDS_NOT_REVOKED = "OUT_OF_BOUNDS_NOT_REVOKED"
    REVOCATION_OUT_OF_BOUNDS_NO_POE = "REVOCATION_OUT_OF_BOUNDS_NO_POE"
    TRY_LATER = "TRY_LATER"
    TIMESTAMP_ORDER_FAILURE = "TIMESTAMP_ORDER_FAILURE"
    NO_POE = "NO_POE"
    SIGNED_DATA_NOT_FOUND = "SIGNED_DATA_NOT_FOUND"
    POLICY_PROCESSING_ERROR = "POLICY_PROCESSING_ERROR"
    SIGNATURE_POLICY_NOT_AVAILABLE = "SIGNATURE_POLICY_NOT_AVAILABLE"

    @property
    def verdict(self) -> Verdict:
        """The verdict that it stands below."""
        return Verdict.FAILED if self in _FAILED else Verdict.INDETERMINATE

    @property
    def code(self) -> str:
        """The finding's code."""
        return _CODES[self]


_FAILED = frozenset(
    (
        Sub.FORMAT_FAILURE,
        Sub.HASH_FAILURE,
        Sub.SIG_CRYPTO_FAILURE,
        Sub.REVOKED,
        Sub.EXPIRED,
        Sub.NOT_YET_VALID,
    )
)
_CODES = {
    Sub.FORMAT_FAILURE: "TRU-411",
    Sub.HASH_FAILURE: "TRU-403",
    Sub.SIG_CRYPTO_FAILURE: "TRU-402",
    Sub.REVOKED: "TRU-412",
    Sub.REVOKED_NO_POE: "TRU-412",
    Sub.REVOKED_CA_NO_POE: "TRU-412",
    Sub.EXPIRED: "TRU-413",
    Sub.NOT_YET_VALID: "TRU-413",
    Sub.OUT_OF_BOUNDS_NO_POE: "TRU-413",
    Sub.OUT_OF_BOUNDS_NOT_REVOKED: "TRU-413",
    Sub.SIG_CONSTRAINTS_FAILURE: "TRU-414",
    Sub.SIGNED_DATA_NOT_FOUND: "TRU-414",
    Sub.SIGNATURE_POLICY_NOT_AVAILABLE: "TRU-414",
    Sub.CHAIN_CONSTRAINTS_FAILURE: "TRU-415",
    Sub.CERTIFICATE_CHAIN_GENERAL_FAILURE: "TRU-415",
    Sub.CRYPTO_CONSTRAINTS_FAILURE: "TRU-416",
    Sub.CRYPTO_CONSTRAINTS_FAILURE_NO_POE: "TRU-416",
    Sub.NO_SIGNING_CERTIFICATE_FOUND: "TRU-417",
    Sub.NO_CERTIFICATE_CHAIN_FOUND: "TRU-417",
    Sub.TRY_LATER: "TRU-418",
    Sub.REVOCATION_OUT_OF_BOUNDS_NO_POE: "TRU-418",
    Sub.TIMESTAMP_ORDER_FAILURE: "TRU-419",
    Sub.NO_POE: "TRU-419",
    Sub.POLICY_PROCESSING_ERROR: "TRU-420",
}
_BY_CONSTRAINT = {
    "message.timestamp": "TRU-431",
    "message.body": "TRU-432",
    "message.headers": "TRU-432",
    "message.id": "TRU-433",
    "message.to": "TRU-434",
    "message.envelope": "SOAP-001",
    "message.version": "SOAP-001",
    "message.must_understand": "SOAP-002",
    "message.operation": "SOAP-003",
    "message.document": "SOAP-004",
}


def _code(sub: Sub | None, constraint: str) -> str:
    """The finding's code; what is wrong with a message has its own."""
    return _BY_CONSTRAINT.get(constraint, sub.code) if sub else ""


class Fault(Exception):  # of a signature, not of ours
    """One thing that a signature is not believed for.

    ``constraint`` is the exact rule that was not met, like ``path.key_usage``; ``what``
    says in words what was met instead.
    """

    def __init__(self, sub: Sub, constraint: str, what: str) -> None:
        super().__init__(what)
        self.sub = sub
        self.constraint = constraint
        self.what = what

    @property
    def code(self) -> str:
        """The finding's code."""
        return _code(self.sub, self.constraint)

    def finding(self) -> Finding:
        """The fault as a finding."""
        return Finding.of(self.code, f"{self.constraint}: {self.what}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A certificate of a path, and what is known of its revocation.

    ``revocation`` is ``good``, ``revoked``, ``unknown`` or ``not asked``; ``source``
    names the list or answer by its SHA-256.
    """

    subject: str
    serial: str
    fingerprint: str
    since: datetime
    until: datetime
    revocation: str = "not asked"
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerReport:
    """One signature. ``claimed_at`` is the signer's clock, ``proven_at`` a proof."""

    verdict: Verdict
    sub: Sub | None = None
    constraint: str = ""
    what: str = ""
    subject: str = ""
    fingerprint: str = ""
    algorithm: str = ""
    claimed_at: datetime | None = None
    proven_at: datetime | None = None
    path: tuple[Link, ...] = ()
    policies: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()
    """The sums of the lists and answers about revocation that were relied on."""

    @property
    def code(self) -> str:
        """The finding's code; empty when it is believed."""
        return _code(self.sub, self.constraint)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustReport:
    """All that was found out about a signed thing, and when.

    ``checked_at`` is our clock; ``as_of`` the moment that was asked about. ``profile``
    is the trust profile, ``profile_sum`` the SHA-256 of its text.
    """

    verdict: Verdict
    sub: Sub | None = None
    constraint: str = ""
    what: str = ""
    kind: str = ""
    profile: str = ""
    profile_sum: str = ""
    checked_at: datetime
    as_of: datetime
    content_sha256: str = ""
    signers: tuple[SignerReport, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    @property
    def is_passed(self) -> bool:
        """Whether it is believed."""
        return self.verdict is Verdict.PASSED

    def as_json(self) -> dict[str, Any]:
        """The report as it is printed, kept and put into evidence."""
        return {
            "schema": SCHEMA,
            "verdict": str(self.verdict),
            "sub_indication": str(self.sub) if self.sub else None,
            "code": _code(self.sub, self.constraint) or None,
            "constraint": self.constraint or None,
            "what": self.what,
            "kind": self.kind,
            "profile": self.profile,
            "profile_sha256": self.profile_sum,
            "clocks": {
                "checked_at": self.checked_at.isoformat(),
                "as_of": self.as_of.isoformat(),
            },
            "content_sha256": self.content_sha256,
            "signers": [_signer(one, self.checked_at) for one in self.signers],
            "findings": [
                {"code": f.code, "severity": str(f.severity), "what": f.what}
                for f in self.findings
            ],
        }


def _signer(one: SignerReport, checked_at: datetime) -> dict[str, Any]:
    claimed, proven = one.claimed_at, one.proven_at
    return {
        "verdict": str(one.verdict),
        "sub_indication": str(one.sub) if one.sub else None,
        "code": one.code or None,
        "constraint": one.constraint or None,
        "what": one.what,
        "subject": one.subject,
        "sha256": one.fingerprint,
        "algorithm": one.algorithm,
        "clocks": {
            "claimed_at": claimed.isoformat() if claimed else None,
            "proven_at": proven.isoformat() if proven else None,
            "difference_s": (
                round((checked_at - claimed).total_seconds()) if claimed else None
            ),
        },
        "policies": list(one.policies),
        "rests_on": list(one.rests_on),
        "path": [
            {
                "subject": link.subject,
                "serial": link.serial,
                "sha256": link.fingerprint,
                "since": link.since.isoformat(),
                "until": link.until.isoformat(),
                "revocation": link.revocation,
                "source": link.source,
            }
            for link in one.path
        ],
    }


_RANK = {Verdict.PASSED: 0, Verdict.INDETERMINATE: 1, Verdict.FAILED: 2}


def believed(signers: tuple[SignerReport, ...], *, is_one_enough: bool) -> SignerReport:
    """The one that decides: the best where one is enough, else the worst."""
    choose = min if is_one_enough else max
    return choose(signers, key=lambda one: _RANK[one.verdict])
