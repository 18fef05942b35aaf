"""One rich example of each document that we write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

from gateway.cxml_punchout.answers import (
    profile_response,
    setup_response,
    status_update,
)
from gateway.cxml_punchout.buying import Ordering, order_request, setup_request
from gateway.cxml_punchout.cart import (
    Cart,
    CartLimits,
    CartLine,
    PriceBasis,
    order_message,
    unchanged,
)
from gateway.cxml_punchout.confirm import (
    Confirmation,
    ConfirmedItem,
    ConfirmedPart,
    confirmation_request,
)
from gateway.cxml_punchout.contact import PartyContact
from gateway.cxml_punchout.credentials import Credential, Header
from gateway.cxml_punchout.envelope import Stamped, message, request, response
from gateway.cxml_punchout.invoice import (
    Billed,
    BilledItem,
    BilledTax,
    InvoiceDoc,
    InvoiceSums,
    Modified,
    PayTerm,
    invoice_request,
)
from gateway.cxml_punchout.pieces import OrderRef
from gateway.cxml_punchout.ship import (
    Carriage,
    ShipNoticeDoc,
    Shipped,
    ShippedItem,
    ShippedPack,
    Weight,
    ship_notice_request,
)
from gateway.cxml_punchout.status import OK, Status
from gateway.order.item import Classification
from gateway.order.money import Money
from gateway.safexml.markup import Node, element

NOON = dt.datetime(2026, 1, 31, 12, tzinfo=dt.timezone(dt.timedelta(hours=1)))
US = Credential(domain="NetworkID", identity="AN02", shared_secret="s3cret")  # noqa: S106  made up
BUYER = Credential(domain="DUNS", identity="942888711")
HEADER = Header(from_=(US.bare(),), to=(BUYER,), sender=(US,), user_agent="Gateway 1")
ORDER = OrderRef(payload_id="7@buyer.example", order_id="PO 7", order_date=NOON)


def usd(text: str) -> Money:
    return Money(Decimal(text), "USD")


BOLT = CartLine(
    quantity=Decimal("2.5"),
    sku="BOLT-8",
    aux_id="ses_1-1",
    line_no="1",
    unit_price=usd("12.5"),
    uom="BX",
    description="Bolts <8 mm> & nuts",
    short_name="Bolts",
    classification=(Classification(code="31161500", scheme="UNSPSC"),),
    basis=PriceBasis(quantity=Decimal(5), uom="BX"),
    mfr_part="B8",
    mfr="Bolt & Sons",
    buyer_part="4711",
    url="https://shop.example/b?x=1&y=2",
    lead_time_days=3,
    extrinsics=(("contract", "C-1"),),
)
CART = Cart(
    cookie=element("BuyerCookie", "34"),
    currency="USD",
    lines=(BOLT,),
    shipping=usd("5"),
    tax=usd("1.25"),
)
CONFIRMED = Confirmation(
    confirm_id="C1",
    type="detail",
    noticed_at=NOON,
    order=ORDER,
    operation="update",
    replaces="5@us.example",
    total=usd("99"),
    comments=("two parts",),
    id_references=(("supplierReference", "SO 1"),),
    extrinsics=(("a", "b"),),
    items=(
        ConfirmedItem(
            line_no="1",
            quantity=Decimal(10),
            uom="EA",
            parts=(
                ConfirmedPart(
                    type="detail",
                    quantity=Decimal(4),
                    uom="EA",
                    unit_price=usd("12"),
                    delivery_date=NOON,
                    comments=("later",),
                    extrinsics=(("LINENUM", "1"),),
                ),
                ConfirmedPart(type="detail", quantity=Decimal(5), uom="EA", item=BOLT),
                ConfirmedPart(
                    type="backordered", quantity=Decimal(1), uom="EA", ship_date=NOON
                ),
            ),
        ),
    ),
)
SHIPPED = ShipNoticeDoc(
    shipment_id="S1",
    noticed_at=NOON,
    operation="update",
    replaces="6@us.example",
    shipped_at=NOON,
    delivered_at=NOON + dt.timedelta(days=2),
    type="actual",
    fulfillment="partial",
    contacts=(
        PartyContact(
            role="shipFrom",
            name="Us",
            address_id="W1",
            street=("1 Road",),
            city="Town",
            region="OH",
            postal_code="44101",
            country="US",
        ),
        PartyContact(role="shipTo", name="Buyer"),
    ),
    comments=("two boxes",),
    weight=Weight(value=Decimal("12"), uom="KGM"),
    extrinsics=(("a", "b"),),
    id_references=(("deliveryNote", "D1"),),
    carriage=(
        Carriage(
            carriers=(("SCAC", "UPSN"), ("companyName", "UPS")),
            numbers=(("trackingNumber", "1Z9"), ("billOfLading", "B1")),
        ),
    ),
    orders=(
        Shipped(
            order=ORDER,
            items=(
                ShippedItem(
                    line_no="1",
                    notice_line="1",
                    quantity=Decimal(4),
                    uom="EA",
                    sku="BOLT-8",
                    buyer_part="4711",
                    packs=(
                        ShippedPack(
                            level="0001",
                            sscc="00340123450000000018",
                            parent_sscc="00340123450000000025",
                            quantity=Decimal(4),
                            uom="EA",
                            tracking="1Z9-1",
                            weight=Weight(value=Decimal("1.5"), uom="KGM"),
                        ),
                    ),
                    lots=("L1",),
                    expires=NOON.date(),
                    serials=("SN1", "SN2"),
                ),
            ),
        ),
    ),
)
LESS = Modified(kind="allowance", amount=usd("2"), name="Promotion", code="C310")
MORE = Modified(kind="charge", amount=usd("1"), name="Setup")
SUMS = InvoiceSums(
    subtotal=usd("48"),
    tax=usd("4.80"),
    taxes=(
        BilledTax(
            amount=usd("4.80"),
            category="vat",
            percent=Decimal(10),
            of=usd("48"),
            text="VAT 10",
            exempt="exempt",
        ),
    ),
    handling=usd("1"),
    handling_text="Setup",
    gross=usd("52.80"),
    discount=usd("2"),
    modified=(LESS, MORE),
    charges=usd("1"),
    allowances=usd("2"),
    taxed=usd("47"),
    net=usd("51.80"),
)
BILLED = InvoiceDoc(
    invoice_id="I1",
    invoiced_at=NOON,
    purpose="lineLevelCreditMemo",
    credits="I0",
    shipment="S1",
    partners=(
        PartyContact(role="remitTo", name="Us", country="US", ids=(("vatID", "1"),)),
    ),
    orders=(
        Billed(
            order=ORDER,
            sales_order="SO 1",
            items=(
                BilledItem(
                    invoice_line="1",
                    line_no="1",
                    quantity=Decimal(4),
                    uom="EA",
                    unit_price=usd("12"),
                    basis=PriceBasis(quantity=Decimal(1), uom="EA"),
                    sku="BOLT-8",
                    buyer_part="4711",
                    description="Bolts",
                    shipment="S1",
                    sums=SUMS,
                ),
            ),
        ),
        Billed(
            order=OrderRef(payload_id="", order_id="PO 8"),
            items=(
                BilledItem(
                    invoice_line="2",
                    line_no="1",
                    quantity=Decimal(1),
                    uom="EA",
                    unit_price=usd("1"),
                    sums=InvoiceSums(subtotal=usd("1"), net=usd("1")),
                ),
            ),
        ),
    ),
    sums=replace(SUMS, shipping=usd("5")),
    terms=(PayTerm(days=10, percent=Decimal(2)), PayTerm(days=30)),
    due=usd("57.80"),
    comments=("thank you", "again"),
    id_references=(("contract", "C1"),),
    extrinsics=(("a", "b"),),
)
PLANT = PartyContact(role="shipTo", name="Plant 3", address_id="P3", country="US")
ORDERING = Ordering(order_id="PO-9", ordered_at=NOON, ship_to=PLANT)


def stamped(version: str) -> Stamped:
    return Stamped(payload_id="1.2.3@us.example", at=NOON, version=version)


def documents(version: str) -> Mapping[str, tuple[str, bytes]]:
    """Each document by its name: its payload, and its bytes in a version."""
    by = stamped(version)
    per_unit = CartLimits(basis=version >= "1.2.036")
    cart, _ = order_message(CART, per_unit)
    links = {"OrderRequest": "https://us.example/cxml"}
    status = Status(code=406, text="Not Acceptable", body="CXM-001")
    requests: Mapping[str, Node] = {
        "confirmation": confirmation_request(CONFIRMED),
        "ship notice": ship_notice_request(SHIPPED),
        "status update": status_update("7@buyer.example", OK),
        "invoice": invoice_request(BILLED),
        "setup request": setup_request(
            "edit", "34", "https://b.example/in", user="a", selected="B", items=[BOLT]
        ),
        "order": order_request(CART, ORDERING),
    }
    made = {
        "refused": ("", response(status, by)),
        "profile": (
            "ProfileResponse",
            response(OK, by, profile_response(NOON, links, (("a", "b"),))),
        ),
        "setup": (
            "PunchOutSetupResponse",
            response(OK, by, setup_response("https://us.example/shop/start?a=1&b=2")),
        ),
        "cart": ("PunchOutOrderMessage", message(cart, HEADER, by, test=True)),
        "unchanged": (
            "PunchOutOrderMessage",
            message(
                unchanged(CART),
                HEADER,
                by,
                status=Status(code=204, text="No Content"),
            ),
        ),
        **{
            name: (node.name, request(node, HEADER, by))
            for name, node in requests.items()
        },
    }
    return MappingProxyType(made)
