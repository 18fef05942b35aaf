"""Answers that the partner fetches: over HTTP, or from our SFTP door."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.pipeline.ports import Failed, Outbound, Sent, Trouble


class Mailbox:
    """A transport that leaves the bytes in the store, where the API hands them out.

    ``GET /v1/interchanges/{id}`` and ``GET /v1/orders/{id}/answers`` list them.
    """

    def send(self, outbound: Outbound) -> Sent | Failed:
        """Nothing has to travel: the bytes are committed and may be fetched."""
        return Sent(f"{outbound.file_name} waits to be fetched")

    def send_all(self, some: Sequence[Outbound]) -> list[Sent | Failed]:
        """As ``send``, for many."""
        return [self.send(one) for one in some]


class DropFolder:
    """What the partner fetches from our SFTP door is never sent: its lane is closed.

    Only a message that was leased before the channel became of this kind comes here.
    """

    def send(self, outbound: Outbound) -> Sent | Failed:
        """Leave it where the partner finds it."""
        what = f"{outbound.file_name} waits to be fetched by SFTP"
        return Failed(what, trouble=Trouble.THROTTLED)
