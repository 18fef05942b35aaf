"""Give each segment of a message its place, by position and never by a code in it.

A segment goes to the first place that takes it, from the innermost loop outwards,
forwards in the order of the table (X12.6: loops are told apart by position).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.edi.plan import MessagePlan, NodePlan
from gateway.edi.tree import LoopRead, SegmentRead

_AHEAD = 24
"""How many segments are looked at to tell a stray segment from a missing one."""


class Level:
    """The nodes of one loop, or of the message, with their tags to hand."""

    __slots__ = ("after", "inner", "mandatory", "nodes", "positions")

    def __init__(self, nodes: Sequence[NodePlan]) -> None:
        self.nodes = tuple(nodes)
        positions: dict[str, tuple[int, ...]] = {}
        for index, node in enumerate(nodes):
            positions[node.tag] = (*positions.get(node.tag, ()), index)
        self.positions = positions
        self.mandatory = tuple(i for i, node in enumerate(nodes) if node.mandatory)
        self.after = tuple(
            frozenset(node.tag for node in nodes[index + 1 :])
            for index in range(len(nodes))
        )
        self.inner = tuple(Level(n.nodes) if n.name else None for n in nodes)


@dataclass(frozen=True, slots=True)
class Frame:
    """A loop that is open: which node was read last, and how often."""

    level: Level
    index: int
    count: int
    path: str
    """The path of this pass, ``PO1[2]``; empty for the message."""


Stack = tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a segment went. ``skipped`` are the mandatory nodes passed over."""

    stack: Stack
    node: NodePlan
    skipped: tuple[NodePlan, ...]
    over: bool
    """It is one more than the maximum."""

    @property
    def path(self) -> str:
        """The path of the loop it stands in."""
        return self.stack[-1].path


def start(level: Level) -> Stack:
    """Before the first segment."""
    return (Frame(level, 0, 0, ""),)


def place(stack: Stack, tag: str) -> Placed | None:
    """The nearest place for a segment; one that skips nothing mandatory if it can."""
    best: Placed | None = None
    over: Placed | None = None
    passed: tuple[NodePlan, ...] = ()
    for depth in range(len(stack) - 1, -1, -1):
        frame = stack[depth]
        for index in frame.level.positions.get(tag, ()):
            if index < frame.index or (depth and not index):
                continue  # behind us, or the start of the loop that is open
            node = frame.level.nodes[index]
            again = index == frame.index and frame.count > 0
            if again and node.max and frame.count >= node.max:
                over = over or _placed(stack[:depth], frame, index, passed, over=True)
                continue
            skipped = passed if again else passed + _skipped(frame, index)
            candidate = _placed(stack[:depth], frame, index, skipped, over=False)
            if not skipped:
                return candidate
            if best is None or len(skipped) < len(best.skipped):
                best = candidate
        passed += _skipped(frame, len(frame.level.nodes))
    return over or best


def _skipped(frame: Frame, to: int) -> tuple[NodePlan, ...]:
    """The mandatory nodes between the frame's place and another."""
    first = frame.index + (1 if frame.count else 0)
    level = frame.level
    return tuple(level.nodes[i] for i in level.mandatory if first <= i < to)


def _placed(
    outer: Stack, frame: Frame, index: int, skipped: tuple[NodePlan, ...], *, over: bool
) -> Placed:
    node = frame.level.nodes[index]
    count = frame.count + 1 if index == frame.index else 1
    stack = (*outer, Frame(frame.level, index, count, frame.path))
    inner = frame.level.inner[index]
    if inner is not None:
        path = f"{frame.path}/{node.name}[{count}]".lstrip("/")
        stack = (*stack, Frame(inner, 0, 1, path))
    return Placed(stack, node, skipped, over)


def rest(stack: Stack) -> tuple[NodePlan, ...]:
    """The mandatory nodes that are still to come when a message ends."""
    missing: tuple[NodePlan, ...] = ()
    for frame in reversed(stack):
        missing += _skipped(frame, len(frame.level.nodes))
    return missing


def is_stray(stack: Stack, placed: Placed, ahead: Sequence[str]) -> bool:
    """Whether a segment stands too early: what it would pass over is still to come.

    ``ahead`` are the tags of the segments behind it. It is too early when taking it
    leaves more of them without a place than leaving it out.
    """
    depth = len(placed.stack) - (1 if placed.node.name else 0)
    target, frame = placed.stack[depth - 1], stack[depth - 1]
    again = target.index == frame.index and target.count > 1
    if again and placed.node.name and not placed.skipped:
        return False
    passed: set[str] = set()
    for popped in stack[depth:]:
        passed |= popped.level.after[popped.index]
    if target.index > frame.index:
        level = target.level
        passed |= level.after[frame.index] - level.after[target.index - 1]
    if passed.isdisjoint(ahead[:_AHEAD]):
        return False
    return strays(placed.stack, ahead) > 1 + strays(stack, ahead)


def strays(stack: Stack, tags: Sequence[str]) -> int:
    """How many of the next segments would not find a place from here."""
    count = 0
    for tag in tags[:_AHEAD]:
        placed = place(stack, tag)
        if placed is None or placed.over:
            count += 1
        else:
            count += len(placed.skipped)
            stack = placed.stack
    return count


def tree(
    plan: MessagePlan, level: Level, segments: Sequence[list[str]], component: str
) -> LoopRead:
    """The message as loops. Segments without a place stay in the loop before them."""
    root = LoopRead(plan.schema.type, "")
    open_loops = [root]
    stack = start(level)
    for position, elements in enumerate(segments, 1):
        placed = place(stack, elements[0])
        if placed is not None:
            stack = placed.stack
            depth = len(stack)
            if placed.node.name:
                del open_loops[depth - 1 :]
                loop = LoopRead(placed.node.name, stack[-1].path)
                open_loops[-1].loops.append(loop)
                open_loops.append(loop)
            else:
                del open_loops[depth:]
        loop = open_loops[-1]
        loop.segments.append(SegmentRead(position, elements, loop.path, component))
    return root
