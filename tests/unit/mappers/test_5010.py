"""Version 005010: the 850 is read as before, the 855 is right by its tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.edi.events import GroupBegun, InterchangeBegun, MessageRead, Separators
from gateway.edi.numbers import Numbers
from gateway.edi.plan import plan
from gateway.edi.schema import MessageSchema
from gateway.edi.tables import Tables, read_tables
from gateway.edi.tree import LoopRead
from gateway.edi.validate import Validator
from gateway.edi.x12.reader import X12Reader
from gateway.edi.x12.writer import Draft, Envelope, Row
from gateway.findings import Finding, Where
from gateway.mappers.mapped import Carrier, Mapped
from gateway.mappers.parts.fit import edition
from gateway.mappers.x12_850 import READS, to_order
from gateway.mappers.x12_855 import compose, from_ack
from gateway.order.ack import LineAck, LineStatus, OrderAck, Reason
from gateway.order.item import Item, Price
from gateway.order.model import Order
from gateway.order.party import Note, Reference
from gateway.order.terms import Delivery, DeliveryTerms, Payment, PaymentTerm
from tests.unit.mappers.conftest import NOW
from tests.unit.mappers.test_nothing_is_lost import (
    Author,
    lost,
    places_of,
    said_in,
)

ISA = (
    "ISA|00|          |00|          |ZZ|LANTERN        |ZZ|SUPPLIER       "
    "|261119|0900|^|00501|000000101|0|P|>"
)
BEG = "BEG*00*SA*LB-1**20261119~CUR*BY*USD~"
LINE = "PO1*0010*24*EA*17.25*PE*VN*W-1*UP*614141000012~"


def interchange(body: str, end: str = "\r\n") -> bytes:
    """An interchange with one 850, ``|`` between elements, CR LF behind segments.

    ``body`` is written with ``*`` and ``~`` and stands between ST and SE.
    """
    segments = [part.replace("*", "|") for part in body.split("~") if part]
    lines = [
        ISA,
        "GS|PO|LANTERN|SUPPLIER|20261119|0900|7|X|005010",
        "ST|850|0001",
        *segments,
        f"SE|{len(segments) + 2}|0001",
        "GE|1|7",
        "IEA|1|000000101",
    ]
    return "".join(line + end for line in lines).encode()


@dataclass(frozen=True)
class Wire:
    """A message as it was read: envelope, tree, what the check says, the order."""

    carrier: Carrier
    loop: LoopRead
    findings: tuple[Finding, ...]
    mapped: Mapped

    @property
    def order(self) -> Order:
        assert self.mapped.order is not None
        return self.mapped.order


Send = Callable[[str], Wire]


@pytest.fixture(scope="module")
def tables_5010() -> Tables:
    folder = Path(__file__).parents[3] / "gateway/edi/x12/tables/005010"
    texts = {f"005010/{p.name}": p.read_text("utf-8") for p in folder.glob("*.txt")}
    read = read_tables(texts)
    assert isinstance(read, Tables), read
    return read


@pytest.fixture(scope="module")
def schema(tables_5010: Tables) -> MessageSchema:
    found = tables_5010.schema("005010", "850")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def send(schema: MessageSchema) -> Send:
    validator = Validator(plan(schema, message="x12_850", reads=READS))

    def run(body: str) -> Wire:
        reader = X12Reader()
        data = interchange(body)
        events = reader.receive(data) + reader.finish()
        isa = next(event for event in events if isinstance(event, InterchangeBegun))
        group = next(event for event in events if isinstance(event, GroupBegun))
        message = next(event for event in events if isinstance(event, MessageRead))
        carrier = Carrier(interchange=isa, group=group)
        loop = validator.tree(message)
        findings = validator.validate(message)
        return Wire(carrier, loop, findings, to_order(loop, carrier, None))

    return run


def told(wire: Wire) -> list[tuple[str, str]]:
    found = (*wire.findings, *wire.mapped.findings)
    return [(finding.code, str(finding.where)) for finding in found]


# The 850.


def test_the_envelope_of_a_5010_order_is_its_source(send: Send):
    source = send(BEG + LINE).order.source
    assert (source.version, source.interchange_version) == ("005010", "00501")
    separators = Separators.of(source.separators)
    assert separators == Separators(
        element="|", component=">", repetition="^", terminator="\r\n"
    )


def test_a_line_has_its_quantity_in_the_element_that_5010_uses(send: Send):
    wire = send(BEG + LINE)
    line = wire.order.lines[0]
    assert told(wire) == []
    assert (line.quantity.value, line.quantity.uom_sent) == (Decimal(24), "EA")
    assert (line.price.amount, line.item.supplier_sku) == (Decimal("17.25"), "W-1")


def test_the_texts_of_mtx_are_notes(send: Send):
    texts = "N9*L1*GENERAL~MTX**Pack by branch.*No mixed pallets.~MTX**Ring twice.~"
    wire = send(BEG + texts + LINE + "MTX**Bag in dozens.~N9*ZZ**SLIP~MTX**No price.~")
    assert told(wire) == []
    assert wire.order.notes == (
        Note(text="Pack by branch.\nNo mixed pallets.\nRing twice.", kind="general"),
    )
    assert wire.order.lines[0].notes == (
        Note(text="Bag in dozens.", kind="line"),
        Note(text="SLIP\nNo price.", kind="ZZ"),
    )


def test_the_kind_and_the_language_of_a_text_are_kept(send: Send):
    wire = send(f"{BEG}N9*L1*N~MTX*SPH*Fragile.***2*EN~{LINE}")
    kept = {each.path: each.value for each in wire.order.extensions}
    assert kept["N9[1]/MTX-01"] == "SPH"
    assert kept["N9[1]/MTX-06"] == "EN"
    assert wire.order.notes[0].text == "Fragile."


def test_a_text_of_5010_may_have_4096_characters(send: Send):
    long = ("branch twelve " * 300)[:4096].rstrip()
    wire = send(f"{BEG}N9*L1*N~MTX**{long}~{LINE}")
    assert told(wire) == []
    assert wire.order.notes[0].text == long


def test_msg_is_no_segment_of_the_5010_order(send: Send):
    wire = send(f"{BEG}N9*L1*N~MSG*Ring twice.~{LINE}")
    assert told(wire) == [("SYN-106", "MSG (segment 5)")]


def test_references_of_fifty_characters_are_taken_whole(send: Send):
    number = "HARBOR LIGHTS TOWER 2 / PHASE 3 / FLOOR 14 RISER B"
    wire = send(f"{BEG}REF*CR*{number}~{LINE}")
    assert len(number) == 50
    assert told(wire) == []
    assert wire.order.customer_reference == number


def test_references_of_more_are_not(send: Send):
    wire = send(f"{BEG}REF*CR*{'7' * 51}~{LINE}")
    assert told(wire) == [("SYN-205", "REF-02 (segment 4)")]


def test_a_long_mail_address_is_taken_whole(send: Send):
    mail = f"{'counter.' * 15}desk@lanternbay.example"
    wire = send(f"{BEG}PER*BD*DESK*EM*{mail}~{LINE}")
    assert told(wire) == []
    assert wire.order.parties[0].contacts[0].email == mail


def test_a_charge_may_go_by_an_agencys_code_alone(send: Send):
    wire = send(f"{BEG}SAC*C**AX*F1*1950********Q-77~{LINE}")
    charge = wire.order.allowances_charges[0]
    assert told(wire) == []
    assert (charge.amount and charge.amount.amount, charge.reference) == (
        Decimal("19.50"),
        "Q-77",
    )


def test_the_lead_times_of_the_heading_are_kept_with_their_texts(send: Send):
    wire = send(f"{BEG}LDT*AF*7*DA~QTY*33*1~MTX**As agreed.~{LINE}")
    kept = {each.path: each.value for each in wire.order.extensions}
    assert told(wire) == []
    assert kept["LDT[1]/LDT-02"] == "7"
    assert kept["LDT[1]/MTX-02"] == "As agreed."


def test_the_parts_of_a_kit_are_lines_in_5010_too(send: Send):
    wire = send(f"{BEG}{LINE}SLN*A**I*48*EA*1.1*PE*I*VN*W-2~MTX**Loose.~")
    part = wire.order.lines[1]
    assert told(wire) == []
    assert (part.line_no, part.parent_line) == ("A", "0010")
    assert part.notes == (Note(text="Loose.", kind="line"),)


def test_stores_days_packs_breaks_and_terms_are_as_before(send: Send):
    body = (
        "ITD*08*3*2**10**30~PO1*0010*24*EA***VN*W-1~CTP**CON*9*10*EA~"
        "CTP**CON*8*24*EA~PO4*12*1*EA~SDQ*EA*92*B12*20*B31*4~"
        "SCH*24*EA***002*20261214~"
    )
    wire = send(BEG + body)
    line = wire.order.lines[0]
    assert told(wire) == []
    assert line.price.amount == Decimal(8)
    assert [part.qty for part in line.schedules] == [20, 4, 24]
    assert line.pack is not None
    assert line.pack.units == 12
    payment = wire.order.payment
    assert payment is not None
    assert payment.terms[0].discount_days == 10


def test_names_in_parts_are_kept(send: Send):
    wire = send(f"{BEG}N1*ST*IDA MARSH~IN2*01*MS~IN2*05*MARSH~{LINE}")
    kept = [(each.path, each.value) for each in wire.order.extensions]
    assert told(wire) == []
    assert ("N1[1]/IN2-02", "MARSH") in kept


@given(seed=st.integers(0, 2**32))
@settings(max_examples=40)
def test_each_element_of_an_accepted_5010_message_is_kept(
    seed: int, send: Send, schema: MessageSchema
):
    wire = send(Author(seed).message(schema))
    assert wire.findings == ()
    assert lost(wire.loop, said_in(wire.mapped)) == []


@given(seed=st.integers(0, 2**32))
@settings(max_examples=25)
def test_rubbish_in_a_5010_message_raises_nothing_and_is_not_lost(
    seed: int, send: Send, schema: MessageSchema
):
    wire = send(Author(seed, rubbish=True).message(schema))
    assert lost(wire.loop, said_in(wire.mapped)) == []


@given(seed=st.integers(0, 2**32))
@settings(max_examples=15)
def test_every_place_of_a_5010_message_that_is_used_is_published(
    seed: int, send: Send, schema: MessageSchema
):
    taken = {
        place.partition(" ")[0]
        for place in places_of(said_in(send(Author(seed).message(schema)).mapped))
    }
    qualifiers = {f"PO1-{n:02d}" for n in range(6, 26, 2)}
    qualifiers |= {f"LIN-{n:02d}" for n in range(2, 32, 2)}
    qualifiers |= {f"SLN-{n:02d}" for n in range(9, 29, 2)}
    assert taken - qualifiers - {"ST-02", "ST-03"} <= READS


# The 855.


@pytest.fixture(scope="module")
def envelope_5010() -> Envelope:
    return Envelope(
        sender_qualifier="ZZ",
        sender_id="SUPPLIER",
        receiver_qualifier="ZZ",
        receiver_id="LANTERN",
        gs_sender="SUPPLIER",
        gs_receiver="LANTERN",
        version="005010",
        interchange_version="00501",
        separators=Separators(
            element="|", component=">", repetition="^", terminator="\r\n"
        ),
    )


@pytest.fixture(scope="module")
def schema_855(tables_5010: Tables) -> MessageSchema:
    found = tables_5010.schema("005010", "855")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def faults_5010(schema_855: MessageSchema) -> Callable[[Draft], tuple[Finding, ...]]:
    """What our own engine says of an 855 against the 005010 tables."""
    validator = Validator(plan(schema_855, message="x12_855"))

    def run(draft: Draft) -> tuple[Finding, ...]:
        data = draft.finish(Numbers(interchange=1, group=1, message=1), NOW)
        reader = X12Reader()
        events = reader.receive(data) + reader.finish()
        message = next(event for event in events if isinstance(event, MessageRead))
        return message.faults + validator.validate(message)

    return run


def rows(draft: Draft) -> list[Row]:
    ((_, body),) = draft.messages
    return list(body)


def full(order: Order) -> OrderAck:
    """An answer that has every segment the writer knows."""
    line = order.lines[0]
    ours = Price(amount=Decimal("16.5"), currency="USD")
    statuses = (
        LineStatus(
            kind="change_price",
            quantity=Decimal(20),
            price=ours,
            date=NOW.date(),
            reason_code="CAT-301",
            note="16.50 holds | for 20 ^ pieces",
        ),
        LineStatus(
            kind="substitute",
            quantity=Decimal(4),
            substitute=Item(supplier_sku="W-9", gtin="614141000029"),
            price=replace(ours, amount=Decimal(15)),
        ),
    )
    answer = LineAck(
        line_no=line.line_no,
        item=line.item,
        quantity=line.quantity,
        price=line.price,
        statuses=statuses,
        notes=(Note(text="by the crate"),),
    )
    return OrderAck(
        po_number=order.po_number,
        type="accepted_with_changes",
        currency="USD",
        sales_order_number="SO-" + "7" * 40,
        issued_at=NOW,
        order_date=order.issue_date,
        delivery=Delivery(
            terms=DeliveryTerms(code="DAP", place="Portland", freight="prepaid")
        ),
        payment=Payment(
            terms=(
                PaymentTerm(
                    code="01",
                    basis="invoice_date",
                    net_days=30,
                    discount_pct=Decimal(2),
                    discount_days=10,
                    text="2 PERCENT 10 DAYS",
                ),
            )
        ),
        reasons=(Reason(code="CAT-342", text="word " * 1200),),
        lines=(answer,),
    )


def ordered(send: Send) -> Order:
    number = "HARBOR LIGHTS TOWER 2 / PHASE 3 / FLOOR 14 RISER B"
    return send(
        f"{BEG}REF*IA*BB~REF*DP*{number}~N1*ST*BRANCH 12*92*B12~{LINE}CTT*1*24~"
    ).order


def test_a_full_answer_is_right_by_the_5010_tables(
    send: Send,
    envelope_5010: Envelope,
    faults_5010: Callable[[Draft], tuple[Finding, ...]],
):
    order = ordered(send)
    draft = from_ack(full(order), order, envelope_5010, None)
    tags = {str(row[0]) for row in rows(draft)}
    assert tags == {
        *("BAK", "CUR", "REF", "FOB", "ITD", "N9", "MTX", "N1"),
        *("PO1", "CTP", "ACK", "CTT"),
    }
    assert faults_5010(draft) == ()


def test_references_of_an_answer_have_fifty_characters_in_5010(
    send: Send, envelope_5010: Envelope
):
    order = ordered(send)
    composed = compose(full(order), order, envelope_5010, None)
    assert rows(composed.draft)[0][8] == "SO-" + "7" * 40
    assert ("REF", "DP", order.references[1].value) in rows(composed.draft)
    assert [f.where for f in composed.findings] == [
        Where(segment_tag="MTX", element=2),
    ]


def test_the_same_references_do_not_fit_into_4010(send: Send, envelope_5010: Envelope):
    order = ordered(send)
    older = replace(envelope_5010, version="004010", interchange_version="00401")
    composed = compose(full(order), order, older, None)
    assert [f.where for f in composed.findings] == [
        Where(segment_tag="BAK", element=8),
        Where(segment_tag="REF", element=2),
        Where(segment_tag="MSG", element=1),
    ]


def test_a_text_is_one_mtx_up_to_4096_characters(send: Send, envelope_5010: Envelope):
    order = ordered(send)
    texts = [
        str(row[2])
        for row in rows(from_ack(full(order), order, envelope_5010, None))
        if row[0] == "MTX"
    ]
    assert len(texts[0]) in range(4080, 4097)
    assert " ".join(texts[:2]) == ("word " * 1200).rstrip()
    assert texts[2:] == ["16.50 holds   for 20   pieces", "by the crate"]


@pytest.mark.parametrize(
    ("version", "reference", "text"),
    [
        ("004010", 30, "MSG"),
        ("004010VICS", 30, "MSG"),
        ("004030", 50, "MSG"),
        ("005010", 50, "MTX"),
        ("005010X1", 50, "MTX"),
        ("", 30, "MSG"),
    ],
)
def test_the_edition_follows_the_version(version: str, reference: int, text: str):
    found = edition(version)
    assert (found.reference, found.text[0]) == (reference, text)


def test_a_reference_with_a_separator_is_left_out(send: Send, envelope_5010: Envelope):
    order = replace(
        ordered(send), references=(Reference(kind="vendor_number", value="A|B"),)
    )
    tags = [row[0] for row in rows(from_ack(full(order), order, envelope_5010, None))]
    assert "REF" not in tags
