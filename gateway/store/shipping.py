"""Shipments as rows: what is known of their numbers and SSCCs, and keeping them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from gateway.config import Settings
from gateway.erp.documents import Document, Shipped
from gateway.order.read import notice_from_json
from gateway.order.ship import ShipNotice
from gateway.pipeline.own_effects import Allot, Ship
from gateway.pipeline.shipping import KINDS, MOST_REFUSED, Serials, Shipments
from gateway.store import tables
from gateway.store.sql import insert_all, insert_new, some

_NUMBERS = tables.sscc_counter.c


def known(
    tx: sa.Connection,
    part: Sequence[Document],
    digests: dict[tuple[str, str], str],
    partners: Iterable[str],
    settings: Settings,
) -> Shipments:
    """What these documents need to know of shipments; nothing where none is one.

    ``digests`` are those of shipments under the same numbers. Where a package lacks
    its SSCC the counter is locked until the end of tx.
    """
    notices = [each.notice for each in part if isinstance(each, Shipped)]
    if not notices:
        return Shipments()
    changed = {one.number for one in notices if one.purpose != "original"}
    packages = [package for one in notices for package in one.packages]
    return Shipments(
        digests=digests,
        bodies=_bodies(tx, {place for place in digests if place[1] in changed}),
        ssccs=_used(tx, {one.sscc for one in packages if one.sscc}),
        serials=_serials(tx, settings, wanted=any(not one.sscc for one in packages)),
        refused=_refused(tx, set(partners)),
    )


def _bodies(
    tx: sa.Connection, places: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], ShipNotice]:
    found: dict[tuple[str, str], ShipNotice] = {}
    own_ = tables.shipment.c
    place = sa.tuple_(own_.partner_id, own_.number)
    for part in some(sorted(set(places))):
        for row in tx.execute(sa.select(tables.shipment).where(place.in_(part))):
            notice = notice_from_json(row.body)
            if isinstance(notice, ShipNotice):
                found[row.partner_id, row.number] = notice
    return found


def _used(tx: sa.Connection, ssccs: Iterable[str]) -> dict[str, str]:
    """The shipments that these SSCCs were used for."""
    found: dict[str, str] = {}
    for part in some(sorted(set(ssccs))):
        query = sa.select(tables.sscc).where(tables.sscc.c.sscc.in_(part))
        found |= {row.sscc: row.shipment_id for row in tx.execute(query)}
    return found


def _serials(tx: sa.Connection, settings: Settings, *, wanted: bool) -> Serials:
    """Where our serial numbers stand; ours alone until the end of tx."""
    prefix, extension = settings.gs1_prefix, settings.sscc_extension
    if not prefix or not wanted:
        return Serials()
    first = {"prefix": prefix, "extension": extension, "last": -1}
    insert_new(tx, tables.sscc_counter, [first])
    query = sa.select(_NUMBERS.last).where(
        _NUMBERS.prefix == prefix, _NUMBERS.extension == extension
    )
    last = tx.execute(query.with_for_update()).scalar_one()
    own = f"{extension}{prefix}"
    next_ = f"{own}{last + 1:0{16 - len(prefix)}d}"
    number = tables.sscc.c.sscc
    behind = sa.select(number).where(number.between(next_, own + "9" * (18 - len(own))))
    taken = frozenset(tx.scalars(behind))
    return Serials(prefix=prefix, extension=extension, last=last, taken=taken)


def _refused(tx: sa.Connection, partners: Iterable[str]) -> dict[str, int]:
    """How many of the last ship notices each partner refused, none accepted since."""
    box = tables.outbox.c
    found: dict[str, int] = {}
    for partner in sorted(partners):
        query = (
            sa.select(box.acknowledgement)
            .where(box.partner_id == partner, box.kind.in_(KINDS))
            .where(box.acknowledgement.in_(_ANSWERED))
            .order_by(box.id.desc())
            .limit(MOST_REFUSED)
        )
        answers = list(tx.scalars(query))
        good = (n for n, one in enumerate(answers) if one != "rejected")
        found[partner] = next(good, len(answers))
    return found


_ANSWERED = ("accepted", "accepted_with_errors", "partly_accepted", "rejected")


def keep(
    tx: sa.Connection, shipments: Iterable[Ship], allots: Iterable[Allot], now: datetime
) -> None:
    """Note which SSCCs stand on packages, and how far our own numbers have come."""
    for allot in allots:
        tx.execute(
            sa.update(tables.sscc_counter)
            .where(
                _NUMBERS.prefix == allot.prefix,
                _NUMBERS.extension == allot.extension,
                _NUMBERS.last < allot.last,
            )
            .values(last=allot.last)
        )
    for ship in shipments:
        its = {one.sscc for one in ship.notice.packages if one.sscc}
        had = {text for text, id_ in _used(tx, its).items() if id_ == ship.notice.id}
        rows = [
            {
                "sscc": text,
                "shipment_id": ship.notice.id,
                "used_at": now,
            }
            for text in sorted(its - had)
        ]
        insert_all(tx, tables.sscc, rows)
