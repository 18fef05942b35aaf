"""What clocks look at: what is open, however much there has been."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.partner.sla import SlaKind
from gateway.store import clocks
from gateway.store.clock_parts import Asked
from gateway.store.database import Database
from tests.databases import SQLITE

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
BY_PARTNER_ALONE = re.compile(r"\((partner_id|owner_id)=\?( AND \w+[<>]\?)*\)")
SCAN = re.compile(r"SCAN \w+$")


@contextmanager
def noted(tx: sa.Connection) -> Iterator[list[tuple[str, Any]]]:
    """The statements of a connection, with what they bind."""
    found: list[tuple[str, Any]] = []

    def note(_tx: Any, _cursor: Any, text: str, bound: Any, *_rest: Any) -> None:
        found.append((text, bound))

    sa.event.listen(tx, "before_cursor_execute", note)
    yield found
    sa.event.remove(tx, "before_cursor_execute", note)


@pytest.mark.parametrize("kind", [SQLITE])
@pytest.mark.parametrize("clock", [*SlaKind])
def test_no_clock_reads_all_that_a_partner_ever_sent_or_got(
    db: Database, clock: SlaKind
):
    soonest = {"acme": timedelta(hours=1), "globex": timedelta(hours=2)}
    with db.read() as tx:
        with noted(tx) as statements:
            clocks.running(tx, Asked(kind=clock, soonest=soonest, now=NOW))
        steps = [
            row.detail
            for text, bound in statements
            for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", bound)
        ]

    assert [one for one in steps if BY_PARTNER_ALONE.search(one)] == []
    assert [one for one in steps if SCAN.search(one)] == []
