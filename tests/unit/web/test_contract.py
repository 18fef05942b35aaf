"""The API held to its own description, by callers of every kind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gateway.cli.work import app_of
from gateway.config import Settings
from gateway.pipeline.published import TYPES
from gateway.store import keys
from gateway.store.database import Database
from gateway.web.app import create_app
from tests.unit.engine.house import House

CHECKS = (
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
CALLERS = {
    "everything": ("all", keys.RIGHTS),
    "reading": ("all", ("read",)),
    "operating": ("all", ("read", "operate")),
    "partner": ("partner:acme", ("read", "write")),
    "nobody": None,
}
DESCRIBED = create_app().openapi()
OPERATIONS = [
    (path, method)
    for path, methods in DESCRIBED["paths"].items()
    for method in methods
    if path.startswith("/v1/")
]


@schemathesis.serializer("application/edi-x12")
def as_it_is(context: object, value: object) -> bytes:
    return str(value).encode("utf-8", "replace")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    folder = tmp_path_factory.mktemp("contract")
    url = f"sqlite:///{folder / 'gateway.db'}"
    at = Settings(home=folder, database_url=url)
    db = Database.open(at)
    db.migrate()
    db.close()
    made = House(at, {}, {})
    made.order()
    made.order("case-ship-to-unknown.edi")
    app = app_of(made.gateway)
    assert isinstance(app, FastAPI)
    with made.gateway.db.begin() as tx:
        app.state.secrets = {
            name: keys.make(tx, name, told[0], made.now, rights=told[1])[1]
            for name, told in CALLERS.items()
            if told is not None
        }
    yield app
    made.close()


ADDRESS = "http://127.0.0.1"


class Caller:
    """Calls the app in this process with one key."""

    def __init__(self, app: FastAPI, name: str) -> None:
        secret = app.state.secrets.get(name)
        self.headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        self._way = httpx.ASGITransport(app=app)

    def ask(self, method: str, url: str, **more: Any) -> httpx.Response:
        more["headers"] = {**more.get("headers", {}), **self.headers}
        return asyncio.run(self._ask(method, url, **more))

    async def _ask(self, method: str, url: str, **more: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=self._way, base_url=ADDRESS) as web:
            return await web.request(method, url, **more)

    def call(self, case: Any) -> httpx.Response:
        """Send a case as its own transport would."""
        case.headers = {**(case.headers or {}), **self.headers}
        if not self.headers:
            case.headers.pop("Authorization", None)
        told = requests.Request(**case.as_transport_kwargs(base_url=ADDRESS)).prepare()
        sent = {"headers": dict(told.headers), "content": told.body or b""}
        return self.ask(told.method or "", told.url or "", **sent)


def ids(app: FastAPI) -> dict[str, str]:
    """Something of each kind, by the first part of its address."""
    found, caller = {}, Caller(app, "everything")
    for kind in ("orders", "messages", "interchanges"):
        found[kind] = caller.ask("GET", f"/v1/{kind}").json()["items"][0]["id"]
    new = {"name": "x", "url": "https://erp.example/"}
    found["webhooks"] = caller.ask("POST", "/v1/webhooks", json=new).json()["id"]
    return found | {"partners": "acme"}


@pytest.mark.parametrize("caller", sorted(CALLERS))
def test_whatever_is_asked_is_answered_by_the_description(app: FastAPI, caller: str):
    ask_all(app, caller, 4 if caller == "everything" else 1)


@pytest.mark.soak
@pytest.mark.parametrize("caller", sorted(CALLERS))
def test_so_is_whatever_is_asked_for_a_long_time(app: FastAPI, caller: str):
    ask_all(app, caller, 300)


def ask_all(app: FastAPI, caller: str, examples: int) -> None:
    """Ask for every operation so often."""
    schema = schemathesis.openapi.from_dict(DESCRIBED)
    known, asks = ids(app), Caller(app, caller)
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]  # ours is a valid description
        if operation.path.startswith("/v1/"):
            _ask(operation, asks, known, examples)


def _ask(operation: Any, asks: Caller, known: dict[str, str], examples: int) -> None:
    """Ask for an operation in several ways; every other time for what is there."""

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def asked(case: Any) -> None:
        kind = operation.path.split("/")[2]
        if "id" in (case.path_parameters or {}) and len(case.id) % 2 and kind in known:
            case.path_parameters["id"] = known[kind]
        answer = asks.call(case)
        case.validate_response(answer, checks=CHECKS)

    asked()


def test_every_body_and_answer_has_an_example_that_fits():
    assert [one for one in OPERATIONS if unfit(*one)] == []


def unfit(path: str, method: str) -> list[str]:
    """What is wrong with the examples of an operation."""
    operation = DESCRIBED["paths"][path][method]
    contents = [operation.get("requestBody", {}).get("content", {})]
    contents += [one.get("content", {}) for one in operation["responses"].values()]
    return [
        fault
        for content in contents
        for one in content.values()
        for fault in faults(one["schema"], one["example"])
    ]


def faults(schema: dict[str, Any], example: Any) -> list[str]:
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **DESCRIBED}
    registry = Registry().with_resource("urn:api", Resource.from_contents(whole))
    text = json.dumps(schema).replace('"#/components', '"urn:api#/components')
    checked = Draft202012Validator(json.loads(text), registry=registry)
    return [one.message for one in checked.iter_errors(example)]


def test_a_fault_of_soap_and_what_metrics_refuse_are_described():
    soap = DESCRIBED["paths"]["/soap/tender/{portal}"]["post"]["responses"]
    assert set(soap["500"]["content"]) == {"text/xml", "application/soap+xml"}
    assert {"401", "403"} <= set(DESCRIBED["paths"]["/metrics"]["get"]["responses"])


def test_each_event_is_described_with_an_example_that_fits():
    assert set(DESCRIBED["webhooks"]) == set(TYPES)
    for type_, told in DESCRIBED["webhooks"].items():
        (content,) = told["post"]["requestBody"]["content"].values()
        assert content["example"]["type"] == type_
        assert faults(content["schema"], content["example"]) == []


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "API-011"),
        ("DELETE", "/v1/orders", 405, None),
        ("GET", "/v1/orders?limit=0", 422, "API-004"),
        ("GET", "/v1/orders?limit=x", 422, "API-004"),
        ("GET", "/v1/sla?since=0", 422, "API-004"),
        ("GET", "/v1/sla?since=0001-01-01", 200, None),
        ("GET", "/v1/messages?since=0001-01-01T00:00:00%2B14:00", 200, None),
        ("GET", "/v1/catalog/price?partner=acme&sku=x&day=0", 422, "API-004"),
        ("POST", "/v1/keys", 422, "API-005"),
        ("GET", "/v1/keys", 200, None),
    ],
)
def test_what_goes_wrong_is_a_problem(
    app: FastAPI, method: str, path: str, status: int, code: str | None
):
    answer = Caller(app, "everything").ask(method, path)
    assert answer.status_code == status
    assert answer.json().get("code") == code
    kind = answer.headers["content-type"]
    assert kind.startswith("application/problem+json") is (status >= 400)


def test_a_body_that_is_no_text_is_told_so(app: FastAPI):
    json = {"Content-Type": "application/json"}
    answer = Caller(app, "everything").ask(
        "POST", "/v1/keys", content=b"\xff\xfe{", headers=json
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "API-001")


def test_an_address_tells_all_that_may_be_asked_of_it(app: FastAPI):
    caller = Caller(app, "everything")
    assert caller.ask("PATCH", "/v1/cross-references").headers["allow"] == "GET, POST"
    assert caller.ask("PUT", "/soap/tender/x").headers["allow"] == "GET, POST"
