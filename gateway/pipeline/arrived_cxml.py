"""What was read of a transmission of cXML: one document is all of it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from gateway.cxml_punchout.document import Document
from gateway.findings import Where
from gateway.pipeline.arrived import GroupIn, InterchangeIn, MessageIn
from gateway.pipeline.world import InterchangeKey

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


SETUP = "cxml_punch_out_setup_request"
"""The request that the door itself answers: nothing follows from it later."""
_LONGEST = 200
"""Characters of a payloadID that is a key as it is; of a longer one its sum is."""


def key_of(payload_id: str) -> str:
    """What a document is known by, of bounded length."""
    if len(payload_id) <= _LONGEST:
        return payload_id
    return f"sha256:{hashlib.sha256(payload_id.encode()).hexdigest()}"


def kind_of(payload: str) -> str:
    """The profile's name of a payload: ``cxml_order_request`` of OrderRequest."""
    return f"cxml_{snake(payload)}"


def snake(name: str) -> str:
    """``order_request`` of OrderRequest."""
    return _CAPITAL.sub("_", name).lower()


@dataclass(slots=True)
class CxmlMessageIn(MessageIn):
    """The payload of a document; ``type`` is the name of its element."""

    @property
    def kind(self) -> str:
        """The profile's name of its type, such as ``cxml_order_request``."""
        return kind_of(self.type)


@dataclass(slots=True)
class CxmlGroupIn(GroupIn):
    """The one payload of a document: cXML has no groups."""

    group: None = None
    document_version: str = ""

    @property
    def functional_id(self) -> str:
        """Empty: there is none."""
        return ""

    @property
    def control_number(self) -> str:
        """Empty: there is none."""
        return ""

    def version(self, message: MessageIn) -> str:
        """The version of cXML that the document says it has."""
        return self.document_version

    @property
    def is_acknowledgement(self) -> bool:
        """A Response comes with our own requests alone."""
        return False


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
