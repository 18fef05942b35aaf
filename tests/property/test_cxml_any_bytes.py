"""Whatever a cXML document is turned into, it is read, judged and answered."""

from __future__ import annotations

import datetime as dt
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from gateway.cxml_punchout.attached import Parts, attachment_findings, read_parts
from gateway.cxml_punchout.cart_read import read_cart
from gateway.cxml_punchout.credentials import authenticate
from gateway.cxml_punchout.document import Document, read_document
from gateway.cxml_punchout.dtds import NO_DTDS
from gateway.cxml_punchout.judge import judged
from gateway.cxml_punchout.setup import read_setup
from gateway.cxml_punchout.status import TEXTS, status_of
from gateway.findings import Findings
from gateway.safexml.redact import redacted
from tests.unit.cxml_punchout.examples import documents
from tests.unit.cxml_punchout.test_samples import FILES, HUB, RELATED, SAMPLES

NOW = dt.datetime(2026, 11, 20, 11, tzinfo=dt.UTC)


@cache
def bodies() -> tuple[bytes, ...]:
    ours = (written for _, written in documents("1.2.050").values())
    return (*((SAMPLES / name).read_bytes() for name in FILES), *ours)


SPLICES = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 40),
        st.binary(max_size=8)
        | st.sampled_from(
            [b"<", b">", b'"', b"&x;", b"</cXML>", b"<ItemOut>", b"\0", b"\xff\xfe"]
        ),
    ),
    max_size=4,
)


def spoilt(body: bytes, splices: list[tuple[float, int, bytes]]) -> bytes:
    for at, gone, new in splices:
        start = int(at * len(body))
        body = body[:start] + new + body[start + gone :]
    return body


def answered(body: bytes) -> int:
    """The Status code that a body is answered with, all of it having been looked at."""
    parts = read_parts(body, RELATED if body.startswith(b"--") else "text/xml")
    if not isinstance(parts, Parts):
        return status_of([parts]).code
    read = read_document(parts.document)
    if not isinstance(read, Document):
        return status_of(read).code
    found = Findings((*read.findings, *judged(read.root, read.name, NO_DTDS)))
    found.extend(attachment_findings(read.root, parts))
    authenticate(read.header, HUB, NOW)
    if read.body is not None:
        read_setup(read.body, found)
        read_cart(read.body, found)
    return status_of(found, "rcp_1").code


@given(st.integers(0, len(bodies()) - 1), SPLICES)
def test_a_spoilt_document_is_answered(which: int, splices):
    body = spoilt(bodies()[which], splices)
    assert answered(body) in TEXTS
    assert redacted(redacted(body)) == redacted(body)
