"""What a cXML document cannot do without, where no DTD is held to tell more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from gateway.findings import Finding, Where
from gateway.safexml import Element, attribute, path_of

__all__ = ["NEEDS", "lacking"]

_NEEDS = {
    "cXML": "@payloadID @timestamp",
    "Sender": "UserAgent",
    "Credential": "@domain Identity",
    "Status": "@code @text",
    "Money": "@currency",
    "Description": "@xml:lang",
    "Classification": "@domain",
    "Extrinsic": "@name",
    "ItemID": "SupplierPartID",
    "PunchOutSetupRequest": "@operation BuyerCookie",
    "PunchOutSetupResponse": "StartPage",
    "StartPage": "URL",
    "PunchOutOrderMessage": "BuyerCookie PunchOutOrderMessageHeader",
    "PunchOutOrderMessageHeader": "@operationAllowed Total",
    "ItemIn": "@quantity ItemID ItemDetail",
    "ItemDetail": "UnitPrice Description UnitOfMeasure Classification",
    "UnitPrice": "Money",
    "Total": "Money",
    "OrderRequest": "OrderRequestHeader ItemOut",
    "OrderRequestHeader": "@orderID @orderDate Total BillTo",
    "ItemOut": "@quantity ItemID",
    "DocumentReference": "@payloadID",
    "StatusUpdateRequest": "Status",
    "OrderReference": "DocumentReference",
    "ConfirmationRequest": "ConfirmationHeader OrderReference",
    "ConfirmationHeader": "@type @noticeDate",
    "ConfirmationItem": "@lineNumber @quantity UnitOfMeasure ConfirmationStatus",
    "ConfirmationStatus": "@type @quantity UnitOfMeasure",
    "ShipNoticeRequest": "ShipNoticeHeader",
    "ShipNoticeHeader": "@shipmentID @noticeDate",
    "ShipControl": "CarrierIdentifier ShipmentIdentifier",
    "ShipNoticePortion": "OrderReference",
    "ShipNoticeItem": "@lineNumber @quantity UnitOfMeasure",
    "InvoiceDetailRequest": "InvoiceDetailRequestHeader InvoiceDetailSummary",
    "InvoiceDetailRequestHeader": "@invoiceID @invoiceDate",
    "InvoiceDetailSummary": "SubtotalAmount Tax NetAmount",
    "InvoiceDetailItem": "@invoiceLineNumber @quantity UnitOfMeasure UnitPrice",
}
NEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {name: tuple(needs.split()) for name, needs in _NEEDS.items()}
)
"""Children and attributes (``@``) that every version of cXML wants of an element."""


def lacking(root: Element) -> Iterator[Finding]:
    """What is missing in the document's elements (CXM-022)."""
    for element in root.iter(*NEEDS):
        for need in NEEDS[str(element.tag)]:
            if not _there(element, need):
                where = Where(path=path_of(element))
                what = f"{element.tag} lacks {need}"
                yield Finding.of("CXM-022", what, where, need)


def _there(element: Element, need: str) -> bool:
    if need.startswith("@"):
        return bool(attribute(element, need[1:]))
    return element.find(need) is not None
