"""The 855 for each row of the decision table, valid against the tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.edi.numbers import Numbers
from gateway.edi.x12.writer import Draft, Envelope
from gateway.findings import Finding
from gateway.mappers.mapped import Mapped
from gateway.mappers.parts.x12_answer_codes import LINE_CODES
from gateway.mappers.x12_855 import compose, from_ack
from gateway.order.ack import REFUSED, LineAck, LineStatus, OrderAck, Reason
from gateway.order.item import Item, LineQuantity, Price
from gateway.order.model import Order
from gateway.order.party import Note, Party
from gateway.order.terms import Delivery, DeliveryTerms, Payment, PaymentTerm
from gateway.partner.profile import Profile

Map = Callable[..., Mapped]
BEG = "BEG*00*NE*4500001**20260115~"
LINE = "PO1*1*100*EA*12.5*PE*VP*W-1~"
SECOND = "PO1*2*5*CA*3*HP*UP*012345678905*BP*B-9~"


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def status(kind: Any, quantity: str = "100", **more: Any) -> LineStatus:
    return LineStatus(kind=kind, quantity=Decimal(quantity), **more)


def answered(order: Order, *statuses: LineStatus) -> LineAck:
    """The order's first line with these statuses."""
    line = order.lines[0]
    return LineAck(
        line_no=line.line_no,
        item=line.item,
        quantity=line.quantity,
        price=line.price,
        statuses=statuses,
    )


@dataclass(frozen=True)
class Answer:
    """Writes an answer and gives the segments it came out as."""

    order: Order
    envelope: Envelope
    body_of: Callable[[Draft], list[str]]
    faults: Callable[[Draft], tuple[Finding, ...]]

    def draft(self, ack: OrderAck, profile: Profile | None = None) -> Draft:
        draft = from_ack(ack, self.order, self.envelope, profile)
        assert self.faults(draft) == ()
        return draft

    def __call__(
        self,
        kind: Any,
        *statuses: LineStatus,
        profile: Profile | None = None,
        **more: Any,
    ) -> list[str]:
        lines = (answered(self.order, *statuses),) if statuses else ()
        return self.body_of(self.draft(self.ack(kind, *lines, **more), profile))

    def ack(self, kind: Any, *lines: LineAck, **more: Any) -> OrderAck:
        given = {
            "po_number": self.order.po_number,
            "type": kind,
            "sales_order_number": "S-7788",
            "order_date": self.order.issue_date,
            "ack_date": day("2026-01-16"),
            "lines": lines,
        }
        return OrderAck(**given | more)


Answering = Callable[[str], Answer]


@pytest.fixture
def answering(
    mapped: Map,
    envelope: Envelope,
    body_of: Callable[[Draft], list[str]],
    faults: Callable[[Draft], tuple[Finding, ...]],
) -> Answering:
    def run(body: str) -> Answer:
        order = mapped(body).order
        assert order is not None
        return Answer(order, envelope, body_of, faults)

    return run


@pytest.fixture
def answer(answering: Answering) -> Answer:
    return answering(BEG + LINE)


def bak(code: str) -> str:
    return f"BAK*00*{code}*4500001*20260115****S-7788*20260116"


PO1 = LINE[:-1]


# One case for each row of the table of decisions.


def test_all_fine_is_ia_and_ad(answer: Answer):
    assert answer("accepted", status("accept")) == [
        bak("AD"),
        PO1,
        "ACK*IA*100*EA",
        "CTT*1",
    ]


def test_all_fine_without_lines_is_ak(answer: Answer):
    assert answer("accepted") == [bak("AK"), "CTT*0"]


def test_received_only_is_ah_without_lines(answer: Answer):
    assert answer("received", status("accept")) == [bak("AH"), "CTT*0"]


def test_price_within_tolerance_is_accepted_as_sent(answer: Answer):
    lines = answer("accepted", status("accept", reason_code="CAT-302"))
    assert lines[:3] == [bak("AD"), PO1, "ACK*IA*100*EA"]


