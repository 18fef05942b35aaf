"""An ISA is found by its 16 separators."""

from __future__ import annotations

from gateway.edi.x12 import isa
from tests.unit.edi.parts import ISA

RAW = (ISA + "~\nGS*PO").encode()


def test_a_padded_header_is_106_bytes_with_its_terminator():
    head = isa.read(RAW, 0, final=False)
    assert isinstance(head, isa.IsaRead)
    assert (head.start, head.end) == (0, isa.WIDTH - 1)
    assert (head.padded, head.wrapped) == (True, False)


def test_a_start_is_no_end_of_a_word():
    assert isa.find(b"VISA* ISA*", 0) == 6
    assert isa.find(b"ISA1", 0) == -1


def test_more_bytes_are_asked_for_until_the_window_is_full():
    assert isa.read(RAW[:50], 0, final=False) is isa.Unread.MORE
    assert isa.read(RAW[:50], 0, final=True) is isa.Unread.NONE
    assert isa.read(b"ISA*" + b"x" * isa.WINDOW, 0, final=False) is isa.Unread.NONE


def test_more_bytes_are_asked_for_behind_the_terminator():
    assert isa.read(RAW[:106], 0, final=False) is isa.Unread.MORE
    assert isinstance(isa.read(RAW[:106], 0, final=True), isa.IsaRead)


def test_a_header_without_a_terminator_is_none():
    assert isa.read(RAW[:105], 0, final=True) is isa.Unread.NONE


def test_line_ends_separate_no_elements():
    assert isa.read(b"ISA" + b"\n" * 40, 0, final=True) is isa.Unread.NONE


def test_a_header_inside_of_a_false_one_is_the_header():
    raw = b"ISA*1*" + RAW
    assert isa.read(raw, 0, final=True) is isa.Unread.NONE
    assert isinstance(isa.read(raw, 6, final=True), isa.IsaRead)
