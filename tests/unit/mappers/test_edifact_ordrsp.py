"""ORDRSP written: each outcome's codes in each dialect, and what is strictly valid."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from gateway import bootstrap
from gateway.edi.edifact.directories import key_of
from gateway.edi.edifact.events import EdifactMessage
from gateway.edi.edifact.reader import EdifactReader
from gateway.edi.edifact.validate import EdifactValidator, edifact_plan
from gateway.edi.edifact.writer import Envelope
from gateway.edi.numbers import Numbers
from gateway.findings import Severity
from gateway.mappers.edifact_ordrsp import from_ack
from gateway.order.ack import AckType, LineAck, LineStatus, OrderAck, Reason, ack_type
from gateway.order.item import Item, LineQuantity, Price
from gateway.order.model import Order, OrderLine, Source
from gateway.order.party import Address, Party
from gateway.partner import Profile, load

NOW = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
ENVELOPE = Envelope(
    sender=("4000001000005", "14"), receiver=("5412345000013", "14"), una=False
)
ITEM = Item(gtin="4000001000104", supplier_sku="SA-1", buyer_part="B-1")
SUBSTITUTE = Item(gtin="4000001000111", supplier_sku="SA-2")
DIALECTS = {
    "un": ("D96A", ""),
    "eancom94": ("D93A", "EAN003"),
    "eancom97": ("D96A", "EAN005"),
    "eancom2002": ("D01B", "EAN009"),
}


def part(kind: Any, quantity: str, **more: Any) -> LineStatus:
    return LineStatus(kind=kind, quantity=Decimal(quantity), **more)


def line(*parts: LineStatus, number: str = "1", **more: Any) -> LineAck:
    return LineAck(
        line_no=number,
        item=ITEM,
        quantity=LineQuantity(value=Decimal(10), uom_sent="PCE"),
        price=Price(amount=Decimal("2.50"), currency="EUR"),
        statuses=parts,
        **more,
    )


def ack(*lines: LineAck, kind: AckType | None = None, **more: Any) -> OrderAck:
    return OrderAck(
        po_number="PO-1",
        id="R-1",
        sales_order_number="SO-1",
        type=kind or ack_type(lines),
        ack_date=dt.date(2026, 11, 22),
        currency="EUR",
        lines=lines,
        **more,
    )


def order(answer: OrderAck, directory: str, **more: Any) -> Order:
    lines = [
        OrderLine(line_no=one.line_no, item=one.item, quantity=one.quantity)
        for one in answer.lines
    ]
    return Order(
        po_number="PO-1",
        issue_date=dt.date(2026, 11, 20),
        source=Source(standard="edifact", version=directory),
        parties=(
            Party(role="buyer", id="5412345000013", id_scheme="gln"),
            Party(
                role="ship_to",
                name="A shop with a very long name that goes over thirty-five letters",
                address=Address(lines=("Street 1",), city="Ghent", country="BE"),
            ),
        ),
        lines=tuple(lines),
        **more,
    )


def buyer(directory: str, association: str) -> Profile:
    subset = f", association: {association}" if association else ""
    found = load(
        f"""
schema: 1
id: grocer
name: A grocer
stage: live
us: {{edifact: {{qualifier: "14", id: "4000001000005"}}}}
identities: {{edifact: {{qualifier: "14", id: "5412345000013"}}}}
sends: [{{message: edifact_ordrsp, version: {directory}{subset}}}]
""",
        "grocer",
    )
    assert isinstance(found, Profile), found
    return found


def written(
    answer: OrderAck, dialect: str = "un", **more: Any
) -> tuple[str, list[str]]:
    """The message's segments, and what is wrong with them by our own tables."""
    profile = buyer(*DIALECTS[dialect])
    draft = from_ack(answer, order(answer, "D96A", **more), ENVELOPE, profile)
    assert draft.findings == ()
    data = draft.finish(Numbers(interchange=1, group=1, message=1), NOW)
    directories = bootstrap.edifact()
    reader = EdifactReader(header=directories.header)
    (message,) = (
        event
        for event in [*reader.receive(data), *reader.finish()]
        if isinstance(event, EdifactMessage)
    )
    schema = directories.schema(*key_of(message))
    assert schema is not None
    found = EdifactValidator(edifact_plan(schema)).validate(message)
    heavy = [f for f in found if f.severity in (Severity.REJECT, Severity.ERROR)]
    return data.decode("latin-1"), [f"{f.code} {f.where} {f.what}" for f in heavy]


