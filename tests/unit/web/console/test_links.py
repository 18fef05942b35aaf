"""Whoever is logged in: no page leads to one that is not there, or not for them."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urldefrag, urljoin

import pytest

from gateway.web.console.rights import Role
from tests.unit.web.console.conftest import Browser, Console, come

_HREF = re.compile(r'<a\b[^>]*\bhref="([^"]+)"')
_MOST = 300
"""Pages that are looked at for one role; lists lead to many of a kind."""
_OF_A_KIND = 2


def kind(url: str) -> str:
    """What pages of one kind have in common: ids and what is asked do not count."""
    path, _, asked = url.partition("?")
    names = sorted(one.partition("=")[0] for one in asked.split("&"))
    return re.sub(r"\b[a-z]{3}_[0-9A-Za-z]+", "ID", path) + "?" + "&".join(names)


def wrong(browser: Browser) -> list[tuple[str, str, int]]:
    """Links that lead to no page: on which, to which, and what is answered."""
    found: list[tuple[str, str, int]] = []
    todo, known, kinds = [("", "/console")], {"/console"}, dict[str, int]()
    while todo and len(known) < _MOST:
        page, url = todo.pop(0)
        answer = browser.get(url)
        if answer.status_code != 200:
            found.append((page, url, answer.status_code))
        for href in _HREF.findall(answer.text):
            to = urldefrag(urljoin(url, unescape(href))).url
            if not to.startswith("/console") or to in known:
                continue
            known.add(to)
            kinds[kind(to)] = kinds.get(kind(to), 0) + 1
            if kinds[kind(to)] <= _OF_A_KIND:
                todo.append((url, to))
    return found


@pytest.mark.parametrize(
    ("role", "partner"),
    [*((one, None) for one in Role), (Role.OPERATOR, "acme"), (Role.ADMIN, "acme")],
)
def test_every_link_leads_to_a_page(console: Console, role: Role, partner: str | None):
    for sample in ("good-small.edi", "case-unknown-item.edi", "bad-require-sku.edi"):
        come(console, sample)
    console.user("operator")
    console.user("viewer", "acme")
    assert wrong(console.at(role.value, partner)) == []
