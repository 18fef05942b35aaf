"""Profiles are checked, tried on what came last, dated, and twice confirmed."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.store import profiles, proposals
from gateway.store.audit import happened
from tests.parties import party
from tests.unit.web.console.conftest import Browser, Console

ACME = "/console/partners/acme"
EDITOR = f"{ACME}/profile"
SCRIPT = "<script>alert(1)</script>"


def yaml_of(console: Console, **changed: Any) -> str:
    return yaml.safe_dump(console.house.facts | changed, sort_keys=False)


def stated(console: Console) -> list[int]:
    with console.gateway.db.read() as tx:
        return [one.n for one in profiles.history(tx, "acme")]


def send(browser: Browser, text: str, do: str, base: int = 1, **more: str) -> Any:
    fields = {"yaml": text, "base": str(base), "do": do, "reason": "new desk"} | more
    return browser.send_form(EDITOR, **fields)


def test_what_is_wrong_stands_at_its_line_and_nothing_is_saved(console: Console):
    browser = console.at("partner-admin")
    assert 'name="yaml"' in browser.get(EDITOR).text
    answer = send(browser, yaml_of(console, stage="lively"), "save")
    assert answer.status_code == 422
    assert "CFG-003" in answer.text
    assert re.search(r'href="#yaml" data-line="[2-9]"', answer.text)
    assert stated(console) == [1]


def test_a_profile_is_saved_as_a_version_with_its_reason(console: Console):
    browser = console.at("partner-admin")
    text = yaml_of(console, name=f"Acme {SCRIPT}")
    assert send(browser, text, "save", reason="").status_code == 422
    assert send(browser, text, "save").status_code == 303
    assert stated(console) == [2, 1]
    with console.gateway.db.read() as tx:
        event = happened(tx, name="profile.applied", partner="acme").items[0]
    assert (event.by, event.detail["reason"]) == ("partner-admin", "new desk")
    for place in (ACME, f"{ACME}/versions/2", "/console/partners"):
        assert SCRIPT not in browser.get(place).text


def test_somebody_elses_version_is_not_written_over(console: Console):
    browser = console.at("partner-admin")
    assert send(browser, yaml_of(console, name="One"), "save").status_code == 303
    assert send(browser, yaml_of(console, name="Two"), "save").status_code == 409
    assert stated(console) == [2, 1]


def test_an_old_version_is_gone_back_to_as_a_new_one(console: Console):
    browser = console.at("partner-admin")
    first = yaml_of(console)
    send(browser, first, "save")
    send(browser, yaml_of(console, name="Another"), "save", base=2)
    page = browser.get(f"{ACME}/versions/2").text
    assert "Go back to this version" in page
    assert "<ins>+name: Another</ins>" in browser.get(f"{ACME}/versions/3").text
    assert send(browser, first, "check", base=3).status_code == 200
    assert send(browser, first, "save", base=3).status_code == 303
    assert stated(console) == [4, 3, 2, 1]


def test_what_would_change_is_read_off_what_came_last(console: Console):
    console.house.order("case-price-differs.edi")
    browser = console.at("partner-admin")
    policy = console.house.facts["policy"]
    policy = policy | {"decisions": policy["decisions"] | {"price_differs": "accept"}}
    answer = send(browser, yaml_of(console, policy=policy), "try")
    assert answer.status_code == 200
    assert "/console/messages/msg_" in answer.text
    assert "CAT-301" not in answer.text.partition("<form")[2]
    same = send(browser, yaml_of(console), "try")
    assert "/console/messages/msg_" not in same.text
    assert stated(console) == [1]


@pytest.fixture
def proposed(console: Console) -> Console:
    """A gateway in which an administrator has proposed another certificate."""
    pem = party("acme").certificate.public_bytes(Encoding.PEM).decode()
    entry = {"pem": pem, "uses": ["as2_sign"]}
    text = yaml_of(console, certificates=[entry])
    answer = send(console.at("admin"), text, "save")
    assert answer.status_code == 303, answer.text
    assert stated(console) == [1]
    return console


def test_another_certificate_needs_a_second_person(proposed: Console):
    place = f"{ACME}/proposal"
    admin, second = proposed.at("admin"), proposed.at("approver")
    assert "BEGIN CERTIFICATE" in second.get(place).text
    assert proposed.at("operator").send_form(place, do="confirm").status_code == 403
    assert admin.send_form(place, do="confirm").status_code == 403
    assert second.send_form(place, do="confirm").status_code == 303
    assert stated(proposed) == [2, 1]
    with proposed.gateway.db.read() as tx:
        names = [one.name for one in happened(tx, partner="acme").items]
    assert "profile.approved" in names
    page = admin.get(ACME).text
    assert "SHA-256" in page


def test_a_proposal_can_be_taken_back(proposed: Console):
    place = f"{ACME}/proposal"
    told = {"do": "refuse", "reason": "not ours"}
    assert proposed.at("approver").send_form(place, **told).status_code == 303
    assert stated(proposed) == [1]
    assert proposed.at("approver").get(place).status_code == 404


def test_a_new_partner_is_named_by_the_profile(console: Console):
    browser = console.at("admin")
    names = {"x12": {"qualifier": "ZZ", "id": "NEWCO"}}
    text = yaml_of(console, id="newco", name="New Co", identities=names)
    sent = {"yaml": text, "do": "save", "reason": "new", "base": "0"}
    assert (
        browser.send_form("/console/new-partner", id="other", **sent).status_code == 422
    )
    assert (
        browser.send_form("/console/new-partner", id="newco", **sent).status_code == 303
    )
    assert "New Co" in browser.get("/console/partners/newco").text
    assert (
        browser.send_form("/console/new-partner", id="newco", **sent).status_code == 403
    )
    own = console.at("partner-admin", partner="acme")
    assert own.get("/console/new-partner").status_code == 404


def test_nothing_waits_where_nothing_was_proposed(console: Console):
    with console.gateway.db.read() as tx:
        assert proposals.every(tx) == {}
    assert console.at("approver").get(f"{ACME}/proposal").status_code == 404
