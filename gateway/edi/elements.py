"""Say what is wrong with the elements of one segment (X12 DE 723, ISO 9735 0085)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Set
from functools import lru_cache
from typing import NamedTuple

from gateway.edi.formats import value_pattern
from gateway.edi.near import listed, meant
from gateway.edi.plan import ElementPlan, SegmentPlan
from gateway.edi.schema import Composite, Condition, Element


class ElementFault(NamedTuple):
    """One thing that is wrong with an element or a component of it."""

    code: str
    what: str
    element: int
    value: str = ""
    component: int = 0
    repetition: int = 0


def element_faults(
    plan: SegmentPlan, elements: list[str], component: str, repetition: str = ""
) -> Iterator[ElementFault]:
    """What is wrong in a segment that was split at its separators.

    ``repetition`` is empty where the version has none: then it is a character.

    One cause is told once: a missing element that two conditions call for, or that is
    mandatory as well, is one fault, and so it is at the end of the segment.
    """
    faults = list(_element_faults(plan, elements, component, repetition))
    last = len(elements) - 1
    if last and not elements[-1] and all(fault.element != last for fault in faults):
        yield ElementFault("SYN-220", f"{plan.tag} ends with empty elements", last)
    yield from faults


def value_faults(
    plan: SegmentPlan, elements: list[str], numbers: Iterable[int], component: str
) -> Iterator[ElementFault]:
    """What is wrong with the values of these elements; they are not repeated."""
    for number in numbers:
        element = plan.elements[number - 1]
        simple = element.use.element
        if element.forbidden or isinstance(simple, Composite):
            yield from _value_faults(plan, number, elements[number], component)
        elif fault := value_fault(element, simple, elements[number], component):
            what = f"{_name(plan, number)}: {fault[1]}"
            yield ElementFault(fault[0], what, number, elements[number])


def _element_faults(
    plan: SegmentPlan, elements: list[str], component: str, repetition: str
) -> Iterator[ElementFault]:
    present = {i for i, value in enumerate(elements) if value and i}
    surplus = min((i for i in present if i > len(plan.elements)), default=0)
    if surplus:
        what = f"{plan.tag} has {len(plan.elements)} elements, {max(present)} were sent"
        yield ElementFault("SYN-203", what, surplus, elements[surplus])
    missing: set[int] = set()
    for number, element in enumerate(plan.elements, 1):
        if number in present:
            value = elements[number]
            if repetition and repetition in value:
                parts = value.split(repetition)
                yield from _repeated(plan, number, parts, component)
            else:
                yield from _value_faults(plan, number, value, component)
        elif element.mandatory:
            missing.add(number)
            what = f"{_name(plan, number)} is missing"
            yield ElementFault(element.mandatory_code, what, number)
    broken = list(_broken(plan.conditions, present, missing))
    if not broken:
        return
    names = [f"{plan.tag}-{number:02d}" for number in range(len(plan.elements) + 1)]
    for code, position, what in _conditional(broken, names):
        value = elements[position] if position in present else ""
        yield ElementFault(code, what, position, value)


def _broken(
    conditions: Iterable[Condition], present: Set[int], missing: Set[int]
) -> Iterator[tuple[Condition, tuple[int, ...]]]:
    """The conditions that do not hold, but for what is reported already."""
    reported = set(missing)
    for condition in conditions:
        broken = condition.broken(present)
        if broken and not reported.intersection(broken):
            reported.add(broken[0])
            yield condition, broken


def _conditional(
    broken: Iterable[tuple[Condition, tuple[int, ...]]], names: list[str]
) -> Iterator[tuple[str, int, str]]:
    for condition, positions in broken:
        listed = " or ".join(names[position] for position in positions)
        if condition.kind == "E":
            what = f"{listed} excludes other elements ({condition})"
            yield "SYN-210", positions[0], what
        else:
            yield "SYN-202", positions[0], f"{listed} is missing ({condition})"


def _name(plan: SegmentPlan, number: int) -> str:
    """``PO1-02 (Quantity ordered)``."""
    return f"{plan.tag}-{number:02d} ({plan.elements[number - 1].use.element.name})"


def _repeated(
    segment: SegmentPlan, number: int, parts: list[str], component: str
) -> Iterator[ElementFault]:
    """What is wrong with an element that is repeated (X12 DE 723, code 12)."""
    most = segment.elements[number - 1].use.repeat
    if most and len(parts) > most:
        what = f"{_name(segment, number)} may stand {most} times, {len(parts)} came"
        yield ElementFault("SYN-212", what, number, parts[most], 0, most + 1)
        parts = parts[:most]
    for place, part in enumerate(parts, 1):
        for fault in _value_faults(segment, number, part, component) if part else ():
            yield fault._replace(repetition=place)


def _value_faults(
    segment: SegmentPlan, number: int, value: str, component: str
) -> Iterator[ElementFault]:
    plan = segment.elements[number - 1]
    element = plan.use.element
    if plan.forbidden:
        what = f"{_name(segment, number)} is not used by the guide"
        yield ElementFault("IMP-210", what, number, value)
    elif isinstance(element, Composite):
        name = _name(segment, number)
        if element.is_edifact and not value.strip(component):
            if plan.mandatory:
                what = f"{name} is missing"
                yield ElementFault(plan.mandatory_code, what, number, value)
            else:
                what = f"{name} is nothing but separators"
                yield ElementFault("SYN-220", what, number, value)
        else:
            yield from _composite_faults(plan, name, number, value, component)
    elif fault := value_fault(plan, element, value, component):
        code, what = fault
        what = f"{_name(segment, number)}: {what}"
        yield ElementFault(code, what, number, value)


def _composite_faults(
    plan: ElementPlan, name: str, number: int, value: str, component: str
) -> Iterator[ElementFault]:
    composite = plan.use.element
    assert isinstance(composite, Composite)
    parts = value.split(component) if component else [value]
    present = {i for i, part in enumerate(parts, 1) if part}
    count = len(plan.parts)
    surplus = min((i for i in present if i > count), default=0)
    if surplus:
        what = f"{name} has {count} components, {len(parts)} were sent"
        yield ElementFault("SYN-213", what, number, value, surplus)
    missing: set[int] = set()
    for position, its in enumerate(plan.parts, 1):
        part = parts[position - 1] if position in present else ""
        if not part:
            if its.mandatory:
                missing.add(position)
                what = f"{name}: component {position} is missing"
                yield ElementFault(its.mandatory_code, what, number, "", position)
        elif its.forbidden:
            what = f"{name}: component {position} is not used by the guide"
            yield ElementFault("IMP-210", what, number, part, position)
        elif isinstance(its.use.element, Element) and (
            fault := value_fault(its, its.use.element, part, "")
        ):
            code, what = fault
            yield ElementFault(code, f"{name}: {what}", number, part, position)
    names = [f"{name}, component {position}" for position in range(count + 1)]
    broken = list(_broken(composite.conditions, present, missing))
    for code, position, what in _conditional(broken, names):
        yield ElementFault(code, what, number, "", position)
    told = missing.union(*(positions[:1] for _, positions in broken))
    if not parts[-1] and len(parts) not in told:
        what = f"{name} ends with empty components"
        yield ElementFault("SYN-220", what, number, value)


def value_fault(
    plan: ElementPlan, element: Element, value: str, component: str = ""
) -> tuple[str, str] | None:
    """The finding code and the sentence for a value that is not accepted.

    A component separator in a simple element is let pass as a character.
    """
    if value in plan.codes:
        return None
    if element.is_edifact and component and component in value:
        return "SYN-213", f"{value!r} has components, the element has none"
    kind = element.type[0] if element.type[0] in "Nn" else element.type
    fault = _KINDS.get(kind, _text_fault)(plan, _without(component, value))
    if fault is None and plan.codes:
        code = "IMP-207" if value in element.codes else "SYN-207"
        instead = listed(plan.codes) if code == "IMP-207" else ""
        told = f": {instead}" if instead else meant(value, plan.codes)
        return code, f"{value!r} is not in the list{told}"
    return fault and (fault[0], f"{value!r} {fault[1]}")


_Fault = tuple[str, str] | None


def _without(separator: str, value: str) -> str:
    return value.replace(separator, "*") if separator else value


def _date_fault(plan: ElementPlan, value: str) -> _Fault:
    fits = _pattern("DT", plan.min, plan.max).match(value)
    return None if fits else ("SYN-208", "is no date")


def _time_fault(plan: ElementPlan, value: str) -> _Fault:
    fits = _pattern("TM", plan.min, plan.max).match(value)
    return None if fits else ("SYN-209", "is no time")


def _integer_fault(plan: ElementPlan, value: str) -> _Fault:
    return _number_fault(plan, value, _INTEGER)


def _real_fault(plan: ElementPlan, value: str) -> _Fault:
    return _number_fault(plan, value, _REAL)


def _number_fault(plan: ElementPlan, value: str, form: re.Pattern[str]) -> _Fault:
    if not form.match(value):
        return "SYN-206", "is not a number"
    return _length_fault(plan, sum(map(value.count, "0123456789")))


def _text_fault(plan: ElementPlan, value: str) -> _Fault:
    if not value.isprintable():
        return "SYN-206", "has a character that is no text"
    return _length_fault(plan, len(value))


def _letters_fault(plan: ElementPlan, value: str) -> _Fault:
    if any(map(str.isdecimal, value)):
        return "SYN-206", "has digits among its letters"
    return _characters_fault(plan, value)


def _characters_fault(plan: ElementPlan, value: str) -> _Fault:
    if not value.isprintable():
        return "SYN-223", "has a character that is no text"
    return _length_fault(plan, len(value))


def _decimal_fault(plan: ElementPlan, value: str) -> _Fault:
    """A number of ISO 9735; a mark that UNA named stands in the type, ``n,``."""
    if not _DECIMAL.match(value):
        bare = _BARE_MARK.match(value)
        return ("SYN-222", "lacks a digit") if bare else ("SYN-206", "is not a number")
    fault = _length_fault(plan, sum(map(value.count, "0123456789")))
    element = plan.use.element
    mark = element.type[1:] if isinstance(element, Element) else ""
    if fault is None and mark and (",." if mark == "." else ".,")[0] in value:
        return "SYN-221", f"has not the decimal mark {mark!r}"
    return fault


def _length_fault(plan: ElementPlan, length: int) -> _Fault:
    prefix = "IMP" if plan.guide_length else "SYN"
    if length < plan.min:
        return f"{prefix}-204", f"is shorter than {plan.min}"
    if length > plan.max:
        return f"{prefix}-205", f"is longer than {plan.max}"
    return None


_KINDS: dict[str, Callable[[ElementPlan, str], _Fault]] = {
    "DT": _date_fault,
    "TM": _time_fault,
    "N": _integer_fault,
    "R": _real_fault,
    "a": _letters_fault,
    "an": _characters_fault,
    "n": _decimal_fault,
}
_DECIMAL = re.compile(r"-?[0-9]++(?:[.,][0-9]++)?\Z")
_BARE_MARK = re.compile(r"-?(?:[0-9]++[.,]|[.,][0-9]++)\Z")
_REAL = re.compile(r"-?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)\Z")
_INTEGER = re.compile(r"-?[0-9]++\Z")


@lru_cache(maxsize=64)
def _pattern(kind: str, least: int, most: int) -> re.Pattern[str]:
    """The pattern of a date or time between two lengths."""
    element = Element(
        number="", name="", type=kind, min=least, max=most, codes=frozenset()
    )
    return re.compile(value_pattern(element, least, most, "\n") + r"\Z")
