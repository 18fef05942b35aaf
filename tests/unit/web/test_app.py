"""The application as a whole: health, readiness, its own description."""

from __future__ import annotations

import httpx

from gateway.findings import Finding
from gateway.web.app import create_app


def test_health_needs_no_key(house):
    answer = httpx.get(f"{house.address}/healthz")

    assert answer.json() == {"status": "ok"}


def test_it_is_ready_when_the_tables_are_there(house):
    assert httpx.get(f"{house.address}/readyz", timeout=30).json() == {
        "status": "ready"
    }


def test_it_is_not_ready_without_its_tables(house):
    house.engine.db.migrate("base")

    answer = httpx.get(f"{house.address}/readyz", timeout=30)

    assert answer.status_code == 503
    assert answer.json()["code"] == "API-013"


def test_it_is_not_ready_without_its_payload_key(house):
    keys = house.engine.db.payloads.keys
    keys.fault = Finding.of("CFG-032", "payloads are sealed under the key k1")

    answer = httpx.get(f"{house.address}/readyz", timeout=30)

    assert answer.status_code == 503
    assert answer.json()["code"] == "CFG-032"


def test_it_describes_every_route_with_its_problems():
    described = create_app().openapi()

    assert described["openapi"].startswith("3.1")
    for path, methods in described["paths"].items():
        if path.startswith("/v1/"):
            for told in methods.values():
                assert {"401", "403", "422", "429", "503"} <= set(told["responses"])
    post = described["paths"]["/v1/interchanges"]["post"]
    assert {"202", "401", "403", "409", "413", "503"} <= set(post["responses"])
    assert "description" in post


def test_no_route_is_made_anew_for_an_app():
    first, second = create_app().routes, create_app().routes

    anew = [one for one in second if all(one is not other for other in first)]

    assert {getattr(one, "path", "") for one in anew} == {
        "/openapi.json",
        "/docs/errors/{code}",
    }


def test_the_description_is_served_and_no_page_loads_foreign_scripts(house):
    assert httpx.get(f"{house.address}/openapi.json").json()["paths"]
    assert httpx.get(f"{house.address}/docs").status_code == 404
