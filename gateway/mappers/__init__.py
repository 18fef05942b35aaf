"""Message types: read into canonical values and written from them.

This is the only place where a message type is registered.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.mappers import (
    x12_810,
    x12_846,
    x12_850,
    x12_855,
    x12_856,
    x12_860,
    x12_865,
)
from gateway.mappers.mapped import (
    Reader,
    WriteAck,
    WriteInvoice,
    WriteNotice,
    WriteStock,
)

__all__ = ["INVOICES", "NOTICES", "READERS", "STOCK", "WRITERS", "WRITTEN"]

READERS: Mapping[str, Reader] = {
    "x12_850": Reader(to_order=x12_850.to_order, reads=x12_850.READS),
    "x12_860": Reader(to_order=x12_860.to_change, reads=x12_860.READS),
}
"""Message types that are read, by the name that profiles use."""

WRITERS: Mapping[str, WriteAck] = {
    "x12_855": x12_855.from_ack,
    "x12_865": x12_865.from_ack,
}
"""Answers that are written, by the name that profiles use."""

NOTICES: Mapping[str, WriteNotice] = {
    "x12_856": x12_856.from_notice,
}
"""Ship notices that are written, by the name that profiles use."""

INVOICES: Mapping[str, WriteInvoice] = {
    "x12_810": x12_810.from_invoice,
}
"""Invoices that are written, by the name that profiles use."""

STOCK: Mapping[str, WriteStock] = {
    "x12_846": x12_846.from_stock,
}
"""Stock reports that are written, by the name that profiles use."""

WRITTEN = frozenset({*WRITERS, *NOTICES, *INVOICES, *STOCK})
"""All that is written."""
