"""What the corpus' manifest says of each set, and what we say, in the same words.

A place is a text: ``PO1 3 C2`` is a condition (code 2) broken in the third segment.
The manifest's checker and our engine are not alike in a few ways that have nothing to
do with who is right; ``PLACES`` says which, and both sides are written the same way.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from gateway.bootstrap import tables
from gateway.edi.events import Event, Fault, GroupBegun, MessageRead
from gateway.edi.plan import plan
from gateway.edi.validate import Validator
from gateway.edi.x12.reader import X12Reader
from gateway.findings import CODES, Finding, Severity
from tests.conformance import reference
from tests.conformance.corpus import Row, raw, rows

PLACES = """
- X12 prescribes no place for what is missing or once too often: no position counts.
- The manifest says 1 for "unknown or not in this set" and 2 for "out of place"; we
  tell 1 from 6 and 2 from 7.
- It names a condition, we name the element that is missing: the segment counts.
- It may say several things of one element, we say one: a length, a date, a code; a
  date of the wrong length is no date.
- It gives a code's element without its position in the set.
- Its lists may be shortened: then only what it does say is compared.
- Of envelopes it checks counts and references; what else we find there counts only
  where it finds nothing at all.
"""

_HEAVY = (Severity.REJECT, Severity.ERROR)
_LINE = re.compile(
    r"(\w{3}) seg (\d+)(?: ([A-Z][A-Z0-9]{1,2}?)(\d\d)?(?:-\d+)?)?: (\d+) (.*)",
    re.DOTALL,
)
_LISTED = re.compile(
    r"code value not in the table: ([A-Z][A-Z0-9]{1,2}?)(\d\d)(?:-\d+)? DE.*",
    re.DOTALL,
)
_ENVELOPE = (
    ("SE01", ("ENV-011",)),
    ("SE02", ("ENV-010",)),
    ("SE without ST", ("ENV-007",)),
    ("ST/SE", ("ENV-013", "ENV-007")),
    ("GE01", ("ENV-064",)),
    ("GE02", ("ENV-063",)),
    ("GS/GE", ("ENV-062", "ENV-007")),
    ("IEA01", ("ENV-006",)),
    ("IEA02", ("ENV-002",)),
    ("ISA/IEA", ("ENV-008", "ENV-007", "ENV-005", "ENV-036", "WIRE-001")),
    ("ISA broken", ("WIRE-001",)),
)
"""How the manifest's words begin, and the codes of which we say one."""
_COUNTED = frozenset(codes[0] for _, codes in _ENVELOPE) - {"ENV-007", "WIRE-001"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVerdict:
    """One set of a file. ``by`` is whose table judged it, empty for none.

    ``ours`` and ``theirs`` are the places at fault.
    """

    file: str
    ordinal: int
    type: str
    version: str
    by: str
    ours: frozenset[str]
    theirs: frozenset[str]

    @property
    def verdicts(self) -> tuple[str, str]:
        """The manifest's and ours."""
        return told(self.by, self.theirs), told(self.by, self.ours)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVerdict:
    """One file: its envelopes as codes, and its sets. ``noted`` are all our codes."""

    file: str
    noted: frozenset[str]
    ours: frozenset[str]
    theirs: frozenset[str]
    sets: tuple[SetVerdict, ...]

    @property
    def verdicts(self) -> tuple[str, str]:
        """The manifest's and ours, of the envelopes alone."""
        return told("envelope", self.theirs), told("envelope", self.noted)


def told(by: str, places: frozenset[str]) -> str:
    """A verdict in the manifest's words."""
    if not by:
        return "not judged"
    return "broken" if places else "valid"


@cache
def own(version: str, type_: str) -> Validator | None:
    """Who judges a set by the tables that come with the package; all elements count."""
    schema = tables().schema(version, type_)
    return Validator(plan(schema)) if schema else None


def judge(version: str, type_: str) -> tuple[str, Validator | None]:
    """Whose table there is for a set: ours, else the reference facts'."""
    if (validator := own(version, type_)) is not None:
        return "our table", validator
    validator = reference.validator(version, type_)
    return ("the facts" if validator else ""), validator


def events_of(data: bytes) -> list[Event]:
    """The events of a transmission."""
    reader = X12Reader()
    return reader.receive(data) + reader.finish()


@dataclass(slots=True)
class _Set:
    ordinal: int
    message: MessageRead
    version: str
    by: str
    ours: set[str] = field(default_factory=set)
    theirs: set[str] = field(default_factory=set)


@cache
def verdicts() -> tuple[FileVerdict, ...]:
    """Every file of the corpus."""
    return tuple(_judged(row) for row in rows())


def _judged(row: Row) -> FileVerdict:
    envelope, sets = set[str](), list[_Set]()
    version = ""
    for event in events_of(raw(row["file"])):
        if isinstance(event, GroupBegun):
            version = event.version
        if isinstance(event, MessageRead):
            by, validator = judge(version, event.type)
            one = _Set(len(sets) + 1, event, version, by)
            sets.append(one)
            found = validator.validate(event) if validator else event.faults
            heavy = [f for f in found if f.severity in _HEAVY]
            envelope |= {f.code for f in heavy if _is_envelope(f)}
            one.ours |= {place(f) for f in heavy if not _is_envelope(f)}
        else:
            envelope |= {f.code for f in _noted(event) if f.severity in _HEAVY}
    noted = frozenset(envelope)
    theirs = _attributed(row.get("wrong", ()), sets, envelope)
    if theirs:
        envelope &= theirs | _COUNTED
    for one in sets:
        if "wrong_count" in row:
            one.ours &= one.theirs
        one.theirs = set(_once(one.theirs, one.ours))
    return FileVerdict(
        file=row["file"],
        noted=noted,
        ours=frozenset(envelope),
        theirs=frozenset(theirs),
        sets=tuple(
            SetVerdict(
                file=row["file"],
                ordinal=one.ordinal,
                type=one.message.type,
                version=one.version,
                by=one.by,
                ours=frozenset(one.ours),
                theirs=frozenset(one.theirs),
            )
            for one in sets
        ),
    )


def _is_envelope(finding: Finding) -> bool:
    return finding.code.startswith(("ENV-", "WIRE-"))


def _noted(event: Event) -> Iterable[Finding]:
    if isinstance(event, Fault):
        return (event.finding,)
    return getattr(event, "faults", ())


def place(finding: Finding) -> str:
    """A finding as the manifest would write its place."""
    row, where = CODES[finding.code], finding.where
    tag, position = where.segment_tag, where.segment_position
    if row.ak403 in ("", "2"):
        return _segment(tag, position, "C" if row.ak403 else row.ak304)
    return _element(tag, position, where.element, row.ak403)


def _segment(tag: str, position: int, code: str) -> str:
    code = {"6": "1", "7": "2"}.get(code, code)
    return f"{tag} {code}" if code in "345" else f"{tag} {code} {position}"


def _element(tag: str, position: int, element: int, code: str) -> str:
    if code == "7":
        return f"{tag}{element:02d} 7"
    if code == "3":  # the manifest does not say which
        return f"{tag} many {position}"
    return f"{tag}{element:02d} {'5' if code in '89' else code} {position}"


def _once(theirs: Iterable[str], ours: Iterable[str]) -> Iterator[str]:
    """What they say without what they say of an element that we name, too."""
    named = {(p.split()[0], p.split()[-1]) for p in ours}
    tags = {tag for tag, _ in named}
    for said in theirs:
        tag, code, *position = said.split()
        element = any(map(str.isdigit, tag[2:]))
        same = (tag, *position) in named if position else tag in tags and code == "7"
        if said in ours or not (element and same):
            yield said


def _attributed(wrong: Iterable[str], sets: list[_Set], ours: set[str]) -> set[str]:
    """Hand the manifest's lines to the sets they are about; the rest is envelope."""
    envelope: set[str] = set()
    listed: list[str] = []
    for line in wrong:
        if match := _LISTED.fullmatch(line):
            listed.append(f"{match[1]}{match[2]} 7")
        elif match := _LINE.fullmatch(line):
            found = _theirs(match)
            meant = _meant(match[1], int(match[2]), found, sets)
            envelope |= _hand(found, meant, f"{match[1]} is not read")
        else:
            codes = next((c for start, c in _ENVELOPE if line.startswith(start)), ())
            said = [code for code in codes if code in ours]
            envelope.update(said or codes[:1] or (line,))
    for found in listed:
        envelope |= _hand(found, _meant("", 0, found, sets), "a set is not read")
    return envelope


def _hand(found: str, meant: list[_Set], unread: str) -> set[str]:
    for one in meant:
        one.theirs.add(found)
    return set() if meant else {unread}


def _theirs(match: re.Match[str]) -> str:
    tag, element, code, words = match[3], match[4], match[5], match[6].split()
    position = int(match[2])
    if tag and element:
        return _element(tag, position, int(element), code)
    if tag and words[0] == "too":
        return _element(tag, position, 0, code)
    if tag and words[0] == "conditional":
        return _segment(tag, position, "C")
    return _segment(words[-1].partition(">")[0], position, code)


def _meant(type_: str, position: int, found: str, sets: list[_Set]) -> list[_Set]:
    """The sets that a line is about: those where we find the same, else one that fits.

    The manifest does not say which set of a file it means, and says a thing once.
    """
    fit = [one for one in sets if one.by and type_ in ("", one.message.type)]
    tag = re.match(r"[A-Z][A-Z0-9]{1,2}?(?=\d\d | |$)", found)
    there = [one for one in fit if tag and tag[0] in _tags(one, position)]
    same = [one for one in fit if found in one.ours]
    return same or there[:1] or fit[:1]


def _tags(one: _Set, position: int) -> set[str]:
    segments = one.message.segments
    if position and position > len(segments):
        return set()
    chosen = segments[position - 1 : position] if position else segments
    separator = one.message.separators.element
    return {segment.split(separator)[0] for segment in chosen}


def summary() -> dict[str, Counter[str]]:
    """Sets by type: how many there are, and how they were judged."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for file in verdicts():
        for one in file.sets:
            counts[one.type]["sets"] += 1
            counts[one.type][one.by or "no table"] += 1
            counts[one.type]["manifest " + one.verdicts[0]] += 1
            counts[one.type]["ours " + one.verdicts[1]] += 1
            counts[one.type]["disagree"] += one.ours != one.theirs
    return dict(counts)
