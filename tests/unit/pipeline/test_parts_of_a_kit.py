"""What a kit is made of goes the way of the kit and is not judged by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.bootstrap import load_profile, rules
from gateway.catalog import Prices, check
from gateway.catalog.importing import read_csv
from gateway.config import Settings
from gateway.partner import Profile
from gateway.pipeline.answer import answer
from gateway.pipeline.effects import Decide, Keep
from gateway.pipeline.inbound import read
from gateway.pipeline.release import As, Kept, Released, release
from gateway.pipeline.world import World
from tests.unit.pipeline.parts import NOW

PARTNER = Path(__file__).parents[3] / "partner_profiles/quarrel-ridge"
PART = b"SLN*1**I*10*EA*395*PE*I*BP*QR-4410*VP*BB-7101~"
UNKNOWN = b"SLN*1**I*10*EA****BP*NOBODY-1~"
HEAD = b"PO1*1*10*EA*455*PE*BP*QR-6000*VP*BB-7301~"


@pytest.fixture(scope="module")
def profile() -> Profile:
    loaded = load_profile(PARTNER / "profile.yaml", "quarrel-ridge/profile.yaml")
    assert isinstance(loaded, Profile)
    return loaded


@pytest.fixture(scope="module")
def prices() -> Prices:
    text = (PARTNER / "catalog.csv").read_text("utf-8")
    imported = read_csv(text, "catalog.csv", partner_id="quarrel-ridge")
    return Prices.of(imported.contracts, imported.items)


@pytest.fixture
def kept(profile: Profile, prices: Prices, tmp_path: Path):
    def run(*changes: tuple[bytes, bytes]) -> Keep:
        data = (PARTNER / "samples/good-kit.edi").read_bytes()
        for before, after in changes:
            assert data.count(before) == 1
            data = data.replace(before, after)
        by = rules([profile], Settings(home=tmp_path))
        world = World(now=NOW, prices={profile.id: prices})
        effects = answer(read([data], by, receipt_id="rcp_1"), world)
        (keep,) = (effect for effect in effects if isinstance(effect, Keep))
        return keep

    return run


def kinds(keep: Keep) -> list[str]:
    return [line.statuses[0].kind for line in keep.ack.lines]


def test_a_part_that_nobody_knows_is_no_finding(kept):
    keep = kept((PART, UNKNOWN))
    assert keep.findings == ()
    assert (keep.state, kinds(keep)) == ("confirmed", ["accept"] * 3)


def test_the_lines_that_are_counted_are_those_of_po1(kept):
    keep = kept((b"SE*14*", b"CTT*1*10~\r\nSE*15*"))
    assert keep.findings == ()


def test_parts_are_refused_with_their_line(kept):
    keep = kept((HEAD, HEAD.replace(b"QR-6000*VP*BB-7301", b"NO-1*VP*NO-2")))
    assert [f.code for f in keep.findings] == ["CAT-310"]
    assert (keep.state, kinds(keep)) == ("rejected", ["bad_item"] * 3)


def test_parts_wait_with_their_line(kept):
    keep = kept((HEAD, HEAD.replace(b"*455*", b"*400*")))
    assert (keep.state, kinds(keep)) == ("held", ["hold"] * 3)


@pytest.mark.parametrize(
    ("as_", "after"),
    [
        ("accept", ["accept", "accept", "accept"]),
        ("change", ["change_price", "accept", "accept"]),
        ("reject", ["bad_price", "bad_price", "bad_price"]),
    ],
)
@pytest.mark.parametrize("lines", [(), ("1",)])
def test_parts_are_released_with_their_line(
    kept, profile: Profile, prices: Prices, as_: As, after: list[str], lines
):
    keep = kept(
        (HEAD, HEAD.replace(b"*455*", b"*400*")), (PART, PART[:4] + b"A" + PART[5:])
    )
    was = Kept(order=keep.order, ack=keep.ack, state=keep.state, profile=profile)
    wanted = Released(as_=as_, lines=lines)
    effects = release(was, wanted, check(keep.order, prices, profile, NOW), NOW)
    (decide,) = (effect for effect in effects if isinstance(effect, Decide))
    assert [line.statuses[0].kind for line in decide.ack.lines] == after
