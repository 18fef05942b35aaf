"""Revocation lists in the store: found again, by number, for the moment asked about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.store import revocations
from gateway.store.database import Database
from gateway.store.retention import Days, Retention
from gateway.store.tables import crl, crl_part
from gateway.trust.judging import Asked, judge
from gateway.trust.pki.certificate import Certificate
from gateway.trust.pki.crl import Entry, RevocationList, UnreadableList
from gateway.trust.pki.ocsp import OcspAnswer
from gateway.trust.pki.revocation import Facts
from gateway.trust.pki.signature import key_sum
from gateway.trust.report import Sub
from tests import pki
from tests.pki import DAY, NOW, Holder
from tests.unit.pipeline.test_signed import (
    BODY,
    authority,
    judged,
    known,
    other,
    root,
    rules,
    signer,
    stamper,
)


def keep(db: Database, by: Holder, *revoked: Holder, **how: Any) -> None:
    rows = [(one.certificate.serial_number, NOW - DAY) for one in revoked]
    found = RevocationList.read(pki.revocations(by, *rows, **how))
    signer_ = key_sum(by.key.public_key())
    revocations.keep(db, found, signer_, "test", NOW)


def path() -> list[Certificate]:
    return [known(signer()), known(other()), known(authority())]


def test_what_is_revoked_is_found_and_what_is_not_is_good(db):
    keep(db, root())
    keep(db, authority(), other())
    with db.read() as tx:
        facts = revocations.facts_about(tx, path(), NOW)
    assert judged(pki.signature(BODY, signer()), facts=facts).report.is_passed
    refused = judged(pki.signature(BODY, other()), facts=facts).report
    assert refused.sub is Sub.REVOKED_NO_POE


def test_a_list_that_another_signed_is_not_believed(db):
    keep(db, root())
    keep(db, authority(), signed_by=signer())
    sum_ = key_sum(signer().key.public_key())
    with db.begin() as tx:
        tx.execute(crl.update().values(signer=sum_))
        facts = revocations.facts_about(tx, path(), NOW)
    assert (
        judged(pki.signature(BODY, signer()), facts=facts).report.sub is Sub.TRY_LATER
    )


def test_a_moment_has_the_lists_of_then(db):
    keep(db, root(), since=NOW - 9 * DAY, until=NOW + DAY)
    keep(db, authority(), since=NOW - 9 * DAY, until=NOW - 2 * DAY)
    keep(db, authority(), signer(), number=2)
    then = NOW - 5 * DAY
    with db.read() as tx:
        before = revocations.facts_about(tx, path(), then)
        today = revocations.facts_about(tx, path(), NOW)
    data = pki.signature(BODY, signer())
    assert judged(data, facts=before, at=then).report.is_passed
    assert judged(data, facts=today).report.sub is Sub.REVOKED_NO_POE


def test_every_number_of_a_list_of_many_parts_is_found(db):
    many = [(n, NOW - DAY) for n in range(1, 3000)]
    whole = RevocationList.read(pki.revocations(authority(), *many))
    revocations.keep(db, whole, "signer", "test", NOW)
    one = known(signer())
    asked = [_numbered(one, serial) for serial in (1, 1500, 2999)]
    with db.read() as tx:
        told = [_told(revocations.facts_about(tx, [each], NOW), each) for each in asked]
    assert told == [whole.entry(each.serial, one.issuer) for each in asked]
    assert None not in told


def _told(facts: Facts, one: Certificate) -> Entry | None:
    (found,) = facts.lists
    return found.entry(one.serial, one.issuer)


def _numbered(one: Certificate, serial: int) -> Certificate:
    class _Numbered(Certificate):
        @property
        def serial(self) -> int:
            return serial

    return _Numbered(one.der, one.parsed, one.subject, one.issuer, one.extensions)


def test_a_revoked_authority_of_time_stamps_is_found(db):
    """Its certificate comes in the token alone, and is looked up all the same."""
    keep(db, root(), stamper())
    keep(db, authority())

    def about(certificates: Sequence[Certificate]) -> Facts:
        with db.read() as tx:
            return revocations.facts_about(tx, certificates, NOW)

    data = pki.signature(BODY, signer(), stamp=stamper(), stamped_at=NOW - DAY / 2)
    asked = Asked(rules=rules(), facts=about, now=NOW, as_of=NOW)
    assert judge(asked, data).report.constraint == "timestamp.signer.revocation"


def test_what_was_not_looked_up_is_not_known_to_be_good(db):
    keep(db, authority())
    with db.read() as tx:
        (found,) = revocations.facts_about(tx, [known(other())], NOW).lists
    with pytest.raises(UnreadableList):
        found.entry(signer().certificate.serial_number, known(signer()).issuer)


def test_of_many_lists_the_newest_of_each_kind_is_taken(db):
    for hour in range(30):
        keep(db, authority(), number=hour + 1, since=NOW - DAY + hour * DAY / 48)
    keep(db, authority(), other(), number=40, base=1)
    keep(db, root(), since=NOW - 9 * DAY)
    with db.read() as tx:
        found = revocations.facts_about(tx, path(), NOW).lists
    assert sorted((one.number, one.is_delta) for one in found) == [
        (1, False),
        (30, False),
        (40, True),
    ]


def test_lists_and_answers_that_ended_long_ago_are_forgotten(db):
    for ended in (40, 20):
        begun, over = NOW - 90 * DAY, NOW - ended * DAY
        keep(db, authority(), number=ended, since=begun, until=over)
        said = pki.answer(signer(), authority(), since=begun, until=over)
        answer = OcspAnswer.read(said)
        about = [known(signer()), known(authority())]
        revocations.keep_answer(db, answer, about, "test", NOW)
    days = Days(payloads=30)
    Retention(db, days, NOW).run()
    then = NOW - 60 * DAY
    with db.read() as tx:
        assert [row.until for row in revocations.listed(tx)] == [NOW - 20 * DAY]
        assert len(revocations.facts_about(tx, path(), then).answers) == 1
        parts = tx.execute(sa.select(crl_part.c.crl_id).distinct()).all()
    assert len(parts) <= 1


def test_answers_are_found_for_the_moment_that_is_asked_about(db):
    days = [(9, 5), (4, -1), (1, -1)]
    for begun, over in days:
        said = pki.answer(
            signer(), authority(), since=NOW - begun * DAY, until=NOW - over * DAY
        )
        answer = OcspAnswer.read(said)
        revocations.keep_answer(
            db, answer, [known(signer()), known(authority())], "test", NOW
        )

    def since(at: datetime) -> list[datetime]:
        with db.read() as tx:
            found = revocations.facts_about(tx, path(), at).answers
        return [one.response.this_update_utc for one in found]

    assert since(NOW) == [NOW - DAY, NOW - 4 * DAY]
    assert since(NOW - 6 * DAY) == [NOW - 9 * DAY]
    assert since(NOW - 20 * DAY) == []
