"""Who called a moment ago is known without another look."""

from __future__ import annotations

from gateway.web.doors import TRUSTED_S, Caller, Callers

ACME = Caller("key_1", "acme", "acme")


def test_a_key_is_known_for_a_while():
    callers = Callers()
    callers.note("secret", ACME, 100.0)

    assert callers.find("secret", 100.0 + TRUSTED_S / 2) == ACME
    assert callers.find("secret", 100.0 + TRUSTED_S) is None
    assert callers.find("other", 100.0) is None
