"""``POST /v1/explain``, on an app with this route alone."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import httpx
import pytest
from fastapi import FastAPI

from gateway.config import Settings
from gateway.web import explain, problem
from gateway.web.doors import Caller, caller, doors
from tests.unit.edi.parts import BODY, interchange

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Asked(list[tuple[Any, ...]]):
    """What the route asked for."""

    def __call__(
        self, data: bytes, ack: bytes, *, lang: str, partner: str | None
    ) -> dict[str, Any]:
        self.append((data, ack, lang, partner))
        return {"schema": "explain/1"}


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def app(tmp_path: Path, asked: Asked) -> FastAPI:
    app = FastAPI()
    problem.install(app)
    app.include_router(explain.router)
    app.state.explain = asked
    settings = Settings(home=tmp_path, max_message_bytes=1000)
    parts = SimpleNamespace(
        engine=SimpleNamespace(settings=settings), body_timeout_s=5.0
    )
    app.dependency_overrides[doors] = lambda: parts
    app.dependency_overrides[caller] = lambda: Caller("key_1", "all", None)
    return app


@pytest.fixture
def post(app: FastAPI) -> Any:
    """Posts a body to the route."""

    def send(body: Any, **query: str) -> httpx.Response:
        async def run() -> httpx.Response:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://gateway"
            ) as client:
                how = {"content": body} if isinstance(body, bytes) else {"json": body}
                return await client.post("/v1/explain", params=query, **how)

        return anyio.run(run)

    return send


def room(app: FastAPI, size_bytes: int) -> None:
    """Let messages of this size in."""
    parts = app.dependency_overrides[doors]()
    settings = parts.engine.settings.model_copy(
        update={"max_message_bytes": size_bytes}
    )
    parts.engine.settings = settings


def encoded(data: bytes) -> str:
    return b64encode(data).decode()


def test_data_and_acknowledgement_are_explained(post: Any, asked: Asked):
    answer = post({"data": encoded(b"ISA"), "ack": encoded(b"AK1")}, lang="fr")

    assert (answer.status_code, answer.json()) == (200, {"schema": "explain/1"})
    assert asked == [(b"ISA", b"AK1", "fr", None)]


def test_data_alone_are_explained_in_english(post: Any, asked: Asked):
    post({"data": encoded(b"ISA")}, partner="acme")

    assert asked == [(b"ISA", b"", "en", "acme")]


def test_a_partners_key_explains_as_that_partner(app: FastAPI, post: Any, asked: Asked):
    app.dependency_overrides[caller] = lambda: Caller("key_2", "acme", "acme")
    post({"data": encoded(b"ISA")})

    assert asked[0][3] == "acme"
    refused = post({"data": encoded(b"ISA")}, partner="other")
    assert (refused.status_code, refused.json()["code"]) == (403, "API-014")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"not json", "API-001"),
        ({"ack": "QQ=="}, "API-005"),
        ({"data": "QQ==", "x": 1}, "API-003"),
        ({"data": 7}, "API-004"),
        ({"data": "%%%"}, "API-004"),
        (b"", "WIRE-001"),
    ],
)
def test_a_body_in_another_form_is_a_problem(
    body: Any, code: str, post: Any, asked: Asked
):
    assert post(body).json()["code"] == code
    assert asked == []


RAW = interchange(BODY)


@pytest.mark.parametrize("raw", [RAW, b"junk " + RAW])
def test_segments_by_position_come_and_go_back_as_bytes(
    raw: bytes, post: Any, app: FastAPI, asked: Asked
):
    room(app, 10_000)
    form = post({"data": encoded(raw)}, **{"as": "segments"})
    again = post(form.json(), **{"as": "x12"})

    assert form.json()["schema"] == "x12-segments/1"
    assert (again.status_code, again.content) == (200, raw)
    assert again.headers["content-type"] == "application/edi-x12"
    assert asked == []


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"{", "API-001"), ([], "API-004"), ({"schema": "x"}, "API-002")],
)
def test_what_is_no_form_of_segments_is_a_problem(body: Any, code: str, post: Any):
    assert post(body, **{"as": "x12"}).json()["code"] == code


def test_another_form_is_a_problem(post: Any):
    assert post({"data": "QQ=="}, **{"as": "pdf"}).json()["code"] == "API-007"


def test_another_language_is_a_problem(post: Any):
    assert post({"data": "QQ=="}, lang="de").json()["code"] == "API-007"


def test_a_body_over_the_limit_is_a_problem(post: Any):
    answer = post({"data": encoded(b"x" * 3000)})

    assert (answer.status_code, answer.json()["code"]) == (413, "API-012")
