"""X12 824: from a tree of loops to the canonical application advice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.edi.tree import LoopRead, SegmentRead
from gateway.findings import Findings, Where
from gateway.mappers.mapped import Carrier, Mapped
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.x12_advice import NAMED, references_of
from gateway.mappers.parts.x12_head import whence, without_end
from gateway.order.advice import Advice, Advised, DocumentKind, Objection, Said
from gateway.partner.profile import Profile

_VERDICTS: Mapping[str, Said] = {
    "A": "accepted",
    "C": "accepted_with_errors",
    "E": "accepted_with_errors",
    "P": "partly_accepted",
    "R": "rejected",
}
"""The second letter of OTI-01 (DE 110)."""
_ITEM = "I"
"""The first letter, where only a part of a document is spoken of."""
_TYPES: Mapping[str, DocumentKind] = {
    "810": "invoice",
    "855": "order",
    "856": "shipment",
    "865": "order",
}
"""What the number of a message of ours is, by its type (OTI-10)."""
_LONGEST = 6


def to_advice(message: LoopRead, carrier: Carrier, profile: Profile | None) -> Mapped:
    """The advice in a message, and what was found on the way.

    Nothing is lost: each element went to a field, which ``provenance`` says, or stands
    in ``extensions``.
    """
    found = Findings()
    ledger = Ledger(found)
    bgn = message.first("BGN")
    if bgn is None:
        found.add("MAP-017", "the message has no BGN", Where(segment_tag="BGN"))
        return Mapped(None, found.done())
    loops = [loop for loop in message.inner("OTI") if loop.first("OTI")]
    advice = Advice(
        kind="application",
        purpose=ledger.text(bgn, 1, "purpose"),
        number=ledger.text(bgn, 2, "number"),
        issue_date=ledger.day(bgn, 3, "issue_date"),
        **whence(ledger, message, carrier),
        about=tuple(_about(ledger, loop, n) for n, loop in enumerate(loops)),
        extensions=ledger.left_over(without_end(message)),
        provenance=ledger.provenance,
    )
    return Mapped(None, found.done(), advice=advice)


def _about(ledger: Ledger, loop: LoopRead, n: int) -> Advised:
    """OTI: what was checked and how it went."""
    oti, field = loop.segments[0], f"about[{n}]"
    code = oti[1].rstrip()
    verdict = _VERDICTS.get(code[1:], "")
    if verdict:
        ledger.took(f"{field}.said", oti, 1)
    else:
        what = f"{code!r} is no verdict on a document"
        ledger.found.add("MAP-016", what, oti.at(1), code)
    if code[:1] == _ITEM and verdict == "rejected":
        verdict = "partly_accepted"
    kind, type_ = oti[2].rstrip(), ledger.text(oti, 10, f"{field}.message_type")
    return Advised(
        kind=_TYPES.get(type_) or NAMED.get(kind, ""),
        number=ledger.text(oti, 3, f"{field}.number"),
        kind_sent=ledger.text(oti, 2, f"{field}.kind_sent"),
        said=verdict,
        sent=code,
        group_control=ledger.text(oti, 8, f"{field}.group_control"),
        message_control=ledger.text(oti, 9, f"{field}.message_control"),
        message_type=type_,
        objections=tuple(_objections(ledger, loop, field)),
        references=references_of(ledger, loop, field),
    )


def _objections(ledger: Ledger, loop: LoopRead, field: str) -> Iterator[Objection]:
    """TED, each with its NTE; then the codes of a list (LQ) with their text (RED)."""
    inner = [one for one in loop.inner("TED") if one.first("TED")]
    for n, ted_loop in enumerate(inner):
        yield _objection(ledger, ted_loop, f"{field}.objections[{n}]")
    n = len(inner)
    for lm in loop.inner("LM"):
        for lq_loop in lm.inner("LQ"):
            place, lq = f"{field}.objections[{n}]", lq_loop.first("LQ")
            if lq is None:
                continue
            text = _texts(ledger, lq_loop, "RED", 1, place)
            yield Objection(code=ledger.text(lq, 2, f"{place}.code"), text=text)
            n += 1


def _objection(ledger: Ledger, loop: LoopRead, field: str) -> Objection:
    ted = loop.segments[0]
    said = ledger.text(ted, 2, f"{field}.text")
    notes = _texts(ledger, loop, "NTE", 2, field)
    return Objection(
        code=ledger.text(ted, 1, f"{field}.code"),
        text="\n".join(part for part in (said, notes) if part),
        segment_tag=ledger.text(ted, 3, f"{field}.segment_tag"),
        segment_position=_whole(ledger, ted, 4, f"{field}.segment_position", -1),
        element=_element(ledger, ted, f"{field}.element"),
        value=ledger.text(ted, 7, f"{field}.value"),
        expected=ledger.text(ted, 8, f"{field}.expected"),
    )


def _whole(
    ledger: Ledger, segment: SegmentRead, element: int, field: str, none: int
) -> int:
    found = ledger.whole(segment, element, field)
    return none if found is None or found >= 10**_LONGEST else found


def _element(ledger: Ledger, ted: SegmentRead, field: str) -> int:
    """TED-05: the element's place, from 005010 with components behind it."""
    first = next(iter(ted.components(5)), "").strip()
    if not (first.isascii() and first.isdigit() and len(first) <= _LONGEST):
        return 0
    ledger.took(field, ted, 5)
    return int(first)


def _texts(ledger: Ledger, loop: LoopRead, tag: str, element: int, field: str) -> str:
    texts = (ledger.text(one, element, f"{field}.text") for one in loop.all(tag))
    return "\n".join(text for text in texts if text)
