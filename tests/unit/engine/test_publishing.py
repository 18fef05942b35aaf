"""Webhooks from an order to a receiver that checks them with the standard's library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import standardwebhooks
from cloudevents.core.bindings.http import HTTPMessage, from_structured
from cloudevents.core.formats.json import JSONFormat

from gateway.bootstrap import Gateway
from gateway.config import Settings
from gateway.engine import metrics
from gateway.pipeline.ports import Failed, Sent, Trouble
from gateway.store import health, webhook_feed, webhooks
from gateway.store.webhooks import Webhook
from gateway.transport.addresses import networks
from gateway.transport.hook_posts import HookPosts, where
from gateway.transport.https import Lines
from gateway.transport.webhook import signature
from tests.databases import BOTH, SQLITE
from tests.listening import listening
from tests.unit.engine.house import NOW, SAMPLES, House

GOOD = (SAMPLES / "good-small.edi").read_text()
HELD = "case-ship-to-unknown.edi"
BROKEN = (SAMPLES / "bad-require-ctt.edi").read_text()


@pytest.fixture
def kind() -> str:
    """One database tells most of it."""
    return SQLITE


@dataclass
class Receiver:
    """Hears what is posted, and answers as it is told by the type of the event."""

    heard: list[tuple[str, bytes]] = field(default_factory=list)
    answers: dict[str, Failed] = field(default_factory=dict)
    all_answer: Failed | None = None

    def post(
        self, url: str, secrets: Any, id_: str, body: bytes, now: Any
    ) -> Sent | Failed:
        told = json.loads(body)
        answers = (self.answers.get(one) for one in (told["type"], told["subject"]))
        failed = self.all_answer or next(filter(None, answers), None)
        if failed is not None:
            return failed
        self.heard.append((id_, body))
        return Sent("HTTP 200")

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.heard]


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    made = House(settings, {}, {})
    yield made
    made.close()


@pytest.fixture
def receiver(house: House) -> Receiver:
    made = Receiver()
    house.gateway.engine._publishing._posts = made
    return made


def hook(house: House, *events: str, partner: str = "", url: str = "") -> Webhook:
    with house.gateway.db.begin() as tx:
        made, _ = webhooks.make(
            tx,
            name="erp",
            url=url or "https://erp.example/events",
            events=events,
            partner_id=partner,
            now=house.now,
            by="test",
        )
    return made


def publish(house: House) -> None:
    engine = house.gateway.engine
    while engine.publish():
        assert engine._publishing.wait(10)


def kept(house: House, one: Webhook) -> dict[str, str]:
    """The states of its events by their types, the oldest first."""
    with house.gateway.db.read() as tx:
        page = webhooks.events(tx, one.id, state=None, cursor=None, limit=100)
    return {event.type: event.state for event in reversed(page.items)}


@pytest.mark.parametrize("kind", BOTH)
def test_an_order_is_told_from_its_receipt_to_its_delivered_answer(
    house: House, receiver: Receiver
):
    hook(house)
    order = house.order()
    publish(house)
    told = [json.loads(body) for _, body in receiver.heard]
    ours = [one for one in told if one["subject"] == order.order.id]
    assert [one["type"] for one in ours] == [
        "order.received",
        "order.confirmed",
        "message.delivered",
    ]
    assert ours[0]["data"] == {
        "partner_id": "acme",
        "order_id": order.order.id,
        "po_number": order.order.po_number,
        "state": "confirmed",
        "test": False,
    }
    assert len({id_ for id_, _ in receiver.heard}) == len(receiver.heard)


def test_a_held_order_and_a_rejected_message_are_told(house: House, receiver: Receiver):
    hook(house, "order.held", "message.rejected")
    house.order(HELD)
    house.send(BROKEN.encode())
    house.work()
    publish(house)
    assert receiver.types() == ["order.held", "message.rejected"]


def test_only_what_is_subscribed_to_is_told_and_only_of_that_partner(
    house: House, receiver: Receiver
):
    hook(house, "order.received", partner="acme")
    hook(house, partner="other")
    house.order()
    publish(house)
    assert receiver.types() == ["order.received"]


def test_what_was_before_the_webhook_is_not_told(house: House, receiver: Receiver):
    house.order()
    house.gateway.engine.seal()
    hook(house, "order.received")
    publish(house)
    assert receiver.types() == []


def test_without_a_webhook_nothing_is_kept(house: House, receiver: Receiver):
    house.order()
    assert house.gateway.engine.publish() == 0
    with house.gateway.db.read() as tx:
        assert not webhook_feed.is_wanted(tx)
        assert webhook_feed.waiting(tx) == {}


def test_what_is_refused_is_posted_again_with_its_id_and_in_its_order(
    house: House, receiver: Receiver
):
    one = hook(house, "order.received", "order.confirmed")
    receiver.answers["order.received"] = Failed("HTTP 500", trouble=Trouble.OURS)
    house.order()
    publish(house)
    assert receiver.types() == []
    receiver.answers.clear()
    house.later(hours=1)
    publish(house)
    assert receiver.types() == ["order.received", "order.confirmed"]
    assert set(kept(house, one).values()) == {"delivered"}


@pytest.mark.parametrize("kind", BOTH)
def test_an_order_whose_event_is_refused_stops_no_other(
    house: House, receiver: Receiver
):
    hook(house, "order.received", "order.confirmed", "order.held")
    first = house.order()
    refused = Failed("HTTP 422", trouble=Trouble.OURS)
    receiver.answers[first.order.id] = refused
    publish(house)
    house.order(HELD)
    publish(house)
    assert receiver.types() == ["order.received", "order.held"]
    assert house.gateway.engine.publish() == 0


def test_a_receiver_that_is_away_is_left_alone_for_a_while(
    house: House, receiver: Receiver
):
    one = hook(house, "order.received")
    receiver.all_answer = Failed("no answer in time")
    house.order()
    publish(house)
    with house.gateway.db.read() as tx:
        found = webhooks.get(tx, one.id)
    assert found is not None
    assert (found.failures, found.next_at > house.now) == (1, True)


@pytest.mark.parametrize("kind", BOTH)
def test_what_nobody_took_for_days_is_given_up_told_and_can_be_replayed(
    house: House, receiver: Receiver
):
    one = hook(house, "order.received")
    receiver.all_answer = Failed("HTTP 500", trouble=Trouble.OURS)
    house.order()
    for _ in range(12):
        publish(house)
        house.later(hours=24)
    assert kept(house, one) == {"order.received": "dead"}
    with house.gateway.db.read() as tx:
        codes = [row.code for row in alerts(tx)]
    receiver.all_answer = None
    with house.gateway.db.begin() as tx:
        count = webhooks.replay(
            tx, one, event_id=None, since=None, now=house.now, by="test"
        )
    publish(house)
    assert codes == ["API-024"]
    assert (count, receiver.types()) == (1, ["order.received"])


def alerts(tx: Any) -> list[Any]:
    rows = tx.exec_driver_sql("SELECT code FROM alert")
    return [row for row in rows if row.code.startswith("API")]


def test_a_replay_since_a_moment_posts_the_same_events_once_more(
    house: House, receiver: Receiver
):
    one = hook(house, "order.received", "order.confirmed")
    house.order()
    publish(house)
    with house.gateway.db.begin() as tx:
        early = webhooks.replay(
            tx, one, event_id=None, since=house.now + timedelta(1), now=house.now, by=""
        )
        count = webhooks.replay(
            tx, one, event_id=None, since=NOW, now=house.now, by="test"
        )
    publish(house)
    assert (early, count) == (0, 2)
    assert receiver.heard[:2] == receiver.heard[2:]


def test_a_process_that_only_publishes_posts_what_others_took_in(
    house: House, receiver: Receiver, settings: Settings
):
    hook(house, "order.received")
    house.order()
    house.gateway.engine.close()
    other = Gateway(settings, clock=lambda: house.now)
    other.engine._publishing._posts = receiver
    other.engine.publish()
    assert other.engine._publishing.wait(10)
    other.close()
    assert receiver.types() == ["order.received"]


def test_a_receiver_that_is_gone_pauses_its_webhook(house: House, receiver: Receiver):
    one = hook(house, "order.received")
    receiver.all_answer = Failed("HTTP 410", trouble=Trouble.REFUSED)
    house.order()
    publish(house)
    with house.gateway.db.read() as tx:
        found = webhooks.get(tx, one.id)
    assert found is not None
    assert (found.state, found.why) == ("paused", "HTTP 410")


@pytest.mark.parametrize("kind", BOTH)
def test_a_webhook_that_was_changed_meanwhile_is_not_changed_again(house: House):
    one = hook(house)
    with house.gateway.db.begin() as tx:
        webhooks.rotate(tx, one, house.now, by="a")
    with pytest.raises(webhooks.Changed), house.gateway.db.begin() as tx:
        webhooks.rotate(tx, one, house.now, by="b")


# On the wire.


@pytest.fixture
def door() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    got: list[tuple[dict[str, str], bytes]] = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with listening(Door) as address:
        yield f"{address}/events", got


def test_both_secrets_of_a_rotation_verify_with_the_library_of_the_standard(
    settings: Settings, door: tuple[str, list[tuple[dict[str, str], bytes]]]
):
    url, got = door
    changed = settings.model_copy(update={"webhook_networks": "127.0.0.0/8"})
    house = House(changed, {}, {})
    with house.gateway.db.begin() as tx:
        made, old = webhooks.make(
            tx, name="erp", url=url, events=(), partner_id="", now=house.now, by=""
        )
        _, new = webhooks.rotate(tx, made, house.now, by="")
    posts = house.gateway.engine._publishing._posts
    assert isinstance(posts, HookPosts)
    house.order()
    publish(house)
    house.close()
    headers, body = got[0]
    at = int(headers["webhook-timestamp"])
    assert at == int(house.now.timestamp())
    for secret in (old, new):
        signed = standardwebhooks.Webhook(secret)
        wanted = signed.sign(headers["webhook-id"], house.now, body.decode())
        assert wanted in headers["webhook-signature"].split(" ")
    event = from_structured(HTTPMessage(headers, body), JSONFormat())
    assert event.get_type() == "order.received"
    assert event.get_id() == headers["webhook-id"]


def test_the_test_vector_of_standard_webhooks():
    key = standardwebhooks.Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    told = signature([key._whsecret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert told == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("url", "ips", "why"),
    [
        ("https://erp.example/", ["10.0.0.1"], "a network that is not to be reached"),
        ("https://erp.example/", ["127.0.0.1"], "a network that is not to be reached"),
        ("https://erp.example/", ["169.254.169.254"], "not to be reached"),
        ("https://erp.example/", ["::ffff:10.0.0.1"], "not to be reached"),
        ("http://erp.example/", ["93.184.216.34"], "not https"),
        ("ftp://erp.example/", ["93.184.216.34"], "no http or https URL"),
        ("https://user@erp.example/", ["93.184.216.34"], "no http or https URL"),
        ("https://", ["93.184.216.34"], "no http or https URL"),
        ("https://[::1", ["93.184.216.34"], "no http or https URL"),
    ],
)
def test_events_go_nowhere_else(url: str, ips: list[str], why: str):
    found = where(url, (), lambda host, port: ips)
    assert isinstance(found, str)
    assert why in found


def test_a_listed_network_may_be_reached_without_tls():
    inside = networks("10.1.0.0/16")
    found = where("http://erp.example/x?y=1", inside, lambda host, port: ["10.1.2.3"])
    assert not isinstance(found, str)
    assert (found.ip, found.path) == ("10.1.2.3", "/x?y=1")


def test_a_host_that_leads_inside_by_then_gets_no_event():
    posts = HookPosts(Lines(), (), 1.0, lambda host, port: ["127.0.0.1"])
    came = posts.post("https://erp.example/", ["whsec_" + "QUJD" * 8], "e", b"{}", NOW)
    assert isinstance(came, Failed)


@pytest.mark.parametrize("kind", BOTH)
def test_events_that_nobody_takes_stand_in_the_metrics_with_their_age(
    house: House, receiver: Receiver
):
    receiver.all_answer = Failed("HTTP 503")
    hook(house, "order.received")
    house.order()
    publish(house)
    house.later(minutes=10)
    with house.gateway.db.read() as tx:
        waiting = health.backlog(tx, house.now).webhooks
    assert waiting.count == 1
    assert waiting.age_s(house.now) == pytest.approx(600, abs=5)
    gateway = house.gateway
    page = metrics.page(gateway.db, {}, gateway.settings, house.now)
    assert 'gateway_queue_depth{queue="webhooks"} 1\n' in page
    assert 'gateway_queue_age_seconds{queue="webhooks"} 600\n' in page
