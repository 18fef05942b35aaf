"""How far the lines of orders are, and what our ERP says held against them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeVar

from gateway.erp.sheet import Fault, fault
from gateway.order.invoice import InvoiceLine
from gateway.order.item import Item
from gateway.order.life import State
from gateway.order.model import Order, OrderLine
from gateway.order.ship import ShippedLine
from gateway.pipeline.effects import Effect
from gateway.pipeline.own_effects import Move
from gateway.pipeline.release import Kept

DocLine = TypeVar("DocLine", ShippedLine, InvoiceLine)


@dataclass(slots=True)
class Progress:
    """An order, and how much of each line was shipped and billed, by line number."""

    kept: Kept
    shipped: dict[str, Decimal] = field(default_factory=dict)
    billed: dict[str, Decimal] = field(default_factory=dict)

    def promised(self, line_no: str) -> Decimal | None:
        """How many the buyer was promised; none where units were changed."""
        found = Decimal(0)
        for ack in self.kept.ack.lines:
            if ack.line_no != line_no:
                continue
            kinds = {status.kind for status in ack.statuses}
            if "change_unit" in kinds:
                return None
            found += ack.promised
        return found

    @property
    def is_all_shipped(self) -> bool:
        """Whether nothing that was promised is still to come."""
        return all(
            self.shipped.get(line.line_no, Decimal(0)) >= line.promised
            for line in self.kept.ack.lines
            if not line.parent_line
        )

    @property
    def is_all_billed(self) -> bool:
        """Whether everything that was shipped is billed."""
        return all(
            self.billed.get(line_no, Decimal(0)) >= quantity
            for line_no, quantity in self.shipped.items()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfilled:
    """What a shipment or an invoice leads to; with a fault that rejects to nothing."""

    effects: tuple[Effect, ...] = ()
    faults: tuple[Fault, ...] = ()


def item_of(named: Item, sent: OrderLine) -> Item:
    """The item ordered, under the number of ours that the file names."""
    if not named.supplier_sku:
        return sent.item
    if named.supplier_sku == sent.item.supplier_sku:
        return sent.item
    return named


def ordered(
    lines: Sequence[DocLine], orders: Sequence[Progress]
) -> Iterator[tuple[DocLine, Progress, OrderLine]]:
    """Each line with its order and the line that was ordered."""
    for line, one in zip(lines, orders, strict=True):
        sent = one.kept.order.line(line.line_no)
        assert sent is not None  # the caller has asked
        yield line, one, sent


def as_last_sent(kept: Kept) -> Order:
    """The order under the request that was answered last, which cXML names it by."""
    order, answered = kept.order, kept.ack.order_source
    newer = answered.message_control not in ("", order.source.message_control)
    if answered.standard != "cxml" or not newer:
        return order
    day = kept.ack.order_date or order.issue_date
    moment = order.issued_at if day == order.issue_date else None
    return replace(order, source=answered, issue_date=day, issued_at=moment)


def each_order(orders: Sequence[Progress]) -> Iterator[Progress]:
    """Every order once."""
    return iter({id(one): one for one in orders}.values())


def move(one: Progress, after: State) -> Iterator[Move]:
    """The order in another state, if it is another."""
    kept = one.kept
    if after is not kept.state:
        yield Move(
            partner_id=kept.profile.id,
            order_id=kept.order.id,
            was=kept.state,
            state=after,
            by="erp",
        )
        one.kept = replace(kept, state=after)


def rejects(faults: Sequence[Fault]) -> bool:
    """Whether one of the faults refuses the document."""
    return any(each.finding.severity == "reject" for each in faults)


def more_than_promised(
    rows: Sequence[int],
    lines: Sequence[ShippedLine | InvoiceLine],
    orders: Sequence[Progress],
    done: str,
) -> Iterator[Fault]:
    """Lines of which more would be shipped, or billed, than was promised."""
    sums: defaultdict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for row, line, one in zip(rows, lines, orders, strict=True):
        key = (id(one), line.line_no)
        sums[key] += line.quantity
        before = (one.shipped if done == "shipped" else one.billed).get(line.line_no)
        after = (before or Decimal(0)) + sums[key]
        promised = one.promised(line.line_no)
        if promised is None:
            continue
        if done == "shipped":
            most = promised + _over(one, line.line_no, promised)
        else:
            most = max(promised, one.shipped.get(line.line_no, Decimal(0)))
        if after > most:
            what = (
                f"{after:f} of line {line.line_no} would be {done}, "
                f"{promised:f} are confirmed"
            )
            yield fault(row, "quantity", "ERP-009", what, f"{line.quantity:f}")


def _over(one: Progress, line_no: str, promised: Decimal) -> Decimal:
    """How many more may be shipped: as the order says, else as the profile does."""
    told = one.kept.order.instructed(line_no)
    if told.ship_over is not None:
        return told.ship_over
    agreed = one.kept.profile.ship_notice.over_ship_pct or Decimal(0)
    percent = agreed if told.ship_over_pct is None else told.ship_over_pct
    return promised * percent / 100


def odd(
    rows: Sequence[int],
    lines: Sequence[ShippedLine | InvoiceLine],
    orders: Sequence[Progress],
) -> Iterator[Fault]:
    """Units and items that are not the ones ordered, or confirmed instead."""
    for row, line, one in zip(rows, lines, orders, strict=True):
        sent = one.kept.order.line(line.line_no)
        if sent is None:
            continue
        if line.uom != sent.quantity.uom_sent:
            what = f"the unit is {line.uom}, ordered was {sent.quantity.uom_sent}"
            yield fault(row, "unit", "ERP-015", what, line.uom)
        sku, ordered = line.item.supplier_sku, sent.item.supplier_sku
        if (
            sku
            and ordered
            and sku != ordered
            and sku not in _instead(one, line.line_no)
        ):
            what = f"the item is {sku}, ordered was {ordered}"
            yield fault(row, "sku", "ERP-015", what, sku)


def _instead(one: Progress, line_no: str) -> frozenset[str]:
    return frozenset(
        status.substitute.supplier_sku
        for line in one.kept.ack.lines
        if line.line_no == line_no
        for status in line.statuses
        if status.substitute is not None
    )


def known_before(
    row: int,
    kind: str,
    number: str,
    digest: str,
    known: Mapping[tuple[str, str], str],
    orders: Sequence[Progress],
) -> Iterator[Fault]:
    """A number that is used already: for the same, or for something else."""
    partner_id = orders[0].kept.profile.id
    before = known.get((partner_id, number))
    if before == digest:
        what = f"{kind} {number} is known with the same content"
        yield fault(row, kind, "ERP-008", what, number)
    elif before is not None:
        what = f"{kind} {number} is known with other content"
        yield fault(row, kind, "ERP-007", what, number)
    if any(one.kept.profile.id != partner_id for one in orders):
        what = f"{kind} {number} names orders of several partners"
        yield fault(row, kind, "ERP-011", what, number)
