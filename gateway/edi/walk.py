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
        return "/".join(f"{lv.nodes[i].name}[{count}]" for (lv, i), count in passes)


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

        ``loops`` has the tags that may stand in a loop, by the tag it starts with.
        """
        self.name = plan.schema.type
        self.tags = frozenset(plan.schema.segments)
        self._states: dict[tuple[tuple[int, int], ...], State] = {}
        self.none: tuple[int, ...] = (0,)
        self.start = self._state(((Level(plan.nodes), -1),))
        self.loops = _loops(plan.nodes)

    def moves(self, state: State, tag: str) -> tuple[Move, ...]:
        """The ways for a segment to find a place, the nearest first."""
        moves = state.moves.get(tag)
        if moves is None:
            if tag not in self.tags:
                return ()
            moves = state.moves[tag] = tuple(self._moves(state, tag))
        return moves

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


def _loops(nodes: Iterable[NodePlan]) -> dict[str, frozenset[str]]:
    """For the tag that starts a loop, all other tags that stand anywhere in one."""
    found: dict[str, frozenset[str]] = {}
    for node in nodes:
        if node.name:
            found[node.tag] = found.get(node.tag, frozenset()) | _inside(node)
            for tag, inside in _loops(node.nodes[1:]).items():
                found[tag] = found.get(tag, frozenset()) | inside
    return found


def _inside(node: NodePlan) -> frozenset[str]:
    tags = frozenset(inner.tag for inner in node.nodes[1:])
    return tags.union(*map(_inside, node.nodes[1:])) - {node.tag}
