"""Where a segment may stand: the places of a message as an automaton.

A segment's place is told by its position, never by a code in it: it goes to the
first place that takes it, from the innermost loop outwards, forwards in the order of
the table (X12.6). States and moves are found once per plan and kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from gateway.edi.plan import MessagePlan, NodePlan

MISSING, OVER, STRAY, ENTERED = 100, 99, 101, 150
"""What each kind of finding weighs when explanations are compared: nearly the same,
so that the fewest findings win. A loop is held to have lost its first segment only
where more than one segment of it would be out of sequence otherwise."""
_MOST_MOVES = 4
_MOST_RESTS = 4000
"""What is kept of loops that were left out; beyond it all is found anew."""


class Level:
    """The nodes of one loop, or of the message, with their tags to hand."""

    __slots__ = ("inner", "mandatory", "nodes", "positions")

    def __init__(self, nodes: Sequence[NodePlan]) -> None:
        self.nodes = tuple(nodes)
        positions: dict[str, tuple[int, ...]] = {}
        for index, node in enumerate(nodes):
            positions[node.tag] = (*positions.get(node.tag, ()), index)
        self.positions = positions
        self.mandatory = tuple(i for i, node in enumerate(nodes) if node.mandatory)
        self.inner = tuple(Level(n.nodes) if n.name else None for n in nodes)


Frame = tuple[Level, int]
"""An open loop and the index of the node read last in it; -1 before the first."""
Rest = frozenset[tuple[Frame, ...]]
"""What can still come of a loop that was left out: the ways to stand in it."""
Missing = tuple[tuple[int, NodePlan], ...]
"""Mandatory nodes passed over, each with the depth of the loop it belongs into."""


@dataclass(slots=True, eq=False)
class State:
    """The loops that are open after a segment, the message's own level first."""

    frames: tuple[Frame, ...]
    moves: dict[str, tuple[Move, ...]] = field(default_factory=dict)
    rest: Missing = ()
    """The mandatory nodes that are missing if the message ends here."""

    def path(self, counts: Sequence[int], depth: int) -> str:
        """``PO1[2]/N1[1]``: the loop ``depth`` levels below the message's own."""
        passes = zip(self.frames[:depth], counts, strict=False)
        names = [f"{lv.nodes[i].name}[{count}]" for (lv, i), count in passes]
        return "/".join(names)


@dataclass(frozen=True, slots=True, eq=False)
class Move:
    """One way for a segment to find a place.

    ``depth`` is the level whose count it raises. ``entered`` is a loop whose first
    segment is missing, so that this segment stands in it all the same.
    """

    target: State
    node: NodePlan
    depth: int
    again: bool
    """The node, or the loop entered, had been read just before."""
    missing: Missing
    entered: NodePlan | None
    cost: int

    def counts(self, counts: tuple[int, ...]) -> tuple[int, ...]:
        """How often each level's node was read, after the move."""
        depth = self.depth
        times = counts[depth] + 1 if self.again else 1
        inside = len(self.target.frames) - depth - 1
        return counts[:depth] + (times,) + (1,) * inside

    def over(self, counts: tuple[int, ...]) -> bool:
        """Whether it is one more than the maximum."""
        if not self.again:
            return False
        most = (self.entered or self.node).max
        return most > 0 and counts[self.depth] >= most


