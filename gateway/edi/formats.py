"""What an element's value has to look like, as regular expressions (X12.6)."""

from __future__ import annotations

import re

from gateway.edi.plan import ElementPlan
from gateway.edi.schema import Element

_DAY = (
    r"(?:(?:0[13578]|1[02])(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[469]|11)(?:0[1-9]|[12]\d|30)"
    r"|02(?:0[1-9]|1\d|2[0-8]))"
)
_DATE_6 = rf"(?:\d\d{_DAY}|(?:[02468][048]|[13579][26])0229)"
_DATE_8 = (
    rf"(?:\d{{4}}{_DAY}"
    r"|(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)0229)"
)
_TIME = r"(?:[01]\d|2[0-3])[0-5]\d"
_SECONDS = r"[0-5]\d"


def value_pattern(element: Element, least: int, most: int, stop: str) -> str:
    """The pattern of a value without its codes; ``stop`` is a set of separators.

    Lengths count characters, for numbers digits only. It takes no more than the
    value and never gives anything back.
    """
    kind = element.type
    if kind == "DT":
        return _dates(least, most)
    if kind == "TM":
        return _times(least, most)
    if kind[0] == "N" and kind[1:].isdigit():
        return rf"-?\d{{{least},{most}}}+"
    if kind == "R":
        point = rf"(?=[\d.]{{{least + 1},{most + 1}}}+(?![\d.]))\d*+\.\d*+"
        return rf"-?(?:\d{{{least},{most}}}+(?![\d.])|{point})"
    return f"[^{stop}]{{{least},{most}}}+"


def _dates(least: int, most: int) -> str:
    forms = [f for size, f in ((8, _DATE_8), (6, _DATE_6)) if least <= size <= most]
    return f"(?:{'|'.join(forms)})" if forms else r"\d++"


def _times(least: int, most: int) -> str:
    rest = ""
    for size, digits in ((8, r"\d"), (7, r"\d"), (6, _SECONDS)):
        if size <= most:
            optional = "?" if least < size else ""
            rest = f"(?:{digits}{rest}){optional}"
    return _TIME + rest


def whole(element: Element, plan: ElementPlan) -> re.Pattern[str]:
    """The pattern that a whole value has to match, without its codes."""
    return re.compile(value_pattern(element, plan.min, plan.max, "\n") + r"\Z")
