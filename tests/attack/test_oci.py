"""Whoever calls up the shop by OCI, and is not the buyer."""

from __future__ import annotations

import pytest

from tests.attack.conftest import OCI, PASSWORD, called_up
from tests.shop import Shop


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_good_login_leads_into_the_shop(method: str, shop: Shop):
    answer = called_up(shop, method)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/shop/v/ses_")
    assert PASSWORD not in str(answer.headers)


@pytest.mark.parametrize(
    "changed",
    [
        {"PASSWORD": "guessed"},
        {"PASSWORD": ""},
        {"PASSWORD": PASSWORD.upper()},
        {"USERNAME": "other"},
        {"USERNAME": "\0", "PASSWORD": "\0"},
        {"PASSWORD": "x", "password": "y"},
    ],
)
def test_another_login_is_403_and_tells_nothing(changed: dict[str, str], shop: Shop):
    answer = called_up(shop, **changed)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert PASSWORD not in answer.text
    assert OCI not in answer.text


@pytest.mark.parametrize("partner", ["nobody", "aldersey-power", "%2e%2e", "%00"])
def test_others_than_partners_by_oci_are_strangers(partner: str, shop: Shop):
    told = {"USERNAME": "\0", "PASSWORD": "\0", "HOOK_URL": "https://srm.example/"}
    answer = shop.http.post(f"/oci/{partner}", data=told)
    assert answer.status_code in (403, 404)
    assert "set-cookie" not in answer.headers


def test_a_function_that_is_not_agreed_on_is_refused(shop: Shop):
    answer = called_up(shop, FUNCTION="DOWNLOADJSON")
    assert answer.status_code == 501
    assert "SH-100" not in answer.text
