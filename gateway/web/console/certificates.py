"""Certificates and revocation lists: ours, the partners', the authorities'."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from gateway.findings.marking import marked as _
from gateway.store import revocations
from gateway.store.certificates import Certificate, authorities, in_use
from gateway.web.console.desk import HOME, Desk, at
from gateway.web.console.rights import Right

__all__ = ["router"]

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A certificate and how long it holds; ``status`` is a word of the console's."""

    whose: str
    partner_id: str
    name: str
    since: datetime
    until: datetime
    days: int
    status: str
    fingerprint: str
    is_weak: bool


@router.get(f"{HOME}/certificates")
def page(desk: Annotated[Desk, Depends(at(Right.SEE))]) -> Response:
    """All that hold or will, those that end first in front."""
    engine, only = desk.parts.engine, desk.person.partner_id
    profiles = {
        id_: one
        for id_, one in engine.rules.directory.profiles.items()
        if only in (None, id_)
    }
    with engine.db.read() as tx:
        known = in_use(tx, profiles, engine.settings.home, desk.now)
        lists = () if only else revocations.listed(tx)
    soon = timedelta(days=engine.settings.expiring_days)
    mine = [one for one in known if only is None or one.partner_id == only]
    rows = [
        *_rows(mine, desk.now, soon),
        *_rows(authorities(profiles), desk.now, soon, whose="authority"),
    ]
    return desk.page(
        "certificates.html",
        title=desk.speech(_("Certificates")),
        rows=sorted(rows, key=lambda one: one.until),
        lists=lists,
        soon=engine.settings.expiring_days,
    )


def _rows(
    known: Iterable[Certificate], now: datetime, soon: timedelta, *, whose: str = ""
) -> Iterator[Row]:
    for one in known:
        yield Row(
            whose=whose or ("ours" if one.is_ours else "partner"),
            partner_id=one.partner_id,
            name=one.name,
            since=one.since,
            until=one.until,
            days=(one.until - now).days,
            status=_status(one, now, soon),
            fingerprint=one.fingerprint,
            is_weak=one.is_weak,
        )


def _status(one: Certificate, now: datetime, soon: timedelta) -> str:
    if one.until <= now:
        return "expired"
    if one.since > now:
        return "planned"
    return "expiring" if one.until - now < soon else "active"
