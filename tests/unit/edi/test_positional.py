"""Transmissions as JSON by position, and back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.edi.positional import SCHEMA, from_positional, to_positional
from tests.unit.edi.parts import BODY, ISA, interchange, joined, put

ISA_5010 = ISA.replace("*U*00401*", "*^*00501*")
TEXT = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x17F, exclude_characters="*>^~\x7f"),
    max_size=12,
).map(str.strip)
COMPOSITE = st.lists(TEXT, min_size=2, max_size=4).map(">".join)
SIMPLE = TEXT | COMPOSITE
ELEMENT = SIMPLE | st.lists(SIMPLE, min_size=2, max_size=3).map("^".join)
SEGMENT = st.tuples(
    st.from_regex(r"[A-Z][A-Z0-9]{1,2}", fullmatch=True).filter(
        lambda tag: tag not in ("ISA", "IEA", "GS", "GE", "ST", "SE", "TA1")
    ),
    st.lists(ELEMENT, min_size=1, max_size=6),
    st.from_regex(r"[A-Z0-9]{1,5}", fullmatch=True),
).map(lambda parts: "*".join((parts[0], *parts[1], parts[2])))


def back(raw: bytes) -> bytes:
    """The bytes that the JSON of ``raw`` gives, by way of JSON text."""
    body = json.loads(json.dumps(to_positional(raw)))
    made = from_positional(body)
    assert isinstance(made, bytes), made
    return made


def form(**changes: Any) -> dict[str, Any]:
    """A good transmission as JSON, its first interchange changed."""
    body = to_positional(interchange(BODY))
    body["interchanges"][0] |= changes
    return body


def wrong(body: dict[str, Any]) -> list[tuple[str, str]]:
    found = from_positional(body)
    assert isinstance(found, tuple)
    return [(f.code, f.where.path) for f in found]


def test_the_form_names_its_schema_and_separators():
    body = to_positional(interchange(BODY))
    (only,) = body["interchanges"]

    assert body["schema"] == SCHEMA
    assert only["separators"] == {
        "element": "*",
        "component": ">",
        "repetition": "",
        "terminator": "~",
        "suffix": "\n",
    }
    assert only["encoding"] == "ascii"
    assert only["segments"][3] == ["BEG", "00", "SA", "4500001", "", "20260115"]
    assert [s[0] for s in only["segments"][-3:]] == ["SE", "GE", "IEA"]


def test_composites_are_lists_and_repetitions_objects():
    raw = joined([ISA_5010, "XX*EA>2*A^B>C*", "IEA*0*000000101"])
    (only,) = to_positional(raw)["interchanges"]

    assert only["segments"][1] == ["XX", ["EA", "2"], {"repeat": ["A", ["B", "C"]]}, ""]
    assert only["segments"][0][16] == ">"
    assert back(raw) == raw


@pytest.mark.parametrize("end", ["~", "~\n", "~\r\n", "\n", "\r\n", "\x1c", "'\n"])
def test_any_terminator_comes_back(end: str):
    raw = interchange(BODY, end=end)

    assert back(raw) == raw


def test_several_interchanges_come_back():
    raw = interchange(BODY) + interchange(BODY, end="\r\n")

    assert back(raw) == raw
    assert len(to_positional(raw)["interchanges"]) == 2


def test_names_in_utf_8_come_back():
    raw = interchange(put(BODY, 9, "N1*ST*CAFÉ ŁÓDŹ*92*PL007", out=1))

    assert to_positional(raw)["interchanges"][0]["encoding"] == "utf-8"
    assert back(raw) == raw


def test_names_in_latin_1_come_back():
    raw = interchange(put(BODY, 9, "N1*ST*CAFÉ*92*PL007", out=1))
    raw = raw.decode("utf-8").encode("latin-1")

    assert to_positional(raw)["interchanges"][0]["encoding"] == "latin-1"
    assert back(raw) == raw


def test_ebcdic_comes_back():
    raw = interchange(BODY, end="~").decode("ascii").encode("cp037")

    assert to_positional(raw)["interchanges"][0]["encoding"] == "cp037"
    assert back(raw) == raw


def test_what_is_no_data_is_left_out():
    clean = interchange(BODY)
    odd = b"\xef\xbb\xbf" + clean.replace(b"~\nCUR", b"~\n  CUR") + b"\r\n\x1a"

    body = to_positional(odd)
    del body["exact"]
    assert body == to_positional(clean)
    assert from_positional(body) == clean


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no interchange at all",
        b"\xef\xbb\xbf" + interchange(BODY),
        interchange(BODY)[:-2],
        interchange(BODY).replace(b"~\nCUR", b"~\n\n  CUR"),
        b"\r\n".join(
            [interchange(BODY, end="~")[n : n + 80] for n in range(0, 900, 80)]
        ),
        interchange(BODY).replace(b"*", b"Q"),
    ],
)
def test_bytes_of_any_form_come_back_exactly(raw: bytes):
    assert back(raw) == raw
    assert "exact" in to_positional(raw) or raw == b""


@given(st.binary(max_size=300) | st.binary(max_size=200).map(interchange(BODY).__add__))
def test_any_bytes_come_back_exactly(raw: bytes):
    assert back(raw) == raw


def test_what_was_changed_counts_more_than_the_exact_bytes():
    body = to_positional(b"junk " + interchange(BODY))
    body["interchanges"][0]["segments"][3][3] = "OTHER"

    made = from_positional(body)
    assert made == interchange(BODY).replace(b"4500001", b"OTHER")


@pytest.mark.parametrize("exact", [7, "%%%", "QQ"])
def test_exact_bytes_are_base64(exact: object):
    body: dict[str, Any] = to_positional(interchange(BODY)) | {"exact": exact}

    assert wrong(body) == [("API-004", "/exact")]


def test_a_truncated_interchange_keeps_what_there_is():
    raw = interchange(BODY)[:300]
    segments = to_positional(raw)["interchanges"][0]["segments"]

    assert segments[2] == ["ST", "850", "0001"]
    assert "IEA" not in [s[0] for s in segments]
    assert to_positional(back(raw)) == to_positional(raw)


def test_segments_that_belong_nowhere_are_kept():
    raw = joined([ISA, "QQQ*1", "GS*PO", "YYY*2", "GE*0*7", "IEA*1*000000101"])

    assert back(raw) == raw


def test_bytes_without_an_interchange_give_none():
    assert to_positional(b"Dear Sir")["interchanges"] == []
    assert from_positional(to_positional(b"")) == b""


@given(
    segments=st.lists(SEGMENT, max_size=8), end=st.sampled_from(["~", "~\n", "~\r\n"])
)
def test_canonical_bytes_come_back_byte_for_byte(segments: list[str], end: str):
    raw = joined([ISA_5010, *segments, "IEA*0*000000101"], end)

    assert back(raw) == raw


@given(
    at=st.integers(0, 600),
    size=st.integers(0, 20),
    new=st.text("*~>^:\n\r ISAGE01é", max_size=8).map(lambda t: t.encode("utf-8")),
)
def test_any_bytes_give_a_form_that_is_stable(at: int, size: int, new: bytes):
    raw = interchange(BODY)
    body = to_positional(raw[:at] + new + raw[at + size :])
    made = from_positional(body)

    assert isinstance(made, tuple) or to_positional(made) == body


@given(st.binary(max_size=300))
def test_no_bytes_raise(raw: bytes):
    json.dumps(to_positional(raw))
    json.dumps(to_positional(ISA.encode() + raw))


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ({}, "API-002", "/schema"),
        ({"schema": SCHEMA}, "API-005", "/interchanges"),
        ({"schema": SCHEMA, "interchanges": 1}, "API-004", "/interchanges"),
        ({"schema": SCHEMA, "interchanges": [1]}, "API-004", "/interchanges/0"),
        ({"schema": SCHEMA, "interchanges": [], "x": 1}, "API-003", "/x"),
        (form(encoding="utf-7"), "API-007", "/interchanges/0/encoding"),
        (form(separators=None), "API-005", "/interchanges/0/separators"),
        (form(separators={"element": 1}), "API-004", "/interchanges/0/separators"),
        (
            form(separators={"element": "*", "terminator": "*"}),
            "API-006",
            "/interchanges/0/separators",
        ),
        (
            form(separators={"element": "A", "terminator": "~"}),
            "API-006",
            "/interchanges/0/separators",
        ),
        (form(segments=[[]]), "API-004", "/interchanges/0/segments/0"),
        (form(segments=[["GS"]]), "API-006", "/interchanges/0/segments/0/0"),
        (form(segments=[["ISA", "00"]]), "API-004", "/interchanges/0/segments/0"),
    ],
)
def test_what_is_wrong_with_a_form_is_told(body: dict[str, Any], code: str, path: str):
    assert (code, path) in wrong(body)


@pytest.mark.parametrize(
    ("value", "code", "path"),
    [
        ("A*B", "API-006", "/interchanges/0/segments/3/3"),
        ("A\nB", "API-006", "/interchanges/0/segments/3/3"),
        (["A", "B~C"], "API-006", "/interchanges/0/segments/3/3/1"),
        (12, "API-004", "/interchanges/0/segments/3/3"),
        ({"repeat": ["A"]}, "API-004", "/interchanges/0/segments/3/3"),
    ],
)
def test_a_value_that_cannot_be_sent_is_told(value: object, code: str, path: str):
    body = to_positional(interchange(BODY))
    body["interchanges"][0]["segments"][3][3] = value

    assert wrong(body) == [(code, path)]


def test_isa_must_agree_with_the_separators():
    body = to_positional(interchange(BODY))
    body["interchanges"][0]["segments"][0][16] = ":"

    assert wrong(body) == [("API-006", "/interchanges/0/segments/0/16")]


def test_characters_that_the_encoding_lacks_are_told():
    body = to_positional(interchange(BODY))
    body["interchanges"][0]["segments"][3][3] = "É"

    assert wrong(body) == [("API-006", "/interchanges/0/encoding")]
