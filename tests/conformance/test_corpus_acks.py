"""Every acknowledgement that we write for the corpus is accepted by pyx12's own maps.

They are written as ``gateway check --ack`` does: for senders without a profile, and
once more as if every file came from each of the partners that come with the package
(997 and 999, other separators, other encodings, guides).
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

import pytest

from gateway import bootstrap
from gateway.config import Settings
from tests.conformance.corpus import AT_HAND, raw, rows
from tests.conformance.second import SecondOpinion, excepted, kind_of

pytestmark = AT_HAND

NOW = dt.datetime(2026, 1, 16, 9, 30, tzinfo=dt.UTC)
PARTNERS = (
    "",
    *(one.id for one in bootstrap.starter_profiles() if one.identities.x12),
)

DATES = "its map of the 997 lacks the dates of six digits that 004010 ended"
NEWER = "its map of the 997 lacks codes that are there from 004050 on"
SHORT = "repeats a short GS02 or GS03"
EXCEPTED = {
    "EDIandXML+OBOE/testFiles/5-850.x12": {DATES},
    "staedi/src/test/resources/x12/invoice810_po850_dual.edi": {DATES},
    "apimeister+x12-types/src/v004010/test_940.rs.12.edi": {SHORT},
}
"""Answers that pyx12 cannot judge, whoever gets them, each with the reason."""
EXCEPTED_AS_SENT = EXCEPTED | {
    "prendleman+sterling-edi-app/tests/sample_data/sample_855.x12": {NEWER},
    "prendleman+sterling-edi-app/data/dummy/sample_855.x12": {NEWER},
}
"""As above, where every message type is judged: an 855 in a group of 850s."""


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> SecondOpinion:
    return SecondOpinion(tmp_path_factory.mktemp("maps"))


@cache
def answers(partner: str) -> tuple[tuple[str, bytes], ...]:
    """The file and the bytes of every acknowledgement."""
    profiles = bootstrap.starter_profiles()
    always = next((p for p in profiles if p.id == partner), None)
    settings = Settings(home=Path("nowhere"))
    return tuple(
        (row["file"], ack)
        for row in rows()
        for ack in bootstrap.check_offline(
            [raw(row["file"])], profiles, settings, NOW, always=always
        ).acknowledgements
    )


@pytest.mark.parametrize("partner", PARTNERS)
def test_pyx12_accepts_every_acknowledgement(second: SecondOpinion, partner: str):
    made = answers(partner)
    assert len(made) > 300
    refused = second.refused({answer for _, answer in made})
    assert [(answer[106:], told) for answer, told in refused] == []


def test_the_acknowledgements_are_997s_999s_and_ta1s():
    kinds = {kind_of(answer) for partner in PARTNERS for _, answer in answers(partner)}
    assert kinds == {b"997", b"999", b"TA1"}


@pytest.mark.parametrize("partner", PARTNERS)
def test_the_exceptions_are_those_that_are_argued(partner: str):
    found = {(f, why) for f, answer in answers(partner) if (why := excepted(answer))}
    listed = EXCEPTED if partner else EXCEPTED_AS_SENT
    for file, why in found:
        assert any(ending in file and why in w for ending, w in listed.items()), file
    for ending, reasons in listed.items():
        assert {why for file, why in found if ending in file} == reasons, ending


def test_one_bad_answer_among_many_is_found(second: SecondOpinion):
    made = sorted({answer for _, answer in answers("") if kind_of(answer) == b"997"})
    good = next(a for a in made if b"*850*" in a and b"AK5*A" in a and not excepted(a))
    bad = good.replace(b"AK5*A", b"AK5*Q")
    assert [answer for answer, _ in second.refused([*made, bad])] == [bad]
