"""What a list of messages is filtered by, as parameters of an address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Depends, Query

from gateway.store.message_search import Wanted
from gateway.web.moments import Moment

__all__ = ["TheFilters", "filters"]

Text = Annotated[str | None, Query(min_length=1, max_length=200)]
Acknowledged = Literal[
    "not_expected",
    "waiting",
    "accepted",
    "accepted_with_errors",
    "partly_accepted",
    "rejected",
    "overdue",
]
_When = Annotated[
    Moment | None, Query(description="RFC 3339; without an offset it is UTC.")
]


async def filters(  # noqa: PLR0913, PLR0917  one for each filter
    direction: Literal["in", "out"] | None = None,
    state: Annotated[
        str | None, Query(description="Of validation if in, of delivery if out.")
    ] = None,
    type: Annotated[Text, Query(description="A type such as x12_850.")] = None,
    validation: Literal["accepted", "accepted_with_errors", "rejected"] | None = None,
    delivery: Literal["none", "queued", "sending", "delivered", "failed", "cancelled"]
    | None = None,
    acknowledgement: Acknowledged | None = None,
    since: _When = None,
    until: _When = None,
    po: Annotated[Text, Query(description="The buyer's order number.")] = None,
    control_number: Annotated[
        Text, Query(description="Of the interchange; of ours, of the group too.")
    ] = None,
    transport_id: Annotated[
        Text, Query(description="A Message-ID, an idempotency key, or an id of ours.")
    ] = None,
    code: Annotated[Text, Query(description="A finding's, such as SYN-206.")] = None,
) -> Wanted:
    """The filters of a request; whose messages they are is not among them."""
    return Wanted(
        direction=direction,
        state=state,
        type=type,
        validation=validation,
        delivery=delivery,
        acknowledgement=acknowledgement,
        since=_aware(since),
        until=_aware(until),
        po=po,
        control_number=control_number,
        transport_id=transport_id,
        code=code,
    )


def _aware(moment: datetime | None) -> datetime | None:
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=UTC)


TheFilters = Annotated[Wanted, Depends(filters)]
