"""Who called a moment ago is known without another look."""

from __future__ import annotations

import asyncio

import httpx

from gateway.store import keys
from gateway.web.doors import TRUSTED_S, Caller, Callers
from tests.unit.web.conftest import NOW

ACME = Caller("key_1", "acme", "acme")


def test_a_key_is_known_for_a_while():
    callers = Callers()
    callers.note("secret", ACME, 100.0)

    assert callers.find("secret", 100.0 + TRUSTED_S / 2) == ACME
    assert callers.find("secret", 100.0 + TRUSTED_S) is None
    assert callers.find("other", 100.0) is None


def test_a_key_that_ends_is_not_known_longer_than_that():
    callers = Callers()
    callers.note("secret", Caller("key_1", "acme", "acme", 0.5), 100.0)

    assert callers.find("secret", 100.4) is not None
    assert callers.find("secret", 100.5) is None


def test_a_key_that_has_ended_opens_nothing_and_says_so(house):
    with house.engine.db.begin() as tx:
        _, secret = keys.make(tx, "erp", "all", NOW, NOW)
    bearer = {"Authorization": f"Bearer {secret}"}
    answer = httpx.get(f"{house.address}/v1/orders", headers=bearer)

    assert (answer.status_code, answer.json()["code"]) == (401, "API-017")
    assert answer.headers["www-authenticate"] == 'Bearer realm="gateway"'


def test_a_key_is_looked_up_once_for_all_who_ask_at_the_same_time():
    callers, looks = Callers(), []

    async def look_up() -> Caller:
        looks.append(1)
        await asyncio.sleep(0.01)
        return Caller("key_1", "one", "globex")

    async def ask() -> list[Caller]:
        return await asyncio.gather(*(callers.once("key", look_up) for _ in range(9)))

    found = asyncio.run(ask())

    assert looks == [1]
    assert {caller.key_id for caller in found} == {"key_1"}
