"""An order with its evidence: attested, exported, verified offline, deleted."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.bootstrap import Gateway
from gateway.config import Settings
from gateway.evidence import bundle
from gateway.evidence.signing import Signer
from gateway.store import evidence, queries, tables, verifying
from gateway.store.database import Unavailable
from gateway.store.evidence import Gathered
from gateway.store.retention import sweep
from tests.unit.engine.house import NOW, SAMPLES, House


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    days = {
        "retain_messages_days": 90,
        "retain_payloads_days": 60,
        "retain_events_days": 120,
    }
    made = House(settings.model_copy(update=days), {}, {"orders": ["json"]})
    yield made
    made.close()


def gathered(house: House, id_: str) -> Gathered:
    engine, db = house.gateway.engine, house.gateway.db
    while engine.seal():
        pass
    with db.read() as tx:
        found = evidence.gather(tx, db.payloads, id_, engine.anchor.public_keys())
    assert found is not None
    return found


def exported(house: House, id_: str) -> bytes:
    out = io.BytesIO()
    bundle.write(
        gathered(house, id_).evidence, house.gateway.engine.anchor.signer(), out
    )
    return out.getvalue()


def codes(house: House, id_: str) -> list[str]:
    found = gathered(house, id_)
    return [f.code for f in (*found.findings, *bundle.hold(found.evidence))]


def chain(house: House) -> list[str]:
    engine, db = house.gateway.engine, house.gateway.db
    while engine.seal():
        pass
    head = engine.anchor.head()
    with db.read() as tx:
        keys = engine.anchor.public_keys()
        seen = verifying.verify(tx, keys, [head] if head else [])
        found = [*seen.findings, *verifying.payloads(tx, db.payloads)]
    return [each.code for each in found if each]


def rewritten(data: bytes, **changed: bytes | None) -> bytes:
    """A bundle with other members; none takes one away."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        members = {name: old.read(name) for name in old.namelist()} | changed
        for name, content in members.items():
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


def verified(data: bytes) -> list[str]:
    return sorted({f.code for f in bundle.verify(io.BytesIO(data)).findings})


def test_a_bundle_has_what_came_what_went_and_what_was_decided(house: House):
    order = house.order()

    found = gathered(house, order.order.id)

    kinds = sorted(m.kind for m in found.evidence.members if m.kind != "facts")
    assert kinds == ["received", "sent", "sent", "sent", "version"]
    assert found.findings == []
    (received,) = (m for m in found.evidence.members if m.kind == "received")
    raw = (house.home.parent / "raw").resolve()
    raw.write_bytes(b"".join(received.content.chunks()))
    assert raw.read_bytes().startswith(b"ISA")


def test_a_bundle_proves_itself(house: House):
    data = exported(house, house.order().order.id)

    told = bundle.verify(io.BytesIO(data))

    assert told.findings == []
    assert told.about["about"] == "order"
    assert told.events >= 4


def test_a_transmission_has_a_bundle_too(house: House):
    order = house.order()

    data = exported(house, order.order.receipt_id)

    assert verified(data) == []


def test_the_same_evidence_gives_the_same_bytes(house: House):
    id_ = house.order().order.id

    assert exported(house, id_) == exported(house, id_)


def test_plain_tools_agree_with_a_bundle(house: House, tmp_path: Path):
    data = exported(house, house.order().order.id)
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        opened.extractall(tmp_path / "b")
    (key,) = (tmp_path / "b" / "keys").iterdir()

    command = ["sha256sum", "--quiet", "-c", "SHA256SUMS"]
    sums = subprocess.run(command, cwd=tmp_path / "b", check=False)
    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", str(key)]
    command += ["-in", "manifest.json", "-sigfile", "manifest.sig"]
    signed = subprocess.run(command, cwd=tmp_path / "b", check=False)

    assert (sums.returncode, signed.returncode) == (0, 0)


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("events.jsonl", {"EVD-001", "EVD-009"}),
        ("facts/order.json", {"EVD-001", "EVD-009"}),
        ("order/version-1.jsonl", {"EVD-001", "EVD-009"}),
        ("chain.json", {"EVD-011"}),
        ("manifest.json", {"EVD-011"}),
        ("manifest.sig", {"EVD-006", "EVD-009"}),
        ("SHA256SUMS", {"EVD-009"}),
    ],
)
def test_a_changed_member_is_found(house: House, member: str, expected: set[str]):
    data = exported(house, house.order().order.id)

    assert set(verified(rewritten(data, **{member: b"changed\n"}))) >= expected


