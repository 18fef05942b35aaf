"""What another profile would have made of what a partner sent last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.engine import again
from gateway.engine.again import Compared, Wish
from gateway.engine.engine import Engine
from gateway.pipeline.rules import Rules
from gateway.store import queries

__all__ = ["MOST", "Replayed", "replay"]

MOST = 20
"""Transmissions that are read once more, the newest."""
_LARGEST = 1_000_000
"""Bytes of one: a longer one would keep who asks waiting."""
_WISH = Wish(by="replay")


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A message that would be judged or decided in another way.

    ``before`` and ``after`` are what today's profile and the other one make of it; what
    differs is named in ``differs``: verdict, codes, decision, lines.
    """

    receipt_id: str
    message_id: str
    differs: tuple[str, ...]
    before: dict[str, Any]
    after: dict[str, Any]


def replay(
    engine: Engine, partner_id: str, other: Rules, now: datetime
) -> tuple[int, tuple[Replayed, ...]]:
    """How many transmissions were read once more, and what would be another way.

    Nothing is kept. Both are held against the same prices, those of now.
    """
    with engine.db.read() as tx:
        recent = queries.interchanges(tx, partner=partner_id, limit=MOST).items
    read = [each.id for each in recent if each.size <= _LARGEST]
    found = [one for id_ in read for one in _of(engine, id_, other, now)]
    return len(read), tuple(found)


def _of(
    engine: Engine, receipt_id: str, other: Rules, now: datetime
) -> Iterator[Replayed]:
    today = _now(engine, engine.rules, receipt_id, now)
    then = _now(engine, other, receipt_id, now)
    for id_ in sorted({*today, *then}):
        before, after = today.get(id_, {}), then.get(id_, {})
        differs = tuple(
            name
            for name in ("verdict", "codes", "decision", "lines")
            if before.get(name) != after.get(name)
        )
        if differs:
            yield Replayed(
                receipt_id=receipt_id,
                message_id=id_,
                differs=differs,
                before=before,
                after=after,
            )


def _now(
    engine: Engine, rules: Rules, receipt_id: str, now: datetime
) -> dict[str, dict[str, Any]]:
    """What these rules make of a transmission, by message; nothing if it is gone."""
    found = again.reprocess(
        engine.db,
        rules,
        receipt_id,
        _WISH,
        now,
        apply=False,
        with_verdicts=engine.with_verdicts,
    )
    if not isinstance(found, Compared):
        return {}
    return {one["message_id"]: one["now"] for one in found.messages}
