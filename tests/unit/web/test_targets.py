"""Addresses in other words: with a slash behind them, and as whole URIs."""

from __future__ import annotations

import pytest
from starlette.types import Scope

from gateway.web.targets import plain


def scope_of(target: bytes, host: bytes = b"gateway") -> Scope:
    return {
        "type": "http",
        "path": target.decode(),
        "raw_path": target,
        "headers": [(b"x-first", b"1"), (b"host", host)],
    }


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/as2/", "/as2"),
        (b"/as2/mdn/", "/as2/mdn"),
        (b"/cxml/", "/cxml"),
        (b"/signed/acme%20x/", "/signed/acme x"),
        (b"/soap/tender/acme/", "/soap/tender/acme"),
        (b"/oci/acme/", "/oci/acme"),
        (b"/v1/interchanges/", "/v1/interchanges"),
        (b"http://gateway:8080/as2", "/as2"),
        (b"HTTPS://[::1]:8443/as2/", "/as2"),
        (b"http://gateway", "/"),
    ],
)
def test_an_address_is_known_by_its_plain_name(target: bytes, path: str):
    found = plain(scope_of(target))

    assert found["path"] == path


@pytest.mark.parametrize(
    "target",
    [
        b"/as2",
        b"/as2//",
        b"/as2/a%2F",
        b"/",
        b"/shop/",
        b"/oci/",
        b"/console/",
        b"*",
        b"http:///as2",
        b"http://user@gateway/as2",
        b"ftp://gateway/as2",
        b"gateway:443",
    ],
)
def test_other_targets_are_left_as_they_came(target: bytes):
    asked = scope_of(target)

    assert plain(asked) is asked


def test_the_host_of_a_whole_uri_counts():
    found = plain(scope_of(b"http://edi.supplier.test:80/as2", host=b"other"))

    assert found["headers"] == [(b"host", b"edi.supplier.test:80"), (b"x-first", b"1")]


@pytest.mark.parametrize(
    "door", ["as2", "as2/mdn", "cxml", "signed/a", "soap/tender/a"]
)
def test_a_door_answers_alike_with_a_slash_behind_it(house, door: str):
    with house.client() as web:
        plainly = web.post(f"/{door}", content=b"x")
        behind = web.post(f"/{door}/", content=b"x")

    assert behind.status_code == plainly.status_code
    assert behind.status_code not in (307, 404, 405)
