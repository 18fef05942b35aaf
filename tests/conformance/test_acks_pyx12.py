"""pyx12 accepts the 997s and 999s of messages that are broken in any place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pytest

from tests.conformance.second import SecondOpinion
from tests.unit.edi.parts import BODY, acknowledged, interchange, put
from tests.unit.edi.test_ack999 import (
    BODY_5010,
    acknowledged_999,
    interchange_5010,
)

SEGMENTS = (
    "QQQ*1",
    "BAK*00*AC*1*20260115",
    "BEG*00*SA*1**20260115",
    "CTT*1",
    "REF*",
    "REF*DP*1*2*3*4*5*6",
    "REF*DP*038**PO>1>DP",
    "PO1*1*x*EA*1.1.1*PE*VP*A\x07B*ZZ",
    "DTM*002*20260230*2561",
    "MEA***1*XX>>Y",
    "N1*ST*" + "x" * 200,
    "N1*ST*A|B>C\xe9",
    "N4*SPRINGFIELD*IL*62701*US***IL",
    "SAC*Q",
    "SLN*1",
)


@dataclass(frozen=True)
class Kind:
    """A set that is acknowledged, and how."""

    body: Sequence[str]
    acknowledge: Callable[..., bytes]

    def answers(self, bodies: Iterable[Iterable[str]], **options) -> list[bytes]:
        return [self.acknowledge(body, **options) for body in bodies]


KINDS = {
    "997": Kind(BODY, lambda body, **how: acknowledged(interchange(body), **how)),
    "999": Kind(
        BODY_5010,
        lambda body, **how: acknowledged_999(interchange_5010(body), **how),
    ),
}


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> SecondOpinion:
    return SecondOpinion(tmp_path_factory.mktemp("maps"))


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@pytest.mark.parametrize("segment", SEGMENTS)
def test_a_bad_segment_in_any_place(second: SecondOpinion, kind: Kind, segment: str):
    bodies = [put(kind.body, at, segment) for at in range(2, 23)]
    assert second.refused(kind.answers(bodies)) == []


def test_any_segment_missing(second: SecondOpinion, kind: Kind):
    bodies = [put(kind.body, at, out=1) for at in range(2, 22)]
    assert second.refused(kind.answers(bodies)) == []
    assert second.refused(kind.answers(bodies, missing_at_last=True)) == []


def test_any_segment_over_its_maximum(second: SecondOpinion, kind: Kind):
    body = kind.body
    bodies = [put(body, at, *[body[at - 2]] * 30) for at in range(2, 22)]
    assert second.refused(kind.answers(bodies)) == []


def test_every_segment_at_fault(second: SecondOpinion, kind: Kind):
    bodies = [kind.body[::-1], ["BEG*x"] * 500, [f"PO1*{'x*' * 30}"] * 150]
    assert second.refused(kind.answers(bodies)) == []
