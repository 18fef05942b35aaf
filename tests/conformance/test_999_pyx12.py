"""pyx12's reader and its own 999 map accept every 999 that we write."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.conformance.second import SecondOpinion
from tests.unit.edi import test_ack999 as cases
from tests.unit.edi.parts import put
from tests.unit.edi.test_ack999 import (
    BODY_5010,
    GS_5010,
    acknowledged_999,
    guided_5010,
    interchange_5010,
)

BAD_LINE = "PO1*1*x*EA*1.1.1*PE*VP*A\x07B*ZZ"


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> SecondOpinion:
    return SecondOpinion(tmp_path_factory.mktemp("maps"))


def answers(bodies: Iterable[Iterable[str]], **options) -> list[bytes]:
    return [acknowledged_999(interchange_5010(body), **options) for body in bodies]


def test_it_refuses_a_999_with_a_bad_code(second: SecondOpinion):
    bad = put(BODY_5010, 12, "PO1*1*10*EA*12.5*PE*VP", out=1)
    good = acknowledged_999(interchange_5010(bad))
    assert second.refused([good]) == []
    for old, new in (
        (b"IK5*R", b"IK5*Q"),
        (b"IK4*7*234*2", b"IK4*7*234*99"),
        (b"**8~", b"**I5~"),
        (b"CTX*SITUATIONAL TRIGGER*PO1*12", b"CTX*SITUATIONAL TRIGGER**12"),
        (b"SE*10*", b"SE*7*"),
    ):
        assert old in good
        assert len(second.refused([good.replace(old, new)])) == 1


def test_every_rule_of_a_guide(second: SecondOpinion):
    judges = [
        cases.REQUIRED,
        cases.VALUED,
        cases.UNUSED,
        cases.FEWER,
        cases.ELEMENT,
        cases.UNUSED_ELEMENT,
        cases.NARROW,
        cases.SHORT,
        cases.LONG,
        guided_5010(
            require=[{"at": "REF-01", "value": "IV"}, {"at": "PER"}, {"at": "PO1-09"}],
            forbid=[{"at": "CUR"}, {"at": "PO1-05"}],
            narrow=[{"at": "BEG-02", "values": ["NE"]}],
            max_use=[{"at": "PO1", "max": 2}],
        ),
    ]
    raw = interchange_5010(BODY_5010)
    assert second.refused([acknowledged_999(raw, judge) for judge in judges]) == []


def test_every_case_of_the_unit_tests(second: SecondOpinion):
    bodies = [case.values[0] for case in cases.STANDARD]
    assert second.refused(answers(bodies)) == []  # type: ignore[arg-type]  # bodies


def test_several_sets_and_a_reference(second: SecondOpinion):
    bad = put(BODY_5010, 4, "CUR*SE*USD")
    raw = interchange_5010(BODY_5010, bad, BODY_5010)
    raw = raw.replace(b"ST*850*0001~", b"ST*850*0001*GUIDE1~")
    told = acknowledged_999(raw, reference="005010X231")
    assert second.refused([acknowledged_999(raw), told]) == []
    assert second.refused([told.replace(b"*005010X231~", b"*NO-GUIDE~")]) != []


@pytest.mark.parametrize("version", ["005010X231A1", "005030", "005040", "006020"])
def test_other_versions(second: SecondOpinion, version: str):
    gs = GS_5010.replace("005010", version)
    raw = interchange_5010(BODY_5010, put(BODY_5010, 5, BAD_LINE), gs=gs)
    assert second.refused([acknowledged_999(raw, cases.NARROW)]) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"SE*22*", b"SE*9*"),
        (b"SE*22*0001", b"SE*22*0009"),
        (b"SE*22*0001~\n", b""),
        (b"GE*1*7", b"GE*4*7"),
        (b"GE*1*7", b"GE*1*9"),
        (b"GE*1*7~\n", b""),
        (b"IEA*1*000000101", b"IEA*3*9"),
        (b"*P*>", b"*T*>"),
    ],
)
def test_faults_of_the_envelope(second: SecondOpinion, old: bytes, new: bytes):
    raw = interchange_5010(BODY_5010).replace(old, new)
    assert second.refused([acknowledged_999(raw)]) == []


@pytest.mark.parametrize(("mark", "end"), [("|", "'"), ("\x1d", "\x1c"), ("|", "\r\n")])
def test_other_separators(second: SecondOpinion, mark: str, end: str):
    raw = interchange_5010(BODY_5010, put(BODY_5010, 5, BAD_LINE))
    raw = raw.replace(b"*", mark.encode()).replace(b"~\n", end.encode())
    assert second.refused([acknowledged_999(raw)]) == []
