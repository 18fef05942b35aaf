"""Documents of ours: envelope, header and payload, written for the agreed version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.cxml_punchout.credentials import Credential, Header
from gateway.cxml_punchout.dtds import module_of
from gateway.cxml_punchout.stamps import write_stamp
from gateway.cxml_punchout.status import Status
from gateway.safexml.markup import Node, element, escaped, markup

__all__ = [
    "MEDIA_TYPE",
    "MODERN",
    "NEWEST",
    "SINCE",
    "Stamped",
    "fitted",
    "left_out",
    "message",
    "payload_id",
    "request",
    "response",
    "status_node",
    "with_secret",
]

MEDIA_TYPE = "text/xml; charset=UTF-8"
NEWEST = "1.2.071"
"""The version that is written where a partner has none."""

_AGENT = "Procurement Gateway"
_SINCE_036 = (
    "ItemDetail PriceBasisQuantity",
    "ItemID BuyerPartID",
    "ItemID IdReference",
    "ItemIn Comments",
    "ItemIn Extrinsic",
    "ItemIn ScheduleLine",
    "ItemIn @itemType",
    "ItemIn @parentLineNumber",
    "Contact Extrinsic",
    "Contact IdReference",
    "Contact @addressIDDomain",
    "Comments @type",
    "Description @type",
    "PaymentTerm Extrinsic",
    "ShipmentIdentifier @domain",
    "StatusUpdateRequest Extrinsic",
    "SupplierOrderInfo @orderDate",
    "Tax Extrinsic",
    "TaxDetail TaxExemption",
    "TaxDetail TaxRegime",
    "UnitPrice Modifications",
    "TaxDetail @exemptDetail",
    "Packaging PackagingLevelCode",
    "Packaging ShippingContainerSerialCode",
    "Packaging ShippingContainerSerialCodeReference",
    "Packaging PackageID",
    "Packaging DispatchQuantity",
)
_OF_OTHER_FILES = (
    "ConfirmationRequest OrderStatusRequestReference",
    "ShipNoticeHeader Packaging",
    "ShipNoticeHeader IdReference",
    "ShipNoticeHeader @shipmentType",
    "ShipNoticeHeader @fulfillmentType",
    "ShipNoticeItem ItemID",
    "ShipNoticeItem Batch",
    "ShipNoticeItem SupplierBatchID",
    "ShipNoticeItem AssetInfo",
    "ShipNoticeItem @shipNoticeLineNumber",
    "InvoiceDetailRequestHeader InvoiceIDInfo",
    "InvoiceDetailRequestHeader ShipNoticeIDInfo",
    "InvoiceDetailRequestHeader IdReference",
    "InvoiceDetailOrderInfo SupplierOrderInfo",
    "InvoiceDetailItem PriceBasisQuantity",
    "InvoiceDetailItem ShipNoticeIDInfo",
    "InvoiceDetailItem InvoiceItemModifications",
    "InvoiceDetailItem TotalCharges",
    "InvoiceDetailItem TotalAllowances",
    "InvoiceDetailItem TotalAmountWithoutTax",
    "InvoiceDetailSummary InvoiceHeaderModifications",
    "InvoiceDetailSummary TotalCharges",
    "InvoiceDetailSummary TotalAllowances",
    "InvoiceDetailSummary TotalAmountWithoutTax",
)
_SAID_ELSEWHERE = frozenset(
    ("BuyerPartID", "ItemID", "SupplierOrderInfo", "PackagingLevelCode")
)
"""What the number of the line or of the order says as well."""
MODERN = "1.2.021"
"""From here on a version has all that we write."""
SINCE: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        (parent, child): MODERN
        for parent, _, child in (
            row.partition(" ") for row in (*_SINCE_036, *_OF_OTHER_FILES)
        )
    }
)
"""Since when an element may hold a child or have an attribute (``@``).

They are absent from 1.2.014 and there in 1.2.036; 1.2.020 is known to lack the first
that matters, PriceBasisQuantity. What ship notices and invoices have is taken to be of
the same age: of old versions we write what stands in the oldest.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """What makes a document one of its kind, and the version that it is written in."""

    payload_id: str
    at: dt.datetime
    version: str = NEWEST
    language: str = "en"


