"""The EDIFACT reader: what it takes, what it tells of it, and where."""

from __future__ import annotations

import pytest

from gateway.edi.edifact.events import UnbRead, UngRead
from gateway.edi.events import Fault, GroupEnded, InterchangeEnded
from gateway.edi.limits import Limits
from gateway.findings import CODES, Severity
from tests.unit.edi.edifact_parts import (
    BODY,
    UNB,
    interchange,
    message_lines,
    messages,
    of_envelope,
    order,
    read,
    told,
)

PLAIN = interchange()
UNG = "UNG+ORDERS+5412345000013:14+4012345500004:14+260115:0900+5+UN+D:96A"


def codes(data: bytes) -> list[str]:
    return [code for code, _ in told(data)]


def unb_with(element: int, value: str) -> bytes:
    """An order whose UNB has another value in an element."""
    elements = UNB.split("+")
    elements += [""] * (element + 1 - len(elements))
    elements[element] = value
    return interchange(unb="+".join(elements))


def test_a_plain_order_is_four_events_without_a_finding():
    begun, message, ended = read(PLAIN)
    assert isinstance(begun, UnbRead)
    assert isinstance(ended, InterchangeEnded)
    assert begun.sender == ("14", "5412345000013")
    assert begun.receiver == ("14", "4012345500004")
    assert (begun.control_number, begun.application) == ("77", "ORDERS")
    assert (begun.syntax, begun.encoding) == (3, "latin-1")
    assert ended.trailer == ("1", "77")
    (message,) = messages(read(PLAIN))
    assert (message.type, message.directory) == ("ORDERS", "D96A")
    assert message.control_number == "1"
    assert told(PLAIN) == []


def test_unb_is_read_to_its_last_element():
    unb = f"{UNB}+A+1+AGREED+1".replace("77++", "77+PASS:AA+")
    begun = read(interchange(unb=unb))[0]
    assert isinstance(begun, UnbRead)
    assert (begun.ack_request, begun.test_indicator) == ("1", "1")
    assert begun.part(10) == "AGREED"


# fmt: off
ENVELOPES = {
    "unz count": (PLAIN.replace(b"UNZ+1", b"UNZ+2"), [("ENV-006", "UNZ-01")]),
    "unz reference": (PLAIN.replace(b"UNZ+1+77", b"UNZ+1+078"),
                      [("ENV-002", "UNZ-02")]),
    "leading zeros": (PLAIN.replace(b"UNZ+1", b"UNZ+0001"), [("ENV-308", "UNZ-01")]),
    "unz missing": (PLAIN[: PLAIN.index(b"UNZ")], [("ENV-008", "UNZ")]),
    "unt count": (PLAIN.replace(b"UNT+15", b"UNT+16"),
                  [("ENV-011", "UNT-01 (segment 15)")]),
    "unt zeros": (PLAIN.replace(b"UNT+15", b"UNT+0015"),
                  [("ENV-308", "UNT-01 (segment 15)")]),
    "unt reference": (PLAIN.replace(b"UNT+15+1", b"UNT+15+01"),
                      [("ENV-010", "UNT-02 (segment 15)")]),
    "unt slip": (PLAIN.replace(b"UNT+15+1", b"UNT+15:1"),
                 [("ENV-311", "UNT-01 (segment 15)")]),
    "unt missing": (PLAIN.replace(b"UNT+15+1'", b""), [("ENV-013", "UNT")]),
    "unt alone": (PLAIN.replace(b"UNZ", b"UNT+2+1'UNZ"), [("ENV-007", "")]),
    "data outside": (PLAIN.replace(b"UNZ", b"LIN+1'UNZ"), [("ENV-007", "")]),
    "0062 missing": (PLAIN.replace(b"UNH+1+", b"UNH++").replace(b"+15+1", b"+15+"),
                     [("ENV-015", "UNH-01 (segment 1)")]),
    "0062 twice": (interchange(message_lines(), message_lines()),
                   [("ENV-018", "UNH-01 (segment 1)")]),
    "directory slip": (PLAIN.replace(b"D:96A", b"0:96A"),
                       [("ENV-311", "UNH-02 (segment 1)")]),
    "directory blank": (PLAIN.replace(b"D:96A", b"D: 96A"),
                        [("ENV-311", "UNH-02 (segment 1)")]),
    "syntax version": (unb_with(1, "UNOC:5"), [("ENV-301", "UNB-01-02")]),
    "unknown set": (unb_with(1, "UNOX:3"), [("WIRE-015", "UNB-01-01")]),
    "unlisted qualifier": (unb_with(2, "1:Z9"), [("ENV-306", "UNB-02-02")]),
    "date of syntax 4": (unb_with(4, "20260115:0900"), [("ENV-307", "UNB-04-01")]),
    "no date": (unb_with(4, "261315:0900"), [("ENV-029", "UNB-04-01")]),
    "no time": (unb_with(4, "260115:2500"), [("ENV-030", "UNB-04-02")]),
    "long reference": (interchange(unb=UNB.replace("77", "7" * 15)),
                       [("SYN-205", "UNB-05")]),
    "sender missing": (unb_with(2, ""), [("SYN-201", "UNB-02")]),
    "many components": (unb_with(3, "1:14:A:B"), [("SYN-213", "UNB-03-04")]),
    "no message": (interchange(unb=UNB).replace(b"UNZ+1", b"UNZ+0")[
        : len(UNB) + 1] + b"UNZ+0+77'", [("ENV-305", "UNB")]),
    "no unb": (PLAIN[len(UNB) + 1 : PLAIN.index(b"UNZ")], [("ENV-310", "UNB")]),
    "package": (PLAIN.replace(b"UNZ+1", b"UNO+9'xyz'UNP+9'UNZ+2"),
                [("ENV-312", "UNO"), ("ENV-007", "")]),
}
# fmt: on


