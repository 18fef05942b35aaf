"""``sftp``: the SFTP door that we host, and who may come in."""

from __future__ import annotations

import getpass
import ipaddress
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from gateway.bootstrap import Gateway
from gateway.cli import opened, say, typed
from gateway.engine.drop import Drop
from gateway.jobs import run, stop_on_signals
from gateway.partner.profile import SftpDropChannel
from gateway.pipeline.drop import Account
from gateway.store import sftp_accounts
from gateway.store.sftp_accounts import PublicKey

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_Name = Annotated[str, typer.Argument(help="The name they log in with.")]


def serve(
    host: Annotated[
        str | None, typer.Option(help="Instead of GATEWAY_SFTP_HOST.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Instead of GATEWAY_SFTP_PORT.")
    ] = None,
) -> None:
    """Run the SFTP door, the folders and the work behind them, without a web server.

    ``serve`` runs it too where GATEWAY_SFTP_PORT is set.
    """
    at = opened.settings()
    if port is None and at.sftp_port is None:
        say.failed("set GATEWAY_SFTP_PORT, or say --port")
    changed = {
        "sftp_host": at.sftp_host if host is None else host,
        "sftp_port": at.sftp_port if port is None else port,
    }
    at = at.model_copy(update=changed)
    with opened.gateway(at) as gateway, stop_on_signals() as stop:
        door = prepared(gateway)
        worker = threading.Thread(
            target=_worker, args=(gateway, stop), name="work", daemon=True
        )
        worker.start()
        try:
            door(stop)
        finally:
            stop.set()
            worker.join()


def _worker(gateway: Gateway, stop: threading.Event) -> None:
    try:
        run(gateway.engine, gateway.pickup, stop)
    finally:
        stop.set()


def prepared(gateway: Gateway) -> Callable[[threading.Event], None]:
    """The door with its address taken and its keys read; call it to serve."""
    from gateway.transport import (  # noqa: PLC0415  takes a third of a second
        sftp_keys,
        sftp_server,
    )

    at = gateway.settings
    try:
        keys = sftp_keys.host_keys(at)
        bound = sftp_server.bind(at)
    except sftp_keys.BadHostKey as wrong:
        say.failed(f"host key {wrong}")
    except OSError as problem:
        say.failed(f"cannot listen for SFTP: {problem.strerror or problem}")
    behind = Drop(gateway.engine, gateway.clock)

    def door(stop: threading.Event) -> None:
        with bound:
            sftp_server.serve(
                behind, at, bound, stop, clock=gateway.clock, keys=keys, started=_told
            )

    return door


def _told(address: str) -> None:
    say.line(f"The SFTP door is open at {address}")


def host_keys() -> None:
    """Print the fingerprints that partners pin; makes the host key if there is none."""
    from gateway.transport import sftp_keys  # noqa: PLC0415  as above

    try:
        for kind, fingerprint in sftp_keys.fingerprints(opened.settings()):
            say.line(f"{kind}  {fingerprint}")
    except sftp_keys.BadHostKey as wrong:
        say.failed(f"host key {wrong}")
    except OSError as problem:
        say.failed(f"no host key: {problem.strerror or problem}")


# Accounts.


def add(  # noqa: PLR0913, PLR0917  every limit has its option
    name: _Name,
    partner: Annotated[str, typer.Option(help="The partner that the account is of.")],
    key: Annotated[
        Path | None, typer.Option(help="A file of their public keys, OpenSSH's form.")
    ] = None,
    password: Annotated[
        bool, typer.Option("--password", help="Ask for a password; keys are better.")
    ] = False,
    source: Annotated[
        list[str] | None,
        typer.Option(help="A network they come from, 192.0.2.0/24; else any."),
    ] = None,
    quota_bytes: Annotated[
        int, typer.Option(min=0, help="Instead of GATEWAY_SFTP_QUOTA_BYTES.")
    ] = 0,
    file_bytes: Annotated[
        int, typer.Option(min=0, help="Instead of GATEWAY_MAX_INTERCHANGE_BYTES.")
    ] = 0,
    sessions: Annotated[
        int, typer.Option(min=0, help="Instead of GATEWAY_SFTP_SESSIONS_EACH.")
    ] = 0,
) -> None:
    """Make an account of the SFTP door. A running door knows it at once."""
    if not _NAME.fullmatch(name):
        say.failed("a name has small letters, digits, dots and dashes, 63 at most")
    account = Account(
        name=name,
        partner_id=partner,
        sources=_networks(source or []),
        quota_bytes=quota_bytes,
        file_bytes=file_bytes,
        sessions=sessions,
    )
    keys = _keys(key) if key else []
    secret = typed.password() if password else ""
    with opened.gateway() as gateway:
        profile = gateway.rules.directory.profiles.get(partner)
        if profile is None:
            say.failed(f"there is no partner {partner!r} in force")
        now, by = gateway.clock(), getpass.getuser()
        with gateway.db.begin() as tx:
            if not sftp_accounts.add(tx, account, now, password=secret, by=by):
                say.failed(f"there is an account {name!r} already")
            for one in keys:
                sftp_accounts.add_key(tx, account, one, now, by=by)
    say.line(f"{name} of {partner}: {len(keys)} keys, {_words(bool(secret))}")
    if not any(isinstance(one, SftpDropChannel) for one in profile.channels):
        say.line(f"{partner} has no channel of kind sftp_drop: nothing lies in out/")


