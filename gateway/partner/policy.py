"""What a partner's business findings lead to: cases, actions and the wire codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, PlainValidator, WithJsonSchema, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from gateway.findings.codes import CODES, Severity
from gateway.order.ack import AckType, StatusKind
from gateway.partner.scalars import (
    Amount,
    Form,
    Hours,
    Qualifier,
    Text,
    counted,
    mistake,
)

__all__ = [
    "CASES",
    "Action",
    "Agreed",
    "Case",
    "Policy",
    "PricePin",
    "Tolerance",
    "strongest",
]


class Action(StrEnum):
    """What is done about a finding, the strongest first.

    ``replay`` gives the first answer again, ``change`` accepts with our value in the
    place of theirs, ``hold`` waits for an operator and sends nothing.
    """

    REPLAY = "replay"
    REJECT_ORDER = "reject_order"
    REJECT_LINE = "reject_line"
    HOLD = "hold"
    SUBSTITUTE = "substitute"
    BACKORDER = "backorder"
    RESCHEDULE = "reschedule"
    CHANGE = "change"
    ACCEPT = "accept"


_STRENGTH: Mapping[Action, int] = {action: n for n, action in enumerate(Action)}


def strongest(actions: Iterable[Action]) -> Action:
    """The action that wins where several findings meet; accept when there are none."""
    return min(actions, key=_STRENGTH.__getitem__, default=Action.ACCEPT)


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of business finding: the codes it covers and what may be done."""

    name: str
    codes: tuple[str, ...]
    default: Action
    allowed: tuple[Action, ...]


_ACCEPT, _CHANGE, _HOLD = Action.ACCEPT, Action.CHANGE, Action.HOLD
_LINE, _ORDER = Action.REJECT_LINE, Action.REJECT_ORDER
_SUBSTITUTE, _LATER = Action.SUBSTITUTE, Action.RESCHEDULE
_BACKORDER, _REPLAY = Action.BACKORDER, Action.REPLAY

_KIND, _UNREAD = "MAP-019", "MAP-020"
# Warnings and notes of a mapper change nothing that was ordered.
_MAPPING = tuple(
    code
    for code, row in CODES.items()
    if code.startswith("MAP-") and row.severity in (Severity.REJECT, Severity.ERROR)
    if code not in (_KIND, _UNREAD)
)

# fmt: off
_CASES = (
    Case("price_in_tolerance", ("CAT-302",), _ACCEPT, (_ACCEPT, _CHANGE, _HOLD)),
    Case("price_differs", ("CAT-301",), _HOLD,
         (_ACCEPT, _CHANGE, _HOLD, _LINE, _ORDER)),
    Case("missing_price", ("CAT-304",), _HOLD, (_CHANGE, _HOLD, _LINE)),
    Case("no_price", ("CAT-303",), _HOLD, (_ACCEPT, _HOLD, _LINE, _ORDER)),
    Case("currency_wrong", ("CAT-201",), _ORDER, (_HOLD, _ORDER)),
    Case("unknown_item", ("CAT-310",), _HOLD, (_HOLD, _LINE, _ORDER)),
    Case("ambiguous_item", ("CAT-311",), _HOLD, (_HOLD, _LINE, _ORDER)),
    Case("not_on_contract", ("CAT-312",), _LINE, (_ACCEPT, _HOLD, _LINE, _ORDER)),
    Case("discontinued", ("CAT-313",), _SUBSTITUTE,
         (_SUBSTITUTE, _BACKORDER, _HOLD, _LINE, _ORDER)),
    Case("unit_not_allowed", ("CAT-320",), _LINE, (_HOLD, _LINE, _ORDER)),
    Case("quantity", ("CAT-330", "CAT-331", "CAT-332", "CAT-333"), _LINE,
         (_ACCEPT, _CHANGE, _HOLD, _LINE, _ORDER)),
    Case("totals_wrong", ("CAT-340", "CAT-341", "CAT-342", "UBL-012"), _HOLD,
         (_ACCEPT, _HOLD, _ORDER)),
    Case("date_past", ("CAT-350",), _HOLD, (_ACCEPT, _LATER, _HOLD, _LINE, _ORDER)),
    Case("cancel_before_ship", ("CAT-351",), _HOLD, (_ACCEPT, _HOLD, _LINE, _ORDER)),
    Case("lead_time", ("CAT-352",), _LATER,
         (_ACCEPT, _LATER, _BACKORDER, _HOLD, _LINE)),
    Case("short_stock", ("CAT-370",), _BACKORDER, (_BACKORDER, _HOLD, _LINE)),
    Case("blanket_unknown", ("CAT-380",), _ACCEPT, (_ACCEPT, _HOLD, _ORDER)),
    Case("blanket_not_in_force", ("CAT-381",), _HOLD, (_ACCEPT, _HOLD, _ORDER)),
    Case("not_on_blanket", ("CAT-382", "CAT-386"), _LINE,
         (_ACCEPT, _HOLD, _LINE, _ORDER)),
    Case("over_blanket", ("CAT-383", "CAT-384"), _LINE,
         (_CHANGE, _HOLD, _LINE, _ORDER)),
    Case("blanket_used_up", ("CAT-385",), _LINE, (_HOLD, _LINE, _ORDER)),
    Case("ship_to_unknown", ("CAT-110",), _HOLD, (_ACCEPT, _HOLD, _ORDER)),
    Case("check_digit", ("CAT-111", "CAT-315"), _ACCEPT, (_ACCEPT, _HOLD, _ORDER)),
    Case("contract_wrong", ("CAT-101", "CAT-102"), _HOLD, (_ACCEPT, _HOLD, _ORDER)),
    Case("order_value", ("CAT-360",), _HOLD, (_ACCEPT, _HOLD, _ORDER)),
    Case("duplicate_same", ("DUP-101",), _REPLAY, (_REPLAY, _HOLD, _ORDER)),
    Case("duplicate_other", ("DUP-102",), _HOLD, (_HOLD, _ORDER)),
    Case("changed_price", ("CHG-113",), _HOLD, (_ACCEPT, _HOLD, _LINE)),
    Case("cancel_released", ("CHG-114",), _HOLD, (_ACCEPT, _HOLD, _LINE)),
    Case("change_after_erp", ("CHG-120",), _HOLD, (_ACCEPT, _HOLD)),
    Case("change_unclear", ("CHG-118", "CHG-119"), _HOLD, (_ACCEPT, _HOLD, _LINE)),
    Case("ubl_broken", ("UBL-020", "UBL-030"), _HOLD, (_ACCEPT, _HOLD, _ORDER)),
    Case("ubl_unjudged", ("UBL-033",), _HOLD, (_HOLD, _ORDER)),
    Case("revocation_unknown", ("TRU-421",), _HOLD, (_HOLD, _ORDER)),
    Case("order_kind", (_KIND,), _HOLD, (_ACCEPT, _HOLD, _ORDER)),
    Case("terms_unread", (_UNREAD,), _HOLD, (_ACCEPT, _HOLD, _ORDER)),
    Case("allowances", ("CAT-343",), _HOLD, (_ACCEPT, _HOLD, _ORDER)),
    Case("payment_differs", ("CAT-344",), _HOLD, (_ACCEPT, _HOLD, _ORDER)),
    Case("mapping", _MAPPING, _HOLD, (_ACCEPT, _HOLD, _ORDER)),
)
# fmt: on

