"""Who gets into the console, how long they stay, and what an attacker gets to see."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from gateway.engine.pace import Pace
from gateway.store import users
from gateway.store.attempts import LOGINS_PER_MINUTE
from gateway.store.audit import happened
from gateway.web.console.desk import cookie_name
from tests.unit.web.console.conftest import Browser, Console

PASSWORD = "a long enough " + "word"
COOKIE = cookie_name(secure=False)
LOGIN = "/console/login"


def tried(
    browser: Browser, login: str = "viewer", typed: str = PASSWORD, next: str = ""
) -> httpx.Response:
    """A name and a password, typed into the form."""
    told = {"login": login, "password": typed, "next": next}
    return browser.post(LOGIN, data=told)


def events(console: Console) -> list[str]:
    """What the chain says, newest first."""
    with console.gateway.db.read() as tx:
        return [one.name for one in happened(tx, limit=20).items]


def test_who_is_not_logged_in_is_led_to_the_login_page_and_back(console: Console):
    answer = console.stranger().get("/console/audit?by=x")
    assert answer.status_code == 303
    assert (
        answer.headers["location"] == "/console/login?next=%2Fconsole%2Faudit%3Fby%3Dx"
    )
    page = console.stranger().get(answer.headers["location"])
    assert 'value="/console/audit?by=x"' in page.text


def test_name_and_password_begin_a_session(console: Console):
    console.user("viewer", password=PASSWORD)
    browser = console.stranger()
    answer = tried(browser, "VIEWER ", next="/console/audit?by=x")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/console/audit?by=x",
    )
    assert "Path=/; HttpOnly; SameSite=Lax" in answer.headers["set-cookie"]
    assert browser.get("/console/audit").status_code == 200
    assert events(console)[0] == "console.login"


def test_a_session_begins_anew_at_a_login(console: Console):
    console.user("viewer", password=PASSWORD)
    browser = console.stranger()
    browser.cookies.set(COOKIE, "chosen-by-somebody-else", "127.0.0.1")
    tried(browser)
    assert browser.cookies[COOKIE] != "chosen-by-somebody-else"


def test_the_secret_of_a_session_is_kept_nowhere(console: Console):
    browser = console.at("viewer")
    secret = browser.cookies[COOKIE]
    files = (console.house.home).rglob("*.sqlite3*")
    assert not any(secret.encode() in one.read_bytes() for one in files)


def test_a_name_that_nobody_has_is_told_like_a_wrong_password(console: Console):
    console.user("viewer", password=PASSWORD)
    wrong = tried(console.stranger(), typed="wrong")
    nobody = tried(console.stranger(), login="nobody", typed="wrong")
    assert wrong.status_code == nobody.status_code == 403
    assert wrong.text.replace("viewer", "") == nobody.text.replace("nobody", "")
    assert events(console)[:2] == ["console.login_refused"] * 2


def test_after_ten_wrong_passwords_the_right_one_has_to_wait(console: Console):
    console.user("viewer", password=PASSWORD)
    browser = console.stranger()
    for _ in range(10):
        tried(browser, typed="wrong")
    assert tried(browser).status_code == 403
    console.house.later(minutes=2)
    assert tried(browser).status_code == 303


def test_one_address_tries_so_often_in_a_minute(console: Console):
    browser = console.stranger()
    answers = [tried(browser, f"nobody{n}").status_code for n in range(31)]
    assert answers == [403] * 30 + [429]


def test_a_stranger_who_guesses_locks_nobody_out(console: Console):
    console.user("viewer", password=PASSWORD)
    console.set(console_url="https://gw.example/console")
    stranger, mia = (console.stranger("https://gw.example") for _ in "12")
    stranger.come_from("192.0.2.66")
    mia.come_from("192.0.2.7")
    for _ in range(12):
        tried(stranger, typed="wrong")
    assert tried(stranger).status_code == 403
    assert tried(mia).status_code == 303


def test_processes_count_the_tries_of_an_address_together(console: Console):
    browser = console.stranger()
    for n in range(30):
        tried(browser, f"nobody{n}")
    console.app.state.doors = replace(
        console.app.state.doors, logins=Pace(LOGINS_PER_MINUTE)
    )
    assert tried(browser, "nobody").status_code == 429


def test_a_login_form_of_another_site_is_refused(console: Console):
    console.user("viewer", password=PASSWORD)
    assert tried(console.stranger("https://elsewhere.example")).status_code == 403
    assert tried(console.stranger("null")).status_code == 403


def test_no_password_is_taken_where_others_can_listen(console: Console):
    console.user("viewer", password=PASSWORD)
    browser = console.stranger()
    browser.come_from("192.0.2.7")
    answer = tried(browser)
    assert answer.status_code == 403
    assert "GATEWAY_CONSOLE_URL" in answer.text
    assert "set-cookie" not in answer.headers


def test_over_tls_no_other_host_can_have_set_the_cookie(console: Console):
    console.user("viewer", password=PASSWORD)
    console.set(console_url="https://gw.example/console")
    browser = console.stranger("https://gw.example")
    browser.come_from("192.0.2.7")
    answer = tried(browser)
    told = answer.headers["set-cookie"]
    assert told.startswith("__Host-gateway_console=")
    assert "; Path=/;" in told
    assert told.endswith("; Secure")
    assert "strict-transport-security" in answer.headers


def test_a_known_proxy_tells_who_is_there_and_over_what(console: Console):
    console.user("viewer", password=PASSWORD)
    console.set(trusted_proxies="127.0.0.1/32")
    browser = console.stranger()
    assert tried(browser).status_code == 403
    browser.headers |= {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
    assert "; Secure" in tried(browser).headers["set-cookie"]
    with console.gateway.db.read() as tx:
        (event,) = happened(tx, limit=1).items
    assert event.detail["address"] == "192.0.2.7"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://elsewhere.example/console",
        "//elsewhere.example/console",
        "/console\\..\\x",
        "/console/../v1/orders",
        "/v1/orders",
        "javascript:alert(1)",
        "/console/\nx",
    ],
)
def test_a_login_leads_to_pages_of_the_console_only(console: Console, wanted: str):
    console.user("viewer", password=PASSWORD)
    answer = tried(console.stranger(), next=wanted)
    assert answer.headers["location"] == "/console"


def test_a_session_ends_when_nothing_is_done_in_it(console: Console):
    browser = console.at("viewer")
    console.house.later(minutes=50)
    assert browser.get("/console/audit").status_code == 200
    console.house.later(minutes=50)
    assert browser.get("/console/audit").status_code == 200
    console.house.later(minutes=61)
    assert browser.get("/console/audit").status_code == 303


def test_a_session_ends_after_half_a_day_in_any_case(console: Console):
    browser = console.at("viewer")
    for _ in range(14):
        console.house.later(minutes=50)
        browser.get("/console/audit")
    console.house.later(minutes=21)
    assert browser.get("/console/audit").status_code == 303


def test_who_is_shut_out_is_out_at_once(console: Console):
    browser, mia = console.at("viewer"), console.user("viewer")
    with console.gateway.db.begin() as tx:
        users.disable(tx, mia, console.house.now, by="admin")
    assert browser.get("/console/audit").status_code == 303


def test_a_logout_ends_the_session_for_good(console: Console):
    browser = console.at("viewer")
    secret = browser.cookies[COOKIE]
    assert browser.send_form("/console/logout").status_code == 303
    again = console.stranger()
    again.cookies.set(COOKIE, secret)
    assert again.get("/console/audit").status_code == 303


@pytest.mark.parametrize(
    "sent", [{}, {"csrf": ""}, {"csrf": "é"}, {"csrf": "a" * 43}], ids=str
)
def test_a_form_without_the_token_of_the_session_does_nothing(
    console: Console, sent: dict[str, str]
):
    browser = console.at("viewer")
    assert browser.post("/console/logout", data=sent).status_code == 403
    assert browser.get("/console/audit").status_code == 200


def test_a_form_with_the_token_of_another_session_does_nothing(console: Console):
    browser = console.at("viewer")
    told = {"csrf": console.at("admin").csrf}
    assert browser.post("/console/logout", data=told).status_code == 403


def test_a_form_of_another_site_does_nothing_even_with_the_token(console: Console):
    browser = console.at("viewer")
    browser.headers = {"Origin": "https://elsewhere.example"}
    assert browser.send_form("/console/logout").status_code == 403
    browser.headers = {"Sec-Fetch-Site": "same-origin"}
    assert browser.send_form("/console/logout").status_code == 303


@pytest.mark.parametrize(
    "name",
    [
        "nothing.css",
        "..%2f..%2fdesk.py",
        "../desk.py",
        "vendor/htmx.js",
        "%00",
        "a" * 999,
    ],
)
def test_only_the_files_of_pages_can_be_loaded(console: Console, name: str):
    assert console.stranger().get(f"/console/static/{name}").status_code == 404


def test_pages_say_what_browsers_shall_refuse(console: Console):
    told = console.at("viewer").get("/console/audit").headers
    rules = told["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'"} <= {*rules}
    assert {"frame-ancestors 'none'", "base-uri 'none'"} <= {*rules}
    assert told["cache-control"] == "no-store"
    assert told["x-content-type-options"] == "nosniff"
    assert told["referrer-policy"] == "same-origin"


def test_files_of_pages_are_kept_by_the_browser_under_the_sum_of_their_bytes(
    console: Console,
):
    page = console.stranger().get(LOGIN).text
    address = page.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
    answer = console.stranger().get(address)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]


def test_an_address_that_is_none_has_a_page_and_no_problem(console: Console):
    answer = console.at("viewer").get("/console/nothing/here")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_a_form_that_is_too_long_has_a_page(console: Console):
    answer = console.at("viewer").send_form("/console/logout", more="x" * 300_000)
    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html")


def test_the_language_is_chosen_by_a_button(console: Console):
    browser = console.stranger()
    browser.post("/console/language", data={"language": "fr", "next": LOGIN})
    assert '<html lang="fr">' in browser.get(LOGIN).text


def test_htmx_gets_the_content_alone(console: Console):
    told = {
        "HX-Request": "true",
        "HX-Request-Type": "partial",
        "HX-Target": "div#content",
    }
    answer = console.at("viewer").get("/console/audit", headers=told)
    assert "<table" in answer.text
    assert "<html" not in answer.text


def test_htmx_is_led_to_the_login_page_as_a_whole(console: Console):
    told = {
        "HX-Request": "true",
        "HX-Request-Type": "partial",
        "HX-Target": "div#content",
    }
    answer = console.stranger().get("/console/audit", headers=told)
    assert answer.headers["hx-redirect"].startswith(LOGIN)