class Walk:
    """All states of one plan. Their number is bounded by the table."""

    def __init__(self, plan: MessagePlan) -> None:
        """``start`` is the state before the first segment; ``tags`` have a place.

        ``loops`` has what is left of each loop behind the tag that it starts with.
        """
        self.name = plan.schema.type
        self.tags = frozenset(plan.schema.segments)
        self._states: dict[tuple[tuple[int, int], ...], State] = {}
        self._rests: dict[tuple[Rest, str], Rest] = {}
        self.none: tuple[int, ...] = (0,)
        top = Level(plan.nodes)
        self.start = self._state(((top, -1),))
        self.loops: dict[str, Rest] = _loops(top)
        self.memory: object = None
        """What is remembered by who puts messages in order; nothing of the walk's."""

    def moves(self, state: State, tag: str) -> tuple[Move, ...]:
        """The ways for a segment to find a place, the nearest first."""
        moves = state.moves.get(tag)
        if moves is None:
            if tag not in self.tags:
                return ()
            moves = state.moves[tag] = tuple(self._moves(state, tag))
        return moves

    def rest(self, rest: Rest, tag: str) -> Rest:
        """What is left of a loop behind a segment; nothing where it is not of it."""
        key = rest, tag
        after = self._rests.get(key)
        if after is None:
            ways = (way for frames in rest for way in _inside(frames, tag))
            if len(self._rests) >= _MOST_RESTS:
                self._rests.clear()
            after = self._rests[key] = frozenset(ways)
        return after

    def _state(self, frames: tuple[Frame, ...]) -> State:
        key = tuple((id(level), index) for level, index in frames)
        state = self._states.get(key)
        if state is None:
            rest: Missing = ()
            for depth in range(len(frames) - 1, -1, -1):
                level, index = frames[depth]
                rest += _missing(depth, level, index, len(level.nodes))
            state = self._states[key] = State(frames, rest=rest)
        return state

    def _moves(self, state: State, tag: str) -> list[Move]:
        plain: list[Move] = []
        for move in self._plain(state, tag):
            plain.append(move)
            if not move.missing and not (move.again and move.node.max):
                return plain[:_MOST_MOVES]
        if any(not move.missing for move in plain):
            return plain[:_MOST_MOVES]
        return [*plain[:_MOST_MOVES], *list(self._entering(state, tag))[:_MOST_MOVES]]

    def _plain(self, state: State, tag: str) -> Iterator[Move]:
        """Places in the loops that are open, from the innermost one outwards."""
        passed: Missing = ()
        for depth in range(len(state.frames) - 1, -1, -1):
            level, at = state.frames[depth]
            for index in level.positions.get(tag, ()):
                if index < at or (depth and not index):
                    continue  # behind us, or the start of the loop that is open
                node = level.nodes[index]
                missing = passed + _missing(depth, level, at, index)
                inner = level.inner[index]
                opened: tuple[Frame, ...] = ((inner, 0),) if inner else ()
                target = (*state.frames[:depth], (level, index), *opened)
                yield Move(
                    target=self._state(target),
                    node=node,
                    depth=depth,
                    again=index == at,
                    missing=missing,
                    entered=None,
                    cost=MISSING * len(missing),
                )
            passed += _missing(depth, level, at, len(level.nodes))

    def _entering(self, state: State, tag: str) -> Iterator[Move]:
        """Places in loops that would be open if their first segment was there."""
        passed: Missing = ()
        for depth in range(len(state.frames) - 1, -1, -1):
            level, at = state.frames[depth]
            for index, inner in enumerate(level.inner):
                if inner is None or index < at or (depth and not index):
                    continue
                missing = passed + _missing(depth, level, at, index)
                loop = level.nodes[index]
                cost = MISSING * len(missing) + ENTERED
                outer = (*state.frames[:depth], (level, index))
                for place in inner.positions.get(tag, ()):
                    if not place or _missing(depth, inner, 0, place):
                        continue
                    deeper = inner.inner[place]
                    opened: tuple[Frame, ...] = ((deeper, 0),) if deeper else ()
                    yield Move(
                        target=self._state((*outer, (inner, place), *opened)),
                        node=inner.nodes[place],
                        depth=depth,
                        again=index == at,
                        missing=missing,
                        entered=loop,
                        cost=cost,
                    )
            passed += _missing(depth, level, at, len(level.nodes))


def _missing(depth: int, level: Level, at: int, to: int) -> Missing:
    """The mandatory nodes between two indices of a level."""
    between: Iterable[int] = (i for i in level.mandatory if at < i < to)
    return tuple((depth, level.nodes[i]) for i in between)


def _loops(level: Level) -> dict[str, Rest]:
    """What is left of the loops below a level, by the tag that starts them."""
    found: dict[str, Rest] = {}
    for node, inner in zip(level.nodes, level.inner, strict=True):
        if inner:
            below = {node.tag: frozenset({((inner, 0),)})}
            for loops in (below, _loops(inner)):
                for tag, rest in loops.items():
                    found[tag] = found.get(tag, frozenset()) | rest
    return found


def _inside(frames: tuple[Frame, ...], tag: str) -> Iterator[tuple[Frame, ...]]:
    """The places of a segment in a loop, behind what was read of it."""
    for depth in range(len(frames) - 1, -1, -1):
        level, at = frames[depth]
        for index in level.positions.get(tag, ()):
            if index and index >= at:
                inner = level.inner[index]
                opened: tuple[Frame, ...] = ((inner, 0),) if inner else ()
                yield (*frames[:depth], (level, index), *opened)
