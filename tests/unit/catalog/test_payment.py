"""Terms of payment are compared where the profile says what was agreed on."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gateway.order.model import Payment, PaymentTerm
from tests.unit.catalog.parts import checked, codes, order, policy, usd

AGREED = {"net_days": "30", "discount_pct": "2", "discount_days": "14"}
NET = PaymentTerm(net_days=30)
OFF = PaymentTerm(discount_pct=Decimal("2.0"), discount_days=14)


def found(*terms: PaymentTerm, agreed: Any = AGREED) -> list[str]:
    sent = replace(order(), payment=Payment(terms=terms))
    return codes(checked(sent, who=policy(**{"payment": agreed} if agreed else {})))


@pytest.mark.parametrize(
    "terms",
    [
        (),
        (NET,),
        (NET, OFF),
        (replace(OFF, net_days=30),),
        (replace(OFF, discount_days=None),),
        (PaymentTerm(text="net 60"),),
        (PaymentTerm(discount_pct=Decimal(0)),),
    ],
)
def test_terms_that_were_agreed_on_are_nothing_to_tell(terms):
    assert found(*terms) == []


@pytest.mark.parametrize(
    "term",
    [
        replace(NET, net_days=60),
        replace(NET, net_days=14),
        replace(OFF, discount_pct=Decimal(3)),
        replace(OFF, discount_days=30),
        PaymentTerm(discount_amount=usd("5.00")),
    ],
)
def test_others_are_told_once(term):
    assert found(NET, term, term) == ["CAT-344"]


def test_a_discount_where_none_was_agreed_on_is_told():
    assert found(OFF, agreed={"net_days": "30"}) == ["CAT-344"]


def test_without_a_word_of_the_profile_terms_are_only_shown():
    assert found(replace(NET, net_days=90), OFF, agreed=None) == []
