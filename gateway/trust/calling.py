"""Whose client certificate was shown: that of one partner, or nobody's.

Who shows it has its key: TLS has seen to that. Whether the certificate is believed is
told by the same paths as for signed documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding

from gateway.partner import Profile
from gateway.trust.judging import Asked
from gateway.trust.keyring import Certificates, Use, fingerprint
from gateway.trust.pki.building import Paths
from gateway.trust.pki.certificate import Certificate
from gateway.trust.pki.demand import Effort
from gateway.trust.policy import Rules, calls, is_named
from gateway.trust.report import Fault, Sub

__all__ = ["Shown", "accepted", "is_issued", "pinned", "proven", "who_calls"]

_CLIENT = "1.3.6.1.5.5.7.3.2"


@dataclass(frozen=True, slots=True)
class Shown:
    """A client certificate, and those that came along to lead from it to its root."""

    certificate: Certificate
    along: tuple[Certificate, ...] = ()


def pinned(shown: Shown, theirs: Certificates, now: datetime) -> bool:
    """Whether it is one that the partner's profile has itself."""
    known = theirs.verifying(Use.TLS_CLIENT, now)
    return shown.certificate.fingerprint in map(fingerprint, known)


def is_issued(shown: Shown, profile: Profile) -> bool:
    """Whether the profile names it among those below its anchors; proves nothing."""
    entries = profile.trust.callers if profile.trust else ()
    return any(is_named(entry, shown.certificate) for entry in entries)


def proven(asked: Asked, shown: Shown) -> tuple[Certificate, ...]:
    """The path of one that is named. Raises the ``Fault`` of one not believed.

    What is not known to be revoked or not is not believed here, also where orders would
    be held: a caller would be let in before anybody could look.
    """
    rules, one = asked.rules, shown.certificate
    pool = (*shown.along, *rules.pool)
    demand = rules.demand(asked.as_of).calling(_CLIENT)
    demand.algorithms.check("sha256", one.public_key, asked.as_of, "caller")
    proof = Paths(rules.anchors, pool, asked.about((one, *pool)), Effort()).prove(
        one, demand
    )
    if proof.held:
        named = ", ".join(each.told for each in proof.held)
        what = f"whether it is revoked is not known of {named}"
        raise Fault(Sub.TRY_LATER, "path.revocation", what)
    if not calls(rules, one, proof.path.policies, asked.as_of):
        what = f"{rules.partner_id} does not call with {one.told} now"
        raise Fault(Sub.SIG_CONSTRAINTS_FAILURE, "caller.dates", what)
    return proof.path.anchor, *proof.path.certificates


def who_calls(shown: Shown, partners: Sequence[str]) -> str:
    """The one partner whose it is. Raises the ``Fault`` of none, or of several."""
    if len(partners) == 1:
        return partners[0]
    named = shown.certificate.told
    what = f"no partner calls with the certificate {named}"
    if partners:
        what = f"{named} is the certificate of {' and '.join(partners)}"
    raise Fault(Sub.SIG_CONSTRAINTS_FAILURE, "caller.binding", what)


def accepted(rules: Rules, theirs: Certificates, now: datetime) -> Iterator[bytes]:
    """Certificates, in DER, that those which this partner shows can lead to.

    TLS itself must find one of them before it is asked whose it is.
    """
    for own in theirs.verifying(Use.TLS_CLIENT, now):
        yield own.public_bytes(Encoding.DER)
    if rules.trust.callers:
        yield from (one.der for one in (*rules.anchors, *rules.pool))
