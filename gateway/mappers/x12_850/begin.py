"""What BEG says: the purpose, the kind of order, its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from gateway.edi.tree import SegmentRead
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.x12_codes import ACKS_WANTED, ORDER_TYPES
from gateway.order.model import (
    NOT_PLAIN,
    AckWanted,
    DocType,
    OrderType,
    Purpose,
)

_PURPOSES: Mapping[str, Purpose] = {
    "00": "original",
    "01": "cancel",
    "04": "change",
    "05": "replace",
    "06": "confirm",
    "07": "duplicate",
    "18": "replace",
    "22": "copy",
}
"""Purpose (BEG-01, DE 353). Any other is kept as a copy, which nobody books."""

_KEPT_ONLY: Mapping[str, str] = {"07": "a duplicate", "22": "an information copy"}
_CHANGES: Mapping[str, DocType] = {"01": "cancel", "04": "change", "05": "change"}

_NO_ORDERS: Mapping[str, Purpose] = {
    "CF": "confirm",
    "TR": "cancel",
    "SW": "change",
    "KO": "cancel",
    "CC": "change",
    "CP": "change",
    "CR": "change",
    "SO": "confirm",
    "BD": "copy",
    "BQ": "copy",
    "CA": "copy",
    "IN": "copy",
}
"""Kinds that confirm, stop, change or only show an order instead of placing one, or
that ask for an offer."""


class Begun(NamedTuple):
    """BEG, and what it decides of the order."""

    beg: SegmentRead
    purpose: Purpose
    doc_type: DocType
    order_type: OrderType
    ack_wanted: AckWanted


def begin(ledger: Ledger, beg: SegmentRead) -> Begun:
    """Purpose and kind. What is no order and no change of one is noted: MAP-002, or
    MAP-011 for copies; an order of a kind that is no plain purchase, MAP-019.

    A confirmation of a spoken order must not ship again, so it is no new order.
    """
    code, kind = beg[1].rstrip(), beg[2].rstrip()
    purpose = _PURPOSES.get(code, "copy")
    if code in _PURPOSES:
        ledger.took("purpose", beg, 1)
    if code in _KEPT_ONLY:
        what = f"the order calls itself {_KEPT_ONLY[code]}"
        ledger.found.add("MAP-011", what, beg.at(1), code)
    elif code not in ("00", *_CHANGES):
        what = f"purpose {code!r} makes no new order"
        ledger.found.add("MAP-002", what, beg.at(1), code)
    elif kind in _NO_ORDERS and code == "00":
        purpose = _NO_ORDERS[kind]
        ledger.found.add("MAP-002", f"kind of order {kind!r}", beg.at(2), kind)
    elif code == "00" and kind and ORDER_TYPES.get(kind, "") in NOT_PLAIN:
        what = f"kind of order {kind!r} is no plain purchase"
        ledger.found.add("MAP-019", what, beg.at(2), kind)
    doc_type = _CHANGES.get(code, "blanket_release" if kind == "RL" else "order")
    return Begun(
        beg=beg,
        purpose=purpose,
        doc_type=doc_type,
        order_type=_order_type(ledger, beg, kind),
        ack_wanted=_ack_wanted(ledger, beg),
    )


def numbers(ledger: Ledger, begun: Begun) -> dict[str, Any]:
    """The fields of Order that BEG fills."""
    beg = begun.beg
    po_number = ledger.text(beg, 3, "po_number")
    released = begun.order_type == "release"
    if released:
        ledger.took("blanket_ref", beg, 3)
    return {
        "po_number": po_number,
        "purpose": begun.purpose,
        "doc_type": begun.doc_type,
        "order_type": begun.order_type,
        "ack_wanted": begun.ack_wanted,
        "blanket_ref": po_number if released else "",
        "release_number": ledger.text(beg, 4, "release_number"),
        "issue_date": ledger.day(beg, 5, "issue_date"),
        "contract_ref": ledger.text(beg, 6, "contract_ref"),
    }


def _order_type(ledger: Ledger, beg: SegmentRead, kind: str) -> OrderType:
    known = ORDER_TYPES.get(kind)
    if known:
        ledger.took("order_type", beg, 2)
        return known
    return "other" if kind else ""


def _ack_wanted(ledger: Ledger, beg: SegmentRead) -> AckWanted:
    known = ACKS_WANTED.get(beg[7])
    if known:
        ledger.took("ack_wanted", beg, 7)
        return known
    return "any" if beg[7] else ""
