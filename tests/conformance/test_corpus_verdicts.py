"""The verdict of every set of the corpus against its manifest, fault by fault.

A set is judged by the table that comes with the package where there is one: the orders'
sets and the acknowledgements of 004010 and 005010. The product holds no table for the
other types and versions: it judges their envelopes, counts and control numbers, and
refuses the set. Here the reference facts stand in for the missing tables, so that the
engine is held against the manifest for these sets, too. Where the facts have no table
either (204, 837, made-up types ...), the envelope's verdict is all that is compared;
the manifest calls these sets "not judged".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from gateway.edi.events import GroupBegun, MessageRead
from gateway.edi.validate import Validator
from tests.conformance import reference
from tests.conformance.corpus import AT_HAND, FACTS, ROOT, raw, rows
from tests.conformance.verdicts import (
    FileVerdict,
    SetVerdict,
    events_of,
    own,
    summary,
    verdicts,
)

pytestmark = AT_HAND

Place = tuple[str, int]
"""The ending of a file's path and a set's ordinal in it; 0 is the envelope."""

BOTS_820 = "x122xml/x12/820-0040"
BOTS_820S = tuple(
    f"{BOTS_820}{version}-{number}.x12"
    for version in ("10", "10UCS", "10VICS", "30", "30UCS", "30VICS")
    for number in ("01", "02")
)

ARGUED: tuple[tuple[str, str, tuple[Place, ...]], ...] = (
    (
        "we are right",
        "ISA05 or ISA07 is no code of DE I05; the manifest looks at no code of ISA",
        (
            *((file, 0) for file in BOTS_820S),
            ("ProcessEnvelopeTest.java.1.edi", 0),
            ("botssys/infile/demo_work_with_partners/partner_conversion/", 0),
            ("botssys/infile/outfile/demo_work_with_partners/partner_conversion/", 0),
            ("glitchassassin_python-edi_2_dropship_850.edi", 0),
        ),
    ),
    (
        "we are right",
        "ISA01 JJ is no code of DE I01 and ISA12 0040X no version",
        (("sample.output.840.VS.forEnvelopeVersioning", 0),),
    ),
    (
        "we are right",
        "ST02 and GS06 are used twice; the manifest compares counts and references",
        (("850-004010-02.x12", 0),),
    ),
    (
        "we are right",
        "the interchanges have separators of their own; the manifest's checker went on "
        "with those of the first, lost the last IEA and did not see these sets",
        (("mailbag01.x12", 0), ("mailbag01.x12", 12), ("mailbag01.x12", 13)),
    ),
    (
        "we are right",
        "a GE without a GS is one fault; that its number fits no group follows from it",
        (("no-gs-heading.edi", 0),),
    ),
    (
        "both",
        "a second IEA with no ISA: for us a segment outside of the interchange, which "
        "is whole; for the manifest a second, headless interchange",
        (("no-isa-heading.edi", 0),),
    ),
    (
        "both",
        "ISA16 is not there and a line end stands in its place: we read on with lines "
        "or with the terminator that follows, the manifest gives up",
        (("test_940.rs.6.edi", 0), ("832-sample2.edi", 0), ("832-sample2.edi", 1)),
    ),
    (
        "both",
        "there is no terminator at all: we name the open group beside the interchange",
        (("x12.no.line.break.no.delim.txt", 0),),
    ),
    (
        "both",
        "the 850 stands in no group: we say so (ENV-007) and do not read it, since "
        "there is nothing to acknowledge it in; the manifest judges it all the same",
        (("x12.test.ts.15.edi", 0),),
    ),
    (
        "we are right",
        "one cause, one finding: a loop lacks its first segment, what follows is not "
        "out of place for itself",
        (*((file, 1) for file in BOTS_820S), ("data/dummy/sample_855.x12", 1)),
    ),
    (
        "we are right",
        "one cause, one finding: a segment that is no part of the set stands where the "
        "mandatory one is due; the manifest names both",
        (
            ("AnsiReaderTest.java.3.edi", 1),
            ("x12testdata.py.46.edi", 1),
            ("x12.810.mandatory-conditions.edi", 1),
            ("x12.Issue101.edi", 1),
            ("x12.Issue172.edi", 1),
            ("x12.Issue91.edi", 1),
            ("EDI850.txt", 1),
            ("999_rejected.edi", 1),
        ),
    ),
    (
        "we are right",
        "as above for PO1; and 12345678 is no date, which the manifest lets pass",
        (("docs/diagnosctics.x12", 1),),
    ),
    (
        "we are right",
        "one cause, one finding: the ADX follows an RMR out of place",
        (("premium/820-loop.edi", 1),),
    ),
    (
        "we are right",
        "00000000 is no date; the manifest's check knows lengths, not calendars",
        (("example/832-sample.edi", 1),),
    ),
    (
        "we are right",
        "lines are wrapped inside segments, the terminator is another byte: the break "
        "is no data, and with it gone nothing is wrong",
        (("test_940.rs.3.edi", 1), ("830-004010UCS-01.x12", 1)),
    ),
    (
        "we are right",
        "as above; without the breaks DTM05 and DTM06 are what is at fault",
        (("850-004010.16.x12", 1), ("850-004010.16.x12", 2)),
    ),
    (
        "both",
        "ISA11 is '-' in version 00406, so '-' repeats elements by the standard; the "
        "sender, whose numbers have dashes, meant no separator",
        (("test-data/856.edi", 1),),
    ),
    (
        "we are right",
        "AK302, AK304 and AK404 are repeated, which they may not be; the manifest "
        "judges each repetition and misses that",
        (("extraDelimiter997.edi", 1),),
    ),
)


LIFE = frozenset(
    ("810", "820", "824", "832", "846", "855", "856", "860", "864", "865", "869", "870")
)
"""What follows an order, all by tables of our own."""
JAVA = "AnsiReaderTest.java"
PARTNER2 = (
    "demo/working_with_partners/botssys/infile/outfile/demo_work_with_partners/"
    "outbound_856/PARTNER2_20130123_1.x12"
)

REFUSED: tuple[tuple[str, str, tuple[Place, ...]], ...] = (
    (
        "810",
        "IT102 or IT103 without the other, or without IT104: all three or none",
        (("x8104010.txt", 8), ("810_3.x12", 1), ("810_3.x12", 2)),
    ),
    (
        "810",
        "the part number stands where the kind of number is due (IT106, IT108)",
        (("agentic-edi-platform/samples/sample_810_invoice.edi", 1),),
    ),
    (
        "810",
        "TDS01 has a decimal point, which N2 implies; BIG03 holds the order number",
        (("dummy/sample_810.x12", 1), ("tests/sample_data/sample_810.x12", 1)),
    ),
    (
        "820",
        "as argued above: ADX or RMR, which starts the loop, is missing",
        tuple((file, 1) for file in BOTS_820S if f"{BOTS_820}10" in file),
    ),
    (
        "820",
        "an NM1, RMR or N1 stands out of place; an empty ADX, a DTM without a date",
        (
            ("test/fixtures/golden/820.edi", 1),
            ("premium/820-edge.edi", 1),
            ("premium/820-loop.edi", 1),
        ),
    ),
    (
        "832",
        "00000000 is no date; a unit without its size, a text in PID06; CUR too late",
        (
            ("example/832-sample.edi", 1),
            ("832-sample2.edi", 1),
            ("Samples/x12.832.edi", 1),
        ),
    ),
    (
        "855",
        "as argued above: the loop of an ACK has no PO1",
        (("data/dummy/sample_855.x12", 1),),
    ),
    (
        "856",
        "a code that the standard has not: LIN08 XX, MAN01 2I, TD502 01, TD106 LB",
        (
            (f"bots-edi+bots-plugins/{PARTNER2}", 1),
            (f"bots-edi+bots-plugins/{PARTNER2}", 2),
            (f"bots-edi-k8s/bots-plugins/{PARTNER2}", 1),
            (f"bots-edi-k8s/bots-plugins/{PARTNER2}", 2),
            ("example/856-sample.edi", 1),
            ("example/856-sample.edi", 2),
            ("example/856-sample.edi", 3),
            ("856-sample2.edi", 1),
            ("sample_856_advance_ship_notice.edi", 1),
        ),
    ),
    (
        "856",
        "no HL at all; DTM02 is cut short; SN105 without its unit",
        (
            ("test_856.rs.1.edi", 1),
            ("test_856.rs.2.edi", 1),
            ("dummy/sample_856.x12", 1),
        ),
    ),
    ("860", "BCH06, the date of the order, is '01'", (("68545979519_860.edi", 1),)),
    ("864", "MIT is missing", (("docs/X12-interchanges.x12", 2),)),
    (
        "870",
        "BSR04 is 'CCYYMMDD', and there is no HL, or a BIN in its place",
        tuple((f"{JAVA}.{number}.edi", 1) for number in (1, 2, 3, 4)),
    ),
)
"""What is wrong with the sets that our tables refuse, but for orders and answers."""


def disagreements() -> Iterator[FileVerdict | SetVerdict]:
    for file in verdicts():
        if file.ours != file.theirs:
            yield file
        yield from (one for one in file.sets if one.ours != one.theirs)


def listed(table: tuple[tuple[str, str, tuple[Place, ...]], ...]) -> list[Place]:
    """The places of a table with whole paths; an ending must name one file."""
    found = []
    for _, _, places in table:
        for ending, ordinal in places:
            files = [row["file"] for row in rows() if ending in row["file"]]
            assert len(files) == 1, (ending, files)
            found.append((files[0], ordinal))
    return found


def test_every_file_has_a_verdict():
    assert [file.file for file in verdicts()] == [row["file"] for row in rows()]
    assert len(verdicts()) > 370


def test_the_disagreements_are_those_that_are_argued():
    found = {(one.file, getattr(one, "ordinal", 0)) for one in disagreements()}
    argued = listed(ARGUED)
    assert len(set(argued)) == len(argued)
    assert found - set(argued) == set()
    assert set(argued) - found == set()


def test_the_sets_that_follow_an_order_are_refused_for_these_reasons():
    refused = {
        (one.file, one.ordinal): one.type
        for file in verdicts()
        for one in file.sets
        if one.type in LIFE and one.by == "our table" and one.ours
    }
    reasons = {
        at: type_
        for type_, why, places in REFUSED
        for at in listed(((why, "", places),))
    }
    assert reasons == refused


def test_a_verdict_is_the_manifests_where_nothing_is_argued():
    argued = set(listed(ARGUED))
    judged: dict[Place, tuple[str, str]] = {}
    for file in verdicts():
        judged[file.file, 0] = file.verdicts
        judged |= {(one.file, one.ordinal): one.verdicts for one in file.sets}
    different = {at for at, (theirs, ours) in judged.items() if theirs != ours}
    assert different - argued == set()


def test_sets_without_any_table_are_those_that_the_manifest_did_not_judge():
    without = {one.type for file in verdicts() for one in file.sets if not one.by}
    judged = {type_ for _, type_ in reference_sets()}
    assert without & judged == set()
    assert {"204", "214", "837", "AAA"} <= without


def reference_sets() -> set[tuple[str, str]]:
    return {
        (version, path.stem)
        for version in reference.versions()
        for path in (FACTS / version).glob("[0-9][0-9][0-9].json")
    }


def judged(validator: Validator, message: MessageRead) -> list[object]:
    """Codes and places; the texts have names, which the facts lack."""
    return [
        (f.code, f.severity, f.where.segment_position, f.where.element, f.value)
        for f in validator.validate(message)
    ]


def messages(version: str) -> Iterator[tuple[str, MessageRead]]:
    """Every message of a version."""
    for row in rows():
        current = ""
        for event in events_of(raw(row["file"])):
            if isinstance(event, GroupBegun):
                current = event.version
            elif isinstance(event, MessageRead) and current[:6] == version:
                yield row["file"], event


@pytest.mark.parametrize(("version", "least"), [("004010", 320), ("005010", 60)])
def test_our_tables_and_the_facts_judge_sets_alike(version: str, least: int):
    different, count = [], 0
    for file, message in messages(version):
        ours = own(version, message.type)
        theirs = reference.validator(version, message.type)
        if ours is not None and theirs is not None:
            count += 1
            if judged(ours, message) != judged(theirs, message):
                different.append((file, message.control_number))
    assert count > least
    assert different == []


def doc_table() -> str:
    """The summary as docs/conformance.md has it."""
    total: Counter[str] = Counter()
    without: Counter[str] = Counter()
    lines = ["| set | sets | judged by | valid | broken | argued |"]
    lines.append("|---|---:|---|---:|---:|---:|")
    for type_, counts in sorted(summary().items()):
        total += counts
        if counts["no table"]:
            without += counts
        else:
            lines.append(doc_row(type_, counts))
    others = len([c for c in summary().values() if c["no table"]])
    lines.append(doc_row(f"{others} other types", without))
    lines.append(doc_row("all", total))
    return "\n".join(lines)


def doc_row(name: str, counts: Counter[str]) -> str:
    by = [(f"{counts[key]} {key}", key) for key in BY if counts[key]]
    said = ", ".join(text if len(by) > 1 else key for text, key in by)
    judged = [str(counts["ours valid"]), str(counts["ours broken"])]
    cells = [name, str(counts["sets"]), said, *judged, str(counts["disagree"])]
    return f"| {' | '.join(cells)} |"


BY = ("our table", "the facts", "no table")


def doc_argued() -> str:
    """The disagreements as docs/conformance.md has them."""
    lines = ["| places | who is right | why |", "|---:|---|---|"]
    lines += [f"| {len(places)} | {who} | {why} |" for who, why, places in ARGUED]
    return "\n".join(lines)


def doc_refused() -> str:
    """Why sets are refused, as docs/conformance.md has it."""
    lines = ["| set | refused | what is wrong |", "|---|---:|---|"]
    lines += [f"| {type_} | {len(places)} | {why} |" for type_, why, places in REFUSED]
    return "\n".join(lines)


def test_the_tables_in_the_docs_are_true():
    text = (ROOT / "docs" / "conformance.md").read_text("utf-8")
    assert doc_refused() in text
    assert doc_table() in text
    assert doc_argued() in text
