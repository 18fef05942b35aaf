"""APERAK read and written: verdicts, what they are about, what is strictly valid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest

from gateway import bootstrap
from gateway.edi.edifact.directories import key_of
from gateway.edi.edifact.events import EdifactMessage, UnbRead
from gateway.edi.edifact.reader import EdifactReader
from gateway.edi.edifact.segment import EdifactSegment
from gateway.edi.edifact.validate import EdifactValidator, edifact_plan
from gateway.edi.tree import LoopRead
from gateway.findings import Finding, Severity
from gateway.mappers import edifact_aperak
from gateway.mappers.mapped import EdifactCarrier, Mapped
from gateway.order.ack import LineAck, LineStatus, OrderAck, Reason
from gateway.order.advice import Advice
from gateway.order.item import Item, LineQuantity
from gateway.order.model import Order
from gateway.order.party import Party
from tests.unit.mappers.edifact_out import ENVELOPE, buyer, segments, wrong

UNB = "UNB+UNOC:3+5412345000013:14+4000001000005:14+261120:0915+G1'"
IV = "RFF+IV:INV-1'"


def mapped(body: str, directory: str = "D:01B") -> tuple[LoopRead, Mapped]:
    text = f"{UNB}UNH+M1+APERAK:{directory}:UN'{body}UNT+9+M1'UNZ+1+G1'"
    directories = bootstrap.edifact()
    reader = EdifactReader(header=directories.header)
    events = [*reader.receive(text.encode("latin-1")), *reader.finish()]
    unb = next(e for e in events if isinstance(e, UnbRead))
    message = next(e for e in events if isinstance(e, EdifactMessage))
    schema = directories.schema(*key_of(message))
    assert schema is not None
    tree = EdifactValidator(edifact_plan(schema)).tree(message)
    carrier = EdifactCarrier(interchange=unb, group=None, message=message)
    return tree, edifact_aperak.to_advice(tree, carrier, None)


def read(body: str, directory: str = "D:01B") -> Advice:
    advice = mapped(body, directory)[1].advice
    assert advice is not None
    return advice


@pytest.mark.parametrize(
    ("bgm", "errors", "said"),
    [
        ("305+A+27", "", "rejected"),
        ("305+A+10", "", "rejected"),
        ("313+A+9", "", "rejected"),
        ("305+A+9", "ERC+1'", "rejected"),
        ("305+A", "ERC+1'", "rejected"),
        ("305+A+6", "ERC+1'", "accepted_with_errors"),
        ("305+A+29", "ERC+1'", "accepted_with_errors"),
        ("305+A+34", "", "accepted_with_errors"),
        ("312+A+9", "", "accepted"),
        ("305+A+29", "", "accepted"),
        ("305+A+6", "", "accepted"),
        ("305+A+12", "", ""),
        ("305+A+1", "", ""),
    ],
)
def test_function_and_errors_are_the_verdict(bgm: str, errors: str, said: str):
    assert read(f"BGM+{bgm}'{IV}{errors}").about[0].said == said


@pytest.mark.parametrize(
    ("rows", "kind", "number"),
    [
        ("RFF+ON:PO-1'", "order", "PO-1"),
        ("RFF+ON:PO-1'RFF+IV:INV-1'", "invoice", "INV-1"),
        ("RFF+ON:PO-1'RFF+AAK:DES-1'", "shipment", "DES-1"),
        ("RFF+ACW:X-1'", "", "X-1"),
        ("RFF+VN:SO-1'RFF+ACW:X-1'", "", "X-1"),
        ("DOC+380+INV-2'RFF+ON:PO-1'", "invoice", "INV-2"),
        ("RFF+CT:K-1'ERC+1'RFF+IV:INV-3'", "invoice", "INV-3"),
        ("", "", ""),
    ],
)
def test_the_surest_reference_names_the_document(rows: str, kind: str, number: str):
    (about,) = read(f"BGM+305+A+27'{rows}").about
    assert (about.kind, about.number) == (kind, number)


def test_objections_have_code_text_and_what_they_name():
    rows = "ERC+040'FTX+AAO+++One:two'RFF+ON:PO-1:3'FTX+AAO+++three'"
    (about,) = read(f"BGM+305+A+27'{IV}{rows}").about
    (objection,) = about.objections
    assert (objection.code, objection.value) == ("040", "PO-1")
    assert objection.text == "One\ntwo\nON PO-1 3\nthree"


def test_without_bgm_there_is_no_advice():
    (finding,) = mapped("DTM+137:20261120:102'")[1].findings
    assert finding.code == "MAP-017"


RICH = (
    "BGM+305:::Errors+A-1+27+AB'DTM+137:20261120:102'DTM+171:20261119:102'"
    "FTX+AAI+++All:of it'CNT+1:2'DOC+380+INV-1'DTM+171:20261118:102'"
    "RFF+IV:INV-1'DTM+171:20261118:102'RFF+ZZ9:Q'"
    "NAD+BY+5412345000013::9++Grocer'CTA+OC+:Ada'COM+1:TE'"
    "ERC+040:1:92'FTX+AAO+1+X+One:two+EN'RFF+IV:INV-1:2'FTX+AAO+++three'"
)


def values(loop: LoopRead) -> Iterator[tuple[str, str]]:
    """Every component that was sent, by its place."""
    for segment in loop.segments:
        assert isinstance(segment, EdifactSegment)
        for element in range(1, len(segment.elements)):
            for n, value in enumerate(segment.components(element), 1):
                if value and segment.tag not in ("UNH", "UNT"):
                    many = n > 1 or len(segment.components(element)) > 1
                    place = f"{segment.tag}-{element:02d}" + f".{n}" * many
                    yield f"{place} (segment {segment.position})", value
    for inner in loop.loops:
        yield from values(inner)


def test_nothing_of_a_rich_message_is_lost():
    loop, found = mapped(RICH)
    assert found.advice is not None
    advice = found.advice
    places = {p for text in advice.provenance.values() for p in text.split(", ")}
    left = [one.value for one in advice.extensions]
    qualifiers = {"137", "171", "AAI", "IV", "ZZ9", "TE", "102", "AAO", "9"}
    lost = [
        (place, value)
        for place, value in values(loop)
        if place not in places and value not in left and value not in qualifiers
    ]
    assert lost == []


ORDER = Order(
    id="ord_01M7YNAYM0MT8Z37M62Y8JVD7R",
    po_number="PO-1",
    issue_date=dt.date(2026, 11, 20),
    parties=(
        Party(role="buyer", id="5412345000013", id_scheme="gln"),
        Party(role="seller", id="4000001000005", id_scheme="gln"),
    ),
)
LINE = LineAck(
    line_no="2",
    item=Item(gtin="4000001000104"),
    quantity=LineQuantity(value=Decimal(10), uom_sent="PCE"),
    statuses=(
        LineStatus(
            kind="bad_price",
            quantity=Decimal(10),
            reason_code="CAT-301",
            note="price? 'differs' " * 30,
        ),
    ),
)
ACK = OrderAck(
    po_number="PO-1",
    type="rejected",
    ack_date=dt.date(2026, 11, 21),
    reasons=(Reason(code="DUP-102", text="used before"),),
    lines=(LINE,),
)
SUBSETS = ("un", "un97", "un01", "un04", "un10", "un21", "eancom97", "eancom2002")


@pytest.mark.parametrize("dialect", SUBSETS)
def test_what_is_written_is_valid_by_our_tables(dialect: str):
    profile = buyer("edifact_aperak", dialect)
    draft = edifact_aperak.from_ack(ACK, ORDER, ENVELOPE, profile)
    assert [one for one in wrong(draft) if "12E" not in one] == []
    (bgm,) = segments(draft, "BGM")
    assert bgm.endswith("+01M7YNAYM0MT8Z37M62Y8JVD7R-1+27")
    assert segments(draft, "ERC") == ["ERC+DUP-102", "ERC+CAT-301"]


def test_what_could_not_be_read_is_named_by_its_reference():
    profile = buyer("edifact_aperak", "eancom2002")
    finding = Finding.of("MAP-010", "no order number")
    light = Finding.of("MAP-004", "no line number", severity=Severity.WARNING)
    draft = edifact_aperak.from_findings(
        [finding, light], "7", "N-1", dt.date(2026, 11, 21), ENVELOPE, profile
    )
    assert segments(draft, "BGM", "RFF", "ERC", "FTX") == [
        "BGM+305+N-1+27",
        "RFF+ACW:7",
        "ERC+MAP-010",
        "FTX+AAO+++no order number",
    ]


def test_what_we_write_we_read_as_a_refusal():
    profile = buyer("edifact_aperak", "un01")
    draft = edifact_aperak.from_ack(ACK, ORDER, ENVELOPE, profile)
    rows = [r for r in segments(draft) if r[:3] not in ("UNB", "UNH", "UNT", "UNZ")]
    (about,) = read("".join(f"{row}'" for row in rows)).about
    assert (about.said, about.number) == ("rejected", "PO-1")
    assert [one.code for one in about.objections] == ["DUP-102", "CAT-301"]
