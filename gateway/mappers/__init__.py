"""Message types: read into canonical values and written from them.

This is the only place where a message type is registered.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.mappers import (
    cxml_confirmation_request,
    cxml_copy_request,
    cxml_invoice_detail_request,
    cxml_order_request,
    cxml_order_status_request,
    cxml_ship_notice_request,
    cxml_status_update_request,
    edifact_aperak,
    edifact_desadv,
    edifact_invoic,
    edifact_invrpt,
    edifact_ordchg,
    edifact_orders,
    edifact_ordrsp,
    edifact_pricat,
    ubl_despatch_advice,
    ubl_invoice,
    ubl_order,
    ubl_order_cancellation,
    ubl_order_change,
    ubl_order_response,
    x12_810,
    x12_820,
    x12_824,
    x12_832,
    x12_846,
    x12_850,
    x12_855,
    x12_856,
    x12_860,
    x12_864,
    x12_865,
    x12_869,
    x12_870,
)
from gateway.mappers.mapped import (
    EdifactReader,
    ReadCxml,
    Reader,
    ReadUbl,
    WriteAck,
    WriteCxmlAck,
    WriteCxmlInvoice,
    WriteCxmlNotice,
    WriteEdifactAck,
    WriteEdifactInvoice,
    WriteEdifactNotice,
    WriteEdifactPrices,
    WriteEdifactStock,
    WriteInvoice,
    WriteNotice,
    WritePrices,
    WriteStatus,
    WriteStock,
    WriteUblAck,
    WriteUblInvoice,
    WriteUblNotice,
)

__all__ = [
    "CXML_INVOICES",
    "CXML_NOTICES",
    "CXML_READERS",
    "CXML_WRITERS",
    "EDIFACT_INVOICES",
    "EDIFACT_NOTICES",
    "EDIFACT_PRICES",
    "EDIFACT_READERS",
    "EDIFACT_STOCK",
    "EDIFACT_WRITERS",
    "INVOICES",
    "NOTICES",
    "PRICES",
    "READERS",
    "STATUS",
    "STOCK",
    "UBL_INVOICES",
    "UBL_NOTICES",
    "UBL_READERS",
    "UBL_WRITERS",
    "WRITERS",
    "WRITTEN",
]

READERS: Mapping[str, Reader] = {
    "x12_820": Reader(to_order=x12_820.to_advice, reads=x12_820.READS),
    "x12_824": Reader(to_order=x12_824.to_advice, reads=x12_824.READS),
    "x12_850": Reader(to_order=x12_850.to_order, reads=x12_850.READS),
    "x12_860": Reader(to_order=x12_860.to_change, reads=x12_860.READS),
    "x12_864": Reader(to_order=x12_864.to_advice, reads=x12_864.READS),
    "x12_869": Reader(to_order=x12_869.to_inquiry, reads=x12_869.READS),
}
"""Message types of X12 that are read, by the name that profiles use."""

EDIFACT_READERS: Mapping[str, EdifactReader] = {
    "edifact_aperak": EdifactReader(
        to_order=edifact_aperak.to_advice, reads=edifact_aperak.READS
    ),
    "edifact_ordchg": EdifactReader(
        to_order=edifact_ordchg.to_change, reads=edifact_ordchg.READS
    ),
    "edifact_orders": EdifactReader(
        to_order=edifact_orders.to_order, reads=edifact_orders.READS
    ),
}
"""Those of EDIFACT."""

CXML_READERS: Mapping[str, ReadCxml] = {
    "cxml_copy_request": cxml_copy_request.to_copy,
    "cxml_order_request": cxml_order_request.to_order,
    "cxml_order_status_request": cxml_order_status_request.to_inquiry,
    "cxml_status_update_request": cxml_status_update_request.to_advice,
}
"""Payloads of cXML that are read."""

UBL_READERS: Mapping[str, ReadUbl] = {
    "ubl_order": ubl_order.to_order,
    "ubl_order_cancellation": ubl_order_cancellation.to_cancel,
    "ubl_order_change": ubl_order_change.to_change,
}
"""Documents of UBL that are read."""

WRITERS: Mapping[str, WriteAck] = {
    "x12_855": x12_855.from_ack,
    "x12_865": x12_865.from_ack,
}
"""Answers that are written, by the name that profiles use."""

EDIFACT_WRITERS: Mapping[str, WriteEdifactAck] = {
    "edifact_aperak": edifact_aperak.from_ack,
    "edifact_ordrsp": edifact_ordrsp.from_ack,
}
"""Those of EDIFACT."""

CXML_WRITERS: Mapping[str, WriteCxmlAck] = {
    cxml_confirmation_request.KIND: cxml_confirmation_request.from_ack,
}
"""Those of cXML."""

UBL_WRITERS: Mapping[str, WriteUblAck] = {
    ubl_order_response.KIND: ubl_order_response.from_ack,
}
"""Those of UBL."""

NOTICES: Mapping[str, WriteNotice] = {
    "x12_856": x12_856.from_notice,
}
"""Ship notices that are written, by the name that profiles use."""

EDIFACT_NOTICES: Mapping[str, WriteEdifactNotice] = {
    "edifact_desadv": edifact_desadv.from_notice,
}
"""Those of EDIFACT."""

CXML_NOTICES: Mapping[str, WriteCxmlNotice] = {
    cxml_ship_notice_request.KIND: cxml_ship_notice_request.from_notice,
}
"""Those of cXML."""

UBL_NOTICES: Mapping[str, WriteUblNotice] = {
    ubl_despatch_advice.KIND: ubl_despatch_advice.from_notice,
}
"""Those of UBL."""

INVOICES: Mapping[str, WriteInvoice] = {
    "x12_810": x12_810.from_invoice,
}
"""Invoices that are written, by the name that profiles use."""

EDIFACT_INVOICES: Mapping[str, WriteEdifactInvoice] = {
    "edifact_invoic": edifact_invoic.from_invoice,
}
"""Those of EDIFACT."""

CXML_INVOICES: Mapping[str, WriteCxmlInvoice] = {
    cxml_invoice_detail_request.KIND: cxml_invoice_detail_request.from_invoice,
}
"""Those of cXML."""

UBL_INVOICES: Mapping[str, WriteUblInvoice] = {
    ubl_invoice.KIND: ubl_invoice.from_invoice,
}
"""Those of UBL."""

STOCK: Mapping[str, WriteStock] = {
    "x12_846": x12_846.from_stock,
}
"""Stock reports that are written, by the name that profiles use."""

EDIFACT_STOCK: Mapping[str, WriteEdifactStock] = {
    "edifact_invrpt": edifact_invrpt.from_stock,
}
"""Those of EDIFACT."""

PRICES: Mapping[str, WritePrices] = {
    "x12_832": x12_832.from_prices,
}
"""Price catalogues that are written, by the name that profiles use."""

EDIFACT_PRICES: Mapping[str, WriteEdifactPrices] = {
    "edifact_pricat": edifact_pricat.from_prices,
}
"""Those of EDIFACT."""

STATUS: Mapping[str, WriteStatus] = {
    "x12_870": x12_870.from_report,
}
"""Status reports that are written, by the name that profiles use."""

WRITTEN = frozenset(
    {
        *WRITERS,
        *EDIFACT_WRITERS,
        *CXML_WRITERS,
        *UBL_WRITERS,
        cxml_status_update_request.KIND,
        *NOTICES,
        *EDIFACT_NOTICES,
        *CXML_NOTICES,
        *UBL_NOTICES,
        *INVOICES,
        *EDIFACT_INVOICES,
        *CXML_INVOICES,
        *UBL_INVOICES,
        *STOCK,
        *EDIFACT_STOCK,
        *STATUS,
        *PRICES,
        *EDIFACT_PRICES,
    }
)
"""All that is written."""
