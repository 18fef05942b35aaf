"""What people type into the forms of the shop."""

from __future__ import annotations

import re
from decimal import Decimal

from gateway.web.speech import Speech

__all__ = ["read_page", "read_quantity", "typed"]

_BLANKS = re.compile(r"[\s\u00a0\u202f']+")
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")


def read_quantity(text: str, speech: Speech) -> Decimal | None:
    """A quantity as people of this language write it, 0 or more; none if it is none."""
    plain = _BLANKS.sub("", text)
    if speech.name == "en" and _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    plain = plain.replace(",", ".")
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None


def typed(value: Decimal, speech: Speech) -> str:
    """A quantity as it stands in a field, so that ``read_quantity`` reads it again."""
    return speech.quantity(value).replace("\u202f", "") if value else "0"


def read_page(text: str) -> int:
    """The number of a page, 1 where it is none."""
    is_number = text.isascii() and text.isdigit() and len(text) < 6
    return max(1, int(text)) if is_number else 1
