"""What the store says of messages of ours, and what an acknowledgement does to one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from gateway.edi.numbers import following
from gateway.findings import Finding

OPEN = frozenset({"not_expected", "waiting", "overdue"})
"""The statuses of a message that nobody has acknowledged."""
GROUP, INTERCHANGE = "group", "interchange"
"""The levels of a ``SentKey``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentKey:
    """What an acknowledgement names: one of our groups, or one of our interchanges.

    ``number`` is GS06 or ISA13 as a number.
    """

    partner_id: str
    level: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One interchange of ours, as the outbox has it.

    ``series`` is the control number series it was numbered from; empty when it is not
    known. ``created_at`` is the moment of its ISA09 and ISA10. With ``refused`` their
    application has refused what it tells (824, APERAK).
    """

    partner_id: str
    id: str
    idem: str
    kind: str
    interchange_number: int
    group_number: int
    message_number: int
    message_count: int
    acknowledgement: str
    created_at: datetime
    series: str = ""
    order_id: str = ""
    refused: bool = False

    @property
    def messages(self) -> Iterator[int]:
        """The numbers of its messages (ST02)."""
        number = self.message_number
        for _ in range(self.message_count):
            yield number
            number = following(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """Note what a partner says of a message of ours, if its status is still ``was``.

    ``acknowledgement`` is the status from now on; ``was`` again when the partner's
    word changes nothing. ``by`` is the message, or for a TA1 the interchange, that
    says it, ``receipt_id`` the transmission it came in. With ``application`` it is the
    word of their application, which outweighs that the message could be read.
    """

    partner_id: str
    outbox_id: str
    idem: str
    was: str
    acknowledgement: str
    by: str
    receipt_id: str
    findings: tuple[Finding, ...] = ()
    order_id: str = ""
    application: bool = False
