"""All about one order in one query, and what changes of it want line by line.

The query is a union: each part gives one kind of rows in columns that all parts share,
texts, whole numbers and packed texts, and each row says of which part it is.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from gateway.catalog.blanket import at_least
from gateway.order.ack import REFUSED, WAITING
from gateway.order.life import ChangeState
from gateway.store import tables
from gateway.store.change_rows import change_row
from gateway.store.journal import Version
from gateway.store.packed import Packed
from gateway.store.queries import (
    SAID,
    SAID_IN,
    document_row,
    finding_row,
    is_ours,
    order_row,
    said_row,
    sent_rows,
)
from gateway.store.rows import (
    DrawRow,
    NotedFinding,
    OrderDetail,
    OrderLineRow,
)
from gateway.store.tables import Instant

_Column = sa.Column[Any] | sa.Label[Any]
Rows = defaultdict[str, list[Any]]
"""The rows of each part, with attributes named as the columns."""

_ID = sa.bindparam("order_id", type_=sa.Text)
_OWNER = (
    sa.select(tables.orders.c.partner_id)
    .where(tables.orders.c.id == _ID)
    .scalar_subquery()
)
_TEXTS, _WHOLES, _PACKED = 12, 8, 2
_NOTHING = Decimal(0)
_NONE = Fraction(0)
_OPEN = (ChangeState.WAITING, ChangeState.HELD)


@dataclass(frozen=True)
class _Part:
    """One kind of rows: its columns, where they come from, which of them."""

    name: str
    columns: Sequence[_Column]
    source: sa.FromClause
    where: sa.ColumnElement[bool]

    def select(self) -> sa.Select[Any]:
        """The columns in the places that all parts have for their types."""
        cells: dict[str, sa.ColumnElement[Any]] = {}
        no_text = sa.cast(sa.null(), Packed)  # typed: the first part has but one
        for slot, column in self.slots():
            cells[slot] = _as_cell(column)
        every = [
            *(cells.get(f"t{n}", sa.literal_column("''")) for n in range(_TEXTS)),
            *(cells.get(f"n{n}", sa.literal_column("0")) for n in range(_WHOLES)),
            *(cells.get(f"b{n}", no_text) for n in range(_PACKED)),
        ]
        names = [f"t{n}" for n in range(_TEXTS)] + [f"n{n}" for n in range(_WHOLES)]
        names += [f"b{n}" for n in range(_PACKED)]
        labelled = [cell.label(name) for cell, name in zip(every, names, strict=True)]
        part = sa.literal_column(f"'{self.name}'", sa.Text).label("part")
        return sa.select(part, *labelled).select_from(self.source).where(self.where)

    def slots(self) -> Iterator[tuple[str, _Column]]:
        """Where each column stands."""
        counts = {"t": 0, "n": 0, "b": 0}
        for column in self.columns:
            kind = "b" if isinstance(column.type, Packed) else "n"
            kind = "t" if isinstance(column.type, sa.Text) else kind
            yield f"{kind}{counts[kind]}", column
            counts[kind] += 1

    def read(self, row: Any) -> SimpleNamespace:
        """A row with the columns' own names."""
        return SimpleNamespace(
            **{
                column.name: _as_value(column, getattr(row, slot))
                for slot, column in self.slots()
            }
        )


def _as_cell(column: _Column) -> sa.ColumnElement[Any]:
    its = column.element if isinstance(column, sa.Label) else column
    if isinstance(column.type, sa.Boolean):
        return sa.case((its, 1), else_=0)
    if isinstance(column.type, Instant):
        return sa.type_coerce(its, sa.BigInteger)
    return its


def _as_value(column: _Column, cell: Any) -> Any:
    if isinstance(column.type, sa.Boolean):
        return bool(cell)
    if isinstance(column.type, Instant):
        return column.type.process_result_value(cell, None)
    return cell


