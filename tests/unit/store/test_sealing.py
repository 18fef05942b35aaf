"""The chain in the database: sealed once, and every way to change it is found."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.evidence.signing import Signer
from gateway.store import sealing, verifying
from gateway.store.anchor import HEAD, Anchor, Damaged
from gateway.store.database import Database
from gateway.store.journal import event_row
from gateway.store.retention import Days, Retention
from gateway.store.sql import insert_all
from gateway.store.tables import checkpoint, event, orders
from tests.databases import POSTGRESQL

NOW = datetime(2026, 11, 22, tzinfo=UTC)
_ORDERS: dict[str, object] = {
    column.name: 0 if isinstance(column.type, sa.BigInteger) else ""
    for column in orders.columns
}


@pytest.fixture
def anchor(tmp_path: Path) -> Anchor:
    return Anchor(tmp_path / "evidence")


def happen(db: Database, count: int, ref: str = "ord_1") -> None:
    """So many events."""
    rows = [event_row("acme", "order.kept", ref, NOW, n=str(n)) for n in range(count)]
    with db.begin() as tx:
        insert_all(tx, event, rows)


def sealed(db: Database, anchor: Anchor, *counts: int) -> None:
    """A chain with a checkpoint after each of these numbers of events."""
    for count in counts:
        happen(db, count)
        assert sealing.work(db, anchor, NOW) == count


def codes(db: Database, anchor: Anchor) -> list[str]:
    """What verifying finds."""
    head = anchor.head()
    with db.read() as tx:
        seen = verifying.verify(tx, anchor.public_keys(), [head] if head else [])
    return [found.code for found in seen.findings]


def change(db: Database, *statements: str) -> None:
    """What somebody with a database client does."""
    with db.begin() as tx:
        for statement in statements:
            tx.exec_driver_sql(statement)


def test_events_get_numbers_without_gaps(db: Database, anchor: Anchor):
    sealed(db, anchor, 3, 4)

    with db.read() as tx:
        query = sa.select(event.c.seq).order_by(event.c.seq)
        assert list(tx.execute(query).scalars()) == [1, 2, 3, 4, 5, 6, 7]
    assert codes(db, anchor) == []


def test_nothing_to_seal_leaves_everything_alone(db: Database, anchor: Anchor):
    assert sealing.work(db, anchor, NOW) == 0
    assert not anchor.folder.exists()


def test_many_events_get_several_checkpoints(db: Database, anchor: Anchor):
    happen(db, 1100)

    assert sealing.work(db, anchor, NOW) == 1100
    with db.read() as tx:
        lasts = sa.select(checkpoint.c.last).order_by(checkpoint.c.n)
        assert list(tx.execute(lasts).scalars()) == [500, 1000, 1100]
    assert codes(db, anchor) == []


@pytest.mark.parametrize("kind", [POSTGRESQL])  # SQLite has one writer
def test_only_one_seals_at_a_time(db: Database):
    happen(db, 5)

    with db.begin() as tx:
        assert sealing.seal(tx, Signer.new(), NOW)
        with db.begin() as other:
            assert sealing.seal(other, Signer.new(), NOW) is None


def test_a_link_worked_out_before_another_was_set_is_worked_out_anew(
    db: Database, anchor: Anchor
):
    happen(db, 3)
    with db.read() as tx:
        early = sealing.linked(sealing.draw(tx), anchor.signer(), NOW)
    assert sealing.work(db, anchor, NOW) == 3
    happen(db, 2)
    with db.begin() as tx:
        point = sealing.seal(tx, anchor.signer(), NOW, early)
        assert point
    anchor.move(point)

    assert (point.first, point.last) == (4, 5)
    assert codes(db, anchor) == []


def test_events_that_wait_are_a_note(db: Database, anchor: Anchor):
    sealed(db, anchor, 2)
    happen(db, 1)

    assert codes(db, anchor) == ["EVD-010"]
    with db.read() as tx:
        assert sealing.unsealed(tx) == (1, NOW)


def _number(old: int, new: int) -> str:
    return f"UPDATE event SET seq = {new} WHERE seq = {old}"  # noqa: S608  numbers


CHANGES: dict[str, tuple[list[str], list[str]]] = {
    "edit": (
        ['UPDATE event SET detail = \'{"n": "99"}\' WHERE seq = 5'],
        ["EVD-001"],
    ),
    "edit of the moment": (["UPDATE event SET at = at + 1 WHERE seq = 5"], ["EVD-001"]),
    "reorder": (
        [
            "UPDATE event SET seq = 100 WHERE seq = 4",
            "UPDATE event SET seq = 4 WHERE seq = 6",
            "UPDATE event SET seq = 6 WHERE seq = 100",
        ],
        ["EVD-002"],
    ),
    "insert": (
        [
            *(_number(n, n + 1) for n in range(9, 4, -1)),
            "INSERT INTO event (partner_id, id, at, name, ref, detail, seq, hash)"
            " SELECT partner_id, 'evt_x', at, name, ref, detail, 5, hash FROM event"
            " WHERE seq = 1",
        ],
        ["EVD-003"],
    ),
    "insert behind the end": (
        [
            "INSERT INTO event (partner_id, id, at, name, ref, detail, seq, hash)"
            " SELECT partner_id, 'evt_x', at, name, ref, detail, 10, hash FROM event"
            " WHERE seq = 9",
        ],
        ["EVD-003"],
    ),
    "delete": (["DELETE FROM event WHERE seq = 5"], ["EVD-004"]),
    "delete the first": (["DELETE FROM event WHERE seq = 1"], ["EVD-004"]),
    "delete and renumber": (
        [
            "DELETE FROM event WHERE seq = 5",
            *(_number(n, n - 1) for n in range(6, 10)),
        ],
        ["EVD-004"],
    ),
    "truncate": (["DELETE FROM event WHERE seq > 7"], ["EVD-005"]),
    "truncate with its checkpoint": (
        ["DELETE FROM event WHERE seq > 6", "DELETE FROM checkpoint WHERE n > 2"],
        ["EVD-005"],
    ),
    "truncate all": (["DELETE FROM event", "DELETE FROM checkpoint"], ["EVD-005"]),
    "delete a checkpoint": (["DELETE FROM checkpoint WHERE n = 2"], ["EVD-004"]),
    "edit a checkpoint": (
        ["UPDATE checkpoint SET at = at + 1 WHERE n = 2"],
        ["EVD-006"],
    ),
    "call it retention": (
        [
            "DELETE FROM event WHERE seq <= 3",
            "UPDATE checkpoint SET dropped_at = 1 WHERE n = 1",
        ],
        ["EVD-004"],
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_the_chain_is_found(db: Database, anchor: Anchor, name: str):
    statements, expected = CHANGES[name]
    sealed(db, anchor, 3, 3, 3)

    change(db, *statements)

    assert codes(db, anchor) == expected


def test_the_place_of_a_change_is_named(db: Database, anchor: Anchor):
    sealed(db, anchor, 3, 3)
    change(db, "UPDATE event SET ref = 'ord_2' WHERE seq = 5")

    with db.read() as tx:
        (found,) = verifying.verify(tx, anchor.public_keys(), []).findings
    assert str(found.where).startswith("event 5 (evt_")


def test_a_chain_built_anew_has_the_wrong_signature(db: Database, anchor: Anchor):
    """Who can write the database and computes every sum still has no key."""
    sealed(db, anchor, 3, 3)
    change(
        db,
        "DELETE FROM checkpoint",
        "UPDATE event SET seq = NULL, hash = NULL",
        "UPDATE event SET ref = 'ord_2'",
    )
    with db.begin() as tx:
        forged = sealing.seal(tx, Signer.new(), NOW)
        assert forged
    with db.begin() as tx:
        tx.execute(sa.update(checkpoint).values(key=anchor.signer().name))

    assert forged.last == 6
    assert set(codes(db, anchor)) == {"EVD-006"}


def test_a_key_of_another_node_must_be_known(db: Database, anchor: Anchor):
    other = Signer.new()
    happen(db, 2)
    with db.begin() as tx:
        sealing.seal(tx, other, NOW)
    sealed(db, anchor, 2)

    assert codes(db, anchor) == ["EVD-012"]
    (anchor.folder / "keys").mkdir()
    (anchor.folder / "keys" / "node2.pem").write_bytes(other.public)
    assert codes(db, anchor) == []


def test_a_cut_end_stays_known_when_the_chain_goes_on(db: Database, anchor: Anchor):
    sealed(db, anchor, 3, 3)
    change(db, "DELETE FROM event WHERE seq > 3", "DELETE FROM checkpoint WHERE n > 1")

    sealed(db, anchor, 5)

    assert codes(db, anchor) == ["EVD-006"]


def test_the_key_is_for_its_owner_only(db: Database, anchor: Anchor):
    sealed(db, anchor, 1)

    assert (anchor.folder / "key.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["key.pem", HEAD])
def test_a_damaged_file_beside_is_told(db: Database, anchor: Anchor, name: str):
    sealed(db, anchor, 1)
    (anchor.folder / name).write_bytes(b"?")

    happen(db, 1)
    with pytest.raises(Damaged):
        sealing.work(db, anchor, NOW)


def test_openssl_agrees_with_the_signature(
    db: Database, anchor: Anchor, tmp_path: Path
):
    sealed(db, anchor, 2)
    head = anchor.head()
    assert head is not None
    (tmp_path / "body").write_bytes(head.body)
    (tmp_path / "sig").write_bytes(bytes.fromhex(head.signature))
    (tmp_path / "pub.pem").write_bytes(anchor.signer().public)

    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin"]
    command += ["-inkey", "pub.pem", "-in", "body", "-sigfile", "sig"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)

    assert done.returncode == 0, done.stdout


# Retention of events.


def retain(db: Database, now: datetime, days: int = 30) -> int:
    return Retention(db, Days(events=days), now).run().events


def later(days: int) -> datetime:
    return NOW + timedelta(days=days)


def test_a_chain_without_its_beginning_is_whole(db: Database, anchor: Anchor):
    sealed(db, anchor, 3, 3)

    assert retain(db, later(40)) == 6
    sealing.work(db, anchor, later(40))
    sealed(db, anchor, 2)

    assert codes(db, anchor) == []
    with db.read() as tx:
        count = sa.select(sa.func.count()).select_from(checkpoint)
        assert tx.execute(count).scalar() == 3


def test_the_event_that_tells_of_it_may_still_wait(db: Database, anchor: Anchor):
    sealed(db, anchor, 3)
    retain(db, later(40))

    assert codes(db, anchor) == ["EVD-010"]


def test_young_events_stay(db: Database, anchor: Anchor):
    sealed(db, anchor, 3)

    assert retain(db, later(20)) == 0


def test_events_of_an_undecided_order_stay_in_their_place(db: Database, anchor: Anchor):
    happen(db, 2)
    happen(db, 2, "ord_held")
    happen(db, 2)
    sealing.work(db, anchor, NOW)
    held = _ORDERS | {"id": "ord_held", "state": "held", "test": False}
    moments = {"created_at": NOW, "changed_at": NOW}
    with db.begin() as tx:
        insert_all(tx, orders, [held | moments])

    assert retain(db, later(40)) == 4
    sealing.work(db, anchor, later(40))
    assert codes(db, anchor) == []

    change(db, "UPDATE event SET detail = '{}' WHERE seq = 4")
    assert codes(db, anchor) == ["EVD-001"]


def test_an_event_put_where_all_were_deleted_is_found(db: Database, anchor: Anchor):
    sealed(db, anchor, 3, 3)
    retain(db, later(40))
    sealing.work(db, anchor, later(40))
    change(db, "UPDATE checkpoint SET dropped_at = dropped_at WHERE n = 2")

    change(
        db,
        "INSERT INTO event (partner_id, id, at, name, ref, detail, seq, hash)"
        " SELECT partner_id, 'evt_x', at, name, ref, detail, 5, hash FROM event"
        " WHERE seq = 7",
    )

    assert "EVD-003" in codes(db, anchor)
