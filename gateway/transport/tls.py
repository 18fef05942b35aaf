"""Who the server is, and who we are: TLS towards partners."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from socket import socket
from tempfile import NamedTemporaryFile

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from gateway.trust.keyring import OwnKey, fingerprint

__all__ = ["Protection", "ServerUnknown", "protected", "shows"]


class ServerUnknown(Exception):
    """The server showed a certificate that is not the one it was to show."""


@dataclass(frozen=True, slots=True)
class Protection:
    """What a server's certificate must be, and what we show it.

    ``servers`` are its own certificates, or those that issued it; none: any that this
    machine's list of issuers vouches for. ``client`` is ours.
    """

    servers: tuple[x509.Certificate, ...] = ()
    client: OwnKey | None = field(default=None, hash=False, compare=False)
    client_name: str = ""
    """What tells one client's key from another."""

    @classmethod
    def of(
        cls, servers: tuple[x509.Certificate, ...], client: OwnKey | None
    ) -> Protection:
        """These certificates of the server, and this key of ours."""
        name = f"{client.id} {fingerprint(client.certificate)}" if client else ""
        return cls(servers, client, name)


@dataclass(frozen=True, slots=True)
class Way:
    """A way to know the server: by its issuer and name, or by its certificate."""

    context: ssl.SSLContext
    pins: frozenset[str] = frozenset()

    def wrapped(self, line: socket, host: str) -> ssl.SSLSocket:
        """The line within TLS, once the server is known to be the right one."""
        safe = self.context.wrap_socket(line, server_hostname=host)
        if self.pins:
            shown = x509.load_der_x509_certificate(safe.getpeercert(True) or b"")
            if fingerprint(shown) not in self.pins:
                safe.close()
                raise ServerUnknown(
                    "TLS: the server shows another certificate than the one agreed"
                )
        return safe


@lru_cache(maxsize=256)
def protected(by: Protection) -> tuple[Way, ...]:
    """The ways that are tried, one after the other: TLS 1.2 or later (RFC 9325)."""
    return tuple(_ways(by))


def _ways(by: Protection) -> Iterator[Way]:
    if not by.servers:
        yield Way(_with_client(ssl.create_default_context(), by.client))
        return
    issuers = [one for one in by.servers if _may_issue(one)]
    if issuers:
        context = ssl.create_default_context(
            cadata="".join(one.public_bytes(Encoding.PEM).decode() for one in issuers)
        )
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        yield Way(_with_client(context, by.client))
    pinned = ssl.create_default_context()
    pinned.check_hostname = False
    pinned.verify_mode = ssl.CERT_NONE  # its own certificate is compared instead
    pins = frozenset(fingerprint(one) for one in by.servers)
    yield Way(_with_client(pinned, by.client), pins)


def _may_issue(certificate: x509.Certificate) -> bool:
    try:
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except (x509.ExtensionNotFound, ValueError):
        return False
    return basic.value.ca


def _with_client(context: ssl.SSLContext, client: OwnKey | None) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if client is not None:
        shows(context, client)
    return context


def shows(context: ssl.SSLContext, key: OwnKey) -> None:
    """Show this key of ours on connections from now on."""
    word = secrets.token_hex(16)
    chain = (key.certificate, *key.chain)
    pem = b"".join(one.public_bytes(Encoding.PEM) for one in chain)
    pem += key.private_key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(word.encode())
    )
    with NamedTemporaryFile() as file:  # OpenSSL reads keys from files only
        file.write(pem)
        file.flush()
        context.load_cert_chain(file.name, password=word)
