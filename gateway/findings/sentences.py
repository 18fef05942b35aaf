"""What findings say, in another language: English sentences taken apart again.

A finding has one sentence, in English, put together where the fault is seen. Each form
of such a sentence stands here once more, so that another language can have its own
form for it, filled with the same values. A sentence that has no form here is told by
the meaning of its code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from gateway.findings.marking import marked as _

FORMS = (
    _("AK5 of set {name} is missing"),
    _("group {value} cannot be acknowledged: a number is missing"),
    # segments and elements
    _("{value} is not in the list; near it: {codes}"),
    _("{value} is not in the list: {codes}"),
    _("{value} is not in the list"),
    _("{value} is no date"),
    _("{value} is no time"),
    _("{value} is not a number"),
    _("{value} is no number"),
    _("{value} is no whole number"),
    _("{value} is below zero"),
    _("{value} has a character that is no text"),
    _("{value} is shorter than {count}"),
    _("{value} is longer than {count}"),
    _("component {count} is missing"),
    _("{place} ends with empty elements"),
    _("{place} ends with empty components"),
    _("{place} has {count} elements, {sent} were sent"),
    _("{place} has {count} components, {sent} were sent"),
    _("{place} excludes other elements ({condition})"),
    _("{place} is missing ({condition})"),
    _("{place} is missing"),
    _("{place} may stand {count} times, {sent} came"),
    _("loop {name} may stand {count} times"),
    _("{place} may stand {count} times"),
    _("{place} is not used by the guide"),
    _("{place} is not used"),
    _("{place} stands out of sequence"),
    _("{place} is no segment of {name}"),
    _("{value} is no X12 segment"),
    _("no {tag} has {codes} in {place} ({why})"),
    _("no {tag} has {codes} in {place}"),
    _("no pair of {tag} has {codes} ({why})"),
    _("no pair of {tag} has {codes}"),
    _("{then}, where {met} unless {but}"),
    _("{then}, where {met}"),
    _("{then}, unless {but}"),
    _("{place} is {value}, not {codes}"),
    _("{place}: {then}"),
    # the envelope
    _("a UTF-8 byte order mark comes first"),
    _("ISA elements have not their lengths"),
    _("a line break stands inside ISA"),
    _("a segment is broken into lines"),
    _("blanks stand before a tag or a terminator"),
    _("two terminators stand side by side"),
    _("not all bytes are {name}; they were read as Latin-1"),
    _("no ISA with its 16 elements was found"),
    _("the data look packed by {name}: send what is in them"),
    _("the data look like text in {name}: send one byte for a character"),
    _("the data look like a PDF: send the interchange itself"),
    _("{value} is in small letters: send all tags in capitals"),
    _("these data belong to no message"),
    _("segments of an envelope stand outside of any interchange"),
    _("the last segment has no terminator"),
    _("group {name} has no GE"),
    _("interchange {name} has no IEA"),
    _("message {name} is not read"),
    _("the message ends without SE"),
    _("ISA11 is {value}; version {name} has U there"),
    _("{value} as {role} is empty, a letter or digit, or used twice"),
    _("{value} as {role} is more than one character"),
    _("{value} has two bytes in UTF-8; a separator has one"),
    _("{tag} without {other}"),
    _("IEA01 is {value}, the interchange has {count} groups"),
    _("GE01 is {value}, the group has {count} messages"),
    _("SE01 is {value}, the message has {count} segments"),
    _("{place} is {value}, {other} is {sent}"),
    _("{place} is {value}, {other} was {sent}"),
    _("{place} {name} was used in this interchange before"),
    _("{place} {name} was used in this group before"),
    _("{place} not sent"),
    _("{place} is {value}"),
    # what is read here
    _("there are more than {count} parts; the rest was not read"),
    _("there are no tables for version {value}"),
    _("{value} groups of {name} are not read"),
    _("{value} of {name} is not read for this sender"),
    _("{name} stands in a {other} group"),
    _("{name} does not reach us as {other}"),
    _("no profile for {name}"),
    _("no {name} is held"),
    _("{value} was read as {other}"),
    # acknowledgements
    _("the acknowledgement file holds no 997, 999 or TA1"),
    _("interchange {name} is not the one that was given"),
    _("group {name} was not given"),
    _("AK903 counts {count} messages, {sent} were sent"),
    _("message {name} is not in the group"),
    _("AK202 is {name}, ST02 was {sent}"),
    _("segment {count} is named, {name} has {sent}"),
    _("segment {count} is {tag}, not {other}"),
    _("{value} is given as sent, it was {sent}"),
    _("{value} is no code for {place}"),
    _("{place} stands without {other}"),
    _("AK1 names group {value} {other}"),
    _("{value} in {tag} is no number"),
    # orders
    _("the message has no order number"),
    _("the order names no currency"),
    _("line {value} occurs twice"),
    _("the line has no number, {count} was assumed"),
    _("the line has no quantity"),
    _("the quantity has no unit"),
    _("the line names no item"),
    _("{place} counts in {other}, the line in {value}"),
    _("{place} adds up to {sent}, the line says {other}"),
    _("{value} does not say how many of unit {other} the price is for"),
    _("purpose {value} makes no new order"),
    _("kind of order {value}"),
    # UBL
    _("the document has no ID"),
    _("the document names no sender"),
    _("UBL has no DOCTYPE; nothing of it was read"),
    _("the root is {name}"),
    _("{name} is not read here"),
    _("OrderLine has no LineItem"),
    _("no line is told of"),
    _("{name} with lines"),
    _("line {name} occurs twice"),
    _("{name} is none of this kind"),
    _("the end of validity is not stated"),
    _("{name} in a document in {other}"),
    _("{name} has over two decimals"),
    _("quantity {name} is below zero"),
    _("price {name} is below zero"),
    _("amount {name} is below zero"),
    _("base quantity {name} is not above zero"),
    _("line amount {name}, and {other} by price and quantity"),
    _("no percentage of tax category {name}"),
    _("the standard rate is not above zero"),
    _("net price {name}, and {other} by gross price and allowance"),
    _("{name} is stated, the sum is {other}"),
    _("an allowance or charge has no reason"),
    _("a percentage and what it is of go together"),
    _("amount {name}, and {other} by its factors"),
    _("{name} is not known"),
    _("there is no {name}"),
)
"""The forms of sentences, those that say more first."""

_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_PATTERNS = {
    "value": _QUOTED,
    "count": "-?[0-9]+",
    "tag": "[A-Za-z0-9]{2,3}",
    "place": "[^:]+?",
    "why": ".+",
    "condition": "[A-Z][0-9]+",
}
ROLES = (
    _("element separator"),
    _("component separator"),
    _("segment terminator"),
    _("repetition separator"),
)
_FIELD = re.compile(r"\{([a-z]+)\}")
_NAME = re.compile(r"(?<= \()((?:[^()]|\([^()]*\))+)(?=\))")
"""A table's name behind a place: ``PO1-02 (Quantity ordered)``."""
_DEEPEST = 4
_LONGEST = 1000
"""Characters of a sentence that is taken apart; a longer one is mostly data."""
Speak = Callable[..., str]


