"""A document held against the DTDs at hand, or against our own rules."""

from __future__ import annotations

from itertools import islice

from gateway.cxml_punchout.dtd import MOST_FINDINGS, Dtd
from gateway.cxml_punchout.dtds import Dtds, module_of
from gateway.cxml_punchout.rules import lacking
from gateway.findings import Finding, Where
from gateway.safexml import Element, Xml, read

__all__ = ["judged", "judged_ours"]


def judged(root: Element, payload: str, dtds: Dtds) -> tuple[Finding, ...]:
    """Where a document that came in differs from the newest DTD held for its payload.

    All are warnings: a profile says which of them reject (docs/cxml.md).
    """
    dtd = dtds.newest(payload)
    if isinstance(dtd, Dtd):
        return dtd.faults(root)
    told = dtd or Finding.of(
        "CXM-021", f"no {module_of(payload)}.dtd is held", Where(path="cXML"), payload
    )
    return (told, *islice(lacking(root), MOST_FINDINGS))


def judged_ours(data: bytes, payload: str, pin: str, dtds: Dtds) -> tuple[Finding, ...]:
    """What speaks against sending a document of ours to who reads version ``pin``.

    It has to fit the version agreed on, or the nearest held before it, and the newest.
    What stands in BuyerCookie is theirs, any XML at all: it goes back as it came.
    """
    xml = read(data)
    if not isinstance(xml, Xml):
        return (xml,)
    for cookie in xml.root.iter("BuyerCookie"):
        del cookie[:]
    held = dtds.pinned(payload, pin)
    if not held:
        faults = [*lacking(xml.root)]
    else:
        faults = [
            fault
            for dtd in held
            for fault in (dtd.faults(xml.root) if isinstance(dtd, Dtd) else (dtd,))
        ]
    return tuple(
        Finding.of("CXM-023", one.what, one.where, one.value) for one in faults
    )
