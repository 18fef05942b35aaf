"""Ship notices: what a deletion leaves out."""

from __future__ import annotations

from dataclasses import replace

from gateway.cxml_punchout.ship import Shipped, ship_notice_request
from gateway.safexml.markup import markup
from tests.unit.cxml_punchout.examples import ORDER, SHIPPED


def test_a_deletion_names_the_notice_and_holds_nothing():
    text = markup(ship_notice_request(replace(SHIPPED, operation="delete")))
    assert 'operation="delete"' in text
    assert '<DocumentReference payloadID="6@us.example"/>' in text
    assert "ServiceLevel" not in text
    assert "ShipNoticePortion" not in text
    assert "shipmentDate" not in text


def test_a_portion_without_items_is_the_whole_order():
    said = replace(SHIPPED, orders=(Shipped(order=ORDER),))
    assert markup(ship_notice_request(said)).endswith(
        '<ShipNoticePortion><OrderReference orderID="PO 7" '
        'orderDate="2026-01-31T12:00:00+01:00"><DocumentReference '
        'payloadID="7@buyer.example"/></OrderReference></ShipNoticePortion>'
        "</ShipNoticeRequest>"
    )
