"""Answers that the partner fetches over HTTP."""

from __future__ import annotations

from gateway.pipeline.ports import Failed, Outbound, Sent


class Mailbox:
    """A transport that leaves the bytes in the store, where the API hands them out.

    ``GET /v1/interchanges/{id}`` and ``GET /v1/orders/{id}/answers`` list them.
    """

    def send(self, outbound: Outbound) -> Sent | Failed:
        """Nothing has to travel: the bytes are committed and may be fetched."""
        return Sent(f"{outbound.file_name} waits to be fetched")
