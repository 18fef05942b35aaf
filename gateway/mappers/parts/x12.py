"""Read the segments that many X12 messages share: parties, references, notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gateway.edi.tree import LoopRead, SegmentRead
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.x12_codes import (
    CONTACT_ROLES,
    NUMBERS_TO_REACH,
    REFERENCES,
    ROLES,
    SCHEMES,
)
from gateway.order.party import (
    Address,
    Attachment,
    Contact,
    Identifier,
    Note,
    Party,
    Reference,
)

_TEXT_ELEMENTS: Mapping[str, tuple[int, ...]] = {"MSG": (1,), "MTX": (2, 3)}


def taken_once(ledger: Ledger, segment: SegmentRead, element: int, field: str) -> str:
    """The element's text if the field is still free; else the element is left over."""
    return "" if field in ledger.provenance else ledger.text(segment, element, field)


def party(ledger: Ledger, loop: LoopRead, field: str) -> Party:
    """A party from its N1 loop: N1, N2, N3, N4, REF and PER."""
    n1 = loop.segments[0]
    code = ledger.text(n1, 1, f"{field}.role")
    scheme, number = n1[3].rstrip(), ledger.text(n1, 4, f"{field}.id")
    if number:
        ledger.text(n1, 3, f"{field}.id_scheme")
    role = ROLES.get(code, "other")
    named: dict[str, Any] = {
        "role": role,
        "id": number,
        "id_scheme": SCHEMES.get(scheme, scheme) if number else "",
        "name": ledger.text(n1, 2, f"{field}.name"),
        "role_sent": code if role == "other" or code in ("VN", "SU") else "",
    }
    if len(loop.segments) == 1:  # a number stands for the rest
        return Party(**named)
    ids, tax_ids = _party_numbers(ledger, loop, field)
    return Party(
        **named,
        ids=ids,
        address=_address(ledger, loop, f"{field}.address"),
        contacts=tuple(contacts(ledger, loop.all("PER"), field)),
        tax_ids=tax_ids,
    )


def _party_numbers(
    ledger: Ledger, loop: LoopRead, field: str
) -> tuple[tuple[Identifier, ...], tuple[Identifier, ...]]:
    """The further numbers of a party and its tax numbers (REF in the N1 loop)."""
    ids: list[Identifier] = []
    tax_ids: list[Identifier] = []
    for ref in loop.all("REF"):
        is_tax = ref[1] == "TX"
        into, name = (tax_ids, "tax_ids") if is_tax else (ids, "ids")
        place = f"{field}.{name}[{len(into)}]"
        number = ledger.text(ref, 2, f"{place}.id")
        if number:
            scheme = ledger.text(ref, 1, f"{place}.scheme")
            into.append(Identifier(id=number, scheme=scheme))
    return tuple(ids), tuple(tax_ids)


def _address(ledger: Ledger, loop: LoopRead, field: str) -> Address | None:
    """Further names, street lines and the first N4."""
    names = _texts(ledger, loop.all("N2"), f"{field}.deliver_to")
    lines = _texts(ledger, loop.all("N3"), f"{field}.lines")
    n4 = loop.first("N4")
    if n4 is None:
        return Address(lines=lines, deliver_to=names) if lines or names else None
    return Address(
        lines=lines,
        city=ledger.text(n4, 1, f"{field}.city"),
        region=ledger.text(n4, 2, f"{field}.region"),
        postal_code=ledger.text(n4, 3, f"{field}.postal_code"),
        country=ledger.text(n4, 4, f"{field}.country"),
        deliver_to=names,
    )


def _texts(
    ledger: Ledger, segments: Iterable[SegmentRead], field: str
) -> tuple[str, ...]:
    texts = (
        ledger.text(segment, element, field)
        for segment in segments
        for element in (1, 2)
    )
    return tuple(text for text in texts if text)