def test_price_of_ours_is_ip_with_our_price_in_po1(answer: Answer):
    ours = Price(amount=Decimal("13.10"), currency="USD")
    lines = answer("accepted_with_changes", status("change_price", price=ours))
    assert lines == [
        bak("AC"),
        "PO1*1*100*EA*13.10*PE*VP*W-1",
        "ACK*IP*100*EA",
        "CTT*1",
    ]


def test_price_not_acceptable_is_ir_with_a_note_and_rd_when_all(answer: Answer):
    refused = status("reject", reason_code="CAT-301", note="12.5 is not 13.10")
    assert answer("rejected", refused) == [
        bak("RD"),
        PO1,
        "ACK*IR*100*EA",
        "N9*L1*CAT-301",
        "MSG*12.5 is not 13.10",
        "CTT*1",
    ]


def test_price_not_acceptable_on_one_of_two_lines_is_ac(answering: Answering):
    answer = answering(BEG + LINE + SECOND)
    first = answered(answer.order, status("bad_price"))
    second = replace(
        answered(answer.order, status("accept", "5")),
        line_no="2",
        quantity=answer.order.lines[1].quantity,
        price=answer.order.lines[1].price,
    )
    draft = answer.draft(answer.ack("accepted_with_changes", first, second))
    assert answer.body_of(draft) == [
        bak("AC"),
        PO1,
        "ACK*IR*100*EA",
        SECOND[:-1],
        "ACK*IA*5*CA",
        "CTT*2",
    ]


def test_currency_wrong_is_rd_with_every_line_rejected(answer: Answer):
    reason = Reason(code="CAT-201", text="order in USD")
    assert answer("rejected", status("accept"), reasons=(reason,)) == [
        bak("RD"),
        "N9*L1*CAT-201",
        "MSG*order in USD",
        PO1,
        "ACK*IR*100*EA",
        "CTT*1",
    ]


def test_currency_wrong_without_lines_is_rj(answer: Answer):
    assert answer("rejected") == [bak("RJ"), "CTT*0"]


def test_unknown_item_is_r2(answer: Answer):
    assert answer("rejected", status("bad_item"))[2] == "ACK*R2*100*EA"


def test_item_not_on_contract_is_r1(answer: Answer):
    assert answer("rejected", status("not_on_contract"))[2] == "ACK*R1*100*EA"


def test_discontinued_with_successor_is_is_with_the_successors_pairs(answer: Answer):
    successor = Item(supplier_sku="W-2", buyer_part="B-2", gtin="00012345678905")
    lines = answer("accepted_with_changes", status("substitute", substitute=successor))
    assert lines[:3] == [
        bak("AC"),
        PO1,
        "ACK*IS*100*EA****VP*W-2*BP*B-2*UK*00012345678905",
    ]


def test_discontinued_without_successor_is_r4(answer: Answer):
    assert answer("rejected", status("discontinued"))[2] == "ACK*R4*100*EA"


def test_unit_not_allowed_is_r3(answer: Answer):
    assert answer("rejected", status("bad_unit"))[2] == "ACK*R3*100*EA"


def test_unit_converted_is_ic_in_the_new_unit(answer: Answer):
    lines = answer("accepted_with_changes", status("change_unit", "10", uom="CA"))
    assert lines[:3] == [bak("AC"), PO1, "ACK*IC*10*CA"]


def test_quantity_changed_is_iq(answer: Answer):
    lines = answer("accepted_with_changes", status("change_quantity", "120"))
    assert lines[:3] == [bak("AC"), PO1, "ACK*IQ*120*EA"]


def test_quantity_refused_is_ir(answer: Answer):
    assert answer("rejected", status("bad_quantity"))[2] == "ACK*IR*100*EA"


