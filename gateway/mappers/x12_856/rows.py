"""The segments below the levels of an 856: load, carrier, references, items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from gateway.edi.x12.writer import Row
from gateway.mappers.parts.fit import Fit, day, row
from gateway.mappers.parts.pairs import fitting, pairs_of, pairs_sent
from gateway.mappers.parts.x12_party import party
from gateway.order.model import Order, OrderLine
from gateway.order.ship import Package, ShipNotice, ShippedLine
from gateway.partner.profile import Profile

_PACKING = {"pallet": "PLT", "carton": "CTN"}
"""TD1-01 (DE 103)."""
_STATUS = {"complete": "CC", "partial": "PR", "backordered": "BP", "closed": "CP"}
"""TD5-06 (DE 368)."""
_SERIALS = 200
"""Serial numbers written of one item level."""


def load_rows(fit: Fit, notice: ShipNotice) -> Iterator[Row]:
    """TD1: how many pallets and cartons, and the weight of all at the first."""
    weight, unit = _weight(fit, notice)
    counts = Counter(one.level for one in notice.packages)
    told = [(_PACKING[level], str(counts[level])) for level in counts]
    for packing, count in told or ([("", "")] if weight else []):
        heavy = ("G", weight, unit) if weight else ("", "", "")
        yield row("TD1", packing, count, "", "", "", *heavy)
        weight = ""


def _weight(fit: Fit, notice: ShipNotice) -> tuple[str, str]:
    """The gross weight with its unit: both or none (X12 TD1 P0708)."""
    gross = notice.gross_weight
    if gross is None:
        return "", ""
    unit = fit.id(gross.unit, 2, "TD1-08", 2)
    weight = fit.number(gross.value, 10, "TD1-07")
    if weight and not unit:
        fit.cut("left out, it has no unit", weight, "TD1-07")
    return (weight, unit) if weight and unit else ("", "")


def carrier_rows(fit: Fit, notice: ShipNotice) -> Iterator[Row]:
    """TD5: the carrier and what is to come; TD3: the trailer and its seal."""
    scac = fit.id(notice.carrier, 80, "TD5-03", 2)
    name = fit.text(notice.carrier_name, 35, "TD5-05")
    status = _STATUS.get(notice.status, "")
    if scac or name or status:
        known = ("2", scac) if scac else ("", "")
        yield row("TD5", "", *known, "", name, status)
    trailer = fit.id(notice.trailer, 10, "TD3-03")
    seal = fit.id(notice.seal, 15, "TD3-09", 2)
    if trailer or seal:
        yield row("TD3", "TL", "", trailer, "", "", "", "", "", seal)


def reference_rows(fit: Fit, notice: ShipNotice) -> Iterator[Row]:
    """REF: bill of lading, the carrier's freight bill and tracking number."""
    for code, value in (
        ("BM", notice.bill_of_lading),
        ("CN", notice.pro_number),
        ("2I", notice.tracking),
    ):
        if number := fit.reference(value, "REF-02"):
            yield ("REF", code, number)
    for reference in notice.references:
        number = fit.reference(reference.value, "REF-02")
        code = fit.id(reference.kind, 3, "REF-01", 2)
        if number and code:
            yield ("REF", code, number)


def date_rows(notice: ShipNotice) -> Iterator[Row]:
    """DTM: shipped, and expected to arrive."""
    if notice.ship_date:
        yield ("DTM", "011", day(notice.ship_date))
    if notice.expected_date:
        yield ("DTM", "017", day(notice.expected_date))


def party_rows(
    fit: Fit, notice: ShipNotice, orders: Sequence[Order], profile: Profile | None
) -> Iterator[Row]:
    """N1: where it goes, as the order has it, and where it comes from."""
    own = {party.role: party for party in notice.parties}
    goes = own.get("ship_to") or next(
        (place for order in orders if (place := order.party("ship_to"))), None
    )
    if goes is not None:
        yield from party(fit, "ST", goes)
    from_ = own.get("ship_from")
    if from_ is not None:
        yield from party(fit, "SF", from_)
    elif profile and profile.us.gln:
        yield ("N1", "SF", "", "UL", profile.us.gln)
    elif profile and profile.us.duns:
        yield ("N1", "SF", "", "1", profile.us.duns)


def order_rows(fit: Fit, order: Order) -> Iterator[Row]:
    """PRF, and the references that the buyer finds the order by."""
    yield row(
        "PRF",
        fit.text(order.po_number, 22, "PRF-01"),
        fit.id(order.release_number, 30, "PRF-02"),
        "",
        day(order.issue_date),
    )
    for kind, code in (("vendor_number", "IA"), ("department", "DP")):
        for reference in order.references:
            if reference.kind == kind:
                number = fit.reference(reference.value, "REF-02")
                yield from [("REF", code, number)] if number else []


def marks(fit: Fit, package: Package, profile: Profile | None) -> Iterator[Row]:
    """MAN: the SSCC in the partner's form, then the carrier's number."""
    if package.sscc:
        form = profile.ship_notice.sscc if profile else "gm20"
        code = "AA" if form == "aa18" else "GM"
        yield ("MAN", code, f"00{package.sscc}" if form == "gm20" else package.sscc)
    if number := fit.id(package.tracking, 48, "MAN-02"):
        yield ("MAN", "CP", number)


def item_rows(
    fit: Fit, lines: Sequence[ShippedLine], told: Decimal, sent: OrderLine | None
) -> Iterator[Row]:
    """LIN as ordered, SN1, lot and serial numbers, the day it expires."""
    line = lines[0]
    number = fit.id(line.line_no, 20, "LIN-01")
    same = sent is not None and line.item == sent.item
    pairs = (pairs_sent(sent) if sent and same else ()) or pairs_of(line.item)
    elements = fitting(fit, pairs, "LIN-03")
    if elements:
        yield row("LIN", number, *elements)
    unit = fit.id(line.uom, 2, "SN1-03", 2)
    ordered = "" if line.ordered is None else fit.number(line.ordered, 9, "SN1-05")
    yield row(
        "SN1",
        number,
        fit.number(told, 10, "SN1-02"),
        unit,
        "",
        ordered,
        unit if ordered else "",
    )
    if lot := fit.reference(line.lot, "REF-02"):
        yield ("REF", "LT", lot)
    serials = [one for each in lines for one in each.serials][:_SERIALS]
    for one in serials:
        if serial := fit.reference(one, "REF-02"):
            yield ("REF", "SE", serial)
    if line.expires:
        yield ("DTM", "036", day(line.expires))
