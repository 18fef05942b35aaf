"""Bills, stock and prices told to EDIFACT partners, through a whole gateway."""

from __future__ import annotations

from decimal import Decimal

from gateway.engine.handing import Hand, HandedIn, hand_in
from gateway.engine.telling import tell_prices, tell_stock
from gateway.order.stock import StockLevel
from gateway.pipeline.own_effects import Count
from gateway.store import queries
from gateway.store.commit import Answered, carry_out
from tests.starters import ROOT
from tests.unit.engine.starter_house import Door, House
from tests.unit.pipeline.parts import NOW

ORDER = (ROOT / "samples/edifact/order.edi").read_bytes()
SENDS = [
    {"message": "edifact_invoic", "version": "D01B", "association": "EAN011"},
    {"message": "edifact_pricat", "version": "D01B"},
    {"message": "edifact_invrpt", "version": "D96A"},
]
INVOICE = (
    "invoice,invoice_date,po_number,line_no,quantity,price,total\n"
    "INV-1,2026-11-22,MG-PO-3001,1,48,0.89,42.72\n"
)
STOCK = StockLevel(sku="MG-100", available=Decimal(480), uom="PCE", as_of=NOW)


def bill(house: House) -> None:
    """Our ERP hands in the invoice."""
    by = Hand(name="invoices.csv", by="test")
    came = hand_in(house.gateway.engine, "invoices", INVOICE.encode(), by, NOW)
    assert isinstance(came, HandedIn)
    assert came.findings == ()


def count(house: House) -> None:
    """Our ERP tells its stock."""
    db = house.gateway.db
    effects = (Count(partner_id="", levels=(STOCK,)),)
    told = Answered(partner_id="", receipt_id="", effects=effects, settles=False)
    with db.begin() as tx:
        carry_out(tx, [told], NOW, db.payloads)


def answered(house: House) -> dict[str, str]:
    """How each message of ours stands, by its type."""
    return {one.type: one.acknowledgement for one in house.sent()}


def contrl(number: int, kind: str, directory: str) -> bytes:
    """Marlow refuses the one message of our interchange of this number."""
    rows = (
        "UNB+UNOC:3+5012345001012:14+4009988000015:14+261122:1000+901",
        "UNH+1+CONTRL:D:3:UN",
        f"UCI+{number}+4009988000015:14+5012345001012:14+7",
        f"UCM+{number}+{kind}:{directory}+4+12",
        "UNT+4+1",
        "UNZ+1+901",
    )
    return "".join(f"{row}'\n" for row in rows).encode()


def test_an_invoice_is_told_as_an_invoic_and_their_contrl_refuses_it(house: Door):
    marlow = house("marlow-grocers", sends=SENDS, edifact={"contrl_wanted": "yes"})
    marlow.take(ORDER)
    bill(marlow)
    assert answered(marlow)["edifact_invoic"] == "waiting"
    marlow.take(contrl(2, "INVOIC", "D:01B:UN:EAN011"))
    assert answered(marlow)["edifact_invoic"] == "rejected"
    with marlow.gateway.db.read() as tx:
        alerts = queries.alerts(tx).items
    assert [one.code for one in alerts] == ["ENV-208"]


def test_stock_and_prices_are_told_in_the_one_series_of_the_partner(house: Door):
    marlow = house("marlow-grocers", sends=SENDS)
    count(marlow)
    engine = marlow.gateway.engine
    assert tell_stock(engine.db, engine.rules, "marlow-grocers", NOW) is None
    assert tell_prices(engine.db, engine.rules, "marlow-grocers", NOW) == 1
    assert answered(marlow) == {
        "edifact_invrpt": "not_expected",
        "edifact_pricat": "not_expected",
    }
    assert [one.control_number for one in marlow.sent()] == ["1", "2"]


def test_without_an_address_of_theirs_nothing_is_told(house: Door):
    marlow = house(
        "marlow-grocers",
        sends=SENDS,
        receives=[],
        identities={"gln": "5012345001012"},
    )
    count(marlow)
    engine = marlow.gateway.engine
    against = tell_stock(engine.db, engine.rules, "marlow-grocers", NOW)
    assert against is not None
    assert (against.code, against.where.path) == ("CFG-004", "identities.edifact")
