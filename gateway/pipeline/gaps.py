"""Follow a partner's control numbers: what was passed over, and what came late."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gateway.edi.events import GroupBegun, InterchangeBegun
from gateway.edi.numbers import LAST, following
from gateway.findings import Finding, Where
from gateway.pipeline.number_keys import SequenceKey, Span, Standing

_NEAR = 1000
"""Numbers further apart than this belong to no one sequence."""
_MOST_SPANS = 100
"""Gaps that are remembered of a sequence; the oldest one is given up."""
_MOST_NAMED = 10
_MOST_TOLD = 100
"""Findings told of one interchange."""
_LONGEST_NUMBER = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a number does to its sequence.

    ``missing`` is what it passed over, None where there is no gap; ``is_late`` says
    that it had been passed over itself.
    """

    now: Standing
    missing: Span | None = None
    is_late: bool = False


def follow(standing: Standing | None, number: int) -> Step:
    """Put the next number into its sequence; 1 follows 999999999.

    A late number fills its gap. One that came before, or before the sequence was
    watched, changes nothing. One that is far off starts the sequence anew: the partner
    began again, or does not count.
    """
    if standing is None:
        return Step(now=Standing(last=number))
    last, missing = standing.last, standing.missing
    ahead, behind = (number - last) % LAST, (last - number) % LAST
    is_missed = ahead > _NEAR and any(_holds(span, number) for span in missing)
    if behind <= _NEAR or is_missed:
        left = tuple(_without(missing, number))
        return Step(now=Standing(last=last, missing=left), is_late=left != missing)
    if ahead > _NEAR:
        return Step(now=Standing(last=number))
    if ahead == 1:
        return Step(now=Standing(last=number, missing=missing))
    gap = (following(last), _before(number))
    kept = (*missing, gap)[-_MOST_SPANS:]
    return Step(now=Standing(last=number, missing=kept), missing=gap)


def _before(number: int) -> int:
    return number - 1 or LAST


def _holds(span: Span, number: int) -> bool:
    first, last = span
    return (number - first) % LAST <= (last - first) % LAST


def _without(spans: Iterable[Span], number: int) -> Iterator[Span]:
    """The spans once a number of them has come."""
    for first, last in spans:
        if not _holds((first, last), number):
            yield first, last
            continue
        if number != first:
            yield first, _before(number)
        if number != last:
            yield following(number), last


def sequences(
    partner_id: str, interchange: InterchangeBegun, groups: Iterable[GroupBegun]
) -> Iterator[tuple[SequenceKey, int]]:
    """The sequences an interchange goes on with, and its numbers in them.

    Numbers that are none are left out.
    """
    usage = interchange[15]
    number = _number(interchange.control_number)
    if number is not None:
        key = SequenceKey(
            partner_id=partner_id,
            level="interchange",
            sender=f"{interchange[5]}:{interchange[6]}",
            receiver=f"{interchange[7]}:{interchange[8]}",
            usage=usage,
        )
        yield key, number
    for group in groups:
        number = _number(group.control_number)
        if number is not None:
            key = SequenceKey(
                partner_id=partner_id,
                level="group",
                sender=group[2].strip(),
                receiver=group[3].strip(),
                usage=usage,
                functional_id=group.functional_id,
            )
            yield key, number


def _number(text: str) -> int | None:
    text = text.strip()
    good = text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
    return int(text) if good else None


def gaps(
    numbers: Iterable[tuple[SequenceKey, int]],
    before: Mapping[SequenceKey, Standing],
) -> tuple[dict[SequenceKey, Standing], tuple[Finding, ...]]:
    """Where the sequences stand from now on, and what there is to tell: no errors.

    ``numbers`` are in the order in which they came, of one interchange or several.
    """
    now: dict[SequenceKey, Standing] = {}
    found: list[Finding] = []
    for key, number in numbers:
        step = follow(now.get(key, before.get(key)), number)
        now[key] = step.now
        if step.missing is not None:
            what = f"{number} came, {_named([step.missing])} did not come yet"
            found.append(_found("ENV-085", key, what, number))
        elif step.is_late:
            what = f"{number} came late, {_rest(step.now.missing)}"
            found.append(_found("ENV-086", key, what, number))
    return now, tuple(found[:_MOST_TOLD])


def _rest(missing: tuple[Span, ...]) -> str:
    if not missing:
        return "nothing is missing any more"
    return f"{_named(missing)} did not come yet"


def _named(spans: Iterable[Span]) -> str:
    """Numbers as people say them, the newest ones where there are too many."""
    texts = [f"{a}" if a == b else f"{a} to {b}" for a, b in spans]
    more = len(texts) - _MOST_NAMED
    named = ", ".join(texts[-_MOST_NAMED:])
    return f"{named} and {more} older gaps" if more > 0 else named


def _found(code: str, key: SequenceKey, what: str, number: int) -> Finding:
    name, where = "ISA13", Where(segment_tag="ISA", element=13)
    if key.level == "group":
        name = f"GS06 of {key.functional_id} groups"
        where = Where(segment_tag="GS", element=6)
    return Finding.of(code, f"{name}: {what}", where, str(number))
