"""XML that asks to be expanded or to fetch something: refused, and nobody is called."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from gateway.cxml_punchout.document import Document, read_document
from gateway.cxml_punchout.dtd import read_dtd
from gateway.findings import Finding
from tests.unit.cxml_punchout.published import small
from tests.unit.cxml_punchout.samples import HEADER, SETUP, envelope

INSIDE = f"{HEADER}<Request>{SETUP}</Request>"
SUBSETS = {
    "an external entity": '<!ENTITY x SYSTEM "{url}">',
    "a public one": '<!ENTITY x PUBLIC "p" "{url}">',
    "a parameter entity": '<!ENTITY % x SYSTEM "{url}"> %x;',
    "a notation": '<!NOTATION x SYSTEM "{url}">',
    "a local file": '<!ENTITY x SYSTEM "file:///etc/passwd">',
    "a billion laughs": "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)
    ),
    "a quadratic blow-up": f'<!ENTITY x "{"a" * 50_000}">',
    "a default attribute": '<!ATTLIST Credential domain CDATA "DUNS">',
}


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def url(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}/x.dtd"


def nobody_called(listener: socket.socket) -> bool:
    try:
        listener.accept()
    except BlockingIOError:
        return True
    return False


@pytest.mark.parametrize("name", SUBSETS)
def test_what_declares_something_is_refused(name: str, listener: socket.socket):
    subset = SUBSETS[name].format(url=url(listener))
    text = envelope(INSIDE.replace("34", "&x;"), front=f"<!DOCTYPE cXML [{subset}]>")
    found = read_document(text.encode())
    assert not isinstance(found, Document)
    assert [one.code for one in found] == ["WIRE-031"]
    assert nobody_called(listener)


@pytest.mark.parametrize(
    "front",
    [
        '<!DOCTYPE cXML SYSTEM "{url}">',
        '<!DOCTYPE cXML PUBLIC "-//x" "{url}">',
        '<?xml-stylesheet type="text/xsl" href="{url}"?>',
        '<?xml-model href="{url}"?>',
    ],
)
def test_what_only_names_an_address_is_read_without_a_call(
    front: str, listener: socket.socket
):
    text = envelope(INSIDE, front=front.format(url=url(listener)))
    assert isinstance(read_document(text.encode()), Document)
    assert nobody_called(listener)


def test_an_inclusion_and_a_schema_location_are_left_alone(listener: socket.socket):
    included = (
        f'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="{url(listener)}"/>'
    )
    hinted = (
        'xmlns:s="http://www.w3.org/2001/XMLSchema-instance" '
        f's:schemaLocation="x {url(listener)}"'
    )
    text = envelope(INSIDE.replace("34", included), hinted)
    assert isinstance(read_document(text.encode()), Document)
    assert nobody_called(listener)


def test_a_dtd_that_takes_in_another_is_refused_without_a_call(
    listener: socket.socket,
):
    outside = f'<!ENTITY % x SYSTEM "{url(listener)}"> %x;'.encode()
    assert isinstance(read_dtd(small() + outside, "cXML.dtd"), Finding)
    assert nobody_called(listener)
