"""pyx12's reader and its own 997 map accept every 997 that we write."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.second import SecondOpinion, echoes
from tests.unit.edi.parts import (
    BODY,
    GS,
    acknowledged,
    explained,
    guided,
    interchange,
    put,
)

SEGMENTS = (
    "XXX*1",
    "BAK*00*AC*1*20260115",
    "BEG*00*SA*1**20260115",
    "CTT*1",
    "REF*",
    "REF*DP*1*2*3*4*5*6",
    "PO1*1*x*EA*1.1.1*PE*VP*A\x07B*ZZ",
    "DTM*002*20260230*2561",
    "MEA***1*XX>>Y",
    "N1*ST*" + "x" * 200,
    "N1*ST*A|B>C\xe9",
    "SAC*Q",
    "SLN*1",
)


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> SecondOpinion:
    return SecondOpinion(tmp_path_factory.mktemp("maps"))


def answers(bodies, **options) -> list[bytes]:
    return [acknowledged(interchange(body), **options) for body in bodies]


def test_it_refuses_a_997_with_a_bad_code(second: SecondOpinion):
    good = acknowledged(interchange(BODY))
    assert second.refused([good]) == []
    assert len(second.refused([good.replace(b"AK5*A", b"AK5*Q")])) == 1
    assert len(second.refused([good.replace(b"SE*6", b"SE*7")])) == 1


@pytest.mark.parametrize("segment", SEGMENTS)
def test_a_bad_segment_in_any_place(second: SecondOpinion, segment: str):
    bodies = [put(BODY, at, segment) for at in range(2, 23)]
    assert second.refused(answers(bodies)) == []


def test_any_segment_missing(second: SecondOpinion):
    bodies = [put(BODY, at, out=1) for at in range(2, 22)]
    assert second.refused(answers(bodies)) == []
    assert second.refused(answers(bodies, missing_at_last=True)) == []


def test_any_segment_over_its_maximum(second: SecondOpinion):
    bodies = [put(BODY, at, *[BODY[at - 2]] * 30) for at in range(2, 22)]
    assert second.refused(answers(bodies)) == []


def test_every_segment_at_fault(second: SecondOpinion):
    bodies = [BODY[::-1], ["BEG*x"] * 500, [f"PO1*{'x*' * 30}"] * 150]
    assert second.refused(answers(bodies)) == []


def test_a_guide_that_is_not_kept(second: SecondOpinion):
    judge = guided(
        require=[{"at": "REF-01", "value": "IV"}, {"at": "PER"}, {"at": "PO1-09"}],
        forbid=[{"at": "CUR"}, {"at": "PO1-05"}],
        narrow=[{"at": "BEG-02", "values": ["NE"]}],
        max_use=[{"at": "PO1", "max": 2}],
    )
    assert len(explained(BODY, judge)) > 8
    assert second.refused([acknowledged(interchange(BODY), judge)]) == []


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
        (b"00401", b"00501"),
    ],
)
def test_faults_of_the_envelope(second: SecondOpinion, old: bytes, new: bytes):
    assert second.refused([acknowledged(interchange(BODY).replace(old, new))]) == []


@pytest.mark.parametrize("version", ["004010VICS", "004030", "004060", "005010"])
def test_other_versions(second: SecondOpinion, version: str):
    raw = interchange(BODY, put(BODY, 5, SEGMENTS[6]), gs=GS.replace("004010", version))
    assert second.refused([acknowledged(raw)]) == []


@pytest.mark.parametrize(("mark", "end"), [("|", "'"), ("\x1d", "\x1c"), ("*", "\n")])
def test_other_separators(second: SecondOpinion, mark: str, end: str):
    raw = interchange(BODY, put(BODY, 5, SEGMENTS[6]), end=end)
    assert second.refused([acknowledged(raw.replace(b"*", mark.encode()))]) == []


def test_answers_that_echo_malformed_numbers_are_known_as_such():
    raw = interchange(BODY)
    assert not echoes(acknowledged(raw))
    assert echoes(acknowledged(raw.replace(b"*0001~", b"*1~")))
    assert echoes(acknowledged(raw.replace(b"ST*850*", b"ST*85*")))


def test_the_maps_are_not_ours(tmp_path: Path):
    SecondOpinion(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert {"997.4010.xml", "x12.control.00401.xml"} <= names
