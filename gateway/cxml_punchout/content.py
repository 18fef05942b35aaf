"""What a DTD lets an element hold, as an automaton over the names of children.

The states are the positions of names in the content model (Glushkov's construction);
sets of them are made as documents need them. So each child costs one look-up, whatever
a document holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

__all__ = ["Content", "Particle", "choice", "named", "repeated", "sequence"]


@dataclass(frozen=True, slots=True)
class Particle:
    """A piece of a content model: which positions begin, end and follow in it."""

    names: tuple[str, ...]
    empty: bool
    first: frozenset[int]
    last: frozenset[int]
    follow: tuple[frozenset[int], ...]


def named(name: str) -> Particle:
    """One child of that name."""
    here = frozenset((0,))
    return Particle((name,), False, here, here, (frozenset(),))


def sequence(one: Particle, two: Particle) -> Particle:
    """One piece, then the other."""
    moved = _moved(two, len(one.names))
    follow = tuple(
        after | moved.first if at in one.last else after
        for at, after in enumerate(one.follow)
    )
    return Particle(
        one.names + two.names,
        one.empty and two.empty,
        one.first | moved.first if one.empty else one.first,
        one.last | moved.last if two.empty else moved.last,
        follow + moved.follow,
    )


def choice(one: Particle, two: Particle) -> Particle:
    """Either piece."""
    moved = _moved(two, len(one.names))
    return Particle(
        one.names + two.names,
        one.empty or two.empty,
        one.first | moved.first,
        one.last | moved.last,
        one.follow + moved.follow,
    )


def repeated(one: Particle, *, empty: bool, often: bool) -> Particle:
    """The piece as ``?`` (empty), ``+`` (often) or ``*`` (both) has it."""
    follow = one.follow
    if often:
        follow = tuple(
            after | one.first if at in one.last else after
            for at, after in enumerate(follow)
        )
    return Particle(one.names, one.empty or empty, one.first, one.last, follow)


def _moved(one: Particle, by: int) -> Particle:
    def shift(at: Iterable[int]) -> frozenset[int]:
        return frozenset(position + by for position in at)

    follow = tuple(map(shift, one.follow))
    return Particle(one.names, one.empty, shift(one.first), shift(one.last), follow)


_START: frozenset[int] = frozenset((-1,))


@dataclass(frozen=True, slots=True)
class Content:
    """The children that an element may have, in which order."""

    model: Particle
    _steps: dict[tuple[frozenset[int], str], frozenset[int]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def misfit(self, children: Iterable[str]) -> tuple[int, tuple[str, ...]] | None:
        """Which child does not fit, from 0, and what could have stood there.

        The number of children if they end too early. ``None`` if all is well.
        """
        at, count = _START, 0
        for name in children:
            after = self._steps.get((at, name))
            if after is None:
                after = self._step(at, name)
                if not after:
                    return count, self._expected(at)
            at, count = after, count + 1
        done = self.model.empty if at is _START else bool(at & self.model.last)
        return None if done else (count, self._expected(at))

    def _step(self, at: frozenset[int], name: str) -> frozenset[int]:
        names = self.model.names
        after = frozenset(one for one in self._next(at) if names[one] == name)
        if after:
            self._steps[at, name] = after
        return after

    def _next(self, at: frozenset[int]) -> frozenset[int]:
        if at is _START:
            return self.model.first
        return frozenset().union(*(self.model.follow[one] for one in at))

    def _expected(self, at: frozenset[int]) -> tuple[str, ...]:
        names = self.model.names
        return tuple(dict.fromkeys(names[one] for one in sorted(self._next(at))))