def test_short_stock_is_ia_and_ib_byte_for_byte(answer: Answer):
    draft = answer.draft(
        answer.ack(
            "accepted_with_changes",
            answered(
                answer.order,
                status("accept", "60", date=day("2026-01-20")),
                status("backorder", "40", date=day("2026-02-03")),
            ),
        )
    )
    numbers = Numbers(interchange=1, group=1, message=1)
    now = dt.datetime(2026, 1, 16, 9, 30, tzinfo=dt.UTC)
    assert draft.finish(numbers, now) == (
        b"ISA*00*          *00*          *ZZ*SUPPLIER       *ZZ*ACME           "
        b"*260116*0930*U*00401*000000001*0*P*>~\n"
        b"GS*PR*SUPPLIER*ACME*20260116*0930*1*X*004010~\n"
        b"ST*855*0001~\n"
        b"BAK*00*AC*4500001*20260115****S-7788*20260116~\n"
        b"PO1*1*100*EA*12.5*PE*VP*W-1~\n"
        b"ACK*IA*60*EA*068*20260120~\n"
        b"ACK*IB*40*EA*068*20260203~\n"
        b"CTT*1~\n"
        b"SE*7*0001~\n"
        b"GE*1*1~\n"
        b"IEA*1*000000001~\n"
    )


def test_none_in_stock_is_ib(answer: Answer):
    lines = answer("accepted_with_changes", status("backorder"))
    assert lines[:3] == [bak("AC"), PO1, "ACK*IB*100*EA"]


def test_date_that_cannot_be_met_is_dr_with_the_promised_day(answer: Answer):
    late = status("reschedule", date=day("2026-02-10"), date_kind="delivery")
    lines = answer("accepted_with_changes", late)
    assert lines[:3] == [bak("AC"), PO1, "ACK*DR*100*EA*067*20260210"]


def test_requested_date_past_is_ir_and_rd(answer: Answer):
    assert answer("rejected", status("bad_date"))[:3] == [
        bak("RD"),
        PO1,
        "ACK*IR*100*EA",
    ]


def test_ship_to_unknown_is_ih_and_ah(answer: Answer):
    held = status("hold", reason_code="CAT-110")
    assert answer("held", held)[:3] == [bak("AH"), PO1, "ACK*IH*100*EA"]


def test_line_with_an_incomplete_description_is_if(answer: Answer):
    held = status("hold", reason_code="MAP-007")
    assert answer("held", held)[2] == "ACK*IF*100*EA"


def test_duplicate_with_the_same_content_is_answered_with_the_same_bytes(
    answer: Answer,
):
    assert answer("accepted", status("accept")) == answer("accepted", status("accept"))


def test_duplicate_with_other_content_is_rd(answer: Answer):
    reason = Reason(code="DUP-102", text="used before")
    lines = answer("rejected", status("reject"), reasons=(reason,))
    assert lines[:3] == [bak("RD"), "N9*L1*DUP-102", "MSG*used before"]


def test_over_blanket_quantity_is_ir(answer: Answer):
    assert answer("rejected", status("reject"))[2] == "ACK*IR*100*EA"


def test_over_limit_is_ah_with_ih(answer: Answer):
    assert answer("held", status("accept"))[:3] == [bak("AH"), PO1, "ACK*IH*100*EA"]


def test_totals_wrong_is_accepted_with_a_note(answer: Answer):
    note = Note(text="CTT01 says 2, the order has 1 line")
    assert answer("accepted", status("accept"), notes=(note,)) == [
        bak("AD"),
        "N9*L1**NOTE",
        "MSG*CTT01 says 2, the order has 1 line",
        PO1,
        "ACK*IA*100*EA",
        "CTT*1",
    ]


