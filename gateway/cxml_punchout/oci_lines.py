"""A cart's lines in OCI's fields, as the partner's profile fills them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from gateway.cxml_punchout.cart import CartLine
from gateway.cxml_punchout.forms import ReturnForm
from gateway.cxml_punchout.oci import (
    FIELDS,
    OciItem,
    cancel_form,
    read_kept,
    return_form,
)
from gateway.findings import Finding
from gateway.partner.oci import OciForm

__all__ = ["Around", "oci_cancel", "oci_item", "oci_return", "per_whole"]

_DECIMALS = 3
"""Decimals of PRICE."""
_PRICE_UNITS = (1, 10, 100, 1_000, 10_000)
_FACT = re.compile(r"\{([a-z_]+)\}")
_DESCRIPTION = FIELDS["description"]
_USUAL = {
    "VENDORMAT": "{sku}",
    "MANUFACTMAT": "{mfr_part}",
    "VENDOR": "{vendor}",
}
"""What a field holds where the profile says nothing of it."""
_PROMISES = {"EXT_QUOTE_ID": "{session}", "EXT_QUOTE_ITEM": "{line}"}
"""The same, in a session: an order that names them has the prices of its cart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a line's fields may name that is not of the line, and the profile's texts.

    ``vendor`` is our number in the buyer's system as the call-up says it. The session
    is empty where there is none: then nothing promises the price.
    """

    currency: str
    form: OciForm = field(default_factory=OciForm)
    contract: str = ""
    session: str = ""
    user: str = ""
    vendor: str = ""


def oci_return(
    kept: str, lines: Iterable[CartLine], around: Around
) -> tuple[ReturnForm, tuple[Finding, ...]]:
    """The form that takes a cart to the call-up that was kept, and what was found.

    Lines that the buyer's system would drop are left out of it: show which.
    """
    call = read_kept(kept)
    around = replace(around, vendor=call.vendor)
    return return_form(call, (oci_item(line, around) for line in lines))


def oci_cancel(kept: str) -> ReturnForm:
    """The form of somebody who brings nothing back."""
    return cancel_form(read_kept(kept))


def oci_item(line: CartLine, around: Around) -> OciItem:
    """The line in OCI's fields. Its price is told whole, for as many units as it takes.

    A price of more than three decimals goes with a higher PRICEUNIT; where none tells
    it, it stays what it is, and the line is one that the buyer's system drops. A text
    over the length of DESCRIPTION stands in LONGTEXT as well.
    """
    price, priceunit = per_whole(line)
    filled = _filled(line, around)
    description = filled.pop("description", line.short_name or line.description)
    told = "" if filled.get("matnr") else description
    is_long = len(line.description) > _DESCRIPTION or line.description != description
    item = OciItem(
        quantity=line.quantity,
        description=told,
        unit=line.uom,
        price=price,
        currency=line.unit_price.currency or around.currency,
        priceunit=priceunit,
        leadtime=line.lead_time_days,
        longtext=line.description if is_long else "",
        ext_product_id=line.sku,
        attachment=line.url,
        service=filled.pop("service", "") == "X",
    )
    return replace(item, **filled)  # type: ignore[arg-type]  # texts, by their names


def per_whole(line: CartLine) -> tuple[Decimal, int]:
    """The exact price, and for how many of the line's unit it is (PRICE, PRICEUNIT).

    The price's own basis goes first where it is a whole number of that unit.
    """
    basis = line.basis
    exact = Fraction(line.unit_price.amount)
    tried = list(_PRICE_UNITS)
    if basis is not None:
        exact = exact * Fraction(basis.factor) / Fraction(basis.quantity)
        own = basis.quantity / basis.factor
        if own == int(own) and 1 <= own <= 99_999:
            tried.insert(0, int(own))
    for count in tried:
        scaled = exact * count * 10**_DECIMALS
        if scaled.denominator == 1:
            return Decimal(scaled.numerator).scaleb(-_DECIMALS).normalize(), count
    return Decimal(exact.numerator) / Decimal(exact.denominator), 1


def _filled(line: CartLine, around: Around) -> dict[str, str]:
    """The fields that a text of the profile, or the usual one, gives."""
    facts = _facts(line, around)
    in_a_session = _PROMISES if around.session else {}
    texts: dict[str, str] = {**_USUAL, **in_a_session}
    texts.update(around.form.fields.items())
    made = {name.lower(): _told(text, facts) for name, text in texts.items()}
    return {name: text for name, text in made.items() if text}


def _told(text: str, facts: Mapping[str, str]) -> str:
    return _FACT.sub(lambda found: facts[found[1]], text).strip()


def _facts(line: CartLine, around: Around) -> Mapping[str, str]:
    unspsc = (one.code for one in line.classification if one.scheme == "UNSPSC")
    return {
        "sku": line.sku,
        "description": line.description,
        "buyer_part": line.buyer_part,
        "mfr": line.mfr,
        "mfr_part": line.mfr_part,
        "unspsc": next(unspsc, ""),
        "unit": line.uom,
        "contract": around.contract,
        "session": around.session,
        "line": line.line_no,
        "mark": line.aux_id,
        "user": around.user,
        "vendor": around.vendor,
    }
