from __future__ import annotations

from typing import Any

from gateway.transport.addresses import networks
from gateway.web.peers import Peer, peer_of

PROXIES = networks("10.0.0.0/24")


def scope(address: str, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"client": (address, 4711), "scheme": "http", "headers": list(headers)}


def test_a_stranger_is_who_it_is_whatever_it_says():
    said = (b"x-forwarded-for", b"192.0.2.1"), (b"x-ssl-client-s-dn", b"CN=acme")

    assert peer_of(scope("203.0.113.9", *said), PROXIES) == Peer(
        "203.0.113.9", {"scheme": "http"}
    )


def test_a_proxy_speaks_for_the_last_that_is_no_proxy():
    said = (b"x-forwarded-for", b"192.0.2.66, 198.51.100.7, 10.0.0.2")

    assert peer_of(scope("10.0.0.1", said), PROXIES).address == "198.51.100.7"


def test_several_headers_of_a_name_are_one_list():
    said = (b"x-forwarded-for", b"192.0.2.66"), (b"x-forwarded-for", b"198.51.100.7")

    assert peer_of(scope("10.0.0.1", *said), PROXIES).address == "198.51.100.7"


def test_what_a_proxy_tells_of_tls_is_kept():
    said = (
        (b"x-forwarded-proto", b"https"),
        (b"x-ssl-protocol", b"TLSv1.3"),
        (b"x-ssl-cipher", b"TLS_AES_256_GCM_SHA384"),
        (b"x-ssl-client-verify", b"SUCCESS"),
        (b"x-ssl-client-s-dn", b"CN=acme"),
        (b"x-other", b"1"),
    )

    assert peer_of(scope("10.0.0.1", *said), PROXIES) == Peer(
        "10.0.0.1",
        {
            "proxy": "10.0.0.1",
            "scheme": "https",
            "tls": "TLSv1.3",
            "cipher": "TLS_AES_256_GCM_SHA384",
            "client_verified": "SUCCESS",
            "client_name": "CN=acme",
        },
    )


def test_without_a_connection_there_is_no_address():
    assert peer_of({"headers": [], "client": None}, PROXIES).address == ""
