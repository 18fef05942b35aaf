"""Callers who are known by their client certificate.

It comes by TLS of our own, or in a header of a proxy that is known. Nobody else's
header is looked at, whatever it says.
"""

from __future__ import annotations

import binascii
import ssl
from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import unquote_to_bytes

from starlette.concurrency import run_in_threadpool
from starlette.types import Scope

from gateway.config import Settings
from gateway.engine import Engine
from gateway.findings import Finding
from gateway.transport.addresses import networks
from gateway.web.peers import is_proxy

__all__ = ["NotOne", "is_certified", "partner_of", "shown"]

_LONGEST = 64 * 1024
_MOST_ALONG = 16
_CHAIN = b"client-cert-chain"
_FORWARDED = "x-forwarded-client-cert"


class NotOne(Exception):
    """A proxy tells of more than one client certificate, or of none that is one."""


def is_certified(scope: Scope, settings: Settings) -> bool:
    """Whether there may be a client certificate to look at."""
    if "tls" in scope.get("extensions", ()):
        return True
    name = settings.client_certificate_header.encode()
    return bool(name) and any(key == name for key, _ in scope["headers"])


def shown(scope: Scope, settings: Settings) -> tuple[bytes, ...]:
    """The client certificate of a request in DER, then those that came with it.

    Empty: none was shown. Raises ``NotOne``.
    """
    if not is_proxy(scope, networks(settings.trusted_proxies)):
        told = scope.get("extensions", {}).get("tls", {})
        return tuple(
            ssl.PEM_cert_to_DER_cert(one) for one in told.get("client_cert_chain", ())
        )
    name = settings.client_certificate_header
    sent = _headers(scope, name.encode()) if name else []
    if not any(sent):
        return ()
    if len(sent) > 1:
        raise NotOne(f"{name} was sent more than once")
    try:
        return _read(name, sent[0], _headers(scope, _CHAIN))[: _MOST_ALONG + 1]
    except (ValueError, binascii.Error):
        raise NotOne(f"{name} holds no certificate") from None


def _headers(scope: Scope, name: bytes) -> list[bytes]:
    return [value.strip() for key, value in scope["headers"] if key == name]


def _read(name: str, value: bytes, chain: list[bytes]) -> tuple[bytes, ...]:
    """The certificates of a header, in whichever form it has."""
    if len(value) > _LONGEST:
        raise ValueError("too long")
    if name == _FORWARDED:
        return tuple(_forwarded(value))
    if value.startswith(b":"):
        along = [each for one in chain for each in one.split(b",") if each.strip()]
        return (_octets(value), *map(_octets, along))
    return tuple(_pems(value))


def _octets(value: bytes) -> bytes:
    """A byte sequence of a structured field (RFC 8941 3.3.5)."""
    text = value.strip()
    if len(text) < 3 or text[:1] != b":" or text[-1:] != b":":
        raise ValueError("no byte sequence")
    return b64decode(text[1:-1], validate=True)


def _pems(value: bytes) -> Iterator[bytes]:
    """Certificates in PEM, as they are quoted in an address."""
    text = unquote_to_bytes(value).decode("ascii")
    end = "-----END CERTIFICATE-----"
    parts = text.split(end)
    if len(parts) < 2 or parts[-1].strip():
        raise ValueError("no certificate")
    for one in parts[:-1]:
        yield ssl.PEM_cert_to_DER_cert(one.strip() + "\n" + end + "\n")


def _forwarded(value: bytes) -> Iterator[bytes]:
    """The Cert, and the Chain where there is one, of one element that a proxy set."""
    pairs: dict[str, bytes] = {}
    for pair in _split(value.decode("ascii")):
        key, _, said = pair.partition("=")
        if key.strip().lower() in pairs:
            raise NotOne(f"{_FORWARDED} tells of more than one client")
        pairs[key.strip().lower()] = said.strip().strip('"').encode()
    first, *_ = _pems(pairs.get("cert", b""))
    yield first
    if "chain" in pairs:
        yield from (one for one in _pems(pairs["chain"]) if one != first)


def _split(text: str) -> Iterator[str]:
    """The pairs between semicolons; a comma outside of quotes begins another client."""
    start, quoted = 0, False
    for at, letter in enumerate(text):
        if letter == '"' and text[at - 1 : at] != "\\":
            quoted = not quoted
        elif letter == "," and not quoted:
            raise NotOne(f"{_FORWARDED} tells of more than one client")
        elif letter == ";" and not quoted:
            yield text[start:at]
            start = at + 1
    yield text[start:]


async def partner_of(scope: Scope, engine: Engine, now: datetime) -> str | Finding:
    """The partner whose client certificate was shown, or why it is nobody's.

    Empty: none was shown.
    """
    try:
        found = shown(scope, engine.settings)
    except NotOne as problem:
        return Finding.of("TRU-422", str(problem))
    if not found:
        return ""
    known = engine.calling.known(found)
    if known is None:
        known = await run_in_threadpool(engine.calling.of, found, now)
    return known
