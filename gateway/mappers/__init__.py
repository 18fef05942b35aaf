"""Message types: read into canonical values and written from them.

This is the only place where a message type is registered.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.mappers import x12_850, x12_855
from gateway.mappers.mapped import Reader, WriteAck

__all__ = ["READERS", "WRITERS"]

READERS: Mapping[str, Reader] = {
    "x12_850": Reader(to_order=x12_850.to_order, reads=x12_850.READS),
}
"""Message types that are read, by the name that profiles use."""

WRITERS: Mapping[str, WriteAck] = {
    "x12_855": x12_855.from_ack,
}
"""Answers that are written, by the name that profiles use."""