def test_terms_that_differ_are_ac_with_itd_and_fob(answer: Answer):
    term = PaymentTerm(code="01", basis="invoice_date", net_days=30)
    terms = DeliveryTerms(freight="prepaid", code="DAP", place="Hamburg")
    lines = answer(
        "accepted_with_changes",
        status("accept"),
        payment=Payment(terms=(term,)),
        delivery=Delivery(terms=terms),
    )
    assert lines == [
        bak("AC"),
        "FOB*PP*ZZ*DAP Hamburg*ZZ*ZZZ",
        "ITD*01*3*****30",
        PO1,
        "ACK*IA*100*EA",
        "CTT*1",
    ]


def test_signature_missing_is_rd(answer: Answer):
    reason = Reason(code="TRU-402", text="not signed")
    lines = answer("rejected", status("reject"), reasons=(reason,))
    assert lines[0] == bak("RD")


def test_restricted_item_is_ir(answer: Answer):
    refused = status("reject", note="export licence needed")
    assert answer("rejected", refused)[2:5] == [
        "ACK*IR*100*EA",
        "N9*L1**NOTE",
        "MSG*export licence needed",
    ]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("shipped", "AC"),
        ("add", "IC"),
        ("change_terms", "IC"),
        ("date_pending", "SP"),
        ("price_pending", "IE"),
    ],
)
def test_other_kinds_of_status_have_codes_of_their_own(
    answer: Answer, kind: str, code: str
):
    lines = answer("accepted_with_changes", status(kind))
    assert lines[2] == f"ACK*{code}*100*EA"


def test_a_deleted_line_is_id(answer: Answer):
    assert answer("rejected", status("delete"))[2] == "ACK*ID*100*EA"


# Header and lines agree.


def test_an_accepted_header_over_a_changed_line_becomes_ac(answer: Answer):
    assert answer("accepted", status("backorder"))[0] == bak("AC")


def test_a_changed_header_over_lines_that_are_all_refused_becomes_rd(answer: Answer):
    assert answer("accepted_with_changes", status("bad_item"))[0] == bak("RD")


def test_a_changed_header_with_only_waiting_lines_becomes_ah(answer: Answer):
    assert answer("accepted_with_changes", status("hold"))[0] == bak("AH")


def test_one_waiting_part_beside_an_accepted_one_is_ac(answer: Answer):
    lines = answer(
        "accepted_with_changes", status("accept", "60"), status("hold", "40")
    )
    assert [lines[0], *lines[2:4]] == [bak("AC"), "ACK*IA*60*EA", "ACK*IH*40*EA"]


def test_exceptions_only_leaves_out_lines_without_exception(
    answering: Answering, profile_with: Callable[[str], Profile]
):
    answer = answering(BEG + LINE + SECOND)
    profile = profile_with("policy: {header_codes_855: {accepted_with_changes: AE}}")
    first = answered(answer.order, status("accept"))
    second = replace(
        answered(answer.order, status("backorder", "5")),
        line_no="2",
        quantity=answer.order.lines[1].quantity,
        price=answer.order.lines[1].price,
    )
    draft = answer.draft(answer.ack("accepted", first, second), profile)
    assert answer.body_of(draft) == [bak("AE"), SECOND[:-1], "ACK*IB*5*CA", "CTT*1"]


def test_a_profiles_line_code_goes_before_the_usual_one(
    answer: Answer, profile_with: Callable[[str], Profile]
):
    profile = profile_with("policy: {codes_855: {backorder: BP}}")
    lines = answer("accepted_with_changes", status("backorder"), profile=profile)
    assert lines[2] == "ACK*BP*100*EA"


def test_a_profiles_header_code_that_contradicts_the_answer_is_not_used(
    answer: Answer, profile_with: Callable[[str], Profile]
):
    profile = profile_with("policy: {header_codes_855: {accepted: RD}}")
    assert answer("accepted", status("accept"), profile=profile)[0] == bak("AD")


def test_a_header_code_without_detail_leaves_the_lines_out(
    answer: Answer, profile_with: Callable[[str], Profile]
):
    profile = profile_with("policy: {header_codes_855: {accepted: AK}}")
    lines = answer("accepted", status("accept"), profile=profile)
    assert lines == [bak("AK"), "CTT*0"]


