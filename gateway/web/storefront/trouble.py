"""What is wrong with a line, in words for the person who shops."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from gateway.catalog.checked import LineChecked
from gateway.findings import Finding
from gateway.findings.marking import marked as _
from gateway.order.money import Money
from gateway.web.speech import Speech
from gateway.web.storefront.units import per_unit, unit_name

__all__ = ["trouble"]


_SAID: Mapping[str, str] = {
    "CAT-303": _("There is no price for it today."),
    "CAT-310": _("It is not among the items that you may buy here."),
    "CAT-311": _("Its number names several items. Search for the one you mean."),
    "CAT-312": _("It is no longer sold to you."),
    "CAT-313": _("It is no longer sold; another item replaced it."),
    "CAT-320": _("It is not sold in this unit."),
    "CAT-330": _("The quantity has to be above zero."),
    "CXM-051": _("Its price cannot be told to your purchasing system."),
    "CXM-211": _("It comes from another cart; item and price are those of today."),
    "CXM-212": _("It is not sold here any more. Choose another item."),
}
_LIMITS: Mapping[str, tuple[str, str]] = {
    "CAT-331": (_("The smallest quantity is {limit}."), "min_qty"),
    "CAT-332": (_("It is sold in steps of {limit}."), "increment"),
    "CAT-333": (_("The largest quantity is {limit}."), "max_qty"),
}

_BEFORE = re.compile(r"([0-9.]+) ([A-Z]{3}) per ([0-9.]+)")
"""The price of an earlier cart, as CXM-213 has it."""


def trouble(finding: Finding, checked: LineChecked, speech: Speech) -> str:
    """The finding as a shop would say it; one it has no words for as anywhere else."""
    said = _limit(finding, checked, speech) or _price_before(finding, checked, speech)
    if not said and finding.code in _SAID:
        said = speech(_SAID[finding.code])
    return said or speech.finding(finding)


def _limit(finding: Finding, checked: LineChecked, speech: Speech) -> str:
    item = checked.item
    if finding.code not in _LIMITS or item is None:
        return ""
    text, name = _LIMITS[finding.code]
    limit: Decimal | None = getattr(item, name)
    if limit is None:
        return ""
    unit = unit_name(item.base_unit, speech)
    said = speech(text, limit=f"{speech.quantity(limit)} {unit}")
    return said + _nearest(checked, speech)


def _price_before(finding: Finding, checked: LineChecked, speech: Speech) -> str:
    before = _BEFORE.fullmatch(finding.value) if finding.code == "CXM-213" else None
    if before is None or checked.unit is None:
        return ""
    said = _("Its price was {price} {per}; today it is another one.")
    price = Money(Decimal(before[1]), before[2])
    per = per_unit(Decimal(before[3]), checked.unit.unit, speech)
    return speech(said, price=speech.money(price), per=per)


def _nearest(checked: LineChecked, speech: Speech) -> str:
    if checked.allowed_qty is None or checked.unit is None:
        return ""
    count = speech.quantity(checked.allowed_qty)
    unit = unit_name(checked.unit.unit, speech)
    return " " + speech(_("{count} {unit} would do."), count=count, unit=unit)
