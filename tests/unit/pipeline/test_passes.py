"""A transmission that takes several passes, one of its interchanges being refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from gateway.bootstrap import load_profile, tables
from gateway.partner import Directory, Profile
from gateway.pipeline.answer import answer
from gateway.pipeline.effects import Keep, Refuse
from gateway.pipeline.inbound import read
from gateway.pipeline.rules import Rules
from gateway.pipeline.world import World

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def _rules() -> Rules:
    acme = load_profile(ROOT / "partner_profiles/acme/profile.yaml", "acme")
    assert isinstance(acme, Profile)
    return Rules(tables(), Directory.of([acme]))


def _effects(data: bytes) -> list[tuple[int, object]]:
    """The effects of each pass, one order at a time."""
    rules, after = _rules(), 0
    out: list[tuple[int, object]] = []
    while True:
        part = read([data], rules, receipt_id="rcp_1", after=after, orders=1)
        out += [(after, effect) for effect in answer(part, World(now=NOW))]
        if part.next is None:
            return out
        after = part.next


def test_a_stranger_beside_several_orders_is_refused_once_and_at_the_end():
    stranger = (ROOT / "samples/x12/unknown-sender.edi").read_bytes()
    orders = (ROOT / "samples/x12/several-orders.edi").read_bytes()
    effects = _effects(stranger + orders)
    assert sum(isinstance(e, Keep) for _, e in effects) == 3
    assert [isinstance(e, Refuse) for _, e in effects].count(True) == 1
    last = max(after for after, _ in effects)
    assert [after for after, e in effects if isinstance(e, Refuse)] == [last]


def test_a_message_without_a_number_refuses_its_interchange_in_every_pass():
    orders = (ROOT / "samples/x12/several-orders.edi").read_bytes()
    nameless = orders.replace(b"ST*850*0002~", b"ST*850~")
    assert nameless != orders
    effects = _effects(nameless)
    assert not any(isinstance(e, Keep) for _, e in effects)
    (refuse,) = [e for _, e in effects if isinstance(e, Refuse)]
    codes = {finding.code for finding in refuse.findings}
    assert codes & {"ENV-009", "ENV-015"}  # the message itself is of an earlier pass
