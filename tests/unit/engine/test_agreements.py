from __future__ import annotations

from typing import Any

import pytest

from gateway.config import Settings
from gateway.engine.agreements import Agreements, Known
from gateway.store.database import Database
from gateway.store.keyrings import Keyrings
from gateway.store.secrets import SecretStore
from tests.databases import SQLITE
from tests.starters import starter_profile

pytestmark = pytest.mark.parametrize("kind", [SQLITE])
DROP = {"id": "drop", "kind": "folder"}


def agreements(db: Database, settings: Settings, **channel: Any) -> Agreements:
    as2 = {
        "id": "as2",
        "kind": "as2",
        "url": "https://as2.acme.example/as2",
        "names": {"ours": "US", "theirs": "Acme; [1]!"},
        **channel,
    }
    acme = starter_profile("acme", channels=[DROP, as2])
    keyrings = Keyrings(db, SecretStore(db))
    keyrings.use({"acme": acme})
    return Agreements([acme], keyrings, settings)


def test_an_agreement_is_found_by_both_names(db, settings):
    found = agreements(db, settings).found("Acme; [1]!", "US")

    assert isinstance(found, Known)
    assert (found.partner_id, found.channel.id) == ("acme", "as2")
    assert found.agreement.theirs == "Acme; [1]!"


@pytest.mark.parametrize(
    ("theirs", "ours"), [("acme; [1]!", "US"), ("US", "Acme; [1]!"), ("", "")]
)
def test_other_names_are_nobodys(db, settings, theirs, ours):
    assert agreements(db, settings).found(theirs, ours) is None


def test_names_that_are_quoted_twice_are_found_unless_they_are_somebodys(db, settings):
    plain = agreements(db, settings)
    quoted = agreements(db, settings, names={"ours": "US", "theirs": '"Acme; [1]!"'})

    assert plain.found('"Acme; [1]!"', '"US"') == plain.found("Acme; [1]!", "US")
    assert plain.found('"acme; [1]!"', "US") is None
    assert quoted.found('"Acme; [1]!"', "US") == quoted.of("acme", "as2")


def test_an_agreement_is_found_by_its_channel(db, settings):
    known = agreements(db, settings)

    assert known.of("acme", "as2") == known.found("Acme; [1]!", "US")
    assert known.of("acme", "drop") is None


def test_in_production_a_channel_without_security_is_not_there(db, settings):
    strict = settings.model_copy(update={"env": "production"})

    assert agreements(db, settings, security="none").of("acme", "as2")
    assert agreements(db, strict, security="none").of("acme", "as2") is None


def test_receipts_come_to_our_own_address_unless_the_channel_names_one(db, settings):
    ours = settings.model_copy(update={"as2_url": "https://edi.us.example/as2"})
    named = {"receipt": {"reply": "async", "url": "https://other.example/mdn"}}

    usual = agreements(db, ours).of("acme", "as2")
    other = agreements(db, ours, **named).of("acme", "as2")

    assert usual is not None
    assert other is not None
    assert usual.agreement.receipt_url == "https://edi.us.example/as2/mdn"
    assert other.agreement.receipt_url == "https://other.example/mdn"
