"""The rules of confirmations that no DTD tells."""

from __future__ import annotations

from gateway.cxml_punchout.confirm import Confirmation, ConfirmedPart, HeaderType

_DETAILED = frozenset(("accept", "detail", "reject", "backordered", "unknown"))
ALLOWED: dict[HeaderType, frozenset[str]] = {
    "accept": frozenset(("accept",)),
    "except": _DETAILED,
    "reject": frozenset(("reject",)),
    "detail": _DETAILED,
    "allDetail": frozenset(("allDetail", "reject", "unknown", "backordered")),
    "backordered": frozenset(("backordered",)),
    "replace": frozenset(("detail",)),
    "requestToPay": frozenset(("requestToPay",)),
}
"""What the items of a confirmation may say, by the type of its header.

Of a refusal there are none by the DTD; some buyers want them.
"""
_NEED_ITEMS = frozenset(("except", "detail", "allDetail", "replace"))


def broken_rules(said: Confirmation) -> list[str]:
    """What a confirmation breaks of the rules of the cXML guide.

    Which statuses go with which header, that parts sum to the line, that a line is
    there once, that detail says what differs, that an update names what it replaces.
    """
    found: list[str] = []
    if said.type in _NEED_ITEMS and not said.items:
        found.append(f"{said.type} says nothing of any line")
    if said.operation == "update" and not said.replaces:
        found.append("an update names no confirmation")
    lines = [item.line_no for item in said.items]
    for item in said.items:
        if lines.count(item.line_no) > 1:
            found.append("the line occurs twice")
        if sum(part.quantity for part in item.parts) != item.quantity:
            found.append("the parts do not sum to the line")
        for part in item.parts:
            if part.type not in ALLOWED[said.type]:
                what = f"{part.type} does not go with {said.type}"
                found.append(what)
            elif part.type == "detail" and not _differs(part):
                found.append("detail says nothing that differs")
    return found


def _differs(part: ConfirmedPart) -> bool:
    told = (part.unit_price, part.item, part.delivery_date)
    return any(one is not None for one in told)
