"""``simulate punchout``: a buyer in a box goes through our shop and orders its cart."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from enum import StrEnum
from typing import Annotated, Any

import typer

from gateway.bootstrap import Gateway
from gateway.catalog.offer import is_sold, least, usual_unit
from gateway.cli import logs, opened, say
from gateway.cli.browser import NoPage, Page
from gateway.cli.buyer import Broken, Buyer, Taken
from gateway.cli.demo_edifact import kind_of
from gateway.cli.look import tell_order, text_of
from gateway.cli.served import served
from gateway.cli.work import app_of
from gateway.cxml_punchout.cart import CartLine, line_amount
from gateway.cxml_punchout.platforms import PLATFORMS
from gateway.findings import Finding, Severity
from gateway.findings.render import as_json
from gateway.partner import Profile
from gateway.store import order_page, queries
from gateway.store.catalog_search import Shelf, items, listed
from gateway.store.rows import Answer, OrderDetail
from gateway.web.serve import serve

_PATIENCE_S = 20.0
_SHOWN = 30
"""Items that are looked through for one that is sold."""


class Way(StrEnum):
    """How the buyer calls up the shop."""

    CXML = "cxml"
    OCI = "oci"


class Operation(StrEnum):
    """What the buyer wants to do."""

    CREATE = "create"
    EDIT = "edit"
    INSPECT = "inspect"


class OnPlatform(StrEnum):
    """The platform that reads the cart."""

    ALL = "all"
    ARIBA = "ariba"
    COUPA = "coupa"
    JAGGAER = "jaggaer"
    ORACLE = "oracle"
    DYNAMICS = "dynamics"


def punchout(  # noqa: PLR0913, PLR0917  options
    url: Annotated[
        str | None,
        typer.Argument(
            help="The gateway, like https://edi.example.com; left out: this one, "
            "served to the buyer alone for as long as it takes."
        ),
    ] = None,
    partner: Annotated[str, typer.Option(help="The partner whose buyer it is.")] = "",
    way: Annotated[Way, typer.Option(help="How it calls up the shop.")] = Way.CXML,
    operation: Annotated[
        Operation, typer.Option(help="Of cXML; an earlier cart is made for the others.")
    ] = Operation.CREATE,
    item: Annotated[
        list[str] | None,
        typer.Option(help="SKU=QUANTITY, as often as wanted; else one that is sold."),
    ] = None,
    platform: Annotated[
        OnPlatform,
        typer.Option(
            help="Whose limits the cart is held against, if not the profile's."
        ),
    ] = OnPlatform.ALL,
    order: Annotated[
        bool, typer.Option("--order", help="Order the cart, as a test order.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Punch out as a partner's buyer would, and show what their system would get.

    It goes by the partner's profile: names, secret, addresses. Ends with 1 where the
    way breaks off, or the buyer's system would refuse a line.
    """
    if not partner:
        say.failed("say whose buyer it is: --partner ID")
    if way is Way.OCI and (order or operation is not Operation.CREATE):
        say.failed("OCI has no --operation, and its carts are ordered by EDI")
    at = opened.settings()
    if url is None:
        logs.only_errors()
        at = at.model_copy(update={"shop_url": "", "cxml_url": ""})
    with opened.gateway(at) as gateway:
        profile = _profile(gateway, partner)
        secret = _secret(gateway, profile, way)
        with nullcontext(url) if url else _own(gateway) as address:
            buyer = Buyer(profile, secret, address, now=gateway.clock(), test=True)
            visit = _Visit(gateway, buyer, profile, works=url is None)
            wanted = _wanted(item) or visit.anything()
            try:
                taken = visit.shop(way, operation, wanted, platform)
                told = visit.order(taken) if order else None
            except Broken as broken:
                say.broken(str(broken))
            except NoPage as problem:
                say.failed(str(problem))
    if json:
        say.as_json(_json(taken, told))
    else:
        _tell(taken, told)
    if any(one.severity in (Severity.ERROR, Severity.REJECT) for one in taken.findings):
        raise typer.Exit(say.FOUND)


def _profile(gateway: Gateway, partner: str) -> Profile:
    found = next((one for one in gateway.profiles if one.id == partner), None)
    if found is None:
        say.failed(f"no profile of {partner!r} is in force")
    return found


def _secret(gateway: Gateway, profile: Profile, way: Way) -> str:
    """What the partner shows at our door, as their profile refers to it."""
    login = profile.oci.login
    references = profile.cxml.secrets
    if way is Way.OCI:
        references = login.secrets if login else ()
    if not references:
        say.failed(f"{profile.id} has no secret for {way} in its profile")
    secret = gateway.engine.secrets.get(references[0])
    if isinstance(secret, Finding):
        say.refused([secret])
    return secret.text


@contextmanager
def _own(gateway: Gateway) -> Iterator[str]:
    """This gateway's doors on a port of this machine; nothing of it is delivered."""
    with served(
        lambda stop, told: serve(lambda: app_of(gateway), stop, started=told),
        threading.Event(),
    ) as address:
        yield address


def _wanted(given: list[str] | None) -> list[tuple[str, str]]:
    pairs = [one.rpartition("=") for one in given or ()]
    for sku, sign, quantity in pairs:
        if not (sku and sign and quantity):
            say.failed("write an item as SKU=QUANTITY, like --item BOLT-8=10")
    return [(sku, quantity) for sku, _, quantity in pairs]


