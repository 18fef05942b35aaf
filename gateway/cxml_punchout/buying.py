"""What a buyer's system writes: the setup of a punch-out, the order of its cart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

from gateway.cxml_punchout.cart import Cart, CartLine, item_in, line_amount
from gateway.cxml_punchout.contact import PartyContact
from gateway.cxml_punchout.pieces import amount, number
from gateway.cxml_punchout.stamps import write_stamp
from gateway.order.money import total
from gateway.safexml.markup import Node, element

__all__ = ["Ordering", "order_request", "setup_request"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering:
    """What an order says beside its lines."""

    order_id: str
    ordered_at: dt.datetime
    ship_to: PartyContact


def setup_request(
    operation: str,
    cookie: str,
    return_url: str,
    *,
    user: str = "",
    selected: str = "",
    items: Iterable[CartLine] = (),
) -> Node:
    """PunchOutSetupRequest; ``items`` are the lines of the cart that is asked about."""
    return element(
        "PunchOutSetupRequest",
        element("BuyerCookie", cookie),
        element("Extrinsic", user, name="UniqueName") if user else None,
        element("BrowserFormPost", element("URL", return_url)),
        element("SelectedItem", element("ItemID", element("SupplierPartID", selected)))
        if selected
        else None,
        map(_item_out, items, count(1)),
        operation=operation,
    )


def order_request(cart: Cart, said: Ordering) -> Node:
    """OrderRequest of everything in a cart, just as the cart has it."""
    sum_ = total(map(line_amount, cart.lines), cart.currency)
    header = element(
        "OrderRequestHeader",
        amount("Total", sum_),
        element("ShipTo", _address(said.ship_to)),
        element("BillTo", _address(said.ship_to)),
        orderID=said.order_id,
        orderDate=write_stamp(said.ordered_at),
        type="new",
    )
    return element("OrderRequest", header, map(_item_out, cart.lines, count(1)))


def _item_out(line: CartLine, line_no: int) -> Node:
    """The line as the buyer keeps it; one that comes without a line number gets one."""
    return element(
        "ItemOut",
        (one for one in item_in(line).content if isinstance(one, Node)),
        quantity=number(line.quantity),
        lineNumber=str(line_no),
    )


def _address(party: PartyContact) -> Node:
    parts = (party.node().child(name) for name in ("Name", "PostalAddress"))
    return element("Address", parts, addressID=party.address_id)
