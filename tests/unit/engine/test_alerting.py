"""Alerts from their cause to the outbox, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID
from structlog.testing import capture_logs

from gateway.catalog.model import Contract
from gateway.config import Settings, Webhook
from gateway.engine import alerting, doctor
from gateway.engine.check import State
from gateway.partner import Profile
from gateway.partner.alerts import AlertKind, AlertRule, Quiet
from gateway.pipeline.ports import Failed, Outbound, Sent, Trouble
from gateway.store import catalog, keys, revocations, tables
from gateway.store.alerts import row_of
from gateway.store.sql import insert_all
from gateway.trust.pki.crl import RevocationList
from gateway.trust.pki.signature import key_sum
from tests import pki
from tests.databases import SQLITE
from tests.unit.engine.house import NOW, SAMPLES, House

GOOD = (SAMPLES / "good-small.edi").read_text()
HELD = (SAMPLES / "case-ship-to-unknown.edi").read_text()
BROKEN = (SAMPLES / "bad-require-ctt.edi").read_text()
HOOK = {
    "ops": Webhook.model_validate(
        {"url": "http://127.0.0.1:9/", "secret": "whsec_" + "QUJD" * 8}
    )
}
LATER = timedelta(minutes=2)


class Ear:
    """A way to operators that keeps what it is given, or fails as often as asked."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.failures = 0

    def send(self, outbound: Outbound) -> Sent | Failed:
        if self.failures:
            self.failures -= 1
            return Failed("busy")
        told = json.loads(b"".join(outbound.blob.chunks()))
        self.heard.append({"to": outbound.file_name} | told)
        return Sent()


class Refusing:
    """A way to operators on which nothing goes."""

    def __init__(self, said: Failed) -> None:
        self._said = said

    def send(self, outbound: Outbound) -> Sent | Failed:
        return self._said


def opened(settings: Settings, **more: Any) -> House:
    changed = {"webhooks": HOOK, "alert_to": "ops", **more}
    return House(settings.model_copy(update=changed), {}, {})


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    made = opened(settings)
    yield made
    made.close()


@pytest.fixture
def ear() -> Ear:
    return Ear()


def tell(house: House, ear: Ear) -> list[dict[str, Any]]:
    """All that operators hear until nothing is due; since the last time."""
    engine = house.gateway.engine
    engine._transports = {**engine._transports, "webhook": ear}
    before = len(ear.heard)
    while engine.alert():
        pass
    return ear.heard[before:]


def raise_many(house: House, count: int) -> None:
    rows = [
        row_of("acme", AlertKind.HELD, "CAT-301", "x", f"ord_{n}", house.now)
        for n in range(count)
    ]
    with house.gateway.db.begin() as tx:
        insert_all(tx, tables.alert, rows)


def kinds(house: House) -> list[tuple[str, str]]:
    with house.gateway.db.read() as tx:
        found = tx.execute(sa.select(tables.alert).order_by(tables.alert.c.id)).all()
    return [(row.kind, row.code) for row in found]


def test_a_held_order_is_told_once_after_the_window(house: House, ear: Ear):
    order = house.order("case-ship-to-unknown.edi")
    assert tell(house, ear) == []
    house.now += LATER
    (told,) = tell(house, ear)
    house.now += LATER
    assert told["type"] == "order.held"
    assert told["data"]["alerts"][0]["ref"] == order.order.id
    assert tell(house, ear) == []


def test_a_rejected_message_a_conflict_and_a_stray_are_noted(house: House):
    house.send(BROKEN.encode())
    house.send(GOOD.encode(), key="k")
    house.send(GOOD.replace("24.95", "24.90").encode(), key="k")
    house.send(b"no interchange at all")
    house.work()
    assert [kind for kind, _ in kinds(house)] == ["conflict", "rejected", "quarantined"]


def test_an_interchange_number_with_other_bytes_is_a_conflict(house: House):
    house.send(GOOD.encode())
    house.work()
    house.send(GOOD.replace("24.95", "24.90").encode())
    house.work()
    assert ("conflict", "ENV-001") in kinds(house)


