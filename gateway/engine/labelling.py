"""The labels of shipments that are kept."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.findings import Finding
from gateway.order import from_json
from gateway.order.model import Order
from gateway.order.read import notice_from_json
from gateway.order.ship import ShipNotice
from gateway.store import erp, queries
from gateway.store.database import Database


def labels(
    db: Database, ids: Sequence[str], *, partner: str | None = None
) -> bytes | Finding:
    """The labels of these shipments as PDF; API-011 where there is none.

    ``partner``: only this one's. Each package that has an SSCC is a page.
    """
    from gateway.erp.labels import Shipment, pdf  # noqa: PLC0415  0.1 s for labels only

    told: list[Shipment] = []
    with db.read() as tx:
        for id_ in ids:
            row = queries.document(tx, id_, partner=partner)
            notice = notice_from_json(row.body) if row else None
            if not id_.startswith("shp_") or not isinstance(notice, ShipNotice):
                return Finding.of("API-011", f"nothing has the id {id_!r}")
            bodies = erp.bodies(tx, {line.order_id for line in notice.lines})
            read = {key: from_json(body) for key, body in bodies.items()}
            orders = {key: one for key, one in read.items() if isinstance(one, Order)}
            told.append(Shipment(notice=notice, orders=orders, sender=_sender(notice)))
    return pdf(told)


def _sender(notice: ShipNotice) -> str:
    """Who ships, if the notice says it."""
    names = (party.name for party in notice.parties if party.role == "ship_from")
    return next(names, "")