@lru_cache(maxsize=1)
def _parts() -> tuple[_Part, ...]:
    """The version in force first: its columns give the union's types."""
    order, version, box = tables.orders, tables.order_version, tables.outbox
    change, finding = tables.order_change, tables.finding
    draw, drawn = tables.draw, tables.drawn
    changed = sa.exists().where(change.c.order_id == order.c.id)
    return (
        _Part(
            "version",
            (
                *(one for one in order.c if one.name != "digest"),
                *_named(version, ("n", "text")),
                version.c.created_at.label("made_at"),
            ),
            order.join(
                version,
                sa.and_(
                    version.c.partner_id == order.c.partner_id,
                    version.c.order_id == order.c.id,
                    sa.or_(version.c.n == order.c.version, changed),
                ),
            ),
            order.c.id == _ID,
        ),
        _Part(
            "message",
            _named(box, _OUTBOX),
            box,
            sa.and_(tables.OUTBOX_OF_ORDER, box.c.order_id == _ID),
        ),
        _Part("finding", _named(finding, _FINDING), finding, finding.c.order_id == _ID),
        _Part("change", _named(change, _CHANGE), change, change.c.order_id == _ID),
        *_documents("shipment", tables.shipment, tables.shipment_line),
        *_documents("invoice", tables.invoice, tables.invoice_line),
        _Part("draw", tuple(draw.c), draw, draw.c.order_id == _ID),
        _Part("drawn", tuple(drawn.c), drawn, drawn.c.blanket_id == _ID),
        _Part("said", SAID, SAID_IN, _is_of_order()),
    )


def _is_of_order() -> sa.ColumnElement[bool]:
    """What was said of the order, or of what was shipped or billed of it."""
    link = tables.advice_link.c
    shipped, billed = tables.shipment_line, tables.invoice_line
    return sa.or_(
        link.order_id == _ID,
        link.ref.in_(sa.select(shipped.c.shipment_id).where(_its(shipped))),
        link.ref.in_(sa.select(billed.c.invoice_id).where(_its(billed))),
    )


def _its(line: sa.Table) -> sa.ColumnElement[bool]:
    """Lines of the order; their keys begin with the partner."""
    return sa.and_(line.c.partner_id == _OWNER, line.c.order_id == _ID)


_OUTBOX = (
    *("id", "partner_id", "kind", "delivery", "acknowledgement", "receipt_id"),
    *("order_id", "file_name", "replay_of", "replaces", "last_said", "wire_id"),
    *("message_number", "interchange_number", "created_at", "attempts"),
)
_FINDING = (
    *("code", "severity", "what", "place", "value", "message_id", "order_id"),
    "ordinal",
)
_CHANGE = (
    *("id", "partner_id", "order_id", "po_number", "release_number", "sequence"),
    *("state", "receipt_id", "message_id", "version", "created_at", "changed_at"),
    *("body", "ack"),
)


def _named(table: sa.Table, names: Iterable[str]) -> tuple[sa.Column[Any], ...]:
    return tuple(table.c[name] for name in names)


def _documents(name: str, whole: sa.Table, line: sa.Table) -> tuple[_Part, _Part]:
    mine = _its(line)
    its = sa.select(line.c[f"{name}_id"]).where(mine)
    columns = ("id", "partner_id", "number", "receipt_id", "created_at", "body")
    return (
        _Part(name, _named(whole, columns), whole, whole.c.id.in_(its)),
        _Part(f"{name}_line", _named(line, ("line_no", "quantity")), line, mine),
    )


@lru_cache(maxsize=1)
def _query() -> sa.CompoundSelect[Any]:
    return sa.union_all(*(part.select() for part in _parts()))


def _rows(tx: sa.Connection, id_: str) -> Rows:
    parts = {part.name: part for part in _parts()}
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in tx.execute(_query(), {"order_id": id_}):
        found[row.part].append(parts[row.part].read(row))
    return found


