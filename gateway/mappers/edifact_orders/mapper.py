"""EDIFACT ORDERS, from a tree of loops to the canonical order, in every directory.

Loops are found by the segments that start them, never by their numbers, which differ
from one directory to the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from gateway.edi.edifact.segment import EdifactSegment
from gateway.edi.tree import LoopRead
from gateway.findings import Findings, Where
from gateway.mappers.mapped import EdifactCarrier, Mapped
from gateway.mappers.parts import edifact_days
from gateway.mappers.parts import edifact_terms as terms
from gateway.mappers.parts.edifact import (
    first,
    led,
    notes,
    ordering,
    references,
    those,
)
from gateway.mappers.parts.edifact_changed import (
    EVERYTHING,
    cancel_of,
    change_of,
    flags_of,
    head_of,
)
from gateway.mappers.parts.edifact_codes import ACKS_WANTED, ORDER_TYPES
from gateway.mappers.parts.edifact_head import currency_of, source_of, without_service
from gateway.mappers.parts.edifact_ledger import EdifactLedger
from gateway.mappers.parts.edifact_line import Context, order_line, preference
from gateway.mappers.parts.edifact_totals import totals
from gateway.mappers.parts.edifact_unread import note_factors
from gateway.order.change import Change, LineChange
from gateway.order.model import NO_FLAGS, NOT_PLAIN, Order, OrderLine, Purpose
from gateway.order.party import Party
from gateway.order.terms import Payment
from gateway.partner.profile import Profile

_PURPOSES: Mapping[str, Purpose] = {
    "9": "original",
    "6": "confirm",
    "42": "confirm",
    "7": "duplicate",
    "31": "copy",
}
"""Function (1225); the order is an original where none is sent. Any other is kept as
a copy, which nobody books."""
_KEPT_ONLY = {"7": "a duplicate", "31": "a copy"}
_CANCELS = ("1", "17")
_CHANGES: Mapping[str, Literal["change", "replace"]] = {"4": "change", "5": "replace"}
# fmt: off
_OTHER_DOCUMENTS = frozenset((
    "9", "12E", "230", "231", "236", "240", "241", "242", "245", "305", "310", "311",
    "320", "325", "326", "35E", "351", "352", "380", "381", "383", "384", "385", "386",
    "388", "389", "393", "632",
))
# fmt: on
"""Documents (1001) that are no orders: forecasts, deliveries, quotations, changes,
answers, receipts, invoices ..."""
_NOT_ORDERED = frozenset(("2", "3", "4", "6", "7", "10", "11"))
"""Actions on a line (1229) that an order placed anew cannot mean: deleted, changed,
not affected, not accepted, not found."""
_OF_CHANGES = {
    "VN": "sales_order_number",
    "PP": "sequence",
    "RE": "release_number",
}
_REFERENCES = {
    "CT": "contract_ref",
    "BC": "contract_ref",
    "BO": "blanket_ref",
    "AAG": "quote_ref",
    "GC": "tender_ref",
    "GN": "tender_ref",
    "CR": "customer_reference",
    "RE": "release_number",
    "AEP": "project",
    "IT": "account_number",
    "ADE": "account_number",
}
"""The field that the first RFF of a kind fills, in a new order."""


def to_order(
    message: LoopRead, carrier: EdifactCarrier, profile: Profile | None
) -> Mapped:
    """The order in a message, and what was found on the way.

    One that cancels, changes or replaces an order is a change of it. Nothing is lost:
    each component went to a field, which ``provenance`` says, or
    stands in ``extensions``. Without an order number there is no order (MAP-010).
    """
    found = Findings()
    ledger = EdifactLedger(found)
    bgm = first(message, "BGM")
    if bgm is None or not bgm.part(2).strip():
        where = bgm.at(2) if bgm else Where(segment_tag="BGM", element=2)
        found.add("MAP-010", "the message has no order number", where)
        return Mapped(None, found.done())
    if bgm.part(3).strip() in (*_CANCELS, *_CHANGES):
        return Mapped(
            None, found.done(), _changed(ledger, bgm, message, carrier, profile)
        )
    fields = _begun(ledger, bgm)
    named, others = references(ledger, message, _REFERENCES)
    currency = currency_of(ledger, message)
    fields |= named | _dated(ledger, message)
    if fields["order_type"] == "call_off" and fields.get("blanket_ref"):
        fields["doc_type"] = "blanket_release"
    flags = terms.flags(ledger, message, "lines.flags", NO_FLAGS)
    days = edifact_days.delivery(ledger, those(message, "DTM"))
    its = ordering(ledger, message)
    payment = tuple(terms.payment_terms(ledger, message))
    note_factors(ledger, [apr for apr, _ in led(message, "APR")])
    context = Context(currency=currency, prefer=preference(profile), flags=flags)
    lines = _lines(ledger, message, context)
    _no_new_ones(ledger, message)
    order = Order(
        **fields | _account(ledger, its, fields),
        currency=currency,
        references=others,
        parties=its,
        validity=edifact_days.validity(ledger, those(message, "DTM")),
        delivery=terms.with_terms(ledger, days, message, partial=flags.partial),
        payment=Payment(terms=payment) if payment else None,
        allowances_charges=terms.allowances(ledger, message, currency),
        taxes=terms.taxes(ledger, message, currency, "taxes"),
        notes=tuple(notes(ledger, those(message, "FTX"))),
        source=source_of(carrier),
        test=bool(carrier.interchange.test_indicator),
        lines=lines,
        totals=totals(ledger, message, lines, currency),
        extensions=ledger.left_over(without_service(message)),
        provenance=ledger.provenance,
    )
    return Mapped(order, found.done())


def _begun(ledger: EdifactLedger, bgm: EdifactSegment) -> dict[str, Any]:
    """The fields of Order that BGM fills. What is no new order is noted."""
    kind = bgm.part(1).strip()
    code = bgm.part(3).strip()
    purpose = _PURPOSES.get(code or "9", "copy")
    if code in _PURPOSES:
        ledger.took("purpose", bgm, 3)
    if code in _KEPT_ONLY:
        what = f"the order calls itself {_KEPT_ONLY[code]}"
        ledger.found.add("MAP-011", what, bgm.at(3), code)
    elif code not in ("", "9"):
        what = f"function {code!r} makes no new order"
        ledger.found.add("MAP-002", what, bgm.at(3), code)
    elif kind in _OTHER_DOCUMENTS:
        ledger.found.add("MAP-002", f"document {kind} is no order", bgm.at(1), kind)
    elif kind and ORDER_TYPES.get(kind, "") in NOT_PLAIN:
        what = f"document {kind!r} is no plain order"
        ledger.found.add("MAP-019", what, bgm.at(1), kind)
    if kind in ORDER_TYPES:
        ledger.took("order_type", bgm, 1)
    wanted = bgm.part(4).strip()
    if wanted in ACKS_WANTED:
        ledger.took("ack_wanted", bgm, 4)
    return {
        "po_number": ledger.text(bgm, 2, "po_number"),
        "version": ledger.text(bgm, 2, "version", 3)
        or ledger.text(bgm, 2, "version", 2),
        "purpose": purpose,
        "doc_type": "order",
        "order_type": ORDER_TYPES.get(kind, "other" if kind else ""),
        "ack_wanted": ACKS_WANTED.get(wanted, "any" if wanted else ""),
    }


def _changed(
    ledger: EdifactLedger,
    bgm: EdifactSegment,
    message: LoopRead,
    carrier: EdifactCarrier,
    profile: Profile | None,
) -> Change:
    """What the message wants of the order that BGM names.

    Its lines stand as they are to be: one that the order lacks is added, one whose
    action (1229) is 2 is deleted. A replacement says all of the order: a line that is
    not named is deleted, and so is what the heading and the lines no longer say.
    """
    code = bgm.part(3).strip()
    ledger.took("purpose", bgm, 3)
    named, others = references(ledger, message, _OF_CHANGES)
    head = named | {
        "po_number": ledger.text(bgm, 2, "po_number"),
        "references": others,
        **head_of(ledger, bgm, message, carrier),
    }
    if code in _CANCELS:
        return cancel_of(ledger, message, head)
    currency = currency_of(ledger, message, required=False)
    whole = _CHANGES[code] == "replace"
    condition = flags_of(ledger, message, whole=whole)
    context = Context(currency=currency, prefer=preference(profile), flags=condition)
    actions = [lin.part(2).strip() for lin, _ in led(message, "LIN")]
    lines = [
        LineChange(line=line, action="delete")
        if action == "2"
        else LineChange(
            line=line, action="change", touches=EVERYTHING, may_add=True, whole=whole
        )
        for line, action in zip(_lines(ledger, message, context), actions, strict=True)
    ]
    head["currency"] = currency
    return change_of(ledger, message, head, condition, lines, whole=whole)


def _dated(ledger: EdifactLedger, message: LoopRead) -> dict[str, Any]:
    """When the order was written: DTM 4, the order date, or 137, the document's."""
    found = those(message, "DTM")
    for code in ("137", "4"):
        for dtm in found:
            if dtm.part(1).strip() == code:
                day = ledger.day(dtm, "issue_date")
                if day is not None:
                    return {"issue_date": day}
    return {}


