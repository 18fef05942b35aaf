"""Do the totals that were sent fit the lines: count, hash total, amount, limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Context, Decimal

from gateway.catalog.allowances import signed
from gateway.catalog.checked import LineChecked
from gateway.catalog.compare import Match, compare_amounts
from gateway.catalog.model import Contract
from gateway.catalog.place import at_order
from gateway.catalog.quantity import is_usable
from gateway.findings import Finding, Findings
from gateway.order.model import Money, Order
from gateway.order.money import minor_units
from gateway.partner.policy import Tolerance

# Sums of amounts with 18 digits on each side of the point lose nothing.
_EXACT = Context(prec=100)
_add = _EXACT.add  # a context looks its methods up anew each time
_NOTHING = Decimal(0)
_PEPPOL = "urn:fdc:peppol.eu:"
_GOODS = "totals.line_amount"
"""The sum of the lines as it was sent (MOA 79, LineExtensionAmount), not as added."""


def _total(amounts: Sequence[Money], currency: str) -> Money:
    summed = _NOTHING
    for amount in amounts:
        summed = _add(summed, amount.amount)
    return Money(summed, currency)


def ours(lines: Sequence[LineChecked]) -> Money | None:
    """The sum of the lines at our prices; none while a line lacks one."""
    amounts = [line.extended for line in lines if line.extended is not None]
    if not amounts or len(amounts) != len(lines):
        return None
    currency = amounts[0].currency
    if any(amount.currency != currency for amount in amounts):
        return None
    return _total(amounts, currency)


def order_value(order: Order, lines: Sequence[LineChecked]) -> tuple[Finding, ...]:
    """CAT-360 for each contract whose order limits its lines together break.

    The maximum is broken by what is priced already; the minimum is judged only when
    every line has a price.
    """
    limited = _limited(lines)
    if not limited:
        return ()
    found = Findings()
    at = at_order(order, "/totals/amount", "totals.amount", "po_number")
    for contract in limited:
        amounts = [
            line.extended
            for line in lines
            if line.contract is contract and line.extended is not None
        ]
        value = _total(amounts, contract.currency)
        low, high = contract.min_value, contract.max_value
        is_complete = all(line.extended is not None for line in lines)
        if high is not None and value.amount > high:
            what = f"{value} ordered, contract {contract.number} allows {high:f}"
            found.add("CAT-360", what, at, str(value.amount))
        if low is not None and is_complete and value.amount < low:
            what = f"{value} ordered, contract {contract.number} asks for {low:f}"
            found.add("CAT-360", what, at, str(value.amount))
    return found.done()


def _limited(lines: Sequence[LineChecked]) -> list[Contract]:
    named = {id(line.contract): line.contract for line in lines}
    return [
        one
        for one in named.values()
        if one is not None and not (one.min_value is one.max_value is None)
    ]


def sent_totals(
    order: Order, lines: Sequence[LineChecked], tolerance: Tolerance
) -> tuple[Finding, ...]:
    """CAT-340, CAT-341 and CAT-342 for totals that the lines do not make."""
    sent = order.totals
    found = Findings(_foreign(order)) if order.allowances_charges else Findings()
    if sent is None or sent.source != "sent":
        return found.done()
    if sent.line_count is not None and sent.line_count != len(lines):
        at = at_order(order, "/totals/line_count", "totals.line_count")
        what = f"{sent.line_count} lines were counted, {len(lines)} came"
        found.add("CAT-340", what, at, str(sent.line_count))
    if sent.quantity_sum is not None:
        found.extend(_hash__total(order, sent.quantity_sum))
    if sent.amount is not None:
        found.extend(_amount(order, lines, sent.amount, tolerance))
    amount = sent.line_amount
    if amount is not None and _GOODS in order.provenance and not _is_judged(order):
        found.extend(_amount(order, lines, amount, tolerance, "line_amount"))
    return found.done()


def _is_judged(order: Order) -> bool:
    """Whether rules of its own add up what it states (Peppol R008): UBL-012 tells."""
    source = order.source
    return source.standard == "ubl" and source.version.startswith(_PEPPOL)


def _foreign(order: Order) -> Iterator[Finding]:
    """CAT-342 for charges that nobody can add up: they are in another currency."""
    for index, each in enumerate(order.allowances_charges):
        currency = each.amount.currency if each.amount else ""
        if currency and order.currency and currency != order.currency:
            field = f"allowances_charges[{index}].amount"
            at = at_order(order, f"/allowances_charges/{index}/amount", field)
            what = f"{each.kind} of {each.amount} in an order in {order.currency}"
            yield Finding.of("CAT-342", what, at, str(each.amount))


def _hash__total(order: Order, sent: Decimal) -> tuple[Finding, ...]:
    values = [line.quantity.value for line in order.lines if not line.parent_line]
    if not all(is_usable(value) for value in (sent, *values)):
        return ()
    summed = _NOTHING
    for value in values:
        summed = _add(summed, value)
    if summed == sent:
        return ()
    at = at_order(order, "/totals/quantity_sum", "totals.quantity_sum")
    what = f"hash total {sent:f} was sent, the quantities make {summed:f}"
    return (Finding.of("CAT-341", what, at, str(sent)),)


def _amount(
    order: Order,
    lines: Sequence[LineChecked],
    sent: Money,
    tolerance: Tolerance,
    field: str = "amount",
) -> tuple[Finding, ...]:
    """Goods alone and goods with charges and taxes are both a total somebody sends.

    Each line may be half a minor unit off by its own rounding.
    """
    if any(line.is_ceiling for line in order.lines):
        return ()  # the total is the most that may be released
    if order.currency and sent.currency not in ("", order.currency):
        at = at_order(order, f"/totals/{field}", f"totals.{field}")
        what = f"order total {sent} was sent, the order is in {order.currency}"
        return (Finding.of("CAT-342", what, at, str(sent.amount)),)
    goods = _goods(lines, sent.currency)
    if goods is None or not is_usable(sent.amount):
        return ()
    noise = Decimal(len(lines) + 1).scaleb(-minor_units(sent.currency)) / 2
    candidates = [goods]
    if order.allowances_charges or order.taxes:
        candidates.append(goods + _extras(order, sent.currency))
    of_lines = _line_extras(order, sent.currency)
    if of_lines.amount:
        candidates.append(candidates[-1] + of_lines)
    for mine in candidates:
        match = compare_amounts(sent.amount, mine.amount, tolerance, noise=noise)
        if match is not Match.BEYOND:
            return ()
    at = at_order(order, f"/totals/{field}", f"totals.{field}")
    what = f"order total {sent} was sent, the lines make {goods}"
    if candidates[-1] != goods:
        what += f", with charges and taxes {candidates[-1]}"
    return (Finding.of("CAT-342", what, at, str(sent.amount)),)


def _goods(lines: Sequence[LineChecked], currency: str) -> Money | None:
    """The lines at the prices sent, at ours where none was; none if a line has none."""
    amounts = [line.sent_extended or line.extended for line in lines]
    known = [a for a in amounts if a is not None and a.currency == currency]
    return _total(known, currency) if len(known) == len(lines) else None


def _extras(order: Order, currency: str) -> Money:
    """Charges and taxes of the head less its allowances, as far as amounts say."""
    taxes = (tax.amount for tax in order.taxes)
    known = (t for t in taxes if t and t.currency == currency and is_usable(t.amount))
    return _total([*signed(order.allowances_charges, currency), *known], currency)


def _line_extras(order: Order, currency: str) -> Money:
    """The same of the lines; an amount that was sent has them in it."""
    known = [
        one
        for line in order.lines
        if line.allowances_charges and line.amount is None and not line.parent_line
        for one in signed(line.allowances_charges, currency)
    ]
    return _total(known, currency)
