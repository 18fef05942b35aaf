"""Whether a partner's channel is there: connect and look, and send nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator

from gateway.engine.check import Check, fault, ok
from gateway.engine.engine import Engine
from gateway.partner import Profile
from gateway.partner.profile import (
    As2Channel,
    Channel,
    CxmlChannel,
    FolderChannel,
    PushChannel,
    SftpChannel,
    SoapPortalChannel,
)
from gateway.transport.folder import partner_folders
from gateway.transport.https import Lines, NoAnswer
from gateway.transport.posting import AGENT, endpoint
from gateway.transport.sftp import open_session
from gateway.transport.sftp_client import Lost, Refusal
from gateway.transport.ssh_login import Unfit

__all__ = ["tried"]

_Addressed = As2Channel | PushChannel | CxmlChannel | SoapPortalChannel
_MOST_BYTES = 64 * 1024
_MOST_SECONDS = 15.0
_FIX = "Compare the address, the certificates and the keys with the partner's."
_OURS = "Make the folder, and let the gateway's user write to it."


def tried(engine: Engine, profile: Profile, channel: Channel) -> tuple[Check, ...]:
    """What a look at a channel found; no document is sent, and nothing changed."""
    match channel:
        case FolderChannel():
            return tuple(_folders(engine, profile, channel))
        case SftpChannel():
            return tuple(_sftp(engine, channel))
        case As2Channel() | PushChannel() | CxmlChannel() | SoapPortalChannel():
            return (_https(engine, profile, channel),)
        case _:
            return (
                ok(channel.kind, "they come to us: there is nothing to connect to"),
            )


def _folders(
    engine: Engine, profile: Profile, channel: FolderChannel
) -> Iterator[Check]:
    for one in partner_folders(engine.settings.home, [profile]):
        if one.channel != channel.id:
            continue
        for name in (one.inbound, one.outbound, one.archive):
            place = one.root / name
            if not place.is_dir():
                yield fault(name, f"there is no folder {name} yet", _OURS)
            elif not os.access(place, os.R_OK | os.W_OK | os.X_OK):
                yield fault(name, f"the folder {name} cannot be written", _OURS)
            else:
                count = sum(1 for _ in place.iterdir())
                yield ok(name, f"{count} files, and it can be written")


def _sftp(engine: Engine, channel: SftpChannel) -> Iterator[Check]:
    where = f"{channel.host}:{channel.port}"
    try:
        session = open_session(channel, engine.secrets)
    except Unfit as unfit:
        yield fault("login", unfit.finding.what, unfit.finding.fix)
        return
    except Lost as lost:
        yield fault("login", f"{where}: {lost}", _FIX)
        return
    yield ok("login", f"{where} has a key that is pinned, and lets {channel.user} in")
    folders = {"put": channel.put.folder}
    if channel.get is not None:
        folders["get"] = channel.get.folder
    try:
        for name, folder in folders.items():
            count = sum(1 for _ in session.entries(folder.encode()))
            yield ok(name, f"{folder}: {count} names")
    except (Lost, Refusal) as problem:
        yield fault("folders", str(problem), _FIX)
    finally:
        session.close()


def _https(engine: Engine, profile: Profile, channel: _Addressed) -> Check:
    """A GET to their address: any answer tells that the line and its keys are good."""
    keyring, now = engine.keyrings.of(profile.id), engine.db.time()
    to = endpoint(channel.url, keyring, now, _MOST_SECONDS, _MOST_SECONDS)
    lines = Lines()
    try:
        answer = lines.get(to, (AGENT,), _MOST_BYTES)
    except NoAnswer as problem:
        return fault("connect", f"{channel.url}: {problem}", _FIX)
    finally:
        lines.close()
    told = f"{channel.url} answered HTTP {answer.status} to a GET"
    return ok("connect", f"{told} ({answer.tls or 'without TLS'})")
