"""Cross-references over HTTP and by command: made, listed, and what came of them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.store import keys
from tests.unit.web.console.conftest import Browser, Console
from tests.unit.web.console.deciding import policy

SAID = {
    "partner_id": "acme",
    "kind": "item",
    "theirs": "77-9999",
    "ours": "BB-1002",
    "valid_from": "2026-11-01",
    "reason": "asked them",
}


@pytest.fixture
def held(console: Console) -> str:
    """An order that waits for item 77-9999, and nothing else."""
    policy(console, unknown_item="hold")
    price = {"3*EA*12*": "3*EA*24.95*"}
    return console.house.order("case-unknown-item.edi", **price).order.id


def caller(console: Console, scope: str = "all") -> Browser:
    with console.gateway.db.begin() as tx:
        _, secret = keys.make(tx, "erp", scope, console.house.now)
    found = console.stranger()
    found.headers = {"Authorization": f"Bearer {secret}"}
    return found


def make(browser: Browser, **changed: Any) -> httpx.Response:
    return browser.post("/v1/cross-references", json=SAID | changed)


def test_one_is_made_and_the_order_that_waits_is_released(console: Console, held: str):
    browser = caller(console)
    made = make(browser)
    assert made.status_code == 201, made.text
    body = made.json()
    assert (body["state"], body["released"], body["by"]) == ("done", 1, "erp")
    assert [one["order_id"] for one in body["orders"]] == [held]
    assert browser.get(f"/v1/cross-references/{body['id']}").json() == body
    listed = browser.get("/v1/cross-references?kind=item&partner=acme").json()
    assert [one["id"] for one in listed["items"]] == [body["id"]]


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"ours": "NONE"}, 422, "API-030"),
        ({"partner_id": "nobody"}, None, "CFG-030"),
        ({"kind": "colour"}, 422, "API-007"),
        ({"valid_from": "soon"}, 422, None),
    ],
)
def test_what_cannot_be_is_a_problem(
    console: Console, changed: dict[str, str], status: int | None, code: str | None
):
    answer = make(caller(console), **changed)
    assert answer.status_code in (status, 404, 409, 422)
    assert code in (None, answer.json()["code"])


def test_a_partner_s_key_makes_none_and_sees_its_own(console: Console):
    theirs, other = caller(console, "partner:acme"), caller(console, "partner:other")
    assert make(theirs).status_code == 403
    id_ = make(caller(console)).json()["id"]
    assert theirs.get(f"/v1/cross-references/{id_}").status_code == 200
    assert other.get(f"/v1/cross-references/{id_}").status_code == 404


def test_the_command_says_what_was_released(
    console: Console, held: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GATEWAY_HOME", str(console.house.home))
    words = ["catalog", "map", "item", "77-9999", "BB-1002", "--partner", "acme"]
    done = CliRunner().invoke(app, [*words, "--from", "2026-11-01"])
    assert done.exit_code == 0, done.output
    assert "1 orders released, 0 still held" in done.stdout
    assert held in done.stdout


@pytest.mark.parametrize(
    "more", [["--from", "soon"], ["--partner", "nobody"], ["--about", ""]]
)
def test_the_command_takes_no_nonsense(
    console: Console, monkeypatch: pytest.MonkeyPatch, more: list[str]
):
    monkeypatch.setenv("GATEWAY_HOME", str(console.house.home))
    kind = "colour" if more[0] == "--about" else "item"
    words = ["catalog", "map", kind, "7", "NONE", "--partner", "acme", *more]
    assert CliRunner().invoke(app, words).exit_code in (1, 2)
