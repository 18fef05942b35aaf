"""What doctor says of certificates, of our private keys and of secrets."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.config import Settings
from gateway.engine.check import Check, fault, ok, warning
from gateway.findings import Finding
from gateway.partner import Profile
from gateway.partner.profile import As2Channel
from gateway.partner.references import references
from gateway.store import list_sources, own_keys, revocations
from gateway.store.certificates import Certificate, in_use, unreadable
from gateway.store.database import Database
from gateway.store.own_keys import KeptKey
from gateway.store.secrets import SecretStore
from gateway.trust.keyring import OwnKeys, Use
from gateway.trust.known import certificates_of
from gateway.trust.policy import issuers_asked


def of_keys(
    db: Database, settings: Settings, profiles: Mapping[str, Profile], now: datetime
) -> Iterator[Check]:
    """What ends, what is missing, and what lies open."""
    secrets = SecretStore(db)
    with db.read() as tx:
        known = in_use(tx, profiles, settings.home, now)
        every = [one for one in own_keys.every(tx) if one.destroyed_at is None]
        usable, found = own_keys.load(tx, secrets)
    yield from _certificates(known, settings)
    yield from _own_keys(every, found, settings)
    for profile in profiles.values():
        yield from _as2(profile, usable, now)
        yield from _signs(profile, usable, now)
    yield from _secrets(secrets, profiles)
    yield from _lists(db, profiles, now)


def _lists(
    db: Database, profiles: Mapping[str, Profile], now: datetime
) -> Iterator[Check]:
    """Revocation lists of the authorities that profiles name, old ones not."""
    name, fix = "revocation lists", "Fetch the next one: gateway trust import FILE."
    issuers = issuers_asked(profiles.values())
    with db.read() as tx:
        kept = revocations.current(tx, issuers)
        sources = list_sources.every(tx)
    if issuers and not kept:
        what = f"none is kept, and {next(iter(issuers.values()))} is believed by them"
        yield warning(name, what, fix)
    for one in sources:
        if one.said:
            what = f"{one.url} failed {one.failures} times: {one.said}"
            yield warning(name, what, "See who may be reached: trust.fetch_from.")
    for issuer, found in kept.items():
        what = f"that of {issuers[issuer]} ends {found.until:%Y-%m-%d %H:%M} UTC"
        if found.until <= now:
            yield fault(name, what, fix)
        elif found.until - now < (found.until - found.since) / 4:
            yield warning(name, what, fix)
        else:
            yield ok(name, what)


def _certificates(known: list[Certificate], settings: Settings) -> Iterator[Check]:
    name, now = "certificates", datetime.now(UTC)
    soon = now + timedelta(days=settings.expiring_days)
    for one in known:
        fix = "Ask the partner for its successor."
        if one.is_ours:
            fix = "Make its successor with gateway keys roll-over."
        if one.until < now:
            yield fault(name, f"{one.name} ended on {one.until:%Y-%m-%d}", fix)
        elif one.since > now:
            what = f"{one.name} holds only from {one.since:%Y-%m-%d} on"
            yield warning(name, what, "Use the one before until then.")
        elif one.until < soon:
            yield warning(name, f"{one.name} ends on {one.until:%Y-%m-%d}", fix)
        if one.is_weak:
            what = f"{one.name} has an RSA key of less than 2048 bits"
            yield warning(name, what, fix)
    for file in unreadable(settings.home):
        yield warning(name, f"{file} is no certificate", "Put the PEM file there.")
    good = sum(one.since <= now and one.until >= soon for one in known)
    yield ok(name, f"{good} of {len(known)} hold for longer")


def _own_keys(
    every: list[KeptKey], found: tuple[Finding, ...], settings: Settings
) -> Iterator[Check]:
    name = "own keys"
    for one in found:
        yield fault(name, one.what, one.fix)
    if any(not one.reference for one in every) and not settings.payload_key:
        what = "private keys are in the database, and GATEWAY_PAYLOAD_KEY names no key"
        yield fault(name, what, "Name the key that they were sealed under.")
    for kept in every:
        kind, _, place = kept.reference.partition(":")
        if kind == "file" and _is_open(Path(place)):
            what = f"others than its owner may use {place}"
            yield fault(name, what, f"chmod 600 {place}")
    if not found:
        yield ok(name, f"{len(every)} can be used" if every else "none")


def _is_open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
    except OSError:
        return False  # that it is not there is told already


def _as2(profile: Profile, usable: OwnKeys, now: datetime) -> Iterator[Check]:
    """Whether an AS2 partner has all certificates that its channels need."""
    ours, theirs = usable.towards(profile.id), certificates_of(profile)
    needs: set[str] = set()
    for channel in profile.channels:
        if not isinstance(channel, As2Channel):
            continue
        security, receipt = channel.security, channel.receipt
        if security.sign != "none" and ours.signing(now) is None:
            needs.add("a key of ours to sign with (gateway keys create)")
        if "encryption" in security.require and not ours.decrypting():
            needs.add("a key of ours that they encrypt to (gateway keys create)")
        if security.encrypt != "none" and theirs.encrypting(now) is None:
            needs.add("a certificate of theirs to encrypt to (as2_encrypt)")
        signs = "signature" in security.require or receipt.signature == "required"
        if signs and not theirs.verifying(Use.AS2_SIGN, now):
            needs.add("a certificate of theirs to verify with (as2_sign)")
    for need in sorted(needs):
        what = f"{profile.id} exchanges AS2 without {need}"
        yield fault("as2 keys", what, "docs/keys.md says how to exchange certificates.")


def _signs(profile: Profile, usable: OwnKeys, now: datetime) -> Iterator[Check]:
    """Whether there is a key for a partner whose files we sign."""
    signs = profile.trust is not None and profile.trust.sign is not None
    if signs and usable.towards(profile.id).documents(now) is None:
        what = f"{profile.id} gets signed files, and there is no key of ours for it"
        yield fault("signing keys", what, "gateway keys create NAME --use sign")


def _secrets(secrets: SecretStore, profiles: Mapping[str, Profile]) -> Iterator[Check]:
    name, lost, count = "secrets", False, 0
    for profile in profiles.values():
        for reference in sorted(set(references(profile))):
            count += 1
            found = secrets.get(reference)
            if isinstance(found, Finding):
                lost = True
                yield fault(name, f"profile {profile.id}: {found.what}", found.fix)
    if not lost:
        yield ok(name, f"{count} that profiles refer to are there")
