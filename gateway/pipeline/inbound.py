"""Read a transmission, of whichever standard it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from gateway.edi.sniff import Kind, opening, sniff
from gateway.pipeline.arrived import Read
from gateway.pipeline.cxml_inbound import CxmlReading
from gateway.pipeline.edifact_inbound import EdifactReading
from gateway.pipeline.rules import Rules
from gateway.pipeline.ubl_inbound import UblReading
from gateway.pipeline.x12_inbound import X12Reading
from gateway.ubl.document import is_ubl

ORDERS_AT_ONCE = 500
"""Orders mapped in one pass; a larger transmission is passed through again."""
_PIECE = 65_536


def read(
    chunks: Iterable[bytes],
    rules: Rules,
    *,
    receipt_id: str,
    after: int = 0,
    door: str = "",
    orders: int = ORDERS_AT_ONCE,
) -> Read:
    """Read a transmission, at most ``orders`` orders of it after message ``after``.

    What cannot be told by its first bytes is read as X12. Never raises for any bytes.
    With ``orders`` 0 nothing is mapped.
    """
    pieces = _pieces(chunks)
    head = opening(pieces)
    reading: X12Reading | EdifactReading | CxmlReading | UblReading
    kind = sniff(head)
    if kind is Kind.EDIFACT:
        reading = EdifactReading(rules, after, orders)
    elif kind is Kind.XML and is_ubl(head):
        reading = UblReading(rules, after, orders)
    elif kind is Kind.XML:
        reading = CxmlReading(rules, after, orders)
    else:
        reading = X12Reading(rules, after, orders)
    for piece in chain((head,), pieces):
        reading.receive(piece)
        if reading.is_over:
            break
    else:
        reading.finish()
    interchanges = tuple(reading.interchanges)
    faults = reading.faults.done()
    return Read(receipt_id, door, interchanges, faults, after, reading.next)


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces so small that reading can stop soon."""
    for chunk in chunks:
        for at in range(0, len(chunk), _PIECE):
            yield chunk[at : at + _PIECE]
