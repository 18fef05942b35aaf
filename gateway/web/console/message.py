"""One message: as sent, with names, as understood; what came of it, and what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from difflib import unified_diff
from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response

from gateway.edi.annotate import printable
from gateway.engine.previewing import Previewed, preview_reissue
from gateway.findings import Finding
from gateway.findings.marking import marked as _
from gateway.pipeline.apart import PART, taken_apart, unplaced
from gateway.store import message_page, queries
from gateway.store.message_page import MessagePage
from gateway.web.again import TheActions
from gateway.web.console.around import Around, first_of
from gateway.web.console.desk import HOME, Desk, at, page_headers
from gateway.web.console.kinds import kind_name
from gateway.web.console.proof import proof
from gateway.web.console.rights import Right
from gateway.web.console.sentences import against, short_reason
from gateway.web.message_parts import whence_of

__all__ = ["lines_of", "router"]

router = APIRouter(include_in_schema=False)
PLACE = f"{HOME}/messages/{{id}}"
_BEGIN = 200  # bytes of a transmission that tell what ends its segments
_RAW = 20_000  # bytes of a part of the text
_JSON = 40_000  # characters of what was understood that a page shows
_FINDINGS = 60
_DIFF = 300
_WIDE = 300
_COMPARED = 5_000  # lines of either copy
Show = Literal["annotated", "raw", "canonical", "answers", "history"]
_TABS = (
    ("annotated", _("With names")),
    ("raw", _("As sent")),
    ("canonical", _("As understood")),
    ("answers", _("Answers")),
    ("history", _("History")),
)
_WORDS = {
    "received": _("received by"),
    "read": _("unwrapped, read and checked"),
    "made": _("made"),
    "answered": _("answered with"),
    "sent": _("sent for the first time as"),
    "receipt": _("receipt of the transport"),
    "answer": _("answer to an attempt"),
    "repeated": _("repeated as"),
    "message.delivered": _("delivered"),
    "message.failed": _("delivery failed"),
    "message.overdue": _("acknowledgement overdue"),
    "order.kept": _("order booked"),
    "order.released": _("order decided by"),
    "message.resent": _("sent again by"),
    "message.reissued": _("built anew by"),
    "message.skipped": _("skipped by"),
    "receipt.reprocessed": _("processed again by"),
    "receipt.requeued": _("processed again by"),
}
"""What happens to messages, by its word."""

Reader = Annotated[Desk, Depends(at(Right.SEE))]
Operator = Annotated[Desk, Depends(at(Right.OPERATE))]


@router.get(PLACE)
def show(desk: Reader, id: str, view: Show = "annotated", part: str = "0") -> Response:
    """The message, one view of it at a time, a part at a time."""
    found = _found(desk, id)
    if found is None:
        return desk.not_found()
    row = found.detail.message
    first = first_of(part)
    kind = kind_name(row.type)
    named = f"{row.type} ({desk.speech(kind)})" if kind else row.type
    title = f"{named} {row.interchange_number or row.control_number}".strip()
    return desk.page(
        "message.html",
        title=title,
        found=found,
        row=row,
        view=view,
        tabs=_TABS,
        words=_WORDS,
        trace=found.moments[:200],
        **_VIEWS[view](desk, found, first),
    )


def _found(desk: Desk, id_: str) -> MessagePage | None:
    db, own = desk.parts.engine.db, desk.person.partner_id
    with db.read() as tx:
        return message_page.message_page(
            tx, db.payloads, id_, partner=own, ours=own is None
        )


def _annotated(desk: Desk, found: MessagePage, first: int) -> dict[str, Any]:
    about = [noted.finding for noted in found.findings]
    apart = taken_apart(
        found.detail.content, whence_of(found), desk.parts.engine.rules, about, first
    )
    return {
        "apart": apart,
        "around": Around(first, apart.total, PART, apart.shown),
        "elsewhere": unplaced(about, apart)[:_FINDINGS],
        "more_findings": max(0, len(about) - _FINDINGS),
    }


def _raw(desk: Desk, found: MessagePage, first: int) -> dict[str, Any]:
    content = found.detail.content
    begin = found.head or content[:_BEGIN]
    text = "\n".join(lines_of(content[first : first + _RAW], begin))
    return {"text": text, "around": Around(first, len(content), _RAW, _RAW)}


def lines_of(content: bytes, begin: bytes = b"") -> Iterator[str]:
    """Bytes for people: a segment a line, what cannot be printed as its code.

    ``begin`` is how the transmission begins that they are of, if not with them.
    """
    text = content.decode("utf-8", "replace")
    end = _terminator((begin or content)[:_BEGIN])
    if end.strip() and "\n" not in text:
        text = text.replace(end, f"{end}\n")
    return (printable(line) for line in text.splitlines())


def _terminator(begin: bytes) -> str:
    """What ends a segment, by how a transmission begins; empty: it has none."""
    match begin[:3]:
        case b"ISA":
            return begin[105:106].decode("latin-1")
        case b"UNA":
            return begin[8:9].decode("latin-1")
        case b"UNB" | b"UNH":
            return "'"
        case _:
            return "~" if begin[:2] == b"ST" else ""


def _canonical(desk: Desk, found: MessagePage, first: int) -> dict[str, Any]:
    shown = []
    for id_, body in _bodies(desk, found):
        text = json.dumps(json.loads(body), indent=1, ensure_ascii=False)
        shown.append((id_, text[:_JSON], len(text) > _JSON))
        if sum(len(text) for _, text, _ in shown) > _JSON:
            break
    return {"bodies": shown}


def _bodies(desk: Desk, found: MessagePage) -> tuple[tuple[str, str], ...]:
    with desk.parts.engine.db.read() as tx:
        return message_page.canonical(tx, found)


def _answers(desk: Desk, found: MessagePage, first: int) -> dict[str, Any]:
    row, db = found.detail.message, desk.parts.engine.db
    contents: dict[str, str] = {}
    with db.read() as tx:
        for one in islice(found.answers, 10):
            told = queries.message(
                tx, db.payloads, one.id, partner=row.partner_id or None
            )
            if told is not None:
                contents[one.id] = "\n".join(lines_of(told.content[:4000]))
    return {"contents": contents}


def _history(desk: Desk, found: MessagePage, first: int) -> dict[str, Any]:
    def short(value: object) -> str:
        return json.dumps(value, indent=1, ensure_ascii=False, default=str)[:8000]

    return {
        "by_as2": [(one.headers[:4000], short(one.facts), one) for one in found.by_as2],
        "reports": [(one, short(one.report)) for one in found.signed[:5]],
    }


_VIEWS = {
    "annotated": _annotated,
    "raw": _raw,
    "canonical": _canonical,
    "answers": _answers,
    "history": _history,
}


@router.get(f"{PLACE}/raw")
def download(desk: Reader, id: str) -> Response:
    """The bytes of the message as a file."""
    found = _found(desk, id)
    if found is None:
        return desk.not_found()
    row = found.detail.message
    return _file(
        desk, row.file_name or f"{row.id}.txt", found.detail.content, "octet-stream"
    )


@router.get(f"{PLACE}/evidence")
def evidence(desk: Reader, id: str) -> Response:
    """All that proves what came, and what was answered, as one bundle."""
    found = _found(desk, id)
    return desk.not_found() if found is None else proof(desk, found.proves)


@router.get(f"{PLACE}/canonical.json")
def download_canonical(desk: Reader, id: str) -> Response:
    """What was understood of it, all of it, as JSON."""
    found = _found(desk, id)
    if found is None:
        return desk.not_found()
    bodies = [{"id": i, "body": json.loads(b)} for i, b in _bodies(desk, found)]
    data = json.dumps(bodies, ensure_ascii=False).encode()
    return _file(desk, f"{found.detail.message.id}.json", data, "json")


def _file(desk: Desk, name: str, data: bytes, kind: str) -> Response:
    bare = "".join(
        c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name
    )
    told = {"Content-Disposition": f'attachment; filename="{bare}"'}
    headers = page_headers(desk) | told | {"X-Content-Type-Options": "nosniff"}
    return Response(data, media_type=f"application/{kind}", headers=headers)


@router.get(f"{PLACE}/differs")
def differs(desk: Reader, id: str, other: str = "") -> Response:
    """What differs from another message or transmission that has the same name."""
    found = _found(desk, id)
    if found is None:
        return desk.not_found()
    if other.startswith("msg_"):
        second = _found(desk, other)
        mine: bytes | None = found.detail.content
        theirs = second.detail.content if second else None
    else:
        mine = _transmission(desk, found.detail.message.receipt_id)
        theirs = _transmission(desk, other)
    if mine is None or theirs is None:
        return desk.not_found()
    was, now = (list(islice(lines_of(one), _COMPARED)) for one in (mine, theirs))
    every = unified_diff(was, now, id, other, n=2, lineterm="")
    lines = [line[:_WIDE] for line in islice(every, _DIFF + 1)]
    return desk.page(
        "message_differs.html",
        title=desk.speech(_("What differs")),
        row=found.detail.message,
        other=other,
        lines=lines[:_DIFF],
        is_cut=len(lines) > _DIFF,
    )


def _transmission(desk: Desk, id_: str) -> bytes | None:
    db = desk.parts.engine.db
    with db.read() as tx:
        blob = queries.raw(tx, db.payloads, id_, partner=desk.person.partner_id)
    return None if blob is None else b"".join(blob.chunks())


# Three different things.


@router.get(f"{PLACE}/resend")
def ask_resend(desk: Operator, id: str) -> Response:
    """The identical bytes that would leave again."""
    found = _found(desk, id)
    if found is None or found.detail.message.direction == "in":
        return desk.not_found()
    shown = "\n".join(lines_of(found.detail.content[:_RAW]))
    return _asks(desk, found, "resend", texts=[(found.detail.message.type, shown)])


@router.post(f"{PLACE}/resend")
def resend(desk: Operator, does: TheActions, id: str) -> Response:
    """Send the identical bytes again under the same name and numbers."""
    if _found(desk, id) is None:
        return desk.not_found()
    made = does.resend(id, by=desk.by, reason=short_reason(desk), key=_key(desk))
    said = _("It is queued again: the same bytes, the same numbers.")
    return _done(desk, made, id if isinstance(made, Finding) else made, said)


@router.get(f"{PLACE}/reissue")
def ask_reissue(desk: Operator, id: str) -> Response:
    """The message as it would be built anew, under new numbers."""
    found, engine = _found(desk, id), desk.parts.engine
    if found is None or found.detail.message.direction == "in":
        return desk.not_found()
    shown = preview_reissue(engine.db, engine.rules, id, desk.now)
    if not isinstance(shown, Previewed):
        return against(desk, shown)
    texts = [
        (one.kind, "\n".join(lines_of(one.content[:_RAW]))) for one in shown.outgoing
    ]
    return _asks(desk, found, "reissue", texts=texts)


@router.post(f"{PLACE}/reissue")
def reissue(desk: Operator, does: TheActions, id: str) -> Response:
    """Build the message anew, marked as a replacement."""
    if _found(desk, id) is None:
        return desk.not_found()
    made = does.reissue(id, by=desk.by, reason=short_reason(desk), key=_key(desk))
    said = _("It is built anew under new numbers, as a replacement.")
    return _done(desk, made, id if isinstance(made, Finding) else made, said)


@router.get(f"{PLACE}/reprocess")
def ask_reprocess(desk: Operator, does: TheActions, id: str) -> Response:
    """What today's code and profile would make of what came."""
    found = _found(desk, id)
    if found is None or found.detail.message.direction == "out":
        return desk.not_found()
    made = does.reprocess(id, apply=False, by=desk.by, reason="", key="")
    if isinstance(made, Finding):
        return against(desk, (made,))
    changed = [one for one in made["messages"] if one["differs"]]
    return _asks(desk, found, "reprocess", changed=changed[:50], count=made["changed"])


