"""Values fit into their elements, or it is noted that they did not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.edi.events import Separators
from gateway.mappers.parts.fit import Fit, row
from gateway.mappers.parts.x12_notes import note_rows


def noted(fit: Fit) -> list[tuple[str, str]]:
    return [(finding.code, str(finding.where)) for finding in fit.found]


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        ("12.50", 5, "12.50"),
        ("-12.50", 4, "-12.50"),
        ("12.500", 3, "12.5"),
        ("1E+3", 4, "1000"),
    ],
)
def test_a_number_that_fits_is_written_as_it_is(value: str, digits: int, text: str):
    fit = Fit(Separators())
    assert fit.number(Decimal(value), digits, "PO1-04") == text
    assert noted(fit) == []


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        ("1.2345", 3, "1.23"),
        ("0.00666", 4, "0.007"),
        ("99.96", 3, "100"),
        ("12345", 4, ""),
        ("9.99", 1, ""),
        ("NaN", 4, ""),
    ],
)
def test_a_number_that_does_not_fit_is_rounded_or_left_out(
    value: str, digits: int, text: str
):
    fit = Fit(Separators())
    assert fit.number(Decimal(value), digits, "PO1-04") == text
    assert noted(fit) == [("MAP-014", "PO1-04")]


def test_half_an_identifier_is_another_one_so_it_is_left_out():
    fit = Fit(Separators())
    assert fit.id("ABC", 2, "REF-02") == ""
    assert fit.id("A", 80, "N1-04", 2) == ""
    assert fit.id("", 80, "N1-04", 2) == ""
    assert noted(fit) == [("MAP-014", "REF-02"), ("MAP-014", "N1-04")]


def test_an_identifier_of_which_no_letter_can_be_written_is_none():
    assert Fit(Separators()).id("\N{ACUTE ACCENT}", 48, "LIN-03") == ""


def test_a_text_is_cut():
    fit = Fit(Separators())
    assert fit.text("ab cd", 3, "N1-02") == "ab"
    assert noted(fit) == [("MAP-014", "N1-02")]


def test_a_segment_has_no_empty_elements_at_its_end():
    assert row("REF", "IA", "", "") == ("REF", "IA")
    assert row("CTP", "", "") == ("CTP",)


def test_a_note_is_broken_at_a_blank():
    text = "word " * 60 + "\n\nend"
    rows = list(note_rows(Fit(Separators()), "", text))
    assert rows[0] == ("N9", "L1", "", "NOTE")
    assert [len(str(r[1])) for r in rows[1:]] == [264, 34, 3]


def test_an_empty_note_is_none():
    assert list(note_rows(Fit(Separators()), "CAT-301", " \n")) == []


def test_a_note_of_more_lines_than_the_loop_has_is_cut_and_noted():
    fit = Fit(Separators())
    rows = list(note_rows(fit, "", "\n".join(["x" * 264] * 1001)))
    assert len(rows) == 1001
    assert noted(fit) == [("MAP-014", "MSG-01")]


def test_separators_are_blanks_in_a_text_and_no_part_of_an_identifier():
    fit = Fit(Separators())
    assert fit.text("a*b~", 60, "N1-02") == "a b"
    assert fit.id("a*b", 30, "REF-02") == ""
    assert list(note_rows(fit, "", "~>*\x1b")) == []
    places = [place for _, place in noted(fit)]
    assert places == ["N1-02", "REF-02", "MSG-01"]


def test_characters_that_the_encoding_lacks_are_other_letters_and_noted():
    fit = Fit(Separators(), encoding="ascii")
    assert fit.text("Straße", 6, "N1-02") == "Strass"
    assert fit.id("É-1", 30, "REF-02") == "E-1"
    assert fit.text("中", 60, "MSG-01") == "?"
    whats = [finding.what for finding in fit.found]
    assert whats[0] == "N1-02 written in the letters of ascii"
    assert len(whats) == 4


def test_characters_that_the_encoding_has_are_written_as_they_are():
    fit = Fit(Separators(), encoding="latin-1")
    assert fit.text("Straße", 6, "N1-02") == "Straße"
    assert noted(fit) == []
