"""Units as people call them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from gateway.catalog.units import meaning
from gateway.findings.marking import marked as _
from gateway.web.speech import Speech

__all__ = ["per_unit", "unit_name"]


_NAMES: Mapping[str, str] = {
    "C62": _("each"),
    "CS": _("case"),
    "CT": _("carton"),
    "BX": _("box"),
    "PK": _("pack"),
    "PA": _("packet"),
    "BG": _("bag"),
    "BO": _("bottle"),
    "CX": _("can"),
    "DR": _("drum"),
    "RO": _("roll"),
    "PX": _("pallet"),
    "BE": _("bundle"),
    "LEF": _("sheet"),
    "SET": _("set"),
    "KT": _("kit"),
    "PR": _("pair"),
    "DZN": _("dozen"),
    "CEN": _("hundred"),
    "MIL": _("thousand"),
    "KGM": _("kilogram"),
    "LBR": _("pound"),
    "LTR": _("litre"),
    "GLL": _("gallon"),
    "MTR": _("metre"),
    "FOT": _("foot"),
    "HUR": _("hour"),
}


def unit_name(code: str, speech: Speech) -> str:
    """What a unit is called, and its code; the code alone where nobody knows it."""
    name = _NAMES.get(meaning(code))
    return speech(_("{name} ({code})"), name=speech(name), code=code) if name else code


def per_unit(quantity: Decimal, unit: str, speech: Speech) -> str:
    """What a price is for: per box, per 100 each."""
    name = unit_name(unit, speech)
    if quantity == 1:
        return speech(_("per {unit}"), unit=name)
    return speech(_("per {count} {unit}"), count=speech.quantity(quantity), unit=name)
