"""Which certificate and which key is used when: before, during, after a roll-over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gateway.store.key_making import certificate
from gateway.trust.keyring import (
    Certificates,
    Certified,
    OwnKey,
    OwnKeys,
    State,
    Use,
    fingerprint,
    is_weak,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SWITCH = NOW + timedelta(days=10)
BEFORE, AFTER = SWITCH - timedelta(seconds=1), SWITCH
DAY = timedelta(days=1)
KEY = ec.generate_private_key(ec.SECP256R1())
BOTH = frozenset({Use.AS2_SIGN, Use.AS2_ENCRYPT})


def made(name: str, since: datetime = NOW, days: int = 365) -> x509.Certificate:
    return certificate(KEY, name, BOTH, since, days)


OLD, NEW = made("old", NOW - 300 * DAY), made("new")


def one(
    cert: x509.Certificate,
    state: State = State.CURRENT,
    since: datetime | None = None,
    until: datetime | None = None,
    grace: timedelta = timedelta(0),
) -> Certified:
    return Certified(
        certificate=cert,
        uses=BOTH,
        state=state,
        active_from=since,
        active_to=until,
        grace=grace,
    )


def own(certified: Certified, id_: str, partner_id: str = "") -> OwnKey:
    return OwnKey(certified=certified, private_key=KEY, id=id_, partner_id=partner_id)


ROLLING = Certificates(
    (one(OLD, until=SWITCH + 7 * DAY), one(NEW, State.PLANNED, since=SWITCH))
)
OURS = OwnKeys((own(one(OLD, until=SWITCH), "old"), own(one(NEW, since=SWITCH), "new")))


def test_place_1_what_comes_is_verified_with_both_while_they_overlap():
    assert ROLLING.verifying(Use.AS2_SIGN, BEFORE) == (OLD,)
    assert ROLLING.verifying(Use.AS2_SIGN, AFTER) == (NEW, OLD)
    assert ROLLING.verifying(Use.AS2_SIGN, SWITCH + 7 * DAY) == (NEW,)


@pytest.mark.parametrize("at", [BEFORE, AFTER, AFTER + 100 * DAY])
def test_place_2_what_comes_is_opened_with_every_key_there_is(at: datetime):
    assert [key.id for key in OURS.decrypting()] == ["old", "new"]


def test_place_3_what_leaves_is_encrypted_to_the_new_one_from_the_switch_on():
    assert ROLLING.encrypting(BEFORE) == OLD
    assert ROLLING.encrypting(AFTER) == NEW


@pytest.mark.parametrize("place", ["4 messages", "5 synchronous MDNs"])
def test_places_4_and_5_what_leaves_is_signed_by_the_new_key_from_the_switch_on(
    place: str,
):
    assert [key.id for at in (BEFORE, AFTER) if (key := OURS.signing(at))] == [
        "old",
        "new",
    ]


def test_place_6_an_mdn_that_comes_late_is_verified_with_either():
    late = Certificates((one(OLD, State.PREVIOUS), one(NEW)))
    assert set(late.verifying(Use.AS2_SIGN, AFTER)) == {OLD, NEW}


def test_a_revoked_certificate_is_neither_believed_nor_used():
    known = Certificates((one(OLD, State.REVOKED),))
    assert known.verifying(Use.AS2_SIGN, NOW) == ()
    assert known.encrypting(NOW) is None


def test_a_planned_one_without_a_date_is_believed_and_not_used():
    known = Certificates((one(NEW, State.PLANNED),))
    assert known.verifying(Use.AS2_SIGN, NOW) == (NEW,)
    assert known.encrypting(NOW) is None


def test_a_planned_one_is_not_believed_before_its_date():
    known = Certificates((one(NEW, State.PLANNED, since=SWITCH),))
    assert known.verifying(Use.AS2_SIGN, BEFORE) == ()


def test_a_previous_one_is_believed_and_not_encrypted_to():
    known = Certificates((one(OLD, State.PREVIOUS),))
    assert known.verifying(Use.AS2_SIGN, NOW) == (OLD,)
    assert known.encrypting(NOW) is None


def test_a_certificate_counts_only_for_its_uses():
    known = Certificates(
        (Certified(certificate=NEW, uses=frozenset({Use.TLS_SERVER})),)
    )
    assert known.verifying(Use.AS2_SIGN, NOW) == ()
    assert known.verifying(Use.TLS_SERVER, NOW) == (NEW,)
    assert known.encrypting(NOW) is None


def test_of_two_current_ones_the_newer_is_used():
    assert Certificates((one(NEW), one(OLD))).encrypting(NOW) == NEW
    assert Certificates((one(OLD), one(NEW))).encrypting(NOW) == NEW
    first = OwnKeys((own(one(NEW), "new"), own(one(OLD), "old"))).signing(NOW)
    assert first is not None
    assert first.id == "new"


def test_an_expired_certificate_is_taken_only_for_its_days_of_grace():
    ended = made("ended", NOW - 31 * DAY, days=30)
    strict, kind = (
        Certificates((one(ended),)),
        Certificates((one(ended, grace=2 * DAY),)),
    )
    assert strict.verifying(Use.AS2_SIGN, NOW) == ()
    assert strict.encrypting(NOW) is None
    assert kind.verifying(Use.AS2_SIGN, NOW) == (ended,)
    assert kind.encrypting(NOW) == ended
    assert kind.encrypting(NOW + 2 * DAY) is None
    assert strict.verifying(Use.AS2_SIGN, NOW, 2 * DAY) == (ended,)


def test_a_certificate_that_does_not_hold_yet_is_not_taken():
    early = made("early", NOW + DAY)
    assert Certificates((one(early),)).verifying(Use.AS2_SIGN, NOW) == ()


def test_a_key_for_one_partner_goes_before_everybodys():
    keys = OwnKeys((own(one(NEW), "all"), own(one(OLD), "acme", "acme")))
    acme, other = keys.towards("acme"), keys.towards("other")
    assert [key.id for key in (acme.signing(NOW), other.signing(NOW)) if key] == [
        "acme",
        "all",
    ]
    assert {key.id for key in acme.decrypting()} == {"all", "acme"}
    assert {key.id for key in other.decrypting()} == {"all"}


def test_a_revoked_key_of_ours_signs_nothing_and_still_opens():
    keys = OwnKeys((own(one(NEW, State.REVOKED), "x"),))
    assert keys.signing(NOW) is None
    assert [key.id for key in keys.decrypting()] == ["x"]


def test_tls_has_keys_of_its_own():
    client = Certified(certificate=NEW, uses=frozenset({Use.TLS_CLIENT}))
    keys = OwnKeys((own(one(OLD), "as2"), own(client, "tls")))
    shown = keys.tls(NOW)
    assert shown is not None
    assert shown.id == "tls"
    assert keys.tls(NOW, Use.TLS_SERVER) is None


@pytest.mark.parametrize(
    ("state", "since", "until", "standing"),
    [
        (State.PLANNED, None, None, State.PLANNED),
        (State.PLANNED, NOW, None, State.CURRENT),
        (State.PLANNED, NOW + DAY, None, State.PLANNED),
        (State.CURRENT, None, None, State.CURRENT),
        (State.CURRENT, NOW + DAY, None, State.PLANNED),
        (State.CURRENT, None, NOW, State.PREVIOUS),
        (State.CURRENT, None, NOW + DAY, State.CURRENT),
        (State.PREVIOUS, NOW - DAY, None, State.PREVIOUS),
        (State.REVOKED, NOW - DAY, NOW + DAY, State.REVOKED),
    ],
)
def test_dates_are_applied_to_the_state_that_was_written(
    state: State, since: datetime | None, until: datetime | None, standing: State
):
    assert one(NEW, state, since, until).standing(NOW) is standing


def test_rsa_keys_below_2048_bits_are_weak():
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505  a partner's old one
    assert is_weak(certificate(weak, "weak", BOTH, NOW, 1))
    assert not is_weak(NEW)


def test_a_private_key_is_not_shown():
    assert "private_key" not in repr(own(one(NEW), "x"))
    assert len(fingerprint(NEW)) == 64
