"""Any bytes: findings with their places, never an exception, nothing half stored."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.bootstrap import check_offline, tables
from gateway.cli import generate
from gateway.cli.bench_wire import chunks, profile, rules
from gateway.config import Settings
from gateway.engine import Engine
from gateway.pipeline import collecting, inbound
from gateway.pipeline.ports import Inbound, InMemory, Outbound, Sent
from gateway.pipeline.preview import Preview
from gateway.store import queries
from gateway.store.database import Database
from gateway.store.rows import Transmission
from tests.begun import give_tables

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MB = 1_000_000
ISA, GS = (line + b"\n" for line in generate.opening().splitlines())


def inside(body: bytes) -> bytes:
    """A body between BEG and SE of one 850, all else in order but the count."""
    head = generate.opening() + b"ST*850*0001~\nBEG*00*SA*1**20261120~\n"
    return head + body + b"SE*3*0001~\n" + generate.closing(1)


def random_bytes(size: int) -> bytes:
    return b"".join(generate.garbage(size))


def separators_mostly(size: int) -> bytes:
    """Random text, most of it characters that have a meaning."""
    chance = random.Random(2)  # noqa: S311  no secret
    return bytes(chance.choices(b"ABN1*~>\n0. ", k=size)) + b"~\n"


LOOPS = (
    b"PO1*1*1*EA*1~\nSLN*1**I~\nN1*ST*A~\nQTY*01*1~\nSCH*1*EA***002*20270101~\n" * 2_000
)

Case = tuple[Callable[[], bytes], set[str], int]
"""How the bytes are made, the codes that must be found, how many 997s there are."""

CASES: dict[str, Case] = {
    "nothing": (lambda: b"", {"WIRE-001"}, 0),
    "zeros": (lambda: bytes(MB), {"WIRE-001"}, 0),
    "garbage": (lambda: random_bytes(2 * MB), {"WIRE-001"}, 0),
    "garbage inside a message": (
        lambda: inside(random_bytes(MB) + b"~\n"),
        {"SYN-101", "ENV-011", "WIRE-010"},
        1,
    ),
    "separators inside a message": (
        lambda: inside(separators_mostly(200_000)),
        {"SYN-101", "ENV-011", "WIRE-011"},
        1,
    ),
    "a segment of a megabyte": (
        lambda: inside(b"MSG*" + b"A" * MB + b"~\n"),
        {"WIRE-003"},
        1,
    ),
    "a megabyte of elements": (
        lambda: inside(b"MSG" + b"*" * MB + b"~\n"),
        {"WIRE-003"},
        1,
    ),
    "ten thousand components": (
        lambda: inside(b"PO1*1*1*EA*1~\nMEA*PD*LN*1*EA" + b">EA" * 9_999 + b"~\n"),
        {"SYN-213", "ENV-011"},
        1,
    ),
    "empty segments": (lambda: inside(b"~" * 100_000), {"WIRE-011"}, 1),
    "one loop too often": (
        lambda: inside(b"N1*ST*A*92*1~\n" * 100_000),
        {"SYN-104", "ENV-011"},
        1,
    ),
    "loops in loops": (lambda: inside(LOOPS), {"ENV-011"}, 1),
    "no segment in its place": (
        lambda: inside(b"CTT*1~\nPO1*1*1*EA*1~\n" * 20_000),
        {"SYN-107", "ENV-011"},
        1,
    ),
    "segments nobody knows": (
        lambda: inside(b"ZZZ*1~\n" * 100_000),
        {"SYN-101", "ENV-011"},
        1,
    ),
    "only ISA": (lambda: ISA * 5_000, {"ENV-008"}, 0),
    "only ISA and GS": (lambda: (ISA + GS) * 500, {"ENV-008", "ENV-062"}, 0),
    "only GS": (lambda: ISA + GS * 5_000, {"ENV-008", "ENV-062", "ENV-066"}, 0),
    "only ST": (
        lambda: generate.opening() + b"ST*850*0001~\n" * 20_000,
        {"ENV-008", "ENV-062", "ENV-013", "ENV-018"},
        0,
    ),
    "only SE": (
        lambda: generate.opening() + b"SE*3*0001~\n" * 50_000,
        {"ENV-007", "ENV-008", "ENV-062"},
        0,
    ),
    "only IEA": (lambda: b"IEA*1*000000001~\n" * 50_000, {"WIRE-001"}, 0),
    "only the word ISA": (lambda: b"ISA" * 500_000, {"WIRE-001"}, 0),
    "only the start of ISA": (lambda: b"ISA*" * 500_000, set(), 0),
}


def checked(pieces: Iterable[bytes]) -> Preview:
    return check_offline(pieces, [profile()], Settings(), NOW)


def codes(preview: Preview) -> set[str]:
    return {finding.code for finding in preview.findings}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_bad_bytes_are_findings(case: Case):
    make, wanted, acknowledgements = case

    found = checked(chunks(make()))

    assert wanted <= codes(found)
    assert len(found.acknowledgements) == acknowledgements
    assert not found.clean


def test_ever_new_valid_shapes_are_accepted():
    found = checked(generate.new_shapes(tables(), 2 * MB))

    assert {code[:3] for code in codes(found)} <= {"MAP"}
    assert b"AK9*A*" in found.acknowledgements[0]


def test_ever_new_bad_shapes_are_rejected():
    found = checked(generate.new_shapes(tables(), 2 * MB, valid=False))

    assert {"SYN-205", "SYN-220"} <= codes(found)
    assert b"AK9*R*" in found.acknowledgements[0]


def test_a_message_over_32_mib_is_refused_by_its_own_997():
    found = checked(generate.one_long_order(32 * 1024 * 1024 + 1))

    assert "WIRE-002" in codes(found)
    assert b"AK5*R*5" in found.acknowledgements[0]


def test_too_many_parts_refuse_the_interchange_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
):
    most = 5_000
    monkeypatch.setattr(collecting, "MOST_PARTS", most)
    messages = b"ST*997*0001~\nSE*2*0001~\n" * (most + 1)
    whole = generate.opening("FA") + messages + generate.closing(1)

    done = inbound.read(
        chunks(generate.plain_orders(1, 1, items=9) + whole + whole),
        rules(),
        receipt_id="rcp_test",
    )

    first, second = done.interchanges
    assert not first.refused
    assert second.refused
    assert [f.code for f in second.findings].count("WIRE-013") == 1
    assert sum(len(group.messages) for group in second.groups) < most


# The same through the engine: what is stored is whole, and settled at once.


class Kept:
    """Takes what is sent and holds it."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send(self, outbound: Outbound) -> Sent:
        self.sent.append(b"".join(outbound.blob.chunks()))
        return Sent()


