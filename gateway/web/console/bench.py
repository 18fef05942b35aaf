"""The test bench: what would become of a document, with nothing kept and nothing sent.

It takes whatever a door takes, and explains an acknowledgement against what it answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request, Response

from gateway.as2.headers import Headers
from gateway.as2.receipts import read_mdn
from gateway.bootstrap import rules
from gateway.cxml_punchout.document import Document, read_document
from gateway.cxml_punchout.oci import CallUp, read_call_up
from gateway.edi.sniff import Kind, sniff
from gateway.engine.signed import Came, judged
from gateway.findings import Finding
from gateway.findings.marking import marked as _
from gateway.order import to_json
from gateway.partner import Profile
from gateway.pipeline.apart import Apart, Whence, taken_apart
from gateway.pipeline.arrived import Read
from gateway.pipeline.inbound import read
from gateway.pipeline.preview import Preview, preview
from gateway.pipeline.world import World
from gateway.store.world import look_up
from gateway.trust.report import TrustReport
from gateway.web.console.desk import HOME, Desk, at
from gateway.web.console.message import lines_of
from gateway.web.console.rights import Right
from gateway.web.explain import Explain

__all__ = ["MOST_BYTES", "router"]

router = APIRouter(include_in_schema=False)
BENCH = f"{HOME}/bench"
MOST_BYTES = 6_000_000
_ORDERS = 100
_SHOWN = 5  # orders, answers, acknowledgements
_FINDINGS = 60
_TEXT = 8_000
_DATED = len("2026-11-22")
_FORM = re.compile(r"\s*[~A-Za-z][\w.~-]*=[^<\n]*(?:&[\w.~%-]+=[^<\n]*)*\s*")
_RECEIPT = re.compile(rb"disposition-notification|^Disposition:", re.I | re.M)


@dataclass(slots=True)
class Seen:
    """What the bench found out about a document."""

    kind: str = ""
    preview: Preview | None = None
    report: TrustReport | None = None
    apart: Apart = field(default_factory=Apart)
    findings: Sequence[Finding] = ()
    before: Sequence[Finding] = ()
    canonical: Sequence[str] = ()
    acknowledgements: Sequence[str] = ()
    answers: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()


@router.get(BENCH)
def bench(desk: Annotated[Desk, Depends(at(Right.SEE))]) -> Response:
    """The empty bench."""
    return _page(desk, Seen(), None, "")


@router.post(BENCH)
def rehearse(
    desk: Annotated[Desk, Depends(at(Right.SEE, most_bytes=MOST_BYTES))],
    request: Request,
) -> Response:
    """What would become of this document, and what an acknowledgement says of it."""
    data, ack = _sent(desk, "text", "file"), _sent(desk, "ack", "ack_file")
    day = _moment(desk)
    if not data and not ack:
        wrong = desk.speech(_("Paste a document, or choose a file."))
        return _page(desk, Seen(), None, wrong)
    if day is None:
        wrong = desk.speech(_("The date is none: write 2026-11-22."))
        return _page(desk, Seen(), None, wrong)
    seen = _seen(desk, data, day) if data else Seen()
    told: dict[str, Any] | None = None
    if ack:
        explain: Explain = request.app.state.explain
        partner = _partner(desk) or None
        told = explain(data or ack, ack, lang=desk.speech.name, partner=partner)
        told["other"] = _receipt(ack, desk.now)
    return _page(desk, seen, told, "")


def _sent(desk: Desk, text: str, name: str) -> bytes:
    """A file, or what was pasted: browsers send line ends as CR LF."""
    file = desk.form.file(name)
    if file is not None and file.data:
        return file.data
    return desk.form.raw(text).replace("\r\n", "\n").encode().strip(b"\n")


def _moment(desk: Desk) -> datetime | None:
    """Noon of the day that was asked for; now without one."""
    asked = desk.form.get("date")
    if not asked:
        return desk.now
    try:
        day = date.fromisoformat(asked) if len(asked) == _DATED else None
    except ValueError:
        day = None
    return None if day is None else datetime.combine(day, time(12), UTC)


def _partner(desk: Desk) -> str:
    """The partner whose profile is to be taken; empty: by what is in the document."""
    return desk.person.partner_id or desk.form.get("partner")


def _profiles(desk: Desk) -> list[Profile]:
    own = desk.person.partner_id
    known = desk.parts.engine.rules.directory.profiles.values()
    return sorted((p for p in known if own in (None, p.id)), key=lambda p: p.id)


def _page(desk: Desk, seen: Seen, told: dict[str, Any] | None, wrong: str) -> Response:
    form = desk.form
    return desk.page(
        "bench.html",
        title=desk.speech(_("Test bench")),
        status=400 if wrong else 200,
        wrong=wrong,
        profiles=_profiles(desk),
        sent={n: form.get(n) for n in ("partner", "date")}
        | {n: form.raw(n)[:_TEXT] for n in ("text", "ack")},
        seen=seen,
        told=told,
        most=_FINDINGS,
    )


# A document.


def _seen(desk: Desk, data: bytes, day: datetime) -> Seen:
    text = data.decode("utf-8", "replace")
    if _FORM.fullmatch(text) and sniff(data) is Kind.UNKNOWN:
        return _form(text)
    chosen = [p for p in _profiles(desk) if _partner(desk) in ("", p.id)]
    seen = Seen()
    if _is_signed(data) and len(chosen) == 1:
        came = Came(profile=chosen[0], data=data, peer="bench", received_at=day)
        found = judged(desk.parts.engine, came, desk.now, as_of=day)
        seen.report = found.report
        if found.content is None:
            seen.kind = desk.speech(_("signed"))
            seen.findings = found.report.findings
            return seen
        data = found.content
    return _read(desk, seen, data, chosen, day)


def _is_signed(data: bytes) -> bool:
    head = data.lstrip()[:400]
    marks = (b"-----BEGIN", b"multipart/signed", b"pkcs7", b"PKCS7")
    return head[:1] == b"\x30" or any(m in head for m in marks) or _in_xml(data)


def _in_xml(data: bytes) -> bool:
    return sniff(data) is Kind.XML and b"http://www.w3.org/2000/09/xmldsig#" in data


def _form(text: str) -> Seen:
    """A form of OCI, as a buyer's system sends it to a shop."""
    call = read_call_up(parse_qsl(text.strip(), keep_blank_values=True))
    if not isinstance(call, CallUp):
        return Seen(kind="OCI", findings=call)
    shown = ((n, str(getattr(call, n))) for n in call.__dataclass_fields__)
    return Seen(kind="OCI", facts=[(n, v) for n, v in shown if v and n in _OPEN])


