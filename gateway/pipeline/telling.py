"""What partners are told though nothing of theirs asks for it: stock and prices."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from gateway.catalog import Asked, Prices, asked
from gateway.catalog.listed import PriceListPart
from gateway.catalog.model import Item as CatalogItem
from gateway.catalog.model import ItemState
from gateway.edi.edifact import writer as edifact
from gateway.edi.x12.writer import Envelope
from gateway.findings import Finding, Where
from gateway.mappers import EDIFACT_PRICES, EDIFACT_STOCK, PRICES, STOCK
from gateway.order.item import Item
from gateway.order.stock import StockExpected, StockLevel, StockReport
from gateway.partner.profile import Profile
from gateway.pipeline.effects import Effect
from gateway.pipeline.leaving import queued, unfit
from gateway.pipeline.outbound import own_envelope
from gateway.pipeline.rules import Rules


class Counted(Protocol):
    """A count as the store keeps it; ``expected`` are days and quantities as JSON."""

    @property
    def sku(self) -> str:
        """Our item number."""
        ...

    @property
    def place(self) -> str:
        """Where; empty: everywhere together."""
        ...

    @property
    def available(self) -> str:
        """How many."""
        ...

    @property
    def unit(self) -> str:
        """Of what; empty: the item's base unit."""
        ...

    @property
    def as_of(self) -> datetime:
        """When it was counted."""
        ...

    @property
    def expected(self) -> str:
        """What comes."""
        ...


def asked_for(counts: Iterable[Counted]) -> frozenset[Asked]:
    """What to look up, so that the partner's own items are known."""
    return frozenset(asked(Item(supplier_sku=one.sku)) for one in counts)


def stock_told(
    profile: Profile,
    counts: Sequence[Counted],
    prices: Prices,
    now: datetime,
    rules: Rules | None = None,
) -> tuple[Effect, ...] | Finding:
    """The stock report to one partner, of items in its contracts in force; or why not.

    It is an 846 or an INVRPT.
    """
    agreed = _agreed(profile, (*STOCK, *EDIFACT_STOCK))
    if isinstance(agreed, Finding):
        return agreed
    kind, envelope = agreed
    theirs = _theirs(prices, now.date())
    levels = tuple(_level(one, theirs[one.sku]) for one in counts if one.sku in theirs)
    if not levels:
        return Finding.of("API-011", f"no item of {profile.id} is counted")
    report = StockReport(as_of=now, levels=levels)
    items = {sku: _item(one) for sku, one in theirs.items()}
    draft = (
        STOCK[kind](report, items, envelope, profile)
        if isinstance(envelope, Envelope)
        else EDIFACT_STOCK[kind](report, items, envelope, profile)
    )
    if not draft.message_count:
        return Finding.of("API-011", f"no item of {profile.id} has a number for {kind}")
    wrong = next(unfit(draft, profile, rules, now, row=0, code="ERP-034"), None)
    if wrong is not None:
        return wrong.finding
    idem = f"846/{profile.id}/{now:%Y%m%dT%H%M%S%f}"
    return tuple(queued(draft, profile, None, now, idem=idem))


def prices_told(
    profile: Profile, part: PriceListPart, now: datetime, rules: Rules | None = None
) -> tuple[Effect, ...] | Finding:
    """The catalogue to one partner, of some items of a contract; or why not.

    It is an 832 or a PRICAT. Items that are no longer sold are left out.
    """
    agreed = _agreed(profile, (*PRICES, *EDIFACT_PRICES))
    if isinstance(agreed, Finding):
        return agreed
    kind, envelope = agreed
    sold = tuple(one for one in part.items if one.state is ItemState.ACTIVE)
    if not sold:
        return ()
    part = replace(part, items=sold, told_on=now.date())
    draft = (
        PRICES[kind](part, envelope, profile)
        if isinstance(envelope, Envelope)
        else EDIFACT_PRICES[kind](part, envelope, profile)
    )
    wrong = next(unfit(draft, profile, rules, now, row=0, code="ERP-036"), None)
    if wrong is not None:
        return wrong.finding
    idem = f"832/{profile.id}/{part.contract.id}/{now:%Y%m%dT%H%M%S%f}/{part.number}"
    return tuple(queued(draft, profile, None, now, idem=idem))


def _agreed(
    profile: Profile, kinds: Sequence[str]
) -> tuple[str, Envelope | edifact.Envelope] | Finding:
    """The first of these messages that the partner gets, and its envelope."""
    kind = next((s.message for s in profile.sends if s.message in kinds), "")
    if not kind:
        what = f"{profile.id} gets no {' and no '.join(kinds)}"
        return Finding.of("CFG-004", what, Where(path="sends"))
    made = own_envelope(profile, kind)
    return made if isinstance(made, Finding) else (kind, made)


def _theirs(prices: Prices, today: date) -> Mapping[str, CatalogItem]:
    """The items that are sold under a contract in force, by our number."""
    valid = {one.id for one in prices.contracts if one.in_force(today)}
    return {
        one.sku: one
        for found in prices.items.values()
        for one in found
        if one.contract_id in valid and one.state is ItemState.ACTIVE
    }


def _item(known: CatalogItem) -> Item:
    return Item(
        supplier_sku=known.sku,
        buyer_part=next(iter(known.buyer_parts), ""),
        gtin=next(iter(known.gtins), ""),
    )


def _level(one: Counted, item: CatalogItem) -> StockLevel:
    expected = (
        StockExpected(date=date.fromisoformat(day), quantity=Decimal(quantity))
        for day, quantity in json.loads(one.expected or "[]")
    )
    return StockLevel(
        sku=one.sku,
        available=Decimal(one.available),
        uom=one.unit or item.base_unit,
        place=one.place,
        as_of=one.as_of,
        expected=tuple(expected),
    )