def test_a_message_that_is_given_up_is_told_but_not_an_alert(house: House, ear: Ear):
    class Wall:
        def send(self, outbound: Outbound) -> Failed:
            return Failed("gone", trouble=Trouble.REFUSED)

    engine = house.gateway.engine
    engine._transports = {**engine._transports, "drop": Wall(), "folder": Wall()}
    house.send(GOOD.encode())
    house.work()
    failed = [one for one in kinds(house) if one[0] == "failed"]
    assert failed == [("failed", "WIRE-020")] * 2
    engine._transports = {**engine._transports, "webhook": Wall()}
    house.now += LATER
    while engine.alert():
        house.now += LATER
    assert [one for one in kinds(house) if one[0] == "failed"] == failed


def test_what_operators_were_not_told_stands_in_the_log_and_with_the_doctor(
    house: House,
):
    gone = Failed("HTTP 410", trouble=Trouble.REFUSED)
    house.gateway.engine._transports = {"webhook": Refusing(gone)}
    raise_many(house, 1)
    house.now += LATER
    with capture_logs() as logs:
        while house.gateway.engine.alert():
            pass
    (line,) = [each for each in logs if each["event"] == "alert.not_told"]
    assert (line["to"], line["attempt"], line["said"]) == ("ops", 1, "HTTP 410")
    gateway = house.gateway
    checks = doctor.of_database(gateway.db, gateway.settings, {}, house.now)
    (told,) = [one for one in checks if one.name == "alerts told"]
    assert told.state is State.WARNING
    assert told.what.endswith("the last to ops: HTTP 410")
    assert line["message"] in told.fix
    house.now += timedelta(days=8)
    checks = doctor.of_database(gateway.db, gateway.settings, {}, house.now)
    assert [one.state for one in checks if one.name == "alerts told"] == [State.OK]


def test_an_acknowledgement_that_does_not_come_is_overdue_once(house: House, ear: Ear):
    house.order()
    house.later(hours=25)
    house.work()
    house.now += LATER
    (told,) = [one for one in tell(house, ear) if one["type"] == "ack.overdue"]
    with house.gateway.db.read() as tx:
        query = sa.select(tables.outbox.c.acknowledgement).where(
            tables.outbox.c.id == told["data"]["alerts"][0]["ref"]
        )
        assert tx.execute(query).scalar_one() == "overdue"
    house.later(hours=25)
    house.work()
    assert [one for one in tell(house, ear) if one["type"] == "ack.overdue"] == []


def test_equal_causes_are_one_message_with_count_and_list(house: House, ear: Ear):
    raise_many(house, 7)
    tell(house, ear)
    house.now += LATER
    (told,) = tell(house, ear)
    assert told["data"]["count"] == 7
    assert len(told["data"]["alerts"]) == 7


def test_too_many_are_told_once_then_silence_then_calm(settings: Settings, ear: Ear):
    house = opened(settings, alert_most=10, alert_calm_s=600.0)
    tones: list[tuple[str, int, int]] = []
    for count in (6, 6, 30, 4, 0, 0, 0, 0, 0, 0, 3):
        raise_many(house, count)
        tell(house, ear)
        house.now += LATER
        for told in tell(house, ear):
            data = told["data"]
            tones.append((data["tone"], data["count"], data["withheld"]))
    house.close()
    assert tones == [
        ("news", 6, 0),
        ("too_many", 6, 0),
        ("calm", 0, 34),
        ("news", 3, 0),
    ]


def test_a_target_that_is_away_hears_it_when_it_is_back(house: House, ear: Ear):
    raise_many(house, 1)
    ear.failures = 2
    for _ in range(4):
        tell(house, ear)
        house.now += LATER
    (told,) = ear.heard
    assert told["data"]["count"] == 1


def test_a_kill_between_routing_and_queuing_loses_and_doubles_nothing(
    house: House, ear: Ear
):
    class Stumbling(dict[str, Profile]):
        def get(self, *_: Any) -> Any:
            raise RuntimeError("killed")

    raise_many(house, 3)
    engine = house.gateway.engine
    with pytest.raises(RuntimeError):
        alerting.work(engine.db, Stumbling(), engine.settings, house.now)
    tell(house, ear)
    house.now += LATER
    (told,) = tell(house, ear)
    assert told["data"]["count"] == 3


def test_a_partner_has_rules_of_its_own(house: House, ear: Ear):
    house.profile_alerts({"on": ["failed"], "to": ["ops"]})
    raise_many(house, 1)
    tell(house, ear)
    house.now += LATER
    assert tell(house, ear) == []


