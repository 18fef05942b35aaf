"""The DTDs that an operator holds: which one a document is held against."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from types import MappingProxyType

from gateway.cxml_punchout.dtd import Dtd, read_dtd
from gateway.findings import Finding, Where

__all__ = ["MODULES", "NO_DTDS", "Dtds", "module_of", "place_of"]

MODULES = (
    "cXML",
    "Fulfill",
    "InvoiceDetail",
    "Quote",
    "Catalog",
    "Contract",
    "Logistics",
    "PaymentRemittance",
    "Private",
)
"""The files that cXML is published in; each is whole and stands alone."""

_BY_PAYLOAD = {
    "Fulfill": (
        "ConfirmationRequest",
        "ShipNoticeRequest",
        "ReceiptRequest",
        "ServiceEntryRequest",
        "SalesOrderRequest",
        "TimeCardRequest",
        "TimeCardInfoRequest",
        "OrderStatusRequest",
        "ComponentConsumptionRequest",
        "ProductReplenishmentMessage",
    ),
    "InvoiceDetail": ("InvoiceDetailRequest",),
    "Quote": ("QuoteRequest", "QuoteMessage"),
    "Contract": ("ContractRequest", "ContractStatusUpdateRequest"),
    "Logistics": ("TransportRequest", "TransportConfirmation"),
    "PaymentRemittance": (
        "PaymentRemittanceRequest",
        "PaymentRemittanceStatusUpdateRequest",
        "PaymentBatchRequest",
        "PaymentReceiptConfirmationRequest",
        "PaymentProposalRequest",
    ),
}
_MODULE = {payload: name for name, held in _BY_PAYLOAD.items() for payload in held}
_FILE = re.compile(r"(\d+\.\d+\.\d{3})/(\w+)\.dtd", re.ASCII)
_VERSION = re.compile(
    rb"(?:xml\.cxml\.org/schemas/cXML/|ENTITY\s+cxml\.version\s+[\"'])"
    rb"(\d\.\d\.\d{3})",
    re.IGNORECASE,
)


def module_of(payload: str) -> str:
    """The file that declares a payload: Fulfill for a ShipNoticeRequest."""
    return _MODULE.get(payload, "cXML")


def place_of(file: PurePath, data: bytes) -> str | Finding:
    """Where a published file belongs, ``1.2.071/cXML.dtd``, or why it has no place.

    The module is told by the file's name, the version by what stands in it, else by the
    folder that it lies in.
    """
    module = next((m for m in MODULES if m.lower() == file.stem.lower()), "")
    found = _VERSION.search(data)
    version = found[1].decode("ascii") if found else file.parent.name
    path = f"{version}/{module}.dtd"
    if not _FILE.fullmatch(path):
        what = "it tells no version" if module else "it is none of the published files"
        return Finding.of("CXM-024", what, Where(path=str(file)))
    read = read_dtd(data, path)
    return read if isinstance(read, Finding) else path


@dataclass(frozen=True, slots=True)
class Dtds:
    """DTDs by ``1.2.071/cXML.dtd``, read as documents need them."""

    files: Mapping[str, Callable[[], bytes]] = field(repr=False)
    _read: dict[str, Dtd | Finding] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, files: Mapping[str, bytes]) -> Dtds:
        """From the bytes of published files."""
        held = {path: _given(data) for path, data in files.items()}
        return cls(MappingProxyType(held))

    def versions(self, module: str) -> tuple[str, ...]:
        """The versions that are held of a file, oldest first."""
        found = (_FILE.fullmatch(path) for path in self.files)
        return tuple(sorted(one[1] for one in found if one and one[2] == module))

    def newest(self, payload: str) -> Dtd | Finding | None:
        """What a document that came in is held against; ``None``: nothing is held.

        A payload that the usual file does not declare is looked for in the others.
        """
        usual = self._newest(module_of(payload))
        if payload in _MODULE or not isinstance(usual, Dtd) or _has(usual, payload):
            return usual
        others = map(self._newest, MODULES)
        return next(
            (o for o in others if isinstance(o, Dtd) and _has(o, payload)), usual
        )

    def _newest(self, module: str) -> Dtd | Finding | None:
        held = self.versions(module)
        return self._dtd(held[-1], module) if held else None

    def pinned(self, payload: str, pin: str) -> tuple[Dtd | Finding, ...]:
        """What a document of ours is held against: the version agreed on, and the last.

        Where that version is not held it is the nearest before it; where there is none
        before it, the oldest.
        """
        module = module_of(payload)
        held = self.versions(module)
        if not held:
            return ()
        before = [one for one in held if one <= pin]
        chosen = dict.fromkeys((before[-1] if before else held[0], held[-1]))
        return tuple(self._dtd(version, module) for version in chosen)

    def _dtd(self, version: str, module: str) -> Dtd | Finding:
        path = f"{version}/{module}.dtd"
        known = self._read.get(path)
        if known is None:
            known = self._read[path] = read_dtd(self.files[path](), path)
        return known


def _has(dtd: Dtd, payload: str) -> bool:
    return any(dtd.knows(one, payload) for one in ("Request", "Message", "Response"))


def _given(data: bytes) -> Callable[[], bytes]:
    return lambda: data


NO_DTDS = Dtds(MappingProxyType({}))
"""What a gateway has before its operator adds any."""
