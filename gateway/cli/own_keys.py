"""``keys create|import|list|roll-over|export|retire``: private keys, certificates."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from gateway.bootstrap import Gateway
from gateway.cli import opened, say
from gateway.findings import Finding
from gateway.partner import Profile
from gateway.partner.scalars import Moment, SecretRef
from gateway.pipeline.ports import Secret
from gateway.store import own_keys
from gateway.store.key_making import Kind, certificate, kind_of, private_key
from gateway.store.own_keys import KeptKey, NewKey
from gateway.store.secrets import SecretStore
from gateway.trust.files import (
    Found,
    NotReadable,
    certificates_in,
    key_pem,
    matched,
    pairs_in,
    pkcs12_of,
    private_key_in,
    written,
)
from gateway.trust.keyring import Certified, State, Use, fingerprint, is_weak
from gateway.trust.known import certificates_of


class _Form(Enum):
    """What is written out."""

    PEM = "pem"
    DER = "der"
    P7C = "p7c"
    P12 = "p12"


_Name = Annotated[str, typer.Argument(help="What people call it; its common name.")]
_Key = Annotated[str, typer.Argument(help="Its id, crt_..., or its name.")]
_Uses = Annotated[
    list[Use] | None,
    typer.Option("--use", help="What for; may be repeated. AS2 signing and opening."),
]
_Partner = Annotated[
    str | None, typer.Option(help="Only towards this partner; else towards all.")
]
_Days = Annotated[int, typer.Option(min=1, max=3650, help="Days that it holds.")]
_From = Annotated[
    str | None,
    typer.Option("--from", help="When it becomes current: a day, or a time with zone."),
]
_Planned = Annotated[
    bool, typer.Option("--planned", help="Not current until keys roll-over says so.")
]
_Password = Annotated[
    str | None,
    typer.Option(help="Where its password is: env:NAME, file:/PATH or secret:NAME."),
]
_Json = Annotated[bool, typer.Option("--json", help="One object a line.")]


def create(  # noqa: PLR0913, PLR0917  # its options
    name: _Name,
    use: _Uses = None,
    partner: _Partner = None,
    kind: Annotated[Kind, typer.Option(help="Kind of private key.")] = Kind.RSA3072,
    days: _Days = 730,
    from_: _From = None,
    planned: _Planned = False,
    file: Annotated[
        Path | None,
        typer.Option(help="Keep the private key in this new file, not sealed."),
    ] = None,
) -> None:
    """Make a private key and a certificate that it signs itself.

    The key is sealed under the first key of GATEWAY_PAYLOAD_KEY, or lies in the file
    named. It is current at once unless a key for the same use is: then it is planned,
    so that partners can be given it before it is used.
    """
    with opened.gateway() as gateway:
        now = gateway.clock()
        key = private_key(kind)
        uses = frozenset(use or (Use.AS2_SIGN, Use.AS2_ENCRYPT))
        made = Found(
            private_key=key, certificate=certificate(key, name, uses, now, days)
        )
        state, at = _standing(gateway, uses, partner, from_, planned=planned)
        reference = _kept_in(file, made) if file else ""
        one = _certified(made, name, uses, state, at)
        new = _new(made, one, partner, reference)
        try:
            kept = _add(gateway, new, "created")
        except typer.Exit:
            if file:
                file.unlink(missing_ok=True)
            raise
    _tell(kept, now)


def import_(  # noqa: PLR0913, PLR0917  # its options
    name: _Name,
    file: Annotated[Path, typer.Argument(help="PKCS #12, or PEM with key and all.")],
    key: Annotated[
        Path | None, typer.Option(help="The private key, if it is in another file.")
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(help="Leave the private key there: env:NAME or file:/PATH."),
    ] = None,
    password: _Password = None,
    use: _Uses = None,
    partner: _Partner = None,
    from_: _From = None,
    planned: _Planned = False,
) -> None:
    """Take over a private key with its certificates.

    With --reference the file has only the certificates, and the private key, PEM
    without a password, stays where it is. A locked file's password is asked for, or
    read from where --password says.
    """
    with opened.gateway() as gateway:
        found = _read(gateway, file, key, reference, password)
        if found.certificate is None:
            say.failed(f"no certificate in {file} belongs to the private key")
        if is_weak(found.certificate):
            say.failed("its RSA key has less than 2048 bits; make a stronger one")
        uses = frozenset(use or (Use.AS2_SIGN, Use.AS2_ENCRYPT))
        state, at = _standing(gateway, uses, partner, from_, planned=planned)
        one = _certified(found, name, uses, state, at)
        new = _new(found, one, partner, reference or "")
        kept = _add(gateway, new, "imported")
        now = gateway.clock()
    _tell(kept, now)


def list_(
    partner: Annotated[
        str | None, typer.Option(help="Only this partner's, and ours towards it.")
    ] = None,
    json: _Json = False,
) -> None:
    """List our private keys and the partners' certificates, and where each stands."""
    with opened.gateway() as gateway:
        now = gateway.clock()
        with gateway.db.read() as tx:
            ours = own_keys.every(tx)
        rows = [_row(one, now) for one in ours if partner in (None, one.partner_id)]
        if partner is not None:
            rows += [_row(one, now) for one in ours if not one.partner_id]
        for profile in gateway.profiles:
            if partner in (None, profile.id):
                rows += _partner_rows(profile, now)
    if json:
        for row in rows:
            say.as_json(row)
        return
    head = ("key", "whose", "name", "uses", "state", "from", "to", "ends", "sha256")
    say.table(head, ([*map(_cell, row.values())] for row in rows))


