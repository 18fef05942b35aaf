"""Check what ISA, GS, ST and their trailers say (X12.5, X12.6)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from gateway.edi.events import GroupBegun, InterchangeBegun
from gateway.edi.x12.isa import Wide
from gateway.findings import Finding, Findings, Severity, Where

_QUALIFIERS = frozenset(
    (
        *(f"{number:02d}" for number in range(1, 39) if number not in (5, 6)),
        *("AM", "NR", "SA", "SN", "ZZ"),
    )
)
_DATE = re.compile(r"[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3])[0-5][0-9]")
_NUMBER = re.compile(r"[0-9]{1,9}")
_GS_ELEMENTS = 8
_LOST = Severity.REJECT
_CONTROL = re.compile(r"[A-Za-z0-9]{4,9}")
_SET = re.compile(r"[0-9]{3}")
# ISA element -> (what it has to look like, finding). ISA11 depends on ISA12.
_ISA: dict[int, tuple[frozenset[str] | re.Pattern[str], str]] = {
    1: (frozenset(f"{code:02d}" for code in range(9)), "ENV-025"),
    3: (frozenset(("00", "01")), "ENV-027"),
    5: (_QUALIFIERS, "ENV-021"),
    7: (_QUALIFIERS, "ENV-022"),
    9: (_DATE, "ENV-029"),
    10: (_TIME, "ENV-030"),
    12: (re.compile(r"[0-9]{5}"), "ENV-032"),
    13: (re.compile(r"[0-9]{9}"), "ENV-033"),
    14: (frozenset("0123"), "ENV-034"),
    15: (frozenset("PTI"), "ENV-035"),
}


def isa_findings(isa: InterchangeBegun) -> tuple[Finding, ...]:
    """What is wrong with the interchange header, its separators included."""
    found = Findings()
    for element, (wanted, code) in _ISA.items():
        value = isa[element]
        fits = (
            value in wanted
            if isinstance(wanted, frozenset)
            else wanted.fullmatch(value) is not None
        )
        if not fits:
            what = f"ISA{element:02d} is {value!r}"
            found.add(code, what, _at("ISA", element, isa.byte_offset), value)
    if isa[12] < "00402" and isa[11] != "U":
        what = f"ISA11 is {isa[11]!r}; version {isa[12]} has U there"
        found.add("ENV-031", what, _at("ISA", 11, isa.byte_offset), isa[11])
    found.extend(_separator_findings(isa))
    return found.done()


def wide_finding(wide: Wide, byte_offset: int) -> Finding:
    """A separator that is no single byte: the interchange cannot be read (X12.6).

    ``byte_offset`` is that of ISA; the finding has that of the separator.
    """
    what = f"{wide.character!r} has two bytes in UTF-8; a separator has one"
    where = _at("ISA", wide.element, byte_offset + wide.offset)
    return Finding.of(wide.code, what, where, wide.character, severity=Severity.REJECT)


def _separator_findings(isa: InterchangeBegun) -> tuple[Finding, ...]:
    separators = isa.separators
    found = Findings()
    roles = (
        ("ENV-036", separators.element, "element separator", 1),
        ("ENV-037", isa[16], "component separator", 16),
        ("ENV-005", separators.terminator[-1:], "segment terminator", 16),
        ("ENV-042", separators.repetition, "repetition separator", 11),
    )
    seen = ""
    for code, character, role, element in roles:
        if code == "ENV-042" and not character:
            continue
        if not character or character.isalnum() or character in seen:
            what = f"{character!r} as {role} is empty, a letter or digit, or used twice"
            found.add(code, what, _at("ISA", element, isa.byte_offset), character)
        seen += character
    if isa[12] >= "00402" and len(isa[11]) > 1:
        what = f"{isa[11]!r} as repetition separator is more than one character"
        found.add("ENV-042", what, _at("ISA", 11, isa.byte_offset), isa[11])
    return found.done()


def iea_findings(
    isa: InterchangeBegun,
    iea: Sequence[str],
    groups: int,
    byte_offset: int,
    *,
    left_out: bool,
) -> tuple[Finding, ...]:
    """What is wrong with the interchange trailer. ``iea`` holds IEA01 onwards.

    ``left_out`` says that data stood outside of groups. Where no group came of those
    that are counted, they were the orders: what is left out is not accepted.
    """
    found = Findings()
    count, number = (*iea, "", "")[:2]
    if not _same_number(count, groups):
        what = f"IEA01 is {count!r}, the interchange has {groups} groups"
        lost = _LOST if left_out and not groups else None
        found.add("ENV-006", what, _at("IEA", 1, byte_offset), count, severity=lost)
    if number.strip() != isa.control_number:
        what = f"IEA02 is {number!r}, ISA13 is {isa.control_number!r}"
        found.add("ENV-002", what, _at("IEA", 2, byte_offset), number)
    return found.done()


def gs_findings(group: GroupBegun, seen: Collection[str]) -> tuple[Finding, ...]:
    """What is wrong with the group header; ``seen`` are the GS06 before it."""
    found = Findings()
    number = group.control_number
    if len(group.gs) < _GS_ELEMENTS or "" in group.gs[:_GS_ELEMENTS]:
        missing = [n for n in range(1, _GS_ELEMENTS + 1) if not group[n]]
        elements = ", ".join(f"GS{n:02d}" for n in missing)
        what = f"{elements} not sent"
        found.add("ENV-009", what, _at("GS", missing[0], group.byte_offset))
    if number and not _NUMBER.fullmatch(number):
        what = f"GS06 is {number!r}"
        found.add("ENV-065", what, _at("GS", 6, group.byte_offset), number)
    elif number in seen:
        what = f"GS06 {number} was used in this interchange before"
        found.add("ENV-066", what, _at("GS", 6, group.byte_offset), number)
    return found.done()


def ge_findings(
    group: GroupBegun, ge: Sequence[str], messages: int, byte_offset: int
) -> tuple[Finding, ...]:
    """What is wrong with the group trailer. ``ge`` holds GE01 onwards.

    A group of which nothing came is not accepted where it counts something.
    """
    found = Findings()
    count, number = (*ge, "", "")[:2]
    if not _same_number(count, messages):
        what = f"GE01 is {count!r}, the group has {messages} messages"
        lost = _LOST if count.strip().isdigit() and not messages else None
        found.add("ENV-064", what, _at("GE", 1, byte_offset), count, severity=lost)
    if number.strip() != group.control_number:
        what = f"GE02 is {number!r}, GS06 is {group.control_number!r}"
        found.add("ENV-063", what, _at("GE", 2, byte_offset), number)
    return found.done()


def is_plain(
    st: list[str], se: list[str] | None, segments: int, seen: set[str]
) -> bool:
    """Whether ST and SE are as they should be: the quick test of the accept path."""
    return (
        len(st) == 3
        and se == ["SE", str(segments), st[2]]
        and st[2] not in seen
        and _SET.fullmatch(st[1]) is not None
        and _CONTROL.fullmatch(st[2]) is not None
    )


def st_findings(
    st: Sequence[str], seen: Collection[str], byte_offset: int
) -> tuple[Finding, ...]:
    """What is wrong with ST. ``st`` holds ST01 onwards, ``seen`` the ST02 before."""
    found = Findings()
    set_id, number = (*st, "", "")[:2]
    if not _SET.fullmatch(set_id):
        what = f"ST01 is {set_id!r}"
        found.add("ENV-014", what, _at("ST", 1, byte_offset, 1), set_id)
    if not _CONTROL.fullmatch(number):
        what = f"ST02 is {number!r}"
        found.add("ENV-015", what, _at("ST", 2, byte_offset, 1), number)
    elif number in seen:
        what = f"ST02 {number} was used in this group before"
        found.add("ENV-018", what, _at("ST", 2, byte_offset, 1), number)
    return found.done()


def se_findings(
    st: Sequence[str], se: Sequence[str], segments: int, byte_offset: int
) -> tuple[Finding, ...]:
    """What is wrong with SE. ``segments`` counts ST and SE too."""
    found = Findings()
    count, number = (*se, "", "")[:2]
    if not _same_number(count, segments):
        what = f"SE01 is {count!r}, the message has {segments} segments"
        found.add("ENV-011", what, _at("SE", 1, byte_offset, segments), count)
    sent = st[1] if len(st) > 1 else ""
    if number != sent:
        what = f"SE02 is {number!r}, ST02 is {sent!r}"
        found.add("ENV-010", what, _at("SE", 2, byte_offset, segments), number)
    return found.done()


def _same_number(text: str, number: int) -> bool:
    """Zero padding does not matter: counts are compared as numbers."""
    text = text.strip()
    return text.isascii() and text.isdigit() and len(text) < 20 and int(text) == number


def _at(tag: str, element: int, byte_offset: int, position: int = 0) -> Where:
    return Where(
        segment_tag=tag,
        segment_position=position,
        element=element,
        byte_offset=byte_offset,
    )
