"""What was explained, as JSON and as lines for a terminal, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from gateway.edi import annotate
from gateway.edi.annotate import AnnotatedElement, AnnotatedSegment, printable
from gateway.edi.diagnosed import NOTHING_TO_DO, Context, Diagnosis, Spot
from gateway.edi.edifact.contrl_read import ContrlAck
from gateway.edi.x12.acks import Ack, GroupAck
from gateway.findings import Finding
from gateway.findings.language import SEVERITIES, STATUSES, Language
from gateway.findings.marking import marked as _
from gateway.findings.model import verdict
from gateway.pipeline.explaining import (
    AnyDiagnosed,
    Explained,
    ExplainedGroup,
    ExplainedInterchange,
    said,
)

_LEVELS = {
    "interchange": _("interchange"),
    "group": _("group"),
    "message": _("message"),
    "segment": _("segment"),
    "element": _("element"),
}


# As JSON.


def as_json(explained: Explained, language: Language) -> dict[str, Any]:
    """The schema ``explain/1``; titles, meanings and fixes in the language."""
    return {
        "schema": "explain/1",
        "language": language.name,
        "verdict": str(explained.verdict),
        "findings": _findings(explained.findings, language),
        "interchanges": [_interchange(i, language) for i in explained.interchanges],
        "acknowledgements": [_ack(d, language) for d in explained.acknowledgements],
    }


def _findings(found: Iterable[Finding], language: Language) -> list[dict[str, Any]]:
    return [language.json(finding) for finding in found]


def _interchange(its: ExplainedInterchange, language: Language) -> dict[str, Any]:
    return {
        "control_number": its.begun.control_number,
        "sender": its.sender,
        "receiver": its.receiver,
        "usage": its.usage,
        "partner": its.partner_id or None,
        "findings": _findings(its.findings, language),
        "head": annotate.as_json(its.head, language),
        "groups": [_group(group, language) for group in its.groups],
        "end": annotate.as_json([its.end] if its.end else [], language),
    }


def _group(its: ExplainedGroup, language: Language) -> dict[str, Any]:
    return {
        "functional_id": its.functional_id,
        "control_number": its.control_number,
        "version": its.version,
        "findings": _findings(its.findings, language),
        "head": annotate.as_json([its.head] if its.head else [], language),
        "messages": [
            {
                "type": message.type,
                "control_number": message.control_number,
                "verdict": str(verdict(message.findings)),
                "segments": annotate.as_json(message.segments, language),
            }
            for message in its.messages
        ],
        "end": annotate.as_json([its.end] if its.end else [], language),
    }


def _ack(diagnosed: AnyDiagnosed, language: Language) -> dict[str, Any]:
    ack = diagnosed.ack
    body: dict[str, Any] = {
        "kind": _kind(ack),
        "answers": _answers(ack),
        "answer": ack.answer,
        "acknowledgement": said(ack),
        "matched": diagnosed.matched,
    }
    if isinstance(ack, GroupAck | ContrlAck):
        body["sets"] = [
            {
                "type": one.type,
                "control_number": one.control_number,
                "answer": one.answer,
                "acknowledgement": one.acknowledgement,
            }
            for one in (ack.sets if isinstance(ack, GroupAck) else ack.messages)
        ]
    body["findings"] = _findings(diagnosed.findings, language)
    body["diagnoses"] = [_diagnosis(d, language) for d in diagnosed.diagnoses]
    return body


def _kind(ack: Ack | ContrlAck) -> str:
    if isinstance(ack, ContrlAck):
        return "CONTRL"
    return ack.kind if isinstance(ack, GroupAck) else "TA1"


def _answers(ack: Ack | ContrlAck) -> str:
    """``PR 12``: the group answered, or the interchange's number."""
    if isinstance(ack, GroupAck):
        return f"{ack.functional_id} {ack.control_number}"
    return ack.control_number


def _diagnosis(diagnosis: Diagnosis, language: Language) -> dict[str, Any]:
    spot, means = diagnosis.spot, diagnosis.meaning
    body: dict[str, Any] = {
        "level": diagnosis.level,
        "subject": diagnosis.subject,
        "at": diagnosis.at,
        "code": diagnosis.code,
        "cause": language(means.title),
        "fix": language(means.fix),
    }
    if spot.name:
        body["place"] = spot.name
        body["copy"] = spot.copy
        body["ours"] = _findings(spot.ours, language)
    if spot.segment:
        body["segment"] = annotate.as_json([spot.segment], language)[0]
    if spot.before:
        body["before"] = annotate.as_json([spot.before], language)[0]
    if spot.element:
        body["element"] = {
            "number": spot.element.number,
            "name": language(spot.element.name),
            "data_element": spot.element.data_element,
            "value": spot.element.value,
        }
    if spot.contexts:
        body["contexts"] = [_context(context) for context in spot.contexts]
    return body


def _context(context: Context) -> dict[str, Any]:
    return {
        "name": context.name,
        "value": context.value,
        "segment_tag": context.segment_tag,
        "segment_position": context.segment_position,
        "element": context.place.element,
    }


