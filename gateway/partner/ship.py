"""What a partner wants of our ship notices: their form, and what must be in them."""

from __future__ import annotations

from typing import Literal

from gateway.partner.scalars import Amount, Form, PackageType

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
    """How ship notices (856, DESADV) look, and what speaks against a shipment."""

    structure: Literal["pick_and_pack", "standard_pack", "flat"] = "pick_and_pack"
    """Order of the levels (BSN05): shipment, order, package, item (0001); shipment,
    order, item, package (0002); or shipment, order, item (0004). A DESADV has a CPS for
    each package; the packages of each LIN; or neither."""
    pallets: Literal["shown", "left_out"] = "shown"
    """Whether pallets have a level of their own (HL03 T, CPS) above the cartons."""
    sscc: Literal["gm20", "gm18", "aa18"] = "gm20"
    """How an SSCC is written in an 856 (MAN01, MAN02): GM with 20 digits, the
    application identifier 00 in front; GM with 18; or AA with 18."""
    children: Literal["told", "left_out"] = "told"
    """Whether HL04 says that a level has others below it."""
    count: Literal["levels", "lines"] = "levels"
    """What CTT01 counts: all HL, or the lines (SN1)."""
    pallet_type: PackageType | None = None
    """What a pallet is in a DESADV (7065), such as 201 for a Euro pallet; left out: PX,
    in EANCOM 201."""
    carton_type: PackageType | None = None
    """What a carton is in a DESADV (7065); left out: CT, in EANCOM from 97 on PK."""
    over_ship_pct: Amount | None = None
    """Percent above what was confirmed that may be shipped; left out: none."""
    require: tuple[ShipDetail, ...] = ()
    """What a shipment must have, or it is refused before anything is sent."""
