"""What a partner says of documents of ours, through a whole gateway."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from gateway.config import Settings
from gateway.order.advice import Advice
from gateway.order.read import advice_from_json
from gateway.store import queries
from gateway.store.rows import AdviceDetail, MessageRow, SaidRow
from tests.starters import ROOT
from tests.unit.engine.house import House, segments

CASES = ROOT / "tests" / "golden"
ON_SQLITE = pytest.mark.parametrize("kind", ["sqlite"])
"""Where both databases would do the same that other tests have them do."""


class Office(House):
    """A gateway whose partner gets invoices and tells what became of them."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, {}, {})
        told = {"message": "x12_810", "version": "004010", "channel": "drop"}
        self.facts["sends"] = [*self.facts["sends"], told]
        self._anew()

    def bill(self) -> MessageRow:
        """Bill an order whole, in invoice INV-1; the message that told it."""
        order = self.order()
        head = {
            "invoice": "INV-1",
            "invoice_date": "2026-11-22",
            "order_id": order.order.id,
        }
        rows = (
            head | {"line_no": "1", "quantity": "12", "price": "84"},
            head | {"line_no": "2", "quantity": "20", "price": "24.95"},
        )
        self.csv("invoice.csv", *rows)
        return self.invoice()

    def invoice(self) -> MessageRow:
        with self.gateway.db.read() as tx:
            rows = queries.messages(tx, direction="out").items
        (row,) = (row for row in rows if row.type == "x12_810")
        return row

    def came(self, case: str, number: str = "000002001", **changed: str) -> None:
        """A message of a golden case comes, with other texts in it."""
        text = (CASES / case / "in.edi").read_text()
        for before, after in {"000002001": number, **changed}.items():
            text = text.replace(before, after)
        self.send(text.encode())
        self.work()

    def advices(self) -> list[AdviceDetail]:
        """All of them, oldest first."""
        with self.gateway.db.read() as tx:
            rows = queries.advices(tx).items
            found = [queries.advice(tx, row.id) for row in reversed(rows)]
        return [one for one in found if one is not None]

    def said(self, id_: str) -> list[tuple[str, str]]:
        """What was said of a document: the state and what was paid."""
        with self.gateway.db.read() as tx:
            return [(one.state, one.paid) for one in queries.said_of(tx, id_)]

    def alerts(self) -> list[str]:
        with self.gateway.db.read() as tx:
            rows = queries.alerts(tx).items
        return [f"{row.kind} {row.code}" for row in reversed(rows)]


@pytest.fixture
def office(settings: Settings) -> Iterator[Office]:
    made = Office(settings)
    yield made
    made.close()


def test_a_rejection_marks_the_message_that_its_group_number_names(office: Office):
    sent = office.bill()
    out = office.home / "partners" / "acme" / "out"
    (file,) = out.glob("x12_810_*")
    group = segments(file.read_text(), "GS")[0].split("*")[6]
    office.came("x12_824/invoice-rejected", **{"*12*0001*810": f"*{group}*0001*810"})
    (one,) = office.advices()
    assert office.invoice().acknowledgement == "rejected"
    assert [(s.state, s.message_id) for s in one.said] == [("rejected", sent.id)]
    assert office.alerts() == ["rejected ENV-211"]
    with office.gateway.db.read() as tx:
        detail = queries.message(tx, office.gateway.db.payloads, sent.id)
    assert detail is not None
    (noted,) = detail.findings
    assert (noted.finding.code, str(noted.finding.where)) == (
        "ENV-211",
        "IT1-04 (segment 9)",
    )


@ON_SQLITE
def test_a_997_does_not_take_back_what_their_application_refused(office: Office):
    office.bill()
    (file,) = (office.home / "partners" / "acme" / "out").glob("x12_810_*")
    group = segments(file.read_text(), "GS")[0].split("*")[6]
    office.came("x12_824/named-by-its-number")
    case = (CASES / "x12_824/accepted/in.edi").read_text().splitlines(keepends=True)
    head, end = [*case[:2]], [*case[-2:]]
    head[0] = head[0].replace("000002001", "000002009")
    end[1] = end[1].replace("000002001", "000002009")
    body = f"ST*997*0001~\nAK1*IN*{group}~\nAK9*A*1*1*1~\nSE*4*0001~\n"
    head[1] = head[1].replace("GS*AG", "GS*FA")
    office.send("".join((*head, body, *end)).encode())
    office.work()
    assert office.invoice().acknowledgement == "rejected"
    assert office.alerts() == ["rejected ENV-211"]


@ON_SQLITE
def test_an_invoice_that_is_named_by_its_number_is_found(office: Office):
    office.bill()
    office.came("x12_824/named-by-its-number")
    (one,) = office.advices()
    assert one.said[0].ref.startswith("inv_")
    assert one.said[0].order_id == office.orders()[0].order.id
    assert office.invoice().acknowledgement == "rejected"


def test_payments_are_counted_over_several_remittances(office: Office):
    office.bill()
    office.came("x12_820/short-paid")
    office.came("x12_820/paid-in-parts", "000002002", **{"1000": "100"})
    first, second = office.advices()
    states: list[SaidRow] = [*first.said, *second.said]
    assert [one.state for one in states] == ["short_paid", "paid"]
    assert office.said(states[0].ref) == [("short_paid", "1407"), ("paid", "100")]
    (order,) = office.orders()
    assert order.said == (*first.said, *second.said)
    assert office.alerts() == ["payment ACC-101"]


@ON_SQLITE
def test_the_same_remittance_under_new_numbers_counts_once(office: Office):
    office.bill()
    office.came("x12_820/short-paid")
    office.came("x12_820/short-paid", "000002002")
    (one,) = office.advices()
    assert office.said(one.said[0].ref) == [("short_paid", "1407")]


@ON_SQLITE
def test_what_is_kept_of_an_advice_can_be_read_again(office: Office):
    office.came("x12_864/text")
    (one,) = office.advices()
    advice = advice_from_json(one.body)
    assert isinstance(advice, Advice)
    assert json.loads(one.body)["schema"] == "advice/1"
    assert advice.notes[0].text.startswith("DC01 IS CLOSED")
    assert office.alerts() == ["text ENV-214"]


def test_payment_and_rejection_in_one_batch_follow_each_other(office: Office):
    office.bill()
    for n, case in enumerate(("x12_820/short-paid", "x12_824/named-by-its-number"), 1):
        text = (CASES / case / "in.edi").read_text()
        office.send(text.replace("000002001", f"00000300{n}").encode())
    again = (CASES / "x12_824/named-by-its-number/in.edi").read_text()
    again = again.replace("000002001", "000003003").replace("AA-77", "AA-78")
    office.send(again.replace("OTI*TR", "OTI*TA").encode())
    office.work()
    assert [s.state for one in office.advices() for s in one.said] == [
        "short_paid",
        "rejected",
        "accepted",
    ]
    assert office.invoice().acknowledgement == "accepted"
