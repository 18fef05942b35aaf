"""Documents in forms, there and back."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from gateway.cxml_punchout.forms import CartField, ReturnForm, cart_form, read_form
from gateway.findings import Finding

DOCUMENT = '<cXML><a b="é&amp;€">"\'</a></cXML>'


def test_what_is_put_into_a_field_comes_out():
    pair = CartField().value(DOCUMENT.encode())
    assert pair[0] == "cXML-base64"
    assert read_form(urlencode([("x", "1"), pair])) == DOCUMENT.encode()


def test_text_comes_out_with_references():
    pair = CartField(encoding="urlencoded").value(DOCUMENT.encode())
    assert pair[0] == "cXML-urlencoded"
    held = DOCUMENT.replace("é", "&#233;").replace("€", "&#8364;")
    assert read_form(urlencode([pair])) == held


def test_the_urlencoded_field_is_ascii_and_not_encoded_twice():
    name, value = CartField(encoding="urlencoded", name="cxml-urlencoded").value(
        DOCUMENT.encode()
    )
    assert (name, value.isascii(), "%" in value) == ("cxml-urlencoded", True, False)


@pytest.mark.parametrize(
    "body",
    [
        b"CXML-BASE64=PGE%2BPC9hPg%3D%3D",
        b"cxml-base64=PGE+PC9hPg==",
        b"cXML-base64=PGE%2BPC%0D%0A9hPg",
    ],
)
def test_base64_is_read_as_it_comes(body: bytes):
    assert read_form(body) == b"<a></a>"


@pytest.mark.parametrize(
    "body", [b"", b"a=b", b"cXML-urlencoded=", b"cXML-base64=%%%", b"a&" * 2001]
)
def test_a_form_without_a_document_is_refused(body: bytes):
    found = read_form(body)
    assert isinstance(found, Finding)
    assert found.code == "CXM-033"


def test_the_page_of_a_cart_escapes_all_it_holds():
    form = cart_form(
        b'<a b="\'">', 'https://x.example/?a=1&b="', field=CartField(), target='"_top'
    )
    page = ReturnForm(
        action=form.action,
        fields=(*form.fields, ('"><script>', "</form>")),
        target=form.target,
    ).as_html("Return <now>")
    assert page == (
        '<form id="return" method="post" action="https://x.example/?a=1&amp;b=&quot;" '
        'target="&quot;_top" accept-charset="utf-8">\n'
        '<input type="hidden" name="cXML-base64" value="PGEgYj0iJyI+">\n'
        '<input type="hidden" name="&quot;&gt;&lt;script&gt;" '
        'value="&lt;/form&gt;">\n'
        '<button type="submit">Return &lt;now&gt;</button>\n</form>'
    )
