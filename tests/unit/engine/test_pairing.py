"""A document and its signature in files of their own: both, or neither."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from gateway.pipeline.ports import Disbelieved
from gateway.pipeline.proof import proofs
from gateway.store.tables import alert, signed_document
from tests import pki
from tests.unit.engine.starter_house import Door, House
from tests.unit.engine.test_signed import SAMPLE, bundled, dropped, lists, trust
from tests.unit.pipeline.test_signed import authority, root, signer

BESIDE = pki.signature(SAMPLE, signer(), detached=True)
FORGED = SAMPLE.replace(b"EA*84*", b"EA*48*")
EDI, P7S = "in/order.edi", "in/order.edi.p7s"


@pytest.fixture
def acme(house: Door) -> House:
    here = house("acme", trust=trust(unsigned="refused", beside_min=15))
    lists(here, root(), authority())
    return here


def come(here: House, data: bytes, name: str, door: str = "folder") -> Any:
    inbound = dropped(here, data, door, name)
    return here.gateway.engine.accept_file(inbound)


def verdicts(here: House) -> list[str]:
    with here.gateway.db.read() as tx:
        return sorted(tx.execute(sa.select(signed_document.c.verdict)).scalars())


@pytest.mark.parametrize("door", ["folder", "sftp", "sftp_drop"])
@pytest.mark.parametrize("order", [(EDI, P7S), (P7S, EDI)], ids=["first", "last"])
def test_they_come_in_either_order_and_are_one(acme, door, order):
    data = {EDI: SAMPLE, P7S: BESIDE}
    for name in order:
        assert acme.orders() == []
        come(acme, data[name], name, door)
        acme.work(minutes=1)
    assert acme.orders() == ["4500001201"]
    assert verdicts(acme) == ["beside", "passed"]


def test_the_case_of_the_ending_does_not_matter(acme):
    come(acme, SAMPLE, EDI)
    come(acme, BESIDE, "in/order.edi.P7S")
    acme.work()
    assert acme.orders() == ["4500001201"]


def test_both_are_in_the_evidence_of_the_order(acme):
    come(acme, BESIDE, P7S)
    receipt = come(acme, SAMPLE, EDI)
    acme.work()
    names = [one.name for one in bundled(acme, receipt.id).members]
    assert len([one for one in names if one.endswith(".p7m")]) == 2


def test_both_are_judged_again_out_of_the_evidence(acme):
    come(acme, BESIDE, P7S)
    receipt = come(acme, SAMPLE, EDI)
    acme.work()
    found = bundled(acme, receipt.id).members
    (one,) = proofs({each.name: b"".join(each.content.chunks()) for each in found})
    again = one.judged(acme.now, one.as_of)
    assert again is not None
    assert again.is_passed


def test_each_of_them_again_has_the_first_answer(acme):
    come(acme, SAMPLE, EDI)
    first = come(acme, BESIDE, P7S)
    acme.work(minutes=1)
    again = [come(acme, SAMPLE, EDI), come(acme, BESIDE, P7S)]
    acme.work()
    assert {one.id for one in again} == {first.id}
    assert acme.orders() == ["4500001201"]


def test_half_a_pair_again_waits_once(acme):
    come(acme, SAMPLE, EDI)
    come(acme, SAMPLE, EDI)
    assert verdicts(acme) == ["waiting"]


def test_another_document_of_the_name_is_the_one_that_counts(acme):
    come(acme, FORGED, EDI)
    come(acme, SAMPLE, EDI)
    come(acme, BESIDE, P7S)
    acme.work()
    assert acme.orders() == ["4500001201"]


def test_attack_a_document_changed_beside_its_signature(acme):
    come(acme, FORGED, EDI)
    with pytest.raises(Disbelieved) as refused:
        come(acme, BESIDE, P7S)
    acme.work()
    assert refused.value.finding.code == "TRU-403"
    assert acme.orders() == []
    assert verdicts(acme) == ["beside", "failed"]


def test_attack_the_signature_of_a_document_of_another_name(acme):
    come(acme, SAMPLE, EDI)
    come(acme, BESIDE, "in/other.edi.p7s")
    acme.work()
    assert acme.orders() == []


@pytest.mark.parametrize(("data", "name"), [(SAMPLE, EDI), (BESIDE, P7S)])
def test_half_a_pair_is_refused_when_the_other_does_not_come(acme, data, name):
    come(acme, data, name)
    acme.work(minutes=14)
    assert verdicts(acme) == ["waiting"]
    acme.work(minutes=2)
    with acme.gateway.db.read() as tx:
        told = [(row.code, row.what) for row in tx.execute(sa.select(alert))]
    assert verdicts(acme) == ["failed"]
    assert [code for code, _ in told] == ["TRU-411"]
    assert name in told[0][1]
    assert acme.orders() == []


def test_a_signed_document_in_one_file_does_not_wait(acme):
    come(acme, pki.signature(SAMPLE, signer()), "in/order.p7m")
    acme.work()
    assert acme.orders() == ["4500001201"]


def test_where_they_come_in_one_file_half_a_pair_is_refused_at_once(house):
    here = house("acme", trust=trust(unsigned="refused"))
    with pytest.raises(Disbelieved):
        come(here, SAMPLE, EDI)
    with pytest.raises(Disbelieved):
        come(here, BESIDE, P7S)
