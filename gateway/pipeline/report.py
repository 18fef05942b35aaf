"""Why lines were decided as they were: kept in short, told in full."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from gateway.catalog import Checked, Contract, LineChecked
from gateway.catalog.cart_check import beside
from gateway.catalog.pin import Pin
from gateway.catalog.price import Expected, in_one_line, plain
from gateway.findings import Finding
from gateway.order import Order
from gateway.order.ack import LineAck, OrderAck, Reason
from gateway.order.model import OrderLine
from gateway.order.money import minor_units
from gateway.order.write import json_text
from gateway.partner.policy import Action, Policy

_USUAL = "1"
"""How many units a price is for, a break begins at, a base unit holds."""


class _Shared(NamedTuple):
    """What prices of one order have in common, as the first of them has it."""

    contract: Contract
    day: dt.date
    kind: str
    why: str
    decimals: int


def report(order: Order, checked: Checked, ack: OrderAck, policy: Policy) -> str:
    """Why each line was decided so: JSON, decimals as text.

    It is kept with every order, so what ``told`` can put back is left out: that a line
    is accepted and nothing was found, that our price is the one sent, and of a trace
    what the first such price (``prices``) or the line says.
    """
    shared: _Shared | None = None
    rows: list[dict[str, object]] = []
    for line, known, answer in zip(order.lines, checked.lines, ack.lines, strict=True):
        row = _judged(line, known, answer, policy)
        if known.pin is not None and known.pin.line is not None:
            row["cart"] = _cart(line, known.pin, order.source.standard)
        price = known.price
        if price is not None:
            shared = shared or _shared(price)
            row["trace"] = _short(price, shared) or price.trace.as_json()
        rows.append(row)
    body: dict[str, object] = {
        "decision": ack.type,
        "reasons": [_reason(each, checked, policy) for each in ack.reasons],
    }
    if shared is not None:
        body["prices"] = _head(shared)
    return json_text(body | {"lines": rows})


def _judged(
    line: OrderLine, known: LineChecked, answer: LineAck, policy: Policy
) -> dict[str, object]:
    """What was decided of a line, and the money that it is about."""
    row: dict[str, object] = {"line": line.line_no}
    statuses = answer.statuses
    if len(statuses) != 1 or statuses[0].kind != "accept":
        row["decision"] = [status.kind for status in statuses]
    if known.findings:
        row["findings"] = [_told(finding, policy) for finding in known.findings]
    if known.item is not None:
        row["item"] = known.item.sku
    amount, price = line.price.amount, known.price
    sent = "" if amount is None else _digits(amount)
    if sent:
        row["sent_price"] = sent
    if price is not None:
        expected = sent if price.amount is amount else _digits(price.amount)
        if expected == sent and _is_nothing_at_stake(known, price.currency):
            return row
        row["expected_price"] = expected
    difference = known.difference
    if difference is not None:
        row["at_stake"] = _digits(difference.amount)
    return row


def _is_nothing_at_stake(known: LineChecked, currency: str) -> bool:
    """Whether both amounts of the line are one, to the currency's minor unit."""
    sent, ours = known.sent_extended, known.extended
    if sent is None or ours is None:
        return False
    nothing = _zero(currency)
    if sent is ours:
        return ours.amount.same_quantum(nothing)
    return sent.currency == ours.currency and (
        sent.amount == ours.amount
        and ours.amount.same_quantum(nothing)
        and sent.amount.same_quantum(nothing)
    )


def _digits(value: Decimal) -> str:
    """The decimal without an exponent. ``format`` takes twice as long as ``str``."""
    text = str(value)
    return f"{value:f}" if "E" in text else text


def _cart(line: OrderLine, pin: Pin, standard: str) -> dict[str, object]:
    """The line of the cart that it comes from, and what changed on the way."""
    cart = pin.line
    assert cart is not None
    body: dict[str, object] = {
        "session": cart.session_id,
        "line": cart.line,
        "returned": cart.place.day.isoformat(),
        "known_by": pin.by,
        "holds": pin.holds,
    }
    differs = [one._asdict() for one in beside(line, cart, standard)]
    return body | ({"differs": differs} if differs else {})


@lru_cache(maxsize=256)
def _nothing(currency: str) -> str:
    """No money at all: ``0.00``."""
    return f"{_zero(currency):f}"