@router.post(f"{PLACE}/reprocess")
def reprocess(desk: Operator, does: TheActions, id: str) -> Response:
    """Process the stored bytes again."""
    if _found(desk, id) is None:
        return desk.not_found()
    made = does.reprocess(
        id, apply=True, by=desk.by, reason=short_reason(desk), key=_key(desk)
    )
    said = _("It is processed again: what was booked and answered stays.")
    return _done(desk, made, id, said)


_NAMES = {
    "resend": (
        _("Resend"),
        _("The identical bytes leave again, under the same name and numbers."),
    ),
    "reissue": (
        _("Reissue"),
        _("It is built anew from the order as it stands, under new numbers."),
    ),
    "reprocess": (
        _("Reprocess"),
        _("The stored bytes go through today's code and profile again."),
    ),
}


def _asks(desk: Desk, found: MessagePage, what: str, **more: Any) -> Response:
    name, means = _NAMES[what]
    told: dict[str, Any] = {"texts": (), "changed": (), "count": 0} | more
    return desk.page(
        "message_asks.html",
        title=desk.speech(name),
        row=found.detail.message,
        what=what,
        name=name,
        means=means,
        key=f"{desk.now.timestamp():.6f}",
        **told,
    )


def _key(desk: Desk) -> str:
    given = desk.form.get("key")[:64]
    return f"{desk.person.user_id}|{given}" if given else ""


def _done(desk: Desk, made: object, id_: str, said: str) -> Response:
    if isinstance(made, Finding):
        return against(desk, (made,))
    desk.parts.engine.queued.set()
    return desk.seen_other(f"{HOME}/messages/{id_}", desk.speech(said))
