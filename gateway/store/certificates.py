"""How long certificates hold: those in profiles and folders of partners, and ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from cryptography import x509

from gateway.partner import Profile
from gateway.store import own_keys
from gateway.trust.keyring import Certified, State, fingerprint, is_weak
from gateway.trust.known import certificates_of, trusted_of
from gateway.trust.policy import rules_of

FOLDERS = "partner_profiles/*/certs/*.pem"
"""Where they lie below the home folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate; ``name`` is its file or our key's name, and its serial number."""

    partner_id: str
    name: str
    since: datetime
    until: datetime
    fingerprint: str
    is_ours: bool = False
    is_weak: bool = False


def in_use(
    tx: sa.Connection, profiles: Mapping[str, Profile], home: Path, now: datetime
) -> list[Certificate]:
    """Those that are or will be used: of profiles, of our keys, and of the folders.

    What is previous or revoked may end unnoticed.
    """
    found = [
        _of(profile.id, one.certificate, _place(profile.id, one))
        for profile in profiles.values()
        for one in certificates_of(profile).all
        if one.standing(now) in (State.PLANNED, State.CURRENT)
    ]
    found += _of_trust(profiles)
    for key in own_keys.ending(own_keys.every(tx), now):
        name = f"ours/{key.name}"
        mine = key.certified.certificate
        found.append(_of(key.partner_id, mine, name, is_ours=True))
    named = {one.fingerprint for one in found} | {
        fingerprint(one.certificate)
        for profile in profiles.values()
        for one in certificates_of(profile).all
    }
    return found + [one for one in certificates(home) if one.fingerprint not in named]


def authorities(profiles: Mapping[str, Profile]) -> list[Certificate]:
    """Those that signed documents of partners have to lead to."""
    return [
        _of(id_, one.parsed, one.parsed.subject.rfc4514_string())
        for id_, profile in profiles.items()
        for one in rules_of(profile).anchors
    ]


def _of_trust(profiles: Mapping[str, Profile]) -> list[Certificate]:
    """Anchors and intermediates that paths lead to and through, time-stamps' too."""
    return [
        _of(profile.id, one.certificate, f"{profile.id}/trust {one.name}")
        for profile in profiles.values()
        for one in trusted_of(profile)
    ]


def _place(partner_id: str, one: Certified) -> str:
    name = one.name.rpartition("/")[2] or fingerprint(one.certificate)[:16]
    return f"{partner_id}/{name}"


def _of(
    partner_id: str, one: x509.Certificate, name: str, *, is_ours: bool = False
) -> Certificate:
    return Certificate(
        partner_id=partner_id,
        name=f"{name} {one.serial_number:x}",
        since=one.not_valid_before_utc,
        until=one.not_valid_after_utc,
        fingerprint=fingerprint(one),
        is_ours=is_ours,
        is_weak=is_weak(one),
    )


def certificates(home: Path) -> list[Certificate]:
    """All of the folders that can be read; ``unreadable`` tells the others."""
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
    return [_of(file.parent.parent.name, one, _named(file)) for one in found]
