"""A hundred thousand broken EDIFACT interchanges: both paths say the same of each."""

from __future__ import annotations

import random

import pytest

from tests.property.test_edifact_reader import ODDITIES
from tests.property.test_edifact_validation import SAMPLES, check, spoiled
from tests.unit.edi.edifact_parts import interchange, message_lines, messages, read

pytestmark = pytest.mark.soak

MUTATIONS = 100_000
PARTS = 10


@pytest.mark.parametrize("part", range(PARTS))
def test_broken_messages_have_one_explanation(part: int):
    for seed in range(part, MUTATIONS, PARTS):
        chance = random.Random(seed)  # noqa: S311  no secret
        identifier, body = SAMPLES[seed // PARTS % len(SAMPLES)]
        lines = spoiled([*body], chance)
        unb = f"UNB+UNOC:{chance.choice((3, 4))}+1:14+2:14+260115:0900+77"
        data = interchange(message_lines(lines, identifier=identifier), unb=unb)
        if chance.random() < 0.3:
            at = chance.randrange(len(data))
            data = data[:at] + chance.choice(ODDITIES) + data[at:]
        pieces = [data[: len(data) // 3], data[len(data) // 3 :]]
        assert list(map(repr, read(pieces))) == list(map(repr, read(data)))
        for message in messages(read(data)):
            if message.identifier[:3] == tuple(identifier.split(":")[:3]):
                check(message)
