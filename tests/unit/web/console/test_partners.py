"""Partners: what waits, who they are, their guide; a channel is looked at only."""

from __future__ import annotations

from tests.unit.web.console.conftest import Console

ACME = "/console/partners/acme"


def test_the_list_says_what_waits_and_when_something_came_last(console: Console):
    console.house.order("case-price-differs.edi")
    page = console.at("viewer").get("/console/partners").text
    assert 'href="/console/partners/acme"' in page
    assert 'href="/console?partner=acme"' in page
    assert "<time datetime=" in page


def test_the_page_tells_names_channels_versions_and_the_last_messages(
    console: Console,
):
    console.house.order("good-small.edi")
    page = console.at("viewer").get(ACME).text
    assert "ACME" in page
    assert "x12_855" in page
    assert f'href="{ACME}/versions/1"' in page
    assert "/console/messages/msg_" in page
    assert "/profile" not in page  # a viewer changes nothing


def test_a_partners_own_people_see_no_other_partner(console: Console):
    browser = console.at("partner-admin", partner="lantern-bay")
    assert browser.get(ACME).status_code == 404
    assert browser.get(f"{ACME}/guide").status_code == 404
    assert browser.get(f"{ACME}/versions/1").status_code == 404
    assert browser.get(f"{ACME}/profile").status_code == 404
    assert ACME not in browser.get("/console/partners").text


def test_the_guide_is_a_page_of_the_console_in_both_languages(console: Console):
    browser = console.at("viewer")
    assert "PO1" in browser.get(f"{ACME}/guide?message=x12_850").text
    french = {"Accept-Language": "fr"}
    page = browser.get(f"{ACME}/guide?message=x12_850", headers=french).text
    assert 'lang="fr"' in page
    assert browser.get(f"{ACME}/guide?message=x12_999").status_code == 404


def test_a_channel_is_looked_at_by_who_may(console: Console):
    profile = console.gateway.rules.directory.profiles["acme"]
    channel = profile.channels[0]
    place = f"{ACME}/channels/{channel.id}"
    assert console.at("viewer").send_form(place).status_code == 403
    browser = console.at("admin")
    answer = browser.send_form(place)
    assert answer.status_code == 200
    assert browser.send_form(f"{ACME}/channels/none").status_code == 404
