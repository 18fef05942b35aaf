"""How a document of ours names the order that it is about."""

from __future__ import annotations

from gateway.cxml_punchout.pieces import OrderRef
from gateway.order.model import Order

__all__ = ["order_ref"]


def order_ref(order: Order) -> OrderRef:
    """The order by the payloadID of its request, where it came as cXML, and number."""
    its = order.source
    return OrderRef(
        payload_id=its.message_control if its.standard == "cxml" else "",
        order_id=order.po_number,
        order_date=order.issued_at or order.issue_date,
    )