@pytest.mark.parametrize("name", ENVELOPES)
def test_what_is_wrong_with_an_envelope_has_its_code_and_place(name: str):
    data, expected = ENVELOPES[name]
    assert told(data) == expected


def test_a_password_is_never_told():
    unb = UNB.replace("77++", f"77+{'P' * 15}+")
    (finding,) = of_envelope(read(interchange(unb=unb)))
    assert (finding.code, finding.where.element) == ("SYN-205", 6)
    assert "PPP" not in finding.what + finding.value


# fmt: off
WIRE = {
    "byte order mark": (b"\xef\xbb\xbf" + PLAIN, [("WIRE-005", 0)]),
    "text in front": (b"To: us\n\n" + PLAIN, [("WIRE-004", 0)]),
    "text behind": (PLAIN + b"bye", [("WIRE-004", len(PLAIN))]),
    "no terminator": (PLAIN[:-1], [("WIRE-009", len(PLAIN) - 1)]),
    "empty segment": (PLAIN.replace(b"UNS", b"'UNS"),
                      [("WIRE-011", PLAIN.index(b"UNS"))]),
    "blanks": (PLAIN.replace(b"UNS", b"\r\n  UNS"),
               [("WIRE-008", PLAIN.index(b"UNS") + 2)]),
    "nesting": (PLAIN.replace(b"RFF+CT", b"RFF:1+CT"),
                [("ENV-309", PLAIN.index(b"RFF"))]),
    "small letters": (PLAIN.replace(b"UNOC", b"UNOA").replace(b"ART-7", b"art-7"),
                      [("WIRE-014", PLAIN.index(b"ART-7"))]),
    "8 bits": (PLAIN.replace(b"UNOC", b"UNOA").replace(b"ART-7", b"\xc4RT-7"),
               [("WIRE-010", PLAIN.index(b"ART-7"))]),
    "c1": (PLAIN.replace(b"ART-7", b"\x80RT-7"),
           [("WIRE-010", PLAIN.index(b"ART-7"))]),
}
# fmt: on


@pytest.mark.parametrize("name", WIRE)
def test_what_the_bytes_should_not_have_is_told_where_it_stands(name: str):
    data, expected = WIRE[name]
    events = read(data)
    found = [f for message in messages(events) for f in message.faults]
    found += of_envelope(events)
    assert [(f.code, f.where.byte_offset) for f in found] == expected
    (message,) = messages(events)
    assert len(message.segments) == len(BODY) + 2


@pytest.mark.parametrize("end", ["'\n", "'\r\n", "'\r\n\r\n", "~", "\n", "\x1c"])
def test_line_ends_and_any_terminator_are_no_data(end: str):
    una = "" if end[0] == "'" else f"UNA:+.? {end}"
    data = interchange(una=una, end=end)
    assert told(data) == []
    (message,) = messages(read(data))
    assert message.segments[1] == "BGM+220+PO-1001+9"
    starts = [data[at : at + 3].decode() for at in message.offsets]
    assert starts == [segment[:3] for segment in message.segments]


def test_lines_of_one_width_are_put_together():
    wrapped = b"\n".join(PLAIN[at : at + 40] for at in range(0, len(PLAIN), 40))
    assert codes(wrapped) == ["WIRE-007"]
    (message,) = messages(read(wrapped))
    assert message.text == messages(read(PLAIN))[0].text


