"""What punch-out carts promised, line by line, for the orders that come of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from gateway.catalog.pin import CartPin
from gateway.order.money import Money
from gateway.pipeline.world import CartsAsked
from gateway.store.sql import Among, insert_all, some
from gateway.store.tables import Instant, cart_line

__all__ = ["drop", "keep", "of_session", "promised"]


def keep(tx: sa.Connection, partner_id: str, lines: Iterable[CartPin]) -> None:
    """Note the lines of a cart that goes back, instead of what their marks meant.

    A line that an edited cart kept is found by its mark, and by the new session too.
    """
    rows = {(one.session_id, one.line): one for one in lines}
    for one in list(rows.values()):
        rows.setdefault((one.cart, one.line), one)
    _delete(tx, [(partner_id, *key) for key in rows])
    insert_all(
        tx,
        cart_line,
        [
            {
                "partner_id": partner_id,
                "session_id": session_id,
                "line": line,
                "sku": one.sku,
                "returned_at": one.returned_at,
                "body": _to_text(one),
            }
            for (session_id, line), one in rows.items()
        ],
    )


_PLACE = (cart_line.c.partner_id, cart_line.c.session_id, cart_line.c.line)
_SESSION = (cart_line.c.partner_id, cart_line.c.session_id)
_ITEM = (cart_line.c.partner_id, cart_line.c.sku)
_ROW = (cart_line.c.partner_id, cart_line.c.returned_at, cart_line.c.body)
_BY_SESSION = Among(sa.select(*_ROW), *_SESSION)
_BY_ITEM = Among(
    sa.select(*_ROW).where(
        cart_line.c.returned_at >= sa.bindparam("since", type_=Instant)
    ),
    *_ITEM,
)
"""One look-up for all the sessions, or items, of a batch."""


def of_session(
    tx: sa.Connection, partner_id: str, sessions: Iterable[str]
) -> tuple[CartPin, ...]:
    """The lines of these sessions' carts."""
    found = _BY_SESSION.find(tx, {(partner_id, one) for one in sessions})
    return _each_once(_from_text(body, at) for _, at, body in found)


def promised(
    tx: sa.Connection,
    asked: Mapping[str, CartsAsked],
    skus: Mapping[str, Iterable[str]],
    now: datetime,
) -> dict[str, tuple[CartPin, ...]]:
    """What these partners' carts promised, by partner: one query for each kind.

    ``skus`` are our items that the partners' lines mean, where carts are looked for by
    their items.
    """
    found: defaultdict[str, list[CartPin]] = defaultdict(list)
    named = {(its, one) for its, each in asked.items() for one in each.sessions}
    for partner, at, body in _BY_SESSION.find(tx, named):
        found[partner].append(_from_text(body, at))
    items = {
        (its, sku)
        for its, each in asked.items()
        if each.days
        for sku in skus.get(its, ())
    }
    longest = max((each.days for each in asked.values()), default=0)
    since = now - timedelta(days=longest)
    for partner, at, body in _BY_ITEM.find(tx, items, since=since):
        if now - at <= timedelta(days=asked[partner].days):
            found[partner].append(_from_text(body, at))
    return {its: _each_once(found[its]) for its in asked}


def drop(
    tx: sa.Connection, before: datetime, after: datetime | None, at_once: int
) -> datetime | None:
    """Delete lines of carts that went back before, so many sessions of them at most.

    Gives where the next part begins, none at the end.
    """
    here = cart_line.c.returned_at
    oldest = sa.select(here).where(here < before).distinct().order_by(here)
    if after is not None:
        oldest = oldest.where(here > after)
    moments = list(tx.execute(oldest.limit(at_once)).scalars())
    if moments:
        tx.execute(sa.delete(cart_line).where(here.in_(moments)))
    return moments[-1] if len(moments) == at_once else None


def _delete(tx: sa.Connection, places: Iterable[tuple[Any, ...]]) -> None:
    for part in some(places):
        tx.execute(sa.delete(cart_line).where(sa.tuple_(*_PLACE).in_(part)))


def _each_once(lines: Iterable[CartPin]) -> tuple[CartPin, ...]:
    """An edited line stands under two sessions."""
    return tuple({one.place: one for one in lines}.values())


_TEXTS = ("uom", "description", "aux_id", "returned_in")


def _to_text(one: CartPin) -> str:
    """The line as JSON, without what is empty; decimals are texts."""
    body: dict[str, object] = {
        "session": one.session_id,
        "line": one.line,
        "sku": one.sku,
        "unit": one.unit,
        "quantity": str(one.quantity),
        "amount": str(one.amount),
        "currency": one.currency,
    }
    body |= {name: text for name in _TEXTS if (text := getattr(one, name))}
    if one.basis_qty != 1:
        body["basis"] = str(one.basis_qty)
    if one.cart_total is not None:
        body["total"] = [str(one.cart_total.amount), one.cart_total.currency]
    if one.test:
        body["test"] = True
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _from_text(text: str, returned_at: datetime) -> CartPin:
    """The line of a text that ``_to_text`` wrote. Other texts are our bug."""
    body = json.loads(text)
    total = body.get("total")
    return CartPin(
        session_id=body["session"],
        line=body["line"],
        returned_at=returned_at,
        sku=body["sku"],
        unit=body["unit"],
        quantity=Decimal(body["quantity"]),
        amount=Decimal(body["amount"]),
        currency=body["currency"],
        basis_qty=Decimal(body.get("basis", "1")),
        cart_total=Money(Decimal(total[0]), total[1]) if total else None,
        test=body.get("test", False),
        **{name: body.get(name, "") for name in _TEXTS},
    )
