"""The busiest doors answer the plain request themselves, as the routes would."""

from __future__ import annotations

import httpx
import pytest

TEXT = b"ISA*00*...~IEA*0*000000001~"


@pytest.fixture
def known(house):
    """A client whose key was good a moment ago."""
    with house.client("partner:globex") as web:
        assert web.post("/v1/interchanges", content=TEXT).status_code == 202
        yield web


def shown(answer: httpx.Response) -> dict[str, str]:
    wanted = ("content-type", "x-content-type-options", "cache-control")
    return {name: answer.headers[name] for name in wanted}


def test_it_answers_as_the_route_does(known: httpx.Client):
    key = {"Idempotency-Key": "one"}
    plain = known.post("/v1/interchanges", content=TEXT, headers=key)
    odd = known.post("/v1/interchanges?file_name=", content=TEXT, headers=key)

    assert plain.status_code == odd.status_code == 202
    assert plain.json() == odd.json() | {"first_seen": True}
    assert plain.headers["location"] == odd.headers["location"]
    assert shown(plain) == shown(odd)


def test_a_problem_is_told_as_by_the_route(known: httpx.Client):
    plain = known.post("/v1/interchanges", content=b"")
    odd = known.post("/v1/interchanges?file_name=", content=b"")

    assert plain.status_code == odd.status_code == 400
    assert plain.json() == odd.json()
    assert shown(plain) == shown(odd)


@pytest.mark.parametrize(
    ("keys", "status"),
    [
        ((b"a", b"b"), 202),
        ((b"k" * 256,), 422),
        ((b"\xe9",), 422),
    ],
)
def test_what_is_odd_is_looked_at_by_the_route(
    known: httpx.Client, keys: tuple[bytes, ...], status: int
):
    sent = [*known.headers.raw, *((b"Idempotency-Key", key) for key in keys)]
    address = f"{known.base_url}/v1/interchanges"

    assert httpx.post(address, content=TEXT, headers=sent).status_code == status


def test_a_plain_request_is_answered_as_the_first_one_was(house):
    with house.client("partner:globex") as web:
        first, again = (
            web.post("/v1/interchanges", content=TEXT, headers={"Idempotency-Key": "1"})
            for _ in range(2)
        )

    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json() | {"first_seen": False}
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["content-type"] == first.headers["content-type"]


def test_a_plain_request_with_other_bytes_is_a_conflict(house):
    with house.client("partner:globex") as web:
        answers = [
            web.post("/v1/interchanges", content=text, headers={"Idempotency-Key": "1"})
            for text in (TEXT, b"other")
        ]

    assert [answer.status_code for answer in answers] == [202, 409]
    assert answers[1].json()["code"] == "WIRE-021"


def test_what_a_plain_request_brings_is_the_partners(house):
    with house.client("partner:globex") as web:
        for text in (TEXT, b"other"):
            web.post("/v1/interchanges", content=text)
        kept = web.get("/v1/interchanges").json()["items"]

    assert [one["partner_id"] for one in kept] == ["globex", "globex"]
    assert [one["peer"] for one in kept] == ["key of partner:globex"] * 2
