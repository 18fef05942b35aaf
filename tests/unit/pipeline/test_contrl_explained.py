"""A CONTRL in words, held against the interchange of ours that it answers."""

from __future__ import annotations

import pytest

from gateway.bootstrap import edifact, tables
from gateway.findings.language import ENGLISH
from gateway.partner import Directory
from gateway.pipeline.explained import as_json, as_lines
from gateway.pipeline.explaining import Explained, explain
from gateway.pipeline.rules import Rules
from tests.starters import starter_profile

SENT = (
    "UNB+UNOC:3+4009988000015:14+5012345001012:14+261121:1000+2",
    "UNH+1+ORDRSP:D:01B:UN:EAN009",
    "BGM+231+MG-1+4",
    "DTM+137:20261121:102",
    "RFF+ON:MG-PO-1",
    "NAD+BY+5012345001012::9",
    "LIN+1+3+4009988101002:SRV",
    "QTY+21:48",
    "FTX+PUR+++4?+ of them",
    "UNS+S",
    "CNT+2:1",
    "UNT+11+1",
    "UNZ+1+2",
)
RULES = Rules(
    tables(), Directory.of([starter_profile("marlow-grocers")]), directories=edifact()
)


def joined(*rows: str) -> bytes:
    return "".join(f"{row}'\n" for row in rows).encode()


def contrl(*rows: str, answer: str = "7", number: str = "2") -> bytes:
    body = [
        "UNH+1+CONTRL:D:3:UN",
        f"UCI+{number}+4009988000015:14+5012345001012:14+{answer}",
        *rows,
    ]
    unb = "UNB+UNOC:3+5012345001012:14+4009988000015:14+261121:1000+900"
    return joined(unb, *body, f"UNT+{len(body) + 1}+1", "UNZ+1+900")


def against(ack: bytes) -> Explained:
    return explain(joined(*SENT), RULES, ack=ack)


def told(*rows: str, **ways: str) -> list[tuple[str, str, str, str]]:
    """Place, code, segment as sent and element as sent of each entry that has one."""
    (diagnosed,) = against(contrl(*rows, **ways)).acknowledgements
    return [
        (
            one.spot.name,
            f"{one.at} {one.code}",
            one.spot.segment.tag if one.spot.segment else "",
            one.spot.element.value if one.spot.element else "",
        )
        for one in diagnosed.diagnoses
        if one.spot.name
    ]


UCM = "UCM+1+ORDRSP:D:01B:UN:EAN009+4"


@pytest.mark.parametrize(
    ("rows", "entry"),
    [
        (("UCS+6", "UCD+12+3"), ("LIN-02 (segment 6)", "UCD 12", "LIN", "3")),
        (
            ("UCS+6", "UCD+39+4:1"),
            ("LIN-03-01 (segment 6)", "UCD 39", "LIN", "4009988101002"),
        ),
        (("UCS+8+15",), ("FTX (segment 8)", "UCS 15", "FTX", "")),
        (("UCS+5+13",), ("NAD (segment 5)", "UCS 13", "LIN", "")),
        (("UCS+44+15",), ("? (segment 44)", "UCS 15", "", "")),
    ],
)
def test_an_entry_names_what_was_sent(rows: tuple[str, ...], entry: tuple[str, ...]):
    assert told(UCM, *rows) == [entry]


def test_a_message_refused_for_its_trailer_shows_the_trailer():
    assert told(f"{UCM}+29+UNT+2") == [("UNT-01", "UCM 29", "UNT", "11")]


def test_an_interchange_refused_for_its_header_shows_the_header():
    assert told(answer="4+23+UNB+3:1") == [
        ("UNB-02-01", "UCI 23", "UNB", "4009988000015")
    ]


def test_what_is_said_of_messages_counts_for_all():
    explained = against(contrl(UCM, "UCS+8+15"))
    assert as_json(explained, ENGLISH)["acknowledgements"][0]["acknowledgement"] == (
        "partly_accepted"
    )
    assert not explained.clean
    assert against(contrl()).acknowledgements[0].ack.acknowledgement == "accepted"


@pytest.mark.parametrize(
    ("ack", "code"),
    [
        (contrl(number="3"), "ENV-111"),
        (contrl("UCM+9+ORDRSP:D:01B:UN:EAN009+4+12"), "ENV-113"),
        (contrl(UCM, "UCS+44+15"), "ENV-114"),
        (contrl(UCM, "UCS+6+77"), "ENV-116"),
        (contrl(answer="9"), "ENV-101"),
    ],
)
def test_what_does_not_fit_what_was_sent_is_told(ack: bytes, code: str):
    (diagnosed,) = against(ack).acknowledgements
    assert [one.code for one in diagnosed.findings] == [code]


def test_in_words_it_has_the_bytes_and_what_to_do():
    lines = list(as_lines(against(contrl(UCM, "UCS+6", "UCD+12+3")), ENGLISH))
    assert lines[0] == "CONTRL for 2: partly accepted"
    at = next(n for n, line in enumerate(lines) if "LIN-02" in line)
    assert lines[at + 1].strip() == "sent: LIN+1+3+4009988101002:SRV"


def test_without_what_was_sent_the_meanings_are_told():
    (diagnosed,) = explain(contrl(UCM, "UCS+6+15"), RULES).acknowledgements
    assert not diagnosed.matched
    assert [one.meaning.title for one in diagnosed.diagnoses] == [
        "accepted",
        "rejected",
        "segment out of sequence",
    ]
