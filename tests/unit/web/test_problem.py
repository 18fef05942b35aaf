"""Every error is a problem document with our code, and never tells a secret."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict
from structlog.testing import capture_logs

from gateway.findings import Finding, Where
from gateway.web import problem
from gateway.web.guard import Guard
from gateway.web.problem import Problem


class Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    count: int


def broken_app() -> FastAPI:
    app = FastAPI()
    problem.install(app)
    app.add_middleware(Guard)

    @app.get("/refused")
    def refused() -> None:
        where = Where(segment_tag="PO1", segment_position=4, element=4)
        found = Finding.of("SYN-206", "'9,99' is not a number", where, "9,99")
        raise Problem(found, headers={"Retry-After": "5"})

    @app.put("/refused")
    def changed() -> None:
        return None

    @app.get("/bug")
    def bug() -> None:
        raise RuntimeError("SELECT 'PO 4711, 12.50 USD'")

    @app.post("/wish")
    def wish(wish: Wish, size: int = 0) -> None:
        return None

    return app


def ask(method: str, path: str, **how) -> httpx.Response:
    async def one() -> httpx.Response:
        transport = httpx.ASGITransport(app=broken_app())
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as web:
            return await web.request(method, path, **how)

    return asyncio.run(one())


def test_a_finding_becomes_a_problem_with_its_place_and_fix():
    answer = ask("GET", "/refused")

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "5"
    said = answer.json()
    assert said["type"] == "/docs/errors/SYN-206"
    assert said["status"] == 422
    assert said["code"] == "SYN-206"
    assert said["instance"] == "/refused"
    assert said["findings"][0]["where"] == "PO1-04 (segment 4)"
    assert said["findings"][0]["value"] == "9,99"


def test_the_type_of_a_problem_leads_to_what_the_code_means():
    page = ask("GET", ask("GET", "/refused").json()["type"])

    assert page.status_code == 200
    assert page.text.startswith("SYN-206: ")


def test_an_unknown_code_has_no_page():
    answer = ask("GET", "/docs/errors/NIX-1")

    assert answer.status_code == 404
    assert answer.json()["code"] == "API-011"


def test_a_bug_is_a_bare_500_and_its_text_stays_inside():
    with capture_logs() as logs:
        answer = ask("GET", "/bug")

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "4711" not in answer.text
    assert "4711" not in str(logs)
    assert {"http.bug", "http.answered"} == {entry["event"] for entry in logs}


def test_an_unknown_address_is_a_problem_too():
    answer = ask("GET", "/nowhere")

    assert answer.status_code == 404
    assert answer.json()["code"] == "API-011"


def test_a_method_that_is_not_allowed_is_a_problem_too():
    answer = ask("DELETE", "/refused")

    assert answer.status_code == 405
    assert answer.json()["type"] == "about:blank"
    assert answer.json()["detail"] == (
        "DELETE is not done at this address. Use GET, PUT."
    )


def test_all_methods_of_an_address_are_allowed_ones():
    assert ask("DELETE", "/refused").headers["allow"] == "GET, PUT"
    assert ask("OPTIONS", "/bug").headers["allow"] == "GET"


@pytest.mark.parametrize(
    ("content", "code", "where"),
    [
        (b"{", "API-001", "/1"),
        (b"{}", "API-005", "/count"),
        (b'{"count": "x"}', "API-004", "/count"),
        (b'{"count": 1, "more": 2}', "API-003", "/more"),
    ],
)
def test_a_bad_body_is_told_with_its_place(content, code, where):
    json = {"Content-Type": "application/json"}

    answer = ask("POST", "/wish", content=content, headers=json)

    (found,) = answer.json()["findings"]
    assert (found["code"], found["where"]) == (code, where)


def test_a_bad_parameter_is_told_with_its_name():
    answer = ask("POST", "/wish?size=big", json={"count": 1})

    assert answer.status_code == 422
    assert answer.json()["findings"][0]["where"] == "size"


def test_every_answer_forbids_sniffing_and_keeping():
    answer = ask("GET", "/refused")

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
