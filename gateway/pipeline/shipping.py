"""What our ERP shipped: checked, booked, and told to the buyer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from gateway.erp.documents import Shipped
from gateway.erp.sheet import Fault, fault
from gateway.findings import Finding
from gateway.mappers import CXML_NOTICES, EDIFACT_NOTICES, NOTICES, UBL_NOTICES
from gateway.order import to_json
from gateway.order.life import Signal, State, step
from gateway.order.ship import (
    ShipNotice,
    ShippedLine,
    ShipStatus,
    sscc,
    sscc_serials,
)
from gateway.pipeline.effects import Effect
from gateway.pipeline.fulfilled import (
    Fulfilled,
    Progress,
    as_last_sent,
    each_order,
    item_of,
    known_before,
    move,
    ordered,
    rejects,
)
from gateway.pipeline.ids import derived
from gateway.pipeline.leaving import draft_of, queued, unfit
from gateway.pipeline.outbound import sent_kind
from gateway.pipeline.own_effects import Allot, Ship
from gateway.pipeline.rules import Rules
from gateway.pipeline.ship_checks import against
from gateway.pipeline.sla import due_of_shipment

KINDS = frozenset((*NOTICES, *EDIFACT_NOTICES, *CXML_NOTICES, *UBL_NOTICES))
"""The messages that tell a shipment."""
MOST_REFUSED = 5
"""So many ship notices that a partner refused one after the other stop the next."""


@dataclass(slots=True)
class Serials:
    """Serial numbers of our SSCCs. ``last`` is the last one given; -1: none yet.

    ``taken`` are SSCCs behind it that others gave: they are passed over.
    """

    prefix: str = ""
    extension: str = "0"
    last: int = -1
    taken: frozenset[str] = frozenset()

    def give(self) -> str:
        """The next SSCC; empty without a prefix, or when its numbers are used up."""
        while self.prefix and self.last + 1 < sscc_serials(self.prefix):
            self.last += 1
            text = sscc(self.extension, self.prefix, self.last)
            if text not in self.taken:
                return text
        return ""


@dataclass(slots=True)
class Shipments:
    """What is known of shipments, by partner and number. It changes as it is applied.

    ``bodies`` are those that are to be replaced or cancelled, ``ssccs`` say which
    partner's shipment an SSCC was used for, ``refused`` how many of the last ship
    notices a partner refused without accepting one since.
    """

    digests: dict[tuple[str, str], str] = field(default_factory=dict)
    bodies: dict[tuple[str, str], ShipNotice] = field(default_factory=dict)
    ssccs: dict[str, str] = field(default_factory=dict)
    serials: Serials = field(default_factory=Serials)
    refused: Mapping[str, int] = field(default_factory=dict)
    rules: Rules | None = None


def shipped(
    document: Shipped, orders: Sequence[Progress], known: Shipments, now: datetime
) -> Fulfilled:
    """A shipment, its orders moved on, and the ship notice for the buyer.

    ``orders`` has one for each of its lines. What is not shipped as confirmed is
    refused: the buyer would not find it. A replacement takes the place of the shipment
    of the same number, a cancellation takes it back. The progress of the orders is
    counted on; so is what is known of shipments.
    """
    profile = orders[0].kept.profile
    notice = _filled(document.notice, orders)
    digest = hashlib.sha256(to_json(notice).encode()).hexdigest()
    key = (profile.id, notice.number)
    before = known.bodies.get(key) if notice.purpose != "original" else None
    faults = list(_number(document, notice, digest, known, orders))
    if rejects(faults) or known.digests.get(key) == digest:
        return Fulfilled(faults=tuple(faults))
    _count(before, orders, -1)
    faults += against(
        replace(document, notice=notice),
        orders,
        kind=_kind(orders),
        used=_used(known, before),
    )
    made = None
    if not rejects(faults):
        made = _made(document, notice, before, orders, known, now)
        faults += made.faults
    if made is None or rejects(faults):
        _count(before, orders, 1)
        return Fulfilled(faults=tuple(faults))
    sent, digests = made.notice, known.digests
    known.bodies[key], digests[key] = sent, digest
    known.ssccs |= {one.sscc: sent.id for one in sent.packages if one.sscc}
    ship = Ship(partner_id=profile.id, notice=sent, digest=digest)
    clocks = () if sent.test or before else due_of_shipment(profile, sent.id, now)
    effects = (ship, *clocks, *made.effects)
    return Fulfilled(effects=effects, faults=tuple(faults))


def _kind(orders: Sequence[Progress]) -> str:
    """The ship notice that their partner gets; empty: none."""
    kept = orders[0].kept
    return sent_kind(kept.profile, KINDS, kept.order)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    notice: ShipNotice
    effects: tuple[Effect, ...] = ()
    faults: tuple[Fault, ...] = ()


def _filled(notice: ShipNotice, orders: Sequence[Progress]) -> ShipNotice:
    """The notice with what its rows leave out: item, unit and numbers of the order."""
    lines = [
        replace(
            line,
            order_id=one.kept.order.id,
            po_number=one.kept.order.po_number,
            release_number=one.kept.order.release_number,
            item=item_of(line.item, sent),
            uom=line.uom or sent.quantity.uom_sent,
            ordered=sent.quantity.value,
        )
        for line, one, sent in ordered(notice.lines, orders)
    ]
    return replace(notice, lines=tuple(lines), id="", issued_at=None, status="")


def _number(
    document: Shipped,
    notice: ShipNotice,
    digest: str,
    known: Shipments,
    orders: Sequence[Progress],
) -> Iterator[Fault]:
    """What the shipment's number says: known, or for a replacement not known."""
    row, partner_id = document.rows[0], orders[0].kept.profile.id
    key = (partner_id, notice.number)
    if notice.purpose == "original" or known.digests.get(key) == digest:
        digests = known.digests
        yield from known_before(row, "shipment", notice.number, digest, digests, orders)
        return
    before = known.bodies.get(key)
    if before is None or before.purpose == "cancel":
        what = f"there is no shipment {notice.number} to {notice.purpose}"
        yield fault(row, "shipment", "ERP-023", what, notice.number)
        return
    named = {one.kept.order.id for one in orders}
    left = sorted({line.order_id for line in before.lines} - named)
    if left:
        what = f"shipment {notice.number} has lines of {', '.join(left[:5])} too"
        yield fault(row, "order_id", "ERP-011", what, left[0])


