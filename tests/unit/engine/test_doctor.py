"""What the doctor finds on installations with something wrong."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.cli import doctor as command
from gateway.config import Settings, Webhook
from gateway.engine import doctor
from gateway.engine.check import Check, State
from gateway.partner import Profile
from gateway.store import list_sources, own_keys, revocations, tables, users
from gateway.store.database import Database
from gateway.store.key_making import Kind, private_key
from gateway.store.key_making import certificate as key_certificate
from gateway.store.own_keys import NewKey
from gateway.trust.files import key_pem
from gateway.trust.keyring import Certified, Use
from gateway.trust.pki.crl import RevocationList
from gateway.trust.pki.signature import key_sum
from tests import pki
from tests.databases import POSTGRESQL, SQLITE
from tests.starters import starter_profile
from tests.unit.engine.house import SAMPLES, House
from tests.unit.engine.test_alerting import certificate
from tests.unit.pipeline.test_signed import root

GOOD = (SAMPLES / "good-small.edi").read_text()


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    settings.home.chmod(0o700)
    made = House(settings, {}, {})
    yield made
    made.close()


def looked(house: House, profiles: Mapping[str, Profile] | None = None) -> list[Check]:
    gateway = house.gateway
    return [
        *doctor.before(gateway.settings, {}),
        *doctor.of_database(gateway.db, gateway.settings, profiles or {}, house.now),
    ]


def bad(checks: list[Check]) -> dict[str, State]:
    """What is not well; the server of the tests may lose rows and is quick."""
    return {
        one.name: one.state
        for one in checks
        if one.state is not State.OK and "a crash can lose" not in one.what
    }


def test_a_new_installation_is_well(house: House):
    assert bad(looked(house)) == {}


def test_every_check_that_is_not_well_says_what_to_do(house: House):
    house.send(GOOD.encode())
    house.later(hours=2)
    found = [one for one in looked(house) if one.state is not State.OK]
    assert found
    assert all(one.what and one.fix for one in found)


def test_a_console_that_nobody_can_log_in_to_is_told(house: House):
    db = house.gateway.db
    assert "console" not in bad(looked(house))  # nobody needs it yet
    with db.begin() as tx:
        users.add(tx, "mia", "admin", house.now, password=secrets.token_hex())
    assert "console" not in bad(looked(house))
    with db.begin() as tx:
        (mia,) = users.every(tx)
        users.disable(tx, mia, house.now, by="test")
        users.add(tx, "by-openid", "viewer", house.now)
    (told,) = [one for one in looked(house) if one.name == "console"]
    assert told.state is State.WARNING
    assert "gateway users add" in told.fix
    by_provider = house.gateway.settings.model_copy(
        update={"oidc_issuer": "https://login.example"}
    )
    every = doctor.of_database(db, by_provider, {}, house.now)
    assert "console" not in bad([*every])


def test_work_that_nobody_does_is_found(house: House):
    house.send(GOOD.encode())
    house.later(minutes=10)
    assert bad(looked(house))["receipts"] is State.WARNING
    house.later(hours=2)
    assert bad(looked(house))["receipts"] is State.FAULT
    house.gateway.engine.process()
    house.later(hours=2)
    assert bad(looked(house))["outbox"] is State.FAULT


def test_quarantine_is_found(house: House):
    house.send(b"nothing of X12")
    house.work()
    assert bad(looked(house))["quarantine"] is State.WARNING


def test_a_clock_that_went_back_is_found(house: House):
    house.send(GOOD.encode())
    house.work()
    house.now -= timedelta(days=1)
    assert bad(looked(house))["clock"] is State.FAULT


def test_tables_of_another_version_are_found(house: House):
    with house.gateway.db.begin() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    assert bad(looked(house)) == {"database": State.FAULT}
    with house.gateway.db.begin() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))


def test_a_dead_worker_is_found(house: House):
    row = {"owner": "elsewhere:1:own_1", "key": 77, "since": house.now}
    if house.gateway.db.is_sqlite:
        row["owner"] = f"{os.uname().nodename}:{_free_pid()}:own_1"
    with house.gateway.db.begin() as tx:
        tx.execute(sa.insert(tables.worker), [row])
    assert bad(looked(house))["workers"] is State.WARNING


def _free_pid() -> int:
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


def test_a_server_that_is_gone_is_a_fault_and_no_crash(tmp_path: Path):
    url = "postgresql+psycopg://u:hidden@127.0.0.1:9/x"
    at = Settings(home=tmp_path, database_url=url, busy_timeout_s=1)
    found = list(command.examine(at))
    assert bad(found)["database"] is State.FAULT
    assert not any("hidden" in one.whole for one in found)


@pytest.mark.parametrize("kind", [POSTGRESQL])
def test_what_a_server_risks_is_found(house: House):
    found = [one for one in looked(house) if one.name == "postgresql"]
    with house.gateway.db.read() as tx:
        fsync = tx.execute(sa.text("SHOW fsync")).scalar_one()
    assert any("fsync" in one.what for one in found) == (fsync == "off")


def test_no_gateway_is_a_fault(tmp_path: Path):
    found = list(command.examine(Settings(home=tmp_path)))
    assert bad(found)["database"] is State.FAULT


@pytest.mark.parametrize("kind", [SQLITE])
def test_folders_that_others_may_write_are_found(house: House):
    (house.home / "partners").mkdir(exist_ok=True)
    (house.home / "partners").chmod(0o777)
    assert bad(looked(house))["folders"] is State.FAULT


@pytest.mark.parametrize("kind", [SQLITE])
def test_certificates_are_judged_by_their_days(house: House):
    folder = house.home / "partner_profiles" / "acme" / "certs"
    folder.mkdir(parents=True)
    (folder / "x.pem").write_bytes(b"no certificate")
    assert bad(looked(house))["certificates"] is State.WARNING
    (folder / "x.pem").write_bytes(certificate(_ago(days=1)))
    assert bad(looked(house))["certificates"] is State.FAULT


@pytest.mark.parametrize("kind", [SQLITE])
def test_a_private_key_that_cannot_be_used_or_lies_open_is_told(
    house: House, tmp_path: Path
):
    file = tmp_path / "key.pem"
    key = private_key(Kind.P256)
    uses = frozenset({Use.AS2_SIGN})
    made = key_certificate(key, "ours", uses, datetime.now(UTC), 365)
    new = NewKey(
        certified=Certified(certificate=made, uses=uses, name="ours"),
        private_key=key,
        reference=f"file:{file}",
    )
    db = house.gateway.db
    with db.begin() as tx:
        own_keys.add(tx, db.payloads.keys, new, "created", datetime.now(UTC))
    assert bad(looked(house))["own keys"] is State.FAULT
    file.write_text(key_pem(key))
    file.chmod(0o644)
    assert bad(looked(house))["own keys"] is State.FAULT
    file.chmod(0o600)
    assert "own keys" not in bad(looked(house))


@pytest.mark.parametrize("kind", [SQLITE])
def test_revocation_lists_are_told_before_they_end_and_when_they_have(house: House):
    trust = {"anchors": [{"pem": root().pem}]}
    agency = {"acme": starter_profile("acme", trust=trust)}

    def told(profiles: Mapping[str, Profile] = agency) -> State | None:
        return bad(looked(house, profiles)).get("revocation lists")

    assert told() is State.WARNING
    since, until = house.now, house.now + timedelta(days=8)
    found = RevocationList.read(pki.revocations(root(), since=since, until=until))
    signer = key_sum(root().key.public_key())
    revocations.keep(house.gateway.db, found, signer, "test", since)
    assert told() is None
    house.later(days=7)
    assert told() is State.WARNING
    house.later(days=1)
    assert told() is State.FAULT
    assert told({}) is None


@pytest.mark.parametrize("kind", [SQLITE])
def test_a_list_that_cannot_be_fetched_is_told(house: House):
    db, now = house.gateway.db, house.now
    list_sources.note(db, ["http://crl.example/a.crl"], now)
    source = list_sources.lease(db, ["http://crl.example/a.crl"], "a", now, now)
    assert source is not None
    assert "revocation lists" not in bad(looked(house))
    list_sources.settle(db, replace(source, said="HTTP 404"), "a", now)
    assert bad(looked(house))["revocation lists"] is State.WARNING


def test_an_as2_partner_without_certificates_is_told_what_is_missing(house: House):
    house.facts["channels"] = [
        *house.facts["channels"],
        {
            "id": "as2",
            "kind": "as2",
            "url": "https://as2.example.com/as2",
            "names": {"ours": "US", "theirs": "ACME"},
        },
    ]
    house.profile()
    profiles = {one.id: one for one in house.gateway.profiles}
    told = [one.what for one in looked(house, profiles) if one.name == "as2 keys"]
    assert len(told) == 4
    assert sum("of ours" in what for what in told) == 2


@pytest.mark.parametrize("kind", [SQLITE])
def test_a_secret_that_a_profile_refers_to_and_nobody_set_is_told(house: House):
    profile = house.gateway.profiles[0].model_copy(update={"patch": "secret:none"})
    found = bad(looked(house, {"acme": profile}))
    assert found["secrets"] is State.FAULT


def _ago(**time_: float) -> datetime:
    return datetime.now(UTC) - timedelta(**time_)


def test_a_variable_that_does_nothing_is_told_with_its_neighbour(tmp_path: Path):
    (one,) = [
        check
        for check in doctor.before(Settings(home=tmp_path), {"GATEWAY_PROT": "1"})
        if "GATEWAY_PROT" in check.what
    ]
    assert one.state is State.WARNING
    assert "GATEWAY_PORT" in one.fix


def production(tmp_path: Path, **more: Any) -> list[str]:
    at = Settings(home=tmp_path, env="production", alert_to="ops", **more)
    found = doctor.before(at, {})
    return [one.what for one in found if one.name == "production"]


def test_production_asks_for_a_key_and_for_tls(tmp_path: Path):
    hook = {"url": "http://hooks.example/", "secret": "whsec_" + "QUJD" * 8}
    more = {
        "host": "0.0.0.0",  # noqa: S104  what is to be found
        "webhooks": {"ops": Webhook.model_validate(hook)},
        "smtp_host": "mail.example",
        "smtp_user": "gateway",
        "smtp_security": "none",
    }
    found = " ".join(production(tmp_path, **more))
    for word in ("without encryption", "without TLS", "webhook ops", "password"):
        assert word in found


def test_production_with_all_of_it_is_well(tmp_path: Path):
    assert production(tmp_path, payload_key="k1=env:PAYLOAD_KEY") == []


def test_targets_without_a_way_are_found(house: House):
    house.profile_alerts({"on": "all", "to": ["ops@house.example", "pager"]})
    profiles = house.gateway.engine.rules.directory.profiles
    found = [one for one in looked(house, profiles) if one.name == "alert targets"]
    assert [one.state for one in found] == [State.FAULT] * 2


@pytest.mark.parametrize(
    ("address", "state"),
    [
        ({}, State.WARNING),
        ({"shop_url": "http://shop.example/shop"}, State.WARNING),
        ({"shop_url": "https://shop.example/shop"}, State.OK),
        ({"cxml_url": "https://edi.example/cxml"}, State.OK),
    ],
)
def test_a_shop_needs_an_address_that_browsers_find(
    tmp_path: Path, address: dict[str, Any], state: State
):
    settings = Settings(home=tmp_path, **address)
    buyer = starter_profile("aldersey-power")
    (found,) = doctor.shop(settings, {buyer.id: buyer})
    assert (found.name, found.state) == ("shop", state)
    assert list(doctor.shop(settings, {})) == []


def test_it_looks_and_changes_nothing(house: House):
    before = contents(house.gateway.db)
    time.sleep(0.01)
    looked(house)
    assert contents(house.gateway.db) == before


def contents(db: Database) -> dict[str, int]:
    with db.read() as tx:
        count = sa.func.count()
        every = tables.metadata.sorted_tables
        return {
            t.name: tx.execute(sa.select(count).select_from(t)).scalar_one()
            for t in every
        }


def test_signed_files_without_a_key_to_sign_with_are_told(house: House):
    house.facts["trust"] = {"sign": {}}
    house.profile()
    profiles = {one.id: one for one in house.gateway.profiles}
    told = [one for one in looked(house, profiles) if one.name == "signing keys"]
    assert [one.state for one in told] == [State.FAULT]


def test_few_open_files_are_a_warning():
    program = (
        "import resource; from gateway.engine import doctor;"
        " resource.setrlimit(resource.RLIMIT_NOFILE, (200, {hard}));"
        " print([(one.name, one.state) for one in doctor._open_files()])"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", program.format(hard=hard)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for hard in (400, 1024)
    ]

    assert said == [f"[('open files', {State.WARNING!r})]", "[]"]


@pytest.mark.parametrize("kind", [SQLITE])  # the server's tables are of all tests
def test_a_table_that_is_not_there_is_named(house: House):
    with house.gateway.db.begin() as tx:
        tx.exec_driver_sql("DROP TABLE list_source")

    found = [one for one in looked(house) if "list_source" in one.what]

    assert found[0].name == "database"
    assert found[0].state is State.FAULT
    assert "Restore a backup" in found[0].fix


@pytest.mark.parametrize("kind", [POSTGRESQL])
def test_a_server_that_ends_statements_soon_is_told(settings: Settings):
    joined = "&" if "?" in settings.database_url else "?"
    options = f"{joined}options=-cstatement_timeout%3D9s"
    url = f"{settings.database_url}{options}"
    with closing(
        Database.open(settings.model_copy(update={"database_url": url}))
    ) as db:
        found = [*doctor.of_database(db, settings, {}, datetime.now(UTC))]
        patient = settings.model_copy(update={"database_silence_s": 8})
        well = [*doctor.of_database(db, patient, {}, datetime.now(UTC))]
    what = "the server ends each statement after 9 s"
    assert [one.state for one in found if one.what == what] == [State.WARNING]
    assert not any(one.what == what for one in well)
