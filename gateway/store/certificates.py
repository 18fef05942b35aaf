"""The certificates that lie in the partners' folders, and how long they hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

FOLDERS = "partner_profiles/*/certs/*.pem"
"""Where they lie below the home folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate of a partner's folder; ``name`` is its file and serial number."""

    partner_id: str
    name: str
    since: datetime
    until: datetime


def certificates(home: Path) -> list[Certificate]:
    """All that can be read; ``unreadable`` tells the others."""
    return [one for file in _files(home) for one in _read(file)]


def unreadable(home: Path) -> list[str]:
    """Files that are no certificates."""
    return [_named(file) for file in _files(home) if not _read(file)]


def _files(home: Path) -> Iterator[Path]:
    yield from sorted(home.glob(FOLDERS))


def _named(file: Path) -> str:
    return f"{file.parent.parent.name}/{file.name}"


def _read(file: Path) -> list[Certificate]:
    try:
        found = x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError):
        return []
    return [
        Certificate(
            partner_id=file.parent.parent.name,
            name=f"{_named(file)} {one.serial_number:x}",
            since=one.not_valid_before_utc,
            until=one.not_valid_after_utc,
        )
        for one in found
    ]