def _used(known: Shipments, before: ShipNotice | None) -> Mapping[str, str]:
    """SSCCs of other shipments."""
    own = before.id if before else ""
    return {text: id_ for text, id_ in known.ssccs.items() if id_ != own}


def _count(notice: ShipNotice | None, orders: Sequence[Progress], sign: int) -> None:
    """Count what a shipment holds on to its orders, or off."""
    if notice is None or notice.purpose == "cancel":
        return
    by_id = {one.kept.order.id: one for one in orders}
    for line in notice.lines:
        one = by_id[line.order_id]
        had = one.shipped.get(line.line_no, Decimal(0))
        one.shipped[line.line_no] = had + sign * line.quantity


def _made(
    document: Shipped,
    notice: ShipNotice,
    before: ShipNotice | None,
    orders: Sequence[Progress],
    known: Shipments,
    now: datetime,
) -> _Made:
    """The notice with its numbers and the effects; a fault that rejects undoes it."""
    profile, first = orders[0].kept.profile, document.rows[0]
    seed = f"{profile.id}/{notice.number}"
    id_ = before.id if before else derived("shp", now, seed)
    notice, allotted = _with_ssccs(notice, before, known.serials)
    if _kind(orders) and profile.ship_notice.structure != "flat":
        bare = [one.number for one in notice.packages if not one.sscc]
        if bare:
            what = f"package {bare[0]} has no SSCC, and none is left to be given"
            why = fault(first, "carton_sscc", "ERP-020", what, known.serials.prefix)
            return _Made(notice=notice, faults=(why,))
    _count(notice, orders, 1)
    notice = replace(
        notice,
        id=id_,
        issued_at=now,
        status=_status(notice, orders),
        lines=tuple(_standing(notice, orders)),
    )
    queued, faults = _told(notice, orders, known, first, now)
    if rejects(faults):
        _count(notice, orders, -1)
        return _Made(notice=notice, faults=faults)
    effects: list[Effect] = [*allotted]
    for one in each_order(orders):
        effects += move(one, _after(notice, one))
    return _Made(notice=notice, effects=(*effects, *queued), faults=faults)