class Round:
    """An engine on a fresh SQLite database, and what left it."""

    def __init__(self, home: Path) -> None:
        settings = Settings(home=home)
        give_tables(settings)
        self.db = Database.open(settings)
        self.out = Kept()
        ways = {"drop": self.out}
        self.engine = Engine(self.db, rules(), settings, ways, lambda: NOW)
        self._count = 0

    def take(self, data: bytes) -> Transmission:
        """Accept, process once, deliver; what the store has to say of it."""
        self._count += 1
        receipt = self.engine.accept(
            Inbound(
                blob=InMemory.of(data),
                channel="drop",
                peer="test",
                partner_id="bench",
                transport_id=f"{self._count}.edi",
                received_at=NOW,
            )
        )
        self.engine.process()
        self.engine.deliver()
        with self.db.read() as tx:
            kept = queries.interchange(tx, receipt.id)
        assert kept is not None
        return kept

    def orders(self) -> int:
        with self.db.read() as tx:
            return len(queries.orders(tx).items)


@pytest.fixture
def round_(tmp_path: Path) -> Iterator[Round]:
    made = Round(tmp_path)
    yield made
    made.engine.close()
    made.db.close()


SMALL: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "quarantined"),
    "zeros": (bytes(10_000), "quarantined"),
    "garbage": (random_bytes(100_000), "quarantined"),
    "garbage inside a message": (inside(random_bytes(50_000) + b"~\n"), "done"),
    "separators inside": (inside(separators_mostly(20_000)), "done"),
    "a long segment": (inside(b"MSG*" + b"A" * 100_000 + b"~\n"), "done"),
    "empty segments": (inside(b"~" * 1_000), "done"),
    "loops in loops": (inside(LOOPS[:10_000]), "done"),
    "only ISA": (ISA * 50, "quarantined"),
    "only GS": (ISA + GS * 50, "quarantined"),
    "only ST": (generate.opening() + b"ST*850*0001~\n" * 100, "quarantined"),
    "cut in the middle": (generate.plain_orders(2, 9, items=9)[:600], "quarantined"),
    "an unknown sender": (
        generate.plain_orders(1, 1, items=9).replace(b"BENCHBUYER ", b"NOBODYATALL"),
        "quarantined",
    ),
}


@pytest.mark.parametrize("case", SMALL.values(), ids=SMALL)
def test_bad_bytes_settle_at_once_and_book_nothing(
    case: tuple[bytes, str], round_: Round
):
    data, state = case

    kept = round_.take(data)

    assert kept.receipt.state == state
    assert kept.findings
    assert "MAP-001" not in {noted.finding.code for noted in kept.findings}
    assert round_.orders() == 0
    with round_.db.read() as tx:
        assert queries.unfinished(tx) == (0, 0)


def test_a_bad_message_beside_a_good_one_leaves_the_good_one_whole(round_: Round):
    good = generate.plain_orders(1, 3, items=9)
    head, _, tail = good.partition(b"GE*1*1~")
    bad = b"ST*850*0002~\n" + random_bytes(5_000) + b"~\nSE*3*0002~\n"

    kept = round_.take(head + bad + b"GE*2*1~" + tail)

    assert kept.receipt.state == "done"
    assert round_.orders() == 1
    assert [b"AK9*P*2*2*1" in sent for sent in round_.out.sent].count(True) == 1
