"""Sessions of others, start pages that were used, forms that no page of ours had."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi.routing import APIRoute

from gateway.web.storefront.routes import router
from tests.attack.user import User
from tests.shop import Shop, start_page, status_of


@pytest.fixture
def ann(shop: Shop) -> User:
    """A user in a session."""
    return User.of(shop, shop.start(user="ann.lee"))


def test_a_start_page_opens_once(shop: Shop):
    start = shop.start()
    User.of(shop, start)
    again = User(shop).ask("GET", start)
    assert again.status_code == 403
    assert "set-cookie" not in again.headers


def test_a_start_page_is_good_for_ten_minutes(shop: Shop):
    start = shop.start()
    shop.clock.later += timedelta(minutes=11)
    try:
        answer = User(shop).get(start)
    finally:
        shop.clock.later = timedelta()
    assert answer.status_code in (403, 410)
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "spoil",
    [
        lambda url: url[:-1] + ("A" if url[-1] != "A" else "B"),
        lambda url: url[:-1],
        lambda url: url + "A",
        lambda url: url.rpartition(".")[0],
        lambda url: url.rpartition(".")[0] + ".",
        lambda url: url.rpartition("/")[0] + "/ses_00000000000000000000000000.A",
        lambda url: url + "%00",
        lambda url: url.rpartition(".")[0] + ".' OR 1=1--",
    ],
    ids=["other", "short", "long", "none", "empty", "session", "zero", "quoted"],
)
def test_a_guessed_start_page_opens_nothing(spoil, shop: Shop):
    start = shop.start()
    assert User(shop).ask("GET", spoil(start)).status_code in (403, 404)
    assert User.of(shop, start).base


def test_start_pages_tell_nothing_of_each_other(shop: Shop):
    first, second = (shop.start().rpartition(".") for _ in range(2))
    crossed = f"{first[0]}.{second[2]}"
    assert len(first[2]) >= 22  # 128 bits at least
    assert User(shop).ask("GET", crossed).status_code == 403


def test_a_replayed_request_gives_the_same_start_page_and_no_second_visit(shop: Shop):
    document = shop.setup()
    first = shop.ask(document)
    assert shop.ask(document) == first
    start = start_page(first)
    User.of(shop, start)
    assert shop.ask(document) == first
    assert User(shop).ask("GET", start).status_code == 403


def test_an_altered_request_under_a_known_payload_id_begins_nothing(shop: Shop):
    document = shop.setup(user="ann.lee")
    shop.ask(document)
    answer = shop.ask(document.replace("ann.lee", "the.boss"))
    assert status_of(answer) == 409
    assert b"StartPage" not in answer


def test_a_cookie_from_before_is_not_the_sessions(shop: Shop):
    start = shop.start()
    session_id = start.rpartition("/")[2].partition(".")[0]
    name = f"gateway_shop_{session_id}"
    victim = User(shop, cookies={name: "fixed-by-somebody-else"})
    victim.get(start)
    assert victim.cookies[name] != "fixed-by-somebody-else"

    thief = User(shop, cookies={name: "fixed-by-somebody-else"})
    assert thief.ask("GET", f"/shop/v/{session_id}/cart").status_code == 403


def test_what_opened_the_session_does_not_lead_into_it(shop: Shop):
    start = shop.start()
    User.of(shop, start)
    token = start.rpartition("/")[2]
    for path in (f"/shop/v/{token}", f"/shop/v/{token}/cart"):
        assert User(shop).get(path).status_code == 403


def test_nobody_gets_in_by_the_sessions_name(ann: User, shop: Shop):
    for path in ("", "/cart", "/return", "/leave", "/item?sku=SH-100"):
        assert User(shop).get(ann.base + path).status_code == 403


def test_the_cookie_of_one_session_is_none_for_another(ann: User, shop: Shop):
    bob = User.of(shop, shop.start(user="bob.ray"))
    assert User(shop, cookies=dict(ann.cookies)).get(bob.base).status_code == 403
    renamed = dict(zip(bob.cookies, ann.cookies.values(), strict=True))
    assert User(shop, cookies=renamed).get(bob.base).status_code == 403


def test_the_path_of_one_who_has_cookies_is_no_way_in(ann: User, shop: Shop):
    first = ann.shop.start(user="eve")
    eve = User(shop)
    led = eve.ask("GET", first).headers["location"]
    eve.get(led)
    assert User(shop).get(led).status_code == 403


FORMS = {
    "/cart/add": {"sku": "SH-100", "quantity": "1", "unit": "EA"},
    "/cart/change": {"quantity-1": "99"},
    "/cart/remove": {"remove": "1"},
    "/leave": {"how": "cancel"},
    "/language": {"language": "fr", "back": "/shop"},
}


def test_each_form_of_the_shop_is_tried():
    base = "/shop/v/{visit}"
    posted = {
        route.path.removeprefix(base)
        for route in router.routes
        if isinstance(route, APIRoute) and "POST" in (route.methods or ())
    }
    assert posted == set(FORMS)


@pytest.mark.parametrize("csrf", ["", "A" * 32, "../../x", "\u00e9", None])
@pytest.mark.parametrize("path", FORMS)
def test_a_form_of_another_site_changes_nothing(path: str, csrf: str | None, ann: User):
    forged = {} if csrf is None else {"csrf": csrf}
    answer = ann.ask("POST", ann.base + path, **FORMS[path], **forged)
    assert answer.status_code in (403, 422)
    assert ann.lines == 0
    assert ann.get(ann.base).status_code == 200


def test_the_forms_token_of_another_session_is_refused(ann: User, shop: Shop):
    bob = User.of(shop, shop.start(user="bob.ray"))
    assert ann.add(csrf=bob.csrf).status_code == 403
    assert ann.lines == 0


def test_forms_are_not_followed_links(ann: User):
    ann.add()
    for path in ("/cart/remove?remove=1", "/cart/change?quantity-1=0"):
        ann.get(f"{ann.base}{path}&csrf={ann.csrf}")
    assert ann.lines == 1


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/shop/v/../../../evil",
        "\thttps://evil.example",
    ],
)
def test_a_change_of_language_leads_nowhere_else(back: str, ann: User):
    answer = ann.ask(
        "POST", f"{ann.base}/language", csrf=ann.csrf, language="fr", back=back
    )
    if answer.status_code == 303:
        assert answer.headers["location"].startswith(ann.base)
    else:
        assert 400 <= answer.status_code < 500


@pytest.mark.parametrize(
    "form",
    [
        {"price": "0.01", "unit_price": "0.01", "amount": "0.01"},
        {"quantity": "-1"},
        {"quantity": "1e9"},
        {"quantity": "NaN"},
        {"quantity": "999999999999999999999"},
        {"sku": "../../etc/passwd"},
        {"sku": "<script>"},
        {"unit": "<b>"},
    ],
)
def test_what_a_browser_says_is_no_price_and_no_item(form: dict[str, str], ann: User):
    assert ann.add(**form).status_code < 500
    cart = ann.get(f"{ann.base}/cart").text
    assert "0.01" not in cart
    assert "<script>" not in cart
    assert 'value="-1"' not in cart


def test_every_page_tells_the_browser_what_to_refuse(ann: User):
    for path in ("", "?q=helmet", "/item?sku=SH-100", "/cart", "/leave", "/nowhere"):
        answer = ann.ask("GET", ann.base + path)
        rules = answer.headers["content-security-policy"]
        assert "default-src 'none'" in rules
        assert "base-uri 'none'" in rules
        assert "frame-ancestors https://buyer.example" in rules or (
            answer.status_code == 404
        )
        assert "form-action 'self'" in rules
        assert "script-src" not in rules
        assert "x-frame-options" not in answer.headers
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_cookie_is_for_a_frame_over_tls_alone(shop: Shop):
    answer = User(shop).ask("GET", shop.start())
    (cookie,) = answer.headers.get_list("set-cookie")
    told = {part.strip() for part in cookie.split(";")[1:]}
    assert {"SameSite=None", "Secure", "HttpOnly", "Partitioned"} <= told
    assert "Path=/shop" in told
    assert not any(part.startswith("Domain") for part in told)
