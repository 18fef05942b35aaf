"""The keys of the SFTP door: our own host keys, and what may open an account."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncssh

from gateway.config import Settings

SIGNATURES = (
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
"""Signatures that are taken and given: none with SHA-1."""
LEAST_RSA_BITS = 2048
HOST_KEYS = "hostkeys"
"""The folder of the home with the host key of our own; backups hold it."""


class BadHostKey(Exception):
    """A host key cannot be read or made; the text says which and why."""


def host_keys(settings: Settings) -> tuple[asyncssh.SSHKey, ...]:
    """The private host keys that the settings name, else the one of the home."""
    named = [one.strip() for one in settings.sftp_host_keys.split(",") if one.strip()]
    files = [Path(one) for one in named] or [_own_host_key(settings.home / HOST_KEYS)]
    return tuple(_read_key(file) for file in files)


def _own_host_key(folder: Path) -> Path:
    file = folder / "host_ed25519"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = asyncssh.generate_private_key("ssh-ed25519").export_private_key()
        fresh = folder / f".{os.getpid()}.{file.name}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with open(os.open(fresh, flags, 0o600), "wb") as out:
            out.write(made)
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileExistsError):  # another process was faster
            os.link(fresh, file)
        fresh.unlink()
    return file


def _read_key(file: Path) -> asyncssh.SSHKey:
    try:
        return asyncssh.read_private_key(str(file))
    except (OSError, ValueError) as problem:
        raise BadHostKey(f"{file}: {type(problem).__name__}") from None


class BadKey(ValueError):
    """It is no public key that may open an account; the text says why."""


def public_keys(text: str) -> list[tuple[str, str]]:
    """Fingerprint and line of each key of an authorized_keys file, or ``BadKey``."""
    lines = [one.strip() for one in text.splitlines()]
    found = [_public_key(one) for one in lines if one and not one.startswith("#")]
    if not found:
        raise BadKey("there is no public key in it")
    return found


def _public_key(line: str) -> tuple[str, str]:
    try:
        key = asyncssh.import_public_key(line)
    except ValueError:
        raise BadKey("write public keys in OpenSSH's form, one a line") from None
    kind = key.get_algorithm()
    if kind == "ssh-rsa":
        if getattr(key.pyca_key, "key_size", 0) < LEAST_RSA_BITS:
            raise BadKey(f"an RSA key needs {LEAST_RSA_BITS} bits or more")
    elif kind not in SIGNATURES:
        raise BadKey(f"keys of the kind {kind} are not taken")
    plain = " ".join(key.export_public_key().decode().split()[:2])
    return key.get_fingerprint(), plain


def fingerprints(settings: Settings) -> Iterator[tuple[str, str]]:
    """Kind and fingerprint of each host key: what partners pin."""
    for key in host_keys(settings):
        yield key.get_algorithm(), key.get_fingerprint()
