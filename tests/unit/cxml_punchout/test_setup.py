"""What a buyer asks for when a punch-out begins."""

from __future__ import annotations

from decimal import Decimal

from gateway.cxml_punchout.setup import Setup, SetupItem, read_setup
from gateway.findings import Findings
from gateway.safexml import Xml, read
from gateway.safexml.markup import markup

RICH = """<PunchOutSetupRequest operation="edit">
<BuyerCookie>34<Inner a="1"/></BuyerCookie>
<Extrinsic name="UserEmail">Ann@buyer.example</Extrinsic>
<Extrinsic name="useremail">other@buyer.example</Extrinsic>
<Extrinsic name="CostCenter">610</Extrinsic>
<BrowserFormPost><URL> https://buyer.example/return?a=1&amp;b=2 </URL></BrowserFormPost>
<Contact><Name xml:lang="en">Ann</Name><Email>ann@buyer.example</Email></Contact>
<ShipTo><Address addressID="W7"><Email>dock@buyer.example</Email></Address></ShipTo>
<SelectedItem><ItemID><SupplierPartID>BOLT-8</SupplierPartID></ItemID></SelectedItem>
<ItemOut quantity="2.5" lineNumber="1"><ItemID><SupplierPartID>BOLT-8</SupplierPartID>
<SupplierPartAuxiliaryID>ses_1-1</SupplierPartAuxiliaryID></ItemID></ItemOut>
<ItemOut quantity="many"/></PunchOutSetupRequest>"""


def setup(text: str) -> tuple[Setup, list[tuple[str, str]]]:
    xml = read(text)
    assert isinstance(xml, Xml)
    found = Findings()
    wish = read_setup(xml.root, found)
    return wish, [(one.code, str(one.where)) for one in found]


def test_a_rich_request_is_read():
    wish, found = setup(RICH)
    assert wish.operation == "edit"
    assert markup(wish.cookie) == '<BuyerCookie>34<Inner a="1"/></BuyerCookie>'
    assert wish.return_url == "https://buyer.example/return?a=1&b=2"
    assert wish.emails == (
        "ann@buyer.example",
        "dock@buyer.example",
        "other@buyer.example",
    )
    assert (wish.user_name, wish.ship_to) == ("Ann", "W7")
    assert wish.selected == SetupItem(sku="BOLT-8")
    assert wish.items == (
        SetupItem(sku="BOLT-8", aux_id="ses_1-1", quantity=Decimal("2.5"), line_no="1"),
        SetupItem(sku=""),
    )
    assert found == [("CXM-052", "PunchOutSetupRequest/ItemOut[2]")]


def test_an_extrinsic_is_found_by_any_of_its_names():
    wish, _ = setup(RICH)
    assert wish.extrinsic(["User", "USEREMAIL"]) == "Ann@buyer.example"
    assert wish.extrinsic(["Department"]) == ""


def test_a_request_with_next_to_nothing_is_read():
    wish, found = setup('<PunchOutSetupRequest operation="steal"/>')
    assert (wish.operation, markup(wish.cookie)) == ("steal", "<BuyerCookie/>")
    assert found == [
        ("CXM-008", "PunchOutSetupRequest/@operation"),
        ("CXM-022", "PunchOutSetupRequest"),
    ]
    assert setup("<PunchOutSetupRequest/>")[0].operation == "create"


def test_a_quantity_is_a_number_of_reasonable_length():
    for sent in ("-1", "NaN", "1e999999999999999999", "1" * 40, ""):
        wish, found = setup(f'<P><BuyerCookie/><ItemOut quantity="{sent}"/></P>')
        assert wish.items[0].quantity is None, sent
        assert [code for code, _ in found] == ["CXM-052"], sent
