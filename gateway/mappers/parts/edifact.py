"""Read the segments that many EDIFACT messages share: parties, references, texts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from gateway.edi.edifact.segment import EdifactSegment
from gateway.edi.tree import LoopRead
from gateway.mappers.parts.edifact_codes import (
    CONTACT_ROLES,
    NOTES,
    NUMBERS_TO_REACH,
    REFERENCES,
    ROLES,
    SCHEMES,
)
from gateway.mappers.parts.edifact_ledger import EdifactLedger, segments
from gateway.mappers.parts.one_of_a_role import note_two
from gateway.order.party import (
    Address,
    Contact,
    Identifier,
    Note,
    Party,
    Reference,
)

__all__ = ["first", "led", "notes", "ordering", "parties", "references", "those"]

_SHIP_TO = ("DP", "ST", "CN")
"""Who gets the goods: the first of them that is named; others stay as sent."""
_TAX_NUMBERS = ("VA", "XA")


def those(loop: LoopRead, tag: str) -> list[EdifactSegment]:
    """The segments of a tag directly in a loop."""
    return list(segments(loop.all(tag)))


def first(loop: LoopRead, tag: str) -> EdifactSegment | None:
    """The first segment of a tag directly in a loop."""
    return next(iter(segments(loop.all(tag))), None)


def led(loop: LoopRead, name: str) -> list[tuple[EdifactSegment, LoopRead]]:
    """The passes of a loop, each with the segment that starts it."""
    return [
        (start, inner)
        for inner in loop.inner(name)
        for start in segments(inner.segments[:1])
    ]


def parties(ledger: EdifactLedger, loop: LoopRead) -> tuple[Party, ...]:
    """The parties of the NAD loops, in their order."""
    passes = led(loop, "NAD")
    sent = {nad.part(1).strip() for nad, _ in passes}
    ship_to = next((code for code in _SHIP_TO if code in sent), "")
    return tuple(
        _party(ledger, nad, inner, f"parties[{index}]", ship_to)
        for index, (nad, inner) in enumerate(passes)
    )


def ordering(ledger: EdifactLedger, loop: LoopRead) -> tuple[Party, ...]:
    """The parties of an order, a change or a line; two where one belongs: MAP-018."""
    its = parties(ledger, loop)
    if len({party.role for party in its}) < len(its):
        places = (nad.at(1) for nad, _ in led(loop, "NAD"))
        note_two(ledger.found, zip(its, places, strict=True))
    return its


def _party(
    ledger: EdifactLedger, nad: EdifactSegment, loop: LoopRead, field: str, ship_to: str
) -> Party:
    """NAD with its RFF, CTA and COM."""
    code = ledger.text(nad, 1, f"{field}.role")
    role = ROLES.get(code, "other")
    if code in _SHIP_TO and code != ship_to:
        role = "other"
    number = ledger.text(nad, 2, f"{field}.id")
    agency = nad.part(2, 3).strip()
    if number and agency:
        ledger.took(f"{field}.id_scheme", nad, 2, 3)
    ids, tax_ids = _numbers(ledger, loop, field)
    return Party(
        role=role,
        id=number,
        id_scheme=SCHEMES.get(agency, agency) if number else "",
        name=" ".join(_lines(ledger, nad, 4, f"{field}.name", 5)),
        ids=ids,
        address=_address(ledger, nad, f"{field}.address"),
        contacts=tuple(_contacts(ledger, loop, field)),
        tax_ids=tax_ids,
        role_sent=code if role == "other" or code == "SE" else "",
    )


def _lines(
    ledger: EdifactLedger, segment: EdifactSegment, element: int, field: str, most: int
) -> tuple[str, ...]:
    """The components of an element that are lines of one text."""
    lines = (ledger.text(segment, element, field, n) for n in range(1, most + 1))
    return tuple(line for line in lines if line)


def _address(ledger: EdifactLedger, nad: EdifactSegment, field: str) -> Address | None:
    """Street, place and country; lines without a structure (C058) come first."""
    address = Address(
        lines=(
            *_lines(ledger, nad, 3, f"{field}.lines", 5),
            *_lines(ledger, nad, 5, f"{field}.lines", 4),
        ),
        city=ledger.text(nad, 6, f"{field}.city"),
        region=ledger.text(nad, 7, f"{field}.region"),
        postal_code=ledger.text(nad, 8, f"{field}.postal_code"),
        country=ledger.text(nad, 9, f"{field}.country"),
    )
    return None if address == _NOWHERE else address


_NOWHERE = Address()


def _numbers(
    ledger: EdifactLedger, loop: LoopRead, field: str
) -> tuple[tuple[Identifier, ...], tuple[Identifier, ...]]:
    """The further numbers of a party and its tax numbers (RFF in the NAD loop)."""
    ids: list[Identifier] = []
    tax_ids: list[Identifier] = []
    for rff, _ in led(loop, "RFF"):
        is_tax = rff.part(1) in _TAX_NUMBERS
        into, name = (tax_ids, "tax_ids") if is_tax else (ids, "ids")
        place = f"{field}.{name}[{len(into)}]"
        number = ledger.text(rff, 1, f"{place}.id", 2)
        if number:
            scheme = ledger.text(rff, 1, f"{place}.scheme")
            into.append(Identifier(id=number, scheme=scheme))
    return tuple(ids), tuple(tax_ids)


def _contacts(ledger: EdifactLedger, loop: LoopRead, field: str) -> Iterator[Contact]:
    """People and desks: CTA with the COM behind it."""
    for index, (cta, inner) in enumerate(led(loop, "CTA")):
        place = f"{field}.contacts[{index}]"
        role = ledger.text(cta, 1, f"{place}.role")
        reach: dict[str, str] = {}
        for com in those(inner, "COM"):
            for element in range(1, len(com.elements)):
                name = NUMBERS_TO_REACH.get(com.part(element, 2).strip())
                if name and name not in reach:
                    ledger.qualified(com, element, 2)
                    reach[name] = ledger.text(com, element, f"{place}.{name}")
        yield Contact(
            name=ledger.text(cta, 2, f"{place}.name", 2)
            or ledger.text(cta, 2, f"{place}.name"),
            role=CONTACT_ROLES.get(role, role),
            phone=reach.get("phone", ""),
            fax=reach.get("fax", ""),
            email=reach.get("email", ""),
            url=reach.get("url", ""),
        )


def references(
    ledger: EdifactLedger, loop: LoopRead, fields: Mapping[str, str]
) -> tuple[dict[str, str], tuple[Reference, ...]]:
    """The RFF loops: ``fields`` names by qualifier the field that the first one fills.

    Everything else, and a second one of a kind, becomes a Reference; so does one that
    says more than its number: a line (1156) or a date.
    """
    values: dict[str, str] = {}
    others: list[Reference] = []
    for rff, inner in led(loop, "RFF"):
        code = rff.part(1).strip()
        field = fields.get(code, "")
        if field and field not in values:
            text = ledger.text(rff, 1, field, 2)
            if text:
                values[field] = text
                ledger.qualified(rff, 1)
                continue
        place = f"references[{len(others)}]"
        ledger.text(rff, 1, f"{place}.kind")
        one = Reference(
            kind=REFERENCES.get(code, code),
            value=ledger.text(rff, 1, f"{place}.value", 2),
            text=ledger.text(rff, 1, f"{place}.text", 3),
        )
        others.append(replace(one, date=_dated(ledger, inner, place)))
    return values, tuple(others)


def _dated(ledger: EdifactLedger, loop: LoopRead, place: str) -> dt.date | None:
    """The date of a reference (DTM 171)."""
    for dtm in those(loop, "DTM"):
        if dtm.part(1) == "171":
            return ledger.day(dtm, f"{place}.date")
    return None


def notes(
    ledger: EdifactLedger, found: Iterable[EdifactSegment], kind: str = "general"
) -> Iterator[Note]:
    """FTX, each a text of up to five lines; ``kind`` is that of the subject AAI."""
    index = 0
    for ftx in found:
        place = f"notes[{index}]"
        lines = _lines(ledger, ftx, 4, f"{place}.text", 5)
        if not lines:
            continue
        subject = ledger.text(ftx, 1, f"{place}.kind")
        said = NOTES.get(subject, subject)
        language = ledger.text(ftx, 5, f"{place}.language")
        yield Note(
            text="\n".join(lines),
            kind=kind if said == "general" else said,
            language=language,
        )
        index += 1
