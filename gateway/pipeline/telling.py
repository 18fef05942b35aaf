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
from gateway.edi.x12.writer import Envelope
from gateway.findings import Finding, Where
from gateway.mappers import PRICES, STOCK
from gateway.mappers.mapped import Written
from gateway.order.item import Item
from gateway.order.stock import StockExpected, StockLevel, StockReport
from gateway.partner.profile import Profile
from gateway.pipeline.effects import Effect, Expect, Queue
from gateway.pipeline.leaving import is_sent, unfit
from gateway.pipeline.outbound import ack_due, channel_for, dressed
from gateway.pipeline.rules import Rules

KIND, PRICES_KIND = "x12_846", "x12_832"


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
    """The 846 to one partner, of the items in its contracts in force; or why not."""
    envelope = _envelope(profile, KIND)
    if isinstance(envelope, Finding):
        return envelope
    theirs = _theirs(prices, now.date())
    levels = tuple(_level(one, theirs[one.sku]) for one in counts if one.sku in theirs)
    if not levels:
        return Finding.of("API-011", f"no item of {profile.id} is counted")
    report = StockReport(as_of=now, levels=levels)
    items = {sku: _item(one) for sku, one in theirs.items()}
    draft = STOCK[KIND](report, items, envelope, profile)
    wrong = next(unfit(draft, profile, rules, now, row=0, code="ERP-034"), None)
    if wrong is not None:
        return wrong.finding
    idem = f"846/{profile.id}/{now:%Y%m%dT%H%M%S%f}"
    return _queued(draft, envelope.series, profile, idem, now)


def prices_told(
    profile: Profile, part: PriceListPart, now: datetime, rules: Rules | None = None
) -> tuple[Effect, ...] | Finding:
    """The 832 to one partner, of some items of a contract; or why not.

    Items that are no longer sold are left out.
    """
    envelope = _envelope(profile, PRICES_KIND)
    if isinstance(envelope, Finding):
        return envelope
    sold = tuple(one for one in part.items if one.state is ItemState.ACTIVE)
    if not sold:
        return ()
    draft = PRICES[PRICES_KIND](replace(part, items=sold), envelope, profile)
    wrong = next(unfit(draft, profile, rules, now, row=0, code="ERP-036"), None)
    if wrong is not None:
        return wrong.finding
    idem = f"832/{profile.id}/{part.contract.id}/{now:%Y%m%dT%H%M%S%f}/{part.number}"
    return _queued(draft, envelope.series, profile, idem, now)


def _queued(
    draft: Written, series: str, profile: Profile, idem: str, now: datetime
) -> tuple[Effect, ...]:
    """Send it, numbered in the ``series``, and expect their acknowledgement."""
    queue = Queue(
        partner_id=profile.id,
        channel=channel_for(profile, draft.kind, ""),
        kind=draft.kind,
        draft=draft,
        idem=idem,
        counter=series,
    )
    return queue, Expect(partner_id=profile.id, idem=idem, due_at=ack_due(profile, now))


def _envelope(profile: Profile, kind: str) -> Envelope | Finding:
    """From us to them; without an order to answer the profile names both."""
    if not is_sent(profile, kind):
        what = f"{profile.id} gets no {kind}"
        return Finding.of("CFG-004", what, Where(path="sends"))
    ours, theirs = profile.us.x12, next(iter(profile.identities.x12), None)
    if ours is None or theirs is None:
        what = f"{profile.id} lacks an X12 identity of ours or theirs"
        path = "us.x12" if ours is None else "identities.x12"
        return Finding.of("CFG-004", what, Where(path=path))
    version = next(s.version for s in profile.sends if s.message == kind)
    test = "T" if profile.stage == "test" else "P"
    envelope = Envelope(
        sender_qualifier=ours.qualifier,
        sender_id=ours.id,
        receiver_qualifier=theirs.qualifier,
        receiver_id=theirs.id,
        gs_sender=ours.gs or ours.id,
        gs_receiver=theirs.gs or theirs.id,
        version=version,
        interchange_version=profile.x12.interchange_version,
        usage=profile.x12.usage or test,
    )
    return dressed(envelope, profile)


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
