"""Answers of the HTTP channel wait in the store until they are fetched."""

from __future__ import annotations

from gateway.pipeline.ports import InMemory, Outbound, Sent
from gateway.transport import Mailbox


def test_a_message_for_the_mailbox_counts_as_sent_and_is_named():
    outbound = Outbound(
        id="out_1",
        partner_id="acme",
        channel="http",
        kind="x12_997",
        file_name="out_1.edi",
        blob=InMemory.of(b"ISA"),
        attempt=1,
    )

    said = Mailbox().send(outbound)

    assert isinstance(said, Sent)
    assert "out_1.edi" in said.detail
