"""Codes that a broken document does not provoke by itself: acknowledgements of ours
that come in, and what only the store, the door or the contract can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.catalog import Prices
from gateway.edi.annotate import annotate
from gateway.edi.diagnosed import OriginalMessage
from gateway.edi.events import GroupBegun, InterchangeBegun, MessageRead
from gateway.edi.plan import plan
from gateway.edi.validate import Validator
from gateway.edi.x12.acks import read_acks
from gateway.edi.x12.diagnose import (
    OriginalGroup,
    OriginalInterchange,
    diagnose,
)
from gateway.engine.reading import fenced
from gateway.findings import Finding
from gateway.partner import Directory
from gateway.pipeline import collecting, inbound
from gateway.pipeline.answer import answer
from gateway.pipeline.effects import Record, Refuse
from gateway.pipeline.preview import preview
from gateway.pipeline.rules import Rules
from gateway.pipeline.sent import Sent
from gateway.pipeline.world import Seen, World
from tests.conformance.test_mutations.parts import (
    PARTNERS,
    Change,
    gs,
    isa,
    mutated,
    partner,
    prices,
    rules,
    said,
    trailer,
    value,
)
from tests.unit.edi import test_acks
from tests.unit.edi.parts import joined, read, schema
from tests.unit.pipeline import test_settle
from tests.unit.pipeline.parts import NOW
from tests.unit.pipeline.test_settle import ROW, THREE

QUANTITY: Mapping[str, Change] = {
    "acme": value(8, 2, "1,5"),
    "lantern-bay": value(8, 2, "1,5"),
}
"""What is wrong with what was sent, by sample: one quantity."""
VERSIONS = {"acme": "004010", "lantern-bay": "005010"}
TOLD = {
    "acme": (
        *("AK1*PO*1040", "AK2*850*0001", "AK3*PO1*8**8", "AK4*2*330*6*1,5"),
        *("AK5*R*5", "AK9*R*1*1*0"),
    ),
    "lantern-bay": (
        *("AK1*PO*88201*005010", "AK2*850*0001", "IK3*PO1*8**8", "CTX*PO101>0010"),
        *("IK4*2*380*6*1,5", "IK5*R*5", "AK9*R*1*1*0"),
    ),
}
"""A good acknowledgement of it: 997 and 999."""


def original(name: str) -> OriginalInterchange:
    """The sample as it was sent, with the fault."""
    its = schema("850", VERSIONS[name])
    judge = Validator(plan(its))
    isa, gs, sent = None, None, []
    for event in read(mutated(name, QUANTITY[name])):
        match event:
            case InterchangeBegun():
                isa = event
            case GroupBegun():
                gs = event
            case MessageRead():
                found = judge.validate(event)
                sent.append(
                    OriginalMessage(
                        type=event.type,
                        control_number=event.control_number,
                        segments=annotate(event, judge.plan, found),
                    )
                )
            case _:
                pass
    assert isa is not None
    assert gs is not None
    groups = (OriginalGroup(group=gs, messages=tuple(sent)),)
    return OriginalInterchange(begun=isa, groups=groups)


def place(finding: Finding) -> str:
    return f"{finding.code} {finding.where}"


def explained(name: str, raw: bytes) -> list[str]:
    """What is found when an acknowledgement is held against what was sent."""
    told = diagnose(read_acks(read(raw)), [original(name)])
    return [place(finding) for one in told for finding in one.findings]


def of_lines(name: str, old: str = "", new: str = "") -> list[str]:
    """The same of a 997 or 999 with one line in the place of another, or without it."""
    lines = [new if old and line.startswith(old) else line for line in TOLD[name]]
    assert not old or list(TOLD[name]) != lines
    kind = "999" if name == "lantern-bay" else "997"
    raw = test_acks.wrapped([*filter(None, lines)], kind, VERSIONS[name])
    return explained(name, raw)


def of_ta1(row: str) -> list[str]:
    """The same of a TA1."""
    raw = joined([test_acks.ISA_4010, row, "IEA*0*000000555"])
    return explained("acme", raw)


@pytest.mark.parametrize("name", TOLD)
def test_a_good_acknowledgement_fits_what_was_sent(name: str):
    assert of_lines(name) == []
    assert of_ta1("TA1*000001040*261120*0912*A*000") == []


EXPLAINED = [
    ("ENV-101", "acme", "AK9", "", ["ENV-101 AK9 (segment 8)"]),
    ("ENV-101", "lantern-bay", "AK9", "", ["ENV-101 AK9 (segment 9)"]),
    ("ENV-112", "acme", "AK1", "AK1*PO*9", ["ENV-112 AK1-02"]),
    ("ENV-112", "lantern-bay", "AK1", "AK1*PO*9*005010", ["ENV-112 AK1-02"]),
    ("ENV-113", "acme", "AK2", "AK2*850*0009", ["ENV-113 AK2-02 (segment 3)"]),
    ("ENV-113", "lantern-bay", "AK2", "AK2*850*0009", ["ENV-113 AK2-02 (segment 3)"]),
    ("ENV-114", "acme", "AK3", "AK3*PO1*99**8", ["ENV-114 AK3-02 (segment 4)"]),
    ("ENV-114", "acme", "AK3", "AK3*PO1*7**8", ["ENV-114 AK3-01 (segment 4)"]),
    ("ENV-114", "lantern-bay", "IK3", "IK3*PO1*7**8", ["ENV-114 IK3-01 (segment 4)"]),
    ("ENV-115", "acme", "AK4", "AK4*2*330*6*7,7", ["ENV-115 AK4-04 (segment 5)"]),
    (
        "ENV-115",
        "lantern-bay",
        "IK4",
        "IK4*2*380*6*7,7",
        ["ENV-115 IK4-04 (segment 6)"],
    ),
    ("ENV-116", "acme", "AK5", "AK5*R*77", ["ENV-116 "]),
    ("ENV-116", "lantern-bay", "IK5", "IK5*R*77", ["ENV-116 "]),
    ("ENV-117", "acme", "AK9", "AK9*R*2*2*0", ["ENV-117 AK9-03 (segment 7)"]),
    ("ENV-117", "lantern-bay", "AK9", "AK9*R*2*2*0", ["ENV-117 AK9-03 (segment 8)"]),
]


@pytest.mark.parametrize(("code", "name", "old", "new", "found"), EXPLAINED)
def test_an_acknowledgement_that_does_not_fit_is_told_once(
    code: str, name: str, old: str, new: str, found: list[str]
):
    assert of_lines(name, old, new) == found
    assert {line.split()[0] for line in found} == {code}


OF_TA1 = [
    ("ENV-101", "TA1*X*261120*0912*A*000", ["ENV-101 TA1"]),
    ("ENV-111", "TA1*000000009*261120*0912*A*000", ["ENV-111 TA1-01"]),
    ("ENV-116", "TA1*000001040*261120*0912*R*999", ["ENV-116 "]),
    ("ENV-117", "TA1*000001040*261121*0912*A*000", ["ENV-117 TA1-01"]),
]


@pytest.mark.parametrize(("code", "row", "found"), OF_TA1)
def test_a_ta1_that_does_not_fit_is_told_once(code: str, row: str, found: list[str]):
    assert of_ta1(row) == found
    assert {line.split()[0] for line in found} == {code}


GOOD = ("AK1*PR*17", "AK2*855*0005", "AK5*A", "AK9*A*1*1*1")
REJECTING = ("AK1*PR*17", "AK2*855*0005", "AK5*R*5", "AK9*R*1*1*0")
DONE = replace(ROW, acknowledgement="accepted")
REFUSED = replace(ROW, acknowledgement="rejected")
# ENV-208 says what the partner said, beside what is strange about it.
SETTLED: list[tuple[str, tuple[str, ...], tuple[Sent, ...], list[str]]] = [
    ("ENV-201", ("AK1*PR*99", *GOOD[1:]), (ROW,), ["ENV-201"]),
    ("ENV-202", GOOD, (DONE,), ["ENV-202"]),
    ("ENV-203", REJECTING, (DONE,), ["ENV-203", "ENV-208"]),
    ("ENV-204", GOOD, (REFUSED,), ["ENV-204"]),
    ("ENV-205", ("AK1*PR*17", "AK2*855*0009", *GOOD[2:]), (ROW,), ["ENV-205"]),
    ("ENV-206", (*GOOD[:3], "AK9*R*1*1*0"), (ROW,), ["ENV-206", "ENV-208"]),
    ("ENV-207", (*GOOD[:2], "AK5*E*5", "AK9*E*1*1*1"), (ROW,), ["ENV-207"]),
    ("ENV-208", REJECTING, (ROW,), ["ENV-208"]),
    ("ENV-209", GOOD, (ROW, replace(ROW, id="msg_2", idem="other")), ["ENV-209"]),
]


@pytest.mark.parametrize("kind", ["997", "999"])
@pytest.mark.parametrize(("code", "lines", "sent", "found"), SETTLED)
def test_what_settles_badly_is_told_once(
    code: str,
    lines: tuple[str, ...],
    sent: tuple[Sent, ...],
    found: list[str],
    kind: str,
):
    words = [line.replace("AK5", "IK5") if kind == "999" else line for line in lines]
    effects = test_settle.settled(test_settle.acks(*words, kind=kind), *sent)
    told = {*test_settle.codes(effects), *test_settle.alerts(effects)}
    assert code in found
    assert told == {*found}


def test_a_good_acknowledgement_settles_without_a_word():
    effects = test_settle.settled(test_settle.acks(*GOOD))
    assert (test_settle.codes(effects), test_settle.alerts(effects)) == ([], [])
    assert THREE.message_count == 3


# The store, the door, the profile, the contract.


def test_env_080_an_interchange_that_came_before():
    one = inbound.read([mutated("acme")], rules(), receipt_id="rcp_2")
    key, sha256 = one.interchanges[0].key, one.interchanges[0].sha256
    seen = {key: Seen(sha256=sha256, receipt_id="rcp_1")}
    world = World(now=NOW, prices=prices(), interchanges=seen)
    assert [f.code for f in preview(one, NOW, world=world).findings] == ["ENV-080"]


def test_env_082_production_for_a_partner_at_test():
    testing = partner("acme").model_copy(update={"stage": "test"})
    by = Rules(rules().tables, Directory.of([testing]))
    assert said(mutated("acme"), by=by).found == ["ENV-082 ISA-15 @ISA*00"]


def test_env_083_a_transmission_at_another_partners_door():
    one = inbound.read([mutated("acme")], rules(), receipt_id="rcp_1")
    effects = answer(one, World(now=NOW, prices=prices()))
    (refuse,) = fenced(PARTNERS[1], effects)
    assert isinstance(refuse, Refuse)
    assert [f.code for f in refuse.findings] == ["ENV-083"]
    assert fenced("acme", effects) == effects
    assert any(isinstance(effect, Record) for effect in effects)


def test_wire_013_more_parts_than_are_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(collecting, "MOST_PARTS", 2)
    found = said(mutated("several orders")).found
    assert found == ["WIRE-013"]


def test_cat_360_an_order_below_the_contracts_least_value():
    good = prices()["acme"]
    contracts = [replace(c, min_value=Decimal(9999)) for c in good.contracts]
    items = [item for same in good.items.values() for item in same]
    known = {"acme": Prices.of(contracts, items)}
    assert said(mutated("acme"), catalogs=known).found == ["CAT-360 BEG-03 2"]


def numbering(**x12: str) -> Rules:
    """Rules with Acme, whose numbers are looked at."""
    acme = partner("acme")
    watched = acme.x12.model_copy(update=x12)
    return Rules(
        rules().tables, Directory.of([acme.model_copy(update={"x12": watched})])
    )


def order(po: str, number: str, group: str) -> bytes:
    """Acme's good sample as another order under other numbers."""
    return mutated(
        "acme",
        *(value(2, 3, po), isa(13, number), trailer("IEA", 2, number)),
        *(gs(6, group), trailer("GE", 2, group)),
    )


