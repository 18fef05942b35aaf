"""A gateway that talks to a partner's SFTP server and can be killed at a step.

Called by the zygote with HOME SECOND STEP URL CHANNEL; CHANNEL is the partner's channel
as JSON. The rest is as in ``driver``.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from gateway import bootstrap
from gateway.catalog.importing import read_csv
from gateway.config import Settings
from gateway.engine import Engine
from gateway.partner import Profile, load
from gateway.store import catalog
from gateway.store.database import Database
from gateway.store.secrets import SecretStore
from gateway.transport.route import Credentials, transports
from gateway.trust.keyring import Keyring
from tests.begun import give_tables
from tests.crash.driver import PARTNER, die_at
from tests.starters import texts

bootstrap.tables()  # before anything is forked
_DAY = timedelta(days=1)


def profile_with(channel: object) -> Profile:
    """The partner, with this channel for everything."""
    facts = texts(PARTNER / "profile.yaml")
    facts["channels"] = [channel]
    for one in facts["receives"] + facts["sends"]:
        one.pop("channel", None)
    profile = load(yaml.safe_dump(facts), "profile.yaml")
    assert isinstance(profile, Profile), profile
    return profile


def main(arguments: list[str]) -> None:
    """Fetch what lies there, process it, deliver the answers."""
    home, second, step, url, channel = arguments
    settings = Settings(
        home=Path(home), database_url=url, lease_s=3600, payload_inline_bytes=100
    )
    now = datetime(2026, 11, 23, 12, 0, int(second), tzinfo=UTC)
    give_tables(settings)
    db = Database.open(settings)
    if not (settings.home / "prepared").exists():
        prices = read_csv((PARTNER / "catalog.csv").read_text(), "catalog.csv")
        catalog.save(db, "acme", prices, now)
        (settings.home / "prepared").touch()
    profile, secrets = profile_with(json.loads(channel)), SecretStore(db)
    credentials = Credentials(secrets, _no_keys, lambda partner, channel: None)
    told = die_at(step)
    ways = transports(
        settings.home, [profile], settings, credentials, lambda: now, step=told
    )
    rules = bootstrap.rules([profile], settings)
    engine = Engine(db, rules, settings, ways, lambda: now, told, secrets=secrets)
    engine.inherit()
    engine.fetching.all(lambda cron, zone, moment: moment + _DAY)
    while engine.process() + engine.overdue() + engine.deliver():
        assert engine.drain(60)  # a slow lane is left to itself after a moment
    engine.close()
    db.close()


def _no_keys(partner_id: str) -> Keyring:
    raise AssertionError("SFTP needs no certificates")
