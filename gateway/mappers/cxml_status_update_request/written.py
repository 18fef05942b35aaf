"""What became of a document of theirs that the door answered with 201."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.cxml_punchout.answers import status_update
from gateway.cxml_punchout.status import Status
from gateway.mappers.cxml_draft import CxmlDraft, Envelope
from gateway.safexml.markup import Node

__all__ = ["KIND", "from_status"]

KIND = "cxml_status_update_request"


def from_status(payload_id: str, status: Status, envelope: Envelope) -> CxmlDraft:
    """The one word about the document of this payloadID, without its own."""
    return CxmlDraft.of(KIND, envelope, _Told(payload_id, status))


@dataclass(frozen=True, slots=True)
class _Told:
    payload_id: str
    status: Status

    def node(self, now: datetime, before: str) -> Node:
        """StatusUpdateRequest."""
        return status_update(self.payload_id, self.status)
