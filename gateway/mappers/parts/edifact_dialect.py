"""How a dialect of EDIFACT says what becomes of an order: its codes as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from gateway.order.ack import AckType
from gateway.partner.profile import Profile

__all__ = ["Dialect", "LineOutcome", "dialect_of", "since"]

LineOutcome = Literal["accepted", "changed", "refused", "added", "untouched"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The codes of an ORDRSP in one dialect.

    ``header`` is 1225 for each answer, empty where the dialect has no code for it, and
    ``amended`` that of an answer whose heading alone differs; ``lines`` is 1229.
    ``document`` is 1001. ``subject`` is 4451 of a text, ``backordered`` whether QTY 83
    exists, ``promised`` 2005 of a day of delivery and ``ships`` of one of shipping.
    ``variance`` names QVR, or QVA before D.95A. ``gtin`` is 7143 of a trade item.
    """

    name: str
    document: str = "231"
    header: Mapping[AckType, str]
    amended: str
    lines: Mapping[LineOutcome, str]
    subject: str = "AAI"
    backordered: bool = True
    promised: str = "69"
    ships: str = "79"
    variance: str = "QVR"
    gtin: str = "EN"

    def header_code(self, kind: AckType, *, heading_only: bool) -> str:
        """1225 of an answer."""
        if kind == "accepted_with_changes" and heading_only:
            return self.amended
        return self.header[kind]


_UN_LINES: Mapping[LineOutcome, str] = {
    "accepted": "5",
    "changed": "3",
    "refused": "7",
    "added": "1",
    "untouched": "4",
}
_UN = Dialect(
    name="un",
    header={
        "accepted": "29",
        "accepted_with_changes": "30",
        "rejected": "27",
        "held": "12",
        "received": "12",
    },
    amended="28",
    lines=_UN_LINES,
)
_EANCOM: Mapping[AckType, str] = {**_UN.header, "accepted_with_changes": "4"}
_BOOK: Mapping[LineOutcome, str] = {**_UN_LINES, "changed": "24"}


_97 = Dialect(
    name="eancom97",
    header=_EANCOM,
    amended="4",
    lines=_UN_LINES,
    subject="PUR",
    ships="69",
)
_DIALECTS = {
    "un": _UN,
    "eancom94": replace(
        _97,
        name="eancom94",
        header={**_EANCOM, "held": "", "received": ""},
        backordered=False,
    ),
    "eancom97": _97,
    "eancom2002": replace(_97, name="eancom2002", gtin="SRV"),
    "book": replace(
        _UN, name="book", document="23C", header=_EANCOM, amended="4", lines=_BOOK
    ),
}
_EDITIONS = {"D93A": "eancom94", "D96A": "eancom97", "D01B": "eancom2002"}


def dialect_of(profile: Profile | None, directory: str, association: str) -> Dialect:
    """The profile's dialect; left out, the one that the message's subset belongs to."""
    stated = profile.edifact.dialect if profile else "subset"
    its = _UN
    if stated != "subset":
        its = _DIALECTS[stated]
    elif association.startswith("EAN"):
        its = _DIALECTS[_EDITIONS.get(directory, "eancom97")]
    return its if since(directory, "D95A") else replace(its, variance="QVA")


def since(directory: str, first: str) -> bool:
    """Whether a directory, such as ``D96A``, is this one or a later one."""
    return _age(directory) >= _age(first)


def _age(directory: str) -> tuple[int, str]:
    """Its year and its letter; what is no directory is older than any."""
    year = directory[1:3]
    if not year.isdecimal():
        return (0, "")
    return (int(year) + (1900 if year >= "88" else 2000), directory[3:])
