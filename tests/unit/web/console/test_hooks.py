"""The page of webhooks and keys: made, shown once, rotated, replayed, revoked."""

from __future__ import annotations

import re

from gateway.store import keys, webhooks
from tests.unit.web.console.conftest import Console

PAGE = "/console/keys"


def secret_on(text: str) -> str:
    found = re.search(r'<pre id="secret">([^<]+)</pre>', text)
    assert found is not None
    return found[1]


def test_a_key_is_shown_once_works_and_is_revoked(console: Console):
    admin = console.at("admin")
    made = admin.send_form(PAGE, name="erp", right=["read", "write"], days="30")
    secret = secret_on(made.text)
    db = console.gateway.db
    with db.read() as tx:
        key = keys.find(tx, secret)
    assert key is not None
    assert key.rights == {"read", "write"}
    assert secret not in admin.get(PAGE).text
    admin.send_form(f"{PAGE}/{key.id}/revoke")
    with db.read() as tx:
        assert keys.find(tx, secret) is None


def test_what_cannot_be_taken_is_said_at_its_field(console: Console):
    admin = console.at("admin")
    hook = admin.send_form(f"{PAGE}/webhooks", name="erp", address="http://127.0.0.1/")
    key = admin.send_form(PAGE, name="erp", right="read", days="x")
    bare = admin.send_form(PAGE, name="erp")
    assert (hook.status_code, 'href="#hook-url"' in hook.text) == (422, True)
    assert (key.status_code, 'href="#key-days"' in key.text) == (422, True)
    assert (bare.status_code, 'href="#key-right"' in bare.text) == (422, True)


def test_a_webhook_is_made_rotated_paused_resumed_and_deleted(console: Console):
    admin = console.at("admin")
    script = "<script>alert(1)</script>"
    made = admin.send_form(
        f"{PAGE}/webhooks",
        name=script,
        address="https://erp.example/e",
        event="asn.sent",
    )
    with console.gateway.db.read() as tx:
        (one,) = webhooks.every(tx)
    page = f"{PAGE}/webhooks/{one.id}"
    rotated = admin.send_form(page, do="rotate")
    admin.send_form(page, do="pause")
    with console.gateway.db.read() as tx:
        paused = webhooks.get(tx, one.id)
    admin.send_form(page, do="resume")
    shown = admin.get(page).text
    admin.send_form(page, do="remove")
    assert one.events == ("asn.sent",)
    assert paused is not None
    assert paused.state == "paused"
    assert secret_on(made.text) != secret_on(rotated.text)
    assert script not in made.text + shown
    assert admin.get(page).status_code == 404


def test_what_was_posted_is_listed_and_replayed(console: Console):
    admin = console.at("admin")
    admin.send_form(f"{PAGE}/webhooks", name="erp", address="https://erp.example/e")
    engine, db = console.gateway.engine, console.gateway.db
    console.house.order("good-small.edi")
    engine._publishing._posts = None
    engine.publish()
    with db.begin() as tx:
        (one,) = webhooks.every(tx)
        tx.exec_driver_sql("UPDATE webhook_event SET state = 'dead'")
    page = f"{PAGE}/webhooks/{one.id}"
    shown = admin.get(page).text
    admin.send_form(page, do="replay")
    with db.read() as tx:
        events = webhooks.events(tx, one.id, state="queued", cursor=None, limit=9)
    assert "order.received" in shown
    assert {event.type for event in events.items} >= {"order.received"}
