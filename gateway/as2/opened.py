"""What an AS2 message turned out to be, once it was read to its end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cryptography import x509

from gateway.as2.disposition import Disposition
from gateway.findings import Finding

__all__ = ["Kind", "Layer", "Mic", "Opened", "Part", "Piece"]


class Kind(StrEnum):
    """What an AS2 message carries."""

    MESSAGE = "message"
    """Payload: one document or several."""
    RECEIPT = "receipt"
    """An MDN for a message of ours; read it with ``read_mdn``."""
    CERTIFICATE_EXCHANGE = "certificate_exchange"
    """Certificates (CEM, RFC 6017): acknowledged, and left to people."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes of a payload. ``part`` counts from 0.

    They come before anything is proven: keep them apart, and use them only when
    ``finish`` says that the message is accepted.
    """

    part: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One payload. ``name`` is made safe, empty when none came; ``size`` in bytes."""

    content_type: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Layer:
    """One wrapping, from the outside in: its kind and the algorithms it was made with.

    ``kind`` is encrypted, signed or compressed.
    """

    kind: str
    algorithms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mic:
    """The message integrity check. ``covers`` says what it is over, for people."""

    digest: bytes
    algorithm: str
    covers: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A message that was read to its end. The payload counts only when ``accepted``.

    ``findings`` are for the operator and our records, and never leave; the partner is
    told the ``disposition``.
    """

    kind: Kind
    parts: tuple[Part, ...]
    layers: tuple[Layer, ...]
    mic: Mic | None
    signer: x509.Certificate | None
    findings: tuple[Finding, ...]
    disposition: Disposition

    @property
    def accepted(self) -> bool:
        """Whether the payload may be used."""
        return self.disposition.accepted
