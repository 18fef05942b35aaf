"""The codes of an 855 for each canonical answer, and which of them go together."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.order.ack import AckType, LineStatus, StatusKind
from gateway.order.model import AckWanted
from gateway.partner.profile import Profile

LINE_CODES: Mapping[StatusKind, str] = {
    "accept": "IA",
    "shipped": "AC",
    "change_price": "IP",
    "change_quantity": "IQ",
    "change_unit": "IC",
    "change_terms": "IC",
    "substitute": "IS",
    "reschedule": "DR",
    "backorder": "IB",
    "add": "IC",
    "date_pending": "SP",
    "price_pending": "IE",
    "hold": "IH",
    "reject": "IR",
    "bad_item": "R2",
    "bad_unit": "R3",
    "bad_quantity": "IR",
    "bad_price": "IR",
    "bad_date": "IR",
    "not_on_contract": "R1",
    "discontinued": "R4",
    "delete": "ID",
}
"""ACK-01 (DE 668) of a line status."""

_INCOMPLETE = "IF"
_INCOMPLETE_REASONS = ("MAP-006", "MAP-007", "MAP-009")
"""Findings that hold a line because its description lacks something."""

HEADER_CODES: Mapping[AckType, str] = {
    "received": "AH",
    "held": "AH",
    "accepted": "AD",
    "accepted_with_changes": "AC",
    "rejected": "RD",
}
"""BAK-02 (DE 587) of an answer with lines."""

WITHOUT_LINES: Mapping[AckType, str] = {
    "received": "AH",
    "held": "AH",
    "accepted": "AK",
    "accepted_with_changes": "AC",
    "rejected": "RJ",
}
"""BAK-02 of an answer that has no line at all."""

_FITTING: Mapping[AckType, frozenset[str]] = {
    "received": frozenset({"AH", "AK", "AP", "NA", "ZZ"}),
    "held": frozenset({"AH", "ZZ"}),
    "accepted": frozenset({"AD", "AK", "AT", "AP", "ZZ"}),
    "accepted_with_changes": frozenset({"AC", "AE", "RN", "RO", "ZZ"}),
    "rejected": frozenset({"RD", "RJ", "RF", "RV", "ZZ"}),
}
"""The codes that do not contradict an answer; a profile may choose among them."""

_ON_CHANGES: Mapping[AckType, str] = {
    "accepted": "AK",
    "accepted_with_changes": "AE",
    "rejected": "RF",
}
"""The codes for a buyer who wants to see exceptions only (BEG-07 AE, RF)."""

NO_DETAIL = frozenset({"AK", "NA", "RJ"})
"""Header codes that say: no lines follow."""
EXCEPTIONS_ONLY = frozenset({"AE", "RF"})
"""Header codes that say: only lines with something to say follow."""
_DETAIL = frozenset({"AC", "AD", "AE", "RD", "RF"})


def line_code(status: LineStatus, profile: Profile | None) -> str:
    """ACK-01: the profile's code for the kind of status, else the usual one."""
    own = profile.policy.codes_855.get(status.kind) if profile else None
    if own:
        return own
    if status.kind == "hold" and status.reason_code in _INCOMPLETE_REASONS:
        return _INCOMPLETE
    return LINE_CODES[status.kind]


def header_code(
    kind: AckType, profile: Profile | None, *, lines: bool, wanted: AckWanted = ""
) -> str:
    """BAK-02: the profile's code where it does not contradict the answer.

    Without one it is the form that the order asks for (BEG-07). A code that announces
    lines is not used without any.
    """
    own = profile.policy.header_codes_855.get(kind, "") if profile else ""
    if not own and wanted == "on_changes":
        own = _ON_CHANGES.get(kind, "")
    if own in _FITTING[kind] and (lines or own not in _DETAIL):
        return own
    return (HEADER_CODES if lines else WITHOUT_LINES)[kind]
