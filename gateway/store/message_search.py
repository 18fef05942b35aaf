"""Find messages, in and out, among millions: by what names them, else step by step.

What names a message (an order number, a control number, a transport's id, a code) is
looked up by its index. Rare statuses have indexes of their own. For the rest the list
is read backwards, so many rows at a time, whatever is in it: a page may then hold few
messages or none, and still lead on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

import sqlalchemy as sa

from gateway.pipeline.sent import GROUP, INTERCHANGE
from gateway.store import ids, tables
from gateway.store.receipts import TRANSPORT
from gateway.store.sent import numbered
from gateway.store.sql import some

__all__ = ["FILTERS", "WINDOW", "Found", "Wanted", "find", "first_id"]

WINDOW = 20_000
"""How many rows one page reads at most where nothing names its messages."""
_OPEN = 5_000  # messages that are to leave: with more of them some are near the end
_NAMED = 1_000  # messages that a name may lead to
_ERP = "erp"
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)

_Row = sa.Row[Any]
_Condition = sa.ColumnElement[bool] | sa.TextClause
_message, _box, _order = tables.message.c, tables.outbox.c, tables.orders.c
_finding, _interchange = tables.finding.c, tables.interchange.c
_key, _receipt = tables.inbound_key.c, tables.receipt.c

_RARE_ACKNOWLEDGEMENTS = (
    "accepted_with_errors",
    "partly_accepted",
    "rejected",
    "overdue",
)
_LEAVING = ("queued", "sending")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which messages a list is to show: all that is given holds of each.

    ``type`` is a message type or a kind of ours (x12_850). A message that came in has
    no delivery (``none``) and no acknowledgement (``not_expected``), one that goes out
    no validation. ``state`` is a validation of those that came in or a delivery of
    those that go out. ``since`` and ``until``, this one excluded, are moments when
    they came or were made. ``control_number`` is an interchange's, of ours a group's
    too; ``transport_id`` a Message-ID, an idempotency key, or an id of ours; ``code``
    a finding's. Without ``ours`` files for our ERP are left out.
    """

    partner: str | None = None
    direction: str | None = None
    type: str | None = None
    validation: str | None = None
    delivery: str | None = None
    acknowledgement: str | None = None
    state: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    po: str | None = None
    control_number: str | None = None
    transport_id: str | None = None
    code: str | None = None
    ours: bool = True


FILTERS = (
    *("partner", "direction", "type", "validation", "delivery", "acknowledgement"),
    *("since", "until", "po", "control_number", "transport_id", "code"),
)
"""What lists of messages may be filtered by, in the API and in the console."""


