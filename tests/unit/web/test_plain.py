"""The plain request is answered as every other one is."""

from __future__ import annotations

TEXT = b"ISA*00*~"


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


def test_a_bad_idempotency_key_is_a_problem_on_the_second_request_too(house):
    with house.client("partner:globex") as web:
        web.post("/v1/interchanges", content=TEXT)
        long = {"Idempotency-Key": "k" * 256}
        answer = web.post("/v1/interchanges", content=TEXT, headers=long)

    assert answer.status_code == 422