class _Visit:
    """One buyer's way through the shop of a gateway."""

    def __init__(
        self, gateway: Gateway, buyer: Buyer, profile: Profile, *, works: bool
    ) -> None:
        """``works``: orders are processed here, since nobody else serves them."""
        self._gateway, self._buyer, self._profile = gateway, buyer, profile
        self._works = works

    def anything(self) -> list[tuple[str, str]]:
        """The least of the first item that this partner may buy."""
        day = self._gateway.clock().date()
        with self._gateway.db.read() as tx:
            shelf = Shelf.of(tx, self._profile.id, day)
            numbers, _ = listed(tx, shelf, 0, _SHOWN)
            offered = [one.item for one in items(tx, shelf, numbers)]
        for one in offered:
            if is_sold(one) and one.prices:
                return [(one.sku, f"{least(one, usual_unit(one)):f}")]
        say.failed(f"{self._profile.id} has no item to buy in its catalog")

    def shop(
        self,
        way: Way,
        operation: Operation,
        wanted: list[tuple[str, str]],
        platform: OnPlatform,
    ) -> Taken:
        """Fill a cart and take it back; then edit or inspect it, if that is asked."""
        buyer = self._buyer
        first = buyer.call_up() if way is Way.OCI else buyer.start(Operation.CREATE)
        taken = self._filled(first, wanted, platform)
        if operation is Operation.CREATE or taken.cart is None:
            return taken
        again = buyer.start(operation, taken.cart)
        how = "cancel" if operation is Operation.INSPECT else "cart"
        return self._read(buyer.go_back(again, how), platform)

    def _filled(
        self, page: Page, wanted: list[tuple[str, str]], platform: OnPlatform
    ) -> Taken:
        for sku, quantity in wanted:
            page = self._buyer.put(page, sku, quantity)
        return self._read(self._buyer.go_back(page), platform)

    def _read(self, page: Page, platform: OnPlatform) -> Taken:
        its = platform if platform in PLATFORMS else self._profile.punchout.platform
        chosen = [PLATFORMS[its]] if its in PLATFORMS else PLATFORMS.values()
        return self._buyer.taken(page, chosen)

    def order(self, taken: Taken) -> dict[str, Any]:
        """Order the cart; the Status, and what became of the order in this gateway."""
        if taken.cart is None or not taken.cart.lines:
            raise Broken("there is no cart of cXML to be ordered")
        number = f"SIM-{secrets.token_hex(4).upper()}"
        answer = self._buyer.order(taken.cart, number)
        status = answer.status
        told: dict[str, Any] = {
            "po_number": number,
            "status": status.code if status else 0,
            "text": status.text if status else "",
        }
        until = time.monotonic() + _PATIENCE_S
        while told["status"] == 200 and time.monotonic() < until:
            if self._works:
                self._gateway.engine.process()
            found = self._found(number)
            if found is not None:
                return told | {"order": found[0], "answers": found[1]}
            time.sleep(0.05)
        return told

    def _found(self, number: str) -> tuple[OrderDetail, list[Answer]] | None:
        db = self._gateway.db
        with db.read() as tx:
            rows = queries.orders(tx, partner=self._profile.id, po=number).items
            if not rows:
                return None
            detail = order_page.order(tx, rows[0].id)
            told = queries.answers(tx, db.payloads, order_id=rows[0].id)
        return (detail, list(told)) if detail else None


# What is told.


def _json(taken: Taken, order: dict[str, Any] | None) -> dict[str, Any]:
    cart = taken.cart
    lines: list[Any] = list(taken.lines.values())
    if cart is not None:
        lines = [
            {
                "sku": one.sku,
                "mark": one.aux_id,
                "quantity": f"{one.quantity:f}",
                "unit": one.uom,
                "price": f"{one.unit_price.amount:f}",
                "currency": one.unit_price.currency,
                "basis_qty": f"{one.basis.quantity:f}" if one.basis else "1",
                "description": one.description,
            }
            for one in cart.lines
        ]
    told: dict[str, Any] = {
        "returns_to": taken.form.action,
        "status": taken.status,
        "lines": lines,
        "total": str(cart.total) if cart and cart.total else None,
        "findings": [as_json(one) for one in taken.findings],
    }
    if order is not None:
        detail = order.get("order")
        told["order"] = {
            "po_number": order["po_number"],
            "status": order["status"],
            "id": detail.order.id if detail else None,
            "state": detail.order.state if detail else None,
            "answers": [one.message.type for one in order.get("answers", ())],
        }
    return told


def _tell(taken: Taken, order: dict[str, Any] | None) -> None:
    tell_taken(taken)
    if order is None:
        return
    say.line(f"PO {order['po_number']}: Status {order['status']} {order['text']}")
    if "order" in order:
        tell_order(order["order"])
    for answer in order.get("answers", ()):
        say.line(f"--- {kind_of(answer)}")
        say.line(text_of(answer.content))


def tell_taken(taken: Taken) -> None:
    """The cart as the buyer's system gets it, and what it would do to it."""
    say.line(f"The form goes to {taken.form.action}, Status {taken.status}")
    if taken.cart is not None:
        say.table(
            ("line", "item", "quantity", "price", "amount", "mark"),
            (
                (
                    one.line_no or n,
                    one.sku,
                    f"{one.quantity:f} {one.uom}",
                    f"{one.unit_price}{_per(one)}",
                    line_amount(one),
                    one.aux_id,
                )
                for n, one in enumerate(taken.cart.lines, 1)
            ),
        )
        if taken.cart.total is not None:
            say.line(f"Total {taken.cart.total}")
    for n, held in sorted(taken.lines.items()):
        say.line(f"{n}  " + "  ".join(f"{k}={v}" for k, v in held.items()))
    say.findings(taken.findings)


def _per(line: CartLine) -> str:
    basis = line.basis
    return f" per {basis.quantity:f} {basis.uom}" if basis else ""
