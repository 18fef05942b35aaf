"""Our private keys as rows, and the keyrings they are part of, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.config import Settings
from gateway.findings import Finding
from gateway.partner import Profile, load
from gateway.store import keyrings, own_keys, profiles, sealed, tables
from gateway.store.database import Database, Unavailable
from gateway.store.key_making import Kind, certificate, kind_of, private_key
from gateway.store.keyrings import Keyrings
from gateway.store.own_keys import KeptKey, NewKey
from gateway.store.secrets import SecretStore
from gateway.trust.files import key_pem, pem
from gateway.trust.keyring import Certified, State, Use
from tests.starters import FOLDER, texts
from tests.unit.store.test_secrets import opened

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BOTH = frozenset({Use.AS2_SIGN, Use.AS2_ENCRYPT})


@pytest.fixture
def db(settings: Settings, tmp_path: Path) -> Iterator[Database]:
    file = tmp_path / "k1"
    file.write_bytes(b"k" * 32)
    found = opened(settings, file)
    yield found
    found.close()


def new(name: str = "ours", **more: Any) -> NewKey:
    key = ec.generate_private_key(ec.SECP256R1())
    made = certificate(key, name, BOTH, NOW, 365)
    state = more.pop("state", State.CURRENT)
    one = Certified(certificate=made, uses=BOTH, state=state, name=name)
    return NewKey(certified=one, private_key=key, **more)


def add(db: Database, one: NewKey, now: datetime = NOW) -> KeptKey:
    with db.begin() as tx:
        kept = own_keys.add(tx, db.payloads.keys, one, "created", now)
    assert isinstance(kept, KeptKey), kept
    return kept


def load_all(db: Database) -> tuple[list[str], list[str]]:
    with db.read() as tx:
        keys, found = own_keys.load(tx, SecretStore(db, {}))
    return [key.id for key in keys.all], [one.what for one in found]


def events(db: Database) -> list[tuple[str, str]]:
    with db.read() as tx:
        rows = tx.execute(sa.select(tables.event).order_by(tables.event.c.id)).all()
    assert all("PRIVATE" not in row.detail for row in rows)
    return [(row.name, row.ref) for row in rows]


def test_a_key_is_sealed_and_opens_again(db: Database):
    one = new()
    kept = add(db, one)
    column = sa.type_coerce(tables.own_key.c.private_key, sa.LargeBinary)
    with db.read() as tx:
        raw = bytes(tx.execute(sa.select(column)).scalar_one())
        keys, _ = own_keys.load(tx, SecretStore(db, {}))
    assert sealed.sealed_under(raw) == "k1"
    assert b"PRIVATE" not in raw
    (key,) = keys.all
    assert key_pem(key.private_key) == key_pem(one.private_key)
    assert (key.id, key.certificate) == (kept.id, one.certified.certificate)
    assert events(db) == [("key.created", kept.id)]


def test_without_a_key_to_seal_under_no_private_key_is_kept(settings: Settings):
    db = Database.open(settings)
    with db.begin() as tx:
        found = own_keys.add(tx, db.payloads.keys, new(), "created", NOW)
        assert own_keys.every(tx) == ()
    db.close()
    assert isinstance(found, Finding)
    assert found.code == "CFG-043"


@pytest.mark.parametrize("use", Use)
def test_a_certificate_can_be_made_for_every_use(use: Use):
    made = certificate(private_key(Kind.P256), "ours", {use}, NOW, 365)
    assert made.not_valid_after_utc == NOW + 365 * DAY


@pytest.mark.parametrize("name", ["edi.example.com", "192.0.2.7"])
def test_a_servers_certificate_is_for_its_host(name: str):
    made = certificate(private_key(Kind.P256), name, {Use.TLS_SERVER}, NOW, 365)
    found = made.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert [str(one.value) for one in found.value] == [name]


def test_the_same_certificate_is_not_kept_twice(db: Database):
    one = new()
    add(db, one)
    with db.begin() as tx:
        found = own_keys.add(tx, db.payloads.keys, one, "imported", NOW)
    assert isinstance(found, Finding)
    assert found.code == "CFG-041"


def test_a_key_by_reference_stays_where_it_is(settings: Settings, tmp_path: Path):
    db = Database.open(settings)
    file = tmp_path / "key.pem"
    one = new(reference=f"file:{file}")
    kept = add(db, one)
    _, gone = load_all(db)
    file.write_text(key_pem(one.private_key))
    assert load_all(db) == ([kept.id], [])
    file.write_text(key_pem(ec.generate_private_key(ec.SECP256R1())))
    _, other = load_all(db)
    file.write_text("no key")
    _, none = load_all(db)
    db.close()
    assert "CFG-042" in gone[0]
    assert "does not belong" in other[0]
    assert "no private key" in none[0]


def test_a_key_whose_seal_cannot_be_opened_is_left_out(
    db: Database, settings: Settings
):
    kept = add(db, new())
    without = Database.open(settings)
    ids, found = load_all(without)
    without.close()
    assert ids == []
    assert kept.id in found[0]
    assert "CFG-032" in found[0]


def test_a_roll_over_takes_effect_at_its_moment_and_the_old_key_still_opens(
    db: Database,
):
    old, then = add(db, new("old")), NOW + 7 * DAY
    next_ = add(db, new("new", state=State.PLANNED))
    with db.begin() as tx:
        over = own_keys.roll_over(tx, next_, then, NOW)
    with db.read() as tx:
        keys, _ = own_keys.load(tx, SecretStore(db, {}))
    moments = (NOW, then - timedelta(seconds=1), then, then + DAY)
    signing = [key.id for at in moments if (key := keys.signing(at))]
    assert [one.id for one in over] == [old.id]
    assert signing == [old.id, old.id, next_.id, next_.id]
    assert {key.id for key in keys.decrypting()} == {old.id, next_.id}
    assert events(db)[2:] == [
        ("key.succeeded", old.id),
        ("key.rolled_over", next_.id),
    ]


def test_a_roll_over_for_one_partner_leaves_the_others_alone(db: Database):
    everybody = add(db, new("all"))
    acme = add(db, new("acme", partner_id="acme", state=State.PLANNED))
    with db.begin() as tx:
        assert own_keys.roll_over(tx, acme, NOW, NOW) == ()
    with db.read() as tx:
        keys, _ = own_keys.load(tx, SecretStore(db, {}))
    signs = {
        partner: key.id
        for partner in ("acme", "other")
        if (key := keys.towards(partner).signing(NOW))
    }
    assert signs == {"acme": acme.id, "other": everybody.id}


def test_a_retired_key_opens_until_it_is_destroyed(db: Database):
    kept = add(db, new())
    with db.begin() as tx:
        own_keys.retire(tx, kept, NOW, revoked=True, destroy=False)
    with db.read() as tx:
        keys, _ = own_keys.load(tx, SecretStore(db, {}))
    assert keys.signing(NOW) is None
    assert [key.id for key in keys.decrypting()] == [kept.id]
    with db.begin() as tx:
        revoked = own_keys.find(tx, kept.id)
        assert isinstance(revoked, KeptKey)
        own_keys.retire(tx, revoked, NOW, revoked=False, destroy=True)
        assert isinstance(own_keys.find(tx, kept.id), Finding)
    with db.read() as tx:
        (row,) = tx.execute(sa.select(tables.own_key)).all()
        (known,) = own_keys.every(tx)
        assert isinstance(own_keys.opened(tx, known, SecretStore(db, {})), Finding)
    assert load_all(db) == ([], [])
    assert (row.private_key, row.state) == ("", "revoked")
    assert [name for name, _ in events(db)] == [
        "key.created",
        "key.retired",
        "key.retired",
        "key.destroyed",
    ]


def test_a_key_is_found_by_its_id_or_its_name(db: Database):
    first, _ = add(db, new("one")), add(db, new("two"))
    twins = [add(db, new("twin")) for _ in range(2)]
    with db.read() as tx:
        assert own_keys.find(tx, "one") == first
        assert own_keys.find(tx, twins[1].id) == twins[1]
        for word in ("twin", "none"):
            found = own_keys.find(tx, word)
            assert isinstance(found, Finding)
            assert found.code == "CFG-044"


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("sort", [Kind.P256, Kind.P384, Kind.P521, Kind.RSA2048])
def test_a_successor_is_of_the_same_kind(sort: Kind, kind: str):
    assert kind_of(private_key(sort)) is sort


# Keyrings.


def profile_text(*entries: dict[str, Any], **changes: Any) -> str:
    facts = texts(FOLDER / "acme" / "profile.yaml")
    facts["certificates"] = list(entries)
    return yaml.safe_dump(facts | changes)


def entry(cert: Any, state: str = "current") -> dict[str, Any]:
    return {"pem": pem([cert]), "uses": ["as2_sign", "as2_encrypt"], "state": state}


def apply(db: Database, text: str) -> None:
    with db.begin() as tx:
        profiles.apply(tx, "acme", text, NOW)


THEIRS = new("theirs").certified.certificate
NEXT = new("next").certified.certificate


def known(rings: Keyrings, partner: str = "acme") -> tuple[Any, ...]:
    ring = rings.of(partner)
    return (ring.theirs.encrypting(NOW), *(key.id for key in ring.ours.all))


def test_a_keyring_has_their_certificates_and_our_keys(db: Database):
    apply(db, profile_text(entry(THEIRS)))
    kept = add(db, new())
    other = add(db, new("other", partner_id="other"))
    rings = Keyrings(db, SecretStore(db, {}))
    assert known(rings) == (THEIRS, kept.id)
    assert known(rings, "other") == (None, kept.id, other.id)


def test_what_another_process_changed_is_seen_within_its_time(
    db: Database, monkeypatch: pytest.MonkeyPatch
):
    now = 1000.0
    monkeypatch.setattr("gateway.store.keyrings.time.monotonic", lambda: now)
    apply(db, profile_text(entry(THEIRS)))
    rings = Keyrings(db, SecretStore(db, {}))
    assert known(rings) == (THEIRS,)
    apply(db, profile_text(entry(THEIRS, "revoked"), entry(NEXT)))
    kept = add(db, new(), NOW + DAY)
    assert known(rings) == (THEIRS,)
    now += keyrings.FRESH_S
    assert known(rings) == (NEXT, kept.id)
    assert rings.of("acme").theirs.verifying(Use.AS2_SIGN, NOW) == (NEXT,)
    apply(db, profile_text(entry(THEIRS)))
    rings.refresh()
    assert known(rings) == (THEIRS, kept.id)


def test_a_profile_that_is_in_no_database_is_taken_from_those_in_use(db: Database):
    text = profile_text(entry(THEIRS))
    profile = load(text, "acme")
    assert isinstance(profile, Profile)
    rings = Keyrings(db, SecretStore(db, {}))
    rings.use({"acme": profile})
    assert known(rings) == (THEIRS,)


def test_while_the_database_is_away_what_is_known_holds(
    db: Database, monkeypatch: pytest.MonkeyPatch
):
    apply(db, profile_text(entry(THEIRS)))
    rings, fresh = (Keyrings(db, SecretStore(db, {})) for _ in range(2))
    assert known(rings) == (THEIRS,)

    def away(*_: object) -> None:
        raise Unavailable("", {}, Exception("away"))

    monkeypatch.setattr(profiles, "numbers", away)
    rings.refresh()
    assert known(rings) == (THEIRS,)
    with pytest.raises(Unavailable):
        fresh.of("acme")


def test_what_is_believed_of_their_certificates_leaves_events(db: Database):
    apply(db, profile_text(entry(THEIRS)))
    apply(db, profile_text(entry(THEIRS, "previous"), entry(NEXT)))
    apply(db, profile_text(entry(NEXT)))
    with db.read() as tx:
        rows = tx.execute(sa.select(tables.event).order_by(tables.event.c.id)).all()
    told = [
        (row.name, json.loads(row.detail).get("state", ""))
        for row in rows
        if row.name.startswith("certificate.")
    ]
    assert told == [
        ("certificate.stated", "current"),
        ("certificate.stated", "previous"),
        ("certificate.stated", "current"),
        ("certificate.removed", ""),
    ]
