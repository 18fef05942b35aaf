"""Message types: read into canonical values and written from them.

This is the only place where a message type is registered.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.mappers import (
    cxml_confirmation_request,
    cxml_order_request,
    edifact_aperak,
    edifact_desadv,
    edifact_invoic,
    edifact_invrpt,
    edifact_ordchg,
    edifact_orders,
    edifact_ordrsp,
    edifact_pricat,
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
    WriteAck,
    WriteCxmlAck,
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
)

__all__ = [
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
    "cxml_order_request": cxml_order_request.to_order,
}
"""Payloads of cXML that are read."""

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

NOTICES: Mapping[str, WriteNotice] = {
    "x12_856": x12_856.from_notice,
}
"""Ship notices that are written, by the name that profiles use."""

EDIFACT_NOTICES: Mapping[str, WriteEdifactNotice] = {
    "edifact_desadv": edifact_desadv.from_notice,
}
"""Those of EDIFACT."""

INVOICES: Mapping[str, WriteInvoice] = {
    "x12_810": x12_810.from_invoice,
}
"""Invoices that are written, by the name that profiles use."""

EDIFACT_INVOICES: Mapping[str, WriteEdifactInvoice] = {
    "edifact_invoic": edifact_invoic.from_invoice,
}
"""Those of EDIFACT."""

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
        *NOTICES,
        *EDIFACT_NOTICES,
        *INVOICES,
        *EDIFACT_INVOICES,
        *STOCK,
        *EDIFACT_STOCK,
        *STATUS,
        *PRICES,
        *EDIFACT_PRICES,
    }
)
"""All that is written."""
