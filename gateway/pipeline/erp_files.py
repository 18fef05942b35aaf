"""A file of our ERP: its documents applied to what is known, its bad rows reported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from gateway.catalog import Prices, check
from gateway.erp.documents import (
    Billed,
    Confirmation,
    Counted,
    Document,
    OrderRef,
    Shipped,
)
from gateway.erp.report import report
from gateway.erp.sheet import Fault, fault
from gateway.findings import Severity
from gateway.order.invoice import InvoiceLine
from gateway.order.ship import ShippedLine
from gateway.order.stock import StockLevel
from gateway.pipeline.billing import billed
from gateway.pipeline.blankets import covered
from gateway.pipeline.booked import There
from gateway.pipeline.confirm import confirm
from gateway.pipeline.effects import Effect
from gateway.pipeline.fulfilled import Fulfilled, Progress
from gateway.pipeline.own_effects import Count, Drop
from gateway.pipeline.rules import Rules
from gateway.pipeline.shipping import Shipments, shipped

REPORT, REFUSED = "erp_report", "erp_refused"
"""The kinds of what is laid into the folder of failed files."""


@dataclass(slots=True)
class ErpWorld:
    """What is known of the orders that a file names. It changes as it is applied."""

    now: datetime
    orders: dict[OrderRef, Progress | str] = field(default_factory=dict)
    """Each order as it was named; a text says why there is none."""
    shipments: Shipments = field(default_factory=Shipments)
    invoices: dict[tuple[str, str], str] = field(default_factory=dict)
    """Digests by partner and number."""
    prices: Mapping[str, Prices] = field(default_factory=dict)
    there: There = lambda _place: ()
    """The blanket orders that releases draw on."""
    rules: Rules | None = None
    came: datetime | None = None
    """When the file came; of one that was mended, when it came first."""


@dataclass(slots=True)
class Applied:
    """What a file's documents lead to."""

    effects: list[Effect] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_bad(self) -> bool:
        """Whether a row was refused."""
        reject = Severity.REJECT
        return any(each.finding.severity is reject for each in self.faults)


def apply(documents: Sequence[Document], world: ErpWorld, partner_id: str) -> Applied:
    """Apply one document after the other; a bad one leaves the others as they are.

    ``partner_id`` is the partner whose folder the file lay in, if any.
    """
    done = Applied()
    levels: list[StockLevel] = []
    for document in documents:
        if isinstance(document, Counted):
            levels.append(document.level)
            continue
        named = _named(document, world)
        wrong = [each for each in named if isinstance(each, Fault)]
        if wrong:
            done.faults += wrong
            continue
        orders = [each for each in named if isinstance(each, Progress)]
        told = _applied(document, orders, world)
        done.effects += told.effects
        done.faults += told.faults
    if levels:
        done.effects.append(Count(partner_id=partner_id, levels=tuple(levels)))
    return done


def _named(
    document: Confirmation | Shipped | Billed, world: ErpWorld
) -> list[Progress | Fault]:
    """The order of each of its lines, and what is wrong with how it is named."""
    found: list[Progress | Fault] = []
    for row, ref in zip(document.rows, document.orders, strict=False):
        one = world.orders.get(ref, f"no order is known as {ref}")
        if isinstance(one, str):
            found.append(fault(row, "order_id", "ERP-003", one, str(ref)))
        else:
            found.append(one)
    if isinstance(document, Confirmation):
        return found
    lines = list(_lines(document))
    for row, line, its in zip(document.rows, lines, list(found), strict=True):
        if isinstance(its, Progress) and its.kept.order.line(line.line_no) is None:
            what = f"{its.kept.order.id} has no line {line.line_no}"
            found.append(fault(row, "line_no", "ERP-004", what, line.line_no))
    return found


def _lines(document: Shipped | Billed) -> Iterable[ShippedLine | InvoiceLine]:
    if isinstance(document, Shipped):
        return document.notice.lines
    return document.invoice.lines


def _applied(
    document: Confirmation | Shipped | Billed, orders: list[Progress], world: ErpWorld
) -> Fulfilled:
    """One document, and the world after it."""
    match document:
        case Confirmation():
            one = orders[0]
            kept = one.kept
            prices = world.prices.get(kept.profile.id, Prices())
            checked = check(kept.order, prices, kept.profile, world.now)
            checked = covered(
                kept.order, checked, kept.profile, world.there, world.now, kept.drawn
            )
            said = confirm(
                kept,
                document,
                checked,
                world.now,
                there=world.there,
                came=world.came,
            )
            one.kept = said.kept or kept
            return Fulfilled(effects=said.effects, faults=said.faults)
        case Shipped():
            told = shipped(document, orders, world.shipments, world.now)
        case Billed():
            told = billed(document, orders, world.invoices, world.now, world.rules)
        case _:
            assert_never(document)
    return told


_LONGEST_BYTES = 200
"""Of a name; its report has a longer one, and either while it is written."""


def beside(
    faults: Sequence[Fault],
    content: bytes,
    *,
    partner_id: str,
    name: str,
    receipt_id: str,
    now: datetime,
) -> tuple[Drop, Drop]:
    """The file with bad rows and its report, for the folder of failed files."""
    named = _kept_name(receipt_id, name)
    idem = f"erp/{receipt_id}/{now.isoformat()}"
    return (
        Drop(
            partner_id=partner_id,
            kind=REFUSED,
            file_name=named,
            content=content,
            idem=f"{idem}/file",
        ),
        Drop(
            partner_id=partner_id,
            kind=REPORT,
            file_name=f"{named}.report.csv",
            content=report(faults),
            idem=f"{idem}/report",
        ),
    )


def _kept_name(receipt_id: str, name: str) -> str:
    """The receipt and the name, cut in front to so many bytes and whole letters."""
    room = _LONGEST_BYTES - len(receipt_id) - 1
    return f"{receipt_id}.{name.encode()[-room:].decode(errors='ignore')}"
