"""The published JSON Schemas say what the reader and the writer do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import gateway.order
from gateway.order import Order, OrderAck, to_json
from gateway.order.schema import FILES, schema, schema_text

ROOM = Path(gateway.order.__file__).parent
DOCS = Path(__file__).parents[3] / "docs" / "canonical-order.md"


@pytest.mark.parametrize("name", FILES)
def test_the_published_file_is_fresh(name: str):
    """Rewrite it with ``schema_text`` when the model was changed on purpose."""
    assert (ROOM / name).read_text() == schema_text(FILES[name])


@pytest.mark.parametrize("name", FILES)
def test_the_published_file_is_a_json_schema(name: str):
    jsonschema.Draft202012Validator.check_schema(schema(FILES[name]))


def test_an_order_fits_its_schema(order: Order):
    jsonschema.validate(json.loads(to_json(order)), schema(Order))


def test_an_answer_fits_its_schema(ack: OrderAck):
    jsonschema.validate(json.loads(to_json(ack)), schema(OrderAck))


@pytest.mark.parametrize(
    "wrong",
    [
        {"po_number": 1},
        {"po_nubmer": "1"},
        {"schema": "order/2"},
        {"issue_date": "15.1.2026"},
        {"totals": {"quantity_sum": 1.5}},
        {"totals": {"quantity_sum": "1,5"}},
        {"doc_type": "invoice"},
    ],
)
def test_what_the_reader_refuses_does_not_fit_the_schema(wrong: dict[str, object]):
    fields = {"schema": "order/1", "po_number": "1", **wrong}
    assert not isinstance(gateway.order.from_json(json.dumps(fields)), Order)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(fields, schema(Order))


def test_every_field_is_in_the_documentation():
    text = DOCS.read_text()
    published: list[Any] = [schema(Order), schema(OrderAck)]
    parts = [part for one in published for part in (one, *one["$defs"].values())]
    fields = {name for part in parts for name in part["properties"]}
    assert {name for name in fields if f"`{name}`" not in text} == set()
