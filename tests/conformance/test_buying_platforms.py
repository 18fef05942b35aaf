"""Each starter on a platform: its cart comes back as an order at the cart's prices.

With the published DTDs at hand every cart and confirmation is held against its version.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.catalog.importing import read_csv
from gateway.cxml_punchout.basket import BasketLine, Visit, Wish
from gateway.cxml_punchout.buying import Ordering, order_request
from gateway.cxml_punchout.cart import Cart
from gateway.cxml_punchout.cart_read import read_cart
from gateway.cxml_punchout.contact import PartyContact
from gateway.cxml_punchout.credentials import Credential, Header
from gateway.cxml_punchout.document import Document, read_document
from gateway.cxml_punchout.envelope import Stamped, request
from gateway.cxml_punchout.forms import ReturnForm, read_form
from gateway.cxml_punchout.judge import judged_ours
from gateway.cxml_punchout.oci import CallUp, kept_call_up, read_call_up
from gateway.cxml_punchout.oci_read import form_faults, read_items
from gateway.cxml_punchout.platforms import PLATFORMS, cart_faults
from gateway.engine.punchout import Opened
from gateway.engine.punchout_return import Returned
from gateway.findings import Finding, Findings
from gateway.partner import Profile
from gateway.safexml.markup import element
from gateway.store import catalog
from gateway.store.tables import orders, punchout_session
from tests.conformance.corpus import SHARED
from tests.starters import FOLDER, starter_prices, starter_profile
from tests.unit.engine.starter_house import Door, House, house
from tests.unit.pipeline.parts import NOW

__all__ = ["house"]

STARTERS = ("aldersey-power", "brightwell-hotels", "carrow-university", "dunmore-rail")
PUBLISHED = SHARED / "reference" / "cxml"
SRM = "elbtal-chemie"
CONFIRMATION = "cxml_confirmation_request"
LOSES_MARKS = "dunmore-rail"
"""Its guide says that some versions do."""


@pytest.fixture(autouse=True)
def held(tmp_path: Path) -> None:
    """The published DTDs, where they are at hand."""
    for version in ("1.2.014", "1.2.036", "1.2.050", "1.2.071"):
        if (PUBLISHED / version).is_dir():
            shutil.copytree(PUBLISHED / version, tmp_path / "cxml" / version)


def everything(name: str) -> Iterator[BasketLine]:
    """Each item of the catalog, as few as may be ordered."""
    items = {
        one.sku: one for found in starter_prices(name).items.values() for one in found
    }
    for sku, item in sorted(items.items()):
        yield BasketLine(
            n=0, sku=sku, quantity=max(Decimal(2), item.min_qty or Decimal(0))
        )


def returned(
    its: House, profile: Profile, way: str = "cxml", extra: str = ""
) -> Returned:
    """A session with everything in its cart, and the way back."""
    shop = its.gateway.engine.punchout
    wish = Wish(
        way="oci" if way == "oci" else "cxml",
        user="ann",
        return_url=f"{profile.punchout.return_to[0]}/back",
        cookie=element("BuyerCookie", "34"),
        extra=extra,
    )
    opened = shop.enter(profile, wish, NOW, {})
    assert isinstance(opened, Opened), opened
    visit = shop.find(opened.session_id, NOW)
    assert isinstance(visit, Visit)
    filled = shop.change(visit, lambda held: everything(profile.id), NOW)
    assert isinstance(filled, Visit), filled
    back = shop.give_back(filled, "cart", NOW)
    assert isinstance(back, Returned), back
    return back


def carried(form: ReturnForm) -> Cart:
    """The cart as the buyer's system reads it."""
    ((name, value),) = form.fields
    coded = value.replace("%", "%25").replace("&", "%26").replace("+", "%2B")
    data = read_form(f"{name}={coded}")
    assert not isinstance(data, Finding)
    read = read_document(data.encode() if isinstance(data, str) else data)
    assert isinstance(read, Document)
    assert read.body is not None
    return read_cart(read.body, Findings())


def dearer(its: House, name: str) -> None:
    """A new price list: everything costs ten times as much."""
    text = (FOLDER / name / "catalog.csv").read_text("utf-8")
    old = read_csv(text, "catalog.csv", partner_id=name)
    items = tuple(
        replace(
            one,
            prices=tuple(replace(each, amount=each.amount * 10) for each in one.prices),
        )
        for one in old.items
    )
    catalog.save(its.gateway.db, name, replace(old, items=items), NOW)