# What is echoed.


def test_references_and_ship_to_of_the_order_are_echoed(answering: Answering):
    answer = answering(
        "BEG*00*RL*4500001*R-7*20260115~REF*IA*V77~REF*DP*042~REF*AN*X~"
        "N1*BY*Acme*92*A1~N1*ST*Plant 1*UL*0614141000012~" + LINE + "CTT*1*100~"
    )
    assert answer("accepted", status("accept")) == [
        "BAK*00*AD*4500001*20260115*R-7***S-7788*20260116",
        "REF*IA*V77",
        "REF*DP*042",
        "N1*ST*Plant 1*UL*0614141000012",
        PO1,
        "ACK*IA*100*EA",
        "CTT*1*100",
    ]


def test_every_pair_of_the_order_is_echoed_in_its_order_with_its_qualifier(
    answering: Answering,
):
    line = "PO1*007*5*CA*3*HP*UI*12345678901*IN*B-9*ZZ*odd*SN*S1*VN*W-1*CG*G*MN*M1"
    answer = answering(f"{BEG}{line}~LIN**MG*M-9~")
    assert answer("accepted", status("accept", "5"))[1] == line


def test_lines_with_the_same_number_are_echoed_each_with_its_own_pairs(
    answering: Answering,
):
    second = "PO1*1*5*CA*3*HP*UP*012345678905"
    answer = answering(f"{BEG}{LINE}{second}~")
    acks = tuple(
        LineAck(
            line_no=line.line_no,
            item=line.item,
            quantity=line.quantity,
            price=line.price,
            statuses=(status("accept", str(line.quantity.value)),),
        )
        for line in answer.order.lines
    )
    body = answer.body_of(answer.draft(answer.ack("accepted", *acks)))
    assert [row for row in body if row.startswith("PO1")] == [PO1, second]


def test_an_order_that_did_not_come_as_x12_gets_the_usual_qualifiers(answer: Answer):
    line = LineAck(
        line_no="9",
        item=Item(supplier_sku="W-1", buyer_part="B-1", gtin="4006381333931"),
        quantity=LineQuantity(value=Decimal(3), uom_sent="EA"),
        price=Price(amount=Decimal(7), basis_qty=Decimal(1000)),
        statuses=(status("accept", "3"),),
    )
    body = answer.body_of(answer.draft(answer.ack("accepted", line)))
    assert body[1] == "PO1*9*3*EA*7*TP*VP*W-1*BP*B-1*EN*4006381333931"


def test_currency_is_said_where_a_price_of_ours_is(answering: Answering):
    answer = answering(f"{BEG}CUR*BY*USD~{LINE}")
    ours = Price(amount=Decimal("1310"), currency="USD", basis_qty=Decimal(100))
    assert answer("accepted_with_changes", status("change_price", price=ours)) == [
        bak("AC"),
        "CUR*SE*USD",
        "PO1*1*100*EA*1310*HP*VP*W-1",
        "ACK*IP*100*EA",
        "CTT*1",
    ]


def test_several_prices_of_one_line_stand_in_ctp(answer: Answer):
    low, high = Price(amount=Decimal(13)), Price(amount=Decimal(14))
    lines = answer(
        "accepted_with_changes",
        status("change_price", "60", price=low),
        status("change_price", "40", price=high),
    )
    assert lines == [
        bak("AC"),
        PO1,
        "CTP**CON*13*60*EA****PE",
        "CTP**CON*14*40*EA****PE",
        "ACK*IP*60*EA",
        "ACK*IP*40*EA",
        "CTT*1",
    ]


# Nothing is longer than the tables allow.