# As text.


def as_lines(explained: Explained, language: Language) -> Iterator[str]:
    """For a terminal: the acknowledgements first, then every segment."""
    for diagnosed in explained.acknowledgements:
        yield from _ack_lines(diagnosed, language)
        yield ""
    yield from _finding_lines(explained.findings, language)
    for interchange in explained.interchanges:
        yield from _interchange_lines(interchange, language)


def _interchange_lines(its: ExplainedInterchange, language: Language) -> Iterator[str]:
    yield printable(
        language(
            _("interchange {number} from {sender} to {receiver}"),
            number=its.begun.control_number,
            sender=its.sender,
            receiver=its.receiver,
        )
    )
    yield from _finding_lines(_elsewhere(its.findings, _ENVELOPE), language)
    yield from _segment_lines(its.head, language)
    for group in its.groups:
        yield from _segment_lines([group.head] if group.head else [], language)
        yield from _finding_lines(_elsewhere(group.findings, _GROUP), language)
        for message in group.messages:
            text = _("message {type} {number}: {verdict}")
            status = language(STATUSES[verdict(message.findings)])
            yield printable(
                language(
                    text,
                    type=message.type,
                    number=message.control_number,
                    verdict=status,
                )
            )
            yield from annotate.as_lines(message.segments, language)
        yield from _segment_lines([group.end] if group.end else [], language)
    yield from _segment_lines([its.end] if its.end else [], language)


_ENVELOPE = ("ISA", "IEA", "UNB", "UNZ")
_GROUP = ("GS", "GE", "UNG", "UNE")


def _segment_lines(
    segments: Iterable[AnnotatedSegment], language: Language
) -> Iterator[str]:
    return annotate.as_lines(segments, language)


def _elsewhere(found: Iterable[Finding], tags: tuple[str, ...]) -> list[Finding]:
    """The findings that do not stand at a segment that is shown."""
    return [f for f in found if f.where.segment_tag not in tags]


def _finding_lines(found: Iterable[Finding], language: Language) -> Iterator[str]:
    for finding in found:
        severity = language(SEVERITIES[finding.severity])
        yield f"  ! {severity} {printable(language.finding(finding))}"


def _ack_lines(diagnosed: AnyDiagnosed, language: Language) -> Iterator[str]:
    ack = diagnosed.ack
    status = STATUSES.get(said(ack), "")
    yield printable(
        language(
            _("{kind} for {answers}: {status}"),
            kind=_kind(ack),
            answers=_answers(ack),
            status=language(status) if status else ack.answer,
        )
    )
    if not diagnosed.matched:
        yield "  " + language(_("What it answers was not given: meanings only."))
    yield from _finding_lines(diagnosed.findings, language)
    mark = "+" if isinstance(ack, ContrlAck) else "*"
    for diagnosis in diagnosed.diagnoses:
        yield from map(printable, _diagnosis_lines(diagnosis, language, mark))


def _diagnosis_lines(
    diagnosis: Diagnosis, language: Language, mark: str
) -> Iterator[str]:
    means, spot = diagnosis.meaning, diagnosis.spot
    level = language(_LEVELS[diagnosis.level])
    place = f"    {spot.name}" if spot.name else f"  {level} {diagnosis.subject}"
    yield f"{place}: {diagnosis.at} {diagnosis.code}: {language(means.title)}"
    if spot.name:
        yield from _spot_lines(spot, language, mark)
    if means.fix != NOTHING_TO_DO:
        yield _line(_("fix: {text}"), language(means.fix), language)


def _spot_lines(spot: Spot, language: Language, mark: str) -> Iterator[str]:
    if spot.before is not None:
        yield _line(_("in front: {text}"), _raw(spot.before, mark), language)
    if spot.segment is not None:
        label = _("sent: {text}") if spot.before is None else _("behind: {text}")
        yield _line(label, _raw(spot.segment, mark), language)
    if spot.element is not None:
        element = spot.element
        name = language(element.name)
        text = f"{name} ({element.data_element}) = {element.value!r}"
        yield _line(_("element: {text}"), text, language)
    if spot.copy and (spot.element is None or spot.copy != spot.element.value):
        yield _line(_("their copy: {text}"), repr(spot.copy), language)
    for context in spot.contexts:
        told = filter(None, (context.name, context.value, context.segment_tag))
        yield _line(_("context: {text}"), " ".join(told), language)
    for finding in spot.ours:
        yield _line(_("we found it, too: {text}"), language.finding(finding), language)


def _line(label: str, text: str, language: Language) -> str:
    return "      " + language(label, text=text)


def _raw(segment: AnnotatedSegment, mark: str) -> str:
    """The segment as it was sent, with ``mark`` between its elements."""
    values: dict[int, AnnotatedElement] = {e.number: e for e in segment.elements}
    last = max(values, default=0)
    elements = (values[n].value if n in values else "" for n in range(1, last + 1))
    return mark.join((segment.tag, *elements)).rstrip(mark)
