"""The heading of a DESADV: what it is, when, for which orders, whose, and by whom."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gateway.catalog.units import meaning
from gateway.edi.edifact.writer import Row
from gateway.mappers.edifact_desadv.despatch import Despatch
from gateway.mappers.parts.edifact_codes import ROLE_CODES
from gateway.mappers.parts.edifact_fit import EdifactFit, day, row
from gateway.mappers.parts.edifact_party import nad_rows, numbered, order_references
from gateway.order.model import Order
from gateway.order.money import Quantity
from gateway.order.party import PartyRole
from gateway.order.ship import ShipNotice
from gateway.partner.profile import Profile

__all__ = ["NO_REFERENCE", "heading", "weight"]

NO_REFERENCE = "left out, the dialect has no such reference"
"""Said of a number that there is no code for."""

_MOST_ORDERS = 6
"""Orders named in the heading, which has ten RFF; every line names its own."""
_ROLES: Sequence[PartyRole] = (
    "buyer",
    "seller",
    "ship_to",
    "mark_for",
    "ship_from",
)
_GLN = "9"
_GLN_LIKE, _SCAC_LIKE = re.compile("[0-9]{13}"), re.compile("[A-Z]{2,4}")
_MAIN_CARRIAGE = "20"
"""8051."""


def heading(
    fit: EdifactFit,
    codes: Despatch,
    notice: ShipNotice,
    orders: Sequence[Order],
    profile: Profile | None,
) -> list[Row]:
    """BGM to SEL, in the order of every directory."""
    return [
        row(
            "BGM",
            "351",
            fit.id(notice.number, 35, "BGM-02"),
            codes.purposes[notice.purpose],
        ),
        *_days(notice),
        *_whole(fit, codes, notice),
        *_references(fit, codes, notice, orders),
        *_parties(fit, codes, notice, orders, profile),
        *_transport(fit, codes, notice),
    ]


def _days(notice: ShipNotice) -> Iterator[Row]:
    """DTM: 137 told, 11 despatched, 17 expected."""
    issued = notice.issued_at.date() if notice.issued_at else None
    for code, its in (
        ("137", issued),
        ("11", notice.ship_date),
        ("17", notice.expected_date),
    ):
        if its:
            yield row("DTM", (code, day(its), "102"))


def _whole(fit: EdifactFit, codes: Despatch, notice: ShipNotice) -> Iterator[Row]:
    if notice.gross_weight and codes.weighs:
        yield from weight(fit, "AAD", notice.gross_weight)


def weight(
    fit: EdifactFit, code: str, weighed: Quantity, *, tag: str = "MEA"
) -> Iterator[Row]:
    """MEA (6313), or with that ``tag`` CNT (6069); the unit is Recommendation 20's."""
    place = f"{tag}-{'03' if tag == 'MEA' else '01'}"
    unit = meaning(weighed.unit, "edifact")
    amount = fit.number(weighed.value, 18, place)
    if not unit:
        fit.cut(f"left out, {weighed.unit!r} is no unit", f"{weighed.value:f}", place)
    elif amount and tag == "CNT":
        yield row("CNT", (code, amount, unit))
    elif amount:
        yield row("MEA", "PD", code, (unit, amount))


def _references(
    fit: EdifactFit, codes: Despatch, notice: ShipNotice, orders: Sequence[Order]
) -> Iterator[Row]:
    """RFF: the orders, our number of the shipment, and the carrier's numbers."""
    if len(orders) == 1:
        yield from order_references(fit, orders[0], orders[0].sales_order_number)
    elif len(orders) <= _MOST_ORDERS:
        for order in orders:
            yield row("RFF", ("ON", fit.id(order.po_number, 35, "RFF-01")))
    for code, value in (
        (codes.note, notice.number),
        (codes.lading, notice.bill_of_lading),
        (codes.freight_bill, notice.pro_number),
        (codes.tracking, notice.tracking),
    ):
        number = fit.id(value, 35, "RFF-01")
        if number and code:
            yield row("RFF", (code, number))
        elif number:
            fit.cut(NO_REFERENCE, number, "RFF-01")


def _parties(
    fit: EdifactFit,
    codes: Despatch,
    notice: ShipNotice,
    orders: Sequence[Order],
    profile: Profile | None,
) -> Iterator[Row]:
    """NAD: as the shipment has them, else the orders, else by the profile's numbers."""
    ours = numbered(profile.us) if profile else None
    theirs = numbered(profile.identities) if profile else None
    known = {"buyer": theirs, "seller": ours, "ship_from": ours}
    own = {party.role: party for party in notice.parties}
    for role in _ROLES:
        named = (party for order in orders if (party := order.party(role)))
        party = own.get(role) or next(named, known.get(role))
        code = codes.ship_from if role == "ship_from" else ROLE_CODES[role]
        if party is not None:
            yield from nad_rows(fit, code, party)


def _transport(fit: EdifactFit, codes: Despatch, notice: ShipNotice) -> Iterator[Row]:
    """TDT: the carrier; the trailer in it, or in EQD with its seal."""
    number = fit.id(notice.carrier, 17, "TDT-05")
    name = fit.text(notice.carrier_name, 35, "TDT-05")
    agency = _agency(codes, number)
    equipped = codes.trailer != ""
    vehicle = "" if equipped else fit.id(notice.trailer, 9, "TDT-08")
    if number or name or vehicle:
        carrier = (number, "", agency, name)
        yield row("TDT", _MAIN_CARRIAGE, "", "", "", carrier, "", "", (vehicle,))
    seal = fit.id(notice.seal, 10, "SEL-01")
    if seal and not equipped:
        fit.cut("left out, the dialect has no seals", seal, "SEL-01")
    trailer = fit.id(notice.trailer, 17, "EQD-02") if equipped else ""
    if equipped and (trailer or seal):
        yield row("EQD", codes.trailer, trailer)
        yield from [row("SEL", seal)] if seal else []


def _agency(codes: Despatch, carrier: str) -> str:
    """Who gave the carrier its number (3055)."""
    if _GLN_LIKE.fullmatch(carrier):
        return _GLN
    return codes.scac if _SCAC_LIKE.fullmatch(carrier) else ""