@lru_cache(maxsize=256)
def _zero(currency: str) -> Decimal:
    return Decimal(0).scaleb(-minor_units(currency))


def _shared(price: Expected) -> _Shared:
    ask = price.priced.ask
    return _Shared(
        contract=price.priced.contract,
        day=ask.on_date,
        kind=ask.reference,
        why=ask.why,
        decimals=price.decimals,
    )


def _head(shared: _Shared) -> dict[str, object]:
    day, contract = shared.day.isoformat(), shared.contract
    return {
        "contract": contract.number,
        "currency": contract.currency,
        "break_on": contract.break_on.value,
        "reference": {"kind": shared.kind, "date": day, "why": shared.why},
        "decimals": shared.decimals,
    }


def _short(price: Expected, shared: _Shared) -> dict[str, object] | None:
    """What is special about a price of the list that is taken as it stands there.

    None where it was turned into another unit or basis, or chosen among several.
    """
    priced, unit = price.priced, price.unit
    ask, chosen = priced.ask, priced.chosen
    if (
        priced.rejected
        or priced.cart is not None
        or price.unrounded is not None
        or price.amount is not chosen.amount
        or not (ask.unit is unit is priced.list_unit)
        or unit.unit != unit.base
        or unit.factor != 1
        or chosen.unit != unit.unit
        or str(price.basis_qty) != _USUAL
        or str(chosen.basis_qty) != _USUAL
        or chosen.valid_from is not None
        or chosen.valid_to is not None
        or (priced.contract, ask.on_date, ask.reference, ask.why, price.decimals)
        != shared
    ):
        return None
    short: dict[str, object] = {"quantity": plain(ask.quantity), "unit": unit.unit}
    if (first := _digits(chosen.from_qty)) != _USUAL:
        short["from_qty"] = first
    return short


def told(kept: str) -> dict[str, Any]:
    """A kept report in full, each price's trace in words (``why``) as well."""
    body: dict[str, Any] = json.loads(kept)
    head = body.pop("prices", {})
    for line in body.get("lines", ()):
        line.setdefault("decision", ["accept"])
        line.setdefault("findings", [])
        if "trace" not in line:
            continue
        if "expected_price" not in line:
            currency = line["trace"].get("expected", head)["currency"]
            line["expected_price"] = line["sent_price"]
            line["at_stake"] = _nothing(currency)
        if "break" not in line["trace"]:
            line["trace"] = _full(line, head)
        line["why"] = in_one_line(line["trace"])
    return body


def _full(line: dict[str, Any], head: dict[str, Any]) -> dict[str, Any]:
    """The trace of a price that was kept in short."""
    short, amount = line["trace"], line["expected_price"]
    unit = short["unit"]
    return {
        "contract": head["contract"],
        "sku": line["item"],
        "reference": head["reference"],
        "quantity": {
            "value": short["quantity"],
            "unit": unit,
            "factor": _USUAL,
            "base_unit": unit,
            "break_on": head["break_on"],
        },
        "break": {
            "from_qty": short.get("from_qty", _USUAL),
            "amount": amount,
            "basis_qty": _USUAL,
            "unit": unit,
            "valid_from": None,
            "valid_to": None,
            "factor": _USUAL,
        },
        "rejected": [],
        "expected": {
            "amount": amount,
            "exact": str(Fraction(amount)),
            "currency": head["currency"],
            "basis_qty": _USUAL,
            "unit": unit,
            "rounding": "half up",
            "decimals": head["decimals"],
        },
    }


def _reason(reason: Reason, checked: Checked, policy: Policy) -> dict[str, str]:
    """A reason of the order's head, and the value that it is about."""
    told = {"code": reason.code, "what": reason.text}
    its = (reason.code, reason.text)
    values = (f.value for f in checked.findings if (f.code, f.what) == its)
    return told | _acted(reason.code, next(values, ""), policy)


def _told(finding: Finding, policy: Policy) -> dict[str, str]:
    told = {"code": finding.code, "what": finding.what, "where": str(finding.where)}
    return told | _acted(finding.code, finding.value, policy)


def _acted(code: str, value: str, policy: Policy) -> dict[str, str]:
    """What the policy does about a finding; of one that waits what it is about."""
    action = policy.action_for(code)
    if action is None:
        return {}
    held = {"value": value} if action is Action.HOLD and value else {}
    return {"action": str(action)} | held
