"""A hundred thousand broken samples: never an exception, and always the same answer."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.bootstrap import rules, starter
from gateway.cli.bench_wire import NOW
from gateway.config import Settings
from gateway.partner import Profile, load
from gateway.pipeline.inbound import read
from gateway.pipeline.preview import Preview, preview
from gateway.pipeline.rules import Rules

pytestmark = pytest.mark.soak

MUTATIONS = 100_000
PARTS = 10
MARKS = b"*~>\n^\x00 \xff0A"


def samples() -> list[bytes]:
    """Every sample that comes with the gateway, in the order of their names."""
    folders = [Path(str(starter("samples"))) / "x12"]
    folders += sorted(Path(str(starter("partner_profiles"))).glob("*/samples"))
    return [file.read_bytes() for f in folders for file in sorted(f.glob("*.edi"))]


def partners() -> list[Profile]:
    paths = sorted(Path(str(starter("partner_profiles"))).glob("*/profile.yaml"))
    loaded = [load(path.read_text("utf-8"), path.name) for path in paths]
    return [profile for profile in loaded if isinstance(profile, Profile)]


def overwrite(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]


def insert(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    marks = bytes(chance.choices(MARKS, k=chance.randint(1, 5)))
    return data[:at] + marks + data[at:]


def take_out(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at + chance.randint(1, 40) :]


def cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def move_a_segment(data: bytes, chance: random.Random) -> bytes:
    segments = data.split(b"~")
    one = segments.pop(chance.randrange(len(segments)))
    segments.insert(chance.randrange(len(segments) + 1), one)
    return b"~".join(segments)


def double_a_segment(data: bytes, chance: random.Random) -> bytes:
    segments = data.split(b"~")
    at = chance.randrange(len(segments))
    segments[at:at] = [segments[at]] * chance.randint(1, 3)
    return b"~".join(segments)


def swap_elements(data: bytes, chance: random.Random) -> bytes:
    elements = data.split(b"*")
    one, other = chance.choices(range(len(elements)), k=2)
    elements[one], elements[other] = elements[other], elements[one]
    return b"*".join(elements)


WAYS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    overwrite,
    insert,
    take_out,
    cut,
    move_a_segment,
    double_a_segment,
    swap_elements,
)


def broken(sample: bytes, chance: random.Random) -> bytes:
    """The sample, changed in one to four ways."""
    for _ in range(chance.randint(1, 4)):
        sample = chance.choice(WAYS)(sample, chance) or b"~"
    return sample


def pieces(data: bytes, chance: random.Random) -> list[bytes]:
    size = chance.randint(1, 400)
    return [data[at : at + size] for at in range(0, len(data), size)]


def checked(data: list[bytes], by: Rules) -> Preview:
    return preview(read(data, by, receipt_id="rcp_soak"), NOW)


@pytest.mark.parametrize("part", range(PARTS))
def test_broken_samples_are_findings_however_they_are_cut(part: int):
    chance = random.Random(part)  # noqa: S311  no secret
    by = rules(partners(), Settings())
    good = samples()

    for _ in range(MUTATIONS // PARTS):
        data = broken(chance.choice(good), chance)
        whole = checked([data], by)
        assert checked(pieces(data, chance), by) == whole, data
