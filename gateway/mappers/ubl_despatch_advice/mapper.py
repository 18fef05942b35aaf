"""UBL DespatchAdvice (Peppol T16): what left, and what of each order is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.catalog.units import meaning
from gateway.findings import Finding, Where
from gateway.mappers.parts.ubl_written import Ordered, address, party
from gateway.mappers.ubl_draft import Envelope, UblDraft, peppol
from gateway.order.model import Order
from gateway.order.party import Party, PartyRole
from gateway.order.ship import Package, ShipNotice, ShippedLine
from gateway.partner.profile import Profile
from gateway.safexml.markup import Content, Node
from gateway.ubl.writing import cac, cbc, day, measure

__all__ = ["KIND", "from_notice"]

KIND = "ubl_despatch_advice"
_TYPES: Mapping[str, str] = {"pallet": "PX", "carton": "CT"}
"""TransportHandlingUnitTypeCode (UN/ECE Rec 21)."""


def from_notice(
    notice: ShipNotice,
    orders: Mapping[str, Order],
    envelope: Envelope,
    profile: Profile | None,
) -> UblDraft:
    """The advice without its time; ``orders`` are those of its lines by their ids.

    UBL cannot take an advice back: that a shipment does not come, people have to tell
    (MAP-014).
    """
    findings: tuple[Finding, ...] = ()
    if notice.purpose == "cancel":
        what = "UBL cannot cancel a despatch advice: tell the buyer"
        where = Where(path="DespatchAdvice")
        findings = (Finding.of("MAP-014", what, where, notice.number),)
    payload = _Advice(notice, orders, envelope, Ordered(orders))
    return UblDraft(kind=KIND, envelope=envelope, payload=payload, findings=findings)


@dataclass(frozen=True, slots=True)
class _Advice:
    """The advice, which is dated when it leaves."""

    notice: ShipNotice
    orders: Mapping[str, Order]
    envelope: Envelope
    ordered: Ordered

    @property
    def name(self) -> str:
        """The name of the root."""
        return "DespatchAdvice"

    def content(self, now: datetime) -> Content:
        """What stands in the root."""
        notice, first = self.notice, next(iter(self.orders.values()))
        texts = [note.text for note in notice.notes]
        return (
            *self._rules(),
            cbc("ID", notice.number),
            day("IssueDate", now.date()),
            cbc("IssueTime", f"{now:%H:%M:%S}"),
            cbc("Note", " ".join(texts)),
            cac("OrderReference", cbc("ID", first.po_number))
            if len(self.orders) == 1
            else None,
            party("DespatchSupplierParty", self._party("seller"), self.envelope.sender),
            party(
                "DeliveryCustomerParty", self._party("buyer"), self.envelope.receiver
            ),
            self._shipment(),
            *(self._line(n, line) for n, line in enumerate(notice.lines, 1)),
        )

    def _rules(self) -> tuple[Node | None, ...]:
        if not self.envelope.is_peppol:
            return (cbc("UBLVersionID", "2.1"),)
        customization, process = peppol("despatch_advice", "despatch_advice")
        return cbc("CustomizationID", customization), cbc("ProfileID", process)

    def _party(self, role: PartyRole) -> Party | None:
        """The shipment's own party, else the first order's."""
        own = (one for one in self.notice.parties if one.role == role)
        its = (one for o in self.orders.values() if (one := o.party(role)))
        return next(own, None) or next(its, None)

    def _shipment(self) -> Node | None:
        notice, weight = self.notice, self.notice.gross_weight
        outer = [one for one in notice.packages if not one.inside]
        taker = self._party("ship_to")
        carrier = notice.carrier_name or notice.carrier
        arrives = notice.expected_date
        return cac(
            "Shipment",
            cbc("ID", notice.number),
            measure(
                "GrossWeightMeasure", weight.value, meaning(weight.unit) or weight.unit
            )
            if weight
            else None,
            cbc("TotalTransportHandlingUnitQuantity", str(len(outer) or "")),
            cac(
                "Consignment",
                cbc("ID", notice.bill_of_lading or notice.pro_number or notice.number),
                cac("CarrierParty", cac("PartyName", cbc("Name", carrier))),
            )
            if carrier
            else None,
            cac(
                "Delivery",
                cbc("TrackingID", notice.tracking),
                cac(
                    "EstimatedDeliveryPeriod",
                    day("StartDate", arrives),
                    day("EndDate", arrives),
                ),
                _taker(taker),
                cac("Despatch", day("ActualDespatchDate", notice.ship_date)),
            ),
        )

    def _line(self, number: int, line: ShippedLine) -> Node | None:
        unit = self.ordered.unit(line.order_id, line.line_no, line.uom)
        missing = (
            line.missing if line.missing is not None and line.missing > 0 else None
        )
        return cac(
            "DespatchLine",
            cbc("ID", str(number)),
            measure("DeliveredQuantity", line.quantity, unit),
            measure("OutstandingQuantity", missing, unit),
            cbc("OutstandingReason", _REASONS[line.follows]) if missing else None,
            cac(
                "OrderLineReference",
                cbc("LineID", line.line_no),
                cac("OrderReference", cbc("ID", line.po_number)),
            ),
            self.ordered.item(
                line.order_id, line.line_no, line.item, *self._instances(line)
            ),
            self._packed(line),
        )

    def _instances(self, line: ShippedLine) -> Iterator[Node | None]:
        """Best-before day, serial numbers and the lot."""
        lot = cac("LotIdentification", cbc("LotNumberID", line.lot))
        if line.expires or line.lot or line.serials:
            for serial in line.serials or ("",):
                yield cac(
                    "ItemInstance",
                    day("BestBeforeDate", line.expires),
                    cbc("SerialID", serial),
                    lot,
                )

    def _packed(self, line: ShippedLine) -> Node | None:
        """The packages that it lies in, innermost first."""
        units = [
            cac(
                "TransportHandlingUnit",
                cbc(
                    "ID", one.sscc or one.number, schemeID="SSCC" if one.sscc else None
                ),
                cbc("TransportHandlingUnitTypeCode", _TYPES[one.level]),
            )
            for one in self._around(line)
        ]
        return cac("Shipment", cbc("ID", "NA"), units) if units else None

    def _around(self, line: ShippedLine) -> Iterator[Package]:
        known = {one.number: one for one in self.notice.packages}
        number, seen = line.package, set[str]()
        while number in known and number not in seen:
            seen.add(number)
            yield known[number]
            number = known[number].inside


def _taker(its: Party | None) -> Node | None:
    """Who takes the goods, and where; Peppol has no other place for the address."""
    where = address("PostalAddress", its.address if its else None)
    name = its.name or its.id if its else ""
    if where is None or not name:
        return None
    return cac("DeliveryParty", cac("PartyName", cbc("Name", name)), where)


_REASONS: Mapping[bool, str] = {True: "To follow.", False: "Not delivered."}