_OPEN = ("function", "hook_url", "version", "target", "caller", "product_id", "search")
"""What of a form is shown: no user name and no password."""


def _read(
    desk: Desk, seen: Seen, data: bytes, chosen: list[Profile], day: datetime
) -> Seen:
    engine = desk.parts.engine
    against = rules(chosen, engine.settings)
    reading = read([data], against, receipt_id="rcp_check", orders=_ORDERS)
    with engine.db.read() as tx:
        world = look_up(tx, reading.wants, day)
    world = engine.with_verdicts(world, reading.wants, day)
    seen.before, shown = _as_if_new(reading, world, day)
    seen.kind = str(sniff(data))
    seen.preview = shown
    seen.findings = shown.findings
    seen.canonical = _canonical(reading)
    seen.acknowledgements = [_text(one) for one in shown.acknowledgements[:_SHOWN]]
    seen.answers = [_text(one) for one in shown.answers[:_SHOWN]]
    partner = chosen[0].id if len(chosen) == 1 else _known(reading)
    of = Whence(type="", partner_id=partner)
    seen.apart = taken_apart(data, of, against, shown.findings)
    return seen


def _as_if_new(
    reading: Read, world: World, day: datetime
) -> tuple[Sequence[Finding], Preview]:
    """What would be decided if it came for the first time; and what came before."""
    shown = preview(reading, day, world=world)
    before = [one for one in shown.findings if one.code in _CAME_BEFORE]
    if before:
        world = replace(world, interchanges={}, numbers={}, sequences={})
        shown = preview(reading, day, world=world)
    booked = [one for one in shown.findings if one.code.startswith(_BOOKED)]
    if booked:
        shown = preview(reading, day, world=replace(world, orders={}))
    return (*before, *booked), shown


_CAME_BEFORE = ("ENV-001", "ENV-080")
_BOOKED = "DUP-"


def _known(reading: Read) -> str:
    found = (one.profile.id for one in reading.interchanges if one.profile)
    return next(found, "")


def _canonical(reading: Read) -> list[str]:
    mapped = (
        message.mapped
        for interchange in reading.interchanges
        for group in interchange.groups
        for message in group.messages
    )
    orders = [o for o in (getattr(one, "order", None) for one in mapped if one) if o]
    made = (json.loads(to_json(one)) for one in orders[:_SHOWN])
    return [json.dumps(o, indent=1, ensure_ascii=False)[:_TEXT] for o in made]


def _text(data: bytes) -> str:
    return "\n".join(lines_of(data))[:_TEXT]


# An acknowledgement that is no message of X12 or EDIFACT.


def _receipt(data: bytes, now: datetime) -> list[tuple[str, str]]:
    """What an MDN or the status of a cXML response says, name by name."""
    if sniff(data) is Kind.XML:
        document = read_document(data)
        if isinstance(document, Document) and document.status is not None:
            status = document.status
            told = [("Status", f"{status.code} {status.text}"), ("", status.body)]
            return [*told, ("payloadID", document.in_reply_to)]
        return []
    if not _RECEIPT.search(data):
        return []
    head, _between, body = (
        re.split(rb"(\r?\n\r?\n)", data, maxsplit=1)
        if (re.search(rb"\r?\n\r?\n", data))
        else (data, b"", b"")
    )
    fields = Headers.read(head)
    if fields.get("Disposition"):
        return [
            (n, fields.get(n) or "") for n in ("Disposition", "Original-Message-ID")
        ]
    found = read_mdn(fields, body, None, now)
    known = [("Disposition", str(found.disposition or ""))]
    known += [("Original-Message-ID", found.original_message_id)]
    known += [("MIC", found.mic.hex() if found.mic else ""), ("", found.text[:1000])]
    return known + [(f.code, f.what) for f in found.findings if f.code != "AS2-204"]