def roll_over(
    key: _Key,
    to: Annotated[
        str | None, typer.Option(help="The key that succeeds it; else one is made.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(help="When: a day, or a time with zone; else at once with --to."),
    ] = None,
    days: _Days = 730,
) -> None:
    """Let another key take the place of one, now or at a moment.

    Without --to a successor like it is made and only planned, unless --at says when:
    give its certificate to the partners first (keys export), and let it take over once
    they have it. The old key goes on opening what comes until it is destroyed.
    """
    with opened.gateway() as gateway:
        now = gateway.clock()
        then = _moment(at) if at else None
        old = _find(gateway, key)
        new = _find(gateway, to) if to else _successor(gateway, old, days)
        if new.id == old.id:
            say.failed("a key does not succeed itself")
        if not old.certified.uses <= new.certified.uses:
            say.failed(f"{new.name} is not for all uses of {old.name}")
        if new.partner_id != old.partner_id:
            say.failed(f"{new.name} is not for the same partner as {old.name}")
        switches = then or (now if to else None)
        over: Sequence[KeptKey] = ()
        if switches is not None:
            with gateway.db.begin() as tx:
                over = own_keys.roll_over(tx, new, switches, now)
    if switches is None:
        say.line(f"{new.id} is planned. Give its certificate to the partners:")
        say.line(f"  gateway keys export {new.id} --output FILE")
        say.line(
            f"and when they have it: gateway keys roll-over {old.id} --to {new.id}"
        )
        return
    say.line(f"{new.id} is current from {switches:%Y-%m-%d %H:%M} UTC on")
    for one in over:
        say.line(f"{one.id} ({one.name}) is previous then, and still opens what comes")


def export(
    key: _Key,
    form: Annotated[
        _Form, typer.Option(help="Certificates, or with p12 the private key too.")
    ] = _Form.PEM,
    output: Annotated[
        Path | None, typer.Option(help="Where to; else PEM on the standard output.")
    ] = None,
    password: _Password = None,
) -> None:
    """Write a certificate of ours for partners, or with p12 the private key too."""
    if output is None and form is not _Form.PEM:
        say.failed(f"{form.value} is not for the terminal; name a file with --output")
    with opened.gateway() as gateway:
        kept = _find(gateway, key)
        if form is _Form.P12:
            data = _locked(gateway, kept, password)
        else:
            every = (kept.certified.certificate, *kept.chain)
            data = written(every, form.value)
        if output is not None:
            _write(output, data)
        with gateway.db.begin() as tx:
            own_keys.note_export(tx, kept, form.value, gateway.clock())
    if output is None:
        say.line(data.decode().rstrip())
    else:
        say.line(f"{output}: {form.value}, SHA-256 {kept.fingerprint}")


def retire(
    key: _Key,
    revoked: Annotated[
        bool, typer.Option("--revoked", help="It must not be believed any more.")
    ] = False,
    destroy: Annotated[
        bool,
        typer.Option("--destroy", help="Delete the private key; nothing opens after."),
    ] = False,
) -> None:
    """Use a key no more; it still opens what comes, unless it is destroyed.

    A private key that lies by reference is forgotten here and stays in its place.
    """
    with opened.gateway() as gateway:
        kept = _find(gateway, key)
        with gateway.db.begin() as tx:
            now = gateway.clock()
            own_keys.retire(tx, kept, now, revoked=revoked, destroy=destroy)
    what = "destroyed" if destroy else "revoked" if revoked else "previous"
    say.line(f"{kept.id} ({kept.name}) is {what}")
    if destroy and kept.reference:
        say.line(f"Its private key still is at {kept.reference}")


# Reading and keeping.


def _read(
    gateway: Gateway,
    file: Path,
    key: Path | None,
    reference: str | None,
    password: str | None,
) -> Found:
    try:
        data = file.read_bytes()
        if reference:
            secret = _secret(gateway, reference)
            return matched(private_key_in(secret.reveal()), certificates_in(data))
        try:
            word = _secret(gateway, password).reveal() if password else None
            return _pair(data, key, word)
        except NotReadable:
            if password or not sys.stdin.isatty():
                raise
        asked = typer.prompt("Password", hide_input=True).encode()
        return _pair(data, key, asked)
    except NotReadable as problem:
        say.failed(f"{file}: {problem}")
    except OSError as problem:
        say.failed(f"{problem.filename}: {problem.strerror}")


def _pair(data: bytes, key: Path | None, password: bytes | None) -> Found:
    if key is None:
        return pairs_in(data, password)
    return matched(private_key_in(key.read_bytes(), password), certificates_in(data))


def _standing(
    gateway: Gateway,
    uses: frozenset[Use],
    partner: str | None,
    from_: str | None,
    *,
    planned: bool,
) -> tuple[State, datetime | None]:
    """The state of a new key: current, unless one for the same use is."""
    if partner and partner not in gateway.rules.directory.profiles:
        say.failed(f"there is no partner {partner!r} in force")
    if from_:
        return State.PLANNED, _moment(from_)
    now = gateway.clock()
    with gateway.db.read() as tx:
        is_taken = any(
            one.partner_id == (partner or "")
            and one.destroyed_at is None
            and one.certified.uses & uses
            and one.certified.standing(now) is State.CURRENT
            for one in own_keys.every(tx)
        )
    return (State.PLANNED if planned or is_taken else State.CURRENT), None


def _certified(
    found: Found, name: str, uses: frozenset[Use], state: State, at: datetime | None
) -> Certified:
    assert found.certificate is not None
    return Certified(
        certificate=found.certificate,
        uses=uses,
        state=state,
        active_from=at,
        name=name,
    )


def _new(found: Found, one: Certified, partner: str | None, place: str) -> NewKey:
    return NewKey(
        certified=one,
        private_key=found.private_key,
        chain=found.others,
        partner_id=partner or "",
        reference=place,
    )


def _add(gateway: Gateway, new: NewKey, action: str) -> KeptKey:
    keys = gateway.db.payloads.keys
    with gateway.db.begin() as tx:
        kept = own_keys.add(tx, keys, new, action, gateway.clock())
    if isinstance(kept, Finding):
        say.refused((kept,))
    return kept


def _successor(gateway: Gateway, old: KeptKey, days: int) -> KeptKey:
    """A planned key like an old one, sealed."""
    with gateway.db.read() as tx:
        before = own_keys.opened(tx, old, SecretStore(gateway.db))
    if isinstance(before, Finding):
        say.refused((before,))
    key, now = private_key(kind_of(before.private_key)), gateway.clock()
    made = certificate(key, old.name, old.certified.uses, now, days)
    found = Found(private_key=key, certificate=made)
    one = _certified(found, old.name, old.certified.uses, State.PLANNED, None)
    return _add(gateway, _new(found, one, old.partner_id, ""), "created")


def _kept_in(file: Path, made: Found) -> str:
    """Put the private key into a new file that only its owner may read."""
    _write(file, key_pem(made.private_key).encode())
    return f"file:{file.resolve()}"


def _write(file: Path, data: bytes) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as problem:
        say.failed(f"{file}: {problem.strerror}")
    with open(descriptor, "wb") as opened_:
        opened_.write(data)


def _locked(gateway: Gateway, kept: KeptKey, password: str | None) -> bytes:
    """A PKCS #12 file with the private key."""
    if password:
        word = _secret(gateway, password).reveal()
    elif sys.stdin.isatty():
        asked = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        word = asked.encode()
    else:
        say.failed("say where its password is with --password")
    with gateway.db.read() as tx:
        key = own_keys.opened(tx, kept, SecretStore(gateway.db))
    if isinstance(key, Finding):
        say.refused((key,))
    return pkcs12_of(kept.name, key.private_key, key.certificate, key.chain, word)


def _find(gateway: Gateway, word: str) -> KeptKey:
    with gateway.db.read() as tx:
        kept = own_keys.find(tx, word)
    if isinstance(kept, Finding):
        say.refused((kept,))
    return kept


def _secret(gateway: Gateway, reference: str) -> Secret:
    try:
        TypeAdapter(SecretRef).validate_python(reference)
    except ValidationError:
        say.failed("write where it is: env:NAME, file:/PATH or secret:NAME")
    found = SecretStore(gateway.db).get(reference)
    if isinstance(found, Finding):
        say.refused((found,))
    return found


def _moment(text: str) -> datetime:
    try:
        found: datetime = TypeAdapter(Moment).validate_python(text)
    except ValidationError:
        say.failed(f"{text!r}: write a day like 2027-01-31, or 2027-01-31T06:00Z")
    return found


# Telling.


def _tell(kept: KeptKey, now: datetime) -> None:
    standing = kept.certified.standing(now)
    until = kept.certified.certificate.not_valid_after_utc
    say.line(f"{kept.id} ({kept.name}) is {standing}, until {until:%Y-%m-%d}")
    say.line(f"SHA-256 {kept.fingerprint}")
    if standing is State.PLANNED:
        say.line("It becomes current with: gateway keys roll-over OLD --to " + kept.id)


def _row(one: KeptKey, now: datetime) -> dict[str, object]:
    state = "destroyed" if one.destroyed_at else str(one.certified.standing(now))
    whose = f"ours for {one.partner_id}" if one.partner_id else "ours"
    return _facts(one.id, whose, one.certified, state)


def _partner_rows(profile: Profile, now: datetime) -> list[dict[str, object]]:
    return [
        _facts("-", profile.id, one, str(one.standing(now)))
        for one in certificates_of(profile).all
    ]


def _facts(id_: str, whose: str, one: Certified, state: str) -> dict[str, object]:
    return {
        "key": id_,
        "whose": whose,
        "name": one.name,
        "uses": ",".join(sorted(one.uses)),
        "state": state,
        "from": one.active_from,
        "to": one.active_to,
        "ends": one.certificate.not_valid_after_utc,
        "sha256": fingerprint(one.certificate),
    }


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    text = "-" if value is None else str(value)
    return text[:16] if len(text) == 64 else text
