"""Who called a moment ago is known without another look."""

from __future__ import annotations

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
