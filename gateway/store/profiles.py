"""Partner profiles: each version that was ever applied, and the one in force."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from gateway.partner import Profile, load
from gateway.store.journal import event_row
from gateway.store.sql import insert_all
from gateway.store.tables import event, profile_version
from gateway.trust.keyring import fingerprint
from gateway.trust.known import certificates_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileVersion:
    """A profile as it was applied; ``n`` counts from 1 for each partner."""

    partner_id: str
    n: int
    sha256: str
    active_from: datetime
    yaml: str


def apply(
    tx: sa.Connection,
    partner_id: str,
    yaml: str,
    now: datetime,
    by: str = "",
    reason: str = "",
) -> ProfileVersion:
    """Put a checked profile in force; the same text again changes nothing."""
    sha256 = hashlib.sha256(yaml.encode()).hexdigest()
    last = _last(tx, partner_id)
    if last is not None and last.sha256 == sha256:
        return last
    row = {
        "partner_id": partner_id,
        "n": last.n + 1 if last else 1,
        "sha256": sha256,
        "active_from": now,
        "yaml": yaml,
    }
    insert_all(tx, profile_version, [row])
    told = {"by": by, "version": str(row["n"])} if by else {}
    told |= {"reason": reason} if reason else {}
    applied = event_row(partner_id, "profile.applied", sha256, now, **told)
    insert_all(tx, event, [applied])
    _tell_certificates(tx, partner_id, last.yaml if last else "", yaml, now)
    return ProfileVersion(**row)  # type: ignore[arg-type]  # its columns


def hold(tx: sa.Connection, partner_id: str) -> int:
    """The number of the version in force, and nobody else applies one meanwhile.

    0: there is none.
    """
    if tx.dialect.name == "postgresql":
        key = sa.func.hashtext(f"profile {partner_id}")
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
    last = _last(tx, partner_id)
    return last.n if last else 0


def history(tx: sa.Connection, partner_id: str) -> tuple[ProfileVersion, ...]:
    """The versions of a partner's profile, newest first."""
    query = sa.select(profile_version).where(profile_version.c.partner_id == partner_id)
    rows = tx.execute(query.order_by(profile_version.c.n.desc())).mappings()
    return tuple(ProfileVersion(**row) for row in rows)


def active(tx: sa.Connection) -> tuple[ProfileVersion, ...]:
    """The profile in force of every partner, by partner id."""
    newest = (
        sa.select(profile_version.c.partner_id, sa.func.max(profile_version.c.n))
        .group_by(profile_version.c.partner_id)
        .subquery()
    )
    query = (
        sa.select(profile_version)
        .join(
            newest,
            sa.and_(
                profile_version.c.partner_id == newest.c[0],
                profile_version.c.n == newest.c[1],
            ),
        )
        .order_by(profile_version.c.partner_id)
    )
    return tuple(ProfileVersion(**row) for row in tx.execute(query).mappings())


def numbers(tx: sa.Connection) -> dict[str, int]:
    """The number of the version in force of every partner."""
    n = sa.func.max(profile_version.c.n)
    query = sa.select(profile_version.c.partner_id, n)
    rows = tx.execute(query.group_by(profile_version.c.partner_id))
    return {partner_id: number for partner_id, number in rows}


def text(tx: sa.Connection, partner_id: str, n: int) -> str:
    """The YAML of one version; empty when there is none."""
    query = sa.select(profile_version.c.yaml).where(
        profile_version.c.partner_id == partner_id, profile_version.c.n == n
    )
    return str(tx.execute(query).scalar() or "")


def _tell_certificates(
    tx: sa.Connection, partner_id: str, before: str, after: str, now: datetime
) -> None:
    """Events about certificates that are believed in another way from now on."""
    if "certificates" not in before + after:
        return
    old, new = _believed(before), _believed(after)
    rows = [
        event_row(partner_id, "certificate.stated", sum_, now, **facts)
        for sum_, facts in new.items()
        if old.get(sum_) != facts
    ]
    rows += [
        event_row(partner_id, "certificate.removed", sum_, now)
        for sum_ in old.keys() - new.keys()
    ]
    insert_all(tx, event, rows)


def _believed(yaml: str) -> dict[str, dict[str, str]]:
    """What a profile says of each certificate, by its SHA-256."""
    profile = load(yaml, "") if yaml else ()
    if not isinstance(profile, Profile):
        return {}
    found: dict[str, dict[str, str]] = {}
    for one in certificates_of(profile).all:
        facts = {"state": str(one.state), "uses": " ".join(sorted(one.uses))}
        dates = {"from": one.active_from, "to": one.active_to}
        facts |= {name: at.isoformat() for name, at in dates.items() if at}
        facts |= {"grace_days": str(one.grace.days)} if one.grace else {}
        found[fingerprint(one.certificate)] = facts
    return found


def _last(tx: sa.Connection, partner_id: str) -> ProfileVersion | None:
    query = (
        sa.select(profile_version)
        .where(profile_version.c.partner_id == partner_id)
        .order_by(profile_version.c.n.desc())
        .limit(1)
    )
    row = tx.execute(query).mappings().first()
    return None if row is None else ProfileVersion(**row)