def test_env_084_a_group_that_came_before_in_another_interchange():
    again = mutated("acme", isa(13, "000001041"), trailer("IEA", 2, "000001041"))
    found = said(again, [mutated("acme")], numbering(unique="group")).found
    assert found == ["ENV-084 GS-06 @GS*PO*"]


WATCHED: tuple[tuple[str, list[bytes], bytes, list[str]], ...] = (
    ("ENV-085", [], order("A", "000001043", "1041"), ["ENV-085 ISA-13"]),
    ("ENV-085", [], order("A", "000001041", "1043"), ["ENV-085 GS-06"]),
    (
        "ENV-086",
        [order("A", "000001042", "1041")],
        order("B", "000001041", "1042"),
        ["ENV-086 ISA-13"],
    ),
)


@pytest.mark.parametrize(("code", "before", "raw", "found"), WATCHED)
def test_numbers_that_are_watched(
    code: str, before: list[bytes], raw: bytes, found: list[str]
):
    by = numbering(gaps="warn")
    assert said(raw, [mutated("acme"), *before], by).found == found
    assert {line.split()[0] for line in found} == {code}


IN_OTHER_WAYS = {
    *(row[0] for row in EXPLAINED),
    *(row[0] for row in OF_TA1),
    *(row[0] for row in SETTLED),
    *(row[0] for row in WATCHED),
    *("ENV-080", "ENV-082", "ENV-083", "ENV-084", "WIRE-013", "CAT-360"),
}
"""The codes that are provoked here."""
