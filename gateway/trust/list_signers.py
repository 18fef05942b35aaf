"""Who signed a revocation list: somebody whom a trust profile leads to, or nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from gateway.trust.pki.building import Paths
from gateway.trust.pki.certificate import Certificate
from gateway.trust.pki.crl import RevocationList
from gateway.trust.pki.demand import Demand
from gateway.trust.policy import Rules
from gateway.trust.report import Fault

__all__ = ["signer_of"]


def signer_of(
    found: RevocationList,
    those: Iterable[Rules],
    at: datetime,
    along: Sequence[Certificate] = (),
) -> Certificate | None:
    """The certificate whose key signed a list, if a path leads from it to an anchor.

    ``along`` are certificates that came with a document. Whether the list counts for a
    certificate is found out when it is asked: its issuer must lead to the same anchor.
    """
    for rules in those:
        pool = (*rules.pool, *along)
        for one in (*rules.anchors, *pool):
            if one.subject != found.issuer or not found.is_signed_by(one.public_key):
                continue
            if _may_sign_lists(one, rules, pool, at):
                return one
    return None


def _may_sign_lists(
    one: Certificate, rules: Rules, pool: Sequence[Certificate], at: datetime
) -> bool:
    whole = rules.demand(at)
    demand = Demand(
        at=at,
        usages=frozenset(("cRLSign",)),
        algorithms=whole.algorithms,
        revocation="none",
        depth=whole.depth,
        is_strict=whole.is_strict,
    )
    try:
        Paths(rules.anchors, pool).prove(one, demand)
    except Fault:
        return False
    return True
