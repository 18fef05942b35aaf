"""The way back to the buyer: the cart as the partner's system reads it, in a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.catalog.pin import CartPin
from gateway.cxml_punchout import oci_lines
from gateway.cxml_punchout.basket import HowBack, Visit
from gateway.cxml_punchout.cart import Cart, CartLine, fitted, order_message, unchanged
from gateway.cxml_punchout.credentials import Credential, Header
from gateway.cxml_punchout.dtds import Dtds
from gateway.cxml_punchout.envelope import NEWEST, Stamped, message, payload_id
from gateway.cxml_punchout.forms import CartField, ReturnForm, cart_form
from gateway.cxml_punchout.judge import judged_ours
from gateway.cxml_punchout.session import Operation
from gateway.cxml_punchout.shop import GoneBack, limits_of, pins
from gateway.cxml_punchout.status import TEXTS, Status
from gateway.cxml_punchout.wish import address_fault
from gateway.findings import Finding
from gateway.order.money import Money
from gateway.partner.cxml import CxmlIdentity

__all__ = ["Around", "Returned", "returned"]

_PAYLOAD = "PunchOutOrderMessage"
_NO_CURRENCY = "XXX"  # ISO 4217: no currency
"""What ISO 4217 has where no money is meant: a buyer without any contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """A visit that ends, and what its document is made with."""

    visit: Visit
    key: bytes = field(repr=False)
    host: str
    dtds: Dtds
    now: datetime
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """The form, the lines that went back in it, and what they promise.

    ``told`` is said of it in the event chain. A form that was made before comes alone.
    """

    form: ReturnForm
    lines: tuple[CartLine, ...] = ()
    pins: tuple[CartPin, ...] = ()
    told: Mapping[str, str] = field(default_factory=dict)


def returned(around: Around, how: HowBack) -> Returned | Finding:
    """The form that leads back, or why there is none.

    The address is held against the profile once more, as it is now.
    """
    visit = around.visit
    fault = address_fault(visit.wish.return_url, visit.profile, "session")
    if fault is not None:
        return fault
    if how == "empty" and visit.session.operation is not Operation.EDIT:
        what = "only a cart that is edited has lines that the buyer may delete"
        return Finding.of("CXM-201", what)
    if how == "cart" and not visit.going_back:
        return Finding.of("CXM-206", f"{len(visit.lines)} lines lie in the basket")
    if visit.wish.way == "oci":
        return _oci(around, how)
    return _cxml(around, how)


def _oci(around: Around, how: HowBack) -> Returned | Finding:
    visit = around.visit
    if how == "cancel":
        return Returned(form=oci_lines.oci_cancel(visit.wish.extra))
    its = oci_lines.Around(
        currency=visit.currency,
        form=visit.profile.oci,
        contract=visit.wish.contract,
        session=visit.id,
        user=visit.wish.user,
    )
    form, found = oci_lines.oci_return(visit.wish.extra, _lines(visit), its)
    left_out = {one.where.path for one in found if one.severity.value == "error"}
    kept = tuple(
        line
        for at, line in enumerate(_lines(visit), 1)
        if f"NEW_ITEM[{at}]" not in left_out
    )
    if not kept:
        return Finding.of("CXM-206", "the buyer's system would drop every line")
    return _made(around, form, kept, visit.total)


def _cxml(around: Around, how: HowBack) -> Returned | Finding:
    visit = around.visit
    agreed = visit.profile.punchout
    lines, _ = fitted(_lines(visit), limits_of(agreed))
    is_sourced = visit.session.operation is Operation.SOURCE
    cart = Cart(
        cookie=visit.wish.cookie,
        currency=visit.currency or _NO_CURRENCY,
        lines=lines if how == "cart" else (),
        operation_allowed=agreed.operation_allowed,
        quote_status=agreed.source_quote if is_sourced else "final",
        language=around.language,
    )
    status = None
    if how == "cancel":
        node, status = unchanged(cart), Status(code=204, text=TEXTS[204])
    else:
        node, _ = order_message(cart, limits_of(agreed))
    version = NEWEST if agreed.version == "1.2" else agreed.version
    stamped = Stamped(
        payload_id=payload_id(around.now, "po", visit.id, around.host),
        at=around.now,
        version=version,
        language=around.language,
    )
    header = _header(visit)
    document = message(node, header, stamped, status=status, test=visit.wish.test)
    faults = judged_ours(document, _PAYLOAD, version, around.dtds)
    if faults:
        return faults[0]
    form = cart_form(
        document,
        visit.wish.return_url,
        field=CartField(encoding=agreed.encoding, name=agreed.field),
        target=agreed.target,
    )
    if how == "cancel":
        return Returned(form=form)
    return _made(around, form, cart.lines, visit.total if cart.lines else None)


def _lines(visit: Visit) -> tuple[CartLine, ...]:
    return tuple(line.cart for line in visit.lines if isinstance(line.cart, CartLine))


def _made(
    around: Around, form: ReturnForm, lines: tuple[CartLine, ...], total: Money | None
) -> Returned:
    visit = around.visit
    cart = GoneBack(
        session_id=visit.id,
        key=around.key,
        at=around.now,
        total=total,
        test=visit.wish.test,
    )
    told = {"lines": str(len(lines))}
    if total is not None:
        told["total"] = str(total)
    promised = pins(visit.lines, lines, cart)
    return Returned(form=form, lines=lines, pins=promised, told=told)


def _header(visit: Visit) -> Header:
    """The answer to the request's parties: from whom it was for, to who sent it."""
    asked, profile = visit.wish.header, visit.profile
    us = asked.to or _names(profile.us.cxml)
    return Header(
        from_=us, to=asked.from_ or _names(profile.identities.cxml), sender=us[:1]
    )


def _names(known: tuple[CxmlIdentity, ...]) -> tuple[Credential, ...]:
    return tuple(Credential(domain=one.domain, identity=one.id) for one in known)