CASES: Mapping[str, Case] = MappingProxyType({case.name: case for case in _CASES})
"""Every case by name, with its default action."""

_CASE_OF: Mapping[str, Case] = {code: case for case in _CASES for code in case.codes}
_MISSING_PRICE = {"use_ours": _CHANGE, "hold": _HOLD, "reject_line": _LINE}
_DECIDED = tuple(name for name in CASES if name != "missing_price")


class Tolerance(Form):
    """How far a price or total may be from ours. Percent of ours, or an amount.

    In each direction every limit that is given must hold; a direction without a limit
    allows no difference.
    """

    up_pct: Amount | None = None
    """Percent above ours."""
    down_pct: Amount | None = None
    """Percent below ours."""
    up_abs: Amount | None = None
    """Amount above ours, in the order's currency."""
    down_abs: Amount | None = None
    """Amount below ours, in the order's currency."""

    def allows(self, ours: Decimal, theirs: Decimal) -> bool:
        """Whether their amount is near enough to ours; equal ones always are."""
        if theirs == ours:
            return True
        up = theirs > ours
        pct, limit = (
            (self.up_pct, self.up_abs) if up else (self.down_pct, self.down_abs)
        )
        if pct is None and limit is None:
            return False
        difference = abs(theirs - ours)
        in_pct = pct is None or difference * 100 <= pct * abs(ours)
        return in_pct and (limit is None or difference <= limit)


class Agreed(Form):
    """When they pay, as it was agreed on."""

    net_days: Annotated[int, *counted(0, 3650)]
    """Days until all is due."""
    discount_pct: Amount | None = None
    """Percent off for paying sooner; left out: none."""
    discount_days: Annotated[int, *counted(0, 3650)] | None = None
    """Days in which the discount may be taken."""


class PricePin(Form):
    """How long the price of a punch-out cart holds, and what tells whose it is."""

    days: Annotated[int, *counted(0, 3650)] = 30
    """Days from the return of the cart; 0: the price in force counts at once."""
    by: tuple[Literal["mark", "quote", "item"], ...] = ("mark", "quote")
    """What an order's line is known by: mark is the id that the cart gave the line
    (SupplierPartAuxiliaryID), quote our session's number in a reference, item the
    same item in the same unit in a cart of these days."""
    references: tuple[Text, ...] = ()
    """Kinds of references and item numbers that may name the cart, like QR or ON; left
    out: any."""


def _wrong_decision(case: str, action: object) -> InitErrorDetails | None:
    """Why a case cannot be decided this way."""
    if case not in _DECIDED:
        error = PydanticCustomError("extra_forbidden", "no such case")
    elif action not in CASES[case].allowed:
        error = mistake("one of " + ", ".join(CASES[case].allowed))
    else:
        return None
    return InitErrorDetails(type=error, loc=(case,), input=action)


