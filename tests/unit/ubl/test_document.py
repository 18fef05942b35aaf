"""What a UBL document is, whose it is, and why it is refused."""

from __future__ import annotations

from gateway.ubl.document import Document, PartyName, is_ubl, read_document
from gateway.ubl.rules import faults

ORDER = """\
<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"
  xmlns:a="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:b="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <b:ID>7</b:ID><b:IssueDate>2026-11-20</b:IssueDate>
  <a:BuyerCustomerParty><a:Party>
    <b:EndpointID schemeID="0088">5790000100019</b:EndpointID>
    <a:PartyIdentification><b:ID schemeID="0184">DK1</b:ID></a:PartyIdentification>
  </a:Party></a:BuyerCustomerParty>
  <a:SellerSupplierParty><a:Party>
    <b:EndpointID schemeID="0088">5790000200450</b:EndpointID>
  </a:Party></a:SellerSupplierParty>
</Order>"""
SBD = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"


def codes(read: object) -> list[str]:
    assert isinstance(read, tuple), read
    return [one.code for one in read]


def test_prefixes_are_the_senders_own_and_every_name_of_a_party_counts():
    read = read_document(ORDER.encode())
    assert isinstance(read, Document)
    assert (read.name, read.number, read.sent) == ("Order", "7", "2026-11-20")
    assert read.sender == (PartyName("0088", "5790000100019"), PartyName("0184", "DK1"))
    assert read.receiver == (PartyName("0088", "5790000200450"),)
    assert read.transaction == ""


def test_wide_letters_are_ubl_too():
    wide = ORDER.encode("utf-16")
    assert is_ubl(wide)
    assert isinstance(read_document(wide), Document)


def test_a_business_document_header_names_the_parties_first():
    wrapped = f"""<sh:StandardBusinessDocument xmlns:sh="{SBD}">
      <sh:StandardBusinessDocumentHeader>
        <sh:Sender><sh:Identifier Authority="x">0192:9</sh:Identifier></sh:Sender>
        <sh:Receiver><sh:Identifier Authority="x">0192:8</sh:Identifier></sh:Receiver>
      </sh:StandardBusinessDocumentHeader>{ORDER}</sh:StandardBusinessDocument>"""
    read = read_document(wrapped.encode())
    assert isinstance(read, Document)
    assert read.sender[0] == PartyName("0192", "9")
    assert read.receiver[0] == PartyName("0192", "8")


def test_of_two_documents_in_one_envelope_none_is_read():
    header = "<StandardBusinessDocumentHeader/>"
    inside = header + ORDER + ORDER.replace(">7<", ">8<")
    root = (
        f'<StandardBusinessDocument xmlns="{SBD}">{inside}</StandardBusinessDocument>'
    )
    assert codes(read_document(root.encode())) == ["UBL-001"]


def test_another_namespace_or_kind_is_refused():
    other = ORDER.replace("xsd:Order-2", "xsd:Orders-2")
    assert codes(read_document(other.encode())) == ["UBL-001"]
    catalogue = ORDER.replace("Order", "Catalogue")
    assert codes(read_document(catalogue.encode())) == ["UBL-002"]
    assert codes(read_document(b"<a/>")) == ["UBL-001"]


def test_without_number_and_sender_nothing_can_be_done():
    nameless = ORDER.replace("<b:ID>7</b:ID>", "").replace("a:BuyerC", "a:OtherC")
    assert codes(read_document(nameless.encode())) == ["UBL-003", "UBL-003"]


def test_entities_and_a_doctype_are_refused_before_anything_is_read():
    bomb = '<!DOCTYPE Order [<!ENTITY a "b">]>' + ORDER
    assert codes(read_document(bomb.encode())) == ["WIRE-031"]
    bare = '<!DOCTYPE Order SYSTEM "http://x.example/order.dtd">' + ORDER
    read = read_document(bare.encode())
    assert isinstance(read, Document)
    assert [one.code for one in read.findings] == ["UBL-001"]


def test_what_an_order_needs_is_told_by_its_place():
    read = read_document(ORDER.encode())
    assert isinstance(read, Document)
    assert [(one.code, one.where.path) for one in faults(read)] == [
        ("UBL-010", "Order/cac:OrderLine")
    ]


def test_of_a_thousand_faults_two_hundred_are_told():
    line = "<a:OrderLine/>" * 1000
    read = read_document(ORDER.replace("</Order>", f"{line}</Order>").encode())
    assert isinstance(read, Document)
    assert len(list(faults(read))) == 200
