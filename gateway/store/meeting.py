"""An order and a change of it that are processed at once do not miss each other.

The one is looked for by the other before either is committed. So on PostgreSQL who
books orders of a partner shares an advisory lock with all others who do, and who keeps
a change whose order is not there has it alone; both look only then. On SQLite one
writes at a time.
"""

from __future__ import annotations

from collections.abc import Collection
from zlib import crc32

import sqlalchemy as sa

_CLASS = int.from_bytes(b"meet", "big")
"""The first number of these locks; any will do that nobody else takes."""
_LOCK = (
    "SELECT CASE WHEN alone THEN pg_advisory_xact_lock({number}, partner)"
    " ELSE pg_advisory_xact_lock_shared({number}, partner) END"
    " FROM (VALUES {rows}) AS wanted (partner, alone)"
)


def meet(tx: sa.Connection, booking: Collection[str], missing: Collection[str]) -> None:
    """Wait for those who would be missed, and let others wait until the end of tx.

    ``booking`` are partners of whom orders may be booked, ``missing`` those of whom
    changes came whose orders are not there. To be called before anything is locked.
    """
    if tx.dialect.name == "sqlite":
        return
    alone = {_number(partner) for partner in missing}
    every = sorted(alone | {_number(partner) for partner in booking})
    if every:
        rows = ", ".join(f"({one}, {one in alone})" for one in every)
        # Numbers only: nothing of it comes from outside.
        tx.exec_driver_sql(_LOCK.format(number=_CLASS, rows=rows))


def _number(partner_id: str) -> int:
    """Partners with the same number wait for each other, and that is all."""
    return crc32(partner_id.encode()) - 2**31