def test_values_that_do_not_fit_are_cut_or_left_out_and_noted(answer: Answer):
    line = replace(
        answered(
            answer.order,
            status(
                "substitute", substitute=Item(supplier_sku="S" * 49), note="n" * 600
            ),
        ),
        line_no="L" * 21,
        price=Price(amount=Decimal("1." + "3" * 20)),
    )
    ack = answer.ack(
        "accepted_with_changes",
        line,
        po_number="P" * 23,
        release_number="R" * 31,
        sales_order_number="S" * 31,
    )
    composed = compose(ack, answer.order, answer.envelope, None)
    assert answer.faults(composed.draft) == ()
    assert [(f.code, str(f.where)) for f in composed.findings] == [
        ("MAP-014", "BAK-03"),
        ("MAP-014", "BAK-05"),
        ("MAP-014", "BAK-08"),
        ("MAP-014", "PO1-01"),
        ("MAP-014", "PO1-04"),
        ("MAP-014", "ACK-08"),
    ]
    rows = composed.draft.messages[0][1]
    assert rows[0][3] == "P" * 22
    assert [len(row[1]) for row in rows if row[0] == "MSG"] == [264, 264, 72]


def test_an_answer_that_fits_has_no_findings(answer: Answer):
    ack = answer.ack("accepted", answered(answer.order, status("accept")))
    assert compose(ack, answer.order, answer.envelope, None).findings == ()


def test_a_line_without_a_unit_has_neither_quantity_nor_unit_in_ack(
    answering: Answering,
):
    answer = answering(f"{BEG}PO1*1*100**12.5*PE*VP*W-1~")
    assert answer("held", status("hold"))[1:3] == [
        "PO1*1*100**12.5*PE*VP*W-1",
        "ACK*IH",
    ]


def test_the_draft_says_what_it_is(answer: Answer):
    draft = answer.draft(answer.ack("accepted"))
    assert (draft.kind, draft.functional_id, draft.message_count) == (
        "x12_855",
        "PR",
        1,
    )


def test_a_basis_without_a_code_becomes_a_price_for_one(answer: Answer):
    ours = Price(amount=Decimal(30), basis_qty=Decimal(3))
    odd = Price(amount=Decimal(15), basis_qty=Decimal("1.5"))
    lines = answer("accepted_with_changes", status("change_price", price=ours))
    assert lines[1] == "PO1*1*100*EA*10*PE*VP*W-1"
    lines = answer("accepted_with_changes", status("change_price", price=odd))
    assert lines[1] == "PO1*1*100*EA*10*PE*VP*W-1"


def test_a_price_of_ours_in_their_basis_keeps_their_code(answering: Answering):
    answer = answering(f"{BEG}PO1*1*100*EA*900*TM*VP*W-1~")
    ours = Price(amount=Decimal(950), basis_qty=Decimal(1000))
    lines = answer("accepted_with_changes", status("change_price", price=ours))
    assert lines[1] == "PO1*1*100*EA*950*TM*VP*W-1"


def test_the_same_price_in_another_basis_is_no_change(answering: Answering):
    answer = answering(f"{BEG}PO1*1*100*EA*12.5*PE*VP*W-1~")
    same = Price(amount=Decimal(1250), basis_qty=Decimal(100))
    assert answer("accepted", status("accept", price=same))[1] == PO1


def test_a_line_without_their_price_gets_ours(answering: Answering):
    answer = answering(f"{BEG}PO1*1*100*EA***VP*W-1~")
    ours = Price(amount=Decimal("13.10"))
    assert answer("accepted", status("accept", price=ours))[1] == (
        "PO1*1*100*EA*13.10*PE*VP*W-1"
    )


def test_notes_of_a_line_stand_behind_its_parts(answer: Answer):
    line = replace(
        answered(answer.order, status("accept")), notes=(Note(text="fragile"),)
    )
    body = answer.body_of(answer.draft(answer.ack("accepted", line)))
    assert body[2:5] == ["ACK*IA*100*EA", "N9*L1**NOTE", "MSG*fragile"]


