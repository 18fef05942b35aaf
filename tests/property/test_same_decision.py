"""An order is decided by what it says, never by the standard that it is written in."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.bootstrap import edifact as directories
from gateway.bootstrap import tables
from gateway.catalog import Prices
from gateway.catalog.importing import read_csv
from gateway.catalog.units import meaning
from gateway.findings import Finding
from gateway.findings.model import Verdict
from gateway.partner import Directory
from gateway.pipeline.answer import answer
from gateway.pipeline.effects import Effect, Keep, Record
from gateway.pipeline.inbound import read
from gateway.pipeline.rules import Rules
from gateway.pipeline.world import World
from tests.property.order_twice import (
    BASES,
    PURPOSES,
    RECEIVER,
    SENDER,
    UNITS,
    Line,
    Part,
    Wanted,
    cxml,
    edifact,
    ubl,
    x12,
)
from tests.starters import starter_profile

PARTNER = "hollin-forge"
NOW = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)
CATALOG = """\
contract,currency,contract_from,contract_to,item,buyer_part,gtin,unit,factor,base_unit,\
price,basis,break,min_qty,increment,max_qty,state,successor,lead_time_days
C-1,EUR,2026-01-01,2029-12-31,S-1,B-1,4009988101002,EA,1,EA,18.4,100,1,100,100,,,,5
C-1,EUR,2026-01-01,2029-12-31,S-2,B-2,4009988101019,EA,1,EA,148,1,1,,,,,,
C-1,EUR,2026-01-01,2029-12-31,S-2,B-2,4009988101019,EA,1,EA,139.5,1,20,,,,,,
C-1,EUR,2026-01-01,2029-12-31,S-2,B-2,4009988101019,BX,12,EA,1700,1,1,,,,,,
C-1,EUR,2026-01-01,2029-12-31,S-3,B-3,,KG,1,KG,1.28,1,1,5,,2000,,,10
C-1,EUR,2026-01-01,2029-12-31,S-4,B-4,,EA,1,EA,9,1,1,,,,discontinued,S-2,
C-2,USD,2026-01-01,2029-12-31,S-5,B-5,,EA,1,EA,7,1,1,,,,,,
"""


@lru_cache(maxsize=1)
def prices() -> Prices:
    imported = read_csv(CATALOG, "catalog.csv", partner_id=PARTNER)
    assert imported.findings == ()
    return Prices.of(imported.contracts, imported.items)


@lru_cache(maxsize=1)
def rules() -> Rules:
    its = {
        "x12": {"qualifier": "01", "id": SENDER},
        "edifact": {"qualifier": "1", "id": SENDER},
        "cxml": {"domain": "DUNS", "id": SENDER},
        "ubl": {"scheme": "0060", "id": SENDER},
    }
    ours = {
        "x12": {"qualifier": "01", "id": RECEIVER},
        "edifact": {"qualifier": "1", "id": RECEIVER},
        "cxml": {"domain": "DUNS", "id": RECEIVER},
        "ubl": {"scheme": "0060", "id": RECEIVER},
    }
    profile = starter_profile(
        PARTNER,
        identities=its,
        us=ours,
        receives=[
            {"message": "x12_850", "version": "004010"},
            {"message": "edifact_orders", "version": "D96A"},
            {"message": "cxml_order_request", "version": "1.2"},
            {"message": "ubl_order", "version": "2.1"},
        ],
        sends=[],
        guide={"sku": {"qualifiers": ["SA", "VN"]}},
    )
    return Rules(tables(), Directory.of([profile]), directories=directories())


def found_in(effects: Iterable[Effect]) -> Iterator[str]:
    """What was found in messages that made no order."""
    for record in effects:
        if isinstance(record, Record):
            for message in record.messages:
                assert message.verdict is Verdict.ACCEPTED
                yield from (one.code for one in message.findings)


def place_of(one: Finding) -> str:
    """Its place in the order; places in the message are each standard's own."""
    return one.where.path if one.where.path.startswith("/") else ""


def told(data: bytes) -> dict[str, Any]:
    """What is decided, and for which business reasons."""
    effects = answer(
        read([data], rules(), receipt_id="rcp_1"),
        World(now=NOW, prices={PARTNER: prices()}),
    )
    keeps = [effect for effect in effects if isinstance(effect, Keep)]
    if not keeps:  # a copy or a duplicate by its own words
        return {"found": Counter(found_in(effects)), "kept": False}
    (keep,) = keeps
    ack = keep.ack
    standard = keep.order.source.standard
    return {
        "state": keep.state,
        "answer": ack.type,
        "reasons": [reason.code for reason in ack.reasons],
        "lines": [
            (
                line.line_no,
                [
                    (
                        status.kind,
                        status.quantity,
                        meaning(status.uom, standard),
                        status.date,
                        status.date_kind,
                        status.price and (status.price.amount, status.price.basis_qty),
                        status.substitute and status.substitute.supplier_sku,
                    )
                    for status in line.statuses
                ],
            )
            for line in ack.lines
        ],
        "found": Counter((one.code, place_of(one)) for one in keep.findings),
        "test": keep.test,
    }