def test_a_member_that_was_added_or_taken_away_is_found(house: House):
    data = exported(house, house.order().order.id)

    assert verified(rewritten(data, **{"more.txt": b"x"})) == ["EVD-009"]
    assert verified(rewritten(data, **{"facts/sent.json": None})) == ["EVD-009"]


def test_a_bundle_made_up_with_another_key_is_seen(house: House):
    order = house.order()
    out = io.BytesIO()
    bundle.write(gathered(house, order.order.id).evidence, Signer.new(), out)

    own = house.gateway.engine.anchor.signer().public
    told = bundle.verify(io.BytesIO(out.getvalue()), own)

    assert [found.code for found in told.findings] == ["EVD-012"]


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"no zip at all", b"PK\x05\x06" + b"\0" * 18]
)
def test_a_file_that_is_no_bundle_is_told(data: bytes):
    assert verified(data) == ["EVD-011"]


# What is changed in the database.


def test_a_changed_version_of_an_order_is_found(house: House):
    id_ = house.order().order.id
    assert codes(house, id_) == []
    version = tables.order_version
    with house.gateway.db.begin() as tx:
        text = tx.execute(sa.select(version.c.text)).scalar_one()
        tx.execute(sa.update(version).values(text=text.replace("acme", "acne")))

    assert codes(house, id_) == ["EVD-007"]
    assert chain(house) == ["EVD-007"]


def test_changed_bytes_are_found(house: House):
    order = house.order()
    payload = tables.payload
    with house.gateway.db.begin() as tx:
        sum_ = sa.select(tables.receipt.c.sha256).scalar_subquery()
        mine = sa.update(payload).where(payload.c.sha256 == sum_)
        tx.execute(mine.values(body=b"\x00ISA*other"))

    assert codes(house, order.order.id) == ["EVD-007"]
    assert chain(house) == ["EVD-007"]


def test_bytes_and_sum_changed_together_are_found(house: House):
    """The receipt names what is there; the event does not."""
    order = house.order()
    other = b"ISA*other"
    sum_ = hashlib.sha256(other).hexdigest()
    with house.gateway.db.begin() as tx:
        tx.execute(
            tables.payload.insert(),
            [
                {
                    "sha256": sum_,
                    "size": len(other),
                    "body": b"\x00" + other,
                    "kept_at": house.now,
                }
            ],
        )
        tx.execute(sa.update(tables.receipt).values(sha256=sum_))

    assert codes(house, order.order.id) == ["EVD-007"]


def test_a_message_that_was_exchanged_is_found(house: House):
    order = house.order()
    box = tables.outbox.c
    with house.gateway.db.begin() as tx:
        raw = tx.execute(sa.select(tables.receipt.c.sha256)).scalar_one()
        mine = sa.update(tables.outbox).where(box.kind == "x12_855")
        tx.execute(mine.values(content_sha256=raw))

    assert codes(house, order.order.id) == ["EVD-007"]


def test_a_changed_event_of_the_order_is_found(house: House):
    id_ = house.order().order.id
    gathered(house, id_)
    with house.gateway.db.begin() as tx:
        mine = sa.update(tables.event).where(tables.event.c.ref == id_)
        tx.execute(mine.values(at=NOW))

    assert "EVD-006" in codes(house, id_)


# Retention.


def count(house: House, table: sa.Table) -> int:
    with house.gateway.db.read() as tx:
        query = sa.select(sa.func.count()).select_from(table)
        return int(tx.execute(query).scalar_one())


def test_young_things_stay(house: House):
    house.order()
    house.later(days=30)

    assert house.gateway.engine.retain().total == 0


def test_a_trial_deletes_nothing(house: House):
    house.order()
    house.gateway.engine.seal()
    house.later(days=200)

    trial = house.gateway.engine.retain(is_trial=True)

    assert (trial.transmissions, trial.messages) == (1, 3)
    assert trial.payloads == 4
    assert count(house, tables.receipt) == 1
    assert count(house, tables.payload) == 4


def test_bytes_go_first_and_the_rest_tells_so(house: House):
    order = house.order()
    message = order.answers[0].id
    house.later(days=70)

    done = house.gateway.engine.retain()

    assert (done.transmissions, done.payloads) == (0, 4)
    with house.gateway.db.read() as tx:
        detail = queries.message(tx, house.gateway.db.payloads, message)
    assert detail is not None
    assert detail.content == b""
    assert set(codes(house, order.order.id)) == {"EVD-008"}
    assert chain(house) == []


