"""Where the sequences of their control numbers stand that are watched for gaps."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache

import sqlalchemy as sa

from gateway.pipeline.effects import Advance
from gateway.pipeline.number_keys import SequenceKey, Span, Standing
from gateway.store.postgresql import reads_only
from gateway.store.sql import Among, change_all, insert_into
from gateway.store.tables import inbound_sequence

_ITS = inbound_sequence.c
_STANDINGS, _HELD_STANDINGS = (
    Among(sa.select(inbound_sequence), _ITS.partner_id, _ITS.sequence, locking=locking)
    for locking in ("", "ORDER BY partner_id, sequence FOR UPDATE")
)


def standings(
    tx: sa.Connection, keys: Collection[SequenceKey]
) -> dict[SequenceKey, Standing]:
    """Where these sequences stand, in one query that locks them until the end.

    They are locked in the order of their keys, so that no two transactions wait for
    each other.
    """
    by_text = {(key.partner_id, str(key)): key for key in keys}
    found: dict[SequenceKey, Standing] = {}
    query = _STANDINGS if reads_only(tx) else _HELD_STANDINGS
    for row in query.find(tx, sorted(by_text)):
        standing = Standing(last=row.last, missing=_spans(row.missing))
        found[by_text[row.partner_id, row.sequence]] = standing
    return found


def advance(tx: sa.Connection, effects: Sequence[Advance]) -> None:
    """Note where these sequences stand now; of one sequence the last word counts."""
    if not effects:
        return
    last = {(effect.partner_id, str(effect.key)): effect for effect in effects}
    rows: list[dict[str, object]] = [
        {
            "partner_id": partner_id,
            "sequence": sequence,
            "last": effect.standing.last,
            "missing": _text(effect.standing.missing),
        }
        for (partner_id, sequence), effect in sorted(
            last.items(), key=lambda entry: entry[0]
        )
    ]
    change_all(tx, _upsert(tx.dialect.name), rows)


@cache
def _upsert(dialect: str) -> sa.Insert:
    statement = insert_into(dialect, inbound_sequence)
    return statement.on_conflict_do_update(
        index_elements=[_ITS.partner_id, _ITS.sequence],
        set_={name: statement.excluded[name] for name in ("last", "missing")},
    )


def _text(missing: Iterable[Span]) -> str:
    return ",".join(f"{a}" if a == b else f"{a}-{b}" for a, b in missing)


def _spans(text: str) -> tuple[Span, ...]:
    pairs = (span.partition("-") for span in text.split(",") if span)
    return tuple((int(a), int(b or a)) for a, _, b in pairs)
