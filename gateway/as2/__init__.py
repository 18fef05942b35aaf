"""AS2 on the wire (RFC 4130), without any input or output of its own.

A message that came: ``read_request``, ``Opening``, ``compose_mdn``. One that we send:
``build``, then ``read_mdn`` and ``settle`` for the receipt.
"""

from gateway.as2.agreement import Agreement
from gateway.as2.building import Built, Payload, Unready, build
from gateway.as2.disposition import PROCESSED, Disposition, error, failure, warning
from gateway.as2.fault import disposition_of
from gateway.as2.headers import Headers
from gateway.as2.mdn import Mdn, compose_mdn
from gateway.as2.opened import Kind, Layer, Mic, Opened, Part, Piece
from gateway.as2.opening import Opening
from gateway.as2.receipts import (
    MAX_MDN,
    MdnRead,
    MdnState,
    Sent,
    Settled,
    read_mdn,
    settle,
)
from gateway.as2.request import Asked, Request, read_request
from gateway.as2.signed import Ids

__all__ = [
    "MAX_MDN",
    "PROCESSED",
    "Agreement",
    "Asked",
    "Built",
    "Disposition",
    "Headers",
    "Ids",
    "Kind",
    "Layer",
    "Mdn",
    "MdnRead",
    "MdnState",
    "Mic",
    "Opened",
    "Opening",
    "Part",
    "Payload",
    "Piece",
    "Request",
    "Sent",
    "Settled",
    "Unready",
    "build",
    "compose_mdn",
    "disposition_of",
    "error",
    "failure",
    "read_mdn",
    "read_request",
    "settle",
    "warning",
]
