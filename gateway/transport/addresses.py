"""Where an address that a partner wrote may lead: to them, and not into our network."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import urlsplit

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve: TypeAlias = Callable[[str, int], Iterable[str]]
LONGEST_URL = 2_000
_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@lru_cache(maxsize=64)
def networks(text: str) -> tuple[Network, ...]:
    """Networks such as ``10.1.0.0/16``, with commas between them."""
    named = (one.strip() for one in text.split(","))
    return tuple(ipaddress.ip_network(one) for one in named if one)


def is_in(address: str, among: Iterable[Network]) -> bool:
    """Whether an address is one of these networks; one that is none is in no network.

    An IPv4 address written as an IPv6 one is the IPv4 address.
    """
    found = _address(address)
    return found is not None and any(found in network for network in among)


def resolved(host: str, port: int) -> Iterable[str]:
    """The addresses of a host, in the order in which they are to be tried."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return dict.fromkeys(str(address[0]) for *_, address in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An address that may be used, looked up: nobody can make it lead elsewhere now.

    ``path`` has the query. ``ip`` is what ``host`` led to.
    """

    scheme: str
    host: str
    port: int
    path: str
    ip: str


def place(
    url: str,
    hosts: Collection[str],
    inside: Sequence[Network] = (),
    resolve: Resolve = resolved,
) -> Place | str:
    """Where an address leads, or why it is not used.

    Its host must be one of ``hosts``, and must lead out of our network or into one of
    ``inside``. Raises ``OSError`` when the host cannot be looked up now.
    """
    wrong = "the address is no http or https URL that can be used"
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable():
        return wrong
    try:
        parts = urlsplit(url)
        usual = _PORTS.get(parts.scheme)
        port = usual if parts.port is None else parts.port
    except ValueError:
        return wrong
    host = (parts.hostname or "").rstrip(".")
    odd = " " in url or "\\" in url or "@" in parts.netloc
    if odd or not usual or not port or not host:
        return wrong
    if host not in {one.lower().rstrip(".") for one in hosts}:
        return f"the profile does not name the host {host}"
    reachable = [ip for ip in resolve(host, port) if _may_be_reached(ip, inside)]
    if not reachable:
        return f"the host {host} leads into a network that is not to be reached"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(scheme=parts.scheme, host=host, port=port, path=path, ip=reachable[0])


def _may_be_reached(ip: str, inside: Sequence[Network]) -> bool:
    found = _address(ip)
    if found is None or found.is_multicast:
        return False
    behind = _behind(found) if found.version == 6 else None
    is_public = found.is_global and (behind is None or behind.is_global)
    return is_public or is_in(ip, inside)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if found.version == 6 else None
    return found if mapped is None else mapped


def _behind(found: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a NAT64 or 6to4 leads on to (RFC 6052, RFC 3056)."""
    if found in _NAT64:
        return ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    return found.sixtofour
