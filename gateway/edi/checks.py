"""Tell whether the elements of a segment are accepted: yes or no, and quickly.

Which elements are there is one number, a byte for each, so that requirement, surplus
and conditions are a few operations on it. Only values ask for more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import islice

from gateway.edi.formats import value_pattern
from gateway.edi.plan import ElementPlan, SegmentPlan
from gateway.edi.schema import Composite, Condition, Element

_SEEN_PER_COMPOSITE = 512
_SEEN_SHAPES = 64

Check = Callable[[str], object]
"""Anything true for a value that is accepted."""


def presence_of(elements: Iterable[str]) -> bytes:
    """One byte per element, the tag first: 1 where there is a value."""
    return bytes(map(bool, elements))


def allowed(plan: SegmentPlan) -> Callable[[bytes], bool]:
    """Whether elements may be there together, and no other has to be."""
    count = len(plan.elements)
    mandatory = _bits(n for n, e in enumerate(plan.elements, 1) if e.mandatory)
    forbidden = _bits(n for n, e in enumerate(plan.elements, 1) if e.forbidden)
    rules = tuple(map(_broken, plan.conditions))

    def check(presence: bytes) -> bool:
        there = int.from_bytes(presence, "little")
        return (
            not there >> 8 * (count + 1)
            and there & mandatory == mandatory
            and not there & forbidden
            and not any(broken(there) for broken in rules)
        )

    return lru_cache(maxsize=_SEEN_SHAPES)(check)


def _bits(positions: Iterable[int]) -> int:
    return sum(1 << 8 * position for position in positions)


def _broken(condition: Condition) -> Callable[[int], bool]:
    """Whether a condition does not hold, told from the bytes of what is there."""
    everything = _bits(condition.elements)
    first = _bits(condition.elements[:1])
    others = everything & ~first
    match condition.kind:
        case "P":
            return lambda there: there & everything not in (0, everything)
        case "R":
            return lambda there: not there & everything
        case "E":
            return lambda there: (there & everything).bit_count() > 1
        case "C":
            return lambda there: bool(there & first) and there & others != others
        case _:  # L
            return lambda there: bool(there & first) and not there & others


def value_check(plan: ElementPlan, component: str) -> Check:
    """Whether one element's value is accepted."""
    element = plan.use.element
    if isinstance(element, Composite):
        return Composites(composite_check(plan, component)).__contains__
    return _simple_check(plan, element, component)


def _simple_check(plan: ElementPlan, element: Element, component: str) -> Check:
    if plan.codes:
        return plan.codes.__contains__
    least, most = plan.min, plan.max
    if element.type in ("AN", "ID", "B"):
        return lambda value: least <= len(value) <= most
    stop = re.escape(component) if component and element.is_edifact else "\n"
    return re.compile(value_pattern(element, least, most, stop) + r"\Z").match


def composite_check(plan: ElementPlan, component: str) -> Callable[[str], bool]:
    """Whether a composite's value is accepted."""
    composite = plan.use.element
    assert isinstance(composite, Composite)
    shape = allowed(SegmentPlan("", "", (), list(plan.parts), composite.conditions))
    checks = [value_check(part, "") for part in plan.parts]  # X12 does not nest them

    def check(value: str) -> bool:
        parts = value.split(component) if component else [value]
        return (
            bool(parts[-1])
            and shape(presence_of(("", *parts)))
            and all(
                good(part) for good, part in zip(checks, parts, strict=False) if part
            )
        )

    return check


class Composites:
    """The good values of a composite, known by checking each new one once."""

    __slots__ = ("_check", "_good")

    def __init__(self, check: Callable[[str], bool]) -> None:
        self._check = check
        self._good: set[str] = set()

    def __contains__(self, value: object) -> bool:
        """Whether the value is good."""
        if value in self._good:
            return True
        if not isinstance(value, str) or not self._check(value):
            return False
        if len(self._good) < _SEEN_PER_COMPOSITE:
            self._good.add(value)
        return True


class SegmentCheck:
    """Whether a segment's elements are accepted in one place of the message."""

    __slots__ = ("_component", "_plan", "_values", "allowed")

    def __init__(self, plan: SegmentPlan, component: str) -> None:
        """``allowed`` tells it of the elements that are there, not of their values."""
        self._plan = plan
        self._component = component
        self._values: tuple[Check, ...] = ()
        self.allowed = allowed(plan)

    def good(self, elements: list[str], presence: bytes) -> bool:
        """Whether all is well with a segment, split at its separators."""
        if not (presence[-1] and self.allowed(presence)):
            return False
        values = self._values or self._prepare()
        for check, value in zip(values, islice(elements, 1, None), strict=False):
            if value and not check(value):
                return False
        return True

    def bad(self, elements: list[str], presence: bytes) -> list[int] | None:
        """The elements whose values are not good; None where it is not they alone."""
        if not (presence[-1] and self.allowed(presence)):
            return None
        values = self._values or self._prepare()
        pairs = zip(values, islice(elements, 1, None), strict=False)
        return [
            number
            for number, (check, value) in enumerate(pairs, 1)
            if value and not (check(value) and value.isprintable())
        ]

    def _prepare(self) -> tuple[Check, ...]:
        plans = self._plan.elements
        self._values = tuple(value_check(plan, self._component) for plan in plans)
        return self._values
