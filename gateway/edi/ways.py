"""Several ways to read a message, side by side: what each next segment makes of them.

What becomes of a set of ways depends on the tag alone, and on the counts only where a
maximum is in reach. So it is kept for each set that comes twice: messages with faults
that repeat are put in order at the speed of a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from gateway.edi.walk import MISSING, OVER, STRAY, Move, Rest, State, Walk

_MOST = 8
"""How many ways are followed side by side."""
_MARGIN = 3 * STRAY
"""A way this much worse than the best one is given up."""
_COVERED = MISSING - 1
"""What is forgiven where an unknown segment stands in the place of a missing one."""
_FOLLOWING = 0
"""What it weighs to leave out the rest of a loop."""
_CLEAN = -(1 << 62)
"""The rank of a way without a finding."""
_NOTHING: Rest = frozenset()
_UNKNOWN = ""
"""Stands for every tag that the table does not have."""
_KEPT = 2000
"""Turns and forks kept of one walk; beyond them all are forgotten and found anew."""
_SEEN = 4096
"""Ways remembered, by their hash, for a second time."""

Counts = tuple[int, ...]


class Way(NamedTuple):
    """One way to read the segments so far.

    ``cost`` is what it costs more than the best. ``rank`` is smaller the later its
    first finding stands, which is better. ``hole``: the segment before is not known
    here. ``limbo`` is what may follow a segment without a place as the rest of its
    loop; ``astray``: the segment before has no place.
    """

    cost: int
    rank: int
    state: State
    hole: bool
    limbo: Rest
    astray: bool


class Taken(NamedTuple):
    """How ways go on: for each the one it comes from, and its move.

    Without a move the segment has no place in it. The flags of ``Step`` are numbers,
    in which bit n is that of the n-th way.
    """

    parents: tuple[int, ...]
    moves: tuple[Move | None, ...]
    over: int
    covered: int
    follows: int

    def counts(self, before: list[Counts]) -> list[Counts]:
        """How often each level's node was read, for each of the ways."""
        return [
            before[parent] if move is None else move.counts(before[parent])
            for parent, move in zip(self.parents, self.moves, strict=True)
        ]

    def only(self, kept: Sequence[int]) -> Taken:
        """The same for some of the ways."""
        return Taken(
            tuple(self.parents[n] for n in kept),
            tuple(self.moves[n] for n in kept),
            *(_bits(flags >> n & 1 for n in kept) for flags in self[2:]),
        )


@dataclass(slots=True, eq=False)
class Ways:
    """The ways that are followed, the best first."""

    ways: tuple[Way, ...]
    kept: bool = False
    """Met twice, so that what comes of them is worth keeping."""
    forks: dict[str, Fork] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Fork:
    """What one tag makes of some ways.

    ``asks`` are the ways whose count decides: its index, the level, the maximum. Bit
    n of a key of ``turns`` says that the n-th maximum is reached.
    """

    asks: tuple[tuple[int, int, int], ...]
    turns: dict[int, Turn] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """The ways after a segment, and how each came about."""

    ways: Ways
    taken: Taken