def _with_ssccs(
    notice: ShipNotice, before: ShipNotice | None, serials: Serials
) -> tuple[ShipNotice, tuple[Allot, ...]]:
    """Each package with an SSCC: its own, the one it had before, or a new one."""
    had = {one.number: one.sscc for one in before.packages} if before else {}
    named = {one.sscc for one in notice.packages if one.sscc}
    last = serials.last
    packages = []
    for one in notice.packages:
        old = had.get(one.number, "")
        own = one.sscc or ("" if old in named else old) or serials.give()
        packages.append(replace(one, sscc=own))
    made = replace(notice, packages=tuple(packages))
    if serials.last == last:
        return made, ()
    return made, (
        Allot(
            prefix=serials.prefix,
            extension=serials.extension,
            last=serials.last,
        ),
    )


def _status(notice: ShipNotice, orders: Sequence[Progress]) -> ShipStatus:
    """What is to come after this shipment."""
    if notice.purpose == "cancel":
        return ""
    if all(one.is_all_shipped for one in each_order(orders)):
        return "complete"
    if notice.complete:
        return "closed"
    late = any(
        status.kind == "backorder"
        for one in each_order(orders)
        for ack in one.kept.ack.lines
        for status in ack.statuses
    )
    return "backordered" if late else "partial"


def _standing(notice: ShipNotice, orders: Sequence[Progress]) -> Iterator[ShippedLine]:
    """The lines with what is missing of each, once this shipment is counted."""
    for line, one in zip(notice.lines, orders, strict=True):
        left = one.shipped.get(line.line_no, Decimal(0))
        promised = one.promised(line.line_no)
        more = promised is not None and left < promised and not notice.complete
        missing = None if line.ordered is None else line.ordered - left
        yield replace(line, missing=missing, follows=more)


def _after(notice: ShipNotice, one: Progress) -> State:
    """The order's next state; ``against`` has asked whether there is one."""
    state: State | Finding = one.kept.state
    assert isinstance(state, State)
    if notice.purpose != "original":
        state = step(state, Signal.TAKE_BACK)
        assert isinstance(state, State)
        if not any(one.shipped.values()):
            return state
    whole = one.is_all_shipped or (notice.complete and notice.purpose != "cancel")
    state = step(state, Signal.SHIP_ALL if whole else Signal.SHIP_PART)
    assert isinstance(state, State)
    return state


def _wanted(notice: ShipNotice, orders: Sequence[Progress]) -> ShipNotice:
    """The notice without lines that the buyer wants none of (cXML ControlKeys)."""
    lines = tuple(
        line
        for line, one in zip(notice.lines, orders, strict=True)
        if one.kept.order.instructed(line.line_no).ship_notice != "none"
    )
    return notice if len(lines) == len(notice.lines) else replace(notice, lines=lines)


def _told(
    notice: ShipNotice,
    orders: Sequence[Progress],
    known: Shipments,
    row: int,
    now: datetime,
) -> tuple[tuple[Effect, ...], tuple[Fault, ...]]:
    """The ship notice, if the partner gets one; or why it does not leave."""
    profile, first = orders[0].kept.profile, orders[0].kept.order
    kind = _kind(orders)
    if not kind:
        return (), ()
    refused = known.refused.get(profile.id, 0)
    if refused >= MOST_REFUSED:
        what = f"{profile.id} refused the last {refused} ship notices"
        return (), (fault(row, "shipment", "ERP-024", what, notice.number),)
    notice = _wanted(notice, orders)
    named = {line.order_id for line in notice.lines}
    by_id = {
        one.kept.order.id: as_last_sent(one.kept)
        for one in orders
        if one.kept.order.id in named
    }
    if not by_id:
        return (), ()
    draft = draft_of(
        kind,
        notice,
        by_id,
        profile,
        x12=NOTICES,
        edifact=EDIFACT_NOTICES,
        cxml=CXML_NOTICES,
        ubl=UBL_NOTICES,
    )
    wrong = tuple(unfit(draft, profile, known.rules, now, row=row, code="ERP-021"))
    if wrong:
        return (), wrong
    idem, chain = f"856/{notice.id}", ""
    if notice.purpose != "original":
        chain = idem
        idem += f"/{notice.purpose}/{now:%Y%m%dT%H%M%S%f}"
    return tuple(queued(draft, profile, first, now, idem=idem, chain=chain)), ()
