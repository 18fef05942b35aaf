"""Which transport a message takes: the one of its partner's channel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from pathlib import Path

from gateway.config import Settings
from gateway.cxml_punchout.dtds import NO_DTDS, Dtds
from gateway.partner import Profile
from gateway.pipeline import drop
from gateway.pipeline.alerting import ALERTS
from gateway.pipeline.ports import (
    Failed,
    ManyAtOnce,
    Outbound,
    Secrets,
    Sent,
    Transport,
    Trouble,
    Wire,
    Wrapping,
)
from gateway.transport import mdn, sftp, soap
from gateway.transport.addresses import networks
from gateway.transport.as2 import As2Sender, Met, our_host
from gateway.transport.cxml import CxmlPosts
from gateway.transport.erp import KIND, ErpFolders
from gateway.transport.folder import FolderTransport, partner_folders
from gateway.transport.https import Lines
from gateway.transport.mail import Mail, MailServer
from gateway.transport.mailbox import DropFolder, Mailbox
from gateway.transport.pickup import utc_now
from gateway.transport.posting import Posting, protection
from gateway.transport.push import Pushing
from gateway.transport.sftp import SftpTransport
from gateway.transport.signing import SignedFiles
from gateway.transport.soap import Believing
from gateway.transport.webhook import Webhooks
from gateway.trust.keyring import Keyring


class Routed:
    """Sends by the kind of the partner's channel; an unknown channel is its own kind.

    Channel ids belong to a partner: what is ``main`` to two may be of two kinds.
    """

    def __init__(
        self,
        profiles: Iterable[Profile],
        by_kind: Mapping[str, Transport],
        lines: Lines | None = None,
        signing: SignedFiles | None = None,
    ) -> None:
        """``lines`` are the connections that the transports keep.

        ``signing`` signs what leaves as files.
        """
        self._by_kind = by_kind
        self._lines = lines
        self._signing = signing
        self._wrapping: Mapping[Transport | None, Wrapping] = {
            way: way for way in by_kind.values() if isinstance(way, Wrapping)
        }
        self._kinds = {
            (profile.id, channel.id): channel.kind
            for profile in profiles
            for channel in profile.channels
        }

    def send(self, outbound: Outbound) -> Sent | Failed:
        """Hand the message to the transport of its kind."""
        transport = self._of(outbound)
        if transport is None:
            what = f"{outbound.partner_id} has no channel {outbound.channel!r}"
            return Failed(what, trouble=Trouble.OURS)
        if transport in self._wrapping:
            return transport.send(outbound)
        outcome: Sent | Failed = Sent()
        for file in SignedFiles.files(outbound):
            outcome = transport.send(file)
            if isinstance(outcome, Failed):
                break
        return outcome

    def send_all(self, some: Sequence[Outbound]) -> Sequence[Sent | Failed]:
        """Hand them over at once, or only the first where that would gain nothing."""
        transport = self._of(some[0])
        if isinstance(transport, ManyAtOnce):
            bare = list(takewhile(lambda one: not self.wraps(one), some))
            return transport.send_all(bare)
        return [self.send(some[0])]

    def close(self) -> None:
        """Close the connections that are kept."""
        if self._lines is not None:
            self._lines.close()

    def wraps(self, outbound: Outbound) -> bool:
        """Whether the transport of its kind wraps it, or it leaves signed."""
        wrapping = self._wrapping.get(self._of(outbound))
        if wrapping is not None:
            return wrapping.wraps(outbound)
        return self._signing is not None and self._signing.wraps(outbound)

    def wrap(
        self, outbound: Outbound, now: datetime
    ) -> AbstractContextManager[Wire | Failed]:
        """Have it wrapped by the transport of its kind, or signed."""
        wrapping = self._wrapping.get(self._of(outbound))
        if wrapping is not None:
            return wrapping.wrap(outbound, now)
        assert self._signing is not None
        return self._signing.wrap(outbound, now)

    def _of(self, outbound: Outbound) -> Transport | None:
        if outbound.kind.startswith(f"{KIND}_"):  # a partner may call a channel so
            return self._by_kind[KIND]
        if outbound.kind.startswith(ALERTS):  # to operators, by its own way
            return self._by_kind[outbound.kind]
        if outbound.kind == mdn.KIND:
            return self._by_kind[mdn.KIND]
        channel = outbound.channel
        kind = self._kinds.get((outbound.partner_id, channel), channel)
        return self._by_kind.get(kind)


@dataclass(frozen=True, slots=True)
class Credentials:
    """How we prove who we are, and know who the partner is.

    ``keyrings`` gives what a partner and we know of each other, ``agreements`` what is
    agreed for a channel by which we send AS2, and ``believed`` judges what a portal of
    theirs answers.
    """

    secrets: Secrets
    keyrings: Callable[[str], Keyring]
    agreements: Callable[[str, str], Met | None]
    believed: Believing | None = None


def transports(  # noqa: PLR0913  all that ways to partners need
    home: Path,
    profiles: Iterable[Profile],
    settings: Settings | None = None,
    credentials: Credentials | None = None,
    clock: Callable[[], datetime] = utc_now,
    *,
    dtds: Dtds = NO_DTDS,
    step: Callable[[str], None] = lambda name: None,
) -> Mapping[str, Transport]:
    """The transport of every channel that a message may name.

    ``settings`` tell how operators are reached; without them they are not. Channels
    with keys or passwords need ``credentials``. What we post as cXML is held against
    ``dtds``. ``step`` is told the moments of an
    upload; production leaves it out.
    """
    known = tuple(profiles)
    lines = Lines()
    by_kind: dict[str, Transport] = {
        "folder": FolderTransport(home, partner_folders(home, known)),
        "http": Mailbox(),
        drop.KIND: DropFolder(),
        KIND: ErpFolders(home, known),
    }
    inside = networks(settings.as2_mdn_networks) if settings else ()
    by_kind[mdn.KIND] = mdn.LateMdns(known, inside, lines=lines)
    ways: dict[str, Transport] = {}
    if settings is not None:
        ways["mail"] = Mail(MailServer.of(settings))
        ways["webhook"] = Webhooks(settings.webhooks, settings.webhook_timeout_s)
        by_kind |= {f"{ALERTS}{way}": transport for way, transport in ways.items()}
    if settings is not None and credentials is not None:
        by_kind |= _posting(
            known,
            settings,
            credentials,
            Posting(lines, clock, credentials.secrets),
            dtds,
        )
    if credentials is not None:
        by_kind[sftp.KIND] = SftpTransport(known, credentials.secrets, step=step)
    signing = SignedFiles(known, credentials.keyrings) if credentials else None
    routed: Transport = Routed(known, by_kind, lines, signing)
    channels = {channel.id for profile in known for channel in profile.channels}
    return dict.fromkeys((*by_kind, *ways, *sorted(channels)), routed)


def _posting(
    known: Sequence[Profile],
    settings: Settings,
    credentials: Credentials,
    posting: Posting,
    dtds: Dtds,
) -> dict[str, Transport]:
    """What posts to partners, over connections that are kept for a while."""
    sender = As2Sender(
        credentials.agreements,
        posting,
        folder=settings.home / "spool",
        inline_bytes=settings.payload_inline_bytes,
        host=our_host(settings.as2_url),
    )
    late = mdn.LateMdns(
        known,
        networks(settings.as2_mdn_networks),
        protection=lambda id_: protection(credentials.keyrings(id_), posting.clock()),
        lines=posting.lines,
    )
    pushing = Pushing(known, credentials.keyrings, posting)
    posts = CxmlPosts(known, credentials.keyrings, posting, dtds)
    ways: dict[str, Transport] = {
        "as2": sender,
        "push": pushing,
        "cxml": posts,
        mdn.KIND: late,
    }
    if credentials.believed is not None:
        keyrings, believed = credentials.keyrings, credentials.believed
        portals = soap.Portals(settings.home, keyrings, posting, believed)
        ways[soap.KIND] = soap.SoapPosts(known, portals)
    return ways
