"""Signed cXML and UBL orders through the door: believed and booked, or refused."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from gateway.cli.demo_signed import WATER, Agency
from gateway.engine.signed import Came, take
from gateway.store.signed import SignedDocument
from tests.starters import FOLDER
from tests.unit.engine.starter_house import Door, House
from tests.unit.engine.test_signed import lists, trust
from tests.unit.pipeline.parts import NOW
from tests.unit.pipeline.test_signed import authority, root
from tests.unit.pipeline.test_signed_xml import HOLE, whole


def sample(partner: str, name: str, end: str) -> str:
    """A document of a starter, signed as a whole."""
    text = (FOLDER / partner / "samples" / name).read_text("utf-8")
    bare = re.sub(
        r"<\?xml[^>]*>\s*|<!DOCTYPE[^>]*>\s*|<!--.*?-->", "", text, flags=re.S
    )
    return whole(bare.strip().replace(end, HOLE + end))


def posted(here: House, partner: str, text: str) -> SignedDocument:
    lists(here, root(), authority())
    profile = here.gateway.engine.rules.directory.profiles[partner]
    came = Came(profile=profile, data=text.encode(), peer="192.0.2.7", received_at=NOW)
    return take(here.gateway.engine, came, NOW)


def test_a_signed_ubl_order_is_booked(house: Door):
    any_kind = [{"edipi": "1234567890"}]
    here = house("ravensholm-council", trust=trust(signers=any_kind))
    text = sample("ravensholm-council", "good-small.xml", "</Order>")
    kept = posted(here, "ravensholm-council", text)
    assert kept.verdict == "passed", kept.report
    here.work()
    assert len(here.orders()) == 1


def test_a_signed_cxml_order_is_booked_and_a_changed_one_is_not(house: Door):
    any_kind = [{"edipi": "1234567890"}]
    here = house("brightwell-hotels", trust=trust(signers=any_kind))
    text = sample("brightwell-hotels", "good-small.xml", "</cXML>")
    changed = text.replace('quantity="', 'quantity="9')
    forged = posted(here, "brightwell-hotels", changed)
    assert forged.report["constraint"] == "crypto.content"
    kept = posted(here, "brightwell-hotels", text)
    assert kept.verdict == "passed", kept.report
    here.work()
    assert len(here.orders()) == 1


@pytest.mark.parametrize(
    ("was", "becomes", "policy", "constraint"),
    [
        (b"GWA-26-017", b"GWA-26-017", WATER.policy, None),
        (b"GWA-26-017", b"GWA-26-018", WATER.policy, "authorisation.contract"),
        (
            b">20</cbc:Quantity>",
            b">200</cbc:Quantity>",
            WATER.policy,
            "authorisation.amount",
        ),
        (b"GWA-26-017", b"GWA-26-017", "1.3.6.1.4.1.32473.7.2", "path.policies"),
    ],
    ids=["as agreed", "another contract", "over the limit", "another policy"],
)
def test_the_signer_of_a_starter_orders_what_its_profile_says(
    house: Door, was: bytes, becomes: bytes, policy: str, constraint: str | None
):
    water = Agency(replace(WATER, policy=policy), NOW)
    here = house(water.partner, **water.agreed())
    water.publish(here.gateway)
    order = water.sample("good-small.xml").replace(was, becomes)
    kept = posted(here, water.partner, water.sign_inside(order).decode())
    assert kept.report["constraint"] == constraint
    here.work()
    assert len(here.orders()) == (constraint is None)
