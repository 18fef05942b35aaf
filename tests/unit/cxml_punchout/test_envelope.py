"""Documents of ours: envelope, secrets, versions."""

from __future__ import annotations

import pytest

from gateway.cxml_punchout.document import Document, read_document
from gateway.cxml_punchout.dtds import NO_DTDS
from gateway.cxml_punchout.envelope import (
    SINCE,
    fitted,
    payload_id,
    request,
    response,
)
from gateway.cxml_punchout.judge import judged_ours
from gateway.cxml_punchout.status import OK, Status
from gateway.safexml.markup import element
from tests.unit.cxml_punchout.examples import (
    BUYER,
    HEADER,
    NOON,
    US,
    documents,
    stamped,
)

NAMES = sorted(documents("1.2.071"))


def good(data: bytes) -> Document:
    found = read_document(data)
    assert isinstance(found, Document)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_is_read_without_a_finding(name: str):
    payload, data = documents("1.2.071")[name]
    read = good(data)
    assert (read.name, read.findings) == (payload, ())
    assert (read.payload_id, read.declared_version) == ("1.2.3@us.example", "1.2.071")
    assert read.sent.sent == "2026-01-31T12:00:00+01:00"
    assert judged_ours(data, payload, "1.2.071", NO_DTDS) == ()


def test_a_request_carries_the_secret_and_a_message_does_not():
    made = documents("1.2.071")
    assert good(made["ship notice"][1]).header.sender == (US,)
    assert good(made["cart"][1]).header.sender == (US.bare(),)
    assert b"s3cret" not in made["cart"][1]
    assert (good(made["cart"][1]).test, good(made["invoice"][1]).test) == (True, False)
    assert good(made["cart"][1]).header.to == (BUYER,)


def test_a_message_without_a_change_says_so():
    status = good(documents("1.2.071")["unchanged"][1]).status
    assert status is not None
    assert status.code == 204


def test_a_response_that_refuses_has_no_payload():
    read = good(response(Status(code=500), stamped("1.2.050"), element("X")))
    assert (read.name, read.status) == ("", Status(code=500))


def test_the_doctype_names_module_and_version():
    data = request(element("ConfirmationRequest"), HEADER, stamped("1.2.036"))
    assert data.startswith(
        b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE cXML SYSTEM '
        b'"http://xml.cxml.org/schemas/cXML/1.2.036/Fulfill.dtd">\n<cXML '
    )


def test_an_old_version_goes_without_what_it_does_not_have():
    node = element(
        "ItemID", element("SupplierPartID", "1"), element("BuyerPartID", "2")
    )
    held = element("ItemIn", node, quantity="1", parentLineNumber="2")
    assert fitted(held, "1.2.036") == held
    old = fitted(held, "1.2.014")
    assert [one for one, _ in old.attributes] == ["quantity"]
    (left,) = old.content
    assert not isinstance(left, str)
    assert left.child("BuyerPartID") is None
    assert all(version > "1.2.020" for version in SINCE.values())


def test_a_payload_id_tells_when_by_whom_and_where():
    assert payload_id(NOON, "7", "3f9c", "us.example") == (
        "1769857200000.7.3f9c@us.example"
    )
    assert OK.good
