"""``sftp try``: whether a partner's SFTP server lets us in, and what lies there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from gateway.bootstrap import Gateway
from gateway.cli import opened, say
from gateway.findings import Finding
from gateway.partner.profile import SftpChannel
from gateway.transport.sftp import open_session
from gateway.transport.sftp_client import Lost, Refusal, Session
from gateway.transport.sftp_ready import judge
from gateway.transport.ssh_login import Unfit


def try_(
    partner: Annotated[str, typer.Argument(help="The partner's id.")],
    channel: Annotated[
        str | None, typer.Argument(help="The channel; else their first of kind sftp.")
    ] = None,
) -> None:
    """Log in to a partner's SFTP server and list its folders; changes nothing there."""
    with opened.gateway() as gateway:
        chosen = _channel(gateway, partner, channel)
        where = f"{chosen.host}:{chosen.port}"
        try:
            session = open_session(chosen, gateway.engine.secrets)
        except Unfit as unfit:
            say.refused([unfit.finding])
        except Lost as lost:
            say.refused([Finding.of("TRN-014", str(lost))])
        say.line(f"{where} has a key that is pinned, and lets {chosen.user} in")
        try:
            for text in _told(session, chosen, gateway):
                say.line(text)
        except Refusal as refusal:
            say.refused([Finding.of("TRN-013", refusal.what)])
        except Lost as lost:
            say.refused([Finding.of("TRN-014", str(lost))])
        finally:
            session.close()


def _channel(gateway: Gateway, partner: str, wanted: str | None) -> SftpChannel:
    found = [
        channel
        for profile in gateway.profiles
        if profile.id == partner
        for channel in profile.channels
        if isinstance(channel, SftpChannel) and wanted in (None, channel.id)
    ]
    if not found:
        named = f" {wanted!r}" if wanted else ""
        say.failed(f"{partner} has no channel{named} of kind sftp")
    return found[0]


def _told(session: Session, channel: SftpChannel, gateway: Gateway) -> Iterator[str]:
    if channel.get is not None:
        entries = list(session.entries(channel.get.folder.encode()))
        limit = gateway.settings.max_interchange_bytes
        judged = judge(entries, {}, channel.get, limit, gateway.clock())
        ours = len(judged.ready) + judged.waiting
        names = f"{len(entries)} names, {ours} of them ours to take"
        yield f"get  {channel.get.folder}: {names}"
    entries = list(session.entries(channel.put.folder.encode()))
    yield f"put  {channel.put.folder}: {len(entries)} names"
    replaces = b"posix-rename@openssh.com" in session.extensions
    can = "can" if replaces else "cannot"
    yield f"     the server {can} rename over a file in one step"
