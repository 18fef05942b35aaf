"""The columns of the files that our ERP writes, kind by kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["KINDS", "Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: what JSON calls it, its columns, and which there must be.

    ``sign`` is the column that no other kind has: it tells a CSV file's kind.
    """

    name: str
    sign: str
    columns: Mapping[str, str]
    needed: tuple[str, ...]

    @property
    def schema(self) -> str:
        """The value of ``schema`` in a JSON file of rows."""
        return f"erp_{self.name}/1"


_ORDER = {
    "order_id": "our id of the order, from the order file; or instead of it:",
    "partner": "the partner's id",
    "po_number": "the buyer's order number",
    "release_number": "the buyer's release number",
}

_CONFIRMATIONS = Kind(
    "confirmations",
    "decision",
    {
        **_ORDER,
        "version": "the version of the order file that is answered",
        "as_of": "when it was decided, 2026-01-31T08:00:00Z; empty: when the file came",
        "line_no": "the buyer's line; empty: all lines that no other row names",
        "decision": "accept, change, reject or backorder",
        "quantity": "so many; empty: as our answer has it, or all of the line",
        "price": "the price that holds, in the line's price basis; empty: our answer's",
        "date": "the day it ships or arrives, 2026-01-31",
        "date_kind": "ship (unless told) or delivery",
        "substitute_sku": "with change: the item of ours that comes instead",
        "reason": "words for the buyer",
    },
    ("decision",),
)
_SHIPMENTS = Kind(
    "shipments",
    "shipment",
    {
        "shipment": "our number of the shipment, unique with the partner",
        "purpose": "original (unless told), replace or cancel",
        **_ORDER,
        "line_no": "the buyer's line",
        "sku": "the item that was shipped, if not the one ordered",
        "quantity": "so many of the line",
        "unit": "the unit; empty: the line's",
        "ship_date": "the day it left",
        "expected_date": "the day it should arrive",
        "carrier": "the carrier's code (SCAC)",
        "carrier_name": "its name",
        "tracking": "tracking number",
        "bill_of_lading": "bill of lading number",
        "pro_number": "the carrier's freight bill number",
        "trailer": "number of the trailer",
        "seal": "number of its seal",
        "weight": "gross weight of the shipment",
        "weight_unit": "its unit: LB, KG",
        "pallet": "which pallet: 1, 2 ...; without an SSCC it gets one of ours",
        "pallet_sscc": "SSCC of the pallet, 18 digits",
        "carton": "which carton: 1, 2 ...; without an SSCC it gets one of ours",
        "carton_sscc": "SSCC of the carton, 18 digits",
        "carton_tracking": "the carrier's number of this carton",
        "lot": "lot or batch",
        "serial": "serial numbers, separated by |",
        "expires": "best before",
        "complete": "yes: nothing more comes of these orders",
    },
    ("shipment", "line_no", "quantity", "ship_date"),
)
_INVOICES = Kind(
    "invoices",
    "invoice",
    {
        "invoice": "our number of the invoice, unique with the partner",
        "kind": "invoice (unless told) or credit_note",
        "of_invoice": "with credit_note: our number of the invoice that is credited",
        "invoice_date": "its date",
        "due_date": "to be paid by",
        **_ORDER,
        "line_no": "the buyer's line",
        "quantity": "so many of the line",
        "unit": "the unit; empty: the line's",
        "price": "price per price_basis units",
        "price_basis": "how many units the price is for; empty: the order's",
        "amount": "the line's amount without tax; empty: quantity times price",
        "of_shipment": "our number of the shipment that is billed",
        "currency": "ISO 4217; empty: the order's",
        "tax_total": "tax of the whole invoice",
        "total": "to be paid",
    },
    ("invoice", "invoice_date", "line_no", "quantity", "price"),
)
_STOCK = Kind(
    "stock",
    "available",
    {
        "sku": "our item number",
        "place": "warehouse; empty: everywhere together",
        "available": "how many can be promised",
        "unit": "the unit; empty: the item's base unit",
        "as_of": "when it was counted: 2026-01-31 or 2026-01-31T08:00:00Z",
        "next_date": "the day more comes",
        "next_quantity": "how many come then",
    },
    ("sku", "available"),
)

KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (_INVOICES, _SHIPMENTS, _STOCK, _CONFIRMATIONS)
}
"""The kinds that are read here; contracts are read by ``gateway.catalog``."""
