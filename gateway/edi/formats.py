"""What a value has to look like, as regular expressions (X12.6, ISO 9735)."""

from __future__ import annotations

import re

from gateway.edi.schema import Element

_DAY = (
    r"(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)"
    r"|02(?:0[1-9]|1[0-9]|2[0-8]))"
)
_DATE_6 = rf"(?:[0-9][0-9]{_DAY}|(?:[02468][048]|[13579][26])0229)"
_DATE_8 = (
    rf"(?:[0-9]{{4}}{_DAY}"
    r"|(?:[0-9][0-9](?:0[48]|[2468][048]|[13579][26])"
    r"|(?:[02468][048]|[13579][26])00)0229)"
)
_TIME = r"(?:[01][0-9]|2[0-3])[0-5][0-9]"
_SECONDS = r"[0-5][0-9]"


def value_pattern(element: Element, least: int, most: int, stop: str) -> str:
    """The pattern of a value without its codes; ``stop`` is a set of separators.

    Lengths count characters, for numbers digits only. It takes no more than the
    value and never gives anything back.
    """
    kind = element.type
    if kind in ("DT", "TM"):
        return _dates(least, most) if kind == "DT" else _times(least, most)
    if kind[0] == "N" and kind[1:].isdigit():
        return rf"-?[0-9]{{{least},{most}}}+"
    if kind == "R":
        point = rf"(?=[0-9.]{{{least + 1},{most + 1}}}+(?![0-9.]))[0-9]*+\.[0-9]*+"
        return rf"-?(?:[0-9]{{{least},{most}}}+(?![0-9.])|{point})"
    if kind[0] == "n":
        return _decimal(least, most, re.escape(kind[1:] or ".,"))
    digits = "0-9" if kind == "a" else ""
    return f"[^{digits}{stop}]{{{least},{most}}}+"


def _decimal(least: int, most: int, marks: str) -> str:
    """A number of ISO 9735: mark and minus do not count, digits stand on each side."""
    whole = f"[0-9]{{{least},{most}}}+(?![0-9{marks}])"
    if most == 1:
        return f"-?{whole}"
    parts = rf"[0-9]++[{marks}][0-9]++"
    size = f"[0-9{marks}]{{{max(least, 2) + 1},{most + 1}}}+(?![0-9{marks}])"
    return f"-?(?:{whole}|(?={size}){parts})"


def _dates(least: int, most: int) -> str:
    forms = [f for size, f in ((8, _DATE_8), (6, _DATE_6)) if least <= size <= most]
    return f"(?:{'|'.join(forms)})" if forms else r"[0-9]++"


def _times(least: int, most: int) -> str:
    rest = ""
    for size, digits in ((8, r"[0-9]"), (7, r"[0-9]"), (6, _SECONDS)):
        if size <= most:
            optional = "?" if least < size else ""
            rest = f"(?:{digits}{rest}){optional}"
    return _TIME + rest
