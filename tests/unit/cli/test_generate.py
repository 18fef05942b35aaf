"""What is made for the bench is what the bench says it is."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.bootstrap import tables
from gateway.cli import generate
from gateway.cli.bench_wire import acknowledged, profile, rules, verdicts
from gateway.findings.model import Verdict
from gateway.pipeline.arrived import orders_of
from gateway.pipeline.inbound import read


def shapes(pieces: Iterable[bytes]) -> list[tuple[str, tuple[bool, ...]]]:
    segments = b"".join(pieces).decode().split("~\n")
    rows = [segment.split("*") for segment in segments]
    return [(row[0], tuple(map(bool, row[1:]))) for row in rows if row[0] == "PO1"]


def test_the_same_arguments_give_the_same_bytes():
    first = generate.rich_orders(3, 20, seed=5)

    assert generate.rich_orders(3, 20, seed=5) == first
    assert generate.rich_orders(3, 20, seed=6) != first


def test_two_thousand_rich_orders_are_ten_megabytes():
    raw = generate.rich_orders(100, 20)

    assert 9.5e6 < len(raw) * 20 < 10.5e6
    assert 290_000 < raw.count(b"~") * 20 < 310_000


def test_rich_orders_are_accepted_whole():
    done, acks = acknowledged([generate.rich_orders(5, 20)], rules())

    assert verdicts(done) == {Verdict.ACCEPTED}
    assert b"AK9*A*5*5*5~" in acks[0]


def test_plain_orders_are_mapped_without_a_finding():
    raw = generate.plain_orders(4, 10, items=50)

    done = read([raw], rules(), receipt_id="rcp_test")

    mapped = list(orders_of(done.interchanges[0]))
    assert [len(order.lines) for _, order in mapped] == [10] * 4
    assert [m.findings + m.mapped.findings for m, _ in mapped if m.mapped] == [()] * 4


def test_the_profile_loads_and_is_the_senders():
    done = read([generate.opening() + generate.closing(0)], rules(), receipt_id="r")

    assert done.interchanges[0].profile == profile()


def test_new_shapes_are_new_and_valid():
    pieces = list(generate.new_shapes(tables(), 300_000))

    met = shapes(pieces)
    done, _ = acknowledged(pieces, rules())
    assert len(set(met)) > 0.7 * len(met)
    assert verdicts(done) == {Verdict.ACCEPTED}


def test_spoilt_shapes_are_all_rejected():
    pieces = list(generate.new_shapes(tables(), 200_000, valid=False))

    done, _ = acknowledged(pieces, rules())

    assert verdicts(done) == {Verdict.REJECTED}


def test_one_long_order_counts_its_segments():
    done, _ = acknowledged(generate.one_long_order(200_000), rules())

    assert verdicts(done) == {Verdict.ACCEPTED}


def test_garbage_has_its_size():
    assert sum(map(len, generate.garbage(200_001))) == 200_001
