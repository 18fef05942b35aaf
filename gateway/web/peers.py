"""Who is at the other end: told by the connection, or by a proxy that is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.types import Scope

from gateway.transport.addresses import Network, is_in

_LONGEST = 2_000
_FACTS = {
    b"x-forwarded-proto": "scheme",
    b"x-ssl-protocol": "tls",
    b"x-ssl-cipher": "cipher",
    b"x-ssl-client-verify": "client_verified",
    b"x-ssl-client-s-dn": "client_name",
    b"client-cert": "client_certificate",
}
"""What a proxy tells of the connection, and how our records call it (RFC 9440)."""


_SOCKET = "proxy_socket"
"""The extension of a scope that came by the socket of our proxy."""


@dataclass(frozen=True, slots=True)
class Peer:
    """An address, and what is known of the way from there."""

    address: str
    facts: Mapping[str, str]


def is_proxy(scope: Scope, proxies: Sequence[Network]) -> bool:
    """Whether a request came from one of ``proxies``, or by the socket for ours."""
    return _SOCKET in scope.get("extensions", ()) or is_in(_direct(scope), proxies)


def by_socket(scope: Scope) -> Scope:
    """The same request, as one that came by the socket of our proxy."""
    return {**scope, "extensions": {**scope.get("extensions", {}), _SOCKET: {}}}


def peer_of(scope: Scope, proxies: Sequence[Network]) -> Peer:
    """Who sent a request. Headers are believed when the sender is a known proxy.

    Of several addresses in ``X-Forwarded-For`` it is the last that no known proxy has.
    """
    direct = _direct(scope)
    if not is_proxy(scope, proxies):
        return Peer(direct, {"scheme": str(scope.get("scheme", "http"))})
    facts: dict[str, str] = {"proxy": direct or "socket"}
    forwarded: list[str] = []
    for name, value in scope["headers"]:
        text = value.decode("latin-1").strip()[:_LONGEST]
        if name == b"x-forwarded-for":
            forwarded += [one.strip() for one in text.split(",")]
        elif name in _FACTS:
            facts.setdefault(_FACTS[name], text)
    for address in reversed(forwarded):
        if not is_in(address, proxies):
            return Peer(address[:100], facts)
    return Peer(direct, facts)


def _direct(scope: Scope) -> str:
    """The address at the other end of the connection."""
    client = scope.get("client")
    return str(client[0]) if client else ""