def contacts(
    ledger: Ledger, segments: Iterable[SegmentRead], field: str, start: int = 0
) -> Iterator[Contact]:
    """People and desks (PER); ``start`` is how many the party has already."""
    for index, per in enumerate(segments, start):
        place = f"{field}.contacts[{index}]"
        role = ledger.text(per, 1, f"{place}.role")
        reach: dict[str, str] = {}
        for element in (3, 5, 7):
            name = NUMBERS_TO_REACH.get(per[element])
            if name and name not in reach and per[element + 1].rstrip():
                ledger.qualified(per, element)
                reach[name] = ledger.text(per, element + 1, f"{place}.{name}")
        yield Contact(
            name=ledger.text(per, 2, f"{place}.name"),
            role=CONTACT_ROLES.get(role, role),
            phone=reach.get("phone", ""),
            fax=reach.get("fax", ""),
            email=reach.get("email", ""),
            url=reach.get("url", ""),
        )


def references(
    ledger: Ledger,
    segments: Iterable[SegmentRead],
    fields: Mapping[str, tuple[str, bool]],
) -> tuple[dict[str, str], tuple[Reference, ...]]:
    """REF: ``fields`` names by qualifier the field that the first one fills.

    The flag says that the qualifier is the field's own; of another one the code is
    left over. Everything else, and a second one of a kind, becomes a Reference.
    """
    values: dict[str, str] = {}
    others: list[Reference] = []
    for ref in segments:
        code = ref[1].rstrip()
        field, own = fields.get(code, ("", False))
        if field and field not in values and field not in ledger.provenance:
            text = ledger.text(ref, 2, field)
            if text:
                values[field] = text
                if own:
                    ledger.qualified(ref, 1)
                continue
        place = f"references[{len(others)}]"
        ledger.text(ref, 1, f"{place}.kind")
        others.append(
            Reference(
                kind=REFERENCES.get(code, code),
                value=ledger.text(ref, 2, f"{place}.value"),
                text=ledger.text(ref, 3, f"{place}.text"),
            )
        )
    return values, tuple(others)


def each(loop: LoopRead, tag: str) -> list[SegmentRead]:
    """The segments of a tag, whether they start loops of their own or not."""
    found = [segment for segment in loop.segments if segment.elements[0] == tag]
    if loop.loops:
        every = (inner.first(tag) for inner in loop.inner(tag))
        found += [segment for segment in every if segment is not None]
    return found


def text_lines(ledger: Ledger, loop: LoopRead, field: str) -> list[str]:
    """The lines of text in a loop: MSG (004010) and MTX (005010), in their order."""
    return [
        text
        for segment in loop.segments
        for element in _TEXT_ELEMENTS.get(segment.elements[0], ())
        if (text := ledger.text(segment, element, field))
    ]


def notes(ledger: Ledger, loops: Iterable[LoopRead], before: int = 0) -> Iterator[Note]:
    """N9 loops with text: N9-03, MSG and MTX, a line each; ``before`` are so many.

    An N9 without text is no note and is left over.
    """
    index = before
    for loop in loops:
        n9 = loop.segments[0]
        place = f"notes[{index}]"
        headed = ledger.text(n9, 3, f"{place}.text")
        lines = text_lines(ledger, loop, f"{place}.text")
        text = "\n".join([headed, *lines] if headed else lines)
        if text:
            kind = ledger.text(n9, 1, f"{place}.kind")
            yield Note(text=text, kind="general" if kind in ("L1", "") else kind)
            index += 1


def attachments(
    ledger: Ledger, segments: Iterable[SegmentRead]
) -> Iterator[Attachment]:
    """PWK: documents that go with the order by another way."""
    for index, pwk in enumerate(segments):
        place = f"attachments[{index}]"
        yield Attachment(
            kind=ledger.text(pwk, 1, f"{place}.kind"),
            name=ledger.text(pwk, 6, f"{place}.name"),
            description=ledger.text(pwk, 7, f"{place}.description"),
        )
