"""What a supplier's own shop sends and gets in punch-out."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.cxml_punchout.basket import MOST_LINES, ShopLine, Visit
from gateway.engine.own_shop import CartBack, Wanted, WentBack
from gateway.order.money import Money
from gateway.web.problem import finding_json

_MOST = Decimal(10) ** 12


class HandedOver(BaseModel):
    """The code that came with the browser."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(min_length=1, max_length=200)


class ShopItem(BaseModel):
    """A line of the shop's cart.

    ``price`` is that of one ``unit`` in ``currency``, where the profile leaves prices
    to the shop; ``unit`` left out: the item's usual one.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    sku: str = Field(min_length=1, max_length=80)
    quantity: Decimal = Field(gt=0, lt=_MOST)
    unit: str = Field(default="", max_length=10)
    price: Decimal | None = Field(default=None, ge=0, lt=_MOST, decimal_places=4)
    currency: str = Field(default="", pattern="^([A-Z]{3})?$")

    def wanted(self) -> Wanted:
        """The line as the engine takes it."""
        price = None if self.price is None else Money(self.price, self.currency)
        return Wanted(sku=self.sku, quantity=self.quantity, unit=self.unit, price=price)


class ShopCart(BaseModel):
    """How the session ends: the whole cart goes back, or ``cancel`` changes nothing,
    or ``empty`` deletes what the buyer had (of an edited cart alone)."""

    model_config = ConfigDict(extra="forbid")

    how: Literal["cart", "cancel", "empty"] = "cart"
    lines: tuple[ShopItem, ...] = Field(default=(), max_length=MOST_LINES)
    language: Literal["en", "fr"] = "en"

    def back(self, key: str) -> CartBack:
        """The cart as the engine takes it."""
        lines = tuple(one.wanted() for one in self.lines)
        return CartBack(how=self.how, lines=lines, key=key, language=self.language)


class ShopSessionLine(BaseModel):
    """A line of the session's cart, with our price now or why there is none."""

    n: int
    sku: str
    description: str
    quantity: Decimal
    unit: str
    price: Decimal | None
    basis_qty: Decimal
    amount: Decimal | None
    findings: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, line: ShopLine) -> ShopSessionLine:
        """A line of the basket."""
        return cls(
            n=line.n,
            sku=line.sku,
            description=line.description,
            quantity=line.quantity,
            unit=line.unit,
            price=line.price.amount if line.price else None,
            basis_qty=line.basis_qty,
            amount=line.amount.amount if line.amount else None,
            findings=tuple(map(finding_json, line.findings)),
        )


class ShopSession(BaseModel):
    """A punch-out session: whose it is, what is wanted, what lies in the cart.

    ``selected`` is the item to show first, ``search`` words to look for, ``contracts``
    the contracts that are sold from. ``ends_at`` is when it closes by itself.
    """

    id: str
    partner_id: str
    way: Literal["cxml", "oci"]
    operation: Literal["create", "edit", "inspect", "source"]
    state: Literal["asked", "shopping", "returned", "cancelled", "ordered", "closed"]
    test: bool
    user: str
    selected: str
    search: str
    contracts: tuple[str, ...]
    currency: str
    lines: tuple[ShopSessionLine, ...]
    total: Decimal | None
    started_at: datetime
    ends_at: datetime | None

    @classmethod
    def of(cls, visit: Visit) -> ShopSession:
        """A session of the store."""
        session, wish, total = visit.session, visit.wish, visit.total
        return cls(
            id=session.id,
            partner_id=session.partner_id,
            way=wish.way,
            operation=session.operation.value,
            state=session.state.value,
            test=wish.test,
            user=session.user,
            selected=wish.selected,
            search=wish.search,
            contracts=visit.contracts,
            currency=visit.currency,
            lines=tuple(map(ShopSessionLine.of, visit.lines)),
            total=total.amount if total else None,
            started_at=session.started_at,
            ends_at=session.ends_at,
        )


class FormField(BaseModel):
    """A hidden field of the form."""

    name: str
    value: str


class ShopForm(BaseModel):
    """A form to show and submit in the user's browser, field by field as it is."""

    action: str
    method: Literal["post"] = "post"
    target: str
    charset: str
    fields: tuple[FormField, ...]


class ShopWayBack(BaseModel):
    """How the browser gets back: lead it to ``redirect``, or show ``form``."""

    session: ShopSession
    redirect: str
    form: ShopForm

    @classmethod
    def of(cls, went: WentBack, shop_url: str) -> ShopWayBack:
        """The end of a session."""
        form = went.form
        rest = went.visit.base.removeprefix("/shop")
        return cls(
            session=ShopSession.of(went.visit),
            redirect=f"{shop_url}{rest}/return",
            form=ShopForm(
                action=form.action,
                target=form.target,
                charset=form.charset,
                fields=tuple(
                    FormField(name=name, value=value) for name, value in form.fields
                ),
            ),
        )
