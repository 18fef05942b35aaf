"""Check messages: accept first, explain only what was not accepted."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from gateway.edi.align import Step
from gateway.edi.checks import presence_of
from gateway.edi.compile import Accept
from gateway.edi.events import MessageRead
from gateway.edi.explain import Explainer, is_ended
from gateway.edi.plan import MessagePlan
from gateway.edi.relations import Relations
from gateway.edi.tree import (
    LoopRead,
    SegmentRead,
    SegmentReader,
    layout,
    layout_of,
    tree,
)
from gateway.findings import Finding

_NOT_READ = frozenset({"WIRE-002", "WIRE-003"})
_LAYOUTS = 8
"""Sets of separators kept compiled per plan."""


class Validator:
    """Checks the messages of one type, version and guide."""

    def __init__(self, plan: MessagePlan, relations: Relations | None = None) -> None:
        """Compiled when first used with a set of separators.

        ``relations`` are the rules of the guide that join places.
        """
        self.plan = plan
        self._relations = relations or None
        self._explainer = Explainer(plan)
        self._accept = lru_cache(maxsize=_LAYOUTS)(self._compile)

    def _compile(self, element: str, component: str) -> Accept:
        return Accept(self.plan, element, component)

    def validate(self, message: MessageRead) -> tuple[Finding, ...]:
        """All that is wrong with a message, its envelope faults first.

        A message over a limit was not read, so nothing is said of what stands in it.
        """
        if any(fault.code in _NOT_READ for fault in message.faults):
            return message.faults
        suspects, in_order = self._scan(message)
        found = message.faults
        relations, steps = self._relations, None
        asked = relations is not None and relations.asked(message)
        if suspects or not in_order:
            steps = [*self._explainer.steps(message)] if asked else None
            found += self._explainer.explain(message, suspects, steps)
        if relations is not None and asked:
            found += relations.check(self._tree(message, steps), message, found)
        return found

    def _scan(self, message: MessageRead) -> tuple[list[int], bool]:
        """The positions of segments that were not accepted, and if all are in order."""
        separators = message.separators
        accept = self._accept(separators.element, separators.component)
        suspects, in_order = scan(message, accept)
        repetition = separators.repetition
        if repetition and repetition in message.text:
            suspects = sorted({*suspects, *_holding(repetition, message)})
        return suspects, in_order

    def tree(self, message: MessageRead) -> LoopRead:
        """The message as loops, for a mapper; made once for one message."""
        return self._tree(message, None)

    def _read(self, message: MessageRead) -> SegmentReader:
        """What makes the segments of a message's tree."""
        return SegmentRead

    def _tree(self, message: MessageRead, steps: Iterable[Step] | None) -> LoopRead:
        walk = self._explainer.walk
        if message.placed is not None and message.placed[0] is walk:
            made = message.placed[1]
            assert isinstance(made, LoopRead)
            return made
        segments = message.take_split()
        if steps is None:
            tags = tuple([elements[0] for elements in segments])
            places = layout_of(walk, tags, ended=is_ended(message))
        else:
            places = layout(steps)
        read = self._read(message)
        root = tree(walk.name, segments, message.separators.component, places, read)
        message.placed = walk, root
        return root


def scan(message: MessageRead, accept: Accept) -> tuple[list[int], bool]:
    """The positions of segments that were not accepted, and if all are in order."""
    shapes, symbols, special = accept.shapes, accept.symbols, accept.special
    suspects: list[int] = []
    order: list[str] = []
    split = zip(message.segments, message.split(), strict=True)
    for position, (segment, elements) in enumerate(split, 1):
        tag = elements[0]
        # a segment without a hole is told by its length, which is asked in no time
        present = bytes(map(bool, elements)) if "" in elements else len(elements)
        try:
            shape = shapes[tag][present]
        except KeyError:
            presence = presence_of(elements)
            new = accept.look(tag, presence)
            if new is None:
                if not accept.good(elements, presence):
                    suspects.append(position)
                order.append(accept.symbol(elements))
                continue
            shape = new
        if shape.match(segment) is None:
            suspects.append(position)
        else:
            for n, codes in shape.codes:
                if elements[n] not in codes:
                    suspects.append(position)
                    break
        order.append(
            accept.symbol(elements) if tag in special else symbols.get(tag, "?")
        )
    if not accept.printable(message.text, message.separators.terminator):
        suspects = sorted({*suspects, *_unprintable(message)})
    return suspects, accept.order("".join(order)) is not None


def _holding(repetition: str, message: MessageRead) -> list[int]:
    """The segments with repeated elements: few, and looked at one by one."""
    segments = enumerate(message.segments, 1)
    return [position for position, segment in segments if repetition in segment]


def _unprintable(message: MessageRead) -> list[int]:
    element = message.separators.element
    return [
        position
        for position, segment in enumerate(message.segments, 1)
        if not segment.replace(element, "*").isprintable()
    ]
