"""What is wrong with an interchange is said in its CONTRL: one fault, one entry."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import pytest

from gateway.bootstrap import edifact, tables
from gateway.edi.numbers import Numbers
from gateway.partner import Directory
from gateway.pipeline.answer import answer
from gateway.pipeline.effects import Queue
from gateway.pipeline.inbound import read
from gateway.pipeline.rules import Rules
from gateway.pipeline.world import World
from tests.starters import ROOT, starter_prices, starter_profile
from tests.unit.pipeline.parts import NOW

ORDER = (ROOT / "samples/edifact/order.edi").read_text("latin-1")
Change = Callable[[str], str]


@lru_cache
def rules(**form: str) -> Rules:
    marlow = starter_profile("marlow-grocers", edifact={"contrl": "always", **form})
    return Rules(tables(), Directory.of([marlow]), directories=edifact())


def contrls(text: str, **form: str) -> list[list[str]]:
    """The segments of each CONTRL between UNH and UNT."""
    world = World(now=NOW, prices={"marlow-grocers": starter_prices("marlow-grocers")})
    done = read([text.encode("latin-1")], rules(**form), receipt_id="rcp_1")
    drafts = [
        effect.draft
        for effect in answer(done, world)
        if isinstance(effect, Queue) and effect.kind == "edifact_contrl"
    ]
    numbers = Numbers(interchange=1, group=1, message=1)
    texts = [draft.finish(numbers, NOW).decode("latin-1") for draft in drafts]
    return [
        [row for row in text.replace("\n", "").split("'") if row[:2] == "UC"]
        for text in texts
    ]


def swap(before: str, after: str) -> Change:
    def change(text: str) -> str:
        assert before in text
        return text.replace(before, after, 1)

    return change


def counted(before: str, after: str, segments: int) -> Change:
    """The same where the number of segments changes with it."""

    def change(text: str) -> str:
        return swap("UNT+17+", f"UNT+{segments}+")(swap(before, after)(text))

    return change


UCI = "UCI+5001+5012345001012:14+4009988000015:14"
UCM = "UCM+1+ORDERS:D:01B:UN:EAN010+4"
DATES = "DTM+137:20261120:102'\nDTM+2:20261204:102'\n"
MESSAGES: dict[str, tuple[Change, list[str]]] = {
    "segment that no directory has": (
        counted("UNS+S'", "QQQ+1'\nUNS+S'", 18),
        [UCM, "UCS+15+15"],
    ),
    "segment out of place": (
        counted("UNS+S'", "BGM+220+1+9'\nUNS+S'", 18),
        [UCM, "UCS+15+15"],
    ),
    "missing segment": (counted(DATES, "", 15), [UCM, "UCS+2+13"]),
    "missing element": (
        swap("LIN+1++4009988101002:SRV", "LIN+1"),
        [UCM, "UCS+9", "UCD+13+4"],
    ),
    "missing component": (swap("QTY+21:48", "QTY+21"), [UCM, "UCS+10", "UCD+13+2:2"]),
    "too long": (swap("NAD+BY+5", "NAD+BYER+5"), [UCM, "UCS+5", "UCD+39+2"]),
    "letters in a number": (swap("CNT+2:2", "CNT+2:X"), [UCM, "UCS+16", "UCD+37+2:2"]),
    "too many components": (
        swap("CNT+2:2'", "CNT+2:2:PCE:1'"),
        [UCM, "UCS+16", "UCD+16+2"],
    ),
    "wrong count": (swap("UNT+17", "UNT+16"), [UCM + "+29+UNT+2"]),
    "wrong reference": (swap("UNT+17+1", "UNT+17+2"), [UCM + "+28+UNT+3"]),
    "no trailer": (swap("UNT+17+1'\n", ""), [UCM + "+13+UNT"]),
    "unknown type": (
        swap("ORDERS:D:01B:UN:EAN010", "DELFOR:D:01B:UN:EAN010"),
        ["UCM+1+DELFOR:D:01B:UN:EAN010+4+17+UNH+3"],
    ),
    "unknown directory": (
        swap("ORDERS:D:01B:UN:EAN010", "ORDERS:D:77Z:UN:EAN010"),
        ["UCM+1+ORDERS:D:77Z:UN:EAN010+4+17+UNH+3"],
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_fault_of_a_message_has_its_place_and_code_and_nothing_else(name: str):
    change, said = MESSAGES[name]
    assert contrls(change(ORDER), contrl_form="un") == [[f"{UCI}+7", *said]]


INTERCHANGES: dict[str, tuple[Change, str]] = {
    "missing trailer": (swap("UNZ+1+5001'\n", ""), "13+UNZ"),
    "wrong number in the trailer": (swap("UNZ+1+5001", "UNZ+1+5002"), "28+UNZ+3"),
    "wrong count in the trailer": (swap("UNZ+1+", "UNZ+3+"), "29+UNZ+2"),
    "unknown syntax version": (swap("UNOC:3", "UNOC:9"), "2+UNB+2:2"),
}


@pytest.mark.parametrize("name", INTERCHANGES)
def test_a_fault_of_the_envelope_refuses_all_where_the_level_is_strict(name: str):
    change, said = INTERCHANGES[name]
    assert contrls(change(ORDER), level="strict") == [[f"{UCI}+4+{said}"]]


def test_a_reference_that_comes_twice_is_said_of_the_second_message():
    twice = ORDER.replace(
        "UNZ+1+", ORDER[ORDER.index("UNH") : ORDER.index("UNZ")] + "UNZ+2+"
    )
    (said,) = contrls(twice)
    assert said == [f"{UCI}+7", f"{UCM}+26+UNH+2"]


@pytest.mark.parametrize(
    ("when", "asked", "broken", "comes"),
    [
        ("always", False, False, True),
        ("asked", False, False, False),
        ("asked", True, False, True),
        ("asked", False, True, True),
        ("on_error", True, False, False),
        ("on_error", True, True, True),
        ("never", True, True, False),
    ],
)
def test_it_comes_when_the_profile_says(
    when: str, asked: bool, broken: bool, comes: bool
):
    text = ORDER if asked else swap("++ORDERS++1'", "++ORDERS'")(ORDER)
    text = swap("UNT+17", "UNT+16")(text) if broken else text
    assert bool(contrls(text, contrl=when)) is comes


def test_every_message_is_named_where_the_profile_wants_it():
    (said,) = contrls(ORDER, contrl_names="every")
    assert said == [f"{UCI}+7", "UCM+1+ORDERS:D:01B:UN:EAN010+7"]


@pytest.mark.parametrize("broken", ["", "broken"])
def test_a_contrl_is_never_answered_by_one(broken: str):
    body = f"UNH+1+CONTRL:D:3:UN'\nUCI+1+4009988000015:14+5012345001012:14+7{broken}'\n"
    start, end = ORDER.index("UNH"), ORDER.index("UNZ")
    text = ORDER[:start] + body + "UNT+3+1'\n" + ORDER[end:]
    assert contrls(text) == []


def test_only_the_receipt_is_said_where_only_that_is_asked():
    four = ORDER.replace("UNOC:3", "UNOC:4").replace("261120:", "20261120:")
    (said,) = contrls(swap("++ORDERS++1'", "++ORDERS++2'")(four))
    assert said == [f"{UCI}+8"]