def segments(
    answer: OrderAck, *tags: str, dialect: str = "un", **more: Any
) -> list[str]:
    text, wrong = written(answer, dialect, **more)
    assert wrong == []
    rows = [row.strip() for row in text.split("'")]
    return [row for row in rows if row[:3] in tags]


CASES: dict[str, tuple[OrderAck, dict[str, list[str]]]] = {
    "all accepted": (
        ack(line(part("accept", "10"))),
        {
            "un": ["BGM+231+R-1+29", "LIN+1+5+4000001000104:EN", "QTY+21:10:PCE"],
            "eancom97": ["BGM+231+R-1+29", "LIN+1+5+4000001000104:EN", "QTY+21:10:PCE"],
        },
    ),
    "less, and the rest is not delivered": (
        ack(line(part("change_quantity", "8"))),
        {
            "un": [
                "BGM+231+R-1+30",
                "LIN+1+3+4000001000104:EN",
                "QTY+21:8:PCE",
                "QVR+-2:21+CP",
            ],
            "eancom2002": [
                "BGM+231+R-1+4",
                "LIN+1+3+4000001000104:EN",
                "QTY+21:8:PCE",
                "QVR+-2:21+CP",
            ],
        },
    ),
    "less, and the rest follows": (
        ack(line(part("accept", "8"), part("backorder", "2"))),
        {
            "un": [
                "BGM+231+R-1+30",
                "LIN+1+3+4000001000104:EN",
                "QTY+21:8:PCE",
                "QTY+83:2:PCE",
                "QVR+-2:21+BP",
            ],
            "eancom94": [
                "BGM+231+R-1+4",
                "LIN+1+3+4000001000104:EN",
                "QTY+21:8:PCE",
                "QVA+-2:21+BP",
            ],
        },
    ),
    "one line refused": (
        ack(line(part("accept", "10")), line(part("discontinued", "10"), number="2")),
        {
            "un": [
                "BGM+231+R-1+30",
                "LIN+1+5+4000001000104:EN",
                "QTY+21:10:PCE",
                "LIN+2+7+4000001000104:EN",
                "QTY+21:10:PCE",
            ],
            "eancom97": [
                "BGM+231+R-1+4",
                "LIN+1+5+4000001000104:EN",
                "QTY+21:10:PCE",
                "LIN+2+7+4000001000104:EN",
                "QTY+21:10:PCE",
            ],
        },
    ),
    "the whole order refused": (
        ack(line(part("reject", "10"))),
        {"un": ["BGM+231+R-1+27"], "eancom97": ["BGM+231+R-1+27"]},
    ),
    "not decided yet": (
        ack(line(part("hold", "10"))),
        {
            "un": ["BGM+231+R-1+12"],
            "eancom94": ["BGM+231+R-1"],
            "eancom2002": ["BGM+231+R-1+12"],
        },
    ),
    "only terms of the heading differ": (
        ack(line(part("accept", "10")), kind="accepted_with_changes"),
        {
            "un": ["BGM+231+R-1+28", "LIN+1+5+4000001000104:EN", "QTY+21:10:PCE"],
            "eancom97": ["BGM+231+R-1+4", "LIN+1+5+4000001000104:EN", "QTY+21:10:PCE"],
        },
    ),
}


@pytest.mark.parametrize(
    ("name", "dialect"),
    [(name, dialect) for name, (_, told) in CASES.items() for dialect in told],
)
def test_each_outcome_has_the_codes_of_its_dialect(name, dialect):
    answer, told = CASES[name]
    rows = segments(answer, "BGM", "LIN", "QTY", "QVR", "QVA", dialect=dialect)
    assert [row.replace(":SRV", ":EN") for row in rows] == told[dialect]


