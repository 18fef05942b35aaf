"""A cXML document as it came: envelope, parties, and the payload it carries."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from gateway.cxml_punchout.credentials import Credential, CredentialMac, Header
from gateway.cxml_punchout.stamps import NO_STAMP, Stamp, read_stamp
from gateway.cxml_punchout.status import Status
from gateway.findings import Finding, Findings, Severity, Where
from gateway.safexml import (
    Doctype,
    Element,
    Xml,
    XmlLimits,
    attribute,
    path_of,
    read,
    text_of,
)

__all__ = ["DEFAULTS", "Document", "Kind", "read_document", "stated"]

Kind = Literal["request", "message", "response"]

DEFAULTS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("ConfirmationHeader", "operation"): "new",
        ("InvoiceDetailRequestHeader", "operation"): "new",
        ("InvoiceDetailRequestHeader", "purpose"): "standard",
        ("MasterAgreementRequestHeader", "operation"): "new",
        ("MasterAgreementRequestHeader", "type"): "value",
        ("Message", "deploymentMode"): "production",
        ("OrderRequestHeader", "orderType"): "regular",
        ("OrderRequestHeader", "type"): "new",
        ("PunchOutOrderMessageHeader", "quoteStatus"): "final",
        ("PunchoutDetail", "punchoutLevel"): "store",
        ("QuoteRequestHeader", "type"): "new",
        ("ReceiptRequestHeader", "operation"): "new",
        ("Request", "deploymentMode"): "production",
        ("ShipNoticeHeader", "operation"): "new",
        ("TimeTolerance", "type"): "days",
    }
)
"""What an attribute says that is not sent, by element and attribute (cXML 1.2.071)."""

_KINDS: Mapping[str, Kind] = MappingProxyType(
    {"Request": "request", "Message": "message", "Response": "response"}
)
_VERSION = re.compile(r"/(\d+\.\d+\.\d{3})/", re.ASCII)
_PARTIES = ("From", "To", "Sender")
_MOST_NAMES = 20
"""Credentials of a party that are looked at."""
_USUAL = XmlLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document whose envelope was read. ``body`` is its payload, named ``name``.

    A response may have no payload; then both are empty. ``status`` is that of a
    response, or of a message (204: a punch-out that changed nothing).
    ``declared_version`` is the one that the DOCTYPE named, ``version`` the attribute's.
    ``zone`` is the sender's, for times without an offset.
    """

    root: Element
    kind: Kind
    payload_id: str
    sent: Stamp
    version: str
    declared_version: str
    doctype: Doctype | None
    language: str
    signature_version: str
    header: Header
    test: bool
    status: Status | None
    in_reply_to: str
    name: str
    body: Element | None
    findings: tuple[Finding, ...]
    zone: dt.tzinfo = dt.UTC

    def in_zone(self, zone: dt.tzinfo) -> Document:
        """The same, its sender known to write the time of this zone."""
        if zone is self.zone or not self.sent.sent:
            return replace(self, zone=zone)
        where = Where(path="cXML/@timestamp")
        found = Findings(one for one in self.findings if one.where != where)
        sent = read_stamp(self.sent.sent, found, where, zone)
        return replace(self, zone=zone, sent=sent, findings=found.done())

    @property
    def control_number(self) -> str:
        """What tells it from the others of its sender: payloadID."""
        return self.payload_id

    @property
    def byte_offset(self) -> int:
        """Where it begins: nothing stands before it."""
        return 0


def stated(element: Element | None, name: str) -> str:
    """An attribute's value: the one that was sent, else its default."""
    if element is None:
        return ""
    return attribute(element, name) or DEFAULTS.get((str(element.tag), name), "")


def read_document(
    data: bytes | str, *, zone: dt.tzinfo = dt.UTC, limits: XmlLimits = _USUAL
) -> Document | tuple[Finding, ...]:
    """The document in the data, or all that was found on the way to refusing it.

    ``zone`` is the sender's, for times without an offset.
    """
    xml = read(data, limits)
    if isinstance(xml, Finding):
        return (xml,)
    root = xml.root
    if root.tag != "cXML":
        what = f"the document is {str(root.tag)[:80]!r}"
        return (*xml.findings, Finding.of("CXM-001", what, Where(path=path_of(root))))
    found = Findings(xml.findings)
    envelope = next((one for one in root if one.tag in _KINDS), None)
    header = _header(root, found, needed=envelope is None or envelope.tag != "Response")
    if header is None or envelope is None or not len(envelope):
        if envelope is None or not len(envelope):
            where = Where(path="cXML" if envelope is None else path_of(envelope))
            found.add("CXM-002", "the document carries nothing", where)
        return found.done()
    return _document(xml, envelope, header, found, zone)


