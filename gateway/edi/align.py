"""Put the segments of a message on their places with the fewest findings.

A message in order is walked straight through. Any other is read in several ways side
by side: a segment is taken, with what is missing in front of it, or left out as one
out of sequence. The way with the least to find fault with is the explanation, so
that one cause gives one finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gateway.edi.walk import MISSING, OVER, STRAY, Move, State, Walk

_WAYS = 8
"""How many ways are followed side by side."""
_MARGIN = 3 * STRAY
"""A way this much worse than the best one is given up."""
_LAG = 64
"""Segments behind which the best way is final."""
_COVERED = MISSING - 1
"""What is forgiven where an unknown segment stands in the place of a missing one."""
_FOLLOWING = 0
"""What it weighs to leave out the rest of a loop."""
_CLEAN = 1 << 62
_NOTHING: frozenset[str] = frozenset()


@dataclass(slots=True, eq=False)
class Step:
    """One segment in its place; without a ``move`` it has none.

    ``covered``: an unknown segment stands right before, where the first of the
    missing ones was to stand. ``follows``: it has no place because the segment that
    starts its loop has none, and that was told before.
    """

    position: int
    before: State
    counts_before: tuple[int, ...]
    move: Move | None
    over: bool = False
    covered: bool = False
    follows: bool = False

    @property
    def after(self) -> State:
        """The state after the segment."""
        return self.move.target if self.move else self.before

    @property
    def counts(self) -> tuple[int, ...]:
        """How often each level's node was read, with this segment."""
        before = self.counts_before
        return self.move.counts(before) if self.move else before

    @property
    def path(self) -> str:
        """The path of the loop that the segment stands in."""
        state = self.after
        return state.path(self.counts, len(state.frames) - 1)


def align(walk: Walk, tags: Sequence[str], *, ended: bool = True) -> Iterator[Step]:
    """Each segment's step, in order.

    ``ended`` is false when the message breaks off, so that nothing is missing behind
    its last segment.
    """
    steps: list[Step] = []
    for step in straight(walk, tags):
        if step is None:
            return _Search(walk, tags, ended=ended).run()
        steps.append(step)
    if ended and steps and steps[-1].after.rest:
        return _Search(walk, tags, ended=ended).run()
    return iter(steps)


def straight(walk: Walk, tags: Iterable[str]) -> Iterator[Step | None]:
    """The steps of a message in order; None, and no more, where it is not."""
    state, counts = walk.start, walk.none
    for position, tag in enumerate(tags, 1):
        for move in walk.moves(state, tag):
            if not move.cost and not move.over(counts):
                break
        else:
            yield None
            return
        yield Step(position, state, counts, move)
        counts = move.counts(counts)
        state = move.target


@dataclass(slots=True, eq=False)
class _Way:
    """One way to read the segments so far."""

    cost: int
    first: int
    """Where its first finding stands; the later the better."""
    state: State
    counts: tuple[int, ...]
    hole: bool
    """The segment before is one that is not known here."""
    limbo: frozenset[str]
    """What may follow a segment without a place as the rest of its loop."""
    trail: _Trail | None


@dataclass(slots=True, eq=False)
class _Trail:
    before: _Trail | None
    step: Step


class _Search:
    """Follows the best ways through one message."""

    def __init__(self, walk: Walk, tags: Sequence[str], *, ended: bool) -> None:
        self._walk = walk
        self._tags = tags
        self._ended = ended
        self._last = 0
        self._ways = [_Way(0, _CLEAN, walk.start, walk.none, False, _NOTHING, None)]

    def run(self) -> Iterator[Step]:
        """The steps of the best way."""
        for position, tag in enumerate(self._tags, 1):
            self._advance(position, tag)
            if position % _LAG == 0:
                yield from self._settle(position - _LAG)
        best = min(self._ways, key=self._in_the_end)
        yield from self._since(best, len(self._tags))

    def _in_the_end(self, way: _Way) -> tuple[int, int]:
        rest = MISSING * len(way.state.rest) if self._ended else 0
        return way.cost + rest, -way.first

    def _advance(self, position: int, tag: str) -> None:
        """Take or leave the next segment in every way that is followed."""
        best: dict[object, _Way] = {}
        for way in self._ways:
            for move in self._walk.moves(way.state, tag):
                _offer(best, _taken(way, move, position))
            _offer(best, self._left(way, position, tag))
        ways = sorted(best.values(), key=lambda way: (way.cost, -way.first))
        limit = ways[0].cost + _MARGIN
        self._ways = [way for way in ways[:_WAYS] if way.cost <= limit]

    def _left(self, way: _Way, position: int, tag: str) -> _Way:
        """Leave a segment out, alone or as the rest of a loop that was left out."""
        follows = tag in way.limbo
        begun = self._walk.loops.get(tag, _NOTHING)
        step = Step(position, way.state, way.counts, None, follows=follows)
        return _Way(
            cost=way.cost + (_FOLLOWING if follows else STRAY),
            first=min(way.first, position),
            state=way.state,
            counts=way.counts,
            hole=tag not in self._walk.tags,
            limbo=way.limbo if follows else begun,
            trail=_Trail(way.trail, step),
        )

    def _settle(self, upto: int) -> Iterator[Step]:
        """Make the best way final up to a position; give up ways that left it."""
        settled = [_at(way, upto) for way in self._ways]
        kept = [
            way
            for way, trail in zip(self._ways, settled, strict=True)
            if trail is settled[0]
        ]
        self._ways = kept
        yield from self._since(kept[0], upto)
        if settled[0] is not None:
            settled[0].before = None

    def _since(self, way: _Way, upto: int) -> list[Step]:
        steps: list[Step] = []
        trail = _at(way, upto)
        while trail and trail.step.position > self._last:
            steps.append(trail.step)
            trail = trail.before
        self._last = upto
        return steps[::-1]


def _at(way: _Way, position: int) -> _Trail | None:
    trail = way.trail
    while trail and trail.step.position > position:
        trail = trail.before
    return trail


def _offer(best: dict[object, _Way], way: _Way) -> None:
    key = (way.state, way.hole, way.limbo)
    other = best.get(key)
    if other is None or (way.cost, -way.first) < (other.cost, -other.first):
        best[key] = way


def _taken(way: _Way, move: Move, position: int) -> _Way:
    over = move.over(way.counts)
    covered = way.hole and move.cost > 0
    cost = move.cost + OVER * over - _COVERED * covered
    step = Step(position, way.state, way.counts, move, over, covered)
    return _Way(
        cost=way.cost + cost,
        first=min(way.first, position) if cost else way.first,
        state=move.target,
        counts=move.counts(way.counts),
        hole=False,
        limbo=_NOTHING,
        trail=_Trail(way.trail, step),
    )