def test_a_line_over_two_dates_becomes_two_that_name_the_ordered_one():
    answer = ack(
        line(
            part("accept", "6", date=dt.date(2026, 12, 1), date_kind="delivery"),
            part("reschedule", "4", date=dt.date(2026, 12, 9), date_kind="delivery"),
        )
    )
    assert segments(answer, "BGM", "LIN", "QTY", "DTM", "RFF")[2:] == [
        "RFF+ON:PO-1",
        "DTM+171:20261120:102",
        "RFF+VN:SO-1",
        "LIN+1+3+4000001000104:EN",
        "QTY+21:6:PCE",
        "DTM+69:20261201:102",
        "RFF+ON:PO-1:1",
        "LIN+2+1+4000001000104:EN",
        "QTY+21:4:PCE",
        "DTM+69:20261209:102",
        "RFF+ON:PO-1:1",
    ]


def test_a_substitute_is_named_behind_the_ordered_item():
    answer = ack(line(part("substitute", "10", substitute=SUBSTITUTE)))
    assert segments(answer, "LIN", "PIA") == [
        "LIN+1+3+4000001000104:EN",
        "PIA+1+SA-1:SA+B-1:IN",
        "PIA+3+4000001000111:EN+SA-2:SA",
    ]


def test_our_price_stands_where_it_differs_and_per_its_basis():
    ours = Price(amount=Decimal("199.90"), basis_qty=Decimal(100), currency="EUR")
    answer = ack(line(part("change_price", "10", price=ours)))
    assert segments(answer, "LIN", "PRI") == [
        "LIN+1+3+4000001000104:EN",
        "PRI+AAA:199.9:::100:PCE",
    ]
    assert segments(ack(line(part("accept", "10"))), "PRI") == ["PRI+AAA:2.5"]


def test_reasons_and_notes_are_texts():
    answer = ack(
        line(part("bad_price", "10", note="too low"), part("accept", "0")),
        line(part("accept", "10"), number="2"),
        reasons=(Reason(code="PRC-001", text="please see the lines " * 5),),
    )
    texts = segments(answer, "FTX")
    assert len(texts[0].split(":")[0]) <= len("FTX+AAI+++") + 70
    assert texts[1] == "FTX+AAI+++too low"


def test_parties_have_their_number_or_their_name_and_address():
    assert segments(ack(line(part("accept", "10"))), "NAD") == [
        "NAD+BY+5412345000013::9",
        "NAD+DP+++A shop with a very long name that g:oes over thirty-five letters"
        "+Street 1+Ghent+++BE",
    ]


def test_a_buyer_who_wants_exceptions_alone_gets_them():
    answer = ack(
        line(part("accept", "10")), line(part("change_quantity", "8"), number="2")
    )
    rows = segments(answer, "LIN", "CNT", ack_wanted="on_changes")
    assert rows == ["LIN+2+3+4000001000104:EN", "CNT+2:1"]


@pytest.mark.parametrize(
    ("change", "parts", "code"),
    [
        ("add", (part("accept", "10"),), "1"),
        ("change", (part("accept", "10"),), "5"),
        ("delete", (part("delete", "10"),), "5"),
        ("none", (part("accept", "10"),), "4"),
        ("change", (part("bad_date", "10"),), "7"),
    ],
)
def test_the_answer_to_a_change_says_what_became_of_each_line(change, parts, code):
    answer = ack(
        line(*parts, change=change),
        line(part("accept", "10"), number="2"),
        answers="change",
        order_version="2",
    )
    rows = segments(answer, "LIN", "RFF")
    assert rows[2] == "RFF+PP:2"
    assert rows[3] == f"LIN+1+{code}+4000001000104:EN"


def test_a_number_that_lin_cannot_hold_gets_one_of_ours():
    answer = ack(line(part("accept", "10"), number="A-7"))
    assert segments(answer, "LIN") == ["LIN+1+5+4000001000104:EN"]
