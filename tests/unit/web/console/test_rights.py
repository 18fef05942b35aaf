"""Every route of the console and of ``/v1`` asks for one right, and no role gets more.

A route that is not in the table fails here: whoever adds one says whom it is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from starlette.routing import Route

from gateway.web.app import create_app
from gateway.web.console.desk import at, porch
from gateway.web.console.rights import MAY, Right, Role
from gateway.web.doors import caller, right_for
from tests.unit.web.console.conftest import Console

CONSOLE = {
    "open": """
        GET /console/static/{name}
        GET /console/login
        POST /console/login
        GET /console/login/openid
        GET /console/login/openid/back
        POST /console/language
    """,
    "see": """
        POST /console/logout
        GET /console/account
        POST /console/account/password
        POST /console/account/view
        GET /console/audit
        GET /console/certificates
        GET /console
        GET /console/orders
        GET /console/orders/{id}
        GET /console/orders/{id}/evidence
        GET /console/changes/{id}
        GET /console/receipts/{id}
        GET /console/map
        GET /console/map/{id}
        GET /console/messages
        POST /console/messages/views
        GET /console/messages.csv
        GET /console/messages/{id}
        GET /console/messages/{id}/raw
        GET /console/messages/{id}/canonical.json
        GET /console/messages/{id}/differs
        GET /console/messages/{id}/evidence
        GET /console/partners
        GET /console/partners/{id}
        GET /console/partners/{id}/guide
        GET /console/partners/{id}/versions/{n}
        GET /console/partners/{id}/proposal
        GET /console/contracts
        GET /console/contracts/{partner}
        GET /console/contracts/{partner}/item
        GET /console/bench
        POST /console/bench
        GET /console/dashboard
    """,
    "operate": """
        POST /console/alerts/{id}/done
        GET /console/orders/{id}/decide
        POST /console/orders/{id}/decide
        POST /console/orders/{id}/take-back
        GET /console/changes/{id}/decide
        POST /console/changes/{id}/decide
        GET /console/bulk
        POST /console/bulk
        POST /console/receipts/{id}/settle
        POST /console/map
        GET /console/messages/{id}/resend
        POST /console/messages/{id}/resend
        GET /console/messages/{id}/reissue
        POST /console/messages/{id}/reissue
        GET /console/messages/{id}/reprocess
        POST /console/messages/{id}/reprocess
    """,
    "approve": """
        POST /console/orders/{id}/confirm
        POST /console/partners/{id}/proposal
    """,
    "administer_partner": """
        POST /console/partners/{id}/channels/{channel}
        GET /console/partners/{id}/profile
        POST /console/partners/{id}/profile
        GET /console/new-partner
        POST /console/new-partner
        GET /console/contracts/{partner}/import
        POST /console/contracts/{partner}/import
    """,
    "administer": """
        GET /console/users
        POST /console/users
        GET /console/users/{id}
        POST /console/users/{id}/role
        POST /console/users/{id}/password
        POST /console/users/{id}/access
        GET /console/keys
        POST /console/keys
        POST /console/keys/{id}/revoke
        POST /console/keys/webhooks
        GET /console/keys/webhooks/{id}
        POST /console/keys/webhooks/{id}
    """,
}
API = {
    "read": """
        GET /v1/punchout/sessions/{id}
        GET /v1/interchanges
        GET /v1/interchanges/{id}
        GET /v1/interchanges/{id}/raw
        GET /v1/messages
        GET /v1/messages/{id}
        GET /v1/messages/{id}/raw
        GET /v1/messages/{id}/annotated
        GET /v1/messages/{id}/canonical
        GET /v1/messages/{id}/trace
        GET /v1/alerts
        GET /v1/orders
        GET /v1/orders/{id}
        GET /v1/orders/{id}/answers
        GET /v1/shipments
        GET /v1/shipments/{id}
        GET /v1/shipments/{id}/labels
        GET /v1/invoices
        GET /v1/invoices/{id}
        GET /v1/changes
        GET /v1/changes/{id}
        GET /v1/cross-references
        GET /v1/cross-references/{id}
        GET /v1/advices
        GET /v1/advices/{id}
        GET /v1/sla
        GET /v1/partners
        GET /v1/partners/{id}
        GET /v1/partners/{id}/versions
        GET /v1/partners/{id}/profile
        GET /v1/catalog/contracts
        GET /v1/catalog/items
        GET /v1/catalog/price
        GET /v1/events
        POST /v1/check
        POST /v1/explain
    """,
    "write": """
        POST /v1/punchout/handover
        POST /v1/punchout/sessions/{id}/cart
        POST /v1/interchanges
        POST /v1/shipments
        POST /v1/invoices
    """,
    "operate": """
        POST /v1/orders/{id}/release
        POST /v1/changes/{id}/release
        POST /v1/cross-references
        POST /v1/messages/{id}/resend
        POST /v1/messages/{id}/skip
        POST /v1/messages/{id}/reissue
        POST /v1/messages/{id}/reprocess
        POST /v1/interchanges/{id}/reprocess
        POST /v1/interchanges/{id}/release
    """,
    "partners": """
        PUT /v1/partners/{id}/profile
        POST /v1/catalog/import
    """,
    "admin": """
        GET /v1/webhooks
        POST /v1/webhooks
        GET /v1/webhooks/{id}
        PUT /v1/webhooks/{id}
        DELETE /v1/webhooks/{id}
        POST /v1/webhooks/{id}/secret
        GET /v1/webhooks/{id}/events
        POST /v1/webhooks/{id}/replay
        GET /v1/keys
        POST /v1/keys
        DELETE /v1/keys/{id}
    """,
}
FORBIDDEN = "Your role does not allow this."
NOTHING = "ord_none"
LOG_OUT = "POST /console/logout"
ADMINISTERS = ("administer", "administer_partner")


def of(path: str, id_: str) -> str:
    """The address of a thing; what else it names has the number 1."""
    named = re.sub(r"\{\w+\}", "1", re.sub(r"\{\w+\}", id_, path, count=1))
    return named + ("?sku=BB-1001" if path.endswith("/item") else "")


def by_route(table: dict[str, str]) -> dict[str, str]:
    """The right of each route."""
    return {
        line.strip(): right
        for right, lines in table.items()
        for line in lines.splitlines()
        if line.strip()
    }


def asked_of(dependant: Any) -> Iterator[Any]:
    """What stands before a route, and before that."""
    for one in dependant.dependencies:
        yield one.call
        yield from asked_of(one)


def below(place: str) -> Iterator[tuple[str, str, list[Any]]]:
    """The routes of an address: method, path, and what stands before them."""
    for one in create_app().routes:
        assert isinstance(one, Route)  # and not a router with routes of its own
        if one.path == place or one.path.startswith(f"{place}/"):
            assert isinstance(one, APIRoute)
            assert one.methods
            for method in sorted(one.methods):
                yield method, one.path, [*asked_of(one.dependant)]


def right_of(path: str, before: list[Any]) -> str:
    """The right that a page asks for, as its route says."""
    for one in before:
        if isinstance(one, at):
            return str(one.right)
    return "open" if porch in before or path.endswith("/static/{name}") else "nothing"


def test_every_page_asks_for_the_right_in_the_table():
    known = [*below("/console"), *below("/console/messages.csv")]
    found = {f"{m} {path}": right_of(path, before) for m, path, before in known}
    assert found == by_route(CONSOLE)


def test_every_route_of_the_api_asks_for_a_key_with_the_right_in_the_table():
    known = [*below("/v1")]
    assert [path for _, path, before in known if caller not in before] == []
    found = {f"{m} {path}": right_for(m, path, ours=True) for m, path, _ in known}
    assert found == by_route(API)


def refused(console: Console, role: str, partner: str | None = None) -> set[str]:
    """The routes that somebody of this role is told not to come to."""
    found = set()
    browser = console.at(role, partner)
    asked = {k for k, right in by_route(CONSOLE).items() if right != "open"}
    for route in sorted(asked - {LOG_OUT}):
        method, _, path = route.partition(" ")
        act = browser.get if method == "GET" else browser.send_form
        answer = act(of(path, NOTHING))
        assert answer.headers.get("location", "") != "/console/login", route
        if FORBIDDEN in answer.text:
            found.add(route)
    return found


@pytest.mark.parametrize("role", Role, ids=str)
def test_a_role_comes_to_what_its_rights_are_for_and_to_nothing_else(
    console: Console, role: Role
):
    expected = {
        route
        for route, right in by_route(CONSOLE).items()
        if right != "open" and Right(right) not in MAY[role]
    }
    assert refused(console, role) == expected


def test_an_administrator_of_one_partner_does_not_administer_the_gateway(
    console: Console,
):
    expected = {k for k, right in by_route(CONSOLE).items() if right == "administer"}
    assert refused(console, "admin", "acme") == expected


def test_what_is_another_partners_looks_like_what_is_not_there(console: Console):
    order = console.house.order("good-small.edi")
    (answer,) = order.answers
    ids = [
        "acme",
        order.order.id,
        order.order.receipt_id,
        answer.id,
        console.user("viewer").id,
    ]
    browser = console.at("operator", "beta")
    for route, right in by_route(CONSOLE).items():
        method, _, path = route.partition(" ")
        if method != "GET" or "{" not in path or right in ("open", *ADMINISTERS):
            continue
        unknown = browser.get(of(path, NOTHING))
        for id_ in ids:
            page = browser.get(of(path, id_))
            assert page.status_code == unknown.status_code == 404, path
            same = page.text.replace(id_, NOTHING)
            assert order.order.po_number not in page.text, path
            assert same == unknown.text, path


@pytest.mark.parametrize(
    "list_", ["", "/orders", "/messages", "/messages.csv", "/map", "/audit"]
)
def test_no_list_shows_rows_of_another_partner(console: Console, list_: str):
    order = console.house.order("case-unknown-item.edi")
    browser = console.at("operator", "beta")
    for asked in ("", "?partner=acme"):
        page = browser.get(f"/console{list_}{asked}")
        assert order.order.po_number not in page.text
        assert order.order.id not in page.text
