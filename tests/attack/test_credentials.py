"""Somebody says who they are not, or says again what was said before."""

from __future__ import annotations

import pytest

from gateway.cxml_punchout.credentials import Credential, mac_value
from tests.attack.conftest import THEIR_SECRET, THEIRS
from tests.shop import SECRET, Shop, status_of

OURS, HUB = "AN01777000010", "AN01000000998"
THEIR_ID, THEIR_HUB = "AN01777000020", "AN01000000997"
GOOD = ("2020-01-01T00:00:00+00:00", "2099-01-01T00:00:00+00:00")


def of_theirs(document: str) -> str:
    """The same document as the other buyer sends it."""
    document = document.replace(OURS, THEIR_ID).replace("733555011", "1")
    return document.replace(HUB, THEIR_HUB).replace(SECRET, THEIR_SECRET)


def with_mac(document: str, value: str, of: tuple[str, str] = GOOD) -> str:
    """The document with a MAC in the place of its secret."""
    mac = (
        '<CredentialMac type="FromSenderCredentials" algorithm="HMAC-SHA1-96" '
        f'creationDate="{of[0]}" expirationDate="{of[1]}">{value}</CredentialMac>'
    )
    return document.replace(f"<SharedSecret>{THEIR_SECRET}</SharedSecret>", mac)


def their_mac(of: tuple[str, str] = GOOD, secret: str = THEIR_SECRET) -> str:
    """What the other buyer's hub signs with."""
    buyer = Credential(domain="NetworkID", identity=THEIR_ID)
    hub = Credential(domain="NetworkID", identity=THEIR_HUB)
    return mac_value(secret, buyer, hub, *of)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SECRET, "guessed"),
        (SECRET, ""),
        (SECRET, THEIR_SECRET),
        (SECRET, SECRET.upper()),
        (f"<SharedSecret>{SECRET}</SharedSecret>", ""),
        (HUB, THEIR_HUB),
        (HUB, OURS),
    ],
)
def test_other_credentials_are_401(before: str, after: str, shop: Shop):
    document = shop.order("PO-STRANGER").replace(before, after)
    assert status_of(shop.ask(document)) == 401
    assert shop.booked("PO-STRANGER") == []


def test_nobody_orders_in_the_name_of_another(shop: Shop):
    document = of_theirs(shop.order("PO-THEIRS"))
    document = document.replace(THEIR_ID, OURS, 1)
    assert status_of(shop.ask(document)) == 401
    assert shop.booked("PO-THEIRS") == []


def test_names_of_two_partners_are_nobodys(shop: Shop):
    both = f"<Identity>{OURS}</Identity></Credential>"
    more = f'<Credential domain="NetworkID"><Identity>{THEIR_ID}</Identity>'
    document = shop.order("PO-BOTH").replace(both, f"{both}{more}</Credential>", 1)
    assert status_of(shop.ask(document)) in (401, 403)
    assert shop.booked("PO-BOTH") == []


def test_a_good_mac_is_taken(shop: Shop):
    document = with_mac(of_theirs(shop.order("PO-MAC")), their_mac())
    assert status_of(shop.ask(document)) == 200
    assert shop.booked("PO-MAC") == [THEIRS]


PAST = ("2020-01-01T00:00:00+00:00", "2020-01-02T00:00:00+00:00")
FUTURE = ("2098-01-01T00:00:00+00:00", "2099-01-01T00:00:00+00:00")


@pytest.mark.parametrize(
    ("value", "of"),
    [
        (their_mac(secret="guessed"), GOOD),  # noqa: S106  made up
        (their_mac(PAST), PAST),
        (their_mac(FUTURE), FUTURE),
        (their_mac(PAST), GOOD),
        (their_mac()[:-1], GOOD),
        ("", GOOD),
        (their_mac(), (GOOD[0], "never")),
    ],
    ids=["guessed", "past", "future", "longer", "shorter", "none", "no date"],
)
def test_a_mac_that_is_not_theirs_now_is_401(
    value: str, of: tuple[str, str], shop: Shop
):
    document = with_mac(of_theirs(shop.order("PO-FORGED")), value, of)
    assert status_of(shop.ask(document)) == 401
    assert shop.booked("PO-FORGED") == []


def test_a_replayed_order_is_answered_and_not_booked_again(shop: Shop):
    document = shop.order("PO-REPLAY")
    first = shop.ask(document)
    assert shop.ask(document) == first
    assert len(shop.booked("PO-REPLAY")) == 1


def test_an_altered_order_under_a_known_payload_id_is_409(shop: Shop):
    document = shop.order("PO-ALTERED")
    shop.ask(document)
    altered = document.replace('quantity="10"', 'quantity="10000"')
    assert status_of(shop.ask(altered)) == 409
    assert len(shop.booked("PO-ALTERED")) == 1


def test_a_payload_id_of_one_partner_says_nothing_of_another(shop: Shop):
    document = shop.order("PO-SHARED")
    mine, theirs = shop.ask(document), shop.ask(of_theirs(document))
    assert (status_of(mine), status_of(theirs)) == (200, 200)
    assert shop.booked("PO-SHARED") == ["aldersey-power", THEIRS]
