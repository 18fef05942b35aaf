"""Accept and explain path of EDIFACT say the same of messages that were spoiled."""

from __future__ import annotations

import random
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.edi.edifact.accept import Accept
from gateway.edi.edifact.directories import SchemaKey, key_of
from gateway.edi.edifact.events import EdifactMessage
from gateway.edi.events import Separators
from gateway.edi.explain import Explainer
from gateway.findings import Finding
from tests.unit.edi.edifact_parts import (
    BODY,
    interchange,
    message_lines,
    messages,
    read,
    validator,
)

ORDERS = "ORDERS:D:96A:UN"
SAMPLES = (
    (ORDERS, BODY),
    (
        ORDERS,
        (
            "BGM+220+A?+B?'C??+9+AC", "DTM+137:20260115:102", "DTM+2:20260120:102",
            "FTX+AAI+++a?:b:c", "RFF+CT:K7", "DTM+171:20260101:102",
            "NAD+BY+5412345000013::9++Name:Two+Street+City++1000+BE", "LOC+7+X",
            "RFF+VA:1", "CTA+OC+:Anna", "COM+a:TE", "TAX+7+VAT+++:::19+S",
            "CUX+2:EUR:9", "PAT+22++5:3:D:14", "PCD+12:2.5", "TOD+3++DAP",
            "ALC+A+++1+DI", "PCD+1:5", "MOA+204:1,50", "LIN+1++4000862141404:EN",
            "PIA+1+A:SA+B:BP", "IMD+F++:::Text", "QTY+21:12:PCE", "MOA+203:57",
            "PRI+AAA:4.75:CT:NTP:1:PCE", "RFF+LI:10", "LOC+7+P1", "QTY+11:6",
            "DTM+2:20260121:102", "TAX+7+VAT", "NAD+DP+5412345000013::9",
            "ALC+C", "MOA+23:3", "UNS+S", "MOA+86:57", "CNT+2:1", "ALC+C", "MOA+8:3",
        ),
    ),
    (
        "DESADV:D:01B:UN:EAN007",
        (
            "BGM+351+D1+9", "DTM+137:20260115:102", "RFF+ON:PO1", "NAD+BY+1::9",
            "TDT+20++30", "CPS+1", "PAC+2++PX", "CPS+2+1", "PAC+1++CT", "PCI+24",
            "GIN+BJ+340123450000000018+340123450000000025", "LIN+1++4:SRV",
            "QTY+12:5", "RFF+ON:PO1:1", "CNT+2:1",
        ),
    ),
    (
        "INVOIC:D:96A:UN",
        (
            "BGM+380+I1+9", "DTM+137:20260115:102", "NAD+SU+1::9", "LIN+1",
            "QTY+47:5", "MOA+203:10", "PRI+AAA:2", "UNS+S", "CNT+2:1", "MOA+77:12",
            "TAX+7+VAT", "MOA+124:2",
        ),
    ),
)  # fmt: skip
JUNK = ("", "+", ":", "++", "+:", "?", "??", "1", "X", "x1,5", "-", "1.", "\x07", "*",
        "9" * 40, "?+", "D:96A", "ZZ")  # fmt: skip
TAGS = ("BGM", "DTM", "RFF", "NAD", "LIN", "QTY", "PRI", "UNS", "MOA", "ALC", "TAX",
        "CPS", "PAC", "QQQ", "CTA", "LOC", "CNT", "UNH")  # fmt: skip


def spoiled(body: list[str], chance: random.Random) -> list[str]:
    """The segments with one to three things done to them."""
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(body)) if body else 0
        match chance.randrange(7):
            case 0 if body:
                del body[at]
            case 1 if body:
                body.insert(chance.randint(0, len(body)), body[at])
            case 2 if body:
                body.insert(chance.randint(0, len(body)), body.pop(at))
            case 3:
                body.insert(at, chance.choice(TAGS) + chance.choice(("", "+1", "+A:B")))
            case 4 if body:
                segment = body[at]
                place = chance.randint(0, len(segment))
                gone = chance.randint(0, 3)
                new = chance.choice(JUNK)
                body[at] = segment[:place] + new + segment[place + gone :]
            case _ if body:
                tag, mark, rest = body[at].partition("+")
                body[at] = tag + mark + rest.replace(":", chance.choice(JUNK), 1)
    return body


@cache
def explainer(key: SchemaKey) -> Explainer:
    return Explainer(validator(*key).plan)


@cache
def accepting(key: SchemaKey, separators: Separators, worth: int) -> Accept:
    return Accept(validator(*key).plan, separators, worth)


def check(message: EdifactMessage) -> tuple[Finding, ...]:
    """What is wrong with a message, found in every way that there is."""
    key = key_of(message)
    by_segment = accepting(key, message.separators, 1 << 60).scan(message)
    at_once = accepting(key, message.separators, 0).scan(message)
    assert at_once == by_segment
    explain = explainer(key).explain
    everything = explain(message, None)
    suspects, in_order = by_segment
    assert explain(message, suspects) == everything
    # what the envelope's findings tell of header and trailer is not told twice
    if not any(fault.code.startswith("ENV-") for fault in message.faults):
        assert (not suspects and in_order) == (not everything)
    return everything


@given(
    sample=st.sampled_from(SAMPLES),
    seed=st.integers(0, 2**32),
    syntax=st.integers(3, 4),
)
def test_both_paths_agree_on_a_spoiled_message(
    sample: tuple[str, tuple[str, ...]], seed: int, syntax: int
):
    identifier, body = sample
    lines = spoiled([*body], random.Random(seed))  # noqa: S311  no secret
    unb = f"UNB+UNOC:{syntax}+1:14+2:14+260115:0900+77"
    data = interchange(message_lines(lines, identifier=identifier), unb=unb)
    for message in messages(read(data)):
        if message.type == identifier.partition(":")[0]:
            check(message)


@pytest.mark.parametrize(("identifier", "body"), SAMPLES)
def test_the_samples_are_good(identifier: str, body: tuple[str, ...]):
    data = interchange(message_lines(body, identifier=identifier))
    (message,) = messages(read(data))
    assert check(message) == ()