def test_what_is_settled_before_its_hours_is_not_told(house: House, ear: Ear):
    house.profile_alerts({"on": "held", "to": "ops", "after_h": "4"})
    order = house.order("case-ship-to-unknown.edi")
    tell(house, ear)
    house.later(hours=3)
    assert tell(house, ear) == []
    house.gateway.release(order.order.id, as_="accept", lines=(), reason="", by="x")
    house.later(hours=2)
    assert tell(house, ear) == []


def test_what_lasts_longer_than_its_hours_is_told(house: House, ear: Ear):
    house.profile_alerts({"on": "held", "to": "ops", "after_h": "4"})
    house.order("case-ship-to-unknown.edi")
    tell(house, ear)
    house.later(hours=5)
    (told,) = tell(house, ear)
    assert told["data"]["count"] == 1


def test_without_a_rule_or_a_way_there_is_only_the_log(settings: Settings, ear: Ear):
    house = opened(settings, alert_to="ops@house.example")  # no mail server
    raise_many(house, 1)
    tell(house, ear)
    house.now += LATER
    heard = tell(house, ear)
    house.close()
    assert heard == []


def test_operators_mail_is_no_message_of_the_partner(house: House, ear: Ear):
    raise_many(house, 1)
    tell(house, ear)
    house.now += LATER
    tell(house, ear)
    with house.gateway.db.read() as tx:
        owners = tx.execute(
            sa.select(tables.outbox.c.partner_id).where(
                tables.outbox.c.kind == "alert_webhook"
            )
        ).scalars()
        assert list(owners) == [""]


def test_a_contract_and_a_certificate_that_end_are_told_once(house: House, ear: Ear):
    class Ending:
        contracts = (
            contract("C1", until=date(2026, 12, 1)),
            contract("C2", until=date(2027, 12, 1)),
        )
        items = ()

    catalog.save(house.gateway.db, "acme", Ending(), house.now)
    folder = house.home / "partner_profiles" / "acme" / "certs"
    folder.mkdir(parents=True)
    (folder / "sign.pem").write_bytes(certificate(NOW + timedelta(days=9)))
    tell(house, ear)
    house.now += LATER
    heard = tell(house, ear)
    house.later(hours=30)
    assert sorted(one["type"] for one in heard) == [
        "certificate.expiring",
        "contract.expiring",
    ]
    assert [one for one in tell(house, ear) if "expiring" in one["type"]] == []


def test_a_key_that_ends_is_told_once_to_its_partners_operators(house: House, ear: Ear):
    with house.gateway.db.begin() as tx:
        keys.make(tx, "erp", "partner:acme", NOW, NOW + timedelta(days=9))
        keys.make(tx, "later", "all", NOW, NOW + timedelta(days=900))
        keys.make(tx, "ever", "all", NOW)
    tell(house, ear)
    house.now += LATER
    (heard,) = tell(house, ear)
    house.later(hours=30)
    assert (heard["type"], heard["data"]["code"]) == ("key.expiring", "SLA-006")
    assert heard["subject"] == "acme"
    assert tell(house, ear) == []


def test_a_certificate_is_told_at_each_of_its_stages_and_when_it_is_over(
    house: House, ear: Ear
):
    """So is a contract with its price list, which is not told when it is over."""
    end = NOW + timedelta(days=100)

    class Ending:
        contracts = (contract("C1", until=end.date()),)
        items = ()

    catalog.save(house.gateway.db, "acme", Ending(), house.now)
    house.facts["certificates"] = [
        {"pem": certificate(end).decode(), "uses": "as2_sign"},
        {
            "pem": certificate(end - timedelta(days=1)).decode(),
            "uses": "as2_sign",
            "state": "previous",
        },
    ]
    house.profile()
    told = []
    for day in range(102):
        house.now = NOW + timedelta(days=day)
        house.gateway.engine.alert()
    with house.gateway.db.read() as tx:
        query = sa.select(tables.alert).order_by(tables.alert.c.at)
        told = [((end - row.at).days, row.code, row.what) for row in tx.execute(query)]
    days = [90, 60, 30, 14, 7, 1]
    certificates = [one for one in told if one[1] == "SLA-004"]
    assert [one[0] for one in certificates] == [*days, 0]
    assert [one[0] for one in told if one[1] == "SLA-003"] == days
    assert certificates[0][2].startswith("certificate acme/")
    assert "has ended" in certificates[-1][2]


