"""People log in by an OpenID provider that signs, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from gateway.config import Settings
from gateway.findings import Finding
from gateway.store import users
from gateway.store.users import User
from gateway.transport.openid import Identity, OpenId
from tests.unit.engine.house import NOW
from tests.unit.web.console.conftest import Browser, Console
from tests.unit.web.console.provider import CLIENT, SECRET, Provider, provided

THERE = "/console/login/openid"
ROLES = {"edi-admins": "admin", "edi-desk": "operator"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with provided(NOW) as made:
        yield made


@pytest.fixture
def settings(
    settings: Settings, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Those of a gateway that knows the provider."""
    monkeypatch.setenv("OIDC_SECRET", SECRET)
    told = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": "env:OIDC_SECRET",
        "oidc_audience": "api",
        "oidc_roles": ROLES,
        "oidc_role_claim": "realm.groups",
    }
    return settings.model_copy(update=told)


def tried(
    console: Console, provider: Provider, browser: Browser | None = None
) -> httpx.Response:
    """The whole way there and back; what the browser gets at its end."""
    here = browser or console.stranger()
    there = here.get(f"{THERE}?next=/console/audit")
    assert there.headers["location"].startswith(f"{provider.issuer}/authorize?")
    return here.get(provider.consent(there.headers["location"]))


def known(console: Console, login: str) -> User | None:
    with console.gateway.db.read() as tx:
        return users.find(tx, login)


def test_who_has_a_group_gets_its_role_and_a_session(
    console: Console, provider: Provider
):
    provider.person |= {"name": "Mia", "realm": {"groups": ["x", "edi-desk"]}}
    browser = console.stranger()
    answer = tried(console, provider, browser)
    assert answer.headers["location"] == "/console/audit"
    page = browser.get("/console/account").text
    assert "Mia" in page
    assert "operator" in page


def test_another_group_is_another_role_at_the_next_login(
    console: Console, provider: Provider
):
    for group, role in (("edi-desk", "operator"), ("edi-admins", "admin")):
        provider.person["realm"] = {"groups": [group]}
        tried(console, provider)
        user = known(console, "u-1")
        assert user is not None
        assert user.role == role


def test_who_has_no_group_has_no_access(console: Console, provider: Provider):
    answer = tried(console, provider)
    assert answer.status_code == 403
    assert known(console, "u-1") is None


def test_who_was_added_beforehand_gets_in_by_a_verified_address(
    console: Console, provider: Provider
):
    with console.gateway.db.begin() as tx:
        users.add(tx, "mia@us.example", "viewer", NOW)
    provider.person |= {"email": "mia@us.example", "email_verified": False}
    assert tried(console, provider).status_code == 403
    provider.person["email_verified"] = True
    assert tried(console, provider).status_code == 303


def test_a_user_with_a_password_is_not_taken_over(console: Console, provider: Provider):
    with console.gateway.db.begin() as tx:
        users.add(tx, "mia@us.example", "admin", NOW, password="x" * 12)
    provider.person |= {"email": "mia@us.example", "email_verified": True}
    assert tried(console, provider).status_code == 403


def test_who_is_shut_out_here_is_out_by_the_provider_too(
    console: Console, provider: Provider
):
    provider.person["realm"] = {"groups": "edi-desk"}
    tried(console, provider)
    user = known(console, "u-1")
    assert user is not None
    with console.gateway.db.begin() as tx:
        users.disable(tx, user, NOW, by="admin")
    assert tried(console, provider).status_code == 403


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "somebody"},
        {"aud": ["gateway", "other"], "azp": "other"},
        {"nonce": "another"},
        {"exp": 1},
        {"exp": "soon"},
        {"nbf": 9_999_999_999},
        {"sub": ""},
    ],
    ids=str,
)
def test_a_token_that_does_not_agree_lets_nobody_in(
    console: Console, provider: Provider, changed: dict[str, object]
):
    provider.person["realm"] = {"groups": ["edi-admins"]}
    provider.changed = changed
    assert tried(console, provider).status_code == 403


def test_a_login_that_another_browser_began_is_not_ended_here(
    console: Console, provider: Provider
):
    provider.person["realm"] = {"groups": ["edi-admins"]}
    there = console.stranger().get(THERE)
    back = provider.consent(there.headers["location"])
    assert console.stranger().get(back).status_code == 403
    assert console.stranger().get(f"{THERE}/back").status_code == 403


def test_an_answer_in_the_name_of_another_issuer_is_refused(
    console: Console, provider: Provider
):
    browser = console.stranger()
    back = provider.consent(browser.get(THERE).headers["location"])
    assert browser.get(f"{back}&iss=https://elsewhere.example").status_code == 403


def test_keys_are_asked_for_anew_but_not_by_each_bad_token(
    console: Console, provider: Provider
):
    openid = OpenId(console.gateway.settings, console.gateway.engine.secrets)
    token = provider.token(NOW, aud="api", realm={"groups": ["edi-desk"]})
    assert openid.bearer(token, NOW) == Identity(
        subject=f"{provider.issuer} u-1", name="u-1", email="", role="operator"
    )
    stranger = Provider(issuer=provider.issuer)
    for _ in range(5):
        bad = stranger.token(NOW, aud="api")
        assert isinstance(openid.bearer(bad, NOW), Finding)
    assert provider.asked.count("/keys") == 1
    openid.close()


def test_a_token_for_the_console_opens_no_api(console: Console, provider: Provider):
    openid = OpenId(console.gateway.settings, console.gateway.engine.secrets)
    found = openid.bearer(provider.token(NOW), NOW)
    assert isinstance(found, Finding)
    assert found.code == "API-026"
    openid.close()


def test_a_provider_that_is_away_is_told(console: Console, provider: Provider):
    provider.issuer += "/elsewhere"
    answer = console.stranger().get(THERE)
    assert answer.status_code == 503
