"""The codes that no mutation of an inbound document provokes, each with its reason.

Codes that no document at all raises stand in ``NOBODY``: the standard has them, and so
has our table, for the day that somebody does.
"""

from __future__ import annotations

from collections.abc import Mapping

ROOMS: Mapping[str, str] = {
    "ACC": "payments (820) of what was billed; the golden cases of x12_820 have them",
    "API": "requests to the HTTP interface",
    "AS2": "what AS2 wraps a document into, and receipts for ours",
    "CFG": "profiles, catalogs and tables of the operator",
    "CHG": "decisions of an operator, and changes of orders that are kept",
    "CXM": "cXML documents, and sessions of their punch-outs",
    "ERP": "files of the ERP",
    "EVD": "what is kept as evidence, looked at afterwards",
    "OCI": "carts that go back by OCI",
    "SLA": "what did not come in time",
    "SOAP": "messages in SOAP and their security; engine/test_soap.py has them",
    "TRU": "signatures, certificates and keys",
    "TRN": "files at the folder's door, before anybody looks inside",
    "UBL": "UBL documents; their unit tests and golden cases have them",
}
"""Prefixes of rooms that never see an inbound document of X12 or EDIFACT."""

_READER = "told at one width of lines, or of a group; test_edifact_reader has it"
_STORE = "told by the store or a door about a transmission, not by what stands in it"
NAMED: Mapping[str, str] = {
    "WIRE-012": "explain's door: another kind of data; here it is WIRE-001",
    "WIRE-020": "delivery of our own messages",
    **{f"WIRE-03{n}": "XML; the tests of safexml have it" for n in range(6)},
    "WIRE-021": _STORE,
    "MAP-001": "a fault of ours: a mapper that raises",
    "CAT-370": "what our stock has, which no document says",
    **{
        f"CAT-38{n}": "what is left of a blanket order, which no document says"
        for n in range(7)
    },
    **{
        f"CAT-3{n}": "what a punch-out cart promised, which no document says"
        for n in (*range(61, 65), *range(71, 77))
    },
    "ENV-304": _READER,
    "ENV-313": "a directory that is agreed and not held; test_edifact_inbound has it",
    **{
        f"ENV-21{n}": "advice about documents that were sent, or a text; golden cases"
        for n in range(1, 7)
    },
    "MAP-016": "a verdict (824) that a partner's guide adds to the standard's",
    "MAP-017": "a heading that a partner's guide lets go",
    "MAP-019": "kinds that every guide of these samples forbids; test_unread_terms",
    "CAT-343": "allowances, which all of these partners have agreed on",
    "CAT-344": "terms of payment, of which none of these profiles says anything",
    "MAP-015": "what a change (860) wants; the golden cases of x12_860 have it",
}
"""Single codes."""

_SECURED = "security segments (X12.58) are not read"
NOBODY: Mapping[str, str] = {
    "ENV-003": "ISA11 is judged as ENV-031",
    "ENV-004": "every version of the controls is read alike",
    "ENV-017": "no profile lists the implementation references it takes",
    "ENV-023": "a receiver that is not us is ENV-024",
    "ENV-026": "authorization values are not agreed upon in a profile",
    "ENV-028": "security values are not agreed upon in a profile",
    "ENV-038": "deferred delivery is of releases before 004010",
    "ENV-039": "deferred delivery is of releases before 004010",
    "ENV-040": "deferred delivery is of releases before 004010",
    "ENV-041": "grade of service is of releases before 004010",
    **{f"ENV-0{number}": _SECURED for number in (*range(50, 59), *range(67, 72))},
    "SYN-102": "a segment out of place is SYN-107, one that a guide forbids IMP-106",
}
"""Codes that nothing raises."""