@lru_cache(maxsize=1)
def _compiled() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((form, _pattern(form)) for form in FORMS)


def _pattern(form: str) -> re.Pattern[str]:
    parts = _FIELD.split(form)
    out = [re.escape(parts[0])]
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        out += [f"(?P<{name}>{_PATTERNS.get(name, '.*?')})", re.escape(text)]
    return re.compile("".join(out), re.DOTALL)


def told(what: str, speak: Speak, depth: int = 0) -> str:
    """The sentence in the language of ``speak``; empty where it has no form."""
    if depth > _DEEPEST or len(what) > _LONGEST:
        return ""
    for form, pattern in _compiled():
        match = pattern.fullmatch(what)
        values = match and _values(match.groupdict(), speak, depth)
        if values is not None:
            return speak(form, **values)
    return ""


def _values(
    values: Mapping[str, str], speak: Speak, depth: int
) -> dict[str, str] | None:
    """The values, those that are sentences told; None where one has no form."""
    out = dict(values)
    if "then" in out:
        out["then"] = told(out["then"], speak, depth + 1)
        if not out["then"]:
            return None
    if "role" in out:
        out["role"] = speak(out["role"])
    if "codes" in out:
        out["codes"] = _either(out["codes"], speak)
    if "place" in out:
        out["place"] = _place(out["place"], speak)
    return out


def _place(text: str, speak: Speak) -> str:
    """A place, or several, and the names behind them."""
    pieces = _NAME.split(text)
    pieces[::2] = (_either(piece, speak) for piece in pieces[::2])
    pieces[1::2] = map(speak, pieces[1::2])
    return "".join(pieces)


def _either(text: str, speak: Speak) -> str:
    return text.replace(" or ", speak(_(" or ")))
