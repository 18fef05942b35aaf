"""Put the segments of a message on their places with the fewest findings.

A message in order is walked straight through. Any other is read in several ways side
by side: a segment is taken, with what is missing in front of it, or left out as one
out of sequence. The way with the least to find fault with is the explanation, so
that one cause gives one finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gateway.edi.walk import MISSING, Move, State, Walk
from gateway.edi.ways import Counts, Memory, Taken, Way

_LAG = 64
"""Segments behind which the best way is final."""


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
    counts_after: tuple[int, ...] = ()
    """``counts``, where they are known already."""

    @property
    def after(self) -> State:
        """The state after the segment."""
        return self.move.target if self.move else self.before

    @property
    def counts(self) -> tuple[int, ...]:
        """How often each level's node was read, with this segment."""
        after, before = self.counts_after, self.counts_before
        return after or (self.move.counts(before) if self.move else before)

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


class _Search:
    """Follows the best ways through one message."""

    def __init__(self, walk: Walk, tags: Sequence[str], *, ended: bool) -> None:
        self._tags = tags
        self._ended = ended
        self._memory = Memory.of(walk)
        self._ways = self._memory.start
        self._counts = [walk.none]
        self._trail: list[Taken] = []
        # What is told already: how many segments, and where the last one stands.
        self._told = 0
        self._last: tuple[State, Counts] = walk.start, walk.none

    def run(self) -> Iterator[Step]:
        """The steps of the best way."""
        memory, trail = self._memory, self._trail
        for position, tag in enumerate(self._tags, 1):
            turn = memory.turn(self._ways, tag, self._counts)
            trail.append(turn.taken)
            self._ways = turn.ways
            self._counts = turn.taken.counts(self._counts)
            if position % _LAG == 0:
                yield from self._settle(position - _LAG)
        ways = self._ways.ways
        best = min(range(len(ways)), key=lambda n: self._in_the_end(ways[n]))
        yield from self._steps(best, len(trail))

    def _in_the_end(self, way: Way) -> tuple[int, int]:
        rest = MISSING * len(way.state.rest) if self._ended else 0
        return way.cost + rest, way.rank

    def _settle(self, upto: int) -> Iterator[Step]:
        """Make the best way final up to a position; give up ways that left it."""
        trail, count = self._trail, upto - self._told
        came = list(range(len(self._ways.ways)))
        for taken in reversed(trail[count:]):
            parents = taken.parents
            came = [parents[n] for n in came]
        kept = [n for n, at in enumerate(came) if at == came[0]]
        if len(kept) < len(came):
            self._ways = self._memory.only(self._ways, kept)
            self._counts = [self._counts[n] for n in kept]
            trail[-1] = trail[-1].only(kept)
        yield from self._steps(came[0], count)

    def _steps(self, way: int, count: int) -> Iterator[Step]:
        """The steps of one of the ways through the first of those not told yet."""
        path: list[tuple[Taken, int]] = []
        for taken in reversed(self._trail[:count]):
            path.append((taken, way))
            way = taken.parents[way]
        del self._trail[:count]
        state, counts = self._last
        for taken, n in reversed(path):
            self._told += 1
            move, bit = taken.moves[n], 1 << n
            after = counts if move is None else move.counts(counts)
            yield Step(
                self._told,
                state,
                counts,
                move,
                over=bool(taken.over & bit),
                covered=bool(taken.covered & bit),
                follows=bool(taken.follows & bit),
                counts_after=after,
            )
            state, counts = move.target if move else state, after
        self._last = state, counts
