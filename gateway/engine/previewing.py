"""What a decision would send, byte for byte, before it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.engine import again, changing
from gateway.engine.releasing import Planned, preview_release
from gateway.findings import Finding
from gateway.pipeline.effects import Decide, Effect, Queue
from gateway.pipeline.own_effects import Drop
from gateway.pipeline.release import Released
from gateway.pipeline.rules import Rules
from gateway.store import queue
from gateway.store.database import Database

__all__ = ["Outgoing", "Previewed", "preview_decision", "preview_reissue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message, or a file for our ERP, as it would leave."""

    kind: str
    way: str
    """The channel of a message, the name of a file."""
    content: bytes
    is_ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """What becomes of the order, and what leaves. ``version`` is what was looked at."""

    state: str
    outgoing: tuple[Outgoing, ...]
    version: int = 0
    plan: Planned | None = None
    """Of an order; a change of one has none."""


def preview_decision(
    db: Database, rules: Rules, id_: str, wanted: Released, now: datetime
) -> Previewed | tuple[Finding, ...]:
    """What releasing an order (ord_) or deciding a change (chg_) would do now.

    Control numbers are those that come next, the time is now; nothing is kept.
    """
    if id_.startswith("chg_"):
        made = changing.preview_change(db, rules, id_, wanted, now)
        return _previewed(db, made, now)
    plan = preview_release(db, rules, id_, wanted, now)
    if not isinstance(plan, Planned):
        return plan
    shown = _previewed(db, plan.effects, now)
    if not isinstance(shown, Previewed):
        return shown
    return Previewed(
        state=shown.state,
        outgoing=shown.outgoing,
        version=plan.kept.version,
        plan=plan,
    )


def preview_reissue(
    db: Database, rules: Rules, message_id: str, now: datetime
) -> Previewed | tuple[Finding, ...]:
    """What building a message of ours anew would send now; nothing is kept."""
    made = again.plan_reissue(db, rules, message_id, now)
    return (made,) if isinstance(made, Finding) else _previewed(db, made, now)


def _previewed(
    db: Database, made: Sequence[Effect] | Sequence[Finding], now: datetime
) -> Previewed | tuple[Finding, ...]:
    against = tuple(one for one in made if isinstance(one, Finding))
    if against:
        return against
    queued = [one for one in made if isinstance(one, Queue)]
    with db.read() as tx:
        contents = queue.previewed(tx, queued, now)
    sent = tuple(
        Outgoing(kind=one.kind, way=one.channel, content=content)
        for one, content in zip(queued, contents, strict=True)
    )
    files = tuple(
        Outgoing(kind=one.kind, way=one.file_name, content=one.content, is_ours=True)
        for one in made
        if isinstance(one, Drop)
    )
    states = [str(one.state) for one in made if isinstance(one, Decide)]
    return Previewed(state=states[-1] if states else "", outgoing=sent + files)