def list_() -> None:
    """List the accounts of the SFTP door."""
    with opened.gateway() as gateway, gateway.db.read() as tx:
        accounts = sftp_accounts.every(tx)
    for one in accounts:
        where = ",".join(one.sources) or "anywhere"
        say.line(f"{one.name}  {one.partner_id}  {where}  {_words(one.has_password)}")
        for fingerprint in sorted(one.keys):
            say.line(f"    {fingerprint}")


def remove(name: _Name) -> None:
    """Take an account away; its open sessions end within seconds."""
    with opened.gateway() as gateway, gateway.db.begin() as tx:
        account = _found(sftp_accounts.find(tx, name), name)
        sftp_accounts.remove(tx, account, gateway.clock(), by=getpass.getuser())
    say.line(f"{name} is removed")


def key_(
    name: _Name,
    file: Annotated[
        Path | None, typer.Argument(help="A file of public keys to add.")
    ] = None,
    remove: Annotated[
        str | None, typer.Option(help="The fingerprint of a key to take away.")
    ] = None,
) -> None:
    """Add public keys to an account, or take one away; two may overlap in a change."""
    if (file is None) == (remove is None):
        say.failed("name a file of public keys, or --remove a fingerprint")
    keys = _keys(file) if file else []
    with opened.gateway() as gateway, gateway.db.begin() as tx:
        account = _found(sftp_accounts.find(tx, name), name)
        now, by = gateway.clock(), getpass.getuser()
        for one in keys:
            is_new = sftp_accounts.add_key(tx, account, one, now, by=by)
            say.line(f"{one.fingerprint} {'opens' if is_new else 'opened'} {name}")
        if remove is not None:
            if not sftp_accounts.remove_key(tx, account, remove, now, by=by):
                say.failed(f"{name} has no key {remove}")
            say.line(f"{remove} does not open {name} any more")


def password_(
    name: _Name,
    none: Annotated[
        bool, typer.Option("--none", help="Only keys from now on.")
    ] = False,
) -> None:
    """Give an account another password: asked for, or a line of the standard input."""
    secret = "" if none else typed.password()
    with opened.gateway() as gateway, gateway.db.begin() as tx:
        account = _found(sftp_accounts.find(tx, name), name)
        by = getpass.getuser()
        sftp_accounts.set_password(tx, account, secret, gateway.clock(), by=by)
    say.line(f"{name}: {_words(bool(secret))}")


def _found(account: Account | None, name: str) -> Account:
    if account is None:
        say.failed(f"there is no account {name!r}")
    return account


def _words(has_password: bool) -> str:
    return "a password" if has_password else "no password"


def _networks(texts: list[str]) -> tuple[str, ...]:
    try:
        return tuple(str(ipaddress.ip_network(one)) for one in texts)
    except ValueError as wrong:
        say.failed(str(wrong))


def _keys(file: Path) -> list[PublicKey]:
    from gateway.transport import sftp_keys  # noqa: PLC0415  as above

    try:
        found = sftp_keys.public_keys(file.read_text("utf-8"))
    except sftp_keys.BadKey as wrong:
        say.failed(f"{file}: {wrong}")
    except (OSError, UnicodeDecodeError) as problem:
        say.failed(f"{file}: {type(problem).__name__}")
    return [PublicKey(fingerprint=one, text=text) for one, text in found]
