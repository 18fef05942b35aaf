"""A finding as text for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.findings.codes import CODES
from gateway.findings.model import Finding, Where


def as_text(finding: Finding) -> str:
    """``SYN-206 PO1-04 (segment 4): '9,99' is not a number; send digits ...``."""
    place = str(finding.where)
    if not place and finding.where.byte_offset >= 0:
        place = f"byte {finding.where.byte_offset}"
    fix = CODES[finding.code].fix
    head = f"{finding.code} {place}".rstrip()
    return f"{head}: {finding.what}. {fix}"


_MOST_PLACES = 8


def as_texts(findings: Iterable[Finding]) -> Iterator[tuple[Finding, str]]:
    """Each as text; what is the same in several segments is said once, with them all.

    It stands where the first of them stood.
    """
    alike: dict[tuple[object, ...], list[Finding]] = {}
    for one in findings:
        its = one.where
        place = (its.segment_tag, its.loop, its.element, its.component, its.path)
        alike.setdefault((one.code, one.what, *place), []).append(one)
    for first, *others in alike.values():
        text = as_text(first)
        if others:
            at = [one.where.segment_position for one in others]
            named = ", ".join(str(n) for n in at[:_MOST_PLACES] if n)
            more = ", ..." if len(at) > _MOST_PLACES else ""
            where = f" (segments {named}{more})" if named else ""
            text = f"{text} {len(others)} more like it{where}."
        yield first, text


def as_json(finding: Finding) -> dict[str, object]:
    """Code, severity, what, fix, the place and the value; unknown parts left out."""
    body: dict[str, object] = {
        "code": finding.code,
        "severity": str(finding.severity),
        "what": finding.what,
        "fix": finding.fix,
    }
    if place := where_json(finding.where):
        body["where"] = place
    if finding.value:
        body["value"] = finding.value
    return body


def where_json(where: Where) -> dict[str, object]:
    """The parts of a place that are known."""
    body: dict[str, object] = {}
    if text := str(where):
        body["at"] = text
    for name in ("segment_tag", "loop", "data_element", "path"):
        if value := getattr(where, name):
            body[name] = value
    for name in ("segment_position", "element", "component", "repetition"):
        if number := getattr(where, name):
            body[name] = number
    if where.byte_offset >= 0:
        body["byte_offset"] = where.byte_offset
    return body