def payload_id(at: dt.datetime, process: str, serial: str, host: str) -> str:
    """``1771234567890.7.3f9c@host``: the time, who made it, what is unique about it."""
    return f"{int(at.timestamp() * 1000)}.{process}.{serial}@{host}"


def request(
    payload: Node, header: Header, stamped: Stamped, *, test: bool = False
) -> bytes:
    """A Request with its parties and their secrets."""
    held = element("Request", payload, deploymentMode=_mode(test=test))
    return _document(stamped, module_of(payload.name), _header(header), held)


def message(
    payload: Node,
    header: Header,
    stamped: Stamped,
    *,
    status: Status | None = None,
    test: bool = False,
) -> bytes:
    """A Message. It may travel through a browser, so no secret goes into it."""
    told = None if status is None else status_node(status)
    held = element("Message", told, payload, deploymentMode=_mode(test=test))
    parties = _header(header.bare())
    return _document(stamped, module_of(payload.name), parties, held)


def response(status: Status, stamped: Stamped, payload: Node | None = None) -> bytes:
    """A Response; its payload is left out unless the status is good."""
    held = element("Response", status_node(status), payload if status.good else None)
    return _document(stamped, "cXML", held)


def _mode(*, test: bool) -> str:
    return "test" if test else "production"


def status_node(status: Status) -> Node:
    """A Status; its text may be empty and is written all the same."""
    node = element("Status", status.body, code=str(status.code), lang=status.language)
    return Node("Status", (*node.attributes, ("text", status.text)), node.content)


def _header(header: Header) -> Node:
    return element(
        "Header",
        element("From", map(_credential, header.from_)),
        element("To", map(_credential, header.to)),
        element(
            "Sender",
            map(_credential, header.sender),
            element("UserAgent", header.user_agent or _AGENT),
        ),
    )


def _credential(one: Credential) -> Node:
    secret = one.shared_secret
    return Node(
        "Credential",
        (("domain", one.domain), *((("type", one.type),) if one.type else ())),
        (
            element("Identity", one.identity),
            *(() if secret is None else (element("SharedSecret", secret),)),
        ),
    )


def with_secret(data: bytes, secret: str) -> bytes:
    """A request of ours with the secret of its Sender; without another byte changed.

    Documents are kept without it. ``<`` is markup wherever it stands in what we write.
    """
    before, sender, rest = data.partition(b"<Sender>")
    name, end, after = rest.partition(b"</Identity>")
    told = f"<SharedSecret>{escaped(secret)}</SharedSecret>".encode()
    return b"".join((before, sender, name, end, told, after))


def _document(stamped: Stamped, module: str, *content: Node) -> bytes:
    root = element(
        "cXML",
        content,
        payloadID=stamped.payload_id,
        timestamp=write_stamp(stamped.at),
        version=stamped.version,
        lang=stamped.language,
    )
    system = f"http://xml.cxml.org/schemas/cXML/{stamped.version}/{module}.dtd"
    text = markup(fitted(root, stamped.version))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE cXML SYSTEM "{system}">\n'
        f"{text}\n"
    ).encode()


def fitted(node: Node, version: str) -> Node:
    """The element without what its version does not have yet.

    What would change its meaning has to be written in another way before: a price per
    basis quantity for instance, which old versions can tell per unit only.
    """
    if all(version >= since for since in SINCE.values()):
        return node
    return _fitted(node, version)


def left_out(node: Node, version: str) -> tuple[str, ...]:
    """The elements that ``fitted`` leaves out, each once, but those said elsewhere."""
    return tuple(dict.fromkeys(_left_out(node, version)))


def _left_out(node: Node, version: str) -> Iterator[str]:
    inner = [one for one in node.content if isinstance(one, Node)]
    for one in inner:
        if SINCE.get((node.name, one.name), "") <= version:
            yield from _left_out(one, version)
        elif one.name not in _SAID_ELSEWHERE:
            yield one.name


def _fitted(node: Node, version: str) -> Node:
    def has(child: str) -> bool:
        return SINCE.get((node.name, child), "") <= version

    kept: Iterable[Node | str] = (
        one if isinstance(one, str) else _fitted(one, version)
        for one in node.content
        if isinstance(one, str) or has(one.name)
    )
    attributes = tuple(pair for pair in node.attributes if has(f"@{pair[0]}"))
    return Node(node.name, attributes, tuple(kept))
