"""Labels of packages: GS1-128 with the SSCC, as PDF, one page a package."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reportlab.graphics.barcode.code128 import Code128
from reportlab.pdfgen.canvas import Canvas

from gateway.order.model import Order
from gateway.order.party import Party
from gateway.order.ship import Package, ShipNotice, ShippedLine, contents

__all__ = ["Shipment", "pdf"]

_INCH = 72.0
_WIDTH, _HEIGHT = 4 * _INCH, 6 * _INCH
_EDGE = 12.0
_MODULE = 1.404
"""The width of the narrowest bar, in points: 0.495 mm (GS1, logistics labels)."""
_BARS = 91.0
"""The height of the bars, in points: 32 mm."""
_FNC1 = "\xf1"
_SMALL, _PLAIN, _LARGE = 7.0, 9.0, 12.0
_MOST_LINES = 8
_LONGEST = 46


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """A shipment with its orders by id, and what we are called on the label."""

    notice: ShipNotice
    orders: Mapping[str, Order]
    sender: str = ""


def pdf(shipments: Iterable[Shipment]) -> bytes:
    """A page of 4 by 6 inches for every package that has an SSCC.

    The same shipments give the same bytes. What Latin-1 lacks is written as ``?``.
    """
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(_WIDTH, _HEIGHT), invariant=1)
    canvas.setTitle("Labels")
    for shipment in shipments:
        held = contents(shipment.notice)
        packages = [one for one in shipment.notice.packages if one.sscc]
        for package in packages:
            _page(canvas, shipment, package, held[package.number])
            canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _page(
    canvas: Canvas,
    shipment: Shipment,
    package: Package,
    lines: Sequence[ShippedLine],
) -> None:
    pen = _Pen(canvas)
    notice = shipment.notice
    pen.block("FROM", shipment.sender)
    pen.block("TO", *_address(_goes_to(shipment)))
    pen.rule()
    pen.block("CARRIER", f"{notice.carrier} {notice.carrier_name}".strip())
    pen.block("BILL OF LADING", notice.bill_of_lading)
    numbers = dict.fromkeys(line.po_number for line in lines)
    pen.block("PURCHASE ORDER", ", ".join(numbers))
    pen.rule()
    alike = [one for one in notice.packages if one.level == package.level]
    place = [one.number for one in alike].index(package.number) + 1
    pen.text(f"{package.level.upper()} {place} OF {len(alike)}", _LARGE)
    for said in _contents(lines):
        pen.text(said, _SMALL)
    _bars(canvas, package.sscc)


def _goes_to(shipment: Shipment) -> Party | None:
    for party in shipment.notice.parties:
        if party.role == "ship_to":
            return party
    places = (order.party("ship_to") for order in shipment.orders.values())
    return next(filter(None, places), None)


def _address(party: Party | None) -> list[str]:
    if party is None:
        return []
    at = party.address
    city = f"{at.city} {at.region} {at.postal_code} {at.country}" if at else ""
    every = (party.name, *(at.lines if at else ()), " ".join(city.split()), party.id)
    return [each for each in every if each][:5]


def _contents(lines: Iterable[ShippedLine]) -> list[str]:
    """What is inside, item by item; of many items only how many there are."""
    counts: dict[tuple[str, str], Decimal] = {}
    for line in lines:
        item = line.item
        name = item.buyer_part or item.supplier_sku or item.gtin or line.line_no
        key = (name, line.uom)
        counts[key] = counts.get(key, Decimal(0)) + line.quantity
    told = [f"{count:f} {uom}  {name}" for (name, uom), count in counts.items()]
    if len(told) <= _MOST_LINES:
        return told
    return [*told[: _MOST_LINES - 1], f"and {len(told) - _MOST_LINES + 1} items more"]


def _bars(canvas: Canvas, sscc: str) -> None:
    """The SSCC behind its application identifier, for people above the bars."""
    canvas.setFont("Helvetica", _LARGE)
    canvas.drawCentredString(_WIDTH / 2, _EDGE + _BARS + 8, f"(00) {sscc}")
    bars = Code128(
        f"{_FNC1}00{sscc}", barWidth=_MODULE, barHeight=_BARS, quiet=0, humanReadable=0
    )
    bars.drawOn(canvas, (_WIDTH - bars.width) / 2, _EDGE)


class _Pen:
    """Writes down the page, a line below the other."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._y = _HEIGHT - _EDGE

    def block(self, head: str, *lines: str) -> None:
        """What the lines are, and the lines; nothing without any."""
        told = [line for line in lines if line]
        if told:
            self._line(head, "Helvetica-Bold", _SMALL)
        for line in told:
            self.text(line)

    def text(self, text: str, size: float = _PLAIN) -> None:
        """A line, cut to what fits."""
        if text:
            self._line(text, "Helvetica", size)

    def rule(self) -> None:
        """A line across the page."""
        self._y -= 4
        self._canvas.line(_EDGE, self._y, _WIDTH - _EDGE, self._y)

    def _line(self, text: str, font: str, size: float) -> None:
        self._y -= size + 2
        self._canvas.setFont(font, size)
        plain = text[:_LONGEST].encode("latin-1", "replace").decode("latin-1")
        self._canvas.drawString(_EDGE, self._y, plain)