def test_a_repeat_of_deleted_bytes_is_not_sent_and_stops_nobody(house: House):
    order = house.order()
    house.later(days=70)
    house.gateway.engine.retain()
    sent = house.gateway.resend(order.answers[0].id, by="test")
    assert isinstance(sent, str)

    house.work()
    second = house.order("good-small.edi", **{"PO-10041": "PO-10042"})

    with house.gateway.db.read() as tx:
        detail = queries.message(tx, house.gateway.db.payloads, sent)
    assert detail is not None
    assert detail.message.delivery == "queued"
    assert second.answers


def test_messages_go_with_all_that_was_found_in_them(house: House):
    order = house.order()
    house.later(days=100)

    done = house.gateway.engine.retain()

    assert (done.transmissions, done.messages) == (1, 3)
    for table in (tables.receipt, tables.message, tables.interchange, tables.outbox):
        assert count(house, table) == 0
    assert count(house, tables.inbound_key) > 0
    (kept,) = house.orders()
    assert kept.order.id == order.order.id
    assert kept.body == order.body


def test_events_go_and_the_chain_stays_whole(house: House):
    order = house.order()
    house.gateway.engine.seal()
    house.later(days=200)

    assert house.gateway.engine.retain().events > 0
    assert chain(house) == []
    assert codes(house, order.order.id) == []


def test_what_a_held_order_needs_stays(settings: Settings):
    days = {"retain_messages_days": 1, "retain_payloads_days": 1}
    days["retain_events_days"] = 1
    house = House(settings.model_copy(update=days), {}, {})
    order = house.order("case-price-differs.edi")
    assert order.order.state == "held"
    house.gateway.engine.seal()
    house.later(days=400)

    house.gateway.engine.retain()

    found = gathered(house, order.order.id)
    kinds = {m.kind for m in found.evidence.members}
    assert {"received", "unattested"} & kinds
    assert found.findings == []
    with house.gateway.db.read() as tx:
        raw = queries.raw(tx, house.gateway.db.payloads, order.order.receipt_id)
    assert raw is not None
    house.close()


def test_a_file_goes_after_its_row(house: House):
    house.order()
    db = house.gateway.db
    files = [path for path in db.payloads.folder.rglob("*") if path.is_file()]
    assert files
    for path in files:
        os.utime(path, (0, 0))
    house.later(days=70)
    assert sweep(db) == 0

    trial = house.gateway.engine.retain(is_trial=True)
    assert all(path.is_file() for path in files)
    done = house.gateway.engine.retain()

    assert done == trial
    assert done.files == len(files)
    assert not any(path.is_file() for path in db.payloads.folder.rglob("*"))


def test_a_trial_counts_the_files_that_go_and_touches_none(house: House):
    house.order()
    db = house.gateway.db
    (file,) = [path for path in db.payloads.folder.rglob("*") if path.is_file()]
    os.utime(file, (0, 0))
    dead = file.rename(file.with_name(f"{file.name}.dead"))
    young, orphan = (db.payloads.path(sum_ * 32) for sum_ in ("ab", "cd"))
    for each in (young, orphan):
        each.parent.mkdir(parents=True)
        each.write_bytes(b"without a row")
    os.utime(orphan, (0, 0))
    house.later(days=70)

    trial = house.gateway.engine.retain(is_trial=True)

    assert trial.files == 2
    assert all(each.is_file() for each in (dead, young, orphan))
    assert house.gateway.engine.retain() == trial
    assert young.is_file()


def test_a_file_that_was_just_written_stays(house: House):
    db = house.gateway.db
    path = db.payloads.path("ab" * 32)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"about to get its row")

    assert sweep(db) == 0
    assert path.exists()


def test_a_file_put_aside_by_a_killed_run_comes_back(house: House):
    db = house.gateway.db
    dead = db.payloads.path("ab" * 32).with_suffix(".dead")
    dead.parent.mkdir(parents=True)
    dead.write_bytes(b"needed")

    sweep(db)

    assert db.payloads.path("ab" * 32).read_bytes() == b"needed"


# The wrong key.


def test_without_its_key_nothing_is_taken_for_poison(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FIRST_KEY", "11" * 32)
    with_key = settings.model_copy(update={"payload_key": "k1=env:FIRST_KEY"})
    house = House(with_key, {}, {})
    receipt = house.send((SAMPLES / "good-small.edi").read_bytes())
    house.close()
    house.gateway = Gateway(settings, clock=lambda: house.now)

    for _ in range(10):
        house.later(minutes=10)
        with pytest.raises(Unavailable):
            house.gateway.engine.process()
    house.close()
    house.gateway = Gateway(with_key, clock=lambda: house.now)
    house.work()

    (order,) = house.orders()
    assert order.order.receipt_id == receipt
    assert order.order.state == "confirmed"
    house.close()
