"""A policy of acme's that is put in force while its gateway runs."""

from __future__ import annotations

from typing import Any

from gateway.bootstrap import active_profiles, rules
from gateway.store import profiles
from tests.starters import as_yaml
from tests.unit.web.console.conftest import Console


def policy(console: Console, **changed: Any) -> None:
    """Put it in force with these keys."""
    house, gateway = console.house, console.gateway
    house.facts["policy"] |= changed
    with gateway.db.begin() as tx:
        profiles.apply(tx, "acme", as_yaml(house.facts), house.now)
    gateway.engine.use(rules(active_profiles(gateway.db), gateway.settings))