@dataclass(frozen=True, slots=True)
class Found:
    """Messages that came in, messages of ours, and where to go on; none: the end."""

    inbound: tuple[_Row, ...]
    outbound: tuple[_Row, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows, newest first: all that fit and are not before ``down_to``; none: all."""

    rows: tuple[_Row, ...] = ()
    down_to: str | None = None


def find(
    tx: sa.Connection, wanted: Wanted, cursor: str | None = None, limit: int = 50
) -> Found:
    """The newest messages before the cursor that fit, in both directions together."""
    came, ours = _Part(), _Part()
    if _may_come_in(wanted):
        came = _searched(tx, _Inbound(tx, wanted), wanted, cursor, limit)
    if _may_go_out(wanted):
        ours = _searched(tx, _Outbound(tx, wanted), wanted, cursor, limit)
    return _together(came, ours, limit)


def _together(came: _Part, ours: _Part, limit: int) -> Found:
    """Both parts as far as both were searched."""
    known = [part.down_to for part in (came, ours) if part.down_to is not None]
    horizon = max(known, default="")
    shown = sorted(
        (row.id for part in (came, ours) for row in part.rows if row.id >= horizon),
        reverse=True,
    )
    last = horizon or None
    if len(shown) > limit:
        horizon = last = shown[limit - 1]
    return Found(
        tuple(row for row in came.rows if row.id >= horizon),
        tuple(row for row in ours.rows if row.id >= horizon),
        last,
    )


def _may_come_in(wanted: Wanted) -> bool:
    return (
        wanted.direction != "out"
        and wanted.delivery in (None, "none")
        and wanted.acknowledgement in (None, "not_expected")
    )


def _may_go_out(wanted: Wanted) -> bool:
    return wanted.direction != "in" and wanted.validation is None


# One direction.


class _Inbound:
    """Messages that came in."""

    table = tables.message
    id, partner_id, type = _message.id, _message.partner_id, _message.type

    def __init__(self, tx: sa.Connection, wanted: Wanted) -> None:
        self._tx = tx
        self._wanted = wanted
        self._status = wanted.validation or wanted.state

    def rare(self) -> list[_Condition]:
        """What an index of its own knows; nothing: there is none for it."""
        if self._status in ("rejected", "accepted_with_errors"):
            return [tables.MESSAGE_TROUBLED, _message.validation == self._status]
        return []

    def rest(self) -> list[_Condition]:
        """What is left to look at in each row."""
        if self._status is None or self.rare():
            return []
        return [_message.validation == self._status]

    def few(self) -> set[str] | None:
        """The messages of a status that few have; none: it has no such status."""
        return None

    def of_orders(self, orders: Sequence[_Row], po: str) -> set[str]:
        """The messages that orders and their changes came with."""
        change = tables.order_change.c
        found = {str(row.message_id) for row in orders}
        for part in some(row.id for row in orders):
            query = sa.select(change.message_id).where(change.order_id.in_(part))
            found.update(self._tx.scalars(query.limit(_NAMED)))
        alone = sa.select(change.message_id).where(
            tables.CHANGE_WITHOUT_ORDER, change.po_number == po
        )
        return found | set(self._tx.scalars(alone.limit(_NAMED)))

    def numbered(self, number: str) -> set[str]:
        """Those in interchanges with this control number, padded as it may be."""
        bare = number.lstrip("0") or number
        forms = {number, bare, bare.zfill(9)}
        query = sa.select(_interchange.receipt_id).where(
            _interchange.control_number.in_(forms)
        )
        return self._of_receipts(self._tx.scalars(query.limit(_NAMED)))

    def transported(self, name: str) -> set[str]:
        """Those that came under this name."""
        if name.startswith("msg_"):
            return {name}
        return self._of_receipts(_receipts_named(self._tx, self._wanted, name))

    def _of_receipts(self, receipts: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for part in some(dict.fromkeys(receipts)):
            query = sa.select(_message.id).where(_message.receipt_id.in_(part))
            found.update(self._tx.scalars(query.limit(_NAMED)))
        return found


class _Outbound:
    """Messages of ours."""

    table = tables.outbox
    id, partner_id, type = _box.id, _box.partner_id, _box.kind

    def __init__(self, tx: sa.Connection, wanted: Wanted) -> None:
        self._tx = tx
        self._wanted = wanted
        self._delivery = wanted.delivery or wanted.state

    def rare(self) -> list[_Condition]:
        """What an index of its own knows; nothing: there is none for it."""
        told = self._wanted.acknowledgement
        if told in _RARE_ACKNOWLEDGEMENTS:
            return [tables.OUTBOX_DISPUTED, _box.acknowledgement == told]
        if self._delivery == "failed":
            return [tables.OUTBOX_FAILED]
        if self._delivery == "cancelled":
            return [tables.OUTBOX_CANCELLED]
        return []

    def rest(self) -> list[_Condition]:
        """What is left to look at in each row."""
        left: list[_Condition] = []
        told = self._wanted.acknowledgement
        is_told = told in _RARE_ACKNOWLEDGEMENTS
        if told is not None and not is_told:
            left.append(_box.acknowledgement == told)
        if self._delivery is not None and (is_told or not self.rare()):
            left.append(_box.delivery == self._delivery)
        if not self._wanted.ours:
            left.append(_box.channel != _ERP)
        return left

    def few(self) -> set[str] | None:
        """Those that are to leave, if they are few; none: it is not about them."""
        if self._delivery not in _LEAVING:
            return None
        query = sa.select(_box.id).where(tables.OUTBOX_DUE).limit(_OPEN + 1)
        found = set(self._tx.scalars(query))
        return found if len(found) <= _OPEN else None

    def of_orders(self, orders: Sequence[_Row], po: str) -> set[str]:
        """The messages about these orders."""
        found: set[str] = set()
        for part in some(row.id for row in orders):
            query = sa.select(_box.id).where(
                tables.OUTBOX_OF_ORDER, _box.order_id.in_(part)
            )
            found.update(self._tx.scalars(query.limit(_NAMED)))
        return found

    def numbered(self, number: str) -> set[str]:
        """Those whose interchange or group has this control number."""
        if not (number.isascii() and number.isdigit() and len(number) <= 18):
            return set()
        partners = _partners(self._tx, self._wanted)
        found: set[str] = set()

        def is_one(column: sa.Column[int]) -> sa.ColumnElement[bool]:
            return sa.and_(_box.partner_id.in_(partners), column == int(number))

        for place in numbered(INTERCHANGE, is_one) + numbered(GROUP, is_one)[1:]:
            query = sa.select(_box.id).where(place).limit(_NAMED)
            found.update(self._tx.scalars(query))
        return found

    def transported(self, name: str) -> set[str]:
        """Those that left under this name, or answer what came under it."""
        if name.startswith("msg_"):
            return {name}
        query = sa.select(_box.id).where(tables.OUTBOX_WIRED, _box.wire_id == name)
        found = set(self._tx.scalars(query.limit(_NAMED)))
        for part in some(_receipts_named(self._tx, self._wanted, name)):
            about = sa.select(_box.id).where(_box.receipt_id.in_(part))
            found.update(self._tx.scalars(about.limit(_NAMED)))
        return found


_Side = _Inbound | _Outbound


def _searched(
    tx: sa.Connection, side: _Side, wanted: Wanted, cursor: str | None, limit: int
) -> _Part:
    """The rows of one direction, by the shortest way to them."""
    within = _within(wanted, cursor)
    limits = within(side.id)
    named = _named(tx, side, wanted)
    if wanted.code is not None:
        coded = _coded(tx, wanted.code, within(_finding.message_id), limit)
        both = coded.ids if named is None else coded.ids & named
        down_to = coded.down_to
        return _picked(
            tx, side, wanted, both, within=limits, limit=limit, down_to=down_to
        )
    if named is not None:
        return _picked(tx, side, wanted, named, within=limits, limit=limit)
    return _walked(tx, side, wanted, limits, limit)


_Within = Callable[[Any], list[_Condition]]


def _within(wanted: Wanted, cursor: str | None) -> _Within:
    """Limits of a column with ids of messages, which begin with their time."""
    least = "" if wanted.since is None else first_id(wanted.since)
    ends = [cursor] if cursor else []
    ends += [first_id(wanted.until)] if wanted.until is not None else []

    def limits(column: Any) -> list[_Condition]:
        found = [column >= least] if least else []
        return [*found, column < min(ends)] if ends else found

    return limits


def first_id(moment: datetime) -> str:
    """The least id that a message of this moment may have."""
    milliseconds = (moment - _UNIX) // timedelta(milliseconds=1)
    return f"msg_{ids.encoded(max(milliseconds, 0) << 80)}"


def _walked(
    tx: sa.Connection,
    side: _Side,
    wanted: Wanted,
    within: list[_Condition],
    limit: int,
) -> _Part:
    """Backwards along an index, ``WINDOW`` of its rows at most."""
    base = side.rare()
    left = _alike(side, wanted) + side.rest()
    if wanted.partner is not None and not base:
        base = [side.partner_id == wanted.partner]
    elif wanted.partner is not None:  # by the rare status, not by the partner
        left.append(side.partner_id.concat("") == wanted.partner)
    base += within
    floor = None
    if left:
        deep = sa.select(side.id).where(*base).order_by(side.id.desc())
        floor = tx.execute(deep.limit(1).offset(WINDOW)).scalar()
        if floor is not None:
            base.append(side.id >= floor)
    query = sa.select(side.table).where(*base, *left).order_by(side.id.desc())
    rows = tx.execute(query.limit(limit + 1)).all()
    if len(rows) > limit:
        return _Part(tuple(rows[:limit]), rows[limit - 1].id)
    return _Part(tuple(rows), floor)


def _alike(side: _Side, wanted: Wanted) -> list[_Condition]:
    return [] if wanted.type is None else [side.type == wanted.type]


def _picked(  # noqa: PLR0913  what is left of it
    tx: sa.Connection,
    side: _Side,
    wanted: Wanted,
    named: Iterable[str],
    *,
    within: list[_Condition],
    limit: int,
    down_to: str | None = None,
) -> _Part:
    """Those of the named messages that fit."""
    left = [*_alike(side, wanted), *side.rare(), *side.rest(), *within]
    if wanted.partner is not None:
        left.append(side.partner_id.concat("") == wanted.partner)
    rows: list[_Row] = []
    for part in some(sorted(named, reverse=True)):
        if len(rows) > limit:
            break  # what follows is older
        query = sa.select(side.table).where(side.id.in_(part), *left)
        rows += tx.execute(query).all()
    rows.sort(key=lambda row: str(row.id), reverse=True)
    if len(rows) > limit:
        return _Part(tuple(rows[:limit]), rows[limit - 1].id)
    return _Part(tuple(rows), down_to)


# Names.


def _named(tx: sa.Connection, side: _Side, wanted: Wanted) -> set[str] | None:
    """The messages that all names lead to; none: nothing names any."""
    sets = [side.few()]
    if wanted.po is not None:
        sets.append(side.of_orders(_orders(tx, wanted), wanted.po))
    if wanted.control_number is not None:
        sets.append(side.numbered(wanted.control_number))
    if wanted.transport_id is not None:
        sets.append(side.transported(wanted.transport_id))
    known = [one for one in sets if one is not None]
    return reduce(set.__and__, known) if known else None


@dataclass(frozen=True, slots=True)
class _Coded:
    ids: set[str]
    down_to: str | None


def _coded(
    tx: sa.Connection, code: str, within: list[_Condition], limit: int
) -> _Coded:
    """The newest messages with a finding of this code."""
    about, most = _finding.message_id, max(limit, 500) + 1
    query = sa.select(about).where(_finding.code == code, about >= "msg_", *within)
    found = list(tx.scalars(query.order_by(about.desc()).limit(most)))
    cut = len(found) == most
    return _Coded(set(found), found[-1] if cut else None)


def _orders(tx: sa.Connection, wanted: Wanted) -> Sequence[_Row]:
    """The orders with this number."""
    query: sa.Select[Any] = sa.select(_order.id, _order.message_id)
    query = query.where(_order.po_number == wanted.po)
    if wanted.partner is not None:
        query = query.where(_order.partner_id.concat("") == wanted.partner)
    return tx.execute(query.limit(_NAMED)).all()


def _partners(tx: sa.Connection, wanted: Wanted) -> list[str]:
    if wanted.partner is not None:
        return [wanted.partner]
    query = sa.select(tables.profile_version.c.partner_id).distinct()
    return ["", *tx.scalars(query)]


def _receipts_named(tx: sa.Connection, wanted: Wanted, name: str) -> list[str]:
    """The transmissions that came under a name, or have it."""
    if name.startswith("rcp_"):
        return [name]
    if name.startswith("int_"):
        query = sa.select(_interchange.receipt_id).where(_interchange.id == name)
        return list(tx.scalars(query))
    came = tables.as2_message.c
    facts = tx.scalars(sa.select(came.facts).where(came.message_id == name))
    found = [id_ for one in facts for id_ in json.loads(one).get("receipts", ())]
    keys = [f"http|key:{name}", f"cxml|{name}", f"http|{name}"]
    place = sa.and_(
        _key.partner_id.in_(_partners(tx, wanted)),
        _key.kind == TRANSPORT,
        _key.key.in_(keys),
    )
    return [*found, *tx.scalars(sa.select(_key.receipt_id).where(place))]
