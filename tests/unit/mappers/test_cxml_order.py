"""A cXML OrderRequest becomes the canonical order; nothing of it is lost."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from gateway.cxml_punchout.document import Document, read_document
from gateway.mappers.cxml_order_request import to_order
from gateway.mappers.mapped import Mapped
from gateway.order.change import Cancel, OrderChange
from gateway.order.item import Classification
from gateway.order.model import Order, OrderLine
from gateway.order.money import Money
from gateway.order.party import Identifier

HEADER = """
<Header>
 <From>
  <Credential domain="NetworkID"><Identity>AN01</Identity></Credential>
  <Credential domain="DUNS"><Identity>942888711</Identity></Credential>
 </From>
 <To><Credential domain="NetworkID"><Identity>AN02</Identity></Credential></To>
 <Sender>
  <Credential domain="NetworkID"><Identity>HUB</Identity></Credential>
  <UserAgent>hub</UserAgent>
 </Sender>
</Header>"""
TOTAL = '<Total><Money currency="EUR">95.00</Money></Total>'
BILL_TO = """
<BillTo><Address addressID="B7"><Name xml:lang="en">Northgate</Name></Address></BillTo>
"""
LINE = """
<ItemOut quantity="10" lineNumber="1">
 <ItemID><SupplierPartID>BOLT-8</SupplierPartID></ItemID>
 <ItemDetail>
  <UnitPrice><Money currency="EUR">9.50</Money></UnitPrice>
  <Description xml:lang="en">Bolt, 8 mm</Description>
  <UnitOfMeasure>EA</UnitOfMeasure>
  <Classification domain="UNSPSC">31161600</Classification>
 </ItemDetail>
