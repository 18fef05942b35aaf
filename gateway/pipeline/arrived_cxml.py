"""What was read of a transmission of cXML: one document is all of it."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.cxml_punchout.document import Document
from gateway.findings import Where
from gateway.pipeline.arrived import InterchangeIn, MessageIn
from gateway.pipeline.arrived_xml import key_of, snake
from gateway.pipeline.world import InterchangeKey

SETUP = "cxml_punch_out_setup_request"
"""The request that the door itself answers: nothing follows from it later."""


def kind_of(payload: str) -> str:
    """The profile's name of a payload: ``cxml_order_request`` of OrderRequest."""
    return f"cxml_{snake(payload)}"


@dataclass(slots=True)
class CxmlMessageIn(MessageIn):
    """The payload of a document; ``type`` is the name of its element."""

    @property
    def kind(self) -> str:
        """The profile's name of its type, such as ``cxml_order_request``."""
        return kind_of(self.type)


@dataclass(slots=True)
class CxmlInterchangeIn(InterchangeIn):
    """One document of cXML."""

    begun: Document
    by_test_account: bool = False
    """From is the partner's test account (``cxml.test_suffix``)."""

    @property
    def key(self) -> InterchangeKey:
        """The payloadID, else the sum of the bytes: each document has its own."""
        return InterchangeKey(
            partner_id=self.profile.id if self.profile else "",
            sender="cxml",
            receiver="",
            control_number=key_of(self.begun.payload_id) or self.sha256,
            usage="",
        )

    @property
    def number_at(self) -> Where:
        """payloadID."""
        return Where(path="cXML/@payloadID")

    @property
    def usage_at(self) -> Where:
        """deploymentMode."""
        if self.by_test_account:
            return Where(path="cXML/Header/From")
        return Where(path="cXML/Request/@deploymentMode")

    @property
    def usage_said(self) -> str:
        """It in words."""
        if self.by_test_account:
            return "From is a test account"
        return "deploymentMode is test"

    @property
    def usage(self) -> str:
        """T of a test or by a test account, else P."""
        return "T" if self.begun.test or self.by_test_account else "P"

    @property
    def sent_at(self) -> str:
        """The timestamp, as sent."""
        return self.begun.sent.sent
