"""ORDERS and ORDCHG read: each qualifier to its field, the rest kept with its place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal

import pytest

from gateway import bootstrap
from gateway.edi.edifact.directories import key_of
from gateway.edi.edifact.events import EdifactMessage, UnbRead
from gateway.edi.edifact.reader import EdifactReader
from gateway.edi.edifact.validate import EdifactValidator, edifact_plan
from gateway.edi.tree import LoopRead
from gateway.mappers import edifact_ordchg, edifact_orders
from gateway.mappers.mapped import EdifactCarrier, Mapped
from gateway.order.change import Cancel, OrderChange
from gateway.order.model import Order, OrderLine
from gateway.order.money import Money, Quantity
from gateway.order.party import Identifier

UNB = "UNB+UNOC:3+5412345000013:14:DOCK+4000001000005:14+261120:0915+G1++++{}++{}'"
BGM = "BGM+220+PO-1+9'"
DAY = "DTM+137:20261120:102'"
LIN = "LIN+1++4000001000104:EN'QTY+21:5:PCE'"
END = "UNS+S'"


def read(
    body: str,
    type_: str = "ORDERS",
    directory: str = "D:96A",
    *,
    test: str = "",
    map_: Callable[[LoopRead, EdifactCarrier, None], Mapped] = edifact_orders.to_order,
) -> Mapped:
    text = f"UNH+M1+{type_}:{directory}:UN:EAN008'{body}UNT+9+M1'UNZ+1+G1'"
    directories = bootstrap.edifact()
    reader = EdifactReader(header=directories.header)
    data = (UNB.format("", test) + text).encode("latin-1")
    events = [*reader.receive(data), *reader.finish()]
    unb = next(e for e in events if isinstance(e, UnbRead))
    message = next(e for e in events if isinstance(e, EdifactMessage))
    schema = directories.schema(*key_of(message))
    assert schema is not None
    tree = EdifactValidator(edifact_plan(schema)).tree(message)
    carrier = EdifactCarrier(interchange=unb, group=None, message=message)
    return map_(tree, carrier, None)


def order(body: str, directory: str = "D:96A", *, test: str = "") -> Order:
    found = read(body, directory=directory, test=test).order
    assert found is not None
    return found


def line(segments: str, directory: str = "D:96A", head: str = "") -> OrderLine:
    (one,) = order(f"{BGM}{DAY}{head}{segments}{END}", directory).lines
    return one


def codes(mapped: Mapped) -> list[tuple[str, str]]:
    return [(finding.code, str(finding.where)) for finding in mapped.findings]


def left(extensions: object) -> Mapping[str, str]:
    return {one.path: one.value for one in extensions}  # type: ignore[attr-defined]


# The heading.


@pytest.mark.parametrize(
    ("bgm", "purpose", "doc_type", "told"),
    [
        ("9", "original", "order", []),
        ("", "original", "order", []),
        ("7", "duplicate", "order", ["MAP-011"]),
        ("31", "copy", "order", ["MAP-011"]),
        ("16", "copy", "order", ["MAP-002"]),
    ],
)
def test_the_function_decides_what_may_be_booked(bgm, purpose, doc_type, told):
    found = read(f"BGM+220+PO-1+{bgm}'{DAY}CUX+2:EUR:9'{LIN}{END}")
    assert found.order is not None
    assert (found.order.purpose, found.order.doc_type) == (purpose, doc_type)
    assert [code for code, _ in codes(found)] == told


@pytest.mark.parametrize("code", ["1", "17"])
def test_an_order_may_cancel_one_that_is_there(code):
    found = read(f"BGM+220+PO-1+{code}'{DAY}RFF+RE:7'{LIN}{END}")
    assert codes(found) == []
    assert isinstance(found.change, Cancel)
    assert (found.change.po_number, found.change.release_number) == ("PO-1", "7")


@pytest.mark.parametrize(("code", "purpose"), [("4", "change"), ("5", "replace")])
def test_an_order_may_change_or_replace_one_that_is_there(code, purpose):
    found = read(f"BGM+220+PO-1+{code}'{DAY}DTM+2:20261204:102'RFF+PP:2'{LIN}{END}")
    change = found.change
    assert codes(found) == []
    assert isinstance(change, OrderChange)
    assert (change.purpose, change.po_number, change.sequence) == (purpose, "PO-1", "2")
    assert change.delivery.requested == dt.date(2026, 12, 4)
    (one,) = change.lines
    assert (one.action, one.may_add, one.line.quantity.value) == (
        "change",
        True,
        Decimal(5),
    )


@pytest.mark.parametrize(
    ("code", "order_type"),
    [
        ("220", "standard"),
        ("105", "standard"),
        ("221", "blanket"),
        ("224", "rush"),
        ("226", "call_off"),
        ("227", "consignment"),
        ("228", "sample"),
        ("402", "cross_dock"),
        ("50E", "cross_dock"),
        ("999", "other"),
    ],
)
def test_the_kind_of_order_is_named(code, order_type):
    assert order(f"BGM+{code}+PO-1+9'{DAY}{LIN}{END}").order_type == order_type


def test_a_call_off_draws_on_the_blanket_that_it_names():
    one = order(f"BGM+226+R-7+9'{DAY}RFF+BO:BL-1'{LIN}{END}")
    assert (one.doc_type, one.blanket_ref, one.po_number) == (
        "blanket_release",
        "BL-1",
        "R-7",
    )


def test_without_a_number_there_is_no_order():
    found = read(f"BGM+220'{DAY}{LIN}{END}")
    assert found.order is None
    assert codes(found) == [("MAP-010", "BGM-02 (segment 2)")]


def test_the_envelope_and_the_header_are_the_source():
    one = order(f"{BGM}{DAY}{LIN}{END}", test="1")
    assert one.test
    source = one.source
    assert (source.standard, source.version, source.guide) == (
        "edifact",
        "D96A",
        "EAN008",
    )
    assert (source.sender, source.receiver) == ("14:5412345000013", "14:4000001000005")
    assert (source.sender_code, source.usage) == ("DOCK", "T")
    assert (source.interchange_control, source.message_control) == ("G1", "M1")
    assert not order(f"{BGM}{DAY}{LIN}{END}").test


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("20261130:102", dt.date(2026, 11, 30)),
        ("261130:101", dt.date(2026, 11, 30)),
        ("202611300915:203", dt.date(2026, 11, 30)),
        ("20261130091500:204", dt.date(2026, 11, 30)),
        ("202611300915GMT:303", dt.date(2026, 11, 30)),
        ("202648:616", dt.date(2026, 11, 23)),
        ("20261130", dt.date(2026, 11, 30)),
        ("202611300915", dt.date(2026, 11, 30)),
    ],
)
def test_every_format_of_a_day_is_read(value, day):
    one = order(f"{BGM}DTM+137:{value}'{LIN}{END}")
    assert one.issue_date == day


def test_what_a_date_says_beyond_its_day_is_kept():
    one = order(f"{BGM}DTM+137:202611300915:203'{LIN}{END}")
    assert left(one.extensions) == {"DTM-01.2": "202611300915", "DTM-01.3": "203"}
    assert one.provenance["issue_date"] == "DTM-01.2 (segment 3)"


@pytest.mark.parametrize("value", ["20261330:102", "tomorrow:102", "2026:718"])
def test_a_date_that_is_none_is_a_finding_at_its_component(value):
    found = read(f"{BGM}DTM+137:{value}'CUX+2:EUR'{LIN}{END}")
    assert codes(found) == [("MAP-013", "DTM-01-02 (segment 3)")]


def test_a_requested_period_gives_both_its_ends():
    one = order(f"{BGM}{DAY}DTM+2:20261201-20261205:718'{LIN}{END}")
    assert (one.delivery.requested, one.delivery.earliest, one.delivery.latest) == (
        None,
        dt.date(2026, 12, 1),
        dt.date(2026, 12, 5),
    )


def test_days_of_delivery_and_of_validity_fill_their_fields():
    one = order(
        f"{BGM}{DAY}DTM+64:20261201:102'DTM+63:20261205:102'DTM+37:20261125:102'"
        f"DTM+38:20261128:102'DTM+61:20261210:102'DTM+36:20261231:102'{LIN}{END}"
    )
    days = one.delivery
    assert (days.earliest, days.latest) == (dt.date(2026, 12, 1), dt.date(2026, 12, 5))
    assert (days.ship_not_before, days.ship_no_later) == (
        dt.date(2026, 11, 25),
        dt.date(2026, 11, 28),
    )
    assert days.cancel_after == dt.date(2026, 12, 10)
    assert one.validity is not None
    assert one.validity.end == dt.date(2026, 12, 31)


def test_references_fill_fields_and_what_follows_one_belongs_to_it():
    one = order(
        f"{BGM}{DAY}RFF+CT:C-7'RFF+AAG:Q-1'RFF+CR:CUST'RFF+PD:PROMO'DTM+171:20261101:102'"
        f"RFF+CT:C-8'{LIN}{END}"
    )
    assert (one.contract_ref, one.quote_ref, one.customer_reference) == (
        "C-7",
        "Q-1",
        "CUST",
    )
    assert [(r.kind, r.value, r.date) for r in one.references] == [
        ("promotion", "PROMO", dt.date(2026, 11, 1)),
        ("CT", "C-8", None),
    ]
    assert one.issue_date == dt.date(2026, 11, 20)  # not the reference's


def test_parties_have_numbers_names_addresses_and_people():
    one = order(
        f"{BGM}{DAY}NAD+BY+5412345000013::9++Big:Grocer+Main street 1:Floor 2+Ghent"
        f"+BRU+9000+BE'RFF+VA:BE0123'RFF+GN:55'CTA+OC+12:Ann'COM+ann@x.example:EM'"
        f"COM+?+32:TE'NAD+SU+V-5::92'{LIN}{END}"
    )
    buyer = one.party("buyer")
    assert buyer is not None
    assert (buyer.id, buyer.id_scheme, buyer.name) == (
        "5412345000013",
        "gln",
        "Big Grocer",
    )
    assert buyer.tax_ids == (Identifier(id="BE0123", scheme="VA"),)
    assert buyer.ids == (Identifier(id="55", scheme="GN"),)
    assert buyer.address is not None
    assert buyer.address.lines == ("Main street 1", "Floor 2")
    assert (buyer.address.city, buyer.address.postal_code, buyer.address.country) == (
        "Ghent",
        "9000",
        "BE",
    )
    (ann,) = buyer.contacts
    assert (ann.name, ann.email, ann.phone, ann.role) == (
        "Ann",
        "ann@x.example",
        "+32",
        "order",
    )
    seller = one.party("seller")
    assert seller is not None
    assert seller.id_scheme == "assigned_by_buyer"


@pytest.mark.parametrize(
    ("sent", "who"),
    [("DP ST CN", "DP"), ("CN ST", "ST"), ("CN", "CN"), ("UC DP", "DP")],
)
def test_the_goods_go_to_one_party(sent, who):
    nads = "".join(f"NAD+{code}+{code}-1::92'" for code in sent.split())
    one = order(f"{BGM}{DAY}{nads}{LIN}{END}")
    found = one.party("ship_to")
    assert found is not None
    assert found.id == f"{who}-1"
    assert [p.role for p in one.parties].count("ship_to") == 1


def test_the_buyers_number_with_us_is_the_account():
    assert order(f"{BGM}{DAY}NAD+BY+K-1::91'{LIN}{END}").account_number == "K-1"
    assert order(f"{BGM}{DAY}RFF+IT:K-2'{LIN}{END}").account_number == "K-2"


@pytest.mark.parametrize(
    ("cux", "currency", "told"),
    [
        ("CUX+2:EUR:9'", "EUR", []),
        ("CUX+3:USD:4'CUX+2:SEK:9'", "SEK", [("MAP-020", "CUX-01-02 (segment 4)")]),
        ("", "", [("MAP-003", "CUX-01")]),
    ],
)
def test_the_currency_is_the_reference_currency(cux, currency, told):
    found = read(f"{BGM}{DAY}{cux}{LIN}{END}")
    assert found.order is not None
    assert (found.order.currency, codes(found)) == (currency, told)


@pytest.mark.parametrize(
    ("directory", "terms"),
    [
        ("D:96A", "PAT+22++5:3:D:14'PCD+12:2'PAT+3++5:3:W:4'"),
        ("D:10A", "PYT+22++5+3+D+14'PCD+12:2'PYT+3++5+3+W+4'"),
    ],
)
def test_payment_terms_of_both_segments_say_the_same(directory, terms):
    payment = order(f"{BGM}{DAY}{terms}{LIN}{END}", directory).payment
    assert payment is not None
    discount, net = payment.terms
    assert (discount.discount_pct, discount.discount_days) == (Decimal(2), 14)
    assert (net.net_days, net.basis) == (28, "invoice_date")


def test_months_are_no_number_of_days():
    one = order(f"{BGM}{DAY}PAT+3++5:3:M:2'{LIN}{END}")
    assert one.payment is not None
    assert one.payment.terms[0].net_days is None
    assert left(one.extensions)["PAT[1]/PAT-03.4"] == "2"


def test_days_count_from_the_end_of_the_month_or_from_what_is_named():
    month = order(f"{BGM}{DAY}PAT+1++5:17:D:30'{LIN}{END}")
    shipped = order(f"{BGM}{DAY}PAT+1++25:3:D:30'{LIN}{END}")
    assert month.payment
    assert shipped.payment
    assert [one.basis for one in month.payment.terms] == ["end_of_month"]
    assert [one.basis for one in shipped.payment.terms] == ["ship_date"]


def test_delivery_terms_and_carrier():
    one = order(
        f"{BGM}{DAY}TDT+20++30++X1:::Express'TOD+3+PP+DAP'LOC+7+:::Ghent'{LIN}{END}"
    )
    terms, by = one.delivery.terms, one.delivery.carrier
    assert terms is not None
    assert by is not None
    assert (terms.code, terms.freight, terms.place) == ("DAP", "prepaid", "Ghent")
    assert (by.id, by.name, by.mode) == ("X1", "Express", "30")


@pytest.mark.parametrize(
    ("code", "flags"),
    [
        ("SC", (False, None, None)),
        ("BK", (True, True, None)),
        ("SP", (True, False, None)),
        ("IS", (None, None, True)),
    ],
)
def test_scheduling_conditions_hold_for_lines_that_say_nothing_else(code, flags):
    found = line(LIN, head=f"SCC+1+{code}'").flags
    assert (
        found.partial,
        found.backorder_allowed,
        found.substitution_allowed,
    ) == flags


def test_texts_keep_their_subject_and_their_lines():
    one = order(f"{BGM}{DAY}FTX+AAI+++one:two'FTX+ABC+++three+FR'{LIN}{END}")
    assert [(n.kind, n.text, n.language) for n in one.notes] == [
        ("general", "one\ntwo", ""),
        ("ABC", "three", "FR"),
    ]


def test_sums_are_those_of_the_summary_or_computed():
    sent = order(f"{BGM}{DAY}{LIN}PRI+AAA:2'{END}MOA+86:11'CNT+2:1'").totals
    assert sent is not None
    assert (sent.source, sent.amount, sent.line_count) == (
        "sent",
        Money(Decimal(11), ""),
        1,
    )
    made = order(f"{BGM}{DAY}{LIN}PRI+AAA:2'{END}").totals
    assert made is not None
    assert (made.source, made.line_count) == ("computed", 1)
    assert made.quantity_sum == 5
    assert made.amount == Money(Decimal(10), "")


# Lines.


def test_numbers_of_the_item_come_from_lin_and_pia():
    one = line(
        "LIN+1++4000001000104:EN'PIA+1+SA-1:SA+B-1:IN+C1:HS'PIA+5+M-1:MF'"
        "PIA+3+OLD:SA'QTY+21:1'"
    )
    item = one.item
    assert (item.gtin, item.supplier_sku, item.buyer_part, item.mfr_part) == (
        "4000001000104",
        "SA-1",
        "B-1",
        "M-1",
    )
    assert [(c.code, c.scheme) for c in item.classification] == [("C1", "hs")]
    kept = left(one.extensions)
    assert kept["LIN[1]/PIA-02.1"] == "OLD"  # a substitute is no name of the item


def test_lin_may_be_empty_and_the_product_id_stand_in_pia():
    assert line("LIN+1'PIA+5+SA-1:SA'QTY+21:1'").item.supplier_sku == "SA-1"


def test_a_line_without_an_item_a_number_or_a_quantity_is_told():
    found = read(f"{BGM}{DAY}CUX+2:EUR'LIN'{END}")
    assert codes(found) == [
        ("MAP-006", "LIN (segment 5)"),
        ("MAP-004", "LIN-01 (segment 5)"),
        ("MAP-007", "LIN-03 (segment 5)"),
    ]
    twice = read(f"{BGM}{DAY}CUX+2:EUR'{LIN}{LIN}{END}")
    assert codes(twice) == [("MAP-005", "LIN-01 (segment 7)")]


@pytest.mark.parametrize(
    ("qty", "value", "unit", "rec20"),
    [
        ("QTY+21:5:PCE'", "5", "PCE", ""),
        ("QTY+21:5'", "5", "", "C62"),
        ("QTY+21:2,5:KGM'", "2.5", "KGM", ""),
        ("QTY+1:5:PCE'", "5", "PCE", ""),
        ("QTY+59:6'QTY+192:1'QTY+21:5'", "5", "", "C62"),
    ],
)
def test_the_ordered_quantity_is_found_among_others(qty, value, unit, rec20):
    found = line(f"LIN+1++1:EN'{qty}").quantity
    assert (found.value, found.uom_sent, found.uom_rec20) == (
        Decimal(value),
        unit,
        rec20,
    )


def test_quantities_below_a_place_never_overwrite_the_ordered_one():
    one = line(f"{LIN}LOC+7+5412345000044::9'QTY+21:2'LOC+7+5412345000051::9'QTY+21:3'")
    assert one.quantity.value == 5
    assert [(s.qty, s.ship_to.id if s.ship_to else "") for s in one.schedules] == [
        (Decimal(2), "5412345000044"),
        (Decimal(3), "5412345000051"),
    ]


def test_a_schedule_has_its_quantities_and_days():
    one = line(f"{LIN}SCC+1'QTY+113:2'DTM+2:20261201:102'QTY+113:3'DTM+2:20261205:102'")
    assert [(s.qty, s.date) for s in one.schedules] == [
        (Decimal(2), dt.date(2026, 12, 1)),
        (Decimal(3), dt.date(2026, 12, 5)),
    ]
    assert one.delivery is None


def test_a_line_that_is_divided_may_have_its_quantity_there_alone():
    parts = "SCC+1'QTY+21:20:PCE'DTM+2:20261201:102'SCC+1'QTY+21:30:PCE'"
    one = line(f"LIN+1++A:SA'{parts}")
    assert (one.quantity.value, one.quantity.uom_sent) == (Decimal(50), "PCE")


@pytest.mark.parametrize(
    "parts", ["SCC+1'QTY+21:4'", "LOC+7+W1::92'QTY+21:6'", "SCC+1'QTY+21:5:KGM'"]
)
def test_parts_that_do_not_add_up_to_the_line_are_told(parts):
    found = read(f"{BGM}{DAY}CUX+2:EUR'{LIN}{parts}{END}")
    assert codes(found) == [("MAP-008", "QTY-01-02 (segment 6)")]


def test_free_goods_and_packs_are_no_ordered_quantity():
    one = line(f"{LIN}QTY+192:1:PCE'QTY+59:12'")
    assert one.free_goods == Quantity(Decimal(1), "PCE")
    assert one.pack is not None
    assert one.pack.units == 12


@pytest.mark.parametrize(
    ("pri", "amount", "basis", "unit", "kind"),
    [
        ("PRI+AAA:2,5'", "2.5", "1", "", "net"),
        ("PRI+AAB:3'PRI+AAA:2'", "2", "1", "", "net"),
        ("PRI+AAB:3'", "3", "1", "", "gross"),
        ("PRI+AAA:199,90:::100:PCE'", "199.90", "100", "", "net"),
        ("PRI+AAA:199,90:::100:KGM'", "199.90", "100", "KGM", "net"),
        ("PRI+AAA:2:CT'", "2", "1", "", "contract"),
        ("PRI+NTP:2'", "2", "1", "", "net"),
    ],
)
def test_the_price_is_net_before_gross_and_per_its_basis(
    pri, amount, basis, unit, kind
):
    price = line(LIN + pri).price
    assert (price.amount, price.basis_qty) == (Decimal(amount), Decimal(basis))
    assert (price.basis_uom, price.type) == (unit, kind)


def test_prices_with_tax_are_no_price_of_the_order():
    one = line(f"{LIN}PRI+AAE:9,99'")
    assert one.price.amount is None
    assert left(one.extensions)["LIN[1]/PRI[1]/PRI-01.2"] == "9,99"


def test_of_several_prices_the_one_that_the_quantity_reaches():
    breaks = "PRI+AAA:3'RNG+4+PCE:1:4'PRI+AAA:2'RNG+4+PCE:5:99'"
    assert line(LIN + breaks).price.amount == 2


def test_line_terms_are_the_lines_own():
    one = line(
        f"{LIN}DTM+2:20261201:102'MOA+203:12,5'FTX+AAI+++fragile'RFF+CT:C-9'TAX+7+VAT+++:::6+S'"
        "MOA+124:0,75'NAD+DP+S-1::92'ALC+A++++DI'PCD+1:5'",
        head="CUX+2:EUR'",
    )
    assert one.delivery is not None
    assert one.delivery.requested == dt.date(2026, 12, 1)
    assert one.amount == Money(Decimal("12.5"), "EUR")
    assert [(n.kind, n.text) for n in one.notes] == [("line", "fragile")]
    assert one.contract_ref == "C-9"
    (tax,) = one.tax
    assert (tax.kind, tax.percent, tax.category) == ("vat", Decimal(6), "S")
    assert tax.amount == Money(Decimal("0.75"), "EUR")
    assert one.party("ship_to") is not None
    (off,) = one.allowances_charges
    assert (off.kind, off.code, off.percent) == ("allowance", "DI", Decimal(5))


def test_a_line_below_another_names_it():
    body = f"{BGM}{DAY}{LIN}LIN+2++9:EN+1:1'QTY+21:1'{END}"
    assert [one.parent_line for one in order(body).lines] == ["", "1"]


def test_released_characters_are_data():
    assert order(f"BGM+220+A?+B??C+9'{DAY}{LIN}{END}").po_number == "A+B?C"


@pytest.mark.parametrize("directory", ["D:93A", "D:96A", "D:97A", "D:01B", "D:21B"])
def test_the_same_order_is_the_same_in_every_directory(directory):
    body = (
        f"{BGM}{DAY}RFF+CT:C-7'NAD+BY+5412345000013::9'CUX+2:EUR:9'{LIN}PRI+AAA:2'"
        f"RFF+PL:L-1'{END}MOA+86:10'CNT+2:1'"
    )
    one = order(body, directory)
    (only,) = one.lines
    assert (one.contract_ref, one.currency, one.party("buyer") is not None) == (
        "C-7",
        "EUR",
        True,
    )
    assert (only.quantity.value, only.price.amount) == (Decimal(5), Decimal(2))
    assert only.price.ref == "L-1"
    assert one.extensions == ()


# Changes.


def change(body: str) -> Mapped:
    return read(body, "ORDCHG", map_=edifact_ordchg.to_change)


def test_a_change_names_its_order_and_what_becomes_of_each_line():
    found = change(
        f"BGM+230+CHG-1+4'{DAY}RFF+ON:PO-1'RFF+PP:2'CUX+2:EUR'"
        "LIN+1+3+1:EN'QTY+21:7:PCE'LIN+2+2+2:EN'LIN+3+1+3:EN'QTY+21:1'LIN+4+11+4:EN'UNS+S'"
    ).change
    assert isinstance(found, OrderChange)
    assert (found.po_number, found.sequence, found.purpose) == ("PO-1", "2", "change")
    assert [(one.line.line_no, one.action) for one in found.lines] == [
        ("1", "change"),
        ("2", "delete"),
        ("3", "add"),
        ("4", "none"),
    ]
    assert found.lines[0].line.quantity.value == 7
    assert found.requested_on == dt.date(2026, 11, 20)


@pytest.mark.parametrize("code", ["1", "17"])
def test_a_cancellation_undoes_the_whole_order(code):
    found = change(f"BGM+230+CHG-1+{code}'{DAY}RFF+ON:PO-1'{LIN}UNS+S'").change
    assert isinstance(found, Cancel)
    assert found.po_number == "PO-1"


def test_what_a_change_does_not_say_is_no_fault_of_it():
    found = change(f"BGM+230+CHG-1+4'{DAY}RFF+ON:PO-1'LIN+1+3'QTY+21:7'UNS+S'")
    assert codes(found) == []


def test_a_change_that_names_no_order_or_says_nothing_known_is_told():
    assert codes(change(f"BGM+230++4'{DAY}{LIN}UNS+S'")) == [
        ("MAP-010", "BGM-02 (segment 2)")
    ]
    odd = change(f"BGM+230+C+4'{DAY}RFF+ON:PO-1'LIN+1+99+1:EN'QTY+21:7'UNS+S'")
    assert codes(odd) == [("MAP-015", "LIN-02 (segment 5)")]
    assert isinstance(odd.change, OrderChange)
    assert odd.change.lines[0].action == "none"


# What is no order, and what is said twice.


@pytest.mark.parametrize(
    "kind", ["230", "231", "242", "245", "310", "311", "325", "351", "352", "380"]
)
def test_another_document_is_no_order(kind):
    found = read(f"BGM+{kind}+PO-1+9'{DAY}CUX+2:EUR:9'{LIN}{END}")
    assert codes(found) == [("MAP-002", "BGM-01 (segment 2)")]


@pytest.mark.parametrize("action", ["2", "3", "4", "7", "10"])
def test_a_line_that_is_to_go_makes_no_new_order(action):
    line = LIN.replace("LIN+1++", f"LIN+1+{action}+")
    found = read(f"{BGM}{DAY}CUX+2:EUR:9'{line}{END}")
    assert codes(found) == [("MAP-002", "LIN-02 (segment 5)")]


@pytest.mark.parametrize("action", ["", "1", "5"])
def test_a_line_that_is_added_is_ordered(action):
    line = LIN.replace("LIN+1++", f"LIN+1+{action}+")
    assert codes(read(f"{BGM}{DAY}CUX+2:EUR:9'{line}{END}")) == []


@pytest.mark.parametrize(("action", "becomes"), [("2", "delete"), ("3", "change")])
def test_an_order_that_changes_another_may_delete_a_line(action, becomes):
    line = LIN.replace("LIN+1++", f"LIN+1+{action}+")
    change = read(f"BGM+220+PO-1+4'{DAY}{line}{END}").change
    assert isinstance(change, OrderChange)
    assert [one.action for one in change.lines] == [becomes]


@pytest.mark.parametrize(
    ("head", "behind", "where"),
    [
        ("DTM+2:20261204:102'DTM+2:20261211:102'", "", "DTM-01-02 (segment 5)"),
        ("", "QTY+21:6:PCE'", "QTY-01-02 (segment 7)"),
        ("", "QTY+21:5:CT'", "QTY-01-02 (segment 7)"),
        ("", "PRI+AAA:1.5'PRI+AAA:1.4'", "PRI-01-02 (segment 8)"),
    ],
)
def test_what_holds_once_is_not_said_twice(head, behind, where):
    found = read(f"{BGM}{DAY}{head}CUX+2:EUR:9'{LIN}{behind}{END}")
    assert codes(found) == [("MAP-018", where)]


@pytest.mark.parametrize(
    ("head", "behind"),
    [
        ("DTM+2:20261204:102'DTM+2:202612040800:203'", ""),
        ("", "QTY+21:5:PCE'QTY+192:1:PCE'QTY+59:6'"),
        ("", "PRI+AAA:1.5'PRI+AAA:1.4::CAT'PRI+AAB:1.6'PRI+AAA:150:::100:PCE'"),
        ("", "PRI+AAA:1.5'RNG+4+PCE:1:9'PRI+AAA:1.4'RNG+4+PCE:10:99'"),
    ],
)
def test_what_is_said_of_something_else_is_not_said_twice(head, behind):
    assert codes(read(f"{BGM}{DAY}{head}CUX+2:EUR:9'{LIN}{behind}{END}")) == []


@pytest.mark.parametrize(
    ("pia", "told"),
    [
        ("PIA+1+W-1:SA+W-2:SA'", ["MAP-018"]),
        ("PIA+1+4000001000111:EN'", ["MAP-018"]),
        ("PIA+1+W-1:SA+w-1:SA'", []),
        ("PIA+1+W-1:SA+W-2:VN'", []),
        ("PIA+2+W-1:SA'PIA+3+W-2:SA'", []),
    ],
)
def test_a_second_number_of_a_type_is_another_item(pia, told):
    found = read(f"{BGM}{DAY}CUX+2:EUR:9'{LIN.replace('QTY', f'{pia}QTY')}{END}")
    assert [code for code, _ in codes(found)] == told