</ItemOut>"""


def mapped(
    head: str = TOTAL + BILL_TO, lines: str = LINE, *, attributes: str = "", mode=""
) -> Mapped:
    """What an OrderRequest of these parts says."""
    document = read_document(
        f"""<cXML payloadID="1@x" timestamp="2026-11-20T10:00:00+01:00" xml:lang="en">
        {HEADER}<Request{mode}><OrderRequest>
        <OrderRequestHeader orderID="PO-7" orderDate="2026-11-20T23:30:00-05:00"
          {attributes}>{head}</OrderRequestHeader>{lines}
        </OrderRequest></Request></cXML>""".encode()
    )
    assert isinstance(document, Document)
    return to_order(document)


def ordered(*args: str, attributes: str = "") -> Order:
    """The order, of which nothing is wrong."""
    found = mapped(*args, attributes=attributes)
    assert found.order is not None
    assert [one.code for one in found.findings] == []
    return found.order


def line(extra: str = "", *, detail: str = "", attributes: str = "") -> OrderLine:
    """A line with more in ItemOut, in ItemDetail, or in its attributes."""
    text = LINE.replace("</ItemOut>", f"{extra}</ItemOut>")
    text = text.replace("</ItemDetail>", f"{detail}</ItemDetail>")
    text = text.replace('lineNumber="1"', f'lineNumber="1" {attributes}')
    return ordered(TOTAL + BILL_TO, text).lines[0]


def codes(found: Mapped) -> list[tuple[str, str]]:
    return [(one.code, one.where.path) for one in found.findings]


def test_the_heading_names_the_order_its_day_and_both_sides():
    order = ordered()
    assert (order.po_number, order.currency, order.language) == ("PO-7", "EUR", "en")
    assert order.issue_date == date(2026, 11, 20)
    assert order.issued_at == datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
    assert (order.source.sender, order.source.receiver) == (
        "networkid:AN01",
        "networkid:AN02",
    )
    assert order.source.message_control == "1@x"
    assert order.provenance["po_number"] == "OrderRequestHeader/@orderID"


def test_the_buyer_is_who_from_names_with_all_credentials():
    buyer = ordered().party("buyer")
    assert buyer is not None
    assert (buyer.id, buyer.id_scheme) == ("AN01", "NetworkID")
    assert buyer.ids == (Identifier(id="942888711", scheme="duns"),)


def test_a_line_has_item_quantity_price_and_class():
    its = line()
    assert its.line_no == "1"
    assert (its.item.supplier_sku, its.item.description) == ("BOLT-8", "Bolt, 8 mm")
    assert (its.quantity.value, its.quantity.uom_sent) == (Decimal(10), "EA")
    assert (its.price.amount, its.price.currency) == (Decimal("9.50"), "EUR")
    assert its.item.classification == (
        Classification(code="31161600", scheme="unspsc"),
    )
    assert its.provenance["quantity.value"] == "ItemOut[1]/@quantity"
    assert its.extensions == ()


def test_a_price_basis_keeps_count_unit_and_factor():
    basis = """<PriceBasisQuantity quantity="100" conversionFactor="0.5">
    <UnitOfMeasure>KGM</UnitOfMeasure></PriceBasisQuantity>"""
    price = line(detail=basis).price
    assert (price.basis_qty, price.basis_uom) == (Decimal(100), "KGM")
    assert price.basis_factor == Fraction(1, 2)


def test_the_mark_of_a_cart_is_kept():
    text = LINE.replace(
        "</ItemID>",
        "<SupplierPartAuxiliaryID>ses_1-1-x</SupplierPartAuxiliaryID></ItemID>",
    )
    item = ordered(TOTAL + BILL_TO, text).lines[0].item
    assert item.supplier_aux_id == "ses_1-1-x"


def test_what_has_no_field_stands_in_the_extensions_by_name():
    head = f'{TOTAL}{BILL_TO}<Extrinsic name="CostCenter">4711</Extrinsic>'
    (left,) = ordered(head).extensions
    assert (left.path, left.value) == (
        "OrderRequestHeader/Extrinsic(CostCenter)",
        "4711",
    )


def test_schedule_lines_have_their_days_and_add_up():
    text = "".join(
        f"""<ScheduleLine quantity="{n}"
        requestedDeliveryDate="2026-12-0{n}T00:00:00+01:00">
        <UnitOfMeasure>EA</UnitOfMeasure></ScheduleLine>"""
        for n in (4, 6)
    )
    parts = line(text).schedules
    assert [(one.qty, one.date) for one in parts] == [
        (Decimal(4), date(2026, 12, 4)),
        (Decimal(6), date(2026, 12, 6)),
    ]


def test_a_card_leaves_its_last_digits_and_nothing_else():
    card = '<PCard number="4111 1111 1111 1234" expiration="2027-03-31" name="A B"/>'
    order = ordered(f"{TOTAL}{BILL_TO}<Payment>{card}</Payment>")
    assert order.payment is not None
    assert order.payment.card_last_four == "1234"
    assert order.payment.card_expires == date(2027, 3, 31)
    assert "1111" not in repr(order)


def test_terms_of_payment_tell_discount_and_net_days():
    head = f"""{TOTAL}{BILL_TO}<PaymentTerm payInNumberOfDays="10"><Discount>
    <DiscountPercent percent="2"/></Discount></PaymentTerm>
    <PaymentTerm payInNumberOfDays="30"/>"""
    payment = ordered(head).payment
    assert payment is not None
    first, second = payment.terms
    assert (first.discount_days, first.discount_pct) == (10, Decimal(2))
    assert second.net_days == 30


def test_freight_is_a_charge_and_tax_a_sum():
    head = f"""{TOTAL}{BILL_TO}
    <Shipping><Money currency="EUR">5</Money>
    <Description xml:lang="en">Van</Description></Shipping>
    <Tax><Money currency="EUR">1.90</Money><Description xml:lang="en">VAT</Description>
    <TaxDetail category="VAT" percentageRate="20"><TaxAmount>
    <Money currency="EUR">1.90</Money></TaxAmount></TaxDetail></Tax>"""
    order = ordered(head)
    (charge,) = order.allowances_charges
    assert (charge.kind, charge.amount) == ("charge", Money(Decimal(5), "EUR"))
    assert order.totals is not None
    assert order.totals.tax_amount == Money(Decimal("1.90"), "EUR")
    assert (order.taxes[0].kind, order.taxes[0].percent) == ("vat", Decimal(20))


def test_ship_complete_allows_no_part_of_it():
    order = ordered(attributes='shipComplete="yes"')
    assert order.delivery.partial_allowed is False
    assert order.lines[0].flags.partial is False


def test_comments_and_what_is_attached_to_them():
    head = f"""{TOTAL}{BILL_TO}<Comments xml:lang="en">Ring <b/>twice
    <Attachment><URL name="plan.pdf">cid:1@x</URL></Attachment></Comments>"""
    order = ordered(head)
    assert [note.text for note in order.notes] == ["Ring twice"]
    assert [(one.name, one.url) for one in order.attachments] == [
        ("plan.pdf", "cid:1@x")
    ]


def test_a_test_is_one():
    found = mapped(mode=' deploymentMode="test"')
    assert found.order is not None
    assert found.order.test


def test_an_update_is_the_whole_order_as_it_is_to_be():
    head = f"""{TOTAL}{BILL_TO}<DocumentReference payloadID="0@x"/>"""
    gone = LINE.replace('lineNumber="1"', 'lineNumber="2" operation="delete"')
    change = mapped(head, LINE + gone, attributes='type="update" orderVersion="2"')
    its = change.change
    assert isinstance(its, OrderChange)
    assert (its.purpose, its.sequence) == ("replace", "2")
    assert [(one.line.line_no, one.action) for one in its.lines] == [
        ("1", "change"),
        ("2", "delete"),
    ]
    assert ("document", "0@x") in [(one.kind, one.value) for one in its.references]


def test_a_line_of_an_update_that_is_to_rest_is_not_understood():
    resting = LINE.replace("<ItemOut", '<ItemOut operation="block"')
    change = mapped(f"{TOTAL}{BILL_TO}", resting, attributes='type="update"')
    assert ("MAP-015", "ItemOut[1]/@operation") in codes(change)


def test_a_deletion_cancels_the_order():
    its = mapped(attributes='type="delete" orderVersion="3"').change
    assert isinstance(its, Cancel)
    assert (its.po_number, its.sequence) == ("PO-7", "3")


def test_a_blanket_order_has_its_validity():
    order = ordered(
        attributes='orderType="blanket" effectiveDate="2026-12-01T00:00:00+01:00" '
        'expirationDate="2027-11-30T00:00:00+01:00"'
    )
    assert order.is_blanket
    assert order.validity is not None
    assert order.validity.end == date(2027, 11, 30)
    assert order.delivery.cancel_after is None


def test_a_release_names_its_blanket_order():
    order = ordered(attributes='orderType="release" parentAgreementID="B-1"')
    assert (order.doc_type, order.blanket_ref) == ("blanket_release", "B-1")


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ('lineNumber="1"', "", "MAP-004", "ItemOut[1]/@lineNumber"),
        ('quantity="10"', "", "MAP-006", "ItemOut[1]/@quantity"),
        ('quantity="10"', 'quantity="ten"', "MAP-013", "ItemOut[1]/@quantity"),
        (">9.50<", ">-1<", "MAP-012", "ItemOut[1]/ItemDetail/UnitPrice/Money"),
        ("BOLT-8", "", "MAP-007", "ItemOut[1]/ItemID"),
        ("EA", "", "MAP-006", "ItemOut[1]"),
        ("<ItemOut", '<ItemOut isReturn="yes"', "MAP-002", "ItemOut[1]/@isReturn"),
        ("<ItemOut", "<ItemOut operation='delete'", "MAP-002", "ItemOut[1]/@operation"),
    ],
)
def test_what_is_wrong_with_a_line_is_told_at_its_place(
    old: str, new: str, code: str, place: str
):
    found = mapped(lines=LINE.replace(old, new))
    assert found.order is not None
    assert (code, place) in codes(found)


def test_a_line_number_that_occurs_twice_is_told():
    found = mapped(lines=LINE + LINE)
    assert codes(found) == [("MAP-005", "ItemOut[2]/@lineNumber")]


def test_without_an_order_number_there_is_no_order():
    document = read_document(
        f"""<cXML payloadID="1" timestamp="2026-11-20T10:00:00+01:00">{HEADER}<Request>
        <OrderRequest><OrderRequestHeader/></OrderRequest></Request></cXML>""".encode()
    )
    assert isinstance(document, Document)
    assert codes(to_order(document)) == [("MAP-010", "")]


def of_line(extra: str = "", *, detail: str = "", attributes: str = "") -> Mapped:
    """An order of a line with more in it, whatever is wrong with that."""
    text = LINE.replace("</ItemOut>", f"{extra}</ItemOut>")
    text = text.replace("</ItemDetail>", f"{detail}</ItemDetail>")
    return mapped(TOTAL + BILL_TO, text.replace("quantity=", f"{attributes} quantity="))


@pytest.mark.parametrize("attribute", ['orderType="returnOnly"', 'isSTOOutbound="yes"'])
def test_what_is_not_delivered_by_us_is_no_new_order(attribute: str):
    path = f"OrderRequestHeader/@{attribute.partition('=')[0]}"
    assert codes(mapped(attributes=attribute)) == [("MAP-002", path)]


@pytest.mark.parametrize(
    "attribute",
    ["requestedDeliveryDate", "pickUpDate", "effectiveDate", "expirationDate"],
)
def test_a_day_that_cannot_be_read_is_an_error(attribute: str):
    found = mapped(attributes=f'{attribute}="20.12.2026"')
    assert codes(found) == [("MAP-013", f"OrderRequestHeader/@{attribute}")]


def test_an_order_is_good_from_its_effective_date_on():
    day = ordered(attributes='effectiveDate="2027-01-04"').delivery.ship_not_before
    assert day == date(2027, 1, 4)


def test_both_days_of_a_line_are_taken():
    days = 'requestedDeliveryDate="2026-12-20" requestedShipmentDate="2026-12-18"'
    delivery = line(attributes=days).delivery
    assert delivery is not None
    assert delivery.requested == date(2026, 12, 20)
    assert delivery.ship_no_later == date(2026, 12, 18)


def test_a_line_may_name_its_agreement_by_a_reference_to_the_document():
    extra = """<MasterAgreementReference agreementID="C-7">
    <DocumentReference payloadID="c7@x"/></MasterAgreementReference>"""
    assert line(extra).contract_ref == "C-7"


@pytest.mark.parametrize(
    ("extra", "path"),
    [
        (
            '<ReleaseInfo releaseType="forecast" cumulativeReceivedQuantity="0"/>',
            "ItemOut[1]/ReleaseInfo/@releaseType",
        ),
        (
            """<ScheduleLine quantity="10" requestedDeliveryDate="2026-12-20">
            <UnitOfMeasure>EA</UnitOfMeasure>
            <ScheduleLineReleaseInfo commitmentCode="tradeoff"/></ScheduleLine>""",
            "ItemOut[1]/ScheduleLine/ScheduleLineReleaseInfo/@commitmentCode",
        ),
    ],
)
def test_what_is_only_expected_is_no_order(extra: str, path: str):
    assert codes(of_line(extra)) == [("MAP-002", path)]


def test_a_line_bought_up_to_a_limit_is_no_number_of_goods():
    limit = '<OverallLimit><Money currency="EUR">500</Money></OverallLimit>'
    path = "ItemOut[1]/ItemDetail/OverallLimit"
    assert codes(of_line(detail=limit)) == [("MAP-002", path)]


def test_a_line_of_which_nothing_more_is_to_come_is_no_new_one():
    path = "ItemOut[1]/@isDeliveryCompleted"
    done = of_line(attributes='isDeliveryCompleted="yes"')
    assert codes(done) == [("MAP-002", path)]


@pytest.mark.parametrize(
    ("extra", "detail", "path"),
    [
        ("<ShipTo/><ShipTo/>", "", "ItemOut[1]/ShipTo[2]"),
        ("<ItemID/>", "", "ItemOut[1]/ItemID[2]"),
        ("", "<UnitPrice/>", "ItemOut[1]/ItemDetail/UnitPrice[2]"),
        (
            "",
            "<UnitOfMeasure>BX</UnitOfMeasure>",
            "ItemOut[1]/ItemDetail/UnitOfMeasure[2]",
        ),
    ],
)
def test_what_counts_once_and_stands_twice_is_told(extra: str, detail: str, path: str):
    assert codes(of_line(extra, detail=detail)) == [("MAP-018", path)]


def test_a_second_heading_is_told():
    second = '</OrderRequestHeader><OrderRequestHeader orderID="PO-8">'
    found = mapped(TOTAL + BILL_TO + second)
    assert codes(found) == [("MAP-018", "OrderRequestHeader")]


@pytest.mark.parametrize("parent", ["7", "1"])
def test_a_part_of_no_line_is_told(parent: str):
    found = of_line(attributes=f'parentLineNumber="{parent}"')
    assert codes(found) == [("MAP-018", "ItemOut[1]/@parentLineNumber")]


def test_schedule_lines_in_another_unit_do_not_make_the_line():
    extra = """<ScheduleLine quantity="10" requestedDeliveryDate="2026-12-20">
    <UnitOfMeasure>BX</UnitOfMeasure></ScheduleLine>"""
    assert codes(of_line(extra)) == [("MAP-018", "ItemOut[1]/@quantity")]


@pytest.mark.parametrize(("quantity", "factor"), [("0", "1"), ("1", "2")])
def test_a_price_basis_that_says_nothing_is_told(quantity: str, factor: str):
    basis = f"""<PriceBasisQuantity quantity="{quantity}" conversionFactor="{factor}">
    <UnitOfMeasure>EA</UnitOfMeasure></PriceBasisQuantity>"""
    assert codes(of_line(detail=basis)) == [("MAP-009", "ItemOut[1]/ItemDetail")]


def test_days_of_delivery_that_end_before_they_begin_are_told():
    days = '<Period startDate="2026-12-20" endDate="2026-12-10"/>'
    found = mapped(TOTAL + BILL_TO + f"<DeliveryPeriod>{days}</DeliveryPeriod>")
    place = "OrderRequestHeader/DeliveryPeriod/Period"
    assert codes(found) == [("MAP-018", place)]


def test_a_modified_total_is_told():
    cost = '<AdditionalCost><Money currency="EUR">5</Money></AdditionalCost>'
    more = f"<Modifications><Modification>{cost}</Modification></Modifications>"
    found = mapped(TOTAL.replace("</Total>", f"{more}</Total>") + BILL_TO)
    assert codes(found) == [("MAP-018", "OrderRequestHeader/Total/Modifications")]


def test_a_total_without_a_currency_is_in_that_of_the_order():
    found = mapped(TOTAL.replace(' currency="EUR"', "") + BILL_TO)
    assert found.order is not None
    assert found.order.totals is not None
    assert found.order.totals.amount == Money(Decimal("95.00"), "EUR")


def test_an_update_says_the_whole_heading():
    freight = '<Shipping><Money currency="EUR">9</Money></Shipping>'
    change = mapped(
        TOTAL + BILL_TO + freight, attributes='type="update" agreementID="C-7"'
    ).change
    assert isinstance(change, OrderChange)
    assert change.whole
    assert change.lines[0].whole
    assert change.contract_ref == "C-7"
    assert [one.amount for one in change.allowances_charges] == [
        Money(Decimal(9), "EUR")
    ]
    assert change.totals is not None
    assert change.totals.amount == Money(Decimal("95.00"), "EUR")


def test_a_line_of_an_update_that_is_closed_is_no_change_we_know():
    text = LINE.replace("quantity=", 'isDeliveryCompleted="yes" quantity=')
    found = mapped(TOTAL + BILL_TO, text, attributes='type="update"')
    assert codes(found) == [("MAP-015", "ItemOut[1]/@isDeliveryCompleted")]