def _decisions(value: object) -> Mapping[str, Action]:
    if not isinstance(value, Mapping):
        raise mistake("cases with an action each, like unknown_item: hold")
    wrong = [_wrong_decision(case, action) for case, action in value.items()]
    errors = [error for error in wrong if error is not None]
    if errors:
        raise ValidationError.from_exception_data("decisions", errors)
    return {case: Action(action) for case, action in value.items()}


def _decision_schemas() -> dict[str, Any]:
    return {name: {"enum": [str(a) for a in CASES[name].allowed]} for name in _DECIDED}


def _with_short_forms(schema: dict[str, Any]) -> None:
    """Add the keys that ``Policy`` takes in a short form to its JSON Schema."""
    schema["properties"] |= _decision_schemas() | {
        "price_tolerance_pct": {"type": ["string", "number"], "minimum": 0}
    }


class Policy(Form):
    """What business findings lead to, and the codes the answer uses.

    A case may stand directly under ``policy`` as well as under ``decisions``;
    ``price_tolerance_pct`` sets both directions of ``price_tolerance``.
    """

    model_config = ConfigDict(json_schema_extra=_with_short_forms)

    ack: Literal["on_decision", "on_erp"] = "on_decision"
    """When the 855 leaves: with our decision, or when the ERP has confirmed."""
    ack_within_h: Hours = 24
    """With on_erp: hours that the ERP has to confirm."""
    ack_timeout: Literal["send_ours", "hold"] = "hold"
    """With on_erp, when it has not: send our decision, or hold and tell operators."""
    promise: Literal["asked", "stock"] = "asked"
    """What the answer promises: what is asked for, or what our stock has and expects.
    """
    price_tolerance: Tolerance = Tolerance()
    """How far the price of a line may be from the contract's."""
    total_tolerance: Tolerance = Tolerance()
    """How far the order total that was sent may be from the lines' sum."""
    missing_price: Literal["use_ours", "hold", "reject_line"] = "hold"
    """What a line without a price means."""
    price_pin: PricePin = PricePin()
    """How the prices of their punch-out carts hold."""
    payment: Agreed | None = None
    """When they pay: orders that say other days or another discount are CAT-344; left
    out: what orders say of it is only shown."""
    approval_above: Amount | None = None
    """Money above which their prices are accepted by two people only, in the order's
    currency; left out: one decides."""
    check_digits: Literal["ignore", "note", "warning", "error"] = "warning"
    """What a GTIN or GLN weighs whose check digit is wrong; ignore: it is not told."""
    drop_ship: Literal["allow", "hold"] = "hold"
    """Whether goods may go to an address that only the order names."""
    decisions: Annotated[
        Mapping[str, Action],
        PlainValidator(_decisions),
        WithJsonSchema(
            {
                "type": "object",
                "properties": _decision_schemas(),
                "additionalProperties": False,
            }
        ),
    ] = {}
    """The action for each case that the default does not fit."""
    codes_855: Mapping[StatusKind, Qualifier] = {}
    """ACK01 (X12 DE 668) for a line's status where the usual one does not fit."""
    header_codes_855: Mapping[AckType, Qualifier] = {}
    """BAK02 (X12 DE 587) for the order's answer where the usual one does not fit."""
    change_numbers: Literal["consecutive", "rising"] = "consecutive"
    """How the buyer numbers the changes of an order (BCH05): without gaps, so that
    what comes too early waits, or only rising."""
    change_wait_h: Hours = 4
    """Hours that a change waits for its order, or for the change before it; then the
    operators are told."""
    own_number_prefix: Text = "SO-"
    """What our sales order numbers (BAK08) begin with."""

    @model_validator(mode="before")
    @classmethod
    def _fold(cls, data: object) -> object:
        """Put short forms where they belong; a key given in both forms stays put."""
        if not isinstance(data, Mapping):
            return data
        keys = dict(data)
        percent = keys.get("price_tolerance_pct")
        if percent is not None and "price_tolerance" not in keys:
            del keys["price_tolerance_pct"]
            keys["price_tolerance"] = {"up_pct": percent, "down_pct": percent}
        decisions = keys.get("decisions", {})
        if isinstance(decisions, Mapping):
            decisions = dict(decisions)
            if "missing_price" in decisions and "missing_price" not in keys:
                keys["missing_price"] = decisions.pop("missing_price")
            short = {c for c in _DECIDED if c in keys and c not in decisions}
            folded = {case: keys.pop(case) for case in sorted(short)}
            keys["decisions"] = {**decisions, **folded}
        return keys

    def action(self, case: str) -> Action:
        """What is done in a case, a key of ``CASES``."""
        if case == "missing_price":
            return _MISSING_PRICE[self.missing_price]
        return self.decisions.get(case, CASES[case].default)

    def action_for(self, code: str) -> Action | None:
        """What a finding's code leads to, None for one that decides nothing."""
        case = _CASE_OF.get(code)
        return self.action(case.name) if case else None
