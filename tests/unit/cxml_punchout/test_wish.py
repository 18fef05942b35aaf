"""Who shops, and where the cart may go."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.cxml_punchout.basket import Wish
from gateway.cxml_punchout.credentials import Credential, Header
from gateway.cxml_punchout.session import Operation
from gateway.cxml_punchout.setup import Setup, SetupItem
from gateway.cxml_punchout.status import status_of
from gateway.cxml_punchout.wish import address_fault, user_of, wish_of
from gateway.findings import Finding
from gateway.partner import Profile
from gateway.partner.punchout import PunchOutForm
from gateway.safexml.markup import Node
from tests.starters import starter_profile

HEADER = Header(
    from_=(Credential(domain="NetworkID", identity="AN01"),),
    sender=(Credential(domain="NetworkID", identity="HUB", shared_secret="s"),),  # noqa: S106  made up
)


def profile(stage: str = "live", **punchout: Any) -> Profile:
    asked = {"return_to": ["https://buyer.example", "http://buyer.example:8080"]}
    return starter_profile("aldersey-power", stage=stage, punchout=asked | punchout)


def setup(**changes: Any) -> Setup:
    usual: dict[str, Any] = {
        "operation": "create",
        "cookie": Node("BuyerCookie"),
        "return_url": "https://buyer.example/back",
    }
    return Setup(**usual | changes)


def fault(url: str, stage: str = "live") -> str:
    found = address_fault(url, profile(stage))
    return found.code if found else ""


@pytest.mark.parametrize(
    "url",
    [
        "https://buyer.example",
        "https://buyer.example/back?x=1#y",
        "https://buyer.example:443/back",
        "https://BUYER.example/back",
    ],
)
def test_an_address_at_an_agreed_origin_is_good(url: str):
    assert fault(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "",
        "back",
        "//buyer.example/back",
        "javascript:alert(1)",
        "data:text/html,x",
        "sapevent:back",
        "ftp://buyer.example/",
        "https://buyer.example.evil.example/",
        "https://evil.example/https://buyer.example",
        "https://buyer.example@evil.example/",
        "https://evil.example\\@buyer.example/",
        "https://evil.example\\.buyer.example/",
        "https://buyer.example:8443/",
        "https://buyer.example:x/",
        " https://buyer.example/",
        "https://buyer.example/\nx",
        "http://buyer.example/",
        "http://buyer.example:8080/",
    ],
)
def test_another_address_is_not_allowed(url: str):
    assert fault(url) == "CXM-204"


def test_a_setup_without_an_address_is_told_so():
    told = wish_of(setup(return_url=""), HEADER, profile())
    assert isinstance(told, Finding)
    assert (told.code, str(told.where)) == (
        "CXM-022",
        "cXML/Request/PunchOutSetupRequest",
    )
    assert status_of([told]).code == 406


def test_an_open_address_is_for_tests():
    assert fault("http://buyer.example:8080/back", "test") == ""
    assert fault("http://buyer.example/back", "test") == "CXM-204"


@pytest.mark.parametrize(
    ("changes", "user"),
    [
        ({"extrinsics": (("uniquename", "alee"), ("UserEmail", "a@b"))}, "alee"),
        ({"extrinsics": (("UserEmail", "Ann@Buyer.example"),)}, "ann@buyer.example"),
        ({"emails": ("Ann@Buyer.example",)}, "ann@buyer.example"),
        ({"user_name": "Ann Lee"}, "Ann Lee"),
        ({"extrinsics": (("CostCenter", "610"),)}, ""),
    ],
)
def test_a_user_is_named_by_the_first_place_that_does(
    changes: dict[str, Any], user: str
):
    assert user_of(setup(**changes), PunchOutForm()) == user


def test_a_wish_holds_no_secret():
    wish = wish_of(setup(), HEADER, profile())

    assert isinstance(wish, Wish)
    assert wish.header.sender[0].shared_secret is None


def test_an_extrinsic_names_the_contract():
    asked = setup(extrinsics=(("AgreementId", "C-7"),))

    wish = wish_of(asked, HEADER, profile(contract="agreementid"))

    assert isinstance(wish, Wish)
    assert wish.contract == "C-7"


@pytest.mark.parametrize(
    ("operation", "allowed", "code"),
    [
        ("explore", "edit", "CXM-041"),
        ("edit", "inspect", "CXM-205"),
        ("inspect", "create", "CXM-205"),
        ("edit", "edit", ""),
        ("inspect", "inspect", ""),
        ("source", "create", ""),
    ],
)
def test_an_operation_is_allowed_up_to_the_highest(
    operation: str, allowed: str, code: str
):
    items = (SetupItem(sku="SH-100"),)
    asked = setup(operation=operation, items=items)

    wish = wish_of(asked, HEADER, profile(operation_allowed=allowed))

    assert (wish.code if isinstance(wish, Finding) else "") == code


def test_an_inspection_may_name_an_item_alone():
    asked = setup(operation="inspect", selected=SetupItem(sku="SH-100"))

    wish = wish_of(asked, HEADER, profile())

    assert isinstance(wish, Wish)
    assert (wish.operation, wish.selected) == (Operation.INSPECT, "SH-100")
    assert isinstance(wish_of(setup(operation="edit"), HEADER, profile()), Finding)
