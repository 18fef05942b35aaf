"""The segments that carry a manufacturer's business: splits, kits, breaks, texts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from gateway.edi.x12.writer import Draft, Envelope
from gateway.findings import Finding
from gateway.mappers.mapped import Mapped
from gateway.mappers.x12_855 import from_ack
from gateway.order.ack import LineAck, LineStatus, OrderAck, StatusKind
from gateway.order.item import LineQuantity, Pack
from gateway.order.model import Order, OrderLine
from gateway.order.money import Money, Quantity
from gateway.order.party import Address, Identifier, Note
from gateway.order.terms import AllowanceCharge, PaymentTerm, Totals

Map = Callable[..., Mapped]
BEG = "BEG*00*NE*PO-1**20261118~CUR*BY*USD~"
KIT = "PO1*10*10*EA*455*PE*BP*KIT-1~"
UNPRICED = "PO1*1*{quantity}*EA***BP*W-1~"


def order_of(mapped: Mapped) -> Order:
    assert mapped.order is not None
    return mapped.order


def lines_of(mapped: Mapped) -> tuple[OrderLine, ...]:
    return order_of(mapped).lines


def told(mapped: Mapped) -> list[tuple[str, str]]:
    return [(finding.code, str(finding.where)) for finding in mapped.findings]


def left(line: OrderLine) -> dict[str, str]:
    return {each.path.rpartition("/")[2]: each.value for each in line.extensions}


# Kinds of order.


@pytest.mark.parametrize(
    ("beg02", "order_type"),
    [
        ("SA", "standard"),
        ("NE", "standard"),
        ("RE", "standard"),
        ("KN", "standard"),
        ("DS", "drop_ship"),
        ("BK", "blanket"),
        ("BE", "blanket_estimated"),
        ("KB", "blanket"),
        ("KC", "contract"),
        ("KI", "contract"),
        ("KQ", "contract"),
        ("KR", "contract"),
        ("RL", "release"),
        ("RO", "rush"),
        ("EO", "rush"),
        ("CN", "consignment"),
        ("SP", "sample"),
        ("SS", "service"),
        ("LS", "lease"),
        ("RR", "repair"),
    ],
)
def test_the_kind_of_order_has_its_word(mapped: Map, beg02: str, order_type: str):
    order = order_of(mapped(BEG.replace("NE", beg02) + KIT))
    assert order.order_type == order_type
    assert order.provenance["order_type"] == "BEG-02 (segment 2)"


@pytest.mark.parametrize("beg02", ["RT", "ST", "WO", "KT", "ZZ"])
def test_a_kind_of_order_without_a_word_is_kept_as_sent(mapped: Map, beg02: str):
    order = order_of(mapped(BEG.replace("NE", beg02) + KIT))
    assert order.order_type == "other"
    assert ("BEG-02", beg02) in [(e.path, e.value) for e in order.extensions]


@pytest.mark.parametrize(
    ("beg02", "purpose"),
    [
        ("CF", "confirm"),
        ("TR", "cancel"),
        ("SW", "change"),
        ("CP", "change"),
        ("CR", "change"),
        ("IN", "copy"),
    ],
)
def test_a_kind_that_places_no_order_is_noted(mapped: Map, beg02: str, purpose: str):
    result = mapped(BEG.replace("NE", beg02) + KIT)
    assert order_of(result).purpose == purpose
    assert told(result) == [("MAP-002", "BEG-02 (segment 2)")]


def test_a_release_of_a_blanket_order_has_its_parts_by_day(mapped: Map):
    body = "BEG*00*RL*B-7*R-0007*20261118*C-1~CUR*BY*USD~PO1*1*60*EA*9*PE*BP*W-1~"
    parts = "SCH*40*EA***002*20261214~SCH*20*EA***010*20270205**038*20270209~"
    order = order_of(mapped(body + parts))
    assert (order.doc_type, order.blanket_ref, order.release_number) == (
        "blanket_release",
        "B-7",
        "R-0007",
    )
    first, second = order.lines[0].schedules
    assert (first.qty, first.date, first.date_kind) == (
        Decimal(40),
        dt.date(2026, 12, 14),
        "delivery",
    )
    assert (second.date, second.latest, second.date_kind) == (
        dt.date(2027, 2, 5),
        dt.date(2027, 2, 9),
        "ship",
    )


def test_a_drop_shipment_has_the_address_of_the_message(mapped: Map):
    ship_to = (
        "N1*ST*RUTH ABERNATHY*ZZ*C-20113~N2*FARM SHOP~N3*RURAL ROUTE 4*BOX 118~"
        "N4*DELPHOS*OH*45833*US~PER*RE*RUTH*TE*4195550119~"
    )
    party = order_of(mapped(BEG.replace("NE", "DS") + ship_to + KIT)).party("ship_to")
    assert party is not None
    assert (party.id, party.id_scheme) == ("C-20113", "ZZ")
    assert party.address == Address(
        lines=("RURAL ROUTE 4", "BOX 118"),
        city="DELPHOS",
        region="OH",
        postal_code="45833",
        country="US",
        deliver_to=("FARM SHOP",),
    )
    assert party.contacts[0].phone == "4195550119"


# Splits.


def test_stores_of_several_segments_are_one_row_of_parts(mapped: Map):
    stores = (
        "SDQ*EA*92*S1*1*S2*1*S3*1*S4*1*S5*1*S6*1*S7*1*S8*1*S9*1*S10*1~SDQ*EA*92*S11*5~"
    )
    result = mapped(f"{BEG}PO1*1*15*EA*9*PE*BP*W-1~{stores}")
    parts = lines_of(result)[0].schedules
    places = [part.ship_to.id for part in parts if part.ship_to]
    assert places == [f"S{n}" for n in range(1, 12)]
    assert parts[-1].qty == 5
    assert told(result) == []


def test_stores_that_do_not_make_the_line_are_noted(mapped: Map):
    result = mapped(f"{BEG}PO1*1*15*EA*9*PE*BP*W-1~SDQ*EA*92*S1*6*S2*8~")
    assert told(result) == [("MAP-008", "PO1-02 (segment 4)")]


def test_the_place_inside_a_store_is_kept(mapped: Map):
    sdq = "SDQ*EA*92*S1*15" + "*" * 19 + "14C~"
    result = mapped(f"{BEG}PO1*1*15*EA*9*PE*BP*W-1~{sdq}")
    assert left(lines_of(result)[0])["SDQ-23"] == "14C"


# Kits.


def kit(mapped: Map, *parts: str) -> tuple[Mapped, tuple[OrderLine, ...]]:
    result = mapped(BEG + KIT + "~".join(parts) + "~")
    return result, lines_of(result)


def test_the_parts_of_a_kit_are_lines_below_it(mapped: Map):
    result, lines = kit(
        mapped,
        "SLN*1**I*20*EA*28.75*PE*I*BP*QR-4411*VP*BB-7102",
        "PID*F****SEAL KIT",
    )
    assert told(result) == []
    assert [(line.line_no, line.parent_line) for line in lines] == [
        ("10", ""),
        ("1", "10"),
    ]
    part = lines[1]
    assert (part.item.buyer_part, part.item.supplier_sku) == ("QR-4411", "BB-7102")
    assert part.item.description == "SEAL KIT"
    assert part.quantity == LineQuantity(value=Decimal(20), uom_sent="EA")
    assert (part.price.amount, part.price.basis_sent) == (Decimal("28.75"), "PE")
    assert part.provenance["quantity.value"] == "SLN-04 (segment 5)"


def test_what_a_part_is_to_its_line_is_kept_with_the_part(mapped: Map):
    _, lines = kit(mapped, "SLN*1*2*I*20*EA****BP*QR-4411")
    assert left(lines[1]) == {"SLN-02": "2", "SLN-03": "I", "SLN-09": "BP"}
    assert not any(path.startswith("SLN") for path in left(lines[0]))


def test_a_part_whose_number_is_a_lines_own_is_told_apart(mapped: Map):
    second = "PO1*1*5*EA*3*PE*BP*W-2~SLN*1**I*5*EA****BP*P-2~"
    result = mapped(f"{BEG}{KIT}SLN*1**I*20*EA****BP*P-1~{second}")
    assert [line.line_no for line in lines_of(result)] == ["10", "10.1", "1", "1.1"]
    assert told(result) == []


def test_a_part_that_stands_twice_in_its_kit_is_noted(mapped: Map):
    again = "SLN*1**I*1*EA****BP*P-1"
    result, lines = kit(mapped, again, again, again)
    assert [line.line_no for line in lines] == ["10", "1", "10.1", "10.1"]
    assert told(result) == [("MAP-005", "SLN-01 (segment 7)")]


def test_a_part_needs_no_quantity_and_no_item_number(mapped: Map):
    result, lines = kit(mapped, "SLN*A**O", "PID*F****ASSEMBLED BY THE BUYER")
    assert told(result) == []
    assert lines[1].quantity == LineQuantity(value=Decimal(0))


def test_a_part_has_its_own_terms(mapped: Map):
    _, lines = kit(
        mapped,
        "SLN*A**I*20*EA****BP*P-1",
        "MSG*Same box.",
        "DTM*002*20261214",
        "CTP**CON*26.9*1*EA",
        "PO4*2*1*EA",
        "N9*L1*NOTE",
        "MSG*Two each.",
        "SAC*A*C310***150",
        "N1*Z7*CRIB*92*CRIB-9",
    )
    part = lines[1]
    assert part.notes == (
        Note(text="Same box.", kind="line"),
        Note(text="Two each.", kind="general"),
    )
    assert part.delivery is not None
    assert part.delivery.requested == dt.date(2026, 12, 14)
    assert (part.price.amount, part.price.type) == (Decimal("26.9"), "contract")
    assert part.pack == Pack(units=Decimal(2), size=Quantity(Decimal(1), "EA"))
    assert part.allowances_charges[0].amount == Money(Decimal("1.50"), "USD")
    mark_for = part.party("mark_for")
    assert mark_for is not None
    assert mark_for.id == "CRIB-9"


def test_a_composed_unit_keeps_all_its_parts(mapped: Map):
    _, lines = kit(mapped, "SLN*A**I*20*EA>2****BP*P-1")
    assert lines[1].quantity.uom_sent == "EA"
    assert left(lines[1])["SLN-05"] == "EA>2"


def test_parts_do_not_count_in_the_totals(mapped: Map):
    result, _ = kit(mapped, "SLN*A**I*20*EA*28.75*PE*I*BP*P-1")
    assert order_of(result).totals == Totals(
        source="computed",
        line_count=1,
        quantity_sum=Decimal(10),
        line_amount=Money(Decimal("4550.00"), "USD"),
        amount=Money(Decimal("4550.00"), "USD"),
    )


def test_parts_are_not_answered_by_themselves(
    mapped: Map,
    envelope: Envelope,
    body_of: Callable[[Draft], list[str]],
    faults: Callable[[Draft], tuple[Finding, ...]],
):
    result, lines = kit(mapped, "SLN*1**I*20*EA****BP*P-1")
    kinds: tuple[StatusKind, ...] = ("accept", "reject")
    answers = tuple(
        LineAck(
            line_no=line.line_no,
            parent_line=line.parent_line,
            item=line.item,
            quantity=line.quantity,
            price=line.price,
            statuses=(LineStatus(kind=kind, quantity=line.quantity.value),),
        )
        for line, kind in zip(lines, kinds, strict=True)
    )
    ack = OrderAck(po_number="PO-1", type="accepted", lines=answers)
    draft = from_ack(ack, order_of(result), envelope, None)
    assert faults(draft) == ()
    body = body_of(draft)
    assert body[0].startswith("BAK*00*AD*")
    assert body[1:] == ["PO1*10*10*EA*455*PE*BP*KIT-1", "ACK*IA*10*EA", "CTT*1"]


# Prices.


@pytest.mark.parametrize(
    ("quantity", "amount"),
    [("1", "14.2"), ("249", "14.2"), ("250", "13.1"), ("999", "13.1"), ("1000", "12")],
)
def test_of_several_breaks_the_one_that_is_reached_is_the_price(
    mapped: Map, quantity: str, amount: str
):
    breaks = "CTP**CON*12*1000*EA~CTP**CON*14.2*1*EA~CTP**CON*13.1*250*EA~"
    result = mapped(BEG + UNPRICED.format(quantity=quantity) + breaks)
    price = lines_of(result)[0].price
    assert (price.amount, price.type) == (Decimal(amount), "contract")


def test_the_breaks_that_are_not_reached_are_kept(mapped: Map):
    breaks = "CTP**CON*14.2*1*EA~CTP**CON*13.1*250*EA~"
    line = lines_of(mapped(BEG + UNPRICED.format(quantity="300") + breaks))[0]
    assert line.provenance["price.amount"] == "CTP-03 (segment 6)"
    assert ("PO1[1]/CTP[1]/CTP-03", "14.2") in [
        (each.path, each.value) for each in line.extensions
    ]


def test_a_break_that_is_not_reached_is_no_price(mapped: Map):
    result = mapped(BEG + UNPRICED.format(quantity="100") + "CTP**CON*13.1*250*EA~")
    assert lines_of(result)[0].price.amount is None


@pytest.mark.parametrize("kind", ["RES", "MSR"])
def test_what_resale_costs_is_no_price(mapped: Map, kind: str):
    body = BEG + UNPRICED.format(quantity="5")
    assert lines_of(mapped(f"{body}CTP**{kind}*19~"))[0].price.amount is None
    both = lines_of(mapped(f"{body}CTP**{kind}*19~CTP**NET*12~"))[0].price
    assert (both.amount, both.type) == (Decimal(12), "net")


# Terms, accounting, texts, packs.


def test_a_lines_allowance_and_charge_have_their_amounts(mapped: Map):
    sac = "SAC*A*C310***12000*******02***LAUNCH~SAC*C*G970******5*EA*10**06***TEST~"
    line = lines_of(mapped(BEG + KIT + sac))[0]
    assert line.allowances_charges == (
        AllowanceCharge(
            kind="allowance",
            code="C310",
            text="LAUNCH",
            amount=Money(Decimal("120.00"), "USD"),
            settlement="off_invoice",
        ),
        AllowanceCharge(
            kind="charge",
            code="G970",
            text="TEST",
            rate=Decimal(5),
            quantity=Decimal(10),
            uom="EA",
            settlement="paid",
        ),
    )


def test_terms_have_days_dates_discount_and_text(mapped: Map):
    itd = "ITD*08*3*1.5*20261203*15*20270102*45*1250****1.5 PERCENT 15 NET 45~"
    payment = order_of(mapped(BEG + itd + KIT)).payment
    assert payment is not None
    assert payment.terms == (
        PaymentTerm(
            code="08",
            basis="invoice_date",
            net_days=45,
            net_date=dt.date(2027, 1, 2),
            discount_pct=Decimal("1.5"),
            discount_amount=Money(Decimal("12.50"), "USD"),
            discount_days=15,
            discount_date=dt.date(2026, 12, 3),
            text="1.5 PERCENT 15 NET 45",
        ),
    )


def test_the_first_accounting_line_is_the_orders_and_the_others_are_kept(mapped: Map):
    fa = "AMT*TT*4550~FA1*10~FA2*18*MAINT-2~FA2*42*6410~"
    order = order_of(mapped(BEG + fa + KIT))
    assert order.accounting_cost == "MAINT-2"
    kept = [(each.path.rpartition("/")[2], each.value) for each in order.extensions]
    assert ("FA2-02", "6410") in kept
    assert ("FA1-01", "10") in kept


def test_lead_times_are_kept_with_their_path(mapped: Map):
    line = lines_of(mapped(f"{BEG}{KIT}LS*LT~LDT*AF*10*DA~LE*LT~"))[0]
    assert ("PO1[1]/LS[1]/LDT[1]/LDT-02", "10") in [
        (each.path, each.value) for each in line.extensions
    ]


def test_the_texts_of_the_heading_are_one_note_each(mapped: Map):
    n9 = "N9*L1*GENERAL~MSG*Ring twice.~MSG*Dock 2.~N9*ZZ**SLIP~MSG*No price.~"
    order = order_of(mapped(BEG + n9 + KIT))
    assert order.notes == (
        Note(text="Ring twice.\nDock 2.", kind="general"),
        Note(text="SLIP\nNo price.", kind="ZZ"),
    )


def test_packs_have_units_kind_weight_and_inner_packs(mapped: Map):
    po4 = "PO4*4*1*EA*CTN**19.5*LB*2*CF*****2~"
    line = lines_of(mapped(BEG + KIT + po4))[0]
    assert line.pack == Pack(
        units=Decimal(4),
        inner_packs=Decimal(2),
        kind="CTN",
        size=Quantity(Decimal(1), "EA"),
        gross_weight=Quantity(Decimal("19.5"), "LB"),
        volume=Quantity(Decimal(2), "CF"),
    )


def test_the_drawings_revision_is_the_items(mapped: Map):
    line = lines_of(mapped(f"{BEG}PO1*1*5*EA*9*PE*BP*W-1*EC*C*DW*D-77~"))[0]
    assert line.item.revision == "C"
    assert line.item.ids == (Identifier(id="D-77", scheme="DW"),)
