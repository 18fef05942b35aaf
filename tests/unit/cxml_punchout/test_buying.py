"""A buyer's own documents: they are read as any buyer's are."""

from __future__ import annotations

from dataclasses import replace

from gateway.cxml_punchout.buying import order_request, setup_request
from gateway.cxml_punchout.document import Document, read_document
from gateway.cxml_punchout.envelope import request
from gateway.cxml_punchout.setup import read_setup
from gateway.findings import Findings
from gateway.safexml import text_of
from gateway.safexml.markup import Node
from tests.unit.cxml_punchout.examples import BOLT, CART, HEADER, ORDERING, stamped


def read(node: Node) -> Document:
    document = read_document(request(node, HEADER, stamped("1.2.071")))
    assert isinstance(document, Document)
    return document


def test_a_setup_is_read_with_its_items():
    node = setup_request(
        "edit", "c-1", "https://b.example/in", user="ann", selected="S", items=[BOLT]
    )
    found = Findings()
    body = read(node).body
    assert body is not None
    setup = read_setup(body, found)
    assert (setup.operation, setup.return_url) == ("edit", "https://b.example/in")
    assert setup.extrinsic(["uniquename"]) == "ann"
    assert setup.selected is not None
    assert [(one.sku, one.aux_id, one.quantity) for one in setup.items] == [
        (BOLT.sku, BOLT.aux_id, BOLT.quantity)
    ]
    assert found.done() == ()


def test_an_order_has_the_lines_of_the_cart_as_they_were():
    body = read(order_request(replace(CART, lines=(BOLT, BOLT)), ORDERING)).body
    assert body is not None
    lines = body.findall("ItemOut")
    assert [one.get("lineNumber") for one in lines] == ["1", "2"]
    marks = [text_of(one.find("ItemID/SupplierPartAuxiliaryID")) for one in lines]
    assert marks == [BOLT.aux_id] * 2
    assert text_of(body.find("OrderRequestHeader/Total/Money")) == "12.50"
    place = body.find("OrderRequestHeader/ShipTo/Address")
    assert place is not None
    assert place.get("addressID") == "P3"
