"""A message in SOAP 1.1 or 1.2: its Header and its Body, as the standard has them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.findings import Finding
from gateway.safexml import Element, XmlLimits, local_name, read, text_of
from gateway.trust.report import Fault, Sub
from gateway.trust.wssecurity.names import VERSIONS, WSA, WSSE, Soap
from gateway.trust.xmldsig.structure import children

__all__ = ["Envelope", "in_message", "is_envelope"]

_LIMITS = XmlLimits()
_ROOT = re.compile(rb"<(?:[\w.-]+:)?Envelope[\s>]")
_FRONT_BYTES = 4096
_TRUE = ("1", "true")
_SECURITY = f"{{{WSSE}}}Security"


def is_envelope(data: bytes) -> bool:
    """Whether a document may be a message in SOAP."""
    front = data[:_FRONT_BYTES].replace(b"\0", b"")
    known = any(one.encode() in front for one in VERSIONS)
    return known and _ROOT.search(front) is not None


def in_message(constraint: str, what: str) -> Fault:
    """The fault of a message that is not as it must be."""
    return Fault(Sub.FORMAT_FAILURE, f"message.{constraint}", what)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The parts of a message."""

    soap: Soap
    root: Element
    header: Element | None
    body: Element

    @classmethod
    def read(cls, data: bytes) -> Envelope:
        """From its octets. Raises ``Fault``."""
        found = read(data, _LIMITS, is_whole=True)
        if isinstance(found, Finding):
            raise in_message("envelope", found.what)
        if found.doctype is not None:
            raise in_message("envelope", "a document type, which SOAP does not have")
        return cls.of(found.root)

    @classmethod
    def of(cls, root: Element) -> Envelope:
        """From its root. Raises ``Fault``."""
        space = str(root.tag).rpartition("}")[0].removeprefix("{")
        if local_name(root) != "Envelope":
            raise in_message("envelope", "the root is no Envelope")
        soap = VERSIONS.get(space)
        if soap is None:
            raise in_message("version", "an Envelope of neither SOAP 1.1 nor 1.2")
        inside = children(root)
        tags = [one.tag for one in inside]
        if tags not in ([soap.tag("Body")], [soap.tag("Header"), soap.tag("Body")]):
            raise in_message("envelope", "an Envelope is a Header and one Body")
        header = inside[0] if len(inside) > 1 else None
        return cls(soap=soap, root=root, header=header, body=inside[-1])

    @property
    def operation(self) -> Element | None:
        """What stands in the Body; none: nothing, or more than one element."""
        inside = children(self.body)
        return inside[0] if len(inside) == 1 else None

    @property
    def headers(self) -> list[Element]:
        """The headers that are for us, not for somebody on the way."""
        every = [] if self.header is None else children(self.header)
        return [one for one in every if self._is_ours(one)]

    @property
    def security(self) -> Element | None:
        """The one Security header for us; none: nobody signed. Raises ``Fault``."""
        found = [one for one in self.headers if one.tag == _SECURITY]
        if len(found) > 1:
            what = "two Security headers for the same receiver"
            raise in_message("headers", what)
        return found[0] if found else None

    def addressing(self, name: str) -> Element | None:
        """A header of WS-Addressing. Raises ``Fault`` where it comes twice."""
        found = [one for one in self.headers if one.tag == f"{{{WSA}}}{name}"]
        if len(found) > 1:
            raise in_message("headers", f"{name} comes twice")
        return found[0] if found else None

    def must_be_known(self) -> None:
        """Whether we know all headers that we must. Raises ``Fault``."""
        for one in self.headers:
            said = one.get(self.soap.tag("mustUnderstand"), "").strip()
            space = str(one.tag).rpartition("}")[0]
            if said in _TRUE and space != f"{{{WSA}" and one.tag != _SECURITY:
                what = f"the header {local_name(one)} is not known here"
                raise in_message("must_understand", what[:200])

    @property
    def fault(self) -> str | None:
        """What a Fault in the Body says, in one line; none: there is none."""
        found = self.operation
        if found is None or found.tag != self.soap.tag("Fault"):
            return None
        words = " ".join(" ".join(map(str, found.itertext())).split())
        return words[:300] or "a Fault without words"

    @property
    def blames_the_caller(self) -> bool:
        """Whether its Fault says that the same message will never do."""
        found = self.operation
        if found is None:
            return False
        later = f"{self.soap.tag('Code')}/{self.soap.tag('Value')}"
        code = found.find("faultcode" if self.soap.version == "1.1" else later)
        return text_of(code).rpartition(":")[2] in ("Client", "Sender")

    def _is_ours(self, header: Element) -> bool:
        return header.get(self.soap.tag(self.soap.actor), "").strip() in self.soap.ours
