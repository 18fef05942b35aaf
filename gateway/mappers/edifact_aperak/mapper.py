"""EDIFACT APERAK, from a tree of loops to the canonical application advice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from gateway.edi.edifact.segment import EdifactSegment
from gateway.edi.tree import LoopRead
from gateway.findings import Findings, Where
from gateway.mappers.mapped import EdifactCarrier, Mapped
from gateway.mappers.parts.edifact import (
    first,
    led,
    notes,
    parties,
    references,
    those,
)
from gateway.mappers.parts.edifact_head import source_of, without_service
from gateway.mappers.parts.edifact_ledger import EdifactLedger
from gateway.order.advice import Advice, Advised, DocumentKind, Objection, Said
from gateway.order.party import Reference
from gateway.partner.edifact import ApplicationError
from gateway.partner.profile import Profile

_NAMED: Mapping[str, DocumentKind] = {
    "IV": "invoice",
    "AAK": "shipment",
    "AAU": "shipment",
    "DQ": "shipment",
    "POR": "order",
    "ACW": "",
    "VN": "order",
    "ON": "order",
}
"""What of ours a reference (1153) names, the surest first; ACW is any message."""
_TYPES: Mapping[str, DocumentKind] = {
    "105": "order",
    "220": "order",
    "230": "order",
    "231": "order",
    "351": "shipment",
    "380": "invoice",
    "381": "invoice",
    "383": "invoice",
    "384": "invoice",
}
"""What a document is by its name (1001 of DOC)."""
_TAKEN = frozenset(("", "6", "9", "11", "29", "44"))
_CONFIRMED = frozenset(("6", "29", "44"))
_WITH_ERRORS = frozenset(("28", "30", "34", "45"))
_REFUSED = frozenset(("10", "27"))
_NOT_YET = "12"
"""Functions (1225); what is taken may still have errors below it, which refuse it
only where nothing is confirmed."""
_ERROR_MESSAGE = "313"
"""1001, where the message itself is that of an error."""
_WORST: Sequence[Said] = ("", "accepted", "accepted_with_errors", "rejected")


class _Document(NamedTuple):
    """A document that the message names, and by which code."""

    kind: DocumentKind = ""
    number: str = ""
    sent: str = ""


def to_advice(
    message: LoopRead, carrier: EdifactCarrier, profile: Profile | None
) -> Mapped:
    """The advice in a message, and what was found on the way.

    Nothing is lost: each component went to a field, which ``provenance`` says, or
    stands in ``extensions``.
    """
    found = Findings()
    ledger = EdifactLedger(found)
    bgm = first(message, "BGM")
    if bgm is None:
        found.add("MAP-017", "the message has no BGM", Where(segment_tag="BGM"))
        return Mapped(None, found.done())
    agreed = {one.code: one for one in profile.edifact.errors} if profile else {}
    errors = [_Error.of(ledger, *one, agreed) for one in led(message, "ERC")]
    source = source_of(carrier)
    _, named = references(ledger, message, {})
    day = next((dtm for dtm in those(message, "DTM") if dtm.part(1) == "137"), None)
    advice = Advice(
        kind="application",
        number=ledger.text(bgm, 2, "number"),
        source=source,
        purpose=ledger.text(bgm, 3, "purpose"),
        issue_date=ledger.day(day, "issue_date") if day else None,
        test=source.usage == "T",
        title=ledger.text(bgm, 1, "title"),
        references=named,
        parties=parties(ledger, message),
        notes=tuple(notes(ledger, those(message, "FTX"))),
        about=tuple(_about(ledger, bgm, message, errors)),
        extensions=ledger.left_over(without_service(message)),
        provenance=ledger.provenance,
    )
    return Mapped(None, found.done(), advice=advice)


class _Error(NamedTuple):
    """One ERC: what is objected to, what it weighs, and what it names."""

    objection: Objection
    weighs: Said
    names: tuple[_Document, ...]

    @classmethod
    def of(
        cls,
        ledger: EdifactLedger,
        erc: EdifactSegment,
        inner: LoopRead,
        agreed: Mapping[str, ApplicationError],
    ) -> _Error:
        """What it means is agreed on: the standard has no list of 9321."""
        field = "about[0].objections"
        code = ledger.text(erc, 1, f"{field}.code")
        known = agreed.get(code)
        texts = [note.text for note in notes(ledger, those(inner, "FTX"))]
        names = [_named_by(rff) for rff, _ in led(inner, "RFF")]
        for rff, below in led(inner, "RFF"):
            parts = (ledger.text(rff, 1, f"{field}.text", n) for n in (1, 2, 3))
            texts.append(" ".join(filter(None, parts)))
            texts += [note.text for note in notes(ledger, those(below, "FTX"))]
        said = [known.means] if known and known.means else []
        objection = Objection(
            code=code,
            text="\n".join((*said, *texts)),
            value=names[0].number if names else "",
        )
        return cls(objection, known.says if known else "rejected", tuple(names))


def _about(
    ledger: EdifactLedger,
    bgm: EdifactSegment,
    message: LoopRead,
    errors: Sequence[_Error],
) -> Iterator[Advised]:
    """The documents that it is about; one without a number where it names none.

    What an error names is that document's matter; everything else is the first one's.
    """
    said = _verdict(ledger, bgm, errors)
    told = bgm.part(3).strip() or bgm.part(1).strip()
    documents = [
        _document(ledger, doc, n) for n, (doc, _) in enumerate(led(message, "DOC"))
    ]
    headed = _by_reference(message)
    if not documents:
        below = [name for error in errors for name in error.names]
        documents = [next(iter((*headed, *_named(below))), _Document())]
    own = {one.number for one in documents if one.number}
    for n, one in enumerate(documents):
        mine = [e.objection for e in errors if _is_mine(e, one, own, first=not n)]
        yield Advised(
            kind=one.kind,
            number=one.number,
            kind_sent=one.sent,
            said=said,
            sent=told,
            objections=tuple(mine) if said != "accepted" else (),
            references=tuple(
                Reference(kind=other.sent, value=other.number)
                for other in headed
                if other.number not in own
            ),
        )


def _is_mine(error: _Error, one: _Document, own: set[str], *, first: bool) -> bool:
    named = {name.number for name in error.names} & own
    return one.number in named if named else first


def _document(ledger: EdifactLedger, doc: EdifactSegment, n: int) -> _Document:
    """DOC: name and number of a document, from D.99A on."""
    code = ledger.text(doc, 1, f"about[{n}].kind_sent")
    number = ledger.text(doc, 2, f"about[{n}].number")
    return _Document(_TYPES.get(code, ""), number, code)


def _by_reference(message: LoopRead) -> list[_Document]:
    """What the references of the heading name, the surest first."""
    return _named([_named_by(rff) for rff, _ in led(message, "RFF")])


def _named(every: Sequence[_Document]) -> list[_Document]:
    """Those that name documents of ours, the surest first."""
    ours = [one for one in every if one.number and one.sent in _NAMED]
    return sorted(ours, key=lambda one: list(_NAMED).index(one.sent))


def _named_by(rff: EdifactSegment) -> _Document:
    code = rff.part(1).strip()
    return _Document(_NAMED.get(code, ""), rff.part(1, 2).strip(), code)


def _verdict(
    ledger: EdifactLedger, bgm: EdifactSegment, errors: Sequence[_Error]
) -> Said:
    """What the function (1225) says, and the errors: the worse counts.

    Where the function says nothing of it, 1001 may: 313 is a message of errors.
    """
    function, kind = bgm.part(3).strip(), bgm.part(1).strip()
    worst: Said = max((e.weighs for e in errors), key=_WORST.index, default="")
    if function in _REFUSED:
        return "rejected"
    if function in _WITH_ERRORS:
        return "accepted_with_errors"
    if function in _CONFIRMED and worst == "rejected":
        return "accepted_with_errors"
    if function in _TAKEN:
        refused = kind == _ERROR_MESSAGE and not errors
        return "rejected" if refused else worst or "accepted"
    if function != _NOT_YET:
        what = f"{function!r} is no verdict on a document"
        ledger.found.add("MAP-016", what, bgm.at(3), function)
    return ""
