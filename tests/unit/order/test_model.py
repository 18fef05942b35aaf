"""An order finds its parties and lines, and has a key against duplicates."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.order import Order, Party, Source


def test_an_order_names_its_party_by_role(order: Order):
    party = order.party("ship_to")
    assert party is not None
    assert party.id == "7"


def test_a_role_nobody_has_is_none(order: Order):
    assert order.party("payer") is None
    assert order.lines[0].party("ship_to") is None


def test_a_line_is_found_by_the_buyers_number(order: Order):
    assert order.line("1") is order.lines[0]
    assert order.line("2") is None


def test_the_key_is_buyer_kind_and_numbers(order: Order):
    released = replace(order, release_number="3")
    assert released.key == ("0012345", "order", "4500001", "3")


def test_a_buyer_without_a_number_is_the_sender():
    order = Order(
        po_number="1",
        source=Source(sender="ACME"),
        parties=(Party(role="buyer", name="Acme"),),
    )
    assert order.key.buyer == "ACME"


def test_a_test_order_never_has_the_key_of_a_real_one(order: Order):
    assert replace(order, test=True).key.kind == "test_order"


def test_a_cancellation_has_a_key_of_its_own(order: Order):
    assert replace(order, doc_type="cancel").key != order.key


def test_an_order_cannot_be_changed_but_can_be_hashed(order: Order):
    assert hash(order) == hash(replace(order))
    with pytest.raises(AttributeError):
        order.po_number = "2"  # type: ignore[misc]  # that is the point
