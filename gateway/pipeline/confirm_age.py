"""Is our ERP's word about an order as it stands, and newer than its last one?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from gateway.erp.documents import Confirmation
from gateway.erp.sheet import Fault, fault
from gateway.pipeline.release import Kept

__all__ = ["outdated", "said", "said_when"]

_OLD = "ERP-026"


def said_when(word: Confirmation, came: datetime) -> datetime:
    """When it was decided: as the word says itself, at the latest when it came."""
    return came if word.as_of is None else min(word.as_of, came)


def outdated(kept: Kept, word: Confirmation, came: datetime) -> Iterator[Fault]:
    """ERP-026 for a word about an older version of the order, or older than another.

    A word that names no version is about the one that the ERP has, where that is one.
    """
    row, ordered, at = word.rows[0], kept.ordered, said_when(word, came)
    now = f"{word.order} stands in version {kept.version}"
    if word.version > kept.version:
        yield fault(row, "version", _OLD, f"{now}, not {word.version}")
        return
    changed = f"{now}, and has changed with version {ordered.version}"
    if 0 < word.version < ordered.version:
        yield fault(row, "version", _OLD, f"{changed}", str(word.version))
    elif not word.version and ordered.at is not None and at < ordered.at:
        what = f"{changed}, after this was said ({_text(at)})"
        yield fault(row, "as_of", _OLD, what)
    elif not word.version and ordered.was_handed:
        what = f"{changed}: name the version that is confirmed"
        yield fault(row, "version", _OLD, what)
    else:
        yield from _overtaken(kept, word, at)


def _overtaken(kept: Kept, word: Confirmation, at: datetime) -> Iterator[Fault]:
    """A line of which a later word holds."""
    named = {each.line_no for each in word.said}
    for line_no, when in kept.ack.said_at.items():
        spoken = line_no in named or "" in named
        if spoken and at < datetime.fromisoformat(when):
            row = next(e.row for e in word.said if e.line_no in (line_no, ""))
            what = f"of line {line_no} of {word.order} a word of {when} holds, "
            yield fault(row, "as_of", _OLD, f"{what}this one is of {_text(at)}")
            return


def said(kept: Kept, word: Confirmation, at: datetime) -> Mapping[str, str]:
    """When each line was spoken of, with this word."""
    named = {each.line_no for each in word.said}
    new = {
        line.line_no: _text(at)
        for line in kept.order.lines
        if line.line_no in named or ("" in named and not line.parent_line)
    }
    return {**kept.ack.said_at, **new}


def _text(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
