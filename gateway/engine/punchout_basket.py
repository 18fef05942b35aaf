"""Baskets of sessions: what they begin with, at which prices, when they may change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from gateway.catalog.contracts import choose
from gateway.catalog.keys import Prices
from gateway.catalog.quantity import positive
from gateway.cxml_punchout.basket import MOST_LINES, BasketLine, ShopLine, Visit, Wish
from gateway.cxml_punchout.kept import NOTHING, Basket
from gateway.cxml_punchout.restore import (
    named_carts,
    restored,
    setup_basket,
    with_price_notices,
)
from gateway.cxml_punchout.session import State, overdue
from gateway.cxml_punchout.shop import asked_for, priced
from gateway.findings import Finding
from gateway.findings.model import NOWHERE
from gateway.order.model import Order
from gateway.partner import Profile
from gateway.pipeline.world import Wants
from gateway.store import carts, punchout
from gateway.store.database import Database, Transaction
from gateway.store.punchout import Kept
from gateway.store.world import look_up

__all__ = [
    "NOBODY",
    "begun_with",
    "gone",
    "no_quantity",
    "not_shopping",
    "prices_of",
    "shown",
    "too_many",
    "unknown",
]

NOBODY = "nobody shops under this address now"


def prices_of(
    tx: Transaction, partner_id: str, lines: Iterable[BasketLine], now: datetime
) -> Prices:
    """Contracts and items, in one look-up for all lines."""
    wants = Wants(items={partner_id: asked_for(lines)})
    return look_up(tx, wants, now).prices[partner_id]


def begun_with(
    db: Database, profile: Profile, wish: Wish, key: bytes, now: datetime
) -> Basket | Finding:
    """The basket that a session begins with: the lines of an earlier cart, or none."""
    if not wish.items:
        return NOTHING
    named = named_carts(wish.items, key)
    with db.read() as tx:
        before = punchout.carts(tx, profile.id, named)
        held = [line for cart in before.values() for line in cart.lines]
        asked = (*setup_basket(wish.items), *held)
        prices = prices_of(tx, profile.id, asked, now)
        promised = carts.of_session(tx, profile.id, before)
    lines = restored(wish, key, before, prices)
    if isinstance(lines, Finding):
        return lines
    told = priced(lines, prices, profile, now, contract=wish.contract)
    lines = with_price_notices(told, promised)
    return Basket(lines, max((line.n for line in lines), default=0))


def shown(
    visit: Visit, kept: Kept, prices: Prices, told: tuple[ShopLine, ...], now: datetime
) -> Visit:
    """The visit with these lines, and with the contracts that sell to it."""
    nothing = Order(po_number="")
    named, today = visit.wish.contract, now.date()
    chosen = choose(named, nothing, prices.contracts, today, NOWHERE)
    first = next((one.price for one in told if one.price is not None), None)
    usual = chosen.contracts[0].currency if chosen.contracts else ""
    return replace(
        visit,
        session=kept.session,
        lines=told,
        notices=(chosen.finding,) if chosen.finding else (),
        contracts=tuple(one.number for one in chosen.contracts),
        currency=first.currency if first else usual,
    )


def gone(why: str) -> Finding:
    """CXM-203: nobody is there who may shop."""
    return Finding.of("CXM-203", why)


def not_shopping(
    kept: Kept | None, now: datetime, *, looks: bool = False
) -> Finding | None:
    """Why the basket may not be changed; with ``looks`` an inspection may end too."""
    if kept is None:
        return gone(NOBODY)
    session = kept.session
    if overdue(session, now) or session.state is State.CLOSED:
        return Finding.of("CXM-202", "the session was closed, or is about to be")
    if session.state is not State.SHOPPING or not (looks or session.is_writable):
        what = f"the session is {session.state}, for {session.operation}"
        return Finding.of("CXM-201", what)
    return None


def no_quantity(lines: Iterable[BasketLine]) -> Finding | None:
    """Why the quantity of a line is none; those of all are good if there is nothing."""
    return next((wrong for one in lines if (wrong := positive(one.quantity))), None)


def too_many(lines: Sequence[BasketLine]) -> Finding | None:
    """CXM-207 for more lines than a basket holds."""
    if len(lines) <= MOST_LINES:
        return None
    return Finding.of("CXM-207", f"a basket has at most {MOST_LINES} lines")


def unknown(lines: Iterable[ShopLine]) -> Finding | None:
    """Why a new line is not taken: nobody knows its item, or it is not sold."""
    new = (one.cart for one in lines if not one.n and one.checked.item is None)
    return next((cart for cart in new if isinstance(cart, Finding)), None)
