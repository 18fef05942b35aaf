"""The OCI door: who calls up the catalog, is it agreed on, what do they get.

Nothing of a stranger is looked at. The login stands in the call-up itself and is
neither kept nor logged.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction

import structlog

from gateway.catalog.model import Item
from gateway.catalog.offer import is_sold, least, scales, usual_unit
from gateway.catalog.units import meaning
from gateway.catalog.words import parse
from gateway.cxml_punchout.basket import ShopLine, Wish
from gateway.cxml_punchout.cart import CartLine
from gateway.cxml_punchout.forms import ReturnForm
from gateway.cxml_punchout.oci import (
    CallUp,
    kept_call_up,
    read_call_up,
    return_form,
)
from gateway.cxml_punchout.oci_catalog import Article, catalog_page
from gateway.cxml_punchout.oci_lines import Around, oci_item
from gateway.cxml_punchout.wish import address_fault
from gateway.engine.engine import Engine
from gateway.engine.pace import place, unheard
from gateway.engine.punchout import Opened
from gateway.findings import Finding, Where
from gateway.partner import Profile
from gateway.partner.oci import OciLogin
from gateway.store import promises, queries
from gateway.store.catalog_search import Offered, Shelf, items, listed, search

__all__ = ["Called", "Door", "Downloaded", "Entered", "Filled", "Gone"]

log = structlog.get_logger()
_LONGEST = 200
"""Characters of a user or a contract that count."""
_NOBODY = "\0"
_NO_LOGIN = OciLogin(user=_NOBODY, secrets=("env:NONE",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """One call-up: the parameters as they came, in their order, and who sent them."""

    partner_id: str
    pairs: tuple[tuple[str, str], ...] = field(repr=False)
    peer: str
    received_at: datetime
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Entered:
    """A session began, and the browser goes on in the shop."""

    opened: Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form for the buyer's system. ``is_shown``: people look at it and send it.

    ``lines`` are those in the form, ``findings`` what is to be told of them.
    """

    profile: Profile
    form: ReturnForm
    lines: tuple[CartLine, ...]
    findings: tuple[Finding, ...]
    is_shown: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """There is nothing of the product to give; ``why`` says it to people."""

    profile: Profile
    charset: str
    why: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A page of the catalog, as JSON."""

    body: bytes = field(repr=False)


Answer = Entered | Filled | Gone | Downloaded


class Door:
    """Takes call-ups in and answers them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._punchout = engine.punchout

    def answer(self, called: Called) -> Answer | Finding:
        """What a call-up leads to, or why it is refused."""
        told = self._answer(called)
        if isinstance(told, Finding):
            log.warning("oci.refused", partner=called.partner_id, code=told.code)
            labels = f'code="{told.code}"'
            self._engine.counts.add("gateway_oci_refused_total", labels)
        return told

    def _answer(self, called: Called) -> Answer | Finding:
        profile = self._engine.rules.directory.profiles.get(called.partner_id)
        stranger = self._not_heard(profile, called)
        if stranger is not None:
            return stranger
        assert profile is not None
        call = read_call_up(called.pairs)
        if not isinstance(call, CallUp):
            return call[0]
        if call.function and call.function not in profile.oci.functions:
            what = f"{call.function} is not agreed on"
            return Finding.of("OCI-002", what, Where(path="FUNCTION"), call.function)
        astray = _astray(call, profile)
        if astray is not None:
            return astray
        log.info("oci.called", partner=profile.id, function=call.function or "session")
        return self._done(_Asked(profile, call, called))

    def _done(self, asked: _Asked) -> Answer | Finding:
        match asked.call.function:
            case "VALIDATE":
                return self._validated(asked)
            case "QUANTITYCHECK":
                return self._in_stock(asked)
            case "BACKGROUND_SEARCH":
                return self._found(asked)
            case "DOWNLOADJSON":
                return self._downloaded(asked)
            case _:
                return self._entered(asked)

    # Who calls.

    def _not_heard(self, profile: Profile | None, called: Called) -> Finding | None:
        """Why a call-up is not looked at: no good login, or they come too often."""
        engine, now = self._engine, called.received_at
        who = profile.id if profile else "", place(called.peer)

        def unproven() -> Finding | None:
            if self._knows(profile, called.pairs):
                return None
            return Finding.of("OCI-009", "the login of the call-up is not known")

        return unheard(engine.pace, engine.refusals, who, now, unproven)

    def _knows(self, profile: Profile | None, pairs: Sequence[tuple[str, str]]) -> bool:
        """Whether user and password are the agreed ones; strangers cost the same."""
        login = profile.oci.login if profile else None
        agreed = login or _NO_LOGIN
        sent = {name.lower(): value for name, value in pairs}
        password = sent.get(agreed.password_field.lower(), "")
        fits = [_same(password, secret) for secret in self._passwords(login)]
        named = _same(sent.get(agreed.user_field.lower(), ""), agreed.user)
        return login is not None and named and any(fits)

    def _passwords(self, login: OciLogin | None) -> list[str]:
        """The live ones; one that nobody has, where there is none."""
        found = []
        for reference in login.secrets if login else ():
            secret = self._engine.secrets.get(reference)
            if isinstance(secret, Finding):
                log.error("oci.no_secret", code=secret.code)
            else:
                found.append(secret.text)
        return found or [_NOBODY]

    # What they get.

    def _entered(self, asked: _Asked) -> Entered | Finding:
        """A session: at the product of DETAIL, at the hits of SOURCING."""
        call, profile = asked.call, asked.profile
        wish = Wish(
            way="oci",
            user=asked.user,
            test=profile.stage == "test",
            return_url=call.hook_url,
            contract=asked.contract,
            selected=call.product_id if call.function == "DETAIL" else "",
            search=call.search if call.function == "SOURCING" else "",
            extra=kept_call_up(call),
        )
        opened = self._punchout.enter(profile, wish, asked.now, asked.called.cookies)
        return opened if isinstance(opened, Finding) else Entered(opened)

    def _validated(self, asked: _Asked) -> Filled | Gone | Finding:
        """The product as it is now, its price for QUANTITY."""
        quantity = _quantity(asked.call)
        if isinstance(quantity, Finding):
            return quantity
        (line,) = self._quoted(asked, [(asked.call.product_id, quantity, "")])
        return self._told(asked, line)

    def _in_stock(self, asked: _Asked) -> Filled | Gone | Finding:
        """As VALIDATE, for as many as our stock still has of QUANTITY."""
        quantity = _quantity(asked.call)
        if isinstance(quantity, Finding):
            return quantity
        (line,) = self._quoted(asked, [(asked.call.product_id, quantity, "")])
        item = line.checked.item
        there = None if item is None else self._there(asked, item)
        if there is None or not isinstance(line.cart, CartLine):
            return self._told(asked, line)
        left = min(quantity, there)
        if left <= 0:
            return Gone(asked.profile, asked.call.charset)
        return self._told(asked, replace(line, cart=replace(line.cart, quantity=left)))

    def _there(self, asked: _Asked, item: Item) -> Decimal | None:
        """Whole units of an item that can be promised now; none: nobody counts it."""
        with self._engine.db.read() as tx:
            if not queries.stock(tx, item.sku):
                return None
            supply = promises.left(tx, {item.sku}, asked.now.date())[item.sku]
        counted = next(
            (
                unit.factor
                for unit in item.units
                if meaning(unit.unit) == meaning(supply.unit or item.base_unit)
            ),
            Fraction(1),
        )
        now = sum((part for day, part in supply.parts if day is None), Fraction(0))
        return Decimal(int(now * counted))

    def _told(self, asked: _Asked, line: ShopLine) -> Filled | Gone:
        """One line as a form that sends itself; nothing of one that does not go."""
        if not isinstance(line.cart, CartLine):
            return Gone(asked.profile, asked.call.charset, line.findings)
        filled = asked.filled((line.cart,))
        if not any(name.startswith("NEW_ITEM-") for name, _ in filled.form.fields):
            return Gone(asked.profile, asked.call.charset, filled.findings)
        return filled

    def _found(self, asked: _Asked) -> Filled:
        """All hits in one form, which people look at; at most the profile's number."""
        most = asked.profile.oci.most_hits
        with self._engine.db.read() as tx:
            shelf = Shelf.of(tx, asked.profile.id, asked.now.date(), asked.contracts)
            hits = search(tx, shelf, parse(asked.call.search), most)
            offered = items(tx, shelf, hits.numbers)
        lines = self._priced(asked, offered)
        found = asked.filled(tuple(lines), is_shown=True)
        if not hits.is_cut:
            return found
        cut = Finding.of("OCI-010", f"only the first {most} hits are shown")
        return replace(found, findings=(cut, *found.findings))

    def _downloaded(self, asked: _Asked) -> Downloaded:
        """A page of everything that their contracts sell."""
        call = asked.call
        with self._engine.db.read() as tx:
            shelf = Shelf.of(tx, asked.profile.id, asked.now.date(), asked.contracts)
            skip = (call.page - 1) * call.page_size
            numbers, total = listed(tx, shelf, skip, call.page_size)
            offered = items(tx, shelf, numbers)
        known = {one.item.sku: one for one in offered}
        articles = []
        for line in self._priced(asked, offered):
            one = known[line.sku]
            steps = scales(one.item, one.contract, asked.now.date(), line.quantity)
            articles.append(Article(line, steps))
        return Downloaded(catalog_page(articles, call, asked.around, total))

    def _priced(self, asked: _Asked, offered: Sequence[Offered]) -> list[CartLine]:
        """The items that can be bought now, each for the least quantity."""
        wanted = [_wanted(one.item) for one in offered if is_sold(one.item)]
        told = [line.cart for line in self._quoted(asked, wanted)]
        return [one for one in told if isinstance(one, CartLine)]

    def _quoted(
        self, asked: _Asked, wanted: Sequence[tuple[str, Decimal, str]]
    ) -> tuple[ShopLine, ...]:
        return self._punchout.quote(
            asked.profile, wanted, asked.now, contract=asked.contract
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A call-up of somebody we know."""

    profile: Profile
    call: CallUp
    called: Called

    @property
    def now(self) -> datetime:
        return self.called.received_at

    @property
    def user(self) -> str:
        """The person who shops, as the call-up names them; else the login."""
        login = self.profile.oci.login
        told = self._named(self.profile.punchout.user) or (login.user if login else "")
        return told.casefold() if "@" in told else told

    @property
    def contract(self) -> str:
        """The contract that they buy from; empty: any of theirs."""
        return self._named(self.profile.punchout.contract)

    @property
    def contracts(self) -> tuple[str, ...]:
        """The same as a list, which names none."""
        return (self.contract,) if self.contract else ()

    def _named(self, names: Sequence[str]) -> str:
        held = self.call.parameters
        found = next((held[n.lower()] for n in names if held.get(n.lower())), "")
        return found[:_LONGEST]

    @property
    def around(self) -> Around:
        return Around(
            currency="",
            form=self.profile.oci,
            contract=self.contract,
            user=self.user,
            vendor=self.call.vendor,
        )

    def filled(self, lines: tuple[CartLine, ...], *, is_shown: bool = False) -> Filled:
        """The form with these lines, as far as the buyer's system takes them."""
        told = [oci_item(line, self.around) for line in lines]
        form, found = return_form(self.call, told)
        return Filled(
            profile=self.profile,
            form=form,
            lines=lines,
            findings=found,
            is_shown=is_shown,
        )


def _astray(call: CallUp, profile: Profile) -> Finding | None:
    """CXM-204 for an address that the profile does not list, or an open line."""
    asked = ("HOOK_URL", call.hook_url), ("OCICANCEL", call.cancel_url)
    found = (address_fault(url, profile, name) for name, url in asked if url)
    return next((fault for fault in found if fault), None)


def _same(sent: str, known: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(
        sent.encode("utf-8", "replace"), known.encode("utf-8", "replace")
    )


def _quantity(call: CallUp) -> Decimal | Finding:
    """QUANTITY, 1 where none is sent."""
    try:
        value = Decimal(call.quantity or "1")
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 < value < 10**11:
        what = f"QUANTITY {call.quantity[:20]!r} is no quantity"
        return Finding.of("OCI-005", what, Where(path="QUANTITY"), call.quantity[:20])
    return value


def _wanted(item: Item) -> tuple[str, Decimal, str]:
    """The least of an item that is sold, in the unit that it is offered in."""
    unit = usual_unit(item)
    return item.sku, least(item, unit), unit.unit