def _account(
    ledger: EdifactLedger, its: tuple[Party, ...], fields: Mapping[str, Any]
) -> dict[str, str]:
    """The buyer's number with us: the one that we assigned (3055 is 91)."""
    if fields.get("account_number"):
        return {}
    for index, party in enumerate(its):
        if party.role == "buyer" and party.id_scheme == "assigned_by_seller":
            place = ledger.provenance[f"parties[{index}].id"]
            ledger.provenance["account_number"] = place
            return {"account_number": party.id}
    return {}


def _lines(
    ledger: EdifactLedger, message: LoopRead, context: Context
) -> tuple[OrderLine, ...]:
    """The lines; a number that occurs twice is MAP-005."""
    lines: list[OrderLine] = []
    seen: set[str] = set()
    for ordinal, (lin, loop) in enumerate(led(message, "LIN"), 1):
        line = order_line(ledger, loop, ordinal, context)
        if line.line_no in seen:
            what = f"line {line.line_no!r} occurs twice"
            ledger.found.add("MAP-005", what, lin.at(1), line.line_no)
        seen.add(line.line_no)
        lines.append(line)
    return tuple(lines)


def _no_new_ones(ledger: EdifactLedger, message: LoopRead) -> None:
    """Lines of a new order that are to go, or were refused: none is to be delivered."""
    for lin, _ in led(message, "LIN"):
        action = lin.part(2).strip()
        if action in _NOT_ORDERED:
            what = f"action {action} on a line of a new order"
            ledger.found.add("MAP-002", what, lin.at(2), action)
