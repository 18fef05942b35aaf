"""What a document cannot do without, when no DTD is held."""

from __future__ import annotations

from gateway.cxml_punchout.rules import NEEDS, lacking
from gateway.safexml import Xml, read


def told(text: str) -> list[str]:
    xml = read(text)
    assert isinstance(xml, Xml)
    return [f"{one.where} {one.value}" for one in lacking(xml.root)]


def test_what_is_missing_is_told_with_its_place():
    text = (
        '<OrderRequest><OrderRequestHeader orderID="7" orderDate=" "><Total/>'
        '</OrderRequestHeader><ItemOut quantity="1"/></OrderRequest>'
    )
    assert told(text) == [
        "OrderRequest/OrderRequestHeader @orderDate",
        "OrderRequest/OrderRequestHeader BillTo",
        "OrderRequest/OrderRequestHeader/Total Money",
        "OrderRequest/ItemOut ItemID",
    ]


def test_the_language_is_an_attribute_like_others():
    assert told('<Description xml:lang="en">x</Description>') == []
    assert told("<Description>x</Description>") == ["Description @xml:lang"]


def test_no_need_is_empty():
    assert all(NEEDS.values())