class Memory:
    """The ways through one walk that were met before. Its size is bounded."""

    def __init__(self, walk: Walk) -> None:
        """``start`` is the one way that begins."""
        self._walk = walk
        self._known: dict[tuple[_Way, ...], Ways] = {}
        self._seen: set[int] = set()
        self._size = 0
        self.start = Ways(
            (Way(0, _CLEAN, walk.start, False, _NOTHING, False),), kept=True
        )

    @classmethod
    def of(cls, walk: Walk) -> Memory:
        """The one that goes with a walk, as long as it lives."""
        memory = walk.memory
        if not isinstance(memory, cls):
            memory = walk.memory = cls(walk)
        return memory

    def turn(self, ways: Ways, tag: str, counts: list[Counts]) -> Turn:
        """What the next segment makes of the ways."""
        if tag not in self._walk.tags:
            tag = _UNKNOWN
        if not ways.kept:
            return self._turn(ways, tag, counts)
        fork = ways.forks.get(tag)
        if fork is None:
            fork = self._fork(ways, tag)
        reached = 0
        for n, (way, depth, most) in enumerate(fork.asks):
            if counts[way][depth] >= most:
                reached |= 1 << n
        turn = fork.turns.get(reached)
        if turn is None:
            turn = self._turn(ways, tag, counts)
            if turn.ways.kept:
                fork.turns[reached] = turn
                self._grow()
        return turn

    def only(self, ways: Ways, kept: Sequence[int]) -> Ways:
        """Some of the ways, the others given up."""
        return self._ways([ways.ways[n] for n in kept])

    def _fork(self, ways: Ways, tag: str) -> Fork:
        asks = [
            (n, move.depth, most)
            for n, way in enumerate(ways.ways)
            for move in self._walk.moves(way.state, tag)
            if (most := _asked(move))
        ]
        fork = ways.forks[tag] = Fork(tuple(asks))
        self._grow()
        return fork

    def _turn(self, ways: Ways, tag: str, counts: list[Counts]) -> Turn:
        """Take or leave the segment in every way; keep the best ways there are."""
        best: dict[object, _Next] = {}
        limit = -_CLEAN
        for found in self._next(ways, tag, counts):
            cost = found[0]
            if cost > limit:
                continue
            limit = min(limit, cost + _MARGIN)
            key = found[2:6]
            other = best.get(key)
            if other is None or found[:2] < other[:2]:
                best[key] = found
        chosen = sorted(best.values(), key=_BETTER)[:_MOST]
        limit = chosen[0][0] + _MARGIN
        chosen = [found for found in chosen if found[0] <= limit]
        after = self._ways([found[:6] for found in chosen])
        parents, moves, over, covered, follows = zip(
            *(found[6] for found in chosen), strict=True
        )
        taken = Taken(parents, moves, _bits(over), _bits(covered), _bits(follows))
        return Turn(after, taken)

    def _next(self, ways: Ways, tag: str, counts: list[Counts]) -> Iterator[_Next]:
        """All that each way can make of the segment."""
        now = min((way.rank for way in ways.ways if way.rank != _CLEAN), default=0) - 1
        begun = self._walk.loops.get(tag, _NOTHING)
        unknown = tag == _UNKNOWN
        for n, (before, rank, state, hole, limbo, astray) in enumerate(ways.ways):
            # a loop's start that changed places with the next one has its rest there
            kept = limbo if astray else _NOTHING
            told = max(rank, now)
            fits = False
            for move in self._walk.moves(state, tag):
                over = move.again and move.over(counts[n])
                covered = hole and move.cost > 0
                cost = move.cost + OVER * over - _COVERED * covered
                fits = fits or not (move.cost or over)
                taken = n, move, over, covered, False
                yield (
                    before + cost,
                    told if cost else rank,
                    move.target,
                    False,
                    kept,
                    False,
                    taken,
                )
            # left out, alone or as the rest of a loop that was left out; a segment that
            # fits takes no rest of its loop with it: that would hide other faults
            rest = self._walk.rest(limbo, tag) if limbo else _NOTHING
            cost = before + (_FOLLOWING if rest else STRAY)
            left = n, None, False, False, bool(rest)
            after = rest or (_NOTHING if fits else begun)
            yield cost, told, state, unknown, after, True, left

    def _grow(self) -> None:
        """Forget everything when there is too much of it."""
        self._size += 1
        if self._size > _KEPT:
            self._known.clear()
            self.start.forks.clear()
            self._size = 0

    def _seen_before(self, key: object) -> bool:
        """Whether ways were met before, as far as it is remembered."""
        mark = hash(key)
        if mark in self._seen:
            return True
        if len(self._seen) >= _SEEN:
            self._seen.clear()
        self._seen.add(mark)
        return False

    def _ways(self, chosen: Sequence[_Way]) -> Ways:
        """The same ways as one object, told apart by no more than what counts."""
        least = chosen[0][0]
        ranks = sorted({way[1] for way in chosen}, reverse=True)
        order = {rank: -n for n, rank in enumerate(ranks)}
        order[_CLEAN] = _CLEAN
        key = tuple((way[0] - least, order[way[1]], *way[2:]) for way in chosen)
        found = self._known.get(key)
        if found is None:
            found = Ways(tuple(Way(*way) for way in key), self._seen_before(key))
            if found.kept:
                self._known[key] = found
        return found


_Way = tuple[int, int, State, bool, Rest, bool]
_Next = tuple[
    int, int, State, bool, Rest, bool, tuple[int, Move | None, bool, bool, bool]
]
"""A way as a plain tuple, which is made more quickly, and how it came about."""
_BETTER = itemgetter(0, 1)


def _asked(move: Move) -> int:
    """The maximum that the count is held against; 0 where it decides nothing."""
    most = (move.entered or move.node).max
    return most if move.again and most > 1 else 0


def _bits(flags: Iterable[object]) -> int:
    return sum(1 << n for n, flag in enumerate(flags) if flag)
