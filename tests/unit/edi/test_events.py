"""Events and separators as values."""

from __future__ import annotations

import pytest

from gateway.edi.events import GroupBegun, InterchangeBegun, MessageRead, Separators
from tests.unit.edi.parts import BODY, GS, ISA, message


@pytest.mark.parametrize(
    "separators",
    [
        Separators(),
        Separators(suffix="\r\n"),
        Separators(terminator="\r\n"),
        Separators(terminator="\n", repetition="^"),
        Separators(component="", element="|"),
        Separators(component="\x1f", repetition="\x1d", element="\x1c"),
    ],
)
def test_separators_come_back_from_their_text(separators):
    assert Separators.of(separators.text) == separators


@pytest.mark.parametrize(
    ("its", "mended"),
    [
        (Separators(), Separators()),
        (Separators(terminator="\r\n"), Separators(terminator="\r\n")),
        (Separators(terminator="\x15", suffix=""), Separators(terminator="\x15")),
        (Separators(component=""), Separators()),
        (Separators(component="n"), Separators()),
        (Separators(element="|", component="|"), Separators(element="|")),
        (
            Separators(element=">", component=">"),
            Separators(element=">", component="|"),
        ),
        (Separators(component="~"), Separators()),
        (
            Separators(terminator="G", suffix=""),
            Separators(terminator="~", suffix="\n"),
        ),
        (Separators(repetition="*"), Separators(repetition="^")),
    ],
)
def test_a_separator_that_cannot_be_used_gives_way_to_another(its, mended):
    assert its.mended() == mended


def test_all_separators_are_what_data_must_not_contain():
    assert Separators(repetition="^").all == "*>^~"


def test_isa_elements_are_given_without_padding():
    isa = InterchangeBegun(tuple(ISA.split("*")[1:]), Separators(), 0)
    assert (isa[6], isa[2], isa.control_number) == ("ACME", "", "000000101")


def test_gs_elements_that_were_not_sent_are_empty():
    group = GroupBegun(tuple(GS.split("*")[1:6]), 0)
    assert (group.functional_id, group.control_number, group.version) == ("PO", "", "")


def test_a_message_splits_its_segments_when_asked():
    one = message(BODY)
    assert one.elements(2) == ["BEG", "00", "SA", "4500001", "", "20260115"]
    assert one.segments is one.segments
    assert one.offsets is one.offsets


def test_a_message_without_type_and_number_has_empty_ones():
    bare = MessageRead("ST", Separators(), 0, b"ST")
    assert (bare.type, bare.control_number) == ("", "")
