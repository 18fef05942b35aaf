"""Documents of cXML posted to a real server that answers with each kind of Status."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.cxml_punchout.confirm import confirmation_request
from gateway.cxml_punchout.document import Document, read_document
from gateway.cxml_punchout.envelope import Stamped, request, response, with_secret
from gateway.cxml_punchout.status import Status
from gateway.partner import Profile
from gateway.pipeline.ports import Failed, InMemory, Outbound, Sent, Trouble
from gateway.safexml.markup import element
from gateway.transport.cxml import CxmlPosts
from gateway.transport.https import Lines
from gateway.transport.posting import Posting
from gateway.trust.keyring import Keyring
from tests.unit.cxml_punchout.examples import CONFIRMED, HEADER, NOON
from tests.unit.transport.test_https import Server, serving
from tests.unit.transport.test_push import Known

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BODY = request(
    confirmation_request(CONFIRMED), HEADER.bare(), Stamped(payload_id="1@us", at=NOON)
)
SECRET = "s<3cret & more"  # noqa: S105  made up


def answering(
    code: int, *, http: str = "200 OK", more: str = "", body: str = ""
) -> bytes:
    """An answer of HTTP that carries this Status."""
    status = Status(code=code, text="as it is", body=body)
    data = response(status, Stamped(payload_id="2@them", at=NOON))
    head = f"HTTP/1.1 {http}\r\n{more}Content-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


def profile(url: str, **more: Any) -> Profile:
    channel = {"id": "buyer", "kind": "cxml", "url": url, "secret": "secret:ours"}
    return Profile.model_validate(
        {
            "schema": "1",
            "id": "northgate",
            "name": "Northgate",
            "stage": "test",
            "identities": {"cxml": {"domain": "DUNS", "id": "942888711"}},
            "us": {"cxml": {"domain": "NetworkID", "id": "AN02"}},
            "channels": [channel],
        }
        | more
    )


@dataclass
class Buyer:
    """One partner who is posted to."""

    server: Server
    secrets: Known

    def send(self, *words: bytes, body: bytes = BODY) -> Sent | Failed:
        self.server.words[:] = words
        posting = Posting(Lines(), lambda: NOW, self.secrets)
        known = [profile(self.server.url)]
        posts = CxmlPosts(known, lambda partner: Keyring(), posting)
        return posts.send(
            Outbound(
                id="msg_1",
                partner_id="northgate",
                channel="buyer",
                kind="cxml_confirmation_request",
                file_name="cxml_confirmation_request_msg_1.xml",
                blob=InMemory.of(body),
                attempt=1,
            )
        )


@pytest.fixture
def buyer() -> Iterator[Buyer]:
    with serving() as server:
        yield Buyer(server, Known(ours=SECRET.encode()))


def test_the_secret_is_put_in_on_the_way_and_repeats_are_the_same(buyer: Buyer):
    buyer.send(answering(200))
    buyer.send(answering(200))
    first, again = (one.partition(b"\r\n\r\n")[2] for one in buyer.server.requests)
    assert first == again == with_secret(BODY, SECRET)
    sent = read_document(first)
    assert isinstance(sent, Document)
    assert [one.shared_secret for one in sent.header.sender] == [SECRET]
    assert sent.header.bare() == HEADER.bare()
    assert b"SharedSecret" not in BODY
    assert b"Content-Type: text/xml; charset=UTF-8" in buyer.server.requests[0]


@pytest.mark.parametrize("code", [200, 201, 299])
def test_a_good_status_accepts_it(buyer: Buyer, code: int):
    found = buyer.send(answering(code))
    assert found == Sent(f"Status {code} as it is", acknowledgement="accepted")


@pytest.mark.parametrize("code", [400, 401, 406, 409, 450, 475, 404])
@pytest.mark.parametrize("http", ["200 OK", "401 Unauthorized", "500 Oops"])
def test_a_status_of_four_hundred_is_final_whatever_http_says(
    buyer: Buyer, code: int, http: str
):
    found = buyer.send(answering(code, http=http))
    assert found == Failed(
        f"Status {code} as it is",
        trouble=Trouble.REFUSED,
        code="CXM-042",
        acknowledgement="rejected",
    )


@pytest.mark.parametrize("code", [500, 550, 560, 563, 599, 301, 777])
def test_a_status_of_five_hundred_passes(buyer: Buyer, code: int):
    found = buyer.send(answering(code))
    assert found == Failed(f"Status {code} as it is", trouble=Trouble.CONNECTION)


@pytest.mark.parametrize("http", ["200 OK", "404 Not Found", "302 Found"])
def test_what_is_no_cxml_says_nothing_and_is_tried_again(buyer: Buyer, http: str):
    page = b"<html>Sorry"
    head = f"HTTP/1.1 {http}\r\nContent-Length: {len(page)}\r\n\r\n".encode()
    found = buyer.send(head + page)
    said = f"HTTP {http[:3]} without a Status of cXML"
    assert found == Failed(said, trouble=Trouble.CONNECTION)


def test_who_wants_it_later_says_when(buyer: Buyer):
    head = b"HTTP/1.1 503 Later\r\nRetry-After: 90\r\nContent-Length: 0\r\n\r\n"
    assert buyer.send(head) == Failed(
        "HTTP 503 without a Status of cXML",
        retry_at=NOW + timedelta(seconds=90),
        trouble=Trouble.THROTTLED,
    )


def test_our_secret_is_not_repeated_with_their_words(buyer: Buyer):
    found = buyer.send(answering(401, body=f"{SECRET} is another"))
    assert isinstance(found, Failed)
    assert found.what == "Status 401 as it is *** is another"


def test_without_the_secret_nothing_is_sent(buyer: Buyer):
    buyer.secrets = Known()
    found = buyer.send()
    assert isinstance(found, Failed)
    assert (found.code, found.trouble, found.at_once) == ("CFG-042", Trouble.OURS, True)
    assert buyer.server.requests == []


def test_a_secret_goes_through_no_open_line_when_it_counts():
    assert profile("https://buyer.example/cxml", stage="live").stage == "live"
    with pytest.raises(ValidationError, match="https"):
        profile("http://buyer.example/cxml", stage="live")


def test_what_does_not_fit_its_version_is_not_sent(buyer: Buyer):
    empty = request(
        element("ConfirmationRequest"),
        HEADER.bare(),
        Stamped(payload_id="1@us", at=NOON),
    )
    found = buyer.send(body=empty)
    assert isinstance(found, Failed)
    assert (found.code, found.trouble) == ("CXM-023", Trouble.REFUSED)
    assert buyer.server.requests == []