def test_a_line_end_inside_a_segment_is_a_character_that_is_no_text():
    data = PLAIN.replace(b"ART-7", b"ART\n7")
    assert told(data) == [("SYN-223", "PIA-02-01 (segment 8)")]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"A?+B", "A+B"), (b"A?:B", "A:B"), (b"A?'B", "A'B"), (b"A??B", "A?B"),
        (b"A???'B", "A?'B"), (b"A?XB", "AXB"), (b"A????", "A??"),
    ],
)  # fmt: skip
def test_a_released_character_is_data(raw: bytes, text: str):
    data = PLAIN.replace(b"PO-1001", raw)
    (message,) = messages(read(data))
    assert message.row(2)[2] == (text,)
    assert told(data) == []


def test_a_released_pair_counts_as_one_character():
    assert told(PLAIN.replace(b"PO-1001", b"?+" * 35)) == []
    assert codes(PLAIN.replace(b"PO-1001", b"?+" * 36)) == ["SYN-205"]


def test_a_service_segment_behind_a_released_terminator_is_data():
    data = PLAIN.replace(b"PO-1001", b"A?'UNT?+1")
    (message,) = messages(read(data))
    assert message.row(2)[2] == ("A'UNT+1",)


def test_una_holds_for_its_interchange_only():
    other = b"UNA^|,\\ ~" + PLAIN.translate(bytes.maketrans(b"+:'", b"|^~"))
    events = read(other + PLAIN + other)
    begun = [event for event in events if isinstance(event, UnbRead)]
    assert [b.separators.element for b in begun] == ["|", "+", "|"]
    assert [b.separators.decimal for b in begun] == [",", "", ","]
    assert [b.has_una for b in begun] == [True, False, True]
    assert len(messages(events)) == 3


def test_una_in_the_middle_ends_the_interchange_before_it():
    cut = PLAIN[: PLAIN.index(b"UNZ")]
    events = read(cut + b"UNA:+.? '" + PLAIN)
    ends = [e.trailer for e in events if isinstance(e, InterchangeEnded)]
    assert ends == [None, ("1", "77")]
    assert [f.code for f in of_envelope(events)] == ["ENV-008"]


def test_the_information_separators_of_unob_are_known_without_una():
    data = PLAIN.translate(bytes.maketrans(b"+:'", b"\x1d\x1f\x1c"))
    assert told(data) == []


@pytest.mark.parametrize("una", ["UNA::.? '", "UNA:+.+ '", "UNA:+.?A'"])
def test_service_characters_that_clash_are_told(una: str):
    unb = UNB.replace("UNOC:3", "UNOC:4").replace(":0900", ":0900").replace(
        "260115", "20260115"
    )  # fmt: skip
    events = read(interchange(una=una, unb=unb))
    assert "ENV-302" in [f.code for f in of_envelope(events)]


def test_another_element_separator_without_una_is_taken_and_told():
    data = PLAIN.replace(b"+", b"*")
    assert codes(data) == ["ENV-302"]


@pytest.mark.parametrize("codec", ["utf-8", "cp1252"])
@pytest.mark.parametrize("una", ["UNA:+.? \u2019", ""])
def test_typographic_apostrophes_end_segments_too(una: str, codec: str):
    data = interchange(una=una, end="\u2019", codec=codec)
    assert codes(data) == ["WIRE-016"]
    (message,) = messages(read(data))
    assert len(message.segments) == len(BODY) + 2


@pytest.mark.parametrize(
    ("identifier", "raw", "text", "code"),
    [
        ("UNOC", "Ä".encode("latin-1"), "Ä", None),
        ("UNOD", "Ł".encode("iso8859_2"), "Ł", None),
        ("UNOW", "Ł€".encode(), "Ł€", None),
        ("UNOB", "Äß".encode(), "Äß", "WIRE-010"),
        ("UNOA", "Ä".encode("cp1252"), "Ä", "WIRE-010"),
        ("UNOC", "€".encode("cp1252"), "€", "WIRE-010"),
    ],
)
def test_letters_are_read_by_what_is_declared_or_by_evidence(
    identifier: str, raw: bytes, text: str, code: str | None
):
    data = unb_with(1, f"{identifier}:3").replace(b"PO-1001", raw)
    (message,) = messages(read(data))
    assert message.row(2)[2] == (text,)
    found = [f.code for f in message.faults if f.code != "WIRE-014"]
    assert found == ([code] if code else [])