def trusting(house: House, **ends: datetime) -> None:
    """The partner signs below an authority whose certificates end so."""
    at_root, below = ends["anchor"], ends["intermediate"]
    top = pki.certificate("Root", ca=True, until=at_root)
    under = pki.certificate("Below", top, ca=True, until=below)
    trust = {"anchors": [{"pem": top.pem}], "intermediates": [{"pem": under.pem}]}
    house.facts["trust"] = trust
    house.profile()


@pytest.mark.parametrize("kind", [SQLITE])
def test_anchors_and_intermediates_are_told_before_they_end(house: House):
    day = timedelta(days=1)
    trusting(house, anchor=NOW + 40 * day, intermediate=NOW + 5 * day)
    house.gateway.engine.alert()
    assert sorted(raised(house)) == [
        ("SLA-004", "in 40 days"),
        ("SLA-004", "in 5 days"),
    ]


@pytest.mark.parametrize("kind", [SQLITE])
def test_a_revocation_list_is_told_at_parts_of_its_life_and_when_it_is_over(
    house: House,
):
    day = timedelta(days=1)
    trusting(house, anchor=NOW + 999 * day, intermediate=NOW + 999 * day)
    top = pki.certificate("Root", ca=True, until=NOW + 999 * day)
    until = NOW + 10 * day
    found = RevocationList.read(pki.revocations(top, since=NOW, until=until))
    signer = key_sum(top.key.public_key())
    revocations.keep(house.gateway.db, found, signer, "test", NOW)
    for hours in range(0, 11 * 24, 6):
        house.now = NOW + timedelta(hours=hours)
        house.gateway.engine.alert()
    with house.gateway.db.read() as tx:
        query = sa.select(tables.alert).order_by(tables.alert.c.at)
        left = [until - row.at for row in tx.execute(query) if row.code == "SLA-008"]
    assert left == [timedelta(days=2.5), day, timedelta(0)]


def raised(house: House) -> list[tuple[str, str]]:
    with house.gateway.db.read() as tx:
        rows = tx.execute(sa.select(tables.alert)).all()
    return [(row.code, row.what.rpartition(", ")[2]) for row in rows]


def test_old_alerts_are_forgotten(house: House, ear: Ear):
    raise_many(house, 2)
    tell(house, ear)
    house.later(hours=24 * 91)
    tell(house, ear)
    assert len(kinds(house)) == 2
    house.gateway.engine.tidy()
    assert kinds(house) == []


def contract(id_: str, until: date) -> Contract:
    start = date(2026, 1, 1)
    return Contract(
        id=id_,
        partner_id="acme",
        number=id_,
        currency="USD",
        valid_from=start,
        valid_to=until,
    )


def certificate(until: datetime) -> bytes:
    key = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "acme")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - timedelta(days=300))
        .not_valid_after(until)
        .sign(key, None)
    )
    return made.public_bytes(serialization.Encoding.PEM)


def due(at: datetime, **quiet: str) -> datetime:
    rule = AlertRule(on=("all",), to=("ops",), quiet=Quiet.model_validate(quiet))
    return alerting.due_at(rule, at, 0)


@pytest.mark.parametrize(
    ("at", "then"),
    [
        ("2026-11-21T20:30", "2026-11-21T20:30"),  # 21:30 in Paris
        ("2026-11-21T21:00", "2026-11-22T05:00"),
        ("2026-11-22T04:59", "2026-11-22T05:00"),
        ("2026-11-22T05:00", "2026-11-22T05:00"),
        ("2026-03-28T22:00", "2026-03-29T04:00"),  # the night that is an hour short
    ],
)
def test_quiet_hours_are_those_of_the_place(at: str, then: str):
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    night = {"from": "22:00", "to": "06:00", "zone": "Europe/Paris"}
    assert due(moment, **night) == datetime.fromisoformat(then).replace(tzinfo=UTC)


def test_quiet_hours_within_a_day():
    noon = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
    assert due(noon, **{"from": "12:00", "to": "13:00"}).hour == 13
