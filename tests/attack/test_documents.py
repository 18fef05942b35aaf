"""Documents that want to be expanded, or something fetched: nobody is called."""

from __future__ import annotations

import re
import time

import pytest

from tests.attack.conftest import Listener
from tests.shop import Shop, status_of

SUBSETS = {
    "an external entity": '<!ENTITY x SYSTEM "http://{at}/x">',
    "a public one": '<!ENTITY x PUBLIC "p" "http://{at}/x">',
    "a parameter entity": '<!ENTITY % p SYSTEM "http://{at}/x"> %p; <!ENTITY x "">',
    "an unparsed entity": '<!NOTATION n SYSTEM "n"><!ENTITY x SYSTEM "//{at}" NDATA n>',
    "a local file": '<!ENTITY x SYSTEM "file:///etc/passwd">',
    "a billion laughs": '<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">'
        for before, name in zip("abcdefgh", "bcdefghx", strict=True)
    ),
    "a quadratic blow-up": f'<!ENTITY x "{"a" * 100_000}">',
    "a default attribute": '<!ATTLIST ItemOut isReturn CDATA "yes"><!ENTITY x "">',
}


def with_front(document: str, front: str) -> str:
    """The document with another DOCTYPE."""
    return re.sub("<!DOCTYPE[^>]*>", lambda _: front, document, count=1)


@pytest.mark.parametrize("kind", ["setup", "order"])
@pytest.mark.parametrize("name", SUBSETS)
def test_what_declares_something_is_refused(
    name: str, kind: str, shop: Shop, listener: Listener
):
    document = shop.setup() if kind == "setup" else shop.order()
    subset = SUBSETS[name].replace("{at}", listener.address)
    spoilt = with_front(document, f"<!DOCTYPE cXML [{subset}]>")
    spoilt = spoilt.replace("</UserAgent>", "&x;</UserAgent>")

    answer = shop.ask(spoilt)

    assert status_of(answer) == 406
    assert b"root:" not in answer
    assert not listener.was_called


@pytest.mark.parametrize(
    "front",
    [
        '<!DOCTYPE cXML SYSTEM "http://{at}/cXML.dtd">',
        '<!DOCTYPE cXML PUBLIC "-//x" "//{at}/cXML.dtd">',
        '<?xml-stylesheet type="text/xsl" href="http://{at}/x"?>',
        '<?xml-model href="http://{at}/x"?>',
    ],
)
def test_what_only_names_an_address_is_taken_without_a_call(
    front: str, shop: Shop, listener: Listener
):
    front = front.replace("{at}", listener.address)
    assert status_of(shop.ask(with_front(shop.order(), front))) == 200
    assert not listener.was_called


@pytest.mark.parametrize(
    "named",
    [
        "<Comments><Attachment><URL>http://{at}/a.pdf</URL></Attachment></Comments>",
        '<Comments><Attachment><URL name="x">//{at}/a</URL></Attachment></Comments>',
        '<Followup><URL name="f">http://{at}/followup</URL></Followup>',
        '<Extrinsic name="PostTo">http://{at}/x</Extrinsic>',
    ],
)
def test_no_address_in_an_order_is_called(named: str, shop: Shop, listener: Listener):
    document = shop.order("PO-LURE")
    number = f"PO-{listener.address}"
    document = document.replace("PO-LURE", number)
    told = named.replace("{at}", listener.address)
    document = document.replace("</OrderRequestHeader>", f"{told}</OrderRequestHeader>")

    assert status_of(shop.ask(document)) == 200
    assert shop.booked(number)
    assert not listener.was_called


def test_an_inclusion_is_not_followed(shop: Shop, listener: Listener):
    include = (
        '<i:include xmlns:i="http://www.w3.org/2001/XInclude" '
        f'href="http://{listener.address}/x"/>'
    )
    document = shop.order().replace("Aldersey Buyer 14", f"Buyer {include}")
    assert status_of(shop.ask(document)) == 200
    assert not listener.was_called


@pytest.mark.parametrize(
    "body",
    [
        "<a>" * 100_000,
        "<cXML " + " ".join(f'a{n}=""' for n in range(10_000)) + "/>",
        '<cXML a="' + "&#120;" * 200_000,
        "<!DOCTYPE cXML SYSTEM '" + "a" * 1_000_000,
        "<!--" + "-" * 1_000_000,
        "\ufeff" * 1000,
        "\0" * 1000,
    ],
    ids=["depth", "attributes", "references", "doctype", "comment", "marks", "zeros"],
)
def test_what_only_costs_is_refused_soon(body: str, shop: Shop):
    began = time.process_time()
    assert status_of(shop.ask(body)) in (406, 499)
    assert time.process_time() - began < 2
