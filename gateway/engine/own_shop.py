"""Punch-out for a supplier with a shop of its own: handed over, and the cart taken.

The start page leads to that shop with a code, which the shop redeems once and in time.
It then says what lies in the cart, and leads the browser to the page that takes it
back. Prices are the catalog's unless the profile leaves them to the shop.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from gateway.cxml_punchout.basket import BasketLine, HowBack, Visit
from gateway.cxml_punchout.forms import ReturnForm
from gateway.cxml_punchout.keyed import fits, token_of
from gateway.cxml_punchout.session import Limits, Operation, State, overdue, seen
from gateway.engine.engine import Engine
from gateway.engine.punchout import Opened
from gateway.findings import Finding, Where
from gateway.order.money import Money
from gateway.store import punchout
from gateway.store.actions import done_before, note_done
from gateway.store.database import Transaction

__all__ = ["CartBack", "OwnShop", "Wanted", "WentBack"]

CODE_LIVES = timedelta(minutes=5)
_HANDOVER = "handover"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A line of the shop's cart. ``price`` is that of one ``unit``, if it is given."""

    sku: str
    quantity: Decimal
    unit: str = ""
    price: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CartBack:
    """How a session ends: with these lines, with nothing changed, or with none.

    ``key`` is the shop's own for this request: the same again gets the same answer.
    """

    how: HowBack = "cart"
    lines: tuple[Wanted, ...] = ()
    key: str = ""
    language: str = "en"

    @property
    def digest(self) -> str:
        """What the same request has the same of."""
        lines = [
            (one.sku, str(one.quantity), one.unit, _priced(one.price))
            for one in self.lines
        ]
        return hashlib.sha256(json.dumps([self.how, lines]).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class WentBack:
    """The session as it ended, and the form that leads the browser back."""

    visit: Visit
    form: ReturnForm


class OwnShop:
    """What the supplier's own shop asks for."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._shop = engine.punchout

    def address_for(self, opened: Opened, now: datetime) -> str:
        """Where the browser is led instead of our own shop; empty: to our own."""
        profile = self._engine.rules.directory.profiles.get(opened.partner_id)
        its = profile.punchout.own_shop if profile else None
        if its is None:
            return ""
        with self._engine.db.read() as tx:
            code = self._code(tx, opened.session_id, now)
        told = urlencode({"session": opened.session_id, "code": code})
        return f"{its.url}{'&' if '?' in its.url else '?'}{told}"

    def redeem(self, code: str, now: datetime) -> Visit | Finding:
        """The session that a code hands over; once, and within five minutes."""
        session_id, _, _ = code.partition(".")
        with self._engine.db.begin() as tx:
            kept = punchout.find(tx, session_id, lock=True)
            opened_at = kept.session.opened_at if kept else None
            if kept is None or opened_at is None or now - opened_at > CODE_LIVES:
                return _bad_code()
            if not fits(self._code(tx, session_id, now), code):
                return _bad_code()
            if done_before(tx, _HANDOVER, session_id) is not None:
                return _bad_code()
            note_done(tx, _HANDOVER, session_id, session_id, now)
        return self.find(session_id, now)

    def _code(self, tx: Transaction, session_id: str, now: datetime) -> str:
        """The code of an opened session: it has no other, and none after this one."""
        kept = punchout.find(tx, session_id)
        opened = kept.session.opened_at if kept else None
        key = punchout.key_of(self._engine.db, now)
        return f"{session_id}.{token_of(key, _HANDOVER, f'{session_id} {opened}')}"

    def find(self, session_id: str, now: datetime) -> Visit | Finding:
        """A session as it stands; who asks for it keeps it alive."""
        visit = self._shop.find(session_id, now)
        if isinstance(visit, Finding) or overdue(visit.session, now):
            return visit
        idle = timedelta(minutes=visit.profile.punchout.idle_min)
        lives = seen(visit.session, now, Limits(idle=idle))
        if lives != visit.session:
            with self._engine.db.begin(passing=True) as tx:
                punchout.seen(tx, lives)
        return replace(visit, session=lives)

    def give_back(
        self, session_id: str, cart: CartBack, now: datetime
    ) -> WentBack | tuple[Finding, ...]:
        """End the session; all lines go back, or none and the findings say why."""
        visit = self._shop.find(session_id, now)
        if isinstance(visit, Finding):
            return (visit,)
        if visit.session.state is not State.SHOPPING:
            return self._again(visit, cart)
        if cart.how == "cart":
            filled = self._filled(visit, cart.lines, now)
            if isinstance(filled, tuple):
                return filled
            visit = filled
        if not self._is_first(visit, cart, now):
            return (_other_cart(cart.key),)
        made = self._shop.give_back(visit, cart.how, now, cart.language)
        if isinstance(made, Finding):
            return (made,)
        after = self._shop.find(session_id, now)
        ended = visit if isinstance(after, Finding) else after
        return WentBack(visit=ended, form=made.form)

    def _again(self, visit: Visit, cart: CartBack) -> WentBack | tuple[Finding, ...]:
        """The answer to a request that came before; another one comes too late."""
        with self._engine.db.read() as tx:
            known = done_before(tx, _cart(visit), cart.key)
        if visit.returned is None or not known:
            what = f"the session is {visit.session.state}"
            return (Finding.of("CXM-201", what),)
        if known != cart.digest:
            return (_other_cart(cart.key),)
        return WentBack(visit=visit, form=visit.returned)

    def _filled(
        self, visit: Visit, wanted: Sequence[Wanted], now: datetime
    ) -> Visit | tuple[Finding, ...]:
        """The session with these lines in its basket, if every one can go back."""
        own = visit.profile.punchout.own_shop
        if any(one.price for one in wanted) and (own is None or own.prices != "shop"):
            what = "punchout.own_shop.prices of the profile is catalog"
            return (Finding.of("CXM-208", what),)
        if visit.session.operation is Operation.INSPECT:
            return (Finding.of("CXM-201", "the session only looks at a cart"),)
        filled = self._shop.change(visit, lambda held: _basket(held, wanted), now)
        if isinstance(filled, Finding):
            return (filled,)
        faults = [
            replace(line.cart, where=Where(path=f"/lines/{at}"))
            for at, line in enumerate(filled.lines)
            if isinstance(line.cart, Finding)
        ]
        return tuple(faults) or filled

    def _is_first(self, visit: Visit, cart: CartBack, now: datetime) -> bool:
        """Whether this is the first cart under its key, or the same again."""
        with self._engine.db.begin() as tx:
            known = done_before(tx, _cart(visit), cart.key)
            if known is None:
                note_done(tx, _cart(visit), cart.key, cart.digest, now)
        return known in (None, cart.digest)


def _cart(visit: Visit) -> str:
    return f"cart {visit.id}"


def _basket(
    held: Sequence[BasketLine], wanted: Sequence[Wanted]
) -> tuple[BasketLine, ...]:
    """The lines as the shop has them; those that the buyer knows keep their marks."""
    left = {(line.sku, line.unit): line for line in reversed(held)}
    by_sku = {line.sku: line for line in reversed(held)}
    made, taken = list[BasketLine](), set[int]()
    for one in wanted:
        known = left.get((one.sku, one.unit)) or (
            None if one.unit else by_sku.get(one.sku)
        )
        if known is None or known.n in taken:
            known = BasketLine(n=0, sku=one.sku, quantity=one.quantity, unit=one.unit)
        taken.add(known.n)
        made.append(replace(known, quantity=one.quantity, price=one.price))
    return tuple(made)


def _priced(price: Money | None) -> str:
    return "" if price is None else str(price)


def _bad_code() -> Finding:
    return Finding.of("CXM-203", "the code hands no session over")


def _other_cart(key: str) -> Finding:
    return Finding.of("WIRE-021", f"the key {key!r} came before with another cart")
