"""A cart as the buyer's system takes it out of an OCI form, and what it would drop."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from gateway.cxml_punchout.oci import FIELDS, MOST_LINES
from gateway.findings import Finding, Where

__all__ = ["form_faults", "read_items"]

_FIELD = re.compile(r"NEW_ITEM-([A-Z_0-9]+)\[([0-9]{1,5})\]", re.IGNORECASE)
_LONGTEXT = re.compile(r"NEW_ITEM-LONGTEXT_([0-9]{1,5}):132\[\]", re.IGNORECASE)
_NUMBERS = {"QUANTITY": True, "PRICE": False}
"""Fields of 11 digits and 3 decimals; whether they are always there."""
_NUMBER = re.compile(r"[0-9]{1,11}(\.[0-9]{1,3})?")
_WHOLE = re.compile(r"[0-9]{1,5}")


def read_items(pairs: Iterable[tuple[str, str]]) -> dict[int, dict[str, str]]:
    """The fields of each line by its number, names in capital letters."""
    lines: dict[int, dict[str, str]] = {}
    for name, value in pairs:
        if found := _FIELD.fullmatch(name):
            lines.setdefault(int(found[2]), {})[found[1].upper()] = value
        elif found := _LONGTEXT.fullmatch(name):
            lines.setdefault(int(found[1]), {})["LONGTEXT"] = value
    return lines


def form_faults(lines: Mapping[int, Mapping[str, str]]) -> Iterator[Finding]:
    """What the system would drop a line for (OCI-003 to 005), and too many lines."""
    for number, held in sorted(lines.items()):
        where = Where(path=f"NEW_ITEM[{number}]")
        yield from _missing(held, where)
        for name, value in held.items():
            most = FIELDS.get(name.lower())
            if most is not None and len(value) > most:
                what = f"{name} has {len(value)} characters of {most}"
                yield Finding.of("OCI-004", what, where, value)
        yield from _numbers(held, where)
    if lines and sorted(lines) != list(range(1, len(lines) + 1)):
        what = "lines are not numbered from 1 on"
        yield Finding.of("OCI-005", what, Where(path="NEW_ITEM"))
    if len(lines) > MOST_LINES:
        yield Finding.of("OCI-008", f"{len(lines)} lines", Where(path="NEW_ITEM"))


def _missing(held: Mapping[str, str], where: Where) -> Iterator[Finding]:
    if bool(held.get("DESCRIPTION")) == bool(held.get("MATNR")):
        what = "DESCRIPTION or MATNR is needed, and not both"
        yield Finding.of("OCI-003", what, where)
    if not held.get("MATNR") and not held.get("UNIT"):
        yield Finding.of("OCI-003", "UNIT is needed without MATNR", where)
    if held.get("PRICE") and not held.get("CURRENCY"):
        yield Finding.of("OCI-003", "PRICE needs CURRENCY", where)


def _numbers(held: Mapping[str, str], where: Where) -> Iterator[Finding]:
    for name, is_needed in _NUMBERS.items():
        value = held.get(name, "")
        if (value or is_needed) and not _NUMBER.fullmatch(value):
            what = f"{name} {value!r} is not of 11 digits and 3 decimals"
            yield Finding.of("OCI-005", what, where, value)
    for name in ("PRICEUNIT", "LEADTIME"):
        value = held.get(name, "")
        if value and not _WHOLE.fullmatch(value):
            what = f"{name} {value!r} is no whole number of 5 digits"
            yield Finding.of("OCI-005", what, where, value)
