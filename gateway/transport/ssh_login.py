"""Who a partner's SSH server has to be, and what we log in with."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey as Ed25519Key,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from gateway.findings import Finding
from gateway.partner.profile import SftpChannel
from gateway.pipeline.ports import Secrets

HOST_KEY, LOGIN = "TRN-010", "TRN-011"
KEEPALIVE_S = 30


class Unfit(Exception):
    """Nothing to be tried again soon: the server's key, our login, our set-up."""

    def __init__(self, finding: Finding, *, ours: bool = False) -> None:
        super().__init__(finding.what)
        self.finding = finding
        self.ours = ours


@dataclass(frozen=True, slots=True)
class Pinned:
    """The keys that a server may show: their types, and their fingerprints."""

    keys: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, host_keys: Sequence[str]) -> Pinned:
        """As the profile has them: type, and fingerprint or the key itself."""
        found = set()
        for one in host_keys:
            kind, _, rest = one.partition(" ")
            found.add((kind, rest if rest.startswith("SHA256:") else _summed(rest)))
        return cls(frozenset(found))

    @property
    def kinds(self) -> frozenset[str]:
        """The types of key that we ask for."""
        return frozenset(kind for kind, _ in self.keys)

    def signatures(self, *, sha1: bool = False) -> tuple[str, ...]:
        """The signature algorithms of these types (RFC 8332 for RSA)."""
        found: list[str] = []
        for kind in sorted(self.kinds):
            if kind == "ssh-rsa":
                found += ["rsa-sha2-512", "rsa-sha2-256"] + ["ssh-rsa"] * sha1
            else:
                found.append(kind)
        return tuple(found)

    def holds(self, kind: str, key: bytes) -> bool:
        """Whether this is one of them."""
        return (kind, fingerprint(key)) in self.keys


def fingerprint(key: bytes) -> str:
    """A public key's fingerprint, as OpenSSH prints it."""
    digest = hashlib.sha256(key).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def _summed(text: str) -> str:
    try:
        return fingerprint(base64.b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        return ""


def changed(channel: SftpChannel, kind: str, key: bytes) -> Unfit:
    """The server showed a key that is not pinned: stop, and tell."""
    where = f"{channel.host}:{channel.port}"
    what = f"{where} shows {kind} {fingerprint(key)}, which is not in host_keys"
    return Unfit(Finding.of(HOST_KEY, what, value=fingerprint(key)))


def no_such_key(channel: SftpChannel) -> Unfit:
    """The server has no key of a type that is pinned."""
    kinds = ", ".join(sorted(Pinned.of(channel.host_keys).kinds))
    what = f"{channel.host}:{channel.port} has no key of the type that is pinned"
    return Unfit(Finding.of(HOST_KEY, f"{what}: {kinds}"))


def not_let_in(channel: SftpChannel) -> Unfit:
    """The server does not want our key or password."""
    what = f"{channel.host}:{channel.port} does not let {channel.user!r} in"
    return Unfit(Finding.of(LOGIN, what))


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What we log in with, looked up just before."""

    key: bytes | None
    key_password: str | None
    password: str | None


def credentials(channel: SftpChannel, secrets: Secrets) -> Credentials:
    """The secrets that the channel refers to, or ``Unfit``."""
    found: list[bytes | None] = []
    for reference in (channel.key, channel.key_password, channel.password):
        if reference is None:
            found.append(None)
            continue
        secret = secrets.get(reference)
        if isinstance(secret, Finding):
            raise Unfit(secret, ours=True)
        found.append(secret.reveal())
    key, key_password, password = found
    return Credentials(key, _line(key_password), _line(password))


def _line(secret: bytes | None) -> str | None:
    if secret is None:
        return None
    return secret.decode("utf-8", "surrogateescape").rstrip("\r\n")


def private_key(login: Credentials) -> str:
    """Our private key as OpenSSH writes it, whatever form it was in."""
    data = login.key or b""
    password = login.key_password.encode() if login.key_password else None
    for load in (load_ssh_private_key, load_pem_private_key):
        with suppress(ValueError, TypeError, UnsupportedAlgorithm):
            key = load(data, password)
            if isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey | Ed25519Key):
                form = (Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
                return key.private_bytes(*form).decode("ascii")
    what = "the private key cannot be read; is it one, and its password right?"
    raise Unfit(Finding.of(LOGIN, what), ours=True)
