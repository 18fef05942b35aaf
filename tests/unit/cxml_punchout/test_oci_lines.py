"""A cart's lines in OCI's fields: whole prices, texts of the profile, what is usual."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.cxml_punchout.cart import CartLine, PriceBasis
from gateway.cxml_punchout.oci import CallUp, item_faults, kept_call_up
from gateway.cxml_punchout.oci_lines import (
    Around,
    oci_cancel,
    oci_item,
    oci_return,
    per_whole,
)
from gateway.order.item import Classification
from gateway.order.money import Money
from gateway.partner.oci import OciForm

AROUND = Around(currency="EUR", contract="K-7", session="ses_1", vendor="100044")
BOLT = CartLine(
    quantity=Decimal(12),
    sku="B-8",
    unit_price=Money(Decimal("2.50"), "EUR"),
    uom="EA",
    description="Hex bolt M8 x 40",
    classification=(Classification(code="31161600", scheme="UNSPSC"),),
    aux_id="ses_1-1-abc",
    line_no="1",
    mfr_part="M-8",
    buyer_part="4711",
    lead_time_days=3,
)


def dear(amount: str, basis: PriceBasis | None = None) -> CartLine:
    return replace(BOLT, unit_price=Money(Decimal(amount), "EUR"), basis=basis)


def basis(quantity: str, factor: str = "1") -> PriceBasis:
    return PriceBasis(quantity=Decimal(quantity), uom="EA", factor=Decimal(factor))


def test_a_line_has_its_fields():
    item = oci_item(BOLT, AROUND)
    assert (item.description, item.quantity, item.unit) == (
        "Hex bolt M8 x 40",
        Decimal(12),
        "EA",
    )
    assert (item.price, item.priceunit, item.currency) == (Decimal("2.5"), 1, "EUR")
    assert (item.vendormat, item.ext_product_id, item.vendor) == (
        "B-8",
        "B-8",
        "100044",
    )
    assert (item.ext_quote_id, item.ext_quote_item) == ("ses_1", "1")
    assert (item.matnr, item.longtext, item.leadtime) == ("", "", 3)
    assert not list(item_faults(item, 1, "iso8859-1"))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (dear("50.00", basis("5")), ("50", 5)),
        (dear("0.0125"), ("0.125", 10)),
        (dear("0.00001"), ("0.001", 100)),
        (dear("1", basis("3")), ("1", 3)),
        (dear("1", basis("0.5")), ("2", 1)),
        (dear("10", basis("100", "10")), ("10", 10)),
        (dear("0.25", basis("1", "12")), ("3", 1)),
    ],
)
def test_a_price_is_told_whole(line: CartLine, told: tuple[str, int]):
    price, unit = per_whole(line)
    assert (price, unit) == (Decimal(told[0]), told[1])


def test_a_price_that_no_price_unit_tells_drops_the_line():
    item = oci_item(dear("0.00000001"), AROUND)
    assert [one.code for one in item_faults(item, 1, "utf-8")] == ["OCI-005"]


def test_without_a_session_nothing_promises_the_price():
    item = oci_item(BOLT, replace(AROUND, session=""))
    assert (item.ext_quote_id, item.ext_quote_item) == ("", "")


def test_the_profile_fills_fields_with_facts_of_the_line():
    form = OciForm(
        fields={
            "VENDOR": "4242",
            "MATGROUP": "{unspsc}",
            "CUST_FIELD5": "{contract}/{sku}",
            "EXT_QUOTE_ID": "{mark}",
            "SERVICE": "X",
        }
    )
    item = oci_item(BOLT, replace(AROUND, form=form))
    assert (item.vendor, item.matgroup) == ("4242", "31161600")
    assert (item.cust_field5, item.ext_quote_id) == ("K-7/B-8", "ses_1-1-abc")
    assert item.service is True


def test_their_own_number_takes_the_place_of_the_description():
    form = OciForm(fields={"MATNR": "{buyer_part}"})
    assert oci_item(BOLT, replace(AROUND, form=form)).description == ""
    unknown = oci_item(replace(BOLT, buyer_part=""), replace(AROUND, form=form))
    assert (unknown.matnr, unknown.description) == ("", "Hex bolt M8 x 40")


def test_what_a_description_does_not_hold_stands_in_the_long_text():
    long = "Hex bolt, galvanised, of " + "very " * 6 + "good steel"
    assert oci_item(replace(BOLT, description=long), AROUND).longtext == long


def test_a_cart_goes_back_to_the_call_up_that_was_kept():
    kept = kept_call_up(CallUp(hook_url="https://srm.example/in?sid=1", vendor="42"))
    form, found = oci_return(kept, [BOLT, replace(BOLT, uom="BOXES")], AROUND)
    held = dict(form.fields)
    assert form.action == "https://srm.example/in"
    assert (held["sid"], held["NEW_ITEM-VENDOR[1]"]) == ("1", "42")
    assert [(one.code, str(one.where)) for one in found] == [("OCI-004", "NEW_ITEM[2]")]
    assert "NEW_ITEM-QUANTITY[2]" not in held
    assert not [name for name, _ in oci_cancel(kept).fields if "NEW_ITEM" in name]
