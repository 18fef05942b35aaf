"""Show at its place in our message what a partner's CONTRL objects to there.

A CONTRL names positions alone; the segment and its value are in what was sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gateway.edi.edifact.events import EdifactMessage
from gateway.edi.edifact.reader import EdifactReader
from gateway.findings import Finding

__all__ = ["placed"]

_REJECTED = "ENV-208"


def placed(findings: Iterable[Finding], content: bytes) -> tuple[Finding, ...]:
    """The findings with tag and value where a CONTRL noted them with a position.

    ``content`` is the message as it was sent; anything else leaves them as they are.
    """
    every = tuple(findings)
    if not any(map(_is_bare, every)):
        return every
    reader = EdifactReader()
    events = (*reader.receive(content), *reader.finish())
    sent = [event for event in events if isinstance(event, EdifactMessage)]
    if len(sent) != 1:
        return every  # which one is meant its text tells
    return tuple(_placed(one, sent[0]) if _is_bare(one) else one for one in every)


def _is_bare(finding: Finding) -> bool:
    where = finding.where
    bare = where.segment_position > 0 and not where.segment_tag
    return bare and finding.code == _REJECTED


def _placed(finding: Finding, message: EdifactMessage) -> Finding:
    where = finding.where
    if where.segment_position > len(message.segments):
        return finding
    row = message.row(where.segment_position)
    parts = row[where.element] if 0 < where.element < len(row) else ()
    value = message.separators.component.join(parts)
    if 0 < where.component <= len(parts):
        value = parts[where.component - 1]
    text = message.plain(message.segments[where.segment_position - 1])
    return replace(
        finding,
        what=f"{finding.what}: {text}",
        where=replace(where, segment_tag=row[0][0]),
        value=value,
    )
