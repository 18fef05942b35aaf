"""Places in messages as guides write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.partner.place import Place, parse_place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("CTT", Place((), "CTT")),
        ("BEG-05", Place((), "BEG", 5)),
        ("PO1/PID", Place(("PO1",), "PID")),
        ("PO1/N1-03", Place(("PO1",), "N1", 3)),
        ("PO1/N1/REF-04-02", Place(("PO1", "N1"), "REF", 4, 2)),
    ],
)
def test_a_place_is_read_and_written_alike(text, place):
    assert parse_place(text) == place
    assert str(place) == text


@pytest.mark.parametrize(
    "text",
    [
        *["", "beg-05", "BEG-5", "BEG-00", "BEG05", "PO1/", "/PO1", "A-01", "BEG-01\n"],
        *["BEG-01-02-03", "TOOLONG-01", "PO1//N1", "A" * 9 + "/N1"],
    ],
)
def test_what_is_not_written_like_a_place_is_none(text):
    assert parse_place(text) is None


@given(st.text())
def test_any_text_is_a_place_or_none(text):
    place = parse_place(text)
    assert place is None or str(place) == text
