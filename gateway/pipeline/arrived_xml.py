"""What was read of a transmission of XML: one document is all of it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from gateway.pipeline.arrived import GroupIn, MessageIn

__all__ = ["XmlGroupIn", "key_of", "snake"]

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LONGEST = 200
"""Characters of a number that is a key as it is; of a longer one its sum is."""


def key_of(number: str) -> str:
    """What a document is known by, of bounded length."""
    if len(number) <= _LONGEST:
        return number
    return f"sha256:{hashlib.sha256(number.encode()).hexdigest()}"


def snake(name: str) -> str:
    """``order_request`` of OrderRequest."""
    return _CAPITAL.sub("_", name).lower()


@dataclass(slots=True)
class XmlGroupIn(GroupIn):
    """The one document: XML has no groups."""

    group: None = None
    rules_version: str = ""
    """The version or the rules that the document says it keeps to."""

    @property
    def functional_id(self) -> str:
        """Empty: there is none."""
        return ""

    @property
    def control_number(self) -> str:
        """Empty: there is none."""
        return ""

    def version(self, message: MessageIn) -> str:
        """What the document says of itself."""
        return self.rules_version

    @property
    def is_acknowledgement(self) -> bool:
        """What is taken in answers nothing of ours."""
        return False
