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

BAD_LINE = "PO1*1*x*EA*1.1.1*PE*VP*A\x07B*ZZ"


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
    raw = interchange(BODY, put(BODY, 5, BAD_LINE), gs=GS.replace("004010", version))
    assert second.refused([acknowledged(raw)]) == []


@pytest.mark.parametrize(("mark", "end"), [("|", "'"), ("\x1d", "\x1c"), ("*", "\n")])
def test_other_separators(second: SecondOpinion, mark: str, end: str):
    raw = interchange(BODY, put(BODY, 5, BAD_LINE), end=end)
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
