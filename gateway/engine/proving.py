"""All that proves one order, sealed up to now, for whoever wants to take it away."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from gateway.engine.engine import Engine
from gateway.findings import Finding, Severity
from gateway.store.evidence import Gathered, gather
from gateway.trust.cms import Holder

__all__ = ["damage", "evidence_of", "holders_of"]


def evidence_of(engine: Engine, id_: str) -> Gathered | None:
    """The evidence of what has this id, once all that happened is sealed."""
    while engine.seal():
        pass
    keys = engine.anchor.public_keys()
    with engine.db.read() as tx:
        holders = partial(holders_of, engine)
        return gather(tx, engine.db.payloads, id_, keys, holders)


def holders_of(engine: Engine, partner_id: str) -> Sequence[Holder]:
    """Our keys towards a partner that open what it encrypted."""
    ours = engine.keyrings.of(partner_id).ours.decrypting()
    return [(key.certificate, key.private_key) for key in ours]


def damage(gathered: Gathered) -> list[Finding]:
    """What of it is not as it was: then it proves nothing."""
    heavy = (Severity.REJECT, Severity.ERROR)
    return [one for one in gathered.findings if one.severity in heavy]
