"""What lies in a session's basket, and the visit of the user whose it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from gateway.catalog.checked import LineChecked
from gateway.cxml_punchout.cart import CartLine
from gateway.cxml_punchout.credentials import Header
from gateway.cxml_punchout.forms import ReturnForm
from gateway.cxml_punchout.session import Operation, Session
from gateway.cxml_punchout.setup import SetupItem
from gateway.findings import Finding
from gateway.order.money import Money, total
from gateway.partner import Profile
from gateway.safexml.markup import Node

__all__ = [
    "MOST_LINES",
    "BasketLine",
    "HowBack",
    "ShopLine",
    "Visit",
    "Way",
    "Wish",
    "added",
    "numbered",
    "with_quantity",
]

MOST_LINES = 1_000
"""Lines that a basket holds; no buying system takes more."""
_NO_COOKIE = Node("BuyerCookie")

Way = Literal["cxml", "oci"]
HowBack = Literal["cart", "cancel", "empty"]
"""A user leaves with the cart, with nothing changed, or with all lines deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketLine:
    """One item that the user wants. ``unit`` is written as our catalog writes it.

    ``n`` is the line's own in its session, never given twice; 0: it has none yet.
    ``mark`` is what the buyer knows it by if it comes from an earlier cart; ``notices``
    say how it came. ``price`` is that of one unit where our own shop gives it.
    """

    n: int
    sku: str
    quantity: Decimal
    unit: str = ""
    mark: str = ""
    notices: tuple[Finding, ...] = ()
    price: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopLine:
    """A line of the basket held against catalog and prices as they are now.

    ``cart`` is what goes back of it, or why it cannot.
    """

    line: BasketLine
    checked: LineChecked
    cart: CartLine | Finding
    amount: Money | None = None

    @property
    def n(self) -> int:
        """The line's own number."""
        return self.line.n

    @property
    def sku(self) -> str:
        """Our number of the item."""
        return self.line.sku

    @property
    def quantity(self) -> Decimal:
        """How many are wanted."""
        return self.line.quantity

    @property
    def unit(self) -> str:
        """The unit that the quantity counts in, as our catalog writes it."""
        item = self.checked.item
        return self.line.unit or (item.base_unit if item else "")

    @property
    def description(self) -> str:
        """What the item is; its number where nothing is said of it."""
        item = self.checked.item
        return (item.description if item else "") or self.sku

    @property
    def price(self) -> Money | None:
        """Our price per ``basis_qty`` of ``basis_unit``; none: there is none now."""
        return self.cart.unit_price if isinstance(self.cart, CartLine) else None

    @property
    def basis_qty(self) -> Decimal:
        """What the price is for: 1, or 100."""
        its = self.cart if isinstance(self.cart, CartLine) else None
        return its.basis.quantity if its and its.basis else Decimal(1)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is to be told of the line: why it does not go back first."""
        why = (self.cart,) if isinstance(self.cart, Finding) else ()
        return (*why, *self.line.notices)

    @property
    def goes_back(self) -> bool:
        """Whether the line is in the cart that goes to the buyer."""
        return isinstance(self.cart, CartLine)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a buyer asked for, by cXML or OCI, as far as the session needs it.

    ``user`` names the user, empty if nobody says. ``contract`` is the one contract that
    is sold from. ``cookie`` and ``header`` go back as they came, ``extra`` is what the
    way back needs besides (OCI). ``selected`` is the item to show first, ``search``
    words to look for. ``items`` are the lines of an earlier cart as the buyer holds
    them now.
    """

    way: Way = "cxml"
    operation: Operation = Operation.CREATE
    user: str = ""
    test: bool = False
    return_url: str = ""
    contract: str = ""
    cookie: Node = _NO_COOKIE
    header: Header = field(default_factory=Header)
    selected: str = ""
    search: str = ""
    items: tuple[SetupItem, ...] = ()
    extra: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A session as its user sees it now.

    ``base`` is the path that all its pages lie below, ``csrf`` what its forms carry, so
    that no other page posts them. ``contracts`` are the numbers of the contracts that
    sell to it, the first in rank first. ``returned`` is the form that
    took the cart back; none: it did not go.
    """

    session: Session
    profile: Profile
    wish: Wish
    base: str
    csrf: str = field(repr=False)
    lines: tuple[ShopLine, ...] = ()
    notices: tuple[Finding, ...] = ()
    contracts: tuple[str, ...] = ()
    currency: str = ""
    returned: ReturnForm | None = None

    @property
    def id(self) -> str:
        """The session's id."""
        return self.session.id

    @property
    def is_writable(self) -> bool:
        """Whether its basket may be changed."""
        return self.session.is_writable

    @property
    def frame_ancestors(self) -> tuple[str, ...]:
        """Origins whose pages may hold ours in a frame."""
        asked = self.profile.punchout
        return asked.frame_ancestors or asked.return_to

    @property
    def going_back(self) -> tuple[ShopLine, ...]:
        """The lines that the cart has."""
        return tuple(line for line in self.lines if line.goes_back)

    @property
    def total(self) -> Money | None:
        """The sum of the lines that go back; none without a price."""
        amounts = [one.amount for one in self.going_back if one.amount is not None]
        return total(amounts, self.currency) if self.currency else None


def added(
    lines: Iterable[BasketLine], sku: str, quantity: Decimal, unit: str = ""
) -> tuple[BasketLine, ...]:
    """The basket with so many more of an item: in its line, or in a new one."""
    held = tuple(lines)
    for line in held:
        if (line.sku, line.unit) == (sku, unit):
            return with_quantity(held, line.n, line.quantity + quantity)
    return (*held, BasketLine(n=0, sku=sku, quantity=quantity, unit=unit))


def with_quantity(
    lines: Iterable[BasketLine], n: int, quantity: Decimal
) -> tuple[BasketLine, ...]:
    """The basket with another quantity of a line; 0 takes it out."""
    changed = (
        replace(line, quantity=quantity) if line.n == n else line for line in lines
    )
    return tuple(line for line in changed if line.n != n or quantity > 0)


def numbered(
    lines: Iterable[BasketLine], last: int
) -> tuple[tuple[BasketLine, ...], int]:
    """The basket with a number for each line, and the last number that was given."""
    given = []
    for line in lines:
        last += not line.n
        given.append(line if line.n else replace(line, n=last))
    return tuple(given), last
