"""Which transport a message takes: the one of its partner's channel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from gateway.partner import Profile
from gateway.pipeline.ports import Failed, Outbound, Sent, Transport
from gateway.transport.folder import FolderTransport, partner_folders
from gateway.transport.mailbox import Mailbox


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
        kind = self._kinds.get((outbound.partner_id, channel), channel)
        transport = self._by_kind.get(kind)
        if transport is None:
            return Failed(f"{outbound.partner_id} has no channel {channel!r}")
        return transport.send(outbound)


def transports(home: Path, profiles: Iterable[Profile]) -> Mapping[str, Transport]:
    """The transport of every channel that a message may name."""
    known = tuple(profiles)
    by_kind: dict[str, Transport] = {
        "folder": FolderTransport(home, partner_folders(home, known)),
        "http": Mailbox(),
    }
    routed: Transport = Routed(known, by_kind)
    channels = {channel.id for profile in known for channel in profile.channels}
    return dict.fromkeys((*by_kind, *sorted(channels)), routed)