def ordered(profile: Profile, cart: Cart) -> bytes:
    """The order of the cart, in the partner's own names."""
    place = profile.locations[0]
    ship_to = PartyContact(
        role="shipTo", name=place.name, address_id=place.id, country="US"
    )
    node = order_request(
        cart, Ordering(order_id="PO-1", ordered_at=NOW, ship_to=ship_to)
    )

    def names(known: tuple[object, ...]) -> tuple[Credential, ...]:
        return tuple(
            Credential(domain=one.domain, identity=one.id)  # type: ignore[attr-defined]  # names
            for one in known
        )

    header = Header(
        from_=names(profile.identities.cxml),
        to=names(profile.us.cxml),
        sender=names(profile.cxml.sender),
        user_agent="Buyer 1",
    )
    stamped = Stamped(payload_id="order-1@buyer.example", at=NOW)
    return request(node, header, stamped)


def booked(its: House) -> list[tuple[str, str]]:
    """The state of each order, and of the session that it came from."""
    with its.gateway.db.read() as tx:
        state = tx.execute(sa.select(punchout_session.c.state)).scalar_one()
        return [(one, state) for one in tx.execute(sa.select(orders.c.state)).scalars()]


@pytest.mark.parametrize("name", STARTERS)
def test_a_cart_keeps_within_what_the_platform_keeps(house: Door, name: str):
    its, profile = house(name), starter_profile(name)

    cart = carried(returned(its, profile).form)

    agreed = profile.punchout
    units = set(agreed.units.values())
    faults = cart_faults(cart, [PLATFORMS[agreed.platform]], units)
    assert [one.what for one in faults] == []
    assert len(cart.lines) == len({one.sku for one in everything(name)})
    assert cart.operation_allowed == profile.punchout.operation_allowed


@pytest.mark.parametrize("name", STARTERS)
def test_the_order_of_the_cart_is_confirmed_at_its_prices(house: Door, name: str):
    its, profile = house(name), starter_profile(name)
    cart = carried(returned(its, profile).form)
    dearer(its, name)
    if name == LOSES_MARKS:
        cart = replace(cart, lines=tuple(replace(one, aux_id="") for one in cart.lines))

    (receipt,) = its.take(ordered(profile, cart))

    (answer,) = its.answers(receipt, CONFIRMATION)
    version = next(one.version for one in profile.sends if one.message == CONFIRMATION)
    dtds = its.gateway.engine.rules.dtds
    assert judged_ours(answer, "ConfirmationRequest", version, dtds) == ()
    assert booked(its) == [("confirmed", "ordered")]
    assert set(its.codes(receipt)) == {"CAT-361"} | (
        {"CXM-021"} & set(its.codes(receipt))
    )


def by_edifact(lines: Mapping[int, Mapping[str, str]]) -> bytes:
    """Elbtal's order of a cart of OCI: each line names its session in RFF AAG."""
    body = [
        segment
        for n, one in lines.items()
        for segment in (
            f"LIN+{n}++{one['VENDORMAT']}:SA'",
            f"QTY+21:{one['QUANTITY']}:{one['UNIT']}'",
            f"PRI+AAA:{one['PRICE']}:::{one.get('PRICEUNIT', '1')}:{one['UNIT']}'",
            f"RFF+AAG:{one['EXT_QUOTE_ID']}:{one['EXT_QUOTE_ITEM']}'",
        )
    ]
    small = (FOLDER / SRM / "samples" / "good-small.edi").read_text("utf-8")
    head, tail = small.split("LIN+", 1)[0], small[small.index("UNS+S") :]
    count = len(body) + head.count("'\n") + tail.count("'\n") - 3
    tail = tail.replace("CNT+2:2", f"CNT+2:{len(lines)}")
    tail = re.sub(r"UNT\+\d+", f"UNT+{count}", tail)
    return (head + "\n".join(body) + "\n" + tail).encode()


def test_a_cart_of_oci_is_ordered_by_edifact_at_its_prices(house: Door):
    """Each line names session and line of the cart, RFF AAG with 1156."""
    its, profile = house(SRM), starter_profile(SRM)
    asked = {"HOOK_URL": f"{profile.punchout.return_to[0]}/hook?s=1"}
    call = read_call_up(asked.items())
    assert isinstance(call, CallUp)
    form = returned(its, profile, "oci", kept_call_up(call)).form
    lines = read_items(form.fields)
    dearer(its, SRM)

    (receipt,) = its.take(by_edifact(lines))

    assert list(form_faults(lines)) == []
    assert booked(its) == [("confirmed", "ordered")]
    assert set(its.codes(receipt)) == {"CAT-361"}