def _document(
    xml: Xml, envelope: Element, header: Header, found: Findings, zone: dt.tzinfo
) -> Document | tuple[Finding, ...]:
    root = xml.root
    status = envelope.find("Status")
    body = next((one for one in envelope if one.tag != "Status"), None)
    kind = _KINDS[str(envelope.tag)]
    if (body is None and kind != "response") or (kind == "response" and status is None):
        what = "Response has no Status" if kind == "response" else "no payload"
        found.add("CXM-002", what, Where(path=path_of(envelope)))
        return found.done()
    more = _beside(root, envelope, body)
    if more is not None:
        what = f"a second one, {str(more.tag)[:40]}, stands beside the first"
        found.add("CXM-002", what, Where(path=path_of(more)))
        return found.done()
    system = xml.doctype.system if xml.doctype else ""
    declared = _VERSION.search(system)
    if kind == "message" and header != header.bare():
        found.add("CXM-034", "the message carries a secret", Where(path="cXML/Header"))
    return Document(
        root=root,
        kind=kind,
        payload_id=_payload_id(root, found),
        sent=_sent(root, found, zone),
        version=attribute(root, "version"),
        declared_version=declared[1] if declared else "",
        doctype=xml.doctype,
        language=attribute(root, "xml:lang"),
        signature_version=attribute(root, "signatureVersion"),
        header=header,
        test=_test(envelope, found),
        status=None if status is None else _status(status, found),
        in_reply_to=attribute(envelope, "inReplyTo"),
        name="" if body is None else str(body.tag),
        body=body,
        findings=found.done(),
        zone=zone,
    )


def _beside(root: Element, envelope: Element, body: Element | None) -> Element | None:
    """What would be lost without a word: another envelope, another request in this one.

    One payloadID and one Status are for one document.
    """
    for one in root:
        if one is not envelope and one.tag in _KINDS:
            return one
    if envelope.tag == "Request":
        for one in envelope:
            if one is not body and str(one.tag).endswith("Request"):
                return one
    return None


def _payload_id(root: Element, found: Findings) -> str:
    sent = attribute(root, "payloadID")
    if not sent:
        found.add("CXM-003", "the document has no payloadID", Where(path="cXML"))
    return sent


def _sent(root: Element, found: Findings, zone: dt.tzinfo) -> Stamp:
    where = Where(path="cXML/@timestamp")
    text = attribute(root, "timestamp")
    if text:
        return read_stamp(text, found, where, zone)
    found.add("CXM-004", "the document has no timestamp", where)
    return NO_STAMP


def _test(envelope: Element, found: Findings) -> bool:
    """Whether it is a test: all that is not said to be production."""
    mode = stated(envelope, "deploymentMode")
    if envelope.tag != "Response" and mode not in ("production", "test"):
        where = Where(path=f"{path_of(envelope)}/@deploymentMode")
        found.add("CXM-008", f"{mode!r} is taken as test", where, mode)
    return mode not in ("production", "")


def _status(element: Element, found: Findings) -> Status:
    code = attribute(element, "code")
    known = code.isascii() and code.isdigit() and len(code) == 3
    if not known:
        where = Where(path=f"{path_of(element)}/@code")
        found.add("CXM-008", f"{code!r} is taken as 500", where, code)
    return Status(
        code=int(code) if known else 500,
        text=attribute(element, "text"),
        body=text_of(element),
        language=attribute(element, "xml:lang"),
    )


def _header(root: Element, found: Findings, *, needed: bool) -> Header | None:
    headers = root.findall("Header")
    parties = [_in_all(headers, name) for name in _PARTIES]
    if len(headers) > 1 or any(len(sent) > 1 for sent in parties):
        found.add(
            "CXM-007", "parties of Header are repeated", Where(path="cXML/Header")
        )
    named = [
        tuple(filter(None, map(_credential, _in_all(sent, "Credential"))))[:_MOST_NAMES]
        for sent in parties
    ]
    for name, credentials in zip(_PARTIES, named, strict=True):
        if needed and not credentials:
            where = Where(path=f"cXML/Header/{name}")
            what = f"{name} has no credential with an identity"
            weight = Severity.WARNING if name == "To" else None
            found.add("CXM-006", what, where, severity=weight)
    from_, to, sender = named
    if needed and not (from_ and sender):
        return None
    agent = text_of(root.find("Header/Sender/UserAgent"))
    return Header(from_=from_, to=to, sender=sender, user_agent=agent)


def _in_all(elements: list[Element], name: str) -> list[Element]:
    """The children of that name in each of them."""
    return [one for element in elements for one in element.findall(name)]


def _credential(element: Element) -> Credential | None:
    identity = text_of(element.find("Identity"))
    if not identity:
        return None
    secret = element.find("SharedSecret")
    return Credential(
        domain=attribute(element, "domain"),
        identity=identity,
        type=attribute(element, "type"),
        shared_secret=None if secret is None else text_of(secret),
        mac=_mac(element.find("CredentialMac")),
        signed=element.find("DigitalSignature") is not None,
    )


def _mac(element: Element | None) -> CredentialMac | None:
    if element is None:
        return None
    return CredentialMac(
        type=attribute(element, "type"),
        algorithm=attribute(element, "algorithm"),
        created=attribute(element, "creationDate"),
        expires=attribute(element, "expirationDate"),
        value=text_of(element),
    )
