"""JSON is read whole, or every fault in it is named with its place."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from gateway.findings import Finding
from gateway.order import Order, OrderAck, ack_from_json, from_json, to_json

EMPTY_LINE = {"line_no": "1", "item": {}, "quantity": {"value": "1"}}


def faults(text: str) -> list[tuple[str, str]]:
    found = from_json(text)
    assert not isinstance(found, Order)
    return [(finding.code, finding.where.path) for finding in found]


def document(**fields: object) -> str:
    return json.dumps({"schema": "order/1", "po_number": "1", **fields})


def only(text: str) -> Finding:
    found = from_json(text)
    assert not isinstance(found, Order)
    (finding,) = found
    return finding


def test_an_order_comes_back_as_it_was(order: Order):
    assert from_json(to_json(order)) == order


def test_an_answer_comes_back_as_it_was(ack: OrderAck):
    assert ack_from_json(to_json(ack)) == ack


@pytest.mark.parametrize(
    "text", ["", "{", "{'a': 1}", "\ufeff{}", '{"a":1}}', "[" * 100_000]
)
def test_a_text_that_is_not_json_is_one_finding(text: str):
    assert faults(text) == [("API-001", "")]


@pytest.mark.parametrize("text", ["[]", '"x"', "1", "null", "NaN", "1" * 5000])
def test_a_document_that_is_no_object_is_of_the_wrong_type(text: str):
    assert faults(text) == [("API-004", "")]


def test_another_schema_is_not_read_any_further():
    assert faults('{"schema":"order/2","x":1}') == [("API-002", "/schema")]


def test_an_answer_is_no_order(ack: OrderAck):
    assert faults(to_json(ack)) == [("API-002", "/schema")]


def test_keys_that_must_be_there_are_named():
    assert faults("{}") == [("API-005", "/schema"), ("API-005", "/po_number")]


def test_an_unknown_key_is_named_with_the_nearest_known_one():
    finding = only(document(po_nubmer="1"))
    assert (finding.code, finding.where.path) == ("API-003", "/po_nubmer")
    assert "po_number" in finding.what


def test_a_key_that_was_given_twice_is_named():
    text = '{"schema":"order/1","po_number":"1","po_number":"2"}'
    assert faults(text) == [("API-008", "/po_number")]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("currency", 1, "API-004"),
        ("currency", None, "API-004"),
        ("test", "N", "API-004"),
        ("test", 1, "API-004"),
        ("lines", {}, "API-004"),
        ("delivery", [], "API-004"),
        ("provenance", [], "API-004"),
        ("doc_type", 1, "API-004"),
        ("doc_type", "invoice", "API-007"),
        ("issue_date", 20260115, "API-004"),
        ("issue_date", "20260115", "API-006"),
        ("issue_date", "2026-02-30", "API-006"),
        ("issue_date", "2026-W01-1", "API-006"),
        ("issued_at", "2026-01-15T09:00:00", "API-006"),
        ("issued_at", "0001-01-01T00:00:00+14:00", "API-006"),
        ("language", "\ud800", "API-006"),
        ("language", "a\0b", "API-006"),
    ],
)
def test_a_value_that_does_not_fit_has_its_place(field, value, code):
    assert faults(document(**{field: value})) == [(code, f"/{field}")]


@pytest.mark.parametrize(
    ("value", "code"),
    [(1.5, "API-004"), (1, "API-004"), ("1,5", "API-006"), ("1e3", "API-006"),
     (" 1", "API-006"), ("", "API-006"), ("NaN", "API-006"), ("\u0661", "API-006")],
)  # fmt: skip
def test_a_decimal_is_a_string_of_digits(value: object, code: str):
    line = {**EMPTY_LINE, "quantity": {"value": value}}
    assert faults(document(lines=[line])) == [(code, "/lines/0/quantity/value")]


@pytest.mark.parametrize("value", ["1/0", "1/00", "0.5", "1/-7"])
def test_a_factor_is_a_ratio(value: str):
    line = {**EMPTY_LINE, "quantity": {"value": "1", "factor": value}}
    assert faults(document(lines=[line])) == [("API-006", "/lines/0/quantity/factor")]


@pytest.mark.parametrize("value", [1.0, "1", True, 2**53, -(2**53), 10**30])
def test_a_whole_number_is_one_that_every_reader_keeps(value: object):
    found = faults(document(totals={"line_count": value}))
    assert found == [("API-004", "/totals/line_count")]


def test_all_faults_are_found_in_one_pass():
    text = document(
        currency=1,
        lines=[{**EMPTY_LINE, "item": {"a/b~": 1}}, {"line_no": "2", "item": {}}],
        provenance={"po_number": 3},
    )
    assert faults(text) == [
        ("API-004", "/currency"),
        ("API-003", "/lines/0/item/a~1b~0"),
        ("API-005", "/lines/1/quantity"),
        ("API-004", "/provenance/po_number"),
    ]


def test_a_key_given_twice_in_a_table_is_named():
    text = '{"schema":"order/1","po_number":"1","provenance":{"a":"1","a":"2"}}'
    assert faults(text) == [("API-008", "/provenance/a")]


def test_a_flood_of_faults_is_cut_off():
    flood = document(**{f"k{number}": 1 for number in range(5000)})
    assert len(faults(flood)) == 1000


def test_an_instant_is_kept_in_utc():
    read = from_json(document(issued_at="2026-01-15T09:00:00+02:00"))
    assert isinstance(read, Order)
    assert read.issued_at == dt.datetime(2026, 1, 15, 7, tzinfo=dt.UTC)
    assert read.issued_at.tzinfo is dt.UTC


def test_the_value_is_shown_and_cut():
    finding = only(document(doc_type="x" * 500))
    assert finding.value == "x" * 80
