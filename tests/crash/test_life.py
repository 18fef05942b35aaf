"""An order's whole life, and the same life with the gateway killed again and again."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.order.ship import sscc_is_good
from tests.crash.life import TURNS, wire
from tests.crash.test_kill import ID, End, end_of
from tests.crash.zygote import Zygote, zygote
from tests.databases import SQLITE
from tests.strictly import faults, second_opinion
from tests.unit.engine.house import segments

APART = 110
"""A process is killed at one of so many steps that come first."""


@dataclass(frozen=True)
class Life:
    """What is left of an order's life; ``told`` is what the buyer has, as it came."""

    end: End
    told: tuple[str, ...]


@pytest.fixture(scope="module")
def rounds() -> Iterator[Zygote]:
    with zygote("tests.crash.life_driver") as made:
        yield made


@pytest.fixture(scope="module")
def home(rounds: Zygote, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the life was played without a kill."""
    home = tmp_path_factory.mktemp("life")
    assert rounds.run(str(home), "0", "", "") == 0
    return home


@pytest.fixture(scope="module")
def undisturbed(home: Path) -> Life:
    return life_of(home)


def life_of(home: Path, url: str = "") -> Life:
    told = tuple(ID.sub(b"-", text.encode()).decode() for text in wire(home))
    return Life(end_of(home, url), told)


def kinds(life: Life) -> list[str]:
    """The types of what was told, without the 997s."""
    found = [segments(text, "ST")[0].split("*")[1] for text in life.told]
    return [kind for kind in found if kind != "997"]


def of(life: Life, kind: str) -> list[str]:
    return [text for text in life.told if f"\nST*{kind}*" in text]


def test_a_life_is_850_997_855_860_865_two_856_and_810(undisturbed):
    assert kinds(undisturbed) == [
        *("855", "865", "865", "865", "865", "856"),
        *("865", "856", "865", "810", "810"),
    ]
    assert undisturbed.end.orders == (("4500001201", "invoiced"),)
    assert undisturbed.end.unfinished == (0, 0)


def test_everything_that_was_told_passes_our_tables_and_pyx12s_reader(undisturbed):
    for text in undisturbed.told:
        assert faults(text.encode()) == []
        assert second_opinion(text.encode()) == []


def test_control_numbers_have_no_gaps_and_a_repeat_is_told_with_the_same_bytes(
    undisturbed,
):
    numbers = [int(text[90:99]) for text in undisturbed.told]
    assert numbers == list(range(1, len(numbers) + 1))
    sent = Counter(row for row in undisturbed.end.messages if row[1])
    assert sent["x12_997", "000000001", "delivered"] == 2


def test_changes_are_answered_in_the_order_of_their_numbers(undisturbed):
    answers = [segments(one, "BCA")[0].split("*") for one in of(undisturbed, "865")]
    assert [(one[2], one[5]) for one in answers] == [
        *(("AD", "1"), ("AD", "2"), ("AD", "2"), ("RD", "1")),
        *(("AC", "3"), ("RJ", "4")),
    ]


def test_nothing_goes_below_what_has_shipped(undisturbed):
    third = of(undisturbed, "865")[4]
    assert segments(third, "ACK") == ["ACK*IR*10*EA", "ACK*IA*25*EA"]
    assert "N9*L1*CHG-110" in segments(third, "N9")
    assert segments(third, "POC")[1].split("*")[3:5] == ["25", "15"]


def test_what_ships_and_is_billed_sums_to_what_was_agreed(undisturbed):
    items = [segments(one, "SN1") for one in of(undisturbed, "856")]
    billed = [segments(one, "IT1") for one in of(undisturbed, "810")]
    agreed = Counter({"1": 20, "2": 25})
    for told, quantity in ((items, 2), (billed, 2)):
        sums: Counter[str] = Counter()
        for row in (one.split("*") for rows in told for one in rows):
            sums[row[1]] += int(row[quantity])
        assert sums == agreed


def test_no_sscc_comes_twice(undisturbed):
    rows = [row for one in of(undisturbed, "856") for row in segments(one, "MAN")]
    found = [row.removeprefix("MAN*GM*00") for row in rows]
    assert len(set(found)) == len(found) == 4
    assert all(map(sscc_is_good, found))


def test_every_message_is_acknowledged_by_the_buyer(home, undisturbed):
    assert len((home / "over").read_text()) == len(TURNS)
    assert dict(undisturbed.end.events).get("message.overdue") is None


def killed_again_and_again(rounds: Zygote, home: Path, url: str, seed: int) -> int:
    """Play the life with kills at steps of this seed; how often it was killed."""
    chance = random.Random(seed)  # noqa: S311  no secret
    for kills in range(50):
        step = f"#{chance.randint(1, APART)}"
        code = rounds.run(str(home), str(kills), step, url)
        if not code:
            return kills
        assert code == -signal.SIGKILL
    assert rounds.run(str(home), "59", "", url) == 0
    return 50


def test_kills_at_random_steps_change_not_a_byte(
    kind: str, tmp_path: Path, request, rounds: Zygote, undisturbed: Life
):
    seed = os.environ.get("STORM_SEED", request.config.option.hypothesis_seed or 0)
    url = "" if kind == SQLITE else request.getfixturevalue("server").emptied
    assert killed_again_and_again(rounds, tmp_path, url, int(seed)) > 1
    assert life_of(tmp_path, url) == undisturbed


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(40))
def test_more_kills_at_random_steps_change_not_a_byte(
    seed: int, kind: str, tmp_path: Path, request, rounds: Zygote, undisturbed: Life
):
    url = "" if kind == SQLITE else request.getfixturevalue("server").emptied
    killed_again_and_again(rounds, tmp_path, url, seed)
    assert life_of(tmp_path, url) == undisturbed
