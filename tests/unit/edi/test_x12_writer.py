"""Finished messages in an interchange: bytes, numbers, separators."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.edi.events import GroupBegun, InterchangeBegun, Separators
from gateway.edi.numbers import Numbers
from gateway.edi.x12.writer import Draft, Envelope, answering
from tests.unit.edi.parts import BODY, NOW, NUMBERS, interchange, read

ENVELOPE = Envelope(
    sender_qualifier="01",
    sender_id="SUPPLIER",
    receiver_qualifier="ZZ",
    receiver_id="ACME",
    gs_sender="SUPPLIER",
    gs_receiver="ACME",
    version="004010",
)


def draft(*rows, messages: int = 1, **changes) -> Draft:
    bodies = tuple(("855", tuple(rows)) for _ in range(messages))
    its = replace(ENVELOPE, **changes)
    return Draft(kind="x12_855", functional_id="PR", envelope=its, messages=bodies)


def lines(made: Draft, numbers: Numbers = NUMBERS) -> list[str]:
    return made.finish(numbers, NOW).decode().split("~\n")


def test_an_interchange_is_written_in_these_bytes():
    assert draft(("BAK", "00", "AC"), ("CTT", "1")).finish(NUMBERS, NOW) == (
        b"ISA*00*          *00*          *01*SUPPLIER       *ZZ*ACME           "
        b"*260116*0930*U*00401*000000001*0*P*>~\n"
        b"GS*PR*SUPPLIER*ACME*20260116*0930*1*X*004010~\nST*855*0001~\nBAK*00*AC~\n"
        b"CTT*1~\nSE*4*0001~\nGE*1*1~\nIEA*1*000000001~\n"
    )


def test_empty_elements_at_the_end_are_not_written():
    assert lines(draft(("REF", "DP", "1", "", ("", ""))))[3] == "REF*DP*1"


def test_empty_components_at_the_end_are_not_written():
    assert lines(draft(("MEA", "", "", "1", ("EA", "", ""))))[3] == "MEA***1*EA"


def test_separators_and_control_characters_in_data_become_blanks():
    assert lines(draft(("MSG", "A*B~C>D\nE")))[3] == "MSG*A B C D E"


def test_blanks_at_the_end_are_not_written_and_those_at_the_start_are():
    assert lines(draft(("MSG", "  A  ", "  ")))[3] == "MSG*  A"


def test_a_character_that_the_encoding_lacks_is_another_letter_or_a_question_mark():
    assert lines(draft(("MSG", "Café 中")))[3] == "MSG*Cafe ?"
    raw = draft(("MSG", "Café"), encoding="utf-8").finish(NUMBERS, NOW)
    assert "MSG*Café~".encode() in raw


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("ascii", b"Oresund EUR 5 - Strasse ?"),
        ("latin-1", "Øresund EUR 5 - Straße ?".encode("latin-1")),
        ("cp1252", "Øresund € 5 \u2013 Straße ?".encode("cp1252")),
        ("utf-8", "Øresund € 5 \u2013 Straße 中".encode()),
    ],
)
def test_text_is_written_in_the_partner_s_encoding(encoding: str, written: bytes):
    made = draft(("MSG", "Øresund € 5 \u2013 Straße 中"), encoding=encoding)
    assert b"MSG*" + written + b"~" in made.finish(NUMBERS, NOW)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_no_character_gives_an_invalid_byte(encoding: str):
    every = "".join(map(chr, (*range(32, 0x3000), 0xFF21, 0x1F600)))
    raw = draft(("MSG", every), encoding=encoding).finish(NUMBERS, NOW)
    assert raw.decode(encoding).count("\n") == 7


def test_a_question_mark_that_separates_is_no_replacement():
    marks = Separators(element="?", suffix="\n")
    raw = draft(("MSG", "A中B", "B"), separators=marks).finish(NUMBERS, NOW)
    assert b"MSG?A B?B~" in raw


def test_separators_that_are_not_ascii_are_written_in_latin_1():
    marks = Separators(terminator="\x85")
    raw = draft(("MSG", "Café"), separators=marks).finish(NUMBERS, NOW)
    assert b"MSG*Caf\xe9\x85SE" in raw


def test_identities_with_separators_do_not_shift_the_header():
    raw = draft(sender_id="A*B").finish(NUMBERS, NOW)
    assert raw[:50].count(b"*") == 6
    assert len(raw.split(b"~")[0]) == 105


def test_message_numbers_run_on_and_begin_again():
    made = draft(messages=2)
    numbers = Numbers(interchange=5, group=77, message=999_999_999)
    written = lines(made, numbers)
    assert made.message_count == 2
    assert [line for line in written if line[:2] in ("ST", "GE")] == [
        "ST*855*999999999",
        "ST*855*0001",
        "GE*2*77",
    ]
    assert written[-2] == "IEA*1*000000005"


@pytest.mark.parametrize(
    ("version", "symbol", "isa11"),
    [("00401", "^", "U"), ("00501", "^", "^"), ("00501", "", "U")],
)
def test_isa11_is_the_repetition_separator_from_00402_on(version, symbol, isa11):
    marks = Separators(repetition=symbol)
    raw = draft(separators=marks, interchange_version=version).finish(NUMBERS, NOW)
    assert raw.decode().split("*")[11] == isa11


def test_dates_of_the_group_have_six_digits_before_004010():
    assert lines(draft(version="003060"))[1].split("*")[4] == "260116"


def test_an_answer_swaps_identities_and_keeps_the_rest():
    isa, group, *_ = read(interchange(BODY))
    assert isinstance(isa, InterchangeBegun)
    assert isinstance(group, GroupBegun)
    assert answering(isa, group) == replace(ENVELOPE, separators=isa.separators)


def test_a_series_of_numbers_belongs_to_a_pair_of_identities():
    assert ENVELOPE.series == "01:SUPPLIER>ZZ:ACME"


def test_an_answer_never_has_separators_that_clash():
    isa, gs = read(interchange(BODY))[:2]
    clash = replace(isa, separators=Separators(element="|", component="|"))
    assert answering(clash, gs).separators == Separators(element="|", component=">")


def test_blanks_for_a_group_identity_give_way_to_that_of_the_interchange():
    isa, gs = read(interchange(BODY))[:2]
    blank = replace(gs, gs=("PO", "  ", " ", *gs.gs[3:]))
    its = answering(isa, blank)
    assert (its.gs_sender, its.gs_receiver) == ("SUPPLIER", "ACME")
