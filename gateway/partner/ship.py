"""What a partner wants of our ship notices: their form, and what must be in them."""

from __future__ import annotations

from typing import Literal

from gateway.partner.scalars import Amount, Form

__all__ = ["ShipDetail", "ShipNotices"]

ShipDetail = Literal[
    "packages",
    "carrier",
    "tracking",
    "package_tracking",
    "bill_of_lading",
    "pro_number",
    "trailer",
    "seal",
    "weight",
    "expected_date",
    "lot",
    "expires",
]


class ShipNotices(Form):
    """How ship notices (856) to a partner look, and what is held against them."""

    structure: Literal["pick_and_pack", "standard_pack", "flat"] = "pick_and_pack"
    """Order of the levels (BSN05): shipment, order, package, item (0001); shipment,
    order, item, package (0002); or shipment, order, item (0004)."""
    pallets: Literal["shown", "left_out"] = "shown"
    """Whether pallets have a level of their own (HL03 T) above the cartons."""
    sscc: Literal["gm20", "gm18", "aa18"] = "gm20"
    """How an SSCC is written (MAN01, MAN02): GM with 20 digits, the application
    identifier 00 in front; GM with 18; or AA with 18."""
    children: Literal["told", "left_out"] = "told"
    """Whether HL04 says that a level has others below it."""
    count: Literal["levels", "lines"] = "levels"
    """What CTT01 counts: all HL, or the lines (SN1)."""
    over_ship_pct: Amount | None = None
    """Percent above what was confirmed that may be shipped; left out: none."""
    require: tuple[ShipDetail, ...] = ()
    """What a shipment must have, or it is refused before anything is sent."""
