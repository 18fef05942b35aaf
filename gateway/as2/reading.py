"""What is known of an AS2 message while it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509

from gateway.as2.agreement import Agreement
from gateway.as2.fault import Fault
from gateway.as2.micalg import Digests
from gateway.as2.opened import Kind, Layer, Piece
from gateway.findings import Finding
from gateway.trust.cms import Hold, Limits, Verified

__all__ = ["PartRead", "Reading"]


@dataclass(slots=True)
class PartRead:
    """One payload while it is read: its type, its name as it came, its size so far."""

    content_type: str
    name: str
    size: int = 0


@dataclass(slots=True)
class Reading:
    """What is known of a message while it is read."""

    agreement: Agreement
    now: datetime
    limits: Limits
    likely: str
    hold: Callable[[], Hold] | None = None
    deliver: Callable[[Piece], None] | None = None
    kind: Kind = Kind.MESSAGE
    pieces: list[Piece] = field(default_factory=list)
    parts: list[PartRead] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    covered: Digests | None = None
    covers: str = ""
    ciphers: list[str] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    signer: x509.Certificate | None = None
    signature_digest: str = ""
    unverified: Fault | None = None
    fault: Fault | None = None
    _fault_depth: int = 0
    _covered_depth: int = -1
    _is_signed: bool = False

    def give(self, piece: Piece) -> None:
        """Deliver a piece, or keep it to be taken; none once something is wrong."""
        if self.fault is None and self.deliver is not None:
            self.deliver(piece)
        elif self.fault is None:
            self.pieces.append(piece)

    def taken(self) -> list[Piece]:
        """The pieces since the last time; none once something is wrong."""
        pieces, self.pieces = self.pieces, []
        return [] if self.fault else pieces

    def note(self, fault: Fault, depth: int) -> None:
        """Keep the outermost fault; content under it was not reached."""
        if self.fault is None or depth < self._fault_depth:
            self.fault, self._fault_depth = fault, depth
        code, inside = fault.finding.code, self._covered_depth - depth
        if (code in ("TRU-401", "TRU-404") and inside > 0) or (
            code == "AS2-105" and inside >= 0
        ):
            self.covered = None

    def cover(
        self, what: str, depth: int, *, signed: bool = False, hint: str = ""
    ) -> Digests:
        """Digests for the MIC; what is signed counts before all that is further in."""
        unsaid = ("sha384", "sha512", "sha224") if signed and not hint else ()
        digests = Digests((hint, self.likely, *unsaid))
        if not self._is_signed:
            self.covered, self.covers, self._covered_depth = digests, what, depth
            self._is_signed = signed
        return digests

    def verified(self, slot: int, found: Verified) -> None:
        """Keep who signed; of several signatures the outermost counts."""
        names = (found.digest_algorithm, found.signature_algorithm)
        self.layers[slot] = Layer("signed", names)
        self.digests.append(found.digest_algorithm)
        if self.signer is None:
            self.signer = found.certificate
            self.signature_digest = found.digest_algorithm

    def begin(self, kind: str) -> int:
        """The place of one more layer in the list of them."""
        self.layers.append(Layer(kind))
        return len(self.layers) - 1