WEEK = [dt.date(2026, 11, 19) + dt.timedelta(days=5 * n) for n in range(8)]
QUANTITIES = ("1", "4", "24", "100", "450", "2500", "2.5", "0", "")
AMOUNTS = ("18.4", "0.184", "148", "139.5", "148.1", "1.28", "1280", "9", "")
NAMES: tuple[dict[str, str], ...] = (
    {"sku": "S-1", "buyer_part": "B-1", "gtin": "4009988101002"},
    {"sku": "S-1"},
    {"buyer_part": "B-2"},
    {"gtin": "4009988101019"},
    {"gtin": "4009988101018", "sku": "S-2"},
    {"sku": "s2"},
    {"sku": "S-1", "buyer_part": "B-2"},
    {"sku": "S-3"},
    {"buyer_part": "B-4"},
    {"sku": "S-5"},
    {"sku": "S-9"},
    {},
)


def days(*codes: str) -> st.SearchStrategy[tuple[tuple[str, dt.date], ...]]:
    """At most one day for each code."""
    each = st.dictionaries(st.sampled_from(codes), st.sampled_from(WEEK), max_size=2)
    return each.map(lambda found: tuple(sorted(found.items())))


PARTS = st.lists(
    st.builds(
        Part, quantity=st.sampled_from(("20", "200")), day=st.sampled_from(WEEK[4:])
    ),
    max_size=3,
)


@st.composite
def lines(draw: st.DrawFn, number: int) -> Line:
    """A line with or without all that it may have; now and then with a wrong number."""
    named = draw(st.sampled_from(NAMES))
    odd = ("1", "") if named else ("1",)
    return Line(
        number=draw(st.sampled_from((*[str(number)] * 8, *odd))),
        quantity=draw(st.sampled_from(QUANTITIES)),
        unit=draw(st.sampled_from((*UNITS, "EA", "EA", "EA"))),
        price=draw(st.sampled_from(AMOUNTS)),
        basis=draw(st.sampled_from((1, 1, *BASES))),
        condition=draw(st.sampled_from(("", "", "SC", "BK", "SP"))),
        contract=draw(st.sampled_from(("", "", "", "C-1", "C-9"))),
        days=draw(days("002", "064", "063")),
        ship_to=draw(st.sampled_from(("", "", "W2", "W9"))),
        parts=tuple(draw(PARTS)),
        **named,
    )


@st.composite
def orders(draw: st.DrawFn) -> Wanted:
    """An order of up to three lines."""
    count = draw(st.integers(1, 3))
    return Wanted(
        purpose=draw(st.sampled_from(("00",) * 6 + tuple(PURPOSES))),
        currency=draw(st.sampled_from(("EUR", "EUR", "USD", "CHF", ""))),
        contract=draw(st.sampled_from(("", "", "C-1", "C-2", "C-9"))),
        days=draw(days("002", "064", "063", "037", "038", "001")),
        ship_to=draw(st.sampled_from(("W1", "W1", "W9", ""))),
        condition=draw(st.sampled_from(("", "", "SC", "BK", "SP"))),
        lines=tuple(draw(lines(n)) for n in range(1, count + 1)),
        count=draw(st.sampled_from(("", str(count), str(count), "7"))),
        hash_total=draw(st.sampled_from(("", "", "100"))),
        amount=draw(st.sampled_from(("", "", "100", "2072"))),
        test=draw(st.sampled_from((False, False, False, True))),
    )


@settings(max_examples=150)
@given(orders())
def test_an_order_is_decided_alike_in_x12_and_in_edifact(order: Wanted):
    assert told(edifact(order)) == told(x12(order))


def in_words_of_cxml(order: Wanted) -> Wanted:
    """The order without what cXML has no word for."""

    def wanted(
        days: tuple[tuple[str, dt.date], ...],
    ) -> tuple[tuple[str, dt.date], ...]:
        return tuple(one for one in days if one[0] == "002")

    return replace(
        order,
        purpose="00",
        currency=order.currency or "EUR",
        days=wanted(order.days),
        condition="",
        count="",
        lines=tuple(
            replace(
                line,
                days=wanted(line.days),
                condition="",
                parts=line.parts if line.quantity else (),
            )
            for line in order.lines
        ),
    )


@settings(max_examples=150)
@given(orders().map(in_words_of_cxml))
def test_an_order_is_decided_alike_in_cxml(order: Wanted):
    assert told(cxml(order)) == told(x12(order))


def in_words_of_ubl(order: Wanted) -> Wanted:
    """The order without what UBL has no word for; it has no mark of a test."""
    plain = in_words_of_cxml(order)
    lines = tuple(
        replace(line, contract="", ship_to="" if line.parts else line.ship_to)
        for line in plain.lines
    )
    split = tuple(replace(x, days=() if x.parts else x.days) for x in lines)
    return replace(plain, lines=split, test=False)


@settings(max_examples=150)
@given(orders().map(in_words_of_ubl))
def test_an_order_is_decided_alike_in_ubl(order: Wanted):
    assert told(ubl(order)) == told(x12(order))
