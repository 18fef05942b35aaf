"""EDIFACT APERAK: that an order was taken, or why it was not, to who asks for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace

from gateway.edi.edifact.writer import Draft, Envelope, Row, Value
from gateway.findings import Finding, Severity
from gateway.mappers.parts.edifact_dialect import since
from gateway.mappers.parts.edifact_fit import EdifactFit, day, row
from gateway.mappers.parts.edifact_party import identifier, parties
from gateway.order.ack import ACCEPTED, OrderAck, Reason
from gateway.order.model import Order
from gateway.partner.profile import Profile

__all__ = ["KIND", "from_ack", "from_findings"]

KIND = "edifact_aperak"

_TAKEN, _REFUSED = "6", "27"
"""1225: confirmed, not accepted."""
_MOST_ERRORS = 999
_EARLIER: Value = ("12E", "", "9")
_DOCUMENT = "305"
"""1001, and what EANCOM has before D.99B."""


def from_ack(
    ack: OrderAck, order: Order, envelope: Envelope, profile: Profile | None
) -> Draft:
    """The answer to an order in an APERAK, without control numbers.

    It tells of each error what a line is refused or changed for; where the order is
    refused whole it is not accepted (27).
    """
    fit = EdifactFit()
    its = identifier(profile, KIND, "APERAK", order)
    number = f"{order.id.rpartition('_')[2]}-{ack.order_version or '1'}"
    refused = ack.type == "rejected"
    rows = [
        _bgm(its.version + its.release, fit.id(number, 35, "BGM-02"), refused=refused),
        row("DTM", ("137", day(ack.ack_date), "102")),
        row("RFF", ("ON", fit.id(order.po_number, 35, "RFF-01"))),
    ]
    if order.issue_date:
        rows.append(row("DTM", ("171", day(order.issue_date), "102")))
    rows += parties(fit, order, ("buyer", "seller"))
    rows += _errors(fit, _reasons(ack), profile)
    return Draft(
        kind=KIND,
        envelope=replace(envelope, ack_request=""),
        messages=((its, tuple(rows)),),
        findings=fit.found.done(),
    )


def from_findings(
    findings: Iterable[Finding],
    reference: str,
    number: str,
    today: dt.date,
    envelope: Envelope,
    profile: Profile,
) -> Draft:
    """That a message was not accepted of which no order could be made.

    ``reference`` is its 0062, ``number`` that of the APERAK.
    """
    fit = EdifactFit()
    its = identifier(profile, KIND, "APERAK")
    heavy = (Severity.REJECT, Severity.ERROR)
    told = (Reason(code=f.code, text=f.what) for f in findings if f.severity in heavy)
    rows = (
        _bgm(its.version + its.release, fit.id(number, 35, "BGM-02"), refused=True),
        row("DTM", ("137", day(today), "102")),
        row("RFF", ("ACW", fit.id(reference, 35, "RFF-01"))),
        *_errors(fit, told, profile),
    )
    return Draft(
        kind=KIND,
        envelope=replace(envelope, ack_request=""),
        messages=((its, rows),),
        findings=fit.found.done(),
    )


def _bgm(directory: str, number: str, *, refused: bool) -> Row:
    document = _DOCUMENT if since(directory, "D99B") else _EARLIER
    return row("BGM", document, number, _REFUSED if refused else _TAKEN)


def _reasons(ack: OrderAck) -> Iterator[Reason]:
    """Why the order is not taken as it came, and why its lines are not."""
    yield from ack.reasons
    for line in ack.lines:
        for status in line.statuses:
            if status.kind not in ACCEPTED and (status.reason_code or status.note):
                note = status.note or status.kind.replace("_", " ")
                text = f"line {line.line_no}: {note}"
                yield Reason(code=status.reason_code, text=text)


def _errors(
    fit: EdifactFit, reasons: Iterable[Reason], profile: Profile | None
) -> Iterator[Row]:
    """ERC by the table agreed on, else by the code of our finding, with its text."""
    agreed = {
        finding: one.code
        for one in (profile.edifact.errors if profile else ())
        for finding in one.findings
    }
    for reason, _ in zip(dict.fromkeys(reasons), range(_MOST_ERRORS), strict=False):
        yield row("ERC", agreed.get(reason.code) or reason.code or "ZZZ")
        for lines in fit.lines(reason.text, "FTX-04", 1):
            yield row("FTX", "AAO", "", "", lines)
