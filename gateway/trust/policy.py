"""Who may sign what for a partner: its profile's ``trust`` as rules to judge by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import cast

from cryptography import x509

from gateway.partner import Profile
from gateway.partner.certificates import CertificateFile
from gateway.partner.trust import Limit, Named, SignatureAlgorithms, Signer, Trust
from gateway.trust.files import NotReadable, certificates_in
from gateway.trust.pki.certificate import Certificate, Unreadable
from gateway.trust.pki.demand import DIGESTS, Algorithms, Demand, Mode
from gateway.trust.pki.names import Dn
from gateway.trust.pki.policies import Initial
from gateway.trust.profiles import KNOWN
from gateway.trust.report import Fault, Sub

__all__ = [
    "Claim",
    "Rules",
    "allowed",
    "calls",
    "is_named",
    "issuers_asked",
    "may",
    "rules_of",
    "unreadable_trust",
]

_LABELS = {
    "CN": "2.5.4.3",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "C": "2.5.4.6",
    "L": "2.5.4.7",
    "ST": "2.5.4.8",
    "serialNumber": "2.5.4.5",
}
_ORGANIZATION_ID = "2.5.4.97"
_NOTHING = Trust()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How signed documents of one partner are believed.

    ``sum`` is the SHA-256 of the rules, so that a report says by which it was made.
    """

    name: str = ""
    partner_id: str = ""
    sum: str = ""
    anchors: tuple[Certificate, ...] = ()
    pool: tuple[Certificate, ...] = ()
    trust: Trust = field(default_factory=lambda: _NOTHING)

    @property
    def is_pinned(self) -> bool:
        """Whether signers are known by their sums, and need no path."""
        return self.trust.profile == "pinned"

    def unasked(self) -> Rules:
        """The same, without asking for revocation: who is meant, before it is known."""
        trust = self.trust.model_copy(update={"revocation": "none"})
        return replace(self, trust=trust)

    @property
    def revocation(self) -> Mode:
        """How revocation is treated."""
        said = self.trust.revocation or KNOWN[self.trust.profile].revocation
        return cast("Mode", said)

    def demand(self, at: datetime, *, is_proven: bool = False) -> Demand:
        """What a path must meet at a moment."""
        trust, known = self.trust, KNOWN[self.trust.profile]
        policies = frozenset(trust.policies) or known.policies
        explicit = bool(policies) if trust.policies else known.explicit
        if trust.explicit_policy is not None:
            explicit = trust.explicit_policy == "required"
        return Demand(
            at=at,
            initial=Initial(
                policies=policies,
                explicit=explicit,
                inhibit_mapping=trust.mapping == "inhibited",
                inhibit_any=trust.any_policy == "inhibited",
            ),
            usages=frozenset(trust.usages),
            purposes=frozenset(trust.purposes),
            algorithms=_algorithms(trust.algorithms),
            revocation=self.revocation,
            fresh=timedelta(hours=trust.fresh_h) if trust.fresh_h else None,
            depth=trust.depth,
            is_strict=trust.form != "lenient",
            every_mark=trust.form == "strict",
            is_proven=is_proven,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a signed document wants: what a signer's permission is held against."""

    kind: str
    buyers: frozenset[str] = frozenset()
    contract: str = ""
    amount: Decimal | None = None
    currency: str = ""


def rules_of(profile: Profile) -> Rules:
    """The rules of a partner; without ``trust`` no anchor is known, so none passes."""
    trust = profile.trust or _NOTHING
    return Rules(
        name=trust.profile if profile.trust else "none",
        partner_id=profile.id,
        sum=_sum(trust),
        anchors=tuple(_readable(trust.anchors)),
        pool=(*_readable(trust.intermediates), *_readable(profile.certificates)),
        trust=trust,
    )


def issuers_asked(profiles: Iterable[Profile]) -> Mapping[Dn, str]:
    """The authorities whose lists profiles rely on, by what people call them."""
    return {
        one.subject: one.told
        for rules in map(rules_of, profiles)
        if rules.anchors and rules.revocation != "none"
        for one in (*rules.anchors, *rules.pool)
        if one.is_authority
    }


def _sum(trust: Trust) -> str:
    told = json.dumps(trust.model_dump(warnings="none"), default=str, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def unreadable_trust(profile: Profile) -> Iterator[tuple[str, str]]:
    """Anchors and intermediates whose text is no certificate: which, and why."""
    trust = profile.trust or _NOTHING
    for one in (*trust.anchors, *trust.intermediates):
        if one.pem is not None:
            try:
                _read(one.pem)
            except (NotReadable, Unreadable) as problem:
                yield one.file or "", str(problem)


def _readable(files: Sequence[CertificateFile]) -> Iterator[Certificate]:
    for one in files:
        if one.pem is not None:
            try:
                yield _read(one.pem)
            except (NotReadable, Unreadable):
                continue


@lru_cache(maxsize=1024)
def _read(pem: str) -> Certificate:
    return Certificate.of(certificates_in(pem.encode())[0])


def _algorithms(said: SignatureAlgorithms) -> Algorithms:
    ends = {str(name): until for name, until in said.digests.items()}
    return Algorithms(digests={**DIGESTS, **ends}, rsa=said.rsa, ec=said.ec)


def allowed(
    rules: Rules, one: Certificate, policies: frozenset[str], at: datetime
) -> tuple[Signer, ...]:
    """The entries that this certificate may sign by. Raises the ``Fault`` of none."""
    if not rules.trust.signers:
        return ()
    found = tuple(
        s for s in rules.trust.signers if is_named(s, one) and _holds(s, policies)
    )
    if not found:
        what = f"{one.told} is not one of the signers of {rules.partner_id}"
        raise Fault(Sub.SIG_CONSTRAINTS_FAILURE, "signer.binding", what)
    current = tuple(s for s in found if _is_current(s, at))
    if not current:
        what = f"{one.told} is a signer of {rules.partner_id} at other times"
        raise Fault(Sub.SIG_CONSTRAINTS_FAILURE, "signer.dates", what)
    return current


def calls(
    rules: Rules, one: Certificate, policies: frozenset[str], at: datetime
) -> bool:
    """Whether a partner calls with this certificate, whose path has these policies."""
    return any(
        is_named(entry, one) and _holds(entry, policies) and _is_current(entry, at)
        for entry in rules.trust.callers
    )


def _is_current(entry: Named, at: datetime) -> bool:
    since = entry.from_ or datetime.min.replace(tzinfo=UTC)
    until = entry.to or datetime.max.replace(tzinfo=UTC)
    return since <= at < until


def is_named(entry: Named, one: Certificate) -> bool:
    """Whether all that an entry says of a certificate is so, its policies apart."""
    wanted = (
        entry.sha256 in (None, one.fingerprint),
        entry.key in (None, one.spki),
        all(text in _values(one, name) for name, text in entry.subject.items()),
        entry.edipi in (None, _edipi(one)),
        entry.organization is None
        or entry.organization in _attributes(one, _ORGANIZATION_ID),
    )
    return all(wanted)


def _holds(entry: Named, policies: frozenset[str]) -> bool:
    return not entry.policies or bool(policies & set(entry.policies))


def _values(one: Certificate, name: str) -> tuple[str, ...]:
    if name != "email":
        return _attributes(one, _LABELS[name])
    return tuple(str(n.value) for n in one.names if isinstance(n, x509.RFC822Name))


def _attributes(one: Certificate, oid: str) -> tuple[str, ...]:
    """Values of one kind in the subject; whole, as no part of a value is a name."""
    kind = x509.ObjectIdentifier(oid)
    found = one.parsed.subject.get_attributes_for_oid(kind)
    return tuple(str(attribute.value) for attribute in found)


def _edipi(one: Certificate) -> str | None:
    """The ten digits behind the last point of the one common name."""
    names = _attributes(one, _LABELS["CN"])
    last = names[0].rpartition(".")[2] if len(names) == 1 else ""
    is_number = len(last) == 10 and last.isascii() and last.isdigit()
    return last if is_number else None


def may(signers: Sequence[Signer], claim: Claim) -> Fault | None:
    """Why none of the entries permits what is claimed; none: one of them does.

    No entry at all: whoever is believed may send everything.
    """
    faults = [_refused(signer, claim) for signer in signers]
    if not faults or None in faults:
        return None
    constraint, what = next(one for one in faults if one is not None)
    return Fault(Sub.SIG_CONSTRAINTS_FAILURE, f"authorisation.{constraint}", what)


def _refused(signer: Signer, claim: Claim) -> tuple[str, str] | None:
    if signer.kinds and claim.kind not in signer.kinds:
        return "kind", f"the signer may not send {claim.kind}"
    if signer.buyers and not claim.buyers & set(signer.buyers):
        named = ", ".join(sorted(claim.buyers)) or "nobody"
        return "buyer", f"the signer may not order for {named}"
    if signer.contracts and claim.contract not in signer.contracts:
        named = claim.contract or "none"
        return "contract", f"the signer may not order from contract {named}"
    return None if signer.limit is None else _over(signer.limit, claim)


def _over(limit: Limit, claim: Claim) -> tuple[str, str] | None:
    if claim.amount is None:
        return "amount", "it has a limit, and the document has no amount"
    if claim.currency == limit.currency and claim.amount <= limit.amount:
        return None
    asked = f"{claim.amount} {claim.currency}"
    return "amount", f"{asked} is over {limit.amount} {limit.currency}"
