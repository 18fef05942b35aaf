"""A UBL document as it came: what it is, by which rules, from whom and to whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.findings import Finding, Findings, Severity, Where
from gateway.safexml import Element, XmlLimits, attribute, local_name, read, text_of
from gateway.ubl.names import (
    PAYLOADS,
    every,
    inner,
    namespace_of,
    rule_sets,
    transaction,
)

__all__ = ["Document", "PartyName", "is_ubl", "read_document"]

_USUAL = XmlLimits()
_ENVELOPE = "{http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader}"
_MOST_NAMES = 20
"""Names of a party that are looked at."""


@dataclass(frozen=True, slots=True)
class PartyName:
    """A name of a party: the scheme that issued it (Peppol EAS or ICD), and the id."""

    scheme: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document of UBL. ``name`` is that of its root; ``number`` its ID.

    ``sent`` is issue date and time as they stand there. ``transaction`` is Peppol's
    number of it, or empty. ``sender`` and ``receiver`` are all names of the parties,
    those of a business document header in front.
    """

    root: Element
    name: str
    number: str
    sent: str
    version: str
    customization: str
    profile: str
    sender: tuple[PartyName, ...]
    receiver: tuple[PartyName, ...]
    findings: tuple[Finding, ...]

    @property
    def transaction(self) -> str:
        """T01 for an order of Peppol; empty where its rules are not claimed."""
        return transaction(self.name, self.customization)

    @property
    def rule_sets(self) -> tuple[str, ...]:
        """The sets of published rules that it claims to keep: T01, or EN16931."""
        return rule_sets(self.name, self.customization)

    @property
    def control_number(self) -> str:
        """What its sender calls it: its ID."""
        return self.number

    @property
    def byte_offset(self) -> int:
        """Where it begins: nothing stands before it."""
        return 0


def is_ubl(head: bytes) -> bool:
    """Whether what begins so speaks of UBL or of a business document header.

    In UTF-16 too, of which Latin letters are left when the zeros are taken out.
    """
    head = head.replace(b"\0", b"")
    return b"specification:ubl:schema:xsd" in head or (
        b"StandardBusinessDocument" in head and b"<cXML" not in head
    )


def read_document(
    data: bytes, *, limits: XmlLimits = _USUAL
) -> Document | tuple[Finding, ...]:
    """The document in the data, or all that was found on the way to refusing it."""
    xml = read(data, limits)
    if isinstance(xml, Finding):
        return (xml,)
    found = Findings(xml.findings)
    if xml.doctype is not None:
        found.add("UBL-001", "UBL has no DOCTYPE; nothing of it was read")
    header, root, *others = _opened(xml.root)
    if others:
        what = f"{len(others) + 1} documents stand in one envelope, and one is read"
        return (
            *found.done(),
            Finding.of("UBL-001", what, Where(path="StandardBusinessDocument/*[2]")),
        )
    name = "" if root is None else local_name(root)
    if root is None or str(root.tag) != f"{{{namespace_of(name)}}}{name}":
        told = str(xml.root.tag if root is None else root.tag)[:120]
        what = f"the root is {told}"
        return (*found.done(), Finding.of("UBL-001", what, Where(path=name), told))
    if name not in PAYLOADS:
        what = f"{name[:80]} is not read here"
        return (*found.done(), Finding.of("UBL-002", what, Where(path=name), name))
    parties = PAYLOADS[name]
    made = Document(
        root=root,
        name=name,
        number=text_of(inner(root, "cbc:ID")),
        sent="T".join(_texts(root, "cbc:IssueDate", "cbc:IssueTime")),
        version=text_of(inner(root, "cbc:UBLVersionID")),
        customization=text_of(inner(root, "cbc:CustomizationID")),
        profile=text_of(inner(root, "cbc:ProfileID")),
        sender=(*_named(header, "Sender"), *_names(inner(root, parties.sender))),
        receiver=(*_named(header, "Receiver"), *_names(inner(root, parties.receiver))),
        findings=found.done(),
    )
    lacking = tuple(_lacking(made, parties.sender))
    if any(one.severity is Severity.REJECT for one in lacking):
        return (*made.findings, *lacking)
    return made


def _lacking(made: Document, sender: str) -> Iterator[Finding]:
    """Without a number and a sender nothing can be done with a document."""
    if not made.number:
        where = Where(path=f"{made.name}/cbc:ID")
        yield Finding.of("UBL-003", "the document has no ID", where)
    if not made.sender:
        where = Where(path=f"{made.name}/{sender}")
        yield Finding.of("UBL-003", "the document names no sender", where)


def _opened(root: Element) -> list[Element | None]:
    """The business document header, or none, and what is behind it."""
    if not str(root.tag).startswith(_ENVELOPE):
        return [None, root]
    header = root.find(f"{_ENVELOPE}StandardBusinessDocumentHeader")
    payloads: list[Element | None] = [one for one in root if one is not header]
    return [header, *(payloads or [None])]


def _named(header: Element | None, party: str) -> Iterator[PartyName]:
    """Identifier of Sender or Receiver: ``0088:7300010000001`` under its Authority."""
    if header is None:
        return
    for one in header.iterfind(f"{_ENVELOPE}{party}/{_ENVELOPE}Identifier"):
        scheme, colon, id_ = text_of(one).partition(":")
        if colon and id_:
            yield PartyName(scheme, id_)


def _names(role: Element | None) -> Iterator[PartyName]:
    """Endpoint, identifications and register numbers of a party, in this order."""
    party = inner(role, "cac:Party")
    party = role if party is None else party
    if party is None:
        return
    places = (
        "cbc:EndpointID",
        "cac:PartyIdentification/cbc:ID",
        "cac:PartyLegalEntity/cbc:CompanyID",
    )
    seen = set[PartyName]()
    for path in places:
        for one in every(party, path)[:_MOST_NAMES]:
            name = PartyName(attribute(one, "schemeID"), text_of(one))
            if name.id and name not in seen:
                seen.add(name)
                yield name


def _texts(root: Element, *paths: str) -> list[str]:
    return [text for path in paths if (text := text_of(inner(root, path)))]
