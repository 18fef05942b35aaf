"""X12 864: from a tree of loops to the canonical text message."""

from __future__ import annotations

from gateway.edi.tree import LoopRead
from gateway.findings import Findings, Where
from gateway.mappers.mapped import Carrier, Mapped
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.x12 import text_lines
from gateway.mappers.parts.x12_advice import first_day
from gateway.mappers.parts.x12_head import whence, without_end
from gateway.order.advice import Advice, Advised
from gateway.order.party import Note
from gateway.partner.profile import Profile

_WRITTEN = ("097", "102", "137", "009", "007")
"""Days on which a text was written (DE 374): of the transaction, issued, of the
message, processed, effective."""


def to_advice(message: LoopRead, carrier: Carrier, profile: Profile | None) -> Mapped:
    """The text in a message: a note for each MIT, line by line as it stands there.

    Nothing is lost: each element went to a field, which ``provenance`` says, or stands
    in ``extensions``.
    """
    found = Findings()
    ledger = Ledger(found)
    bmg = message.first("BMG")
    if bmg is None:
        found.add("MAP-017", "the message has no BMG", Where(segment_tag="BMG"))
        return Mapped(None, found.done())
    about: list[Advised] = []
    notes: list[Note] = []
    for n, loop in enumerate(one for one in message.inner("MIT") if one.first("MIT")):
        mit, field = loop.segments[0], f"about[{n}]"
        title = ledger.text(mit, 2, f"{field}.text")
        about.append(Advised(number=ledger.text(mit, 1, f"{field}.number"), text=title))
        lines = text_lines(ledger, loop, f"notes[{n}].text")
        notes.append(Note(text="\n".join(lines)))
    advice = Advice(
        kind="text",
        purpose=ledger.text(bmg, 1, "purpose"),
        title=ledger.text(bmg, 2, "title"),
        number=about[0].number if about else "",
        issue_date=first_day(ledger, message, _WRITTEN, "issue_date"),
        **whence(ledger, message, carrier),
        about=tuple(about),
        notes=tuple(notes),
        extensions=ledger.left_over(without_end(message)),
        provenance=ledger.provenance,
    )
    return Mapped(None, found.done(), advice=advice)