def test_groups_count_their_messages_and_the_interchange_its_groups():
    first = [UNG, *message_lines(), "UNE+1+5"]
    second = [UNG.replace("+5+", "+6+"), *message_lines(), *message_lines(number="2")]
    data = interchange(first, [*second, "UNE+2+6"])
    events = read(data)
    assert told(data) == []
    groups = [event for event in events if isinstance(event, UngRead)]
    assert [g.control_number for g in groups] == ["5", "6"]
    assert groups[0].message_type == "ORDERS"
    assert [e.messages for e in events if isinstance(e, GroupEnded)] == [1, 2]


# fmt: off
GROUPS = {
    "une count": ([UNG, *message_lines(), "UNE+2+5"], [("ENV-064", "UNE-01")]),
    "une reference": ([UNG, *message_lines(), "UNE+1+6"], [("ENV-063", "UNE-02")]),
    "une missing": ([UNG, *message_lines()], [("ENV-062", "UNE")]),
    "une alone": ([*message_lines(), "UNE+1+5"], [("ENV-007", "")]),
    "empty group": ([UNG, "UNE+0+5"], [("ENV-305", "UNG")]),
    "two types": ([UNG, *message_lines(),
                   *message_lines(number="2", identifier="ORDCHG:D:96A:UN"),
                   "UNE+2+5"], [("ENV-304", "UNH")]),
    "group date": ([UNG.replace("260115", "20260115"), *message_lines(), "UNE+1+5"],
                   [("ENV-307", "UNG-04-01")]),
}
# fmt: on


# What is left out is not accepted: nothing came of what is counted.
NOTHING_CAME = {
    "no UNH": (interchange(message_lines()[1:]), "ENV-006"),
    "no message": (interchange([]), "ENV-006"),
    "no UNH in a group": (
        interchange([UNG, *message_lines()[1:], "UNE+1+5"]),
        "ENV-064",
    ),
}


@pytest.mark.parametrize("name", NOTHING_CAME)
def test_where_nothing_came_of_what_is_counted_the_count_rejects(name: str):
    raw, code = NOTHING_CAME[name]
    (found,) = (f for f in of_envelope(read(raw)) if f.code == code)
    assert found.severity is Severity.REJECT


def test_where_less_came_than_is_counted_the_count_is_an_error():
    found = of_envelope(read(PLAIN.replace(b"UNZ+1", b"UNZ+2")))
    assert [(f.code, f.severity) for f in found] == [("ENV-006", Severity.ERROR)]


@pytest.mark.parametrize("name", GROUPS)
def test_what_is_wrong_with_a_group_has_its_code_and_place(name: str):
    lines, expected = GROUPS[name]
    assert told(interchange(lines)) == expected


def test_a_group_number_may_stand_once():
    group = [UNG, *message_lines(), "UNE+1+5"]
    assert told(interchange(group, group)) == [("ENV-066", "UNG-05")]


def test_messages_in_and_outside_of_groups_do_not_mix():
    data = interchange(message_lines(), [UNG, *message_lines(number="2"), "UNE+1+5"])
    assert "ENV-303" in codes(data)


def test_syntax_4_has_its_own_date_and_repetitions():
    unb = UNB.replace("UNOC:3", "UNOC:4").replace("260115", "20260115")
    body = [*BODY[:5], "CTA+OC+:Anna", "COM+1:TE*2:FX", *BODY[5:]]
    data = interchange(message_lines(body, identifier="ORDERS:D:01B:UN"), unb=unb)
    assert [f for f in told(data) if f[0] != "SYN-207"] == []


def test_a_star_is_data_in_syntax_3():
    data = PLAIN.replace(b"PO-1001", b"PO*1001")
    assert messages(read(data))[0].row(2)[2] == ("PO*1001",)


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(message_bytes=100, segment_bytes=90), "WIRE-002"),
        (Limits(message_bytes=9000, segment_bytes=90), "WIRE-003"),
    ],
)
def test_a_message_over_a_limit_is_told_and_not_kept(limits: Limits, code: str):
    data = PLAIN.replace(b"ART-7", b"A" * 200)
    (message,) = messages(read(data, limits))
    assert [fault.code for fault in message.faults] == [code]
    assert message.raw == b""


def test_ten_megabytes_without_a_terminator_are_dropped_as_they_come():
    pieces = [interchange()[: len(UNB) + 1], *([b"?" * 65536] * 160)]
    events = read(pieces)
    assert isinstance(events[-1], InterchangeEnded)


def test_data_without_an_interchange_are_one_finding():
    (event,) = read(b"hello, world")
    assert isinstance(event, Fault)
    assert event.finding.code == "WIRE-001"


def test_every_0085_code_is_a_number_of_the_list():
    given = {code.e0085 for code in CODES.values() if code.e0085}
    assert given <= {str(number) for number in range(1, 49)}


def test_replacing_nothing_leaves_the_order_as_it_is():
    assert order() == PLAIN
