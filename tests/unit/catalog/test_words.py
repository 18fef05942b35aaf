"""What a person types, and the words that an item is found by."""

from __future__ import annotations

import pytest

from gateway.catalog.keys import ItemKey
from gateway.catalog.words import LONGEST, Query, fold, parse, words, words_of
from tests.unit.catalog.parts import item


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Écrou", "ecrou"), ("STRASSE", "strasse"), ("Straße", "strasse")],
)
def test_case_and_accents_do_not_count(text: str, folded: str):
    assert fold(text) == folded


def test_words_are_letters_and_digits():
    assert words("Hex-bolt, M8x40 (zinc)") == ["hex", "bolt", "m8x40", "zinc"]


def test_a_very_long_word_is_several():
    assert [len(word) for word in words("a" * (LONGEST + 3))] == [LONGEST, 3]


def test_an_item_is_found_by_its_description_and_its_maker():
    found = words_of(item(description="Hex bolt", mfr="Écrous & Cie"))
    assert found == {"hex", "bolt", "ecrous", "cie"}


@pytest.mark.parametrize("text", ["", "  ", "-/-", "\0", "'; --"])
def test_what_has_no_letter_or_digit_asks_for_nothing(text: str):
    assert parse(text) == Query()


def test_one_term_may_be_a_number_or_the_beginning_of_one():
    query = parse("ab-12")
    assert query.start == "AB12"
    assert ItemKey("sku", "AB12") in query.numbers
    assert query.terms[0].words == ("ab", "12")


def test_a_gtin_is_looked_for_with_its_zeros():
    assert ItemKey("gtin", "00036000291452") in parse("036000291452").numbers


def test_several_terms_begin_no_number():
    query = parse("hex bolt")
    assert query.start == ""
    assert [term.words for term in query.terms] == [("hex",), ("bolt",)]


def test_a_query_is_bounded():
    assert len(parse("ab " * 1_000).terms) == 8
