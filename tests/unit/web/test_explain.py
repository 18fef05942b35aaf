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


def test_another_language_is_a_problem(post: Any):
    assert post({"data": "QQ=="}, lang="de").json()["code"] == "API-007"


def test_a_body_over_the_limit_is_a_problem(post: Any):
    answer = post({"data": encoded(b"x" * 3000)})

    assert (answer.status_code, answer.json()["code"]) == (413, "API-012")
