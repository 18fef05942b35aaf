"""A DTD of our own that is as cXML's are, and much smaller."""

from __future__ import annotations

SMALL = b"""<!-- <!ENTITY % x SYSTEM "in a comment"> -->
<!ENTITY cxml.version "1.2.0NN">
<!ELEMENT cXML (Header?, (Request | Message | Response), ds:Signature*)>
<!ATTLIST cXML payloadID CDATA #REQUIRED xml:lang CDATA #IMPLIED>
<!ELEMENT Header EMPTY>
<!ELEMENT Request (Order | ShipNoticeRequest)>
<!ATTLIST Request mode (production | test) "production" Id ID #IMPLIED>
<!ELEMENT Message (#PCDATA)>
<!ELEMENT Response ANY>
<!ELEMENT ShipNoticeRequest EMPTY>
<!ELEMENT Order (Line+, Note?)>
<!ELEMENT Line (#PCDATA | Note)*>
<!ATTLIST Line number NMTOKEN #REQUIRED kind CDATA #FIXED "item">
<!ELEMENT Note (#PCDATA)>
<!ATTLIST Note xml:lang CDATA #REQUIRED>
<!ELEMENT ds:Signature ANY>
"""


def small(version: str = "1.2.050") -> bytes:
    return SMALL.replace(b"1.2.0NN", version.encode())
