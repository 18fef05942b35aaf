"""What ``gateway check --second-opinion`` shows beside ours, over the whole corpus.

pyx12's reader knows the envelope: its errors have a level (isa, gs, st, seg) and the
code of TA105, AK905, AK502 or AK304. Every difference to ours is in the table.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

from gateway.cli.second_opinion import Opinion, opinion
from gateway.edi.events import InterchangeBegun
from gateway.findings import CODES, Finding, Severity
from tests.conformance.corpus import AT_HAND, ROOT, raw, rows
from tests.conformance.verdicts import events_of
from tests.unit.edi.parts import faults

pytestmark = AT_HAND

ARGUED: dict[str, tuple[int, str, str]] = {
    "not read: ISA12": (
        108,
        "we are right",
        "it knows versions 00401 and 00501 of the envelope; the others are as good",
    ),
    "not read: ISA is not 106 bytes wide": (
        16,
        "we are right",
        "it looks at byte 84 for ISA12; we find ISA by its separators (WIRE-006)",
    ),
    "not read: something in front of ISA": (
        12,
        "we are right",
        "a byte order mark is told (WIRE-005) and the rest is read",
    ),
    "not read: another ISA with other separators": (
        2,
        "we are right",
        "each interchange has its own separators; it goes on with the first ones",
    ),
    "not read: nothing to read": (2, "both", "there is no ISA with 16 elements"),
    "only pyx12: seg 1": (
        19,
        "both",
        "blanks in front of a tag, which we take out and tell as a note (WIRE-008); or "
        "an invented tag, which is the table's matter for us (SYN-101)",
    ),
    "only pyx12: seg SEG1": (
        6,
        "both",
        "empty elements at the end of a segment: the table's matter for us (SYN-220)",
    ),
    "only pyx12: seg 8": (
        3,
        "both",
        "a segment of a tag alone: the table's matter for us (SYN-201)",
    ),
    "only pyx12: isa 023": (
        11,
        "we are right",
        "the last segment has no terminator: it drops the IEA; for us the end of the "
        "data ends it",
    ),
    "only we: isa 001": (
        7,
        "we are right",
        "as above: it never saw the IEA whose number is another",
    ),
    "only we: st 7": (
        6,
        "we are right",
        "ST02 ends with a stray mark, as below; it looks at no form of ST02",
    ),
    "only we: gs 4": (
        5,
        "we are right",
        "lines end segments and ISA16 is the mark before the line end: GE02 holds it; "
        "it takes GE02 for a composite and compares the first component",
    ),
    "only pyx12: st 23": (
        1,
        "both",
        "two ST02 alike; we tell that they are malformed, and leave it at that",
    ),
    "only we: isa 007": (
        6,
        "we are right",
        "ISA07 is no code of DE I05; its reader looks at no code of ISA",
    ),
    "only we: isa 016": (2, "we are right", "ISA11 is no U in 00401; as above"),
    "only we: isa 020": (1, "we are right", "ISA15 is X; as above"),
    "only we: isa 027": (
        3,
        "we are right",
        "ISA16 is a letter, a byte of UTF-8 or missing; it looks at no separator",
    ),
    "only we: isa 004": (
        2,
        "we are right",
        "one mark is the terminator and the component separator; as above",
    ),
    "only we: isa 022": (
        6,
        "we are right",
        "text between envelope segments, or a set outside of a group; it lets it pass",
    ),
    "only we: gs 3": (
        2,
        "we are right",
        "a group is open at the end of the data; it tells the interchange alone",
    ),
    "only we: st 4": (
        1,
        "we are right",
        "SE01 is wrong; it had lost the terminator and with it the message",
    ),
    "only we: WIRE-006": (1, "we are right", "ISA16 is missing; it goes by places"),
    "only we: WIRE-010": (1, "we are right", "Latin-1 where UTF-8 is agreed"),
    "only we: WIRE-011": (1, "we are right", "an empty segment, which it passes over"),
}
"""A difference: in how many files it is, who is right, and why."""


def ours(finding: Finding) -> str:
    """One of our findings as its reader would call it."""
    row = CODES[finding.code]
    if finding.code.startswith("ENV-") and row.ak502:
        return f"st {row.ak502}"
    if row.ak905:
        return f"gs {row.ak905}"
    if row.ta105:
        return f"isa {row.ta105}"
    return finding.code


def unread(view: Opinion, file: str) -> str:
    """Why its reader stops, told by what we read."""
    events = events_of(raw(file))
    isa = next((e for e in events if isinstance(e, InterchangeBegun)), None)
    if "does not begin" in view.refused:
        return "not read: something in front of ISA"
    if isa is None:
        return "not read: nothing to read"
    if "16 elements" in view.refused:
        return "not read: another ISA with other separators"
    if isa[12] in view.refused and isa[12] not in ("00401", "00501"):
        return "not read: ISA12"
    return "not read: ISA is not 106 bytes wide"


@cache
def differences() -> Counter[str]:
    """Each kind of difference and the number of files that have it."""
    found: Counter[str] = Counter()
    for row in rows():
        file = row["file"]
        view = opinion(raw(file))
        if view.refused:
            found[unread(view, file)] += 1
            continue
        theirs = {f"{level} {code}" for level, code, _ in view.errors}
        told = faults(events_of(raw(file)))
        mine = {ours(f) for f in told if f.severity is not Severity.NOTE}
        found["none"] += theirs == mine
        found.update(f"only pyx12: {one}" for one in theirs - mine)
        found.update(f"only we: {one}" for one in mine - theirs)
    return found


def doc_table() -> str:
    """The differences as docs/conformance.md has them."""
    lines = ["| files | difference | who is right | why |", "|---:|---|---|---|"]
    for kind, (count, who, why) in ARGUED.items():
        lines.append(f"| {count} | {kind} | {who} | {why} |")
    return "\n".join(lines)


def test_the_table_in_the_docs_is_true():
    assert doc_table() in (ROOT / "docs" / "conformance.md").read_text("utf-8")


def test_every_difference_is_argued():
    found = dict(differences())
    assert found.pop("none") > 180
    assert found == {kind: count for kind, (count, _, _) in ARGUED.items()}
