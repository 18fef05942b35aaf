"""What partners say of documents of ours in a golden case: set up, and told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from gateway.findings.render import as_text
from gateway.order.money import Money
from gateway.pipeline.documents import DocumentKey, KnownDocument
from gateway.pipeline.effects import KeepAdvice
from gateway.pipeline.sent import GROUP, INTERCHANGE, Sent, SentKey
from gateway.pipeline.world import World

_MESSAGES = {
    "invoice": ("inv", "x12_810", "edifact_invoic", "cxml_invoice_detail_request"),
    "shipment": ("shp", "x12_856", "edifact_desadv", "cxml_ship_notice_request"),
    "order": ("ord", "x12_855", "edifact_ordrsp", "cxml_confirmation_request"),
}
_STANDARDS = {"marlow-grocers": 2, "northgate": 3}
"""The place of the message that a partner gets; of all others it is the first."""


def documents(world: World, rows: Sequence[Mapping[str, Any]]) -> World:
    """The world with documents of ours that were told to Acme, or to a ``partner``.

    ``group`` is the GS06, the 0020 or the number of the payloadID that one was sent
    under, empty: never sent; ``stands`` how it was acknowledged; ``due`` and ``paid``
    are amounts in USD.
    """
    known: dict[DocumentKey, tuple[KnownDocument, ...]] = {}
    sent: dict[SentKey, tuple[Sent, ...]] = {}
    for n, row in enumerate(rows, 1):
        partner = row.get("partner", "acme")
        one, message = _document(n, row, partner, world.now)
        known[DocumentKey(partner, one.kind, one.number)] = (one,)
        if message:
            level = INTERCHANGE if message.kind.startswith("cxml_") else GROUP
            key = SentKey(partner_id=partner, level=level, number=message.group_number)
            sent[key] = (message,)
    return replace(world, documents=known, sent=sent)


def _document(
    n: int, row: Mapping[str, Any], partner: str, now: dt.datetime
) -> tuple[KnownDocument, Sent | None]:
    known_as = _MESSAGES[row["kind"]]
    prefix, kind = known_as[0], known_as[_STANDARDS.get(partner, 1)]
    id_, group = f"{prefix}_{n}", int(row.get("group", 0))
    messages: tuple[Sent, ...] = ()
    if group:
        messages = (
            Sent(
                partner_id=partner,
                id=f"msg_out{n}",
                idem=f"{kind[4:]}/{id_}",
                kind=kind,
                interchange_number=group,
                group_number=group,
                message_number=1,
                message_count=1,
                acknowledgement=row.get("stands", "accepted"),
                created_at=now,
                order_id="ord_1",
            ),
        )
    due = Money(Decimal(row["due"]), "USD") if "due" in row else None
    known = KnownDocument(
        kind=row["kind"],
        id=id_,
        number=row["number"],
        order_id="ord_1",
        sent=messages,
        due=due,
        paid=Decimal(row.get("paid", 0)),
    )
    return known, next(iter(messages), None)


def told(effect: KeepAdvice) -> Iterator[str]:
    """An advice and its links as lines for people."""
    advice, test = effect.advice, " test" if effect.test else ""
    total = f": {advice.amount}" if advice.amount else ""
    yield f"Keep{test} {advice.kind} advice {advice.number}{total}"
    for finding in effect.findings:
        yield f"  {finding.severity}: {as_text(finding)}"
    for one in effect.links:
        ref = one.ref or "nothing of ours"
        paid = f" {one.paid}" if one.paid else ""
        off = f" less {one.discount}" if one.discount else ""
        state = one.state or "nothing said"
        message = f" by {one.outbox_id}" if one.outbox_id else ""
        yield f"  {one.kind} {one.number} ({ref}{message}): {state}{paid}{off}"