def order(
    tx: sa.Connection, id_: str, *, partner: str | None = None
) -> OrderDetail | None:
    """One order in its latest version, with all that was made of it, or none."""
    rows = _rows(tx, id_)
    versions = {row.n: row for row in rows["version"]}
    if not versions:
        return None
    any_ = next(iter(versions.values()))
    if partner is not None and any_.partner_id != partner:
        return None
    latest = versions[any_.version]
    its = Version.of(latest.text)
    body: dict[str, Any] = json.loads(its.body)
    is_blanket = body.get("order_type", "").startswith("blanket")
    sent = sent_rows(tx, _by(rows, "message", "id"))
    return OrderDetail(
        order=order_row(latest),
        body=its.body,
        ack=its.ack,
        report=its.report,
        lines=tuple(_lines(body, json.loads(its.ack), rows, drawn=is_blanket)),
        findings=tuple(_findings(rows)),
        answers=tuple(row for row in sent if not is_ours(row)),
        handed=tuple(row for row in sent if is_ours(row)),
        shipments=tuple(map(document_row, _by(rows, "shipment", "id"))),
        invoices=tuple(map(document_row, _by(rows, "invoice", "id"))),
        said=tuple(map(said_row, _by(rows, "said", "advice_id", "number"))),
        changes=tuple(
            change_row(row, _before(row, versions)) for row in _by(rows, "change", "id")
        ),
        draws=tuple(map(_draw_row, _by(rows, "draw", "line_no"))),
        drawn_value=_decimal(sum((Fraction(o.value) for o in rows["drawn"]), _NONE)),
        is_blanket=is_blanket,
    )


def _by(rows: Rows, part: str, *names: str) -> list[Any]:
    return sorted(rows[part], key=lambda row: tuple(getattr(row, n) for n in names))


def _findings(rows: Rows) -> Iterator[NotedFinding]:
    for row in _by(rows, "finding", "message_id", "order_id", "ordinal"):
        yield finding_row(row)


def _decimal(drawn: Fraction) -> str:
    return f"{at_least(drawn):f}"


# Lines.


def _lines(
    body: Mapping[str, Any], ack: Mapping[str, Any], rows: Rows, *, drawn: bool
) -> Iterator[OrderLineRow]:
    """The lines in short, and how far they are; ``drawn`` counts what releases drew."""
    answers = ack.get("lines", [])
    shipped, billed = _by_line(rows["shipment_line"]), _by_line(rows["invoice_line"])
    spent = {row.line_no: at_least(Fraction(row.quantity)) for row in rows["drawn"]}
    for n, line in enumerate(body.get("lines", []), 1):
        number, item = line["line_no"], line["item"]
        statuses = answers[n - 1].get("statuses", ()) if n <= len(answers) else ()
        confirmed = _confirmed(statuses)
        gone = (spent if drawn else shipped).get(number, _NOTHING)
        yield OrderLineRow(
            n=n,
            line_no=number,
            sku=item.get("supplier_sku", ""),
            buyer_part=item.get("buyer_part", ""),
            quantity=line["quantity"]["value"],
            unit=line["quantity"].get("uom_sent", ""),
            price=line.get("price", {}).get("amount", ""),
            decision=" ".join(status["kind"] for status in statuses),
            confirmed=f"{confirmed:f}",
            shipped=f"{shipped.get(number, _NOTHING):f}",
            billed=f"{billed.get(number, _NOTHING):f}",
            left=f"{max(confirmed - gone, _NOTHING):f}",
            drawn=f"{spent.get(number, _NOTHING):f}",
        )


def _confirmed(statuses: Iterable[Mapping[str, Any]]) -> Decimal:
    """How many of a line were promised."""
    told = (
        Decimal(status["quantity"])
        for status in statuses
        if status["kind"] not in REFUSED | WAITING
    )
    return sum(told, _NOTHING)


def _by_line(rows: Iterable[Any]) -> Mapping[str, Decimal]:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[row.line_no] += Decimal(row.quantity)
    return sums


def _draw_row(row: Any) -> DrawRow:
    return DrawRow(
        line_no=row.line_no,
        blanket_id=row.blanket_id,
        blanket_line=row.blanket_line,
        quantity=_decimal(Fraction(row.quantity)),
        value=_decimal(Fraction(row.value)),
    )


# Changes.


def _before(row: Any, versions: Mapping[int, Any]) -> str:
    """The order as a change met it: before its own version, else as it was then."""
    if row.version:
        return Version.of(versions[row.version - 1].text).body
    is_open = row.state in _OPEN
    met = [n for n, one in versions.items() if is_open or one.made_at <= row.changed_at]
    return Version.of(versions[max(met, default=max(versions))].text).body
