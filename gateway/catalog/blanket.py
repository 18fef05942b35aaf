"""A release against its blanket order: what it draws, and what is left of that.

Quantities drawn are in the unit of the blanket's line, values in its currency; both
are exact fractions, rounded to the currency only where they are compared.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from gateway.catalog.checked import Checked, Covered, LineChecked
from gateway.catalog.place import at_line, at_order
from gateway.catalog.supply import in_base, whole
from gateway.findings import Finding
from gateway.order.ack import LineAck
from gateway.order.model import Order, OrderLine
from gateway.order.money import minor_units

_NOTHING = Fraction(0)


class Spent(NamedTuple):
    """So much of a blanket's line was drawn: its units, and their value."""

    quantity: Fraction = _NOTHING
    value: Fraction = _NOTHING

    def plus(self, other: Spent, times: int = 1) -> Spent:
        """Both together, or without the other where ``times`` is -1."""
        return Spent(
            self.quantity + times * other.quantity, self.value + times * other.value
        )


UNSPENT = Spent()
"""Nothing was drawn."""
_DECIMALS = 6


def at_least(drawn: Fraction) -> Decimal:
    """So much as a decimal; what has no end is rounded up at the sixth."""
    decimals = 0 if drawn.denominator == 1 else _DECIMALS
    above = -(-drawn.numerator * 10**decimals // drawn.denominator)
    return Decimal(above).scaleb(-decimals)


class Drawn(NamedTuple):
    """What a line of a release has drawn of a line of its blanket."""

    line_no: str
    blanket_line: str
    spent: Spent


@dataclass(frozen=True, slots=True, kw_only=True)
class BlanketLine:
    """A line of a blanket: how many may be drawn at most, and for how much.

    No ``value``, no ``quantity``: that is not limited. ``spent`` is drawn already.
    """

    line: OrderLine
    quantity: Decimal | None
    value: Fraction | None = None
    spent: Spent = UNSPENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Blanket:
    """A blanket order with what was drawn of it.

    ``value`` is the most for all lines together, none where nobody said. ``against``
    says why nothing may be drawn now. One that is not firm only estimates: what is
    drawn is counted, and nothing is too much.
    """

    order: Order
    lines: tuple[BlanketLine, ...] = ()
    value: Fraction | None = None
    against: str = ""
    is_firm: bool = True

    def without(self, drawn: Iterable[Drawn]) -> Blanket:
        """As if a release had not drawn this."""
        back = spent_by_line(drawn)
        lines = tuple(
            replace(one, spent=one.spent.plus(back[one.line.line_no], -1))
            if one.line.line_no in back
            else one
            for one in self.lines
        )
        return replace(self, lines=lines)

    @property
    def spent(self) -> Fraction:
        """The value drawn of all lines together."""
        return sum((one.spent.value for one in self.lines), _NOTHING)


@dataclass(slots=True)
class _Left:
    """What is left while the lines of one release are gone through."""

    blanket: Blanket
    taken: dict[str, Spent] = field(default_factory=dict)

    def of(self, one: BlanketLine) -> Spent:
        """What is left of a line; of what is not limited, nothing can be told."""
        its = one.spent.plus(self.taken.get(one.line.line_no, UNSPENT))
        most = Fraction(one.quantity or _NOTHING)
        quantity = max(most - its.quantity, _NOTHING)
        return Spent(quantity, (one.value or _NOTHING) - its.value)

    @property
    def value(self) -> Fraction | None:
        """What is left of the value of all lines, none where that is not limited."""
        if self.blanket.value is None:
            return None
        taken = sum((one.value for one in self.taken.values()), _NOTHING)
        return self.blanket.value - self.blanket.spent - taken

    def take(self, one: BlanketLine, spent: Spent) -> None:
        """Draw so much of a line."""
        before = self.taken.get(one.line.line_no, UNSPENT)
        self.taken[one.line.line_no] = before.plus(spent)


def cover(
    order: Order,
    checked: Checked,
    blanket: Blanket | None,
    today: dt.date,
    *,
    offers_rest: bool = False,
) -> Checked:
    """The release with the lines of the blanket that its own draw on.

    A finding says what the blanket does not cover. ``offers_rest``: of a line that
    wants more than is left the rest is taken, and not left for the lines below.
    """
    if blanket is None:
        at = at_order(order, "/blanket_ref", "blanket_ref", "po_number")
        what = f"blanket order {order.blanket_ref} is not known"
        if not order.blanket_ref:
            what = "the release names no blanket order"
        found = Finding.of("CAT-380", what, at, order.blanket_ref)
        return replace(checked, findings=(*checked.findings, found))
    left = _Left(blanket)
    lines = tuple(
        known
        if line.parent_line
        else _covered(line, known, left, order.currency, offers_rest=offers_rest)
        for line, known in zip(order.lines, checked.lines, strict=True)
    )
    head = tuple(_not_in_force(order, blanket, today))
    return replace(checked, findings=(*checked.findings, *head), lines=lines)


def _not_in_force(order: Order, blanket: Blanket, today: dt.date) -> Iterator[Finding]:
    at = at_order(order, "/blanket_ref", "blanket_ref", "po_number")
    number, day = order.blanket_ref, order.issue_date or today
    validity = blanket.order.validity
    start = validity.start if validity else None
    end = validity.end if validity else None
    what = blanket.against
    if not what and start is not None and day < start:
        what = f"blanket order {number} begins on {start}, the release is of {day}"
    if not what and end is not None and max(day, today) > end:
        what = f"blanket order {number} ended on {end}"
    if what:
        yield Finding.of("CAT-381", what, at, number)


def _covered(
    line: OrderLine,
    known: LineChecked,
    left: _Left,
    currency: str,
    *,
    offers_rest: bool,
) -> LineChecked:
    blanket, index = left.blanket, known.index
    one = _meant(line, known, left)
    if one is None:
        name = line.item.supplier_sku or line.item.buyer_part or line.line_no
        what = f"{name} is not on blanket order {blanket.order.po_number}"
        at = at_line(line, index, "/item", "item")
        return _with(known, Finding.of("CAT-382", what, at, name))
    per_unit = _per_unit(line, known, one.line)
    if per_unit is None:
        theirs, ours = line.quantity.uom_sent, one.line.quantity.uom_sent
        what = f"{theirs} cannot be counted in {ours}, the unit of the blanket's line"
        at = at_line(line, index, "/quantity", "quantity.uom_sent", "quantity")
        return _with(known, Finding.of("CAT-386", what, at, theirs))
    value = _unit_value(line, known)
    if value is None or currency != blanket.order.currency:
        value = _NOTHING
    covered = Covered(blanket_line=one.line.line_no, per_unit=per_unit, value=value)
    wanted = Fraction(line.quantity.value)
    known = replace(known, covered=covered)
    room = min(
        _rooms(left, one, covered) if blanket.is_firm else (),
        key=lambda room: room.units,
        default=None,
    )
    if room is None or wanted <= room.units:
        left.take(one, Spent(wanted * per_unit, wanted * value))
        return known
    allowed = whole(room.units, line.quantity.value)
    if offers_rest:
        rest = Fraction(allowed)
        left.take(one, Spent(rest * per_unit, rest * value))
    at = at_line(line, index, "/quantity", "quantity")
    sent = f"{line.quantity.value:f}"
    if not allowed:
        what = f"nothing is left of {room.what}, {sent} are wanted"
        return _with(known, Finding.of("CAT-385", what, at, sent))
    what = f"{allowed:f} are left of {room.what}, {sent} are wanted"
    most = allowed if known.allowed_qty is None else min(allowed, known.allowed_qty)
    code = "CAT-383" if room.is_quantity else "CAT-384"
    return replace(_with(known, Finding.of(code, what, at, sent)), allowed_qty=most)


def _with(known: LineChecked, found: Finding) -> LineChecked:
    return replace(known, findings=(*known.findings, found))


class _Room(NamedTuple):
    """How many units of a release's line are covered, and by what they are limited."""

    units: Fraction
    what: str
    is_quantity: bool = False


def _rooms(left: _Left, one: BlanketLine, covered: Covered) -> Iterator[_Room]:
    """What limits the line: its quantity, its value and the value of all."""
    number = f"line {one.line.line_no} of blanket order {left.blanket.order.po_number}"
    its, whole_value = left.of(one), left.value
    if one.quantity is not None:
        yield _Room(its.quantity / covered.per_unit, number, is_quantity=True)
    if covered.value > 0:
        half = Fraction(1, 2 * 10 ** minor_units(left.blanket.order.currency))
        if one.value is not None:  # half a cent is rounding, no overdraft
            yield _Room((its.value + half) / covered.value, f"{number}'s value")
        if whole_value is not None:
            what = f"the value of blanket order {left.blanket.order.po_number}"
            yield _Room((whole_value + half) / covered.value, what)


def _meant(line: OrderLine, known: LineChecked, left: _Left) -> BlanketLine | None:
    """The blanket's line of the same item: that of the same number, else with most."""
    same = [one for one in left.blanket.lines if _is_same_item(line, known, one.line)]
    by_number = (one for one in same if one.line.line_no == line.line_no)
    return next(by_number, None) or max(
        same,
        key=lambda one: (one.quantity is None, left.of(one).quantity),
        default=None,
    )


def _is_same_item(line: OrderLine, known: LineChecked, agreed: OrderLine) -> bool:
    theirs, ours = line.item, agreed.item
    sku = known.item.sku if known.item else theirs.supplier_sku
    return any(
        one and one == other
        for one, other in (
            (sku, ours.supplier_sku),
            (theirs.supplier_sku, ours.supplier_sku),
            (theirs.gtin, ours.gtin),
            (theirs.buyer_part, ours.buyer_part),
        )
    )


def _per_unit(
    line: OrderLine, known: LineChecked, agreed: OrderLine
) -> Fraction | None:
    """How many units of the blanket's line one of the release's is."""
    unit = agreed.quantity.uom_sent
    if line.quantity.uom_sent == unit:
        return Fraction(1)
    if known.item is None or not known.base_qty or not line.quantity.value:
        return None
    its = in_base(known.item, unit)
    if not its:
        return None
    return known.base_qty / Fraction(line.quantity.value) / its


def _unit_value(line: OrderLine, known: LineChecked) -> Fraction | None:
    """The price of one unit as it is sent, else as it is ours."""
    price = line.price
    if price.amount is not None and price.basis_qty > 0:
        each = Fraction(price.amount) / Fraction(price.basis_qty)
        return each * (price.basis_factor or 1)
    if known.expected is not None:
        return Fraction(known.expected.amount) / Fraction(known.basis_qty)
    return None


def draws(order: Order, acks: Sequence[LineAck], checked: Checked) -> tuple[Drawn, ...]:
    """What a release has drawn by its answer: what is promised, nothing else."""
    found: dict[tuple[str, str], Spent] = {}
    for line, ack, known in zip(order.lines, acks, checked.lines, strict=True):
        if known.covered is None:
            continue
        units = Fraction(ack.promised)
        its = Spent(units * known.covered.per_unit, units * known.covered.value)
        key = (line.line_no, known.covered.blanket_line)
        found[key] = found.get(key, UNSPENT).plus(its)
    return tuple(Drawn(*key, its) for key, its in found.items() if its != UNSPENT)


def spent_by_line(drawn: Iterable[Drawn]) -> Mapping[str, Spent]:
    """The sums by line of the blanket."""
    found: dict[str, Spent] = {}
    for one in drawn:
        its = found.get(one.blanket_line, UNSPENT)
        found[one.blanket_line] = its.plus(one.spent)
    return found
