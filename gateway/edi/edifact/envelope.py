"""Check what UNB, UNG, UNH and their trailers say (ISO 9735-1 to 9735-3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator

from gateway.edi.edifact.events import Row, UnbRead, UngRead
from gateway.findings import Finding, Findings, Severity, Where

__all__ = [
    "LAX",
    "Header",
    "date_meant",
    "is_time",
    "unb_findings",
    "une_findings",
    "ung_findings",
    "unh_findings",
    "unt_findings",
    "unz_findings",
]

Header = Callable[[int, Row, int], tuple[Finding, ...]]
"""What is wrong with the elements of a service segment: the syntax version, the
segment taken apart, its offset in the transmission."""


def LAX(syntax: int, row: Row, byte_offset: int) -> tuple[Finding, ...]:
    """Takes any elements; for readers that need no more than the messages."""
    return ()


# fmt: off
_QUALIFIERS = frozenset((
    "", "1", "4", "5", "8", "9", "12", "14", "18", "22", "30", "31", "33", "34", "51",
    "52", "53", "54", "55", "56", "57", "58", "59", "61", "63", "65", "80", "82", "84",
    "85", "86", "87", "89", "90", "91", "92", "103", "128", "129", "144", "145", "146",
    "147", "148", "149", "150", "160", "164", "300", "ZZ", "ZZZ",
))
# fmt: on
"""List 0007 with the values that are agreed on everywhere."""
_VERSIONS = ("1", "2", "3", "4")
_TWO_BYTES = ("UNOY",)
_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_DATE_6 = re.compile(rf"[0-9]{{2}}{_DAY}")
_DATE_8 = re.compile(rf"[0-9]{{4}}{_DAY}")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3])[0-5][0-9]")
_DATE, _PASSWORD = 4, 6
_LONGEST_COUNT = 20


def _at(
    tag: str, element: int, component: int, byte_offset: int, position: int = 0
) -> Where:
    return Where(
        segment_tag=tag,
        segment_position=position,
        element=element,
        component=component,
        byte_offset=byte_offset,
    )


def unb_findings(
    begun: UnbRead, codec: str, header: Header, byte_offset: int
) -> tuple[Finding, ...]:
    """What is wrong with the interchange header; ``byte_offset`` is that of UNB.

    Without a ``codec`` the character set is not known.
    """
    found = Findings()
    version = begun.part(1, 2)
    if version not in _VERSIONS:
        what = f"syntax version {version!r} is none of 1, 2, 3, 4"
        found.add("ENV-301", what, _at("UNB", 1, 2, byte_offset), version)
    of_elements = header(begun.syntax, begun.unb, byte_offset)
    if not codec and not any(_is_set(finding) for finding in of_elements):
        identifier = begun.syntax_identifier
        weight = Severity.REJECT if identifier in _TWO_BYTES else Severity.WARNING
        what = f"{identifier!r} is no character set that is read; bytes are guessed"
        where = _at("UNB", 1, 1, byte_offset)
        found.add("WIRE-015", what, where, identifier, severity=weight)
    for element in (2, 3):
        qualifier = begun.part(element, 2)
        if qualifier not in _QUALIFIERS:
            what = f"qualifier {qualifier!r} is not in list 0007"
            where = _at("UNB", element, 2, byte_offset)
            found.add("ENV-306", what, where, qualifier)
    s004 = begun.part(_DATE, 1), begun.part(_DATE, 2)
    dated = [*_date_findings("UNB", s004, begun.syntax, byte_offset)]
    found.extend(dated)
    for finding in _undated(of_elements, dated):
        where = finding.where
        if where.element == 1 and where.component == 2 and version not in _VERSIONS:
            continue
        if where.element == _PASSWORD:
            found.add(finding.code, "the password is at fault", where)
        else:
            found.extend([finding])
    return found.done()


def _is_set(finding: Finding) -> bool:
    """Whether it tells that 0001 itself, the character set, is malformed."""
    return (finding.where.element, finding.where.component) == (1, 1)


def date_meant(text: str, syntax: int) -> str:
    """The date as a syntax version writes it; empty where it is none.

    Eight digits are shortened up to version 3, six are of this century from 4 on.
    """
    if _DATE_8.fullmatch(text):
        return text if syntax >= 4 else text[2:]
    if _DATE_6.fullmatch(text):
        return text if syntax < 4 else f"20{text}"
    return ""


def is_time(text: str) -> bool:
    """Whether it is a time of day, HHMM."""
    return _TIME.fullmatch(text) is not None


def _date_findings(
    tag: str, s004: tuple[str, str], syntax: int, byte_offset: int
) -> Iterator[Finding]:
    """What is wrong with date and time of a header."""
    date, time = s004
    usual, other = (_DATE_6, _DATE_8) if syntax < 4 else (_DATE_8, _DATE_6)
    where = _at(tag, _DATE, 1, byte_offset)
    if other.fullmatch(date):
        what = f"{date} is a date of {len(date)} digits in syntax {syntax}"
        yield Finding.of("ENV-307", what, where, date)
    elif date and not usual.fullmatch(date):
        yield Finding.of("ENV-029", f"{date!r} is no date", where, date)
    if time and not _TIME.fullmatch(time):
        where = _at(tag, _DATE, 2, byte_offset)
        yield Finding.of("ENV-030", f"{time!r} is no time", where, time)


def _undated(found: Iterable[Finding], dated: Iterable[Finding]) -> list[Finding]:
    """The findings of elements but for what is said of date and time already."""
    told = {(f.where.element, f.where.component) for f in dated}
    return [f for f in found if (f.where.element, f.where.component) not in told]


def ung_findings(
    group: UngRead, begun: UnbRead, seen: Collection[str], header: Header
) -> tuple[Finding, ...]:
    """What is wrong with a group header; ``seen`` are the 0048 before it."""
    s004 = group.part(_DATE, 1), group.part(_DATE, 2)
    dated = [*_date_findings("UNG", s004, begun.syntax, group.byte_offset)]
    of_elements = header(begun.syntax, group.ung, group.byte_offset)
    found = Findings((*dated, *_undated(of_elements, dated)))
    number = group.control_number
    if number in seen:
        what = f"0048 {number} was used in this interchange before"
        found.add("ENV-066", what, _at("UNG", 5, 0, group.byte_offset), number)
    return found.done()


def _one(row: Row, element: int) -> str:
    return row[element][0] if element < len(row) else ""


def _counted(
    code: str, tag: str, stated: str, number: int, where: Where
) -> Iterator[Finding]:
    """Zero padding does not matter, but it is told.

    Where nothing came of what is counted, what was left out is not accepted.
    """
    plain = stated.isascii() and stated.isdigit() and len(stated) < _LONGEST_COUNT
    if not plain or int(stated) != number:
        what = f"{tag} counts {stated!r}, there are {number}"
        lost = None if number or not plain else Severity.REJECT
        yield Finding.of(code, what, where, stated, severity=lost)
    elif stated != str(number):
        yield Finding.of("ENV-308", f"{tag} counts {stated!r}", where, stated)


def une_findings(
    group: UngRead,
    une: Row,
    messages: int,
    begun: UnbRead,
    header: Header,
    byte_offset: int,
) -> tuple[Finding, ...]:
    """What is wrong with a group trailer."""
    found = Findings(_but(header(begun.syntax, une, byte_offset), (1, 2)))
    where = _at("UNE", 1, 0, byte_offset)
    found.extend(_counted("ENV-064", "UNE", _one(une, 1), messages, where))
    number = _one(une, 2)
    if number != group.control_number:
        what = f"0048 is {number!r} in UNE, {group.control_number!r} in UNG"
        found.add("ENV-063", what, _at("UNE", 2, 0, byte_offset), number)
    if not messages:
        where = _at("UNG", 0, 0, group.byte_offset)
        found.add("ENV-305", "the group has no messages", where)
    return found.done()


def unz_findings(
    begun: UnbRead, unz: Row, parts: int, header: Header, byte_offset: int
) -> tuple[Finding, ...]:
    """What is wrong with the interchange trailer.

    ``parts`` are the groups where there are any, else the messages.
    """
    found = Findings(_but(header(begun.syntax, unz, byte_offset), (1, 2)))
    where = _at("UNZ", 1, 0, byte_offset)
    found.extend(_counted("ENV-006", "UNZ", _one(unz, 1), parts, where))
    number = _one(unz, 2)
    if len(begun.unb) > 1 and number != begun.control_number:
        what = f"0020 is {number!r} in UNZ, {begun.control_number!r} in UNB"
        found.add("ENV-002", what, _at("UNZ", 2, 0, byte_offset), number)
    if not parts:
        where = _at("UNB", 0, 0, begun.byte_offset)
        found.add("ENV-305", "the interchange has no messages", where)
    return found.done()


def _but(findings: Collection[Finding], elements: Collection[int]) -> list[Finding]:
    """The findings but for those of elements that are compared anyway."""
    return [f for f in findings if f.where.element not in elements]


def unh_findings(
    unh: Row, seen: Collection[str], byte_offset: int
) -> tuple[Finding, ...]:
    """What is wrong with a message header.

    ``seen`` are the 0062 before it in its group, or in the interchange without groups.
    """
    number, type_ = _one(unh, 1), _one(unh, 2)
    identifier = unh[2] if len(unh) > 2 else ()
    slip = identifier[1:2] == ("0",) or any(p != p.strip() for p in identifier)
    if number and type_ and number not in seen and not slip:
        return ()
    found = Findings()
    if slip:
        what = f"the message identifier is {':'.join(identifier)!r}"
        where = _at("UNH", 2, 0, byte_offset, 1)
        found.add("ENV-311", what, where, ":".join(identifier))
    if not number:
        what = "0062 is missing"
        found.add("ENV-015", what, _at("UNH", 1, 0, byte_offset, 1))
    elif number in seen:
        what = f"0062 {number} was used before in this interchange, or group of it"
        found.add("ENV-018", what, _at("UNH", 1, 0, byte_offset, 1), number)
    if not type_:
        what = "0065 is missing"
        found.add("ENV-014", what, _at("UNH", 2, 1, byte_offset, 1))
    return found.done()


def unt_findings(
    unh: Row, unt: Row, segments: int, byte_offset: int
) -> tuple[Finding, ...]:
    """What is wrong with a message trailer; ``segments`` counts UNH and UNT too."""
    number = _one(unh, 1)
    stated, repeated = _one(unt, 1), _one(unt, 2)
    if stated == str(segments) and repeated == number and len(unt[1]) == 1:
        return ()
    found = Findings()
    where = _at("UNT", 1, 0, byte_offset, segments)
    if len(unt) == 2 and len(unt[1]) == 2:
        what = "a component separator stands in front of 0062"
        found.add("ENV-311", what, where, ":".join(unt[1]))
        repeated = unt[1][1]
    found.extend(_counted("ENV-011", "UNT", stated, segments, where))
    if repeated != number:
        what = f"0062 is {repeated!r} in UNT, {number!r} in UNH"
        where = _at("UNT", 2, 0, byte_offset, segments)
        found.add("ENV-010", what, where, repeated)
    return found.done()
