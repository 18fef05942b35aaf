"""Webhooks, keys, partners, prices and events over HTTP; repeats and versions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from gateway.cli.work import app_of
from gateway.config import Settings
from gateway.store import keys, users
from gateway.store.tables import api_reply
from tests.databases import BOTH, SQLITE
from tests.starters import FOLDER, as_yaml, texts
from tests.unit.engine.house import NOW, House
from tests.unit.web.console.provider import CLIENT, Provider, provided
from tests.unit.web.test_contract import Caller

HOOK = {"name": "erp", "url": "https://erp.example/events"}
PRICES = (FOLDER / "acme" / "catalog.csv").read_text()


@pytest.fixture
def kind() -> str:
    """One database tells most of it."""
    return SQLITE


class Office:
    """A gateway of acme and who calls it."""

    def __init__(self, settings: Settings) -> None:
        self.house = House(settings, {}, {})
        made = app_of(self.house.gateway)
        assert isinstance(made, FastAPI)
        self.app = made
        self.app.state.secrets = {}

    def caller(self, name: str, *rights: str, partner: str = "") -> Caller:
        scope = f"partner:{partner}" if partner else "all"
        with self.house.gateway.db.begin() as tx:
            _, secret = keys.make(
                tx, name, scope, self.house.now, rights=rights or keys.RIGHTS
            )
        self.app.state.secrets[name] = secret
        return Caller(self.app, name)


@pytest.fixture
def office(settings: Settings) -> Iterator[Office]:
    made = Office(settings)
    yield made
    made.house.close()


@pytest.fixture
def admin(office: Office) -> Caller:
    return office.caller("admin")


def told(answer: httpx.Response) -> tuple[int, Any]:
    body = answer.json() if answer.content else {}
    return answer.status_code, body.get("code")


def test_a_webhook_shows_its_secret_once_and_is_changed_by_its_version(admin: Caller):
    made = admin.ask("POST", "/v1/webhooks", json=HOOK)
    place, tag = made.headers["Location"], made.headers["ETag"]
    paused = HOOK | {"state": "paused"}
    bare = admin.ask("PUT", place, json=paused)
    done = admin.ask("PUT", place, json=paused, headers={"If-Match": tag})
    late = admin.ask("PUT", place, json=paused, headers={"If-Match": tag})
    shown = admin.ask("GET", place)
    gone = admin.ask("DELETE", place, headers={"If-Match": "*"})
    assert made.json()["secret"].startswith("whsec_")
    assert "secret" not in shown.json()
    assert told(bare) == (428, "API-022")
    assert (done.status_code, done.json()["state"]) == (200, "paused")
    assert told(late) == (412, "API-021")
    assert shown.headers["ETag"] == done.headers["ETag"] != tag
    assert (gone.status_code, admin.ask("GET", place).status_code) == (204, 404)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "https://[::1]/", "http://169.254.169.254/latest"]
)
def test_a_webhook_leads_nowhere_inside(admin: Caller, url: str):
    answer = admin.ask("POST", "/v1/webhooks", json=HOOK | {"url": url})
    assert told(answer) == (422, "API-023")


def test_two_secrets_sign_while_they_rotate(admin: Caller):
    made = admin.ask("POST", "/v1/webhooks", json=HOOK)
    place = made.headers["Location"]
    rotated = admin.ask("POST", f"{place}/secret").json()
    assert rotated["secret"] != made.json()["secret"]
    assert rotated["secrets"] == 2
    pressed_twice = admin.ask("POST", f"{place}/secret").json()
    assert pressed_twice["secrets"] == 3


def test_a_replay_of_nothing_is_not_there(admin: Caller):
    place = admin.ask("POST", "/v1/webhooks", json=HOOK).headers["Location"]
    none = admin.ask("POST", f"{place}/replay", json={"event_id": "evt_1"})
    both = {"event_id": "evt_1", "since": "2026-11-22T00:00:00Z"}
    counted = admin.ask("POST", f"{place}/replay", json={"since": 20261122})
    assert told(counted) == (422, "API-004")
    dead = admin.ask("POST", f"{place}/replay", json={})
    assert told(none) == (404, "API-011")
    assert told(admin.ask("POST", f"{place}/replay", json=both))[0] == 422
    assert (dead.status_code, dead.json()) == (202, {"events": 0})


@pytest.mark.parametrize("kind", BOTH)
def test_a_key_is_made_once_however_often_it_is_asked_for(admin: Caller):
    named = {"Idempotency-Key": "k1"}
    wish = {"name": "erp", "rights": ["read"]}
    first = admin.ask("POST", "/v1/keys", json=wish, headers=named)
    again = admin.ask("POST", "/v1/keys", json=wish, headers=named)
    other = admin.ask("POST", "/v1/keys", json={"name": "x"}, headers=named)
    listed = admin.ask("GET", "/v1/keys").json()["items"]
    assert first.status_code == 201
    assert told(again) == (409, "API-020")  # what shows a secret is not kept
    assert told(other) == (409, "WIRE-021")
    assert [one["name"] for one in listed] == ["admin", "erp"]


def test_a_secret_that_was_shown_is_kept_nowhere(office: Office, admin: Caller):
    named = {"Idempotency-Key": "k1"}
    made = admin.ask("POST", "/v1/keys", json={"name": "erp"}, headers=named).json()
    with office.house.gateway.db.read() as tx:
        kept = tx.execute(sa.select(api_reply)).mappings().all()
    assert [one["status"] for one in kept] == [201]
    assert made["secret"] not in str(kept)


@pytest.mark.parametrize("kind", BOTH)
def test_what_acted_answers_a_repeat_as_before(admin: Caller):
    made = admin.ask("POST", "/v1/webhooks", json=HOOK).headers
    named = {"Idempotency-Key": "k2", "If-Match": made["ETag"]}
    first, again = (
        admin.ask("PUT", made["Location"], json=HOOK, headers=named) for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"


def test_what_was_refused_leaves_nothing_under_its_key(admin: Caller):
    named = {"Idempotency-Key": "k1"}
    wrong = admin.ask("POST", "/v1/keys", json={"name": ""}, headers=named)
    mended = admin.ask("POST", "/v1/keys", json={"name": "erp"}, headers=named)
    assert (wrong.status_code, mended.status_code) == (422, 201)


def test_callers_do_not_share_their_idempotency_keys(office: Office, admin: Caller):
    other = office.caller("other")
    named = {"Idempotency-Key": "k1"}
    first = admin.ask("POST", "/v1/keys", json={"name": "a"}, headers=named)
    second = other.ask("POST", "/v1/keys", json={"name": "b"}, headers=named)
    assert (first.status_code, second.status_code) == (201, 201)


def test_a_revoked_key_opens_nothing(office: Office, admin: Caller):
    made = admin.ask("POST", "/v1/keys", json={"name": "erp"}).json()
    assert admin.ask("DELETE", f"/v1/keys/{made['id']}").status_code == 204
    assert told(admin.ask("DELETE", f"/v1/keys/{made['id']}")) == (404, "API-011")
    office.app.state.secrets["erp"] = made["secret"]
    assert told(Caller(office.app, "erp").ask("GET", "/v1/orders")) == (401, "API-010")


def test_nobody_gives_more_than_they_have(office: Office):
    half = office.caller("half", "read", "admin")
    answer = half.ask("POST", "/v1/keys", json={"name": "x", "rights": ["approve"]})
    assert told(answer) == (403, "API-025")


@pytest.mark.parametrize(
    ("right", "method", "path"),
    [
        ("read", "GET", "/v1/orders"),
        ("write", "POST", "/v1/interchanges"),
        ("operate", "POST", "/v1/orders/ord_1/release"),
        ("operate", "POST", "/v1/messages/msg_1/resend"),
        ("partners", "PUT", "/v1/partners/acme/profile"),
        ("partners", "POST", "/v1/catalog/import?partner=acme"),
        ("admin", "GET", "/v1/keys"),
        ("admin", "GET", "/v1/webhooks"),
    ],
)
def test_a_key_without_the_right_gets_nowhere(
    office: Office, right: str, method: str, path: str
):
    others = (one for one in keys.RIGHTS if one != right)
    lacking = office.caller("lacking", *others)
    assert told(lacking.ask(method, path, content=b"x")) == (403, "API-025")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/partners",
        "/v1/partners/acme",
        "/v1/partners/acme/profile",
        "/v1/catalog/items?partner=acme",
        "/v1/events",
        "/v1/keys",
        "/v1/webhooks",
    ],
)
def test_what_is_our_own_sides_is_not_for_a_partners_key(office: Office, path: str):
    partner = office.caller("partner", partner="acme")
    assert partner.ask("GET", path).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/v1/alerts?limit=0",
        "/v1/catalog/contracts?partner=acme&day=0",
        "/v1/catalog/price",
        "/v1/events?limit=x",
        "/v1/partners/acme/profile?version=0",
        "/v1/sla?since=0",
    ],
)
def test_who_may_not_ask_does_not_hear_what_is_wrong_with_it(office: Office, path: str):
    partner = office.caller("partner", partner="acme")
    assert told(partner.ask("GET", path)) == (403, "API-014")
    ours = office.caller("ours", "read")
    assert ours.ask("GET", path).status_code == 422


def test_too_many_requests_are_told_to_come_again(settings: Settings):
    tight = settings.model_copy(update={"api_requests_per_minute": 2})
    office = Office(tight)
    admin = office.caller("admin")
    answers = [admin.ask("GET", "/v1/orders") for _ in range(3)]
    office.house.close()
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2].headers["Retry-After"] == "1"


@pytest.mark.parametrize("kind", BOTH)
def test_a_profile_is_put_in_force_over_the_version_that_was_read(
    office: Office, admin: Caller
):
    place = "/v1/partners/acme/profile"
    tag = admin.ask("GET", place).headers["ETag"]
    changed = as_yaml(office.house.facts | {"name": "Acme the second"}).encode()
    sent = {"If-Match": tag}
    trial = admin.ask("PUT", f"{place}?dry_run=true", content=changed, headers=sent)
    before = admin.ask("GET", "/v1/partners/acme").json()
    done = admin.ask("PUT", place, content=changed, headers=sent)
    late = admin.ask("PUT", place, content=changed + b"\n# x\n", headers=sent)
    versions = admin.ask("GET", "/v1/partners/acme/versions").json()["items"]
    assert trial.json()["name"] == done.json()["name"] == "Acme the second"
    assert before["version"] == 1
    assert told(late) == (412, "API-021")
    assert [one["version"] for one in versions] == [2, 1]
    assert admin.ask("GET", f"{place}?version=2").content == changed


def test_what_is_wrong_with_a_profile_is_said_at_its_line(
    office: Office, admin: Caller
):
    facts = office.house.facts | {"nmae": "x"}
    wrong = admin.ask(
        "PUT", "/v1/partners/acme/profile", content=as_yaml(facts).encode()
    )
    other = texts(FOLDER / "acme" / "profile.yaml") | {"id": "globex"}
    moved = admin.ask(
        "PUT", "/v1/partners/acme/profile", content=as_yaml(other).encode()
    )
    assert told(wrong) == (422, "CFG-002")
    assert "profile.yaml:" in wrong.json()["findings"][0]["where"]
    assert told(moved) == (422, "CFG-003")


def test_a_price_is_told_with_how_it_came_about(admin: Caller):
    items = admin.ask("GET", "/v1/catalog/items?partner=acme").json()["items"]
    sku = items[0]["sku"]
    found = admin.ask("GET", f"/v1/catalog/price?partner=acme&sku={sku}").json()
    none = admin.ask("GET", "/v1/catalog/price?partner=acme&sku=nothing")
    assert found["sku"] == found["trace"]["sku"] == sku
    assert found["amount"]
    assert told(none) == (404, "API-011")


def test_prices_are_imported_with_what_differs_or_only_shown(admin: Caller):
    place = "/v1/catalog/import?partner=acme"
    kind = {"Content-Type": "text/csv"}
    same = admin.ask("POST", place, content=PRICES.encode(), headers=kind).json()
    lines = PRICES.splitlines(keepends=True)
    fewer = "".join(lines[:-1]).encode()
    trial = admin.ask("POST", f"{place}&dry_run=true", content=fewer, headers=kind)
    after = admin.ask("POST", place, content=PRICES.encode(), headers=kind).json()
    assert (same["added"], same["changed"], same["removed"]) == (0, 0, 0)
    assert same["unchanged"] == same["items"] > 0
    assert trial.json()["changed"] + trial.json()["removed"] == 1
    assert after["unchanged"] == same["unchanged"]


def test_who_imported_prices_stands_in_the_history(admin: Caller):
    place, kind = "/v1/catalog/import?partner=acme", {"Content-Type": "text/csv"}
    admin.ask("POST", place, content=PRICES.encode(), headers=kind)
    happened = admin.ask("GET", "/v1/events?name=contract.imported").json()["items"]
    assert "admin" in [one["detail"].get("by") for one in happened]


def test_a_broken_price_list_changes_nothing(admin: Caller):
    kind = {"Content-Type": "text/csv"}
    place = "/v1/catalog/import?partner=acme"
    broken = admin.ask("POST", place, content=b"sku\nx\n", headers=kind)
    binary = admin.ask("POST", place, content=b"\xff\xfe", headers=kind)
    assert broken.status_code == 422
    assert told(binary) == (422, "API-006")


def test_the_chain_of_events_is_read_by_its_names(office: Office, admin: Caller):
    office.house.order()
    answer = admin.ask("GET", "/v1/events?name=order.").json()
    assert {one["name"] for one in answer["items"]} == {"order.kept"}


# Tokens of an OpenID provider.


@pytest.fixture
def provider() -> Iterator[Provider]:
    with provided(NOW) as made:
        yield made


@pytest.fixture
def believing(settings: Settings, provider: Provider) -> Iterator[Office]:
    """An office that takes tokens of this provider."""
    known = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_audience": "api",
        "oidc_role_claim": "groups",
        "oidc_roles": {"edi-desk": "operator", "edi-look": "viewer"},
    }
    made = Office(settings.model_copy(update=known))
    yield made
    made.house.close()


def bearer(office: Office, token: str) -> Caller:
    office.app.state.secrets["token"] = token
    return Caller(office.app, "token")


def test_a_token_of_the_provider_gives_the_rights_of_its_role(
    believing: Office, provider: Provider
):
    desk = bearer(believing, provider.token(NOW, aud="api", groups=["edi-desk"]))
    looks = desk.ask("GET", "/v1/orders")
    decides = desk.ask("POST", "/v1/orders/ord_1/release", json={"reason": "x"})
    keys_ = desk.ask("GET", "/v1/keys")
    assert looks.status_code == 200
    assert decides.status_code == 422
    assert told(keys_) == (403, "API-025")


def test_a_token_for_somebody_else_or_without_a_role_opens_nothing(
    believing: Office, provider: Provider
):
    other = bearer(believing, provider.token(NOW, aud="shop", groups=["edi-desk"]))
    wrong = other.ask("GET", "/v1/orders")
    bare = bearer(believing, provider.token(NOW, aud="api", groups=[]))
    late = provider.token(NOW - timedelta(hours=1), aud="api", groups=["edi-desk"])
    assert told(wrong) == (401, "API-026")
    assert "invalid_token" in wrong.headers["WWW-Authenticate"]
    assert told(bare.ask("GET", "/v1/orders")) == (403, "API-025")
    assert told(bearer(believing, late).ask("GET", "/v1/orders")) == (401, "API-026")


def test_a_user_who_was_shut_out_gets_nowhere_with_a_token(
    believing: Office, provider: Provider
):
    with believing.house.gateway.db.begin() as tx:
        subject = f"{provider.issuer} {provider.person['sub']}"
        mia = users.add(tx, "mia", "operator", NOW, subject=subject, by="test")
        assert mia is not None
        users.disable(tx, mia, NOW, by="test")
    token = provider.token(NOW, aud="api", groups=["edi-desk"])
    answer = bearer(believing, token).ask("GET", "/v1/orders")
    assert told(answer) == (401, "API-010")
