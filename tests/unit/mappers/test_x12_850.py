"""Each element of the cross-walk goes to its field; what is odd is a finding."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from gateway.edi.events import GroupBegun, InterchangeBegun, Separators
from gateway.edi.tree import LoopRead, SegmentRead
from gateway.findings import Finding
from gateway.mappers import READERS
from gateway.mappers.mapped import Carrier as CameIn
from gateway.mappers.mapped import Mapped
from gateway.mappers.x12_850 import to_order
from gateway.order.change import Cancel, OrderChange
from gateway.order.item import Attribute, Classification, Pack, Price, Schedule
from gateway.order.model import LineFlags, Order, OrderLine
from gateway.order.money import Money, Quantity
from gateway.order.party import (
    Address,
    Attachment,
    Contact,
    Identifier,
    Note,
    Party,
    Reference,
)
from gateway.order.terms import (
    AllowanceCharge,
    Carrier,
    DeliveryTerms,
    PaymentTerm,
    Period,
    Tax,
    Totals,
)
from gateway.partner.profile import Profile

Map = Callable[..., Mapped]
BEG = "BEG*00*NE*PO-1**20261120~CUR*BY*USD~"
LINE = "PO1*1*100*EA*12.5*PE*VP*W-1~"


def order_of(mapped: Mapped) -> Order:
    assert mapped.order is not None
    return mapped.order


def line_of(mapped: Mapped) -> OrderLine:
    return order_of(mapped).lines[0]


def told(mapped: Mapped) -> list[tuple[str, str]]:
    """The findings as code and place."""
    return [(finding.code, str(finding.where)) for finding in mapped.findings]


def day(month: int, number: int) -> dt.date:
    return dt.date(2026, month, number)


# The heading.


def test_a_plain_order_has_its_numbers_dates_and_source(mapped: Map):
    result = mapped(BEG + LINE)
    order = order_of(result)
    assert result.findings == ()
    assert (order.po_number, order.issue_date) == ("PO-1", day(11, 20))
    assert (order.purpose, order.order_type, order.doc_type) == (
        "original",
        "standard",
        "order",
    )
    assert (order.currency, order.test) == ("USD", False)
    assert (order.source.sender, order.source.receiver) == ("ZZ:ACME", "ZZ:SUPPLIER")
    assert (order.source.interchange_control, order.source.group_control) == (
        "000000101",
        "7",
    )
    assert (order.source.message_control, order.source.version) == (
        "0001",
        "004010VICS",
    )
    assert (order.source.sender_code, order.source.receiver_code) == (
        "ACME",
        "SUPPLIER",
    )
    assert (order.source.usage, order.source.interchange_version) == ("P", "00401")
    assert Separators.of(order.source.separators).terminator == "~"
    assert order.source.sha256 == "ab" * 32


def test_provenance_names_the_element_and_its_segment(mapped: Map):
    order = order_of(mapped(BEG + LINE))
    assert order.provenance["po_number"] == "BEG-03 (segment 2)"
    assert order.lines[0].provenance["price.amount"] == "PO1-04 (segment 4)"


def test_a_test_interchange_makes_a_test_order(mapped: Map):
    assert order_of(mapped(BEG + LINE, usage="T")).test


@pytest.mark.parametrize(
    ("beg01", "purpose", "doc_type", "code"),
    [
        ("06", "confirm", "order", "MAP-002"),
        ("18", "replace", "order", "MAP-002"),
        ("SU", "copy", "order", "MAP-002"),
        ("??", "copy", "order", "MAP-002"),
        ("07", "duplicate", "order", "MAP-011"),
        ("22", "copy", "order", "MAP-011"),
    ],
)
def test_what_is_no_original_order_is_noted(
    mapped: Map, beg01: str, purpose: str, doc_type: str, code: str
):
    result = mapped(BEG.replace("*00*", f"*{beg01}*") + LINE)
    order = order_of(result)
    assert (order.purpose, order.doc_type) == (purpose, doc_type)
    assert told(result) == [(code, "BEG-01 (segment 2)")]


def test_an_850_may_cancel_an_order(mapped: Map):
    result = mapped(BEG.replace("*00*", "*01*") + LINE)
    assert result.order is None
    assert isinstance(result.change, Cancel)
    assert result.change.po_number == "PO-1"
    assert result.findings == ()


@pytest.mark.parametrize(("beg01", "purpose"), [("04", "change"), ("05", "replace")])
def test_an_850_may_change_or_replace_an_order(mapped: Map, beg01: str, purpose: str):
    result = mapped(BEG.replace("*00*", f"*{beg01}*") + LINE)
    assert result.order is None
    assert isinstance(result.change, OrderChange)
    assert result.change.purpose == purpose
    (line,) = result.change.lines
    assert (line.action, line.may_add) == ("change", True)
    assert result.findings == ()


@pytest.mark.parametrize(
    ("beg02", "order_type"),
    [
        ("SA", "standard"),
        ("DS", "drop_ship"),
        ("BK", "blanket"),
        ("RO", "rush"),
        ("KC", "contract"),
        ("OS", "standard"),
        ("AC", "rush"),
    ],
)
def test_the_kind_of_order(mapped: Map, beg02: str, order_type: str):
    result = mapped(BEG.replace("NE", beg02) + LINE)
    assert order_of(result).order_type == order_type
    assert result.findings == ()


@pytest.mark.parametrize(
    ("beg02", "order_type"),
    [
        ("CN", "consignment"),
        ("SP", "sample"),
        ("RR", "repair"),
        ("LS", "lease"),
        ("RT", "other"),
        ("ST", "other"),
    ],
)
def test_a_kind_that_is_no_plain_purchase_is_noted(mapped: Map, beg02, order_type):
    result = mapped(BEG.replace("NE", beg02) + LINE)
    assert order_of(result).order_type == order_type
    assert told(result) == [("MAP-019", "BEG-02 (segment 2)")]


@pytest.mark.parametrize("beg02", ["BD", "BQ", "CA", "CC", "KO", "SO"])
def test_a_kind_that_orders_nothing_makes_no_new_order(mapped: Map, beg02):
    result = mapped(BEG.replace("NE", beg02) + LINE)
    assert told(result) == [("MAP-002", "BEG-02 (segment 2)")]


def test_a_release_names_its_blanket_order(mapped: Map):
    order = order_of(mapped("BEG*00*RL*B-1*R-7*20261120~CUR*BY*USD~" + LINE))
    assert (order.doc_type, order.order_type) == ("blanket_release", "release")
    assert (order.po_number, order.blanket_ref, order.release_number) == (
        "B-1",
        "B-1",
        "R-7",
    )


def test_a_confirmation_of_a_spoken_order_is_no_new_order(mapped: Map):
    result = mapped(BEG.replace("NE", "CF") + LINE)
    assert order_of(result).purpose == "confirm"
    assert told(result) == [("MAP-002", "BEG-02 (segment 2)")]


@pytest.mark.parametrize(
    ("beg07", "wanted"),
    [
        ("NA", "none"),
        ("AD", "with_detail"),
        ("AE", "on_changes"),
        ("AK", "any"),
        ("RV", "any"),
    ],
)
def test_the_answer_that_is_wanted(mapped: Map, beg07: str, wanted: str):
    beg = f"BEG*00*NE*PO-1**20261120**{beg07}~CUR*BY*USD~"
    assert order_of(mapped(beg + LINE)).ack_wanted == wanted


def test_a_message_without_an_order_number_has_no_order(mapped: Map):
    result = mapped("BEG*00*NE***20261120~" + LINE)
    assert result.order is None
    assert told(result) == [("MAP-010", "BEG-03 (segment 2)")]


def test_a_message_without_beg_has_no_order(mapped: Map):
    result = mapped(LINE)
    assert result.order is None
    assert told(result) == [("MAP-010", "BEG-03")]


def test_no_currency_is_noted_and_left_empty(mapped: Map):
    result = mapped("BEG*00*NE*PO-1**20261120~" + LINE)
    assert order_of(result).currency == ""
    assert told(result) == [("MAP-003", "CUR-02")]


def test_references_that_have_a_field_fill_it_and_others_are_kept(mapped: Map):
    refs = (
        "REF*CT*C-1~REF*CT*C-2~REF*PR*Q-1~REF*RQ*R-1~REF*K5*T-1~REF*P4*P-1~"
        "REF*CR*Ann~REF*12*A-1~REF*DP*042*Toys~REF*IA*V77~REF*ZZ*odd~"
    )
    order = order_of(mapped(BEG + refs + LINE))
    assert (order.contract_ref, order.quote_ref) == ("C-1", "Q-1")
    assert (order.requisition_ref, order.tender_ref) == ("R-1", "T-1")
    assert (order.project, order.customer_reference) == ("P-1", "Ann")
    assert order.account_number == "A-1"
    assert order.references == (
        Reference(kind="CT", value="C-2"),
        Reference(kind="department", value="042", text="Toys"),
        Reference(kind="vendor_number", value="V77"),
        Reference(kind="ZZ", value="odd"),
    )


def test_the_contract_of_beg_goes_before_the_one_of_ref(mapped: Map):
    beg = "BEG*00*NE*PO-1**20261120*C-9~CUR*BY*USD~REF*CT*C-1~"
    order = order_of(mapped(beg + LINE))
    assert order.contract_ref == "C-9"
    assert order.references == (Reference(kind="CT", value="C-1"),)


def test_a_party_has_names_address_numbers_and_people(mapped: Map):
    n1 = (
        "N1*ST*Plant 1*UL*0614141000012~N2*Dock*Door 4~N3*1 Way*Suite 2~"
        "N4*Town*TX*75001*US~REF*TX*T-1~REF*LU*17~"
        "PER*RE*Bob*TE*555*FX*556*EM*b@example.com~"
    )
    order = order_of(mapped(BEG + n1 + LINE))
    assert order.party("ship_to") == Party(
        role="ship_to",
        id="0614141000012",
        id_scheme="gln",
        name="Plant 1",
        ids=(Identifier(id="17", scheme="LU"),),
        address=Address(
            lines=("1 Way", "Suite 2"),
            city="Town",
            region="TX",
            postal_code="75001",
            country="US",
            deliver_to=("Dock", "Door 4"),
        ),
        contacts=(
            Contact(
                name="Bob",
                role="receiving",
                phone="555",
                fax="556",
                email="b@example.com",
            ),
        ),
        tax_ids=(Identifier(id="T-1", scheme="TX"),),
    )


@pytest.mark.parametrize(
    ("code", "role", "sent"),
    [
        ("BY", "buyer", ""),
        ("BT", "bill_to", ""),
        ("SO", "sold_to", ""),
        ("PR", "payer", ""),
        ("Z7", "mark_for", ""),
        ("SF", "ship_from", ""),
        ("SE", "seller", ""),
        ("SU", "seller", "SU"),
        ("RI", "remit_to", ""),
        ("SN", "other", "SN"),
    ],
)
def test_the_role_of_a_party(mapped: Map, code: str, role: str, sent: str):
    (party,) = order_of(mapped(f"{BEG}N1*{code}*Name~{LINE}")).parties
    assert (party.role, party.role_sent) == (role, sent)


def test_people_of_the_heading_belong_to_the_buyer(mapped: Map):
    body = f"{BEG}PER*BD*Ann*TE*1~N1*ST*Plant~N1*BY*Acme*91*A-1~PER*OC*Eve~{LINE}"
    order = order_of(mapped(body))
    buyer = order.party("buyer")
    assert buyer is not None
    assert [contact.name for contact in buyer.contacts] == ["Eve", "Ann"]
    assert order.provenance["parties[1].contacts[1].name"] == "PER-02 (segment 4)"
    assert order.account_number == "A-1"


def test_people_of_the_heading_without_a_buyer_make_one(mapped: Map):
    order = order_of(mapped(f"{BEG}PER*BD*Ann*TE*1~{LINE}"))
    assert order.parties == (
        Party(role="buyer", contacts=(Contact(name="Ann", role="buyer", phone="1"),)),
    )


def test_days_of_delivery(mapped: Map):
    dtms = (
        "DTM*002*20261210~DTM*064*20261208~DTM*063*20261212~DTM*037*20261201~"
        "DTM*038*20261205~DTM*001*20261220~DTM*007*20261101~DTM*036*20261231~"
    )
    order = order_of(mapped(BEG + dtms + LINE))
    delivery = order.delivery
    assert (delivery.requested, delivery.earliest, delivery.latest) == (
        day(12, 10),
        day(12, 8),
        day(12, 12),
    )
    assert (delivery.ship_not_before, delivery.ship_no_later) == (
        day(12, 1),
        day(12, 5),
    )
    assert delivery.cancel_after == day(12, 20)
    assert order.validity == Period(start=day(11, 1), end=day(12, 31))


def test_other_dates_fill_a_window_only_where_it_is_free(mapped: Map):
    dtms = "DTM*010*20261204~DTM*071*20261207~DTM*074*20261213~DTM*063*20261212~"
    delivery = order_of(mapped(BEG + dtms + LINE)).delivery
    assert (delivery.ship_no_later, delivery.earliest, delivery.latest) == (
        day(12, 4),
        day(12, 7),
        day(12, 12),
    )


@pytest.mark.parametrize(
    ("sent", "read"),
    [("261210", day(12, 10)), ("991231", dt.date(1999, 12, 31))],
)
def test_a_date_of_six_digits_has_a_window(mapped: Map, sent: str, read: dt.date):
    assert order_of(mapped(f"{BEG}DTM*002*{sent}~{LINE}")).delivery.requested == read


def test_a_date_in_dtm_06_is_read_where_dtm_05_says_so(mapped: Map):
    order = order_of(mapped(f"{BEG}DTM*002****D8*20261210~{LINE}"))
    assert order.delivery.requested == day(12, 10)


@pytest.mark.parametrize("sent", ["20261332", "2026121", "soon", "٢٠٢٦١٢١٠"])
def test_a_date_that_cannot_be_read_is_noted_and_kept(mapped: Map, sent: str):
    result = mapped(f"{BEG}DTM*002*{sent}~{LINE}")
    order = order_of(result)
    assert told(result) == [("MAP-013", "DTM-02 (segment 4)")]
    assert order.delivery.requested is None
    assert ("DTM-02", sent) in [(e.path, e.value) for e in order.extensions]


def test_terms_of_delivery_and_the_carrier(mapped: Map):
    order = order_of(
        mapped(f"{BEG}FOB*PC*DE*Dock 4*01*DDP~TD5**2*ABCD*M*Truck*******ND~{LINE}")
    )
    assert order.delivery.terms == DeliveryTerms(
        code="DDP", place="Dock 4", freight="prepaid_added", freight_sent="PC"
    )
    assert order.delivery.carrier == Carrier(
        id="ABCD", id_scheme="scac", mode="M", routing="Truck", service="ND"
    )


def test_terms_of_payment_have_two_implied_decimals_in_itd_08(mapped: Map):
    itd = "ITD*01*3*2**10**30*1250****2 pct 10 net 30~"
    payment = order_of(mapped(BEG + itd + LINE)).payment
    assert payment is not None
    assert payment.terms == (
        PaymentTerm(
            code="01",
            basis="invoice_date",
            discount_pct=Decimal(2),
            discount_days=10,
            net_days=30,
            discount_amount=Money(Decimal("12.50"), "USD"),
            text="2 pct 10 net 30",
        ),
    )


def test_allowances_have_two_implied_decimals_in_sac_05(mapped: Map):
    sac = "SAC*A*C310***1250*2*5.5*****02*D-1**Spring~SAC*C*D240***-100~SAC*N*C310~"
    assert order_of(mapped(BEG + sac + LINE)).allowances_charges == (
        AllowanceCharge(
            kind="allowance",
            code="C310",
            text="Spring",
            amount=Money(Decimal("12.50"), "USD"),
            percent=Decimal("5.5"),
            settlement="off_invoice",
            reference="D-1",
        ),
        AllowanceCharge(
            kind="charge", code="D240", amount=Money(Decimal("-1.00"), "USD")
        ),
    )


def test_taxes_have_percents_where_txi_has_fractions(mapped: Map):
    order = order_of(mapped(f"{BEG}TAX*T-1~TXI*VA*19.5*.19*CD*DE~{LINE}"))
    assert order.taxes == (
        Tax(id="T-1"),
        Tax(
            kind="vat",
            amount=Money(Decimal("19.5"), "USD"),
            percent=Decimal(19),
            jurisdiction="DE",
        ),
    )


def test_notes_are_the_lines_of_msg(mapped: Map):
    order = order_of(mapped(f"{BEG}N9*L1*1*First~MSG*Second~MSG*Third~{LINE}"))
    assert order.notes == (Note(text="First\nSecond\nThird"),)


def test_paperwork_is_an_attachment(mapped: Map):
    order = order_of(mapped(f"{BEG}PWK*DW*EM***AC*D-1*Drawing~{LINE}"))
    assert order.attachments == (
        Attachment(kind="DW", name="D-1", description="Drawing"),
    )


def test_the_account_that_the_buyer_books_on(mapped: Map):
    order = order_of(mapped(f"{BEG}AMT*BT*1~FA1*DY~FA2*A1*4711~{LINE}"))
    assert order.accounting_cost == "4711"


def test_totals_are_as_sent(mapped: Map):
    order = order_of(mapped(f"{BEG}{LINE}CTT*1*100~AMT*TT*1250~"))
    assert order.totals == Totals(
        source="sent",
        line_count=1,
        quantity_sum=Decimal(100),
        line_amount=Money(Decimal("1250.00"), "USD"),
        amount=Money(Decimal(1250), "USD"),
    )


def test_totals_that_were_not_sent_are_computed(mapped: Map):
    order = order_of(mapped(f"{BEG}{LINE}PO1*2*7*EA*1.005*HP*VP*W-2~"))
    assert order.totals == Totals(
        source="computed",
        line_count=2,
        quantity_sum=Decimal(107),
        line_amount=Money(Decimal("1250.07"), "USD"),
        amount=Money(Decimal("1250.07"), "USD"),
    )


def test_no_amount_is_computed_while_a_line_has_no_price(mapped: Map):
    totals = order_of(mapped(f"{BEG}{LINE}PO1*2*7*EA***VP*W-2~")).totals
    assert totals is not None
    assert totals.line_amount is None


# The lines.


@pytest.mark.parametrize(
    ("code", "quantity", "kind"),
    [
        ("PE", 1, ""),
        ("UM", 1, ""),
        ("PN", 10, ""),
        ("TD", 12, "contract"),
        ("HP", 100, ""),
        ("TP", 1000, ""),
        ("TM", 1000, "contract"),
        ("HT", 100_000, ""),
        ("CT", 1, "contract"),
        ("CA", 1, "list"),
        ("QT", 1, "quote"),
        ("NC", 1, "no_charge"),
        ("TB", 1, "other"),
    ],
)
def test_the_basis_of_a_price(mapped: Map, code: str, quantity: int, kind: str):
    result = mapped(f"{BEG}PO1*1*100*EA*12.5*{code}*VP*W-1~")
    price = line_of(result).price
    assert price.basis_qty == quantity
    assert (str(price.type), price.basis_sent) == (kind, code)
    assert result.findings == ()


def test_a_price_per_feet_is_understood_for_feet(mapped: Map):
    result = mapped(f"{BEG}PO1*1*500*FT*12.5*HF*VP*W-1~")
    assert line_of(result).price == Price(
        amount=Decimal("12.5"),
        currency="USD",
        basis_qty=Decimal(100),
        basis_uom="FT",
        basis_sent="HF",
    )
    assert result.findings == ()


@pytest.mark.parametrize(("unit", "code"), [("EA", "HF"), ("EA", "PG")])
def test_a_basis_that_does_not_fit_the_unit_is_noted(mapped: Map, unit: str, code: str):
    result = mapped(f"{BEG}PO1*1*5*{unit}*12.5*{code}*VP*W-1~")
    assert told(result) == [("MAP-009", "PO1-05 (segment 4)")]
    assert line_of(result).price.basis_sent == code


def test_the_price_of_ctp_is_taken_where_po1_has_none(mapped: Map):
    result = mapped(f"{BEG}PO1*1*5*EA***VP*W-1~CTP**CON*9.5**EA****HP~")
    price = line_of(result).price
    assert (price.amount, price.basis_qty, price.type) == (
        Decimal("9.5"),
        Decimal(100),
        "contract",
    )


def test_the_price_of_ctp_may_be_for_another_unit(mapped: Map):
    order = order_of(mapped(f"{BEG}PO1*1*5*EA***VP*W-1~CTP**CON*9.5*1*DZ~"))
    price = order.lines[0].price
    assert (price.amount, price.basis_uom) == (Decimal("9.5"), "DZ")
    assert order.totals is not None
    assert order.totals.line_amount is None


def test_the_price_of_ctp_does_not_replace_the_one_of_po1(mapped: Map):
    price = line_of(mapped(f"{BEG}{LINE}CTP**RES*19~")).price
    assert (price.amount, price.type) == (Decimal("12.5"), "")


def test_a_line_without_a_price_is_unpriced(mapped: Map):
    assert line_of(mapped(f"{BEG}PO1*1*5*EA***VP*W-1~")).price == Price()


def test_a_currency_of_a_line_is_its_prices(mapped: Map):
    assert line_of(mapped(f"{BEG}{LINE}CUR*BY*CAD~")).price.currency == "CAD"


@pytest.mark.parametrize(
    ("qualifier", "field"),
    [
        ("VP", "supplier_sku"),
        ("VN", "supplier_sku"),
        ("VC", "supplier_sku"),
        ("BP", "buyer_part"),
        ("IN", "buyer_part"),
        ("CB", "buyer_part"),
        ("PI", "buyer_part"),
        ("UP", "gtin"),
        ("EN", "gtin"),
        ("UK", "gtin"),
        ("UI", "gtin"),
        ("UA", "gtin"),
        ("UN", "gtin"),
        ("MG", "mfr_part"),
        ("MF", "mfr"),
        ("FS", "nsn"),
        ("EC", "revision"),
        ("LT", "lot"),
    ],
)
def test_a_product_id_goes_to_its_field(mapped: Map, qualifier: str, field: str):
    item = line_of(mapped(f"{BEG}PO1*1*5*EA*1*PE*{qualifier}*X-1~")).item
    assert getattr(item, field) == "X-1"
    assert item.ids == ()


def test_every_other_product_id_is_kept(mapped: Map):
    pairs = "VC*C-1*VP*W-1*ZZ*odd*CG*G-1*SN*S-1*SN*S-2*MN*M-1"
    item = line_of(mapped(f"{BEG}PO1*1*5*EA*1*PE*{pairs}~LIN**EN*400638~")).item
    assert item.supplier_sku == "W-1"
    assert item.ids == (
        Identifier(id="C-1", scheme="VC"),
        Identifier(id="odd", scheme="ZZ"),
    )
    assert item.classification == (Classification(code="G-1", scheme="CG"),)
    assert item.serials == ("S-1", "S-2")
    assert item.attributes == (Attribute(name="model", value="M-1"),)
    assert item.gtin == "400638"


def test_the_guides_order_of_qualifiers_goes_first(
    mapped: Map, profile_with: Callable[[str], Profile]
):
    profile = profile_with(
        "guide: {sku: {qualifiers: [IN]}, buyer_part: {qualifiers: [VP]}}"
    )
    pairs = f"{BEG}PO1*1*5*EA*1*PE*VP*W-1*IN*B-1~"
    item = line_of(mapped(pairs, profile=profile)).item
    assert (item.supplier_sku, item.buyer_part) == ("B-1", "W-1")


def test_descriptions_are_text_properties_or_classes(mapped: Map):
    pids = "PID*F*08***Drill~PID*F****18 V~PID*F*75***blue~PID*S**AS*1234~"
    item = line_of(mapped(BEG + LINE + pids)).item
    assert item.description == "Drill 18 V"
    assert item.attributes == (Attribute(name="75", value="blue"),)
    assert item.classification == (Classification(code="1234", scheme="AS"),)


def test_packing(mapped: Map):
    line = line_of(mapped(f"{BEG}{LINE}PO4*10*5*EA*CTN**22*LB*3*CF*****2~"))
    assert line.pack == Pack(
        units=Decimal(10),
        inner_packs=Decimal(2),
        kind="CTN",
        size=Quantity(Decimal(5), "EA"),
        gross_weight=Quantity(Decimal(22), "LB"),
        volume=Quantity(Decimal(3), "CF"),
    )


def test_sdq_and_sch_become_schedules(mapped: Map):
    parts = (
        "SDQ*EA*92*S1*60*S2*40~SCH*70*EA*ST*Plant*010*20261210~"
        "SCH*30*EA***064*20261211**063*20261213~"
    )
    result = mapped(BEG + LINE + parts)
    assert result.findings == ()
    place = Party(role="ship_to", id_scheme="assigned_by_buyer")
    assert line_of(result).schedules == (
        Schedule(
            qty=Decimal(60),
            uom="EA",
            ship_to=Party(role="ship_to", id="S1", id_scheme=place.id_scheme),
        ),
        Schedule(
            qty=Decimal(40),
            uom="EA",
            ship_to=Party(role="ship_to", id="S2", id_scheme=place.id_scheme),
        ),
        Schedule(
            qty=Decimal(70),
            uom="EA",
            date=day(12, 10),
            date_kind="ship",
            ship_to=Party(role="ship_to", name="Plant"),
        ),
        Schedule(qty=Decimal(30), uom="EA", earliest=day(12, 11), latest=day(12, 13)),
    )


@pytest.mark.parametrize(
    "part",
    ["SDQ*EA*92*S1*60*S2*30~", "SCH*99*EA***002*20261210~", "SDQ*CA*92*S1*100~"],
)
def test_parts_that_do_not_add_up_are_noted(mapped: Map, part: str):
    assert told(mapped(BEG + LINE + part)) == [("MAP-008", "PO1-02 (segment 4)")]


def test_a_line_in_parts_may_have_its_quantity_there_alone(mapped: Map):
    parts = "SCH*60*EA***002*20261210~SCH*40*EA***002*20261217~"
    result = mapped(f"{BEG}PO1*1***9.5*PE*VP*A~{parts}")
    assert told(result) == []
    assert (line_of(result).quantity.value, line_of(result).quantity.uom_sent) == (
        Decimal(100),
        "EA",
    )


def test_parts_of_a_place_of_the_line_go_there(mapped: Map):
    line = line_of(mapped(f"{BEG}{LINE}N1*ST*Plant*92*P-1~SCH*100*EA***002*20261210~"))
    assert line.party("ship_to") is not None
    assert [part.ship_to for part in line.schedules] == [line.party("ship_to")]


@pytest.mark.parametrize(
    ("code", "flags"),
    [
        ("SC", LineFlags(partial=False)),
        ("BK", LineFlags(partial=True, backorder_allowed=True)),
        ("SP", LineFlags(partial=True, backorder_allowed=False)),
        ("N", LineFlags(backorder_allowed=False)),
        ("Y", LineFlags(backorder_allowed=True)),
        ("NS", LineFlags(substitution_allowed=False)),
        ("P2", LineFlags()),
    ],
)
def test_sales_conditions_hold_for_every_line(mapped: Map, code: str, flags: LineFlags):
    order = order_of(mapped(f"{BEG}CSH*{code}~{LINE}"))
    assert order.lines[0].flags == flags
    assert order.delivery.partial_allowed == flags.partial


def test_a_lines_own_condition_goes_first(mapped: Map):
    line = line_of(mapped(f"{BEG}CSH*BK~{LINE}CSH*N~CSH*NS~"))
    assert line.flags == LineFlags(
        partial=True, backorder_allowed=False, substitution_allowed=False
    )


def test_a_line_has_references_dates_notes_and_an_amount_of_its_own(mapped: Map):
    more = (
        "CN1*FR**50*C-8~REF*Q1*Q-1~REF*ZZ*odd~SAC*C*D240***100~TAX*T-1~"
        "FOB*CC~DTM*002*20261212~MSG*careful~N9*ZZ*1~MSG*more~AMT*1*1250~"
    )
    line = line_of(mapped(BEG + LINE + more))
    assert (line.contract_ref, line.quote_ref) == ("C-8", "Q-1")
    assert line.references == (Reference(kind="ZZ", value="odd"),)
    assert line.allowances_charges[0].amount == Money(Decimal("1.00"), "USD")
    assert line.tax == (Tax(id="T-1"),)
    assert line.delivery is not None
    assert line.delivery.requested == day(12, 12)
    assert line.delivery.terms == DeliveryTerms(freight="collect", freight_sent="CC")
    assert line.notes == (
        Note(text="careful", kind="line"),
        Note(text="more", kind="ZZ"),
    )
    assert line.amount == Money(Decimal(1250), "USD")


def test_what_has_no_field_is_kept_with_its_path(mapped: Map):
    line = line_of(mapped(f"{BEG}{LINE}QTY*33*2*EA~"))
    assert [(e.path, e.value) for e in line.extensions][-1] == (
        "PO1[1]/QTY[1]/QTY-03",
        "EA",
    )


def test_a_line_without_a_number_gets_its_ordinal(mapped: Map):
    result = mapped(f"{BEG}{LINE}PO1**5*EA*1*PE*VP*W-2~")
    assert [line.line_no for line in order_of(result).lines] == ["1", "2"]
    assert told(result) == [("MAP-004", "PO1-01 (segment 5)")]


def test_a_line_number_that_occurs_twice_is_noted(mapped: Map):
    result = mapped(BEG + LINE + LINE)
    assert told(result) == [("MAP-005", "PO1-01 (segment 5)")]


@pytest.mark.parametrize(
    ("line", "place"),
    [("PO1*1**EA*1*PE*VP*W~", "PO1-02"), ("PO1*1*5**1*PE*VP*W~", "PO1-03")],
)
def test_a_line_without_quantity_or_unit_is_noted(mapped: Map, line: str, place: str):
    assert told(mapped(BEG + line)) == [("MAP-006", f"{place} (segment 4)")]


def test_a_line_without_an_item_is_noted(mapped: Map):
    result = mapped(f"{BEG}PO1*1*5*EA*1*PE*CG*G-1~")
    assert told(result) == [("MAP-007", "PO1-06 (segment 4)")]


@pytest.mark.parametrize(
    ("line", "place"),
    [("PO1*1*-5*EA*1*PE*VP*W~", "PO1-02"), ("PO1*1*5*EA*-1*PE*VP*W~", "PO1-04")],
)
def test_a_number_below_zero_is_noted_and_kept(mapped: Map, line: str, place: str):
    result = mapped(BEG + line)
    assert told(result) == [("MAP-012", f"{place} (segment 4)")]
    paths = [extension.path for extension in line_of(result).extensions]
    assert f"PO1[1]/{place}" in paths


@pytest.mark.parametrize("sent", ["1,5", "1e3", "9" * 60, "+5", "NaN", "٣"])
def test_a_number_that_cannot_be_read_is_noted_and_kept(mapped: Map, sent: str):
    result = mapped(f"{BEG}PO1*1*5*EA*{sent}*PE*VP*W-1~")
    line = line_of(result)
    assert told(result) == [("MAP-013", "PO1-04 (segment 4)")]
    assert line.price.amount is None
    assert ("PO1[1]/PO1-04", sent) in [(e.path, e.value) for e in line.extensions]


def test_a_count_that_cannot_be_read_is_noted(mapped: Map):
    result = mapped(f"{BEG}{LINE}CTT*1.5~")
    assert told(result) == [("MAP-013", "CTT-01 (segment 5)")]


def test_small_samples_pass_the_wire_check(
    accepted: Callable[[str], tuple[Finding, ...]],
):
    assert accepted(f"{BEG}{LINE}CTT*1*100~AMT*TT*1250~") == ()


def test_the_reader_is_registered_with_what_it_reads():
    reader = READERS["x12_850"]
    assert {"BEG-03", "PO1-02", "PO1-07", "N1-04"} <= reader.reads
    assert "PO1-06" not in reader.reads


def test_a_tree_without_st_has_no_message_number():
    isa = InterchangeBegun(("",) * 16, Separators(), 0)
    carrier = CameIn(interchange=isa, group=GroupBegun((), 0))
    beg = SegmentRead(2, ["BEG", "00", "NE", "PO-1", "", "20261120"], "", ">")
    mapped = to_order(LoopRead("850", "", [beg]), carrier, None)
    assert order_of(mapped).source.message_control == ""


def test_what_says_nothing_or_says_it_again_is_kept(mapped: Map):
    body = (
        f"{BEG}REF*CT**only text~CSH*P2~DTM*036*20261231~DTM*036*20270131~"
        f"DTM*071*soon~AMT*BT*5~FA1*DY~{LINE}CSH*P2~AMT*2*5~AMT*1*x~CTT*1~AMT*1*7~"
    )
    order = order_of(mapped(body))
    kept = [(e.path, e.value) for e in order.extensions]
    assert order.references == (Reference(kind="CT", value="", text="only text"),)
    assert order.validity == Period(end=day(12, 31))
    assert order.delivery.earliest is None
    assert {
        ("DTM-02", "20270131"),
        ("DTM-02", "soon"),
        ("AMT[1]/FA1[1]/FA1-01", "DY"),
    } <= set(kept)
    assert order.lines[0].amount is None
    assert ("CTT[1]/AMT-02", "7") in kept


def test_an_expiry_that_cannot_be_read_is_none(mapped: Map):
    result = mapped(f"{BEG}DTM*036*never~AMT*TT*x~{LINE}")
    assert order_of(result).validity is None
    assert told(result) == [
        ("MAP-013", "DTM-02 (segment 4)"),
        ("MAP-013", "AMT-02 (segment 5)"),
    ]
