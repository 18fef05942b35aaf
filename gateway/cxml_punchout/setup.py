"""What a buyer asks for when a punch-out begins: PunchOutSetupRequest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from gateway.cxml_punchout.document import stated
from gateway.cxml_punchout.pieces import read_number
from gateway.findings import Findings, Where
from gateway.safexml import Element, attribute, path_of, text_of
from gateway.safexml.markup import Node, copied

__all__ = ["OPERATIONS", "Setup", "SetupItem", "read_setup"]

OPERATIONS = frozenset(("create", "inspect", "edit", "source"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupItem:
    """A line of an earlier cart, as the buyer holds it now.

    ``aux_id`` is the text of SupplierPartAuxiliaryID; ``quantity`` is ``None`` where it
    is no number. ``uom`` is the unit that it counts in, as sent.
    """

    sku: str
    aux_id: str = ""
    quantity: Decimal | None = None
    line_no: str = ""
    uom: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The wish of a buyer. ``cookie`` goes back just as it came.

    ``extrinsics`` and ``emails`` guarantee nothing: which of them names a user is a
    matter of the partner. E-mail addresses stand in the order contact, ship-to,
    extrinsics.
    """

    operation: str
    cookie: Node
    return_url: str = ""
    extrinsics: tuple[tuple[str, str], ...] = ()
    emails: tuple[str, ...] = ()
    user_name: str = ""
    ship_to: str = ""
    selected: SetupItem | None = None
    items: tuple[SetupItem, ...] = ()

    def extrinsic(self, names: Iterable[str]) -> str:
        """The first that is there of the extrinsics so called, in any case."""
        held = {name.casefold(): value for name, value in reversed(self.extrinsics)}
        return next((held[n.casefold()] for n in names if held.get(n.casefold())), "")


def read_setup(body: Element, found: Findings) -> Setup:
    """The wish in a PunchOutSetupRequest; what it lacks is empty, with a finding."""
    operation = stated(body, "operation") or "create"
    if operation not in OPERATIONS:
        where = Where(path=f"{path_of(body)}/@operation")
        found.add("CXM-008", f"{operation!r} is no operation", where, operation)
    cookie = body.find("BuyerCookie")
    if cookie is None:
        where = Where(path=path_of(body))
        found.add("CXM-022", "PunchOutSetupRequest lacks BuyerCookie", where)
    extrinsics = tuple(_extrinsics(body))
    selected = body.find("SelectedItem/ItemID")
    return Setup(
        operation=operation,
        cookie=Node("BuyerCookie") if cookie is None else _cookie(cookie),
        return_url=text_of(body.find("BrowserFormPost/URL")),
        extrinsics=extrinsics,
        emails=tuple(_emails(body, extrinsics)),
        user_name=text_of(body.find("Contact/Name")),
        ship_to=attribute(body.find("ShipTo/Address"), "addressID"),
        selected=None if selected is None else _item(selected),
        items=tuple(_ordered(one, found) for one in body.iterfind("ItemOut")),
    )


def _cookie(element: Element) -> Node:
    node = copied(element)
    return Node("BuyerCookie", node.attributes, node.content)


def _extrinsics(body: Element) -> Iterator[tuple[str, str]]:
    for one in body.iterfind("Extrinsic"):
        yield attribute(one, "name"), text_of(one)


def _emails(body: Element, extrinsics: Iterable[tuple[str, str]]) -> Iterator[str]:
    seen = set[str]()
    places = (*body.iterfind("Contact/Email"), *body.iterfind("ShipTo//Email"))
    told = (*map(text_of, places), *(value for _, value in extrinsics))
    for one in told:
        if "@" in one and " " not in one and one.casefold() not in seen:
            seen.add(one.casefold())
            yield one


def _item(item_id: Element) -> SetupItem:
    return SetupItem(
        sku=text_of(item_id.find("SupplierPartID")),
        aux_id=text_of(item_id.find("SupplierPartAuxiliaryID")),
    )


def _ordered(element: Element, found: Findings) -> SetupItem:
    item_id = element.find("ItemID")
    sent = attribute(element, "quantity")
    return SetupItem(
        sku=text_of(None if item_id is None else item_id.find("SupplierPartID")),
        aux_id=text_of(
            None if item_id is None else item_id.find("SupplierPartAuxiliaryID")
        ),
        quantity=read_number(sent, element, found),
        line_no=attribute(element, "lineNumber"),
        uom=text_of(element.find("ItemDetail/UnitOfMeasure")),
    )
