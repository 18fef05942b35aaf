"""The tables. Keys of partner data start with ``partner_id``, so they can be sharded.

States are the words of the documentation; instants are microseconds since 1970 in UTC,
so that they sort and compare alike on SQLite and PostgreSQL.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(sa.TypeDecorator[datetime]):
    """An aware ``datetime`` as a whole number of microseconds since 1970."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:
        """A moment as its number."""
        return None if value is None else (value - EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:
        """A number as its moment."""
        return None if value is None else EPOCH + timedelta(microseconds=value)


metadata = sa.MetaData()


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


def _text(name: str, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def _whole(name: str, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default=default)


def _at(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, Instant, nullable=nullable)


payload = sa.Table(
    "payload",
    metadata,
    _key("sha256"),
    _whole("size"),
    sa.Column("body", sa.LargeBinary, nullable=True),  # none: a file of that name
    _at("kept_at"),
)

inbound_key = sa.Table(
    "inbound_key",
    metadata,
    _key("partner_id"),
    _key("kind"),
    _key("key"),
    _text("sha256"),
    _text("receipt_id"),
    _at("seen_at"),
    sa.Index("inbound_key_seen", "seen_at"),
)

receipt = sa.Table(
    "receipt",
    metadata,
    _key("partner_id"),
    _key("id"),
    _text("owner_id"),  # the partner that the content named, or the door's
    _text("channel"),
    _text("peer"),
    _text("transport_id"),
    _text("sha256"),
    _whole("size"),
    _at("received_at"),
    _text("state"),
    _whole("attempts", "0"),
    _whole("cursor", "0"),  # the last message of a large transmission that is done
    _at("next_at"),
    _text("lease_owner", ""),
    _at("done_at", nullable=True),
    sa.Index("receipt_id", "id"),
    sa.Index("receipt_owner", "owner_id", "id"),
)
sa.Index(
    "receipt_todo",
    receipt.c.next_at,
    receipt.c.id,
    sqlite_where=receipt.c.state == "todo",
    postgresql_where=receipt.c.state == "todo",
)

interchange = sa.Table(
    "interchange",
    metadata,
    _key("partner_id"),
    _key("id"),
    _text("receipt_id"),
    _text("sender"),
    _text("receiver"),
    _text("control_number"),
    _text("usage"),
    _text("sent_at"),
    _text("sha256"),
    sa.Index("interchange_receipt", "receipt_id"),
    sa.Index("interchange_id", "id"),
)

message = sa.Table(
    "message",
    metadata,
    _key("partner_id"),
    _key("id"),
    _text("interchange_id"),
    _text("receipt_id"),
    _whole("ordinal"),
    _text("type"),
    _text("version"),
    _text("group_control_number"),
    _text("control_number"),
    _text("validation"),
    _whole("byte_offset"),
    _at("received_at"),
    sa.Index("message_receipt", "receipt_id"),
    sa.Index("message_id", "id"),
)

finding = sa.Table(
    "finding",
    metadata,
    _key("partner_id"),
    _key("id"),
    _text("receipt_id"),
    _text("message_id"),
    _text("order_id"),
    _whole("ordinal"),
    _text("code"),
    _text("severity"),
    _text("what"),
    _text("place"),
    _text("value"),
    sa.Index("finding_receipt", "receipt_id", "ordinal"),
    sa.Index("finding_message", "message_id"),
    sa.Index("finding_order", "order_id"),
)

orders = sa.Table(
    "orders",
    metadata,
    _key("partner_id"),
    _key("id"),
    _text("buyer_party"),
    _text("kind"),
    _text("po_number"),
    _text("release_number"),
    _text("digest"),
    _text("state"),
    sa.Column("test", sa.Boolean, nullable=False),
    _text("currency"),
    _whole("line_count"),
    _whole("version"),
    _text("receipt_id"),
    _text("message_id"),
    _at("created_at"),
    _at("changed_at"),
    sa.UniqueConstraint(
        "partner_id",
        "buyer_party",
        "kind",
        "po_number",
        "release_number",
        name="order_key",
    ),
    sa.Index("order_id", "id"),
    sa.Index("order_po", "po_number"),
)

order_version = sa.Table(
    "order_version",
    metadata,
    _key("partner_id"),
    _key("order_id"),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    _text("message_id"),
    _text("body"),
    _text("ack"),
    _text("report"),
    _at("created_at"),
)

order_line = sa.Table(
    "order_line",
    metadata,
    _key("partner_id"),
    _key("order_id"),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    _text("line_no"),
    _text("sku"),
    _text("buyer_part"),
    _text("quantity"),
    _text("unit"),
    _text("price"),
    _text("decision"),
    sqlite_with_rowid=False,
)

outbox = sa.Table(
    "outbox",
    metadata,
    _key("partner_id"),
    _key("id"),
    _text("idem"),
    _text("channel"),
    _text("kind"),
    _text("file_name"),
    _text("content_sha256"),
    _whole("interchange_number"),
    _whole("group_number"),
    _whole("message_number"),
    _whole("message_count"),
    _text("replay_of"),
    _text("receipt_id"),
    _text("interchange_id"),
    _text("message_id"),
    _text("order_id"),
    _text("delivery"),
    _text("acknowledgement"),
    _whole("attempts", "0"),
    _at("next_at"),
    _text("lease_owner", ""),
    _whole("epoch", "0"),
    _text("last_said", ""),
    _at("created_at"),
    _at("settled_at", nullable=True),
    sa.UniqueConstraint("partner_id", "idem", name="outbox_idem"),
    sa.Index("outbox_id", "id"),
    sa.Index("outbox_receipt", "receipt_id"),
    sa.Index("outbox_order", "order_id"),
    sa.Index("outbox_interchange", "partner_id", "interchange_number"),
    sa.Index("outbox_group", "partner_id", "group_number"),
)
sa.Index(
    "outbox_todo",
    outbox.c.next_at,
    outbox.c.id,
    sqlite_where=outbox.c.delivery.in_(("queued", "sending")),
    postgresql_where=outbox.c.delivery.in_(("queued", "sending")),
)

control_counter = sa.Table(
    "control_counter",
    metadata,
    _key("partner_id"),
    _key("series"),
    _whole("interchange"),
    _whole("group"),
    _whole("message"),
)

deadline = sa.Table(
    "deadline",
    metadata,
    _key("partner_id"),
    _key("kind"),
    _key("ref"),
    _at("due_at"),
    _at("done_at", nullable=True),
    sa.Index("deadline_due", "due_at"),
)

event = sa.Table(
    "event",
    metadata,
    _key("partner_id"),
    _key("id"),
    _at("at"),
    _text("name"),
    _text("ref"),
    _text("detail"),
)

profile_version = sa.Table(
    "profile_version",
    metadata,
    _key("partner_id"),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    _text("sha256"),
    _at("active_from"),
    _text("yaml"),
)

api_key = sa.Table(
    "api_key",
    metadata,
    _key("id"),
    sa.Column("sha256", sa.Text, nullable=False, unique=True),
    _text("name"),
    _text("scope"),
    _at("created_at"),
    _at("revoked_at", nullable=True),
)

contract = sa.Table(
    "contract",
    metadata,
    _key("partner_id"),
    _key("id"),
    _text("body"),
    sa.Column("price_list", sa.Integer, nullable=False),
    _at("imported_at"),
)

item = sa.Table(
    "item",
    metadata,
    _key("partner_id"),
    sa.Column("price_list", sa.Integer, primary_key=True, autoincrement=False),
    _key("sku"),
    _text("body"),
    sqlite_with_rowid=False,
)

item_key = sa.Table(
    "item_key",
    metadata,
    _key("partner_id"),
    _key("kind"),
    _key("value"),
    sa.Column("price_list", sa.Integer, primary_key=True, autoincrement=False),
    _key("sku"),
    sqlite_with_rowid=False,
)

price_list = sa.Table(
    "price_list",
    metadata,
    _key("partner_id"),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    _text("contract_id"),
    _text("state"),  # loading, active, stale
    _at("created_at"),
)
