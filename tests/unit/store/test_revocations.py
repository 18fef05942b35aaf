"""Revocation lists in the store: found again, by number, for the moment asked about."""

from __future__ import annotations

from typing import Any

from gateway.store import revocations
from gateway.store.database import Database
from gateway.store.tables import crl
from gateway.trust.pki.certificate import Certificate
from gateway.trust.pki.crl import Entry, RevocationList
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
    signer,
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
