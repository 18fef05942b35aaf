"""Changes of cXML that are too old: what the door says to them at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gateway.cxml_punchout.document import Document, stated
from gateway.findings import Finding, Severity, Where
from gateway.partner import Profile
from gateway.pipeline.booked import Booked, OrderPlace, place_of
from gateway.pipeline.changing import last_number, number_of
from gateway.safexml import Element, attribute

__all__ = ["place_changed", "stale"]

_ORDER = "OrderRequest"
_CHANGES = ("update", "delete")
_AT = Where(path="OrderRequestHeader/@orderVersion")


def place_changed(
    document: Document, profile: Profile, *, by_test_account: bool = False
) -> OrderPlace | None:
    """Where the order is that a numbered update or deletion is about; else none."""
    header = _header(document)
    if header is None or stated(header, "type") not in _CHANGES:
        return None
    if number_of(attribute(header, "orderVersion")) is None:
        return None
    test = document.test or by_test_account or profile.stage != "live"
    return place_of(profile.id, attribute(header, "orderID"), "", test=test)


def stale(document: Document, there: Iterable[Booked]) -> Finding | None:
    """That a later version was answered (CHG-102), where one order is at the place."""
    every = tuple(there)
    header = _header(document)
    if header is None or len(every) != 1:
        return None
    sent = attribute(header, "orderVersion")
    number, last = number_of(sent), last_number(every[0])
    if number is None or last is None or number > last:
        return None
    what = f"change {sent} came after change {last}"
    found = Finding.of("CHG-102", what, _AT, sent)
    return replace(found, severity=Severity.REJECT)


def _header(document: Document) -> Element | None:
    if document.name != _ORDER or document.body is None:
        return None
    return document.body.find("OrderRequestHeader")
