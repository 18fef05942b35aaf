"""Users are made, changed and shut out by administrators; each keeps an account."""

from __future__ import annotations

from gateway.store import users
from gateway.store.audit import happened
from tests.unit.web.console.conftest import Console

OLD, NEW = "the old long " + "word", "the new long " + "word"
SCRIPT = "<script>alert(1)</script>"


def test_a_new_user_logs_in_by_the_password_that_is_shown_once(console: Console):
    made = console.at("admin").send_form(
        "/console/users", login="Mia", name=SCRIPT, role="operator", partner="acme"
    )
    password = made.text.partition('<pre id="password">')[2].partition("<")[0]
    browser = console.stranger()
    told = {"login": "mia", "password": password}
    assert browser.post("/console/login", data=told).status_code == 303
    page = browser.get("/console/account").text
    assert "acme" in page
    assert SCRIPT not in page


def test_a_user_is_made_once_and_only_of_a_known_role_and_partner(console: Console):
    browser = console.at("admin")
    for sent in (
        {"login": "admin", "role": "viewer"},
        {"login": "x", "role": "owner"},
        {"login": "x", "role": "viewer", "partner": "nobody"},
        {"login": "", "role": "viewer"},
    ):
        assert browser.send_form("/console/users", **sent).status_code == 422
    with console.gateway.db.read() as tx:
        assert [one.login for one in users.every(tx)] == ["admin"]


def test_another_role_holds_from_the_next_page_on(console: Console):
    mia, admin = console.at("viewer"), console.at("admin")
    id_ = console.user("viewer").id
    admin.send_form(f"/console/users/{id_}/role", role="admin")
    assert mia.get("/console/users").status_code == 200
    with console.gateway.db.read() as tx:
        (event, *_) = happened(tx, ref=id_).items
    assert (event.name, event.by) == ("user.role_changed", "admin")


def test_who_is_shut_out_can_be_let_in_again(console: Console):
    console.user("viewer", password=OLD)
    admin, access = console.at("admin"), f"/console/users/{console.user('viewer').id}"
    told = {"login": "viewer", "password": OLD}
    admin.send_form(f"{access}/access", access="off")
    assert console.stranger().post("/console/login", data=told).status_code == 403
    admin.send_form(f"{access}/access", access="on")
    assert console.stranger().post("/console/login", data=told).status_code == 303


def test_nobody_changes_their_own_role_or_access(console: Console):
    browser, id_ = console.at("admin"), console.user("admin").id
    for what in ("role", "access", "password"):
        answer = browser.send_form(f"/console/users/{id_}/{what}", role="viewer")
        assert answer.status_code == 422


def test_a_user_that_is_none_is_not_found(console: Console):
    assert console.at("admin").get("/console/users/usr_x").status_code == 404


def test_a_changed_password_shuts_all_other_browsers_out(console: Console):
    console.user("viewer", password=OLD)
    here, other = console.at("viewer"), console.at("viewer")
    sent = {"old": OLD, "new": NEW, "again": NEW}
    assert here.send_form("/console/account/password", **sent).status_code == 303
    assert here.get("/console/account").status_code == 200
    assert other.get("/console/account").status_code == 303


def test_a_password_is_changed_by_who_knows_it_to_a_long_one_typed_twice(
    console: Console,
):
    console.user("viewer", password=OLD)
    browser = console.at("viewer")
    for sent in (
        {"old": "wrong", "new": NEW, "again": NEW},
        {"old": OLD, "new": "short", "again": "short"},
        {"old": OLD, "new": NEW, "again": OLD},
    ):
        answer = browser.send_form("/console/account/password", **sent)
        assert answer.status_code == 422
        assert 'id="errors"' in answer.text


def test_times_are_told_in_the_zone_that_a_person_chose(console: Console):
    browser = console.at("admin")
    assert "21 November 2026, 09:00" in browser.get("/console/audit").text
    kept = browser.send_form("/console/account/view", zone="Asia/Tokyo", language="fr")
    assert kept.status_code == 303
    page = browser.get("/console/audit").text
    assert "18:00</time>" in page
    assert 'datetime="2026-11-21T09:00:00Z"' in page
    assert '<html lang="fr">' in page


def test_a_notice_is_told_once(console: Console):
    browser = console.at("admin")
    browser.send_form("/console/account/view", zone="", language="")
    assert "It is kept." in browser.get("/console/account").text
    assert "It is kept." not in browser.get("/console/account").text
