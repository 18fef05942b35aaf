"""Who holds what, and what the dead hold."""

from __future__ import annotations

import os
import socket
from datetime import datetime

import sqlalchemy as sa

from gateway.store import ids
from gateway.store.tables import outbox, receipt

OWNER = f"{socket.gethostname()}:{os.getpid()}:{ids.new('own')}"
"""This process, as it stands in leases: machine, process number, one start of it."""


def is_dead(owner: str) -> bool:
    """Whether this machine knows for sure that the owner does not run any more."""
    if owner == OWNER:
        return False
    host, _, rest = owner.partition(":")
    number, _, _ = rest.partition(":")
    if host != socket.gethostname() or not number.isdecimal():
        return False
    if int(number) == os.getpid():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False


def held_by_the_dead(tx: sa.Connection) -> tuple[str, ...]:
    """Owners of leases that will not come back."""
    of_receipts = sa.select(receipt.c.lease_owner).where(
        sa.text("receipt.state = 'todo'"), receipt.c.lease_owner != ""
    )
    of_messages = sa.select(outbox.c.lease_owner).where(
        sa.text("outbox.delivery IN ('queued', 'sending')"),
        outbox.c.lease_owner != "",
    )
    owners = tx.execute(of_receipts.union(of_messages)).scalars()
    return tuple(owner for owner in owners if is_dead(owner))


def free(tx: sa.Connection, owners: tuple[str, ...], now: datetime) -> None:
    """End the leases of these owners: what they held is due now."""
    tx.execute(
        sa.update(receipt)
        .where(
            sa.text("receipt.state = 'todo'"),
            receipt.c.lease_owner.in_(owners),
        )
        .values(next_at=now, lease_owner="")
    )
    tx.execute(
        sa.update(outbox)
        .where(
            sa.text("outbox.delivery IN ('queued', 'sending')"),
            outbox.c.lease_owner.in_(owners),
        )
        .values(delivery="queued", next_at=now, lease_owner="")
    )