def test_terms_without_a_freight_code_and_odd_places_are_left_out(
    answering: Answering,
):
    answer = answering(f"{BEG}REF*IA*{'V' * 31}~N1*ST**92*P~{LINE}")
    lines = answer(
        "accepted_with_changes",
        status("accept"),
        delivery=Delivery(terms=DeliveryTerms(code="DDP")),
    )
    assert lines == [bak("AC"), PO1, "ACK*IA*100*EA", "CTT*1"]


def test_a_ship_to_with_a_scheme_that_x12_lacks_keeps_its_name(answer: Answer):
    place = Party(role="ship_to", id="X-1", id_scheme="0190", name="Plant")
    order = replace(answer.order, parties=(place,))
    draft = from_ack(answer.ack("accepted"), order, answer.envelope, None)
    assert answer.body_of(draft) == [bak("AK"), "N1*ST*Plant", "CTT*0"]


def test_freight_without_an_incoterm_and_a_discount_with_its_days(answer: Answer):
    term = PaymentTerm(
        discount_pct=Decimal(2),
        discount_days=10,
        discount_date=day("2026-02-01"),
        net_date=day("2026-03-01"),
        text="2 pct 10",
    )
    lines = answer(
        "accepted_with_changes",
        status("accept"),
        payment=Payment(terms=(term,)),
        delivery=Delivery(terms=DeliveryTerms(freight="other", freight_sent="DF")),
    )
    assert lines[1:3] == [
        "FOB*DF",
        "ITD***2*20260201*10*20260301******2 pct 10",
    ]


KINDS = [*LINE_CODES]
TYPES = ["received", "held", "accepted", "accepted_with_changes", "rejected"]
REFUSING = {LINE_CODES[kind] for kind in REFUSED}


@given(
    kind=st.sampled_from(TYPES),
    parts=st.lists(
        st.lists(st.sampled_from(KINDS), min_size=1, max_size=3), max_size=4
    ),
    when=st.none() | st.dates(min_value=day("1999-01-01")),
    note=st.text(max_size=300),
)
def test_any_answer_is_valid_and_its_header_agrees_with_its_lines(
    answer_of: Answer, kind: Any, parts: list[list[Any]], when: Any, note: str
):
    lines = tuple(
        answered(
            answer_of.order,
            *(status(k, "10", date=when, note=note, price=PRICE) for k in kinds),
        )
        for kinds in parts
    )
    body = answer_of.body_of(answer_of.draft(answer_of.ack(kind, *lines)))
    header = body[0].split("*")[2]
    codes = {text.split("*")[1] for text in body if text.startswith("ACK*")}
    assert (header in ("AK", "RJ")) <= (not codes)
    assert (header == "AD") <= (codes <= {"IA", "AC"})
    assert (header == "RD") <= (codes <= REFUSING)
    assert (header == "AC" and bool(codes)) <= (not codes <= REFUSING)


PRICE = Price(amount=Decimal("13.1"))


@pytest.fixture(scope="module")
def answer_of(
    wire_of: Callable[..., Any],
    envelope: Envelope,
    body_of: Callable[[Draft], list[str]],
    faults: Callable[[Draft], tuple[Finding, ...]],
) -> Answer:
    """An answer that many examples share."""
    order = wire_of(BEG + LINE)[2].order
    return Answer(order, envelope, body_of, faults)


def test_more_status_kinds_than_an_order_has_prices_keep_the_lines_price(
    answer: Answer,
):
    unknown = Price(amount=None, type="other")
    lines = answer("accepted", status("accept", price=unknown))
    assert lines[1] == PO1


def test_a_line_without_any_price_has_none_in_the_answer(answering: Answering):
    answer = answering(f"{BEG}PO1*1*100*EA***VP*W-1~")
    assert answer("accepted", status("accept"))[1] == "PO1*1*100*EA***VP*W-1"
