"""The client certificate of a request: from TLS, or from a proxy that is known."""

from __future__ import annotations

import base64
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from gateway.config import Settings
from gateway.web.certified import NotOne, is_certified, shown
from gateway.web.peers import by_socket, peer_of
from tests.pki import Holder, certificate

PROXY, STRANGER = "10.0.0.1", "203.0.113.9"
FIRST, ISSUER = certificate("edi.acme.example"), certificate("Issuer", ca=True)


def settings(header: str = "client-cert") -> Settings:
    return Settings(
        home=Path("none"),
        trusted_proxies="10.0.0.0/24",
        client_certificate_header=header,
    )


def scope(address: str, *headers: tuple[str, str], **more: Any) -> dict[str, Any]:
    sent = [(name.encode(), value.encode()) for name, value in headers]
    return {"client": (address, 4711), "headers": sent, **more}


def octets(one: Holder) -> str:
    return f":{base64.b64encode(one.der).decode()}:"


def tls(*chain: Holder) -> dict[str, Any]:
    pems = [ssl.DER_cert_to_PEM_cert(one.der) for one in chain]
    return {"extensions": {"tls": {"client_cert_chain": pems}}}


def test_tls_of_our_own_tells_of_it():
    assert shown(scope(STRANGER, **tls(FIRST)), settings()) == (FIRST.der,)
    assert shown(scope(STRANGER, **tls()), settings()) == ()


def test_a_proxy_sends_it_as_rfc_9440_has_it():
    sent = ("client-cert", octets(FIRST)), ("client-cert-chain", octets(ISSUER))
    assert shown(scope(PROXY, *sent), settings()) == (FIRST.der, ISSUER.der)


def test_nginx_sends_it_as_pem_with_percent_signs():
    told = scope(PROXY, ("x-ssl-client-cert", quote(FIRST.pem)))
    assert shown(told, settings("x-ssl-client-cert")) == (FIRST.der,)


def test_envoy_sends_it_among_other_things():
    said = f'Hash={FIRST.sha256};Cert="{quote(FIRST.pem)}";Subject="CN=a,O=b";URI='
    told = scope(PROXY, ("x-forwarded-client-cert", said))
    assert shown(told, settings("x-forwarded-client-cert")) == (FIRST.der,)


def test_envoy_may_send_the_chain_as_well():
    chain = quote(FIRST.pem + ISSUER.pem)
    said = f'Cert="{quote(FIRST.pem)}";Chain="{chain}"'
    told = scope(PROXY, ("x-forwarded-client-cert", said))
    found = shown(told, settings("x-forwarded-client-cert"))
    assert found == (FIRST.der, ISSUER.der)


def test_the_socket_of_our_proxy_is_believed():
    told = by_socket(scope("", ("client-cert", octets(FIRST))))
    assert shown(told, settings()) == (FIRST.der,)
    assert peer_of(told, ()).facts["proxy"] == "socket"


def test_attack_header_spoofing():
    """Who is no proxy of ours may send the header; nobody looks at it."""
    spoofed = ("client-cert", octets(FIRST))
    assert shown(scope(STRANGER, spoofed), settings()) == ()
    assert shown(scope(STRANGER, spoofed, **tls(ISSUER)), settings()) == (ISSUER.der,)


def test_attack_header_spoofing_under_another_name():
    spoofed = ("x-ssl-client-cert", quote(FIRST.pem))
    assert shown(scope(PROXY, spoofed), settings()) == ()
    assert shown(scope(PROXY, spoofed), settings("")) == ()


@pytest.mark.parametrize(
    "header",
    ["client-cert", "x-forwarded-client-cert"],
)
def test_attack_header_spoofing_beside_the_proxys(header):
    """A proxy that adds its header to the client's tells of two: neither counts."""
    sent = {
        "client-cert": octets(FIRST),
        "x-forwarded-client-cert": f'Cert="{quote(FIRST.pem)}"',
    }[header]
    with pytest.raises(NotOne, match="more than once"):
        shown(scope(PROXY, (header, sent), (header, sent)), settings(header))


def test_attack_header_spoofing_in_front_of_the_proxys():
    said = f'Cert="{quote(FIRST.pem)}",Cert="{quote(ISSUER.pem)}"'
    told = scope(PROXY, ("x-forwarded-client-cert", said))
    with pytest.raises(NotOne, match="more than one client"):
        shown(told, settings("x-forwarded-client-cert"))


@pytest.mark.parametrize(
    "value",
    [":", "::", ":%%:", "none", "-----BEGIN", quote("-----END CERTIFICATE-----"), "é"],
)
def test_what_is_no_certificate_is_told(value):
    with pytest.raises(NotOne):
        shown(scope(PROXY, ("client-cert", value)), settings())


def test_without_one_there_is_nothing_to_look_at():
    told = scope(PROXY, ("client-cert", ""))
    assert shown(told, settings()) == ()
    assert not is_certified(scope(PROXY), settings())
    assert is_certified(told, settings())
