"""Which fault of a chain is told, and where."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from gateway.evidence.chain import START, Sealed, digest, inspect, line, link


def chain(count: int) -> list[Sealed]:
    """A whole chain of so many events."""
    hash_, rows = START, []
    for seq in range(1, count + 1):
        event = digest(line(seq, "{}", f"evt_{seq}", "order.kept", "acme", "ord_1"))
        hash_ = link(hash_, event)
        rows.append(Sealed(seq, hash_, event, f"evt_{seq}"))
    return rows


def renumbered(rows: Sequence[Sealed]) -> list[Sealed]:
    return [replace(row, seq=seq) for seq, row in enumerate(rows, 1)]


def told(rows: Sequence[Sealed]) -> list[tuple[str, str]]:
    return [(one.code, one.value) for one in inspect(rows, START)]


def test_a_whole_chain_has_no_fault():
    assert told(chain(50)) == []


def test_the_sums_are_those_of_the_documentation():
    event = digest(line(7, '{"a":1}', "evt_1", "order.kept", "acme", "ord_1"))

    assert event == digest(
        b'{"at":7,"detail":"{\\"a\\":1}","id":"evt_1","name":"order.kept",'
        b'"partner_id":"acme","ref":"ord_1"}'
    )
    assert link(START, event) == digest((START + event).encode())


def test_a_changed_event_is_named():
    rows = chain(9)
    rows[4] = replace(rows[4], digest=digest(b"another amount"))

    assert told(rows) == [("EVD-001", "evt_5")]


def test_a_changed_event_with_a_new_sum_breaks_the_one_behind_it():
    rows = chain(9)
    event = digest(b"another amount")
    rows[4] = replace(rows[4], digest=event, hash=link(rows[3].hash, event))

    assert told(rows) == [("EVD-001", "evt_6")]


def test_exchanged_events_are_told_as_reordered():
    rows = chain(9)
    rows[2], rows[6] = rows[6], rows[2]

    assert [code for code, _ in told(renumbered(rows))] == ["EVD-002"]


def test_exchanged_contents_are_told_as_reordered():
    rows = chain(9)
    rows[2], rows[6] = (
        replace(rows[2], digest=rows[6].digest, id=rows[6].id),
        replace(rows[6], digest=rows[2].digest, id=rows[2].id),
    )

    assert [code for code, _ in told(rows)] == ["EVD-002"]


def test_an_inserted_event_is_named():
    rows = chain(9)
    rows.insert(4, Sealed(0, digest(b"made up"), digest(b"inserted"), "evt_new"))

    assert told(renumbered(rows)) == [("EVD-003", "evt_new")]


def test_an_inserted_event_with_a_fitting_sum_is_named():
    rows = chain(9)
    event = digest(b"inserted")
    rows.insert(4, Sealed(0, link(rows[3].hash, event), event, "evt_new"))

    assert told(renumbered(rows)) == [("EVD-003", "evt_new")]


def test_missing_events_are_counted_out():
    rows = chain(9)
    del rows[3:5]

    (found,) = inspect(rows, START)
    assert (found.code, found.what) == ("EVD-004", "events 4 to 5 are missing")


def test_a_removed_event_breaks_the_one_behind_it():
    rows = chain(9)
    del rows[3]

    assert told(renumbered(rows)) == [("EVD-001", "evt_5")]


@pytest.mark.parametrize("detail", ["{}\u2028\x7f\u00e9", '\x00\x1f\\/"\t', "\ud800"])
def test_an_event_is_written_as_any_json_writer_does_it(detail: str):
    facts = {"at": 1, "detail": detail, "id": "e", "name": "n"}
    facts |= {"partner_id": "", "ref": ""}
    usual = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    assert line(1, detail, "e", "n", "", "") == usual.encode("utf-8", "surrogatepass")
