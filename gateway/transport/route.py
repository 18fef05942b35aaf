"""Which transport a message takes: the one of its partner's channel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from gateway.config import Settings
from gateway.partner import Profile
from gateway.pipeline.alerting import ALERTS
from gateway.pipeline.ports import Failed, Outbound, Sent, Transport, Trouble
from gateway.transport.erp import KIND, ErpFolders
from gateway.transport.folder import FolderTransport, partner_folders
from gateway.transport.mail import Mail, MailServer
from gateway.transport.mailbox import Mailbox
from gateway.transport.webhook import Webhooks


class Routed:
    """Sends by the kind of the partner's channel; an unknown channel is its own kind.

    Channel ids belong to a partner: what is ``main`` to two may be of two kinds.
    """

    def __init__(
        self, profiles: Iterable[Profile], by_kind: Mapping[str, Transport]
    ) -> None:
        self._by_kind = by_kind
        self._kinds = {
            (profile.id, channel.id): channel.kind
            for profile in profiles
            for channel in profile.channels
        }

    def send(self, outbound: Outbound) -> Sent | Failed:
        """Hand the message to the transport of its kind."""
        channel = outbound.channel
        if outbound.kind.startswith(f"{KIND}_"):  # a partner may call a channel so
            return self._by_kind[KIND].send(outbound)
        if outbound.kind.startswith(ALERTS):  # to operators, by its own way
            return self._by_kind[outbound.kind].send(outbound)
        kind = self._kinds.get((outbound.partner_id, channel), channel)
        transport = self._by_kind.get(kind)
        if transport is None:
            what = f"{outbound.partner_id} has no channel {channel!r}"
            return Failed(what, trouble=Trouble.OURS)
        return transport.send(outbound)


def transports(
    home: Path, profiles: Iterable[Profile], settings: Settings | None = None
) -> Mapping[str, Transport]:
    """The transport of every channel that a message may name.

    ``settings`` tell how operators are reached; without them they are not.
    """
    known = tuple(profiles)
    by_kind: dict[str, Transport] = {
        "folder": FolderTransport(home, partner_folders(home, known)),
        "http": Mailbox(),
        KIND: ErpFolders(home, known),
    }
    ways: dict[str, Transport] = {}
    if settings is not None:
        ways["mail"] = Mail(MailServer.of(settings))
        ways["webhook"] = Webhooks(settings.webhooks, settings.webhook_timeout_s)
        by_kind |= {f"{ALERTS}{way}": transport for way, transport in ways.items()}
    routed: Transport = Routed(known, by_kind)
    channels = {channel.id for profile in known for channel in profile.channels}
    return dict.fromkeys((*by_kind, *ways, *sorted(channels)), routed)
