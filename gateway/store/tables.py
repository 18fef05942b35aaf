"""The tables. Keys of partner data start with ``partner_id``, so they can be sharded.

States are the words of the documentation; instants are microseconds since 1970 in UTC,
so that they sort and compare alike on SQLite and PostgreSQL.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from gateway.store.packed import Packed

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


class Digest(sa.TypeDecorator[str]):
    """A SHA-256 in hex as its 32 bytes: half of it, in every index too.

    What is no sum stays a text; in front of it stand bytes that no text has, so that it
    is never 32 bytes long.
    """

    impl = sa.LargeBinary
    cache_ok = True
    python_type = str

    def process_bind_param(self, value: str | None, dialect: Any) -> bytes | None:
        """A sum as bytes."""
        if not value:
            return None if value is None else b""
        if _SUM(value):
            return bytes.fromhex(value)
        data = _NO_SUM + value.encode()
        return _NO_SUM + data if len(data) == _SUM_BYTES else data

    def process_result_value(self, value: Any, dialect: Any) -> str | None:
        """Bytes as their sum."""
        if value is None:
            return None
        data = bytes(value)
        if len(data) == _SUM_BYTES:
            return data.hex()
        return data.lstrip(_NO_SUM).decode()


_SUM = re.compile("[0-9a-f]{64}").fullmatch
_SUM_BYTES = 32
_NO_SUM = b"\xff"


class Detail(sa.TypeDecorator[str]):
    """A text in UTF-8; the SHA-256 in it are 33 bytes each, not 64 digits.

    The first of the 33 is one that UTF-8 does not have, so that the same text comes
    back, whatever it says. Others like it stand for what most events have in common.
    The events of an order name four sums.
    """

    impl = sa.LargeBinary
    cache_ok = True
    python_type = str

    def process_bind_param(self, value: str | None, dialect: Any) -> bytes | None:
        """A text as bytes, its sums short."""
        if value is None:
            return None
        data = value.encode("utf-8", "surrogatepass")
        if len(data) < 2 * _SUM_BYTES:
            return data
        if data.startswith(_SENT):
            data = _SENT_IS + data[len(_SENT) :]
        else:
            for words, code in _WORDS:
                data = data.replace(words, code)
        return _SUMS_IN.sub(_short, data)

    def process_result_value(self, value: Any, dialect: Any) -> str | None:
        """Bytes as their text; what nobody wrote so is shown as far as it is one."""
        if value is None:
            return None
        data = value.encode() if isinstance(value, str) else bytes(value)
        data = _SHORT_IN.sub(_long, data)
        try:
            return data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return data.decode("utf-8", "replace")


def _short(sum_: re.Match[bytes]) -> bytes:
    return _SUM_COMES + bytes.fromhex(sum_[0].decode())


def _long(code: re.Match[bytes]) -> bytes:
    sum_ = code[1]
    return _COMMON[code[0]] if sum_ is None else sum_.hex().encode()


_SUMS_IN = re.compile(rb"[0-9a-f]{64}")
_SUM_COMES = b"\xff"
_COMMON = {
    b"\xf5": b'{"channel":"',
    b"\xf6": b'","receipt":"rcp_',
    b"\xf7": b'","receipt_sha256":"',
    b"\xf8": b'","received_at":"',
    b"\xf9": b'+00:00","sha256":"',
    b"\xfa": b'{"said":"","sha256":"',
    b"\xfb": b'","sha256":"',
    b"\xfc": b'","state":"confirmed"}',
    b"\xfd": b'","state":"',
}
"""What bytes that UTF-8 does not have stand for. Rows are read by them: new words may
be added (192 and 193 are left, 254 is not to be used), none changed."""
_SENT_IS, _SENT = b"\xfa", _COMMON[b"\xfa"]
_WORDS = [(words, code) for code, words in _COMMON.items() if code != _SENT_IS]
_SHORT_IN = re.compile(rb"\xff(.{0,32})|[\xf5-\xfd]", re.DOTALL)


class Kind(sa.TypeDecorator[str]):
    """A word in keys of which an order has some: the usual ones are a sign each.

    A row and an index hold it. Other words stay what they are.
    """

    impl = sa.Text
    cache_ok = True
    python_type = str

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        """A word as its sign."""
        return value if value is None else _SIGNS.get(value, value)

    def process_result_value(self, value: Any, dialect: Any) -> str | None:
        """A sign as its word."""
        return value if value is None else _MEANT.get(value, value)


_SIGNS = {"transport": "1", "interchange": "2", "functional_ack": "3"}
"""Rows are read by them: words may be added, none changed."""
_MEANT = {sign: word for word, sign in _SIGNS.items()}

metadata = sa.MetaData()

_BYTEWISE = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""A text compared byte by byte: a range holds all that begin alike."""


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


def _text(name: str, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def _sum(name: str, *, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, Digest, primary_key=primary_key, nullable=False)


def _packed(name: str) -> sa.Column[str]:
    return sa.Column(name, Packed, nullable=False)


def _by_id() -> sa.PrimaryKeyConstraint:
    """A key that begins with the id, where nobody asks for all rows of a partner.

    It holds the partner, which is what sharding wants, and saves the index by id alone.
    """
    return sa.PrimaryKeyConstraint("id", "partner_id")


def _whole(name: str, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default=default)


def _at(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, Instant, nullable=nullable)


payload = sa.Table(
    "payload",
    metadata,
    _sum("sha256", primary_key=True),
    _whole("size"),
    sa.Column("body", sa.LargeBinary, nullable=True),  # packed; none: a file
    _at("kept_at"),  # when they came or were made last
    sa.Index("payload_kept", "kept_at"),
)

inbound_key = sa.Table(
    "inbound_key",
    metadata,
    _key("partner_id"),
    sa.Column("kind", Kind, primary_key=True),
    _key("key"),
    _sum("sha256"),
    _text("receipt_id"),
    _at("seen_at"),
    sa.Index("inbound_key_seen", "seen_at"),
)

receipt = sa.Table(
    "receipt",
    metadata,
    _text("partner_id"),
    _text("id"),
    _text("owner_id"),  # the partner that the content named, or the door's
    _text("channel"),
    _text("peer"),
    _text("transport_id"),
    _sum("sha256"),
    _whole("size"),
    _at("received_at"),
    _text("state"),
    _whole("attempts", "0"),
    _whole("cursor", "0"),  # the last message of a large transmission that is done
    _at("next_at"),
    _text("lease_owner", ""),
    _at("done_at", nullable=True),
    _text("decided", ""),  # how a conflict was settled: new, replacement, rejected
    sa.Column("reply", sa.LargeBinary, nullable=True),  # what the door answered with
    _by_id(),
    sa.Index("receipt_owner", "owner_id", "id"),
)
sa.Index(
    "receipt_todo",
    receipt.c.next_at,
    receipt.c.id,
    sqlite_where=receipt.c.state == "todo",
    postgresql_where=receipt.c.state == "todo",
)
sa.Index(
    "receipt_quarantined",
    receipt.c.id,
    sqlite_where=receipt.c.state == "quarantined",
    postgresql_where=receipt.c.state == "quarantined",
)

# Conditions in the words of the partial indexes: only so do the databases use them.
RECEIPT_DUE = sa.text("receipt.state = 'todo'")
RECEIPT_ASIDE = sa.text("receipt.state = 'quarantined'")
OUTBOX_DUE = sa.text("outbox.delivery IN ('queued', 'sending')")

interchange = sa.Table(
    "interchange",
    metadata,
    _text("partner_id"),
    _text("id"),
    _text("receipt_id"),
    _text("sender"),
    _text("receiver"),
    _text("control_number"),
    _text("usage"),
    _text("sent_at"),
    _by_id(),
    sa.Index("interchange_receipt", "receipt_id"),
    sa.Index("interchange_number", "control_number"),
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
_TROUBLED = message.c.validation.in_(("rejected", "accepted_with_errors"))
sa.Index(
    "message_troubled",
    message.c.validation,
    message.c.id,
    sqlite_where=_TROUBLED,
    postgresql_where=_TROUBLED,
)
MESSAGE_TROUBLED = sa.text("message.validation IN ('rejected', 'accepted_with_errors')")

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
    sa.Index("finding_code", "code", "message_id"),
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
    _sum("digest"),
    _text("state"),
    sa.Column("test", sa.Boolean, nullable=False),
    _text("currency"),
    _whole("line_count"),
    _whole("version"),
    _text("receipt_id"),
    _text("message_id"),
    _at("created_at"),
    _at("changed_at"),
    sa.Index("order_id", "id"),
    sa.Index(  # its key; by the number first, which people look for alone
        "order_po",
        "po_number",
        "partner_id",
        "buyer_party",
        "kind",
        "release_number",
        unique=True,
    ),
)
sa.Index(
    "orders_undecided",
    orders.c.receipt_id,
    sqlite_where=orders.c.state.in_(("received", "held")),
    postgresql_where=orders.c.state.in_(("received", "held")),
)

COMMON_STATES = ("confirmed", "shipped", "invoiced")
sa.Index(  # so that a list of few among many is found, and the many cost nothing
    "orders_uncommon",
    orders.c.state,
    orders.c.id,
    sqlite_where=orders.c.state.not_in(COMMON_STATES),
    postgresql_where=orders.c.state.not_in(COMMON_STATES),
)
ORDER_UNCOMMON = sa.text("orders.state NOT IN ('confirmed', 'shipped', 'invoiced')")

order_version = sa.Table(
    "order_version",
    metadata,
    _key("partner_id"),
    _key("order_id"),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    _text("message_id"),
    _packed("text"),  # order, answer and report: a line of JSON each (journal.Version)
    _at("created_at"),
)

order_change = sa.Table(  # what buyers wanted changed, whatever became of it
    "order_change",
    metadata,
    _key("partner_id"),
    _key("id"),
    _text("order_id"),  # empty: its order has not come
    _text("buyer_party"),
    sa.Column("test", sa.Boolean, nullable=False),
    _text("po_number"),
    _text("release_number"),
    _text("sequence"),
    _sum("digest"),
    _text("state"),
    _whole("version", "0"),  # of the order that it made
    _packed("body"),
    _packed("ack"),
    _text("receipt_id"),
    _text("message_id"),
    _at("created_at"),
    _at("changed_at"),
    sa.Index("order_change_id", "id"),
    sa.Index("order_change_order", "order_id"),
)
_WITHOUT_ORDER = sa.and_(
    order_change.c.order_id == "", order_change.c.state.in_(("waiting", "held"))
)
sa.Index(
    "order_change_waiting",
    order_change.c.po_number,
    sqlite_where=_WITHOUT_ORDER,
    postgresql_where=_WITHOUT_ORDER,
)
sa.Index(
    "order_change_open",
    order_change.c.id,
    sqlite_where=order_change.c.state.in_(("waiting", "held")),
    postgresql_where=order_change.c.state.in_(("waiting", "held")),
)
CHANGE_WITHOUT_ORDER = sa.text(  # as the index says it
    "order_change.order_id = '' AND order_change.state IN ('waiting', 'held')"
)
CHANGE_OPEN = sa.text("order_change.state IN ('waiting', 'held')")

outbox = sa.Table(
    "outbox",
    metadata,
    _key("partner_id"),
    _key("id"),
    _text("idem"),
    _text("channel"),
    _text("kind"),
    _text("file_name"),  # may be short: file_names
    _text("lane", ""),  # that it leaves by, and its place in it
    _whole("seq", "0"),
    _text("address", ""),  # where to, when not where the profile says: an async MDN
    _sum("content_sha256"),
    _sum("wire_sha256"),  # of what it was wrapped into, and its Message-ID
    _text("wire_id", ""),
    _text("series", ""),  # that its control numbers are of
    _whole("interchange_number"),
    _whole("group_number"),
    _whole("message_number"),
    _whole("message_count"),
    _text("replay_of"),
    _text("replaces", ""),  # the message that this one stands in for
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
    _at("fetched_at", nullable=True),  # when they read it, where they come for it
    _at("settled_at", nullable=True),
    sa.UniqueConstraint("partner_id", "idem", name="outbox_idem"),
    sa.Index("outbox_id", "id"),
    sa.Index("outbox_receipt", "receipt_id"),
)
_OF_ORDER = outbox.c.order_id != ""
sa.Index(
    "outbox_order",
    outbox.c.order_id,
    sqlite_where=_OF_ORDER,
    postgresql_where=_OF_ORDER,
)
OUTBOX_OF_ORDER = sa.text("outbox.order_id != ''")
# A group has mostly its interchange's number, and a file for our ERP has none.
_NUMBERED = outbox.c.interchange_number > 0
sa.Index(
    "outbox_interchange",
    outbox.c.partner_id,
    outbox.c.interchange_number,
    sqlite_where=_NUMBERED,
    postgresql_where=_NUMBERED,
)
OUTBOX_NUMBERED = sa.text("outbox.interchange_number > 0")
_APART = outbox.c.group_number != outbox.c.interchange_number
sa.Index(
    "outbox_group",
    outbox.c.partner_id,
    outbox.c.group_number,
    sqlite_where=_APART,
    postgresql_where=_APART,
)
OUTBOX_APART = sa.text("outbox.group_number != outbox.interchange_number")
sa.Index(
    "outbox_todo",
    outbox.c.lane,
    outbox.c.seq,
    sqlite_where=outbox.c.delivery.in_(("queued", "sending")),
    postgresql_where=outbox.c.delivery.in_(("queued", "sending")),
)
sa.Index(
    "outbox_failed",
    outbox.c.id,
    sqlite_where=outbox.c.delivery == "failed",
    postgresql_where=outbox.c.delivery == "failed",
)
OUTBOX_FAILED = sa.text("outbox.delivery = 'failed'")
sa.Index(
    "outbox_cancelled",
    outbox.c.id,
    sqlite_where=outbox.c.delivery == "cancelled",
    postgresql_where=outbox.c.delivery == "cancelled",
)
OUTBOX_CANCELLED = sa.text("outbox.delivery = 'cancelled'")
_DISPUTED = outbox.c.acknowledgement.in_(
    ("accepted_with_errors", "partly_accepted", "rejected", "overdue")
)
sa.Index(
    "outbox_disputed",
    outbox.c.acknowledgement,
    outbox.c.id,
    sqlite_where=_DISPUTED,
    postgresql_where=_DISPUTED,
)
OUTBOX_DISPUTED = sa.text(
    "outbox.acknowledgement IN "
    "('accepted_with_errors', 'partly_accepted', 'rejected', 'overdue')"
)

sa.Index(
    "outbox_wire",
    outbox.c.wire_id,
    sqlite_where=outbox.c.wire_id != "",
    postgresql_where=outbox.c.wire_id != "",
)
OUTBOX_WIRED = sa.text("outbox.wire_id != ''")  # as the partial index says it

wire = sa.Table(  # what messages were wrapped into, and where its receipt stands
    "wire",
    metadata,
    _key("partner_id"),
    _key("id"),  # its Message-ID
    _text("message_id"),  # of our message that it was made for
    _sum("sha256"),
    _packed("facts"),  # what its receipt is held against, as JSON
    _text("state"),
    _at("since"),  # when the first attempt was made
    _at("changed_at"),
    sa.Index("wire_id", "id"),
    sa.Index("wire_message", "message_id"),
)

wire_answer = sa.Table(  # what a partner answered to an attempt
    "wire_answer",
    metadata,
    _key("partner_id"),
    _key("id"),
    _text("wire_id"),
    _text("message_id"),
    _at("at"),
    _whole("status"),
    _sum("sha256"),
    _text("state"),
    sa.Index("wire_answer_wire", "wire_id"),
)

as2_message = sa.Table(  # a request to our AS2 door: a message, or an MDN for ours
    "as2_message",
    metadata,
    _key("partner_id"),
    _key("id"),
    _text("key"),  # AS2-From, AS2-To and Message-ID
    _text("message_id"),
    _text("peer"),
    _packed("headers"),  # the request line and headers, as they came
    _packed("facts"),  # TLS, what was found of it and decided, as JSON
    _sum("raw_sha256"),  # of the headers, an empty line and the body
    _sum("sha256"),  # of the body
    _whole("size"),
    _at("received_at"),
    _text("state"),  # received, answered, given_up, settled (an MDN for ours)
    _text("disposition", ""),
    _text("mic", ""),
    _sum("content_sha256"),  # of what was in it
    _text("repeats", ""),  # the request that this one repeats
    _sum("reply_sha256"),  # of the MDN with its headers
    _text("reply_by", ""),  # sync, async, none
    _whole("attempts", "0"),
    _at("next_at"),
    _text("lease_owner", ""),
    _at("answered_at", nullable=True),
    sa.Index("as2_message_id", "id"),
    sa.Index("as2_message_key", "partner_id", "key"),
    sa.Index("as2_message_name", "message_id"),
)
sa.Index(
    "as2_message_todo",
    as2_message.c.next_at,
    as2_message.c.id,
    sqlite_where=as2_message.c.state == "received",
    postgresql_where=as2_message.c.state == "received",
)
AS2_DUE = sa.text("as2_message.state = 'received'")

lane = sa.Table(  # a way to a partner: who sends there, and until when it rests
    "lane",
    metadata,
    _key("partner_id"),
    _key("name"),
    _at("next_at"),
    _at("lease_until"),
    _text("lease_owner", ""),
    _whole("epoch", "0"),
    _whole("failures", "0"),  # connections in a row that failed
    _at("turn_at"),
    _at("opened_at", nullable=True),  # when its schedule came last
    sa.Index("lane_name", "name", unique=True),
)

lane_end = sa.Table(
    "lane_end",
    metadata,
    _key("partner_id"),
    _key("lane"),
    _whole("last"),
)

schedule = sa.Table(
    "schedule",
    metadata,
    _key("partner_id"),
    _key("name"),
    _text("cron"),
    _text("tz"),
    _at("next_at"),
    _at("fired_at", nullable=True),
    # of looks into a partner's server: who is at it, and what came of the last one
    _text("lease_owner", ""),
    _at("lease_until", nullable=True),
    _whole("failures", "0"),
    _text("code", ""),
)

remote_file = sa.Table(  # files on partners' servers, from look to look
    "remote_file",
    metadata,
    _key("partner_id"),
    _key("channel"),
    _key("path"),
    _whole("size"),
    _whole("mtime"),
    _whole("looks"),
    _at("since"),
    _at("counted_at"),
    _text("state"),
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

inbound_sequence = sa.Table(
    "inbound_sequence",
    metadata,
    _key("partner_id"),
    _key("sequence"),
    _whole("last"),
    _text("missing"),  # 6-8,12: passed over, and not come yet
)

deadline = sa.Table(
    "deadline",
    metadata,
    _key("partner_id"),
    sa.Column("kind", Kind, primary_key=True),
    _key("ref"),
    _at("due_at"),
    _at("done_at", nullable=True),
)
sa.Index(
    "deadline_due",
    deadline.c.kind,
    deadline.c.due_at,
    sqlite_where=deadline.c.done_at.is_(None),
    postgresql_where=deadline.c.done_at.is_(None),
)

sla = sa.Table(  # clocks that have come so far that it was told
    "sla",
    metadata,
    _key("partner_id"),
    _key("kind"),
    _key("ref"),
    sa.Column("started_at", Instant, primary_key=True),
    _text("number"),
    _text("level"),  # warn, overdue, breach
    _at("due_at"),
    _at("breach_at", nullable=True),
    _at("done_at", nullable=True),
    _text("outcome", ""),  # met, late, void; empty: it runs
    _text("costs", ""),  # what the breach cost when it was over, like 250.00 USD
    sa.Index("sla_started", "started_at"),
)
sa.Index(
    "sla_running",
    sla.c.kind,
    sqlite_where=sla.c.outcome == "",
    postgresql_where=sla.c.outcome == "",
)
SLA_RUNNING = sa.text("sla.outcome = ''")  # as the partial index says it


def _document(name: str) -> tuple[sa.Table, sa.Table]:
    """What our ERP told of orders: its documents, and the order lines in them."""
    whole = sa.Table(
        name,
        metadata,
        _key("partner_id"),
        _key("id"),
        _text("number"),
        _text("digest"),
        _packed("body"),
        _text("receipt_id"),
        _at("created_at"),
        sa.UniqueConstraint("partner_id", "number", name=f"{name}_number"),
        sa.Index(f"{name}_id", "id"),
        sa.Index(f"{name}_receipt", "receipt_id"),
    )
    line = sa.Table(
        f"{name}_line",
        metadata,
        _key("partner_id"),
        _key("order_id"),
        _key(f"{name}_id"),
        sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
        _text("line_no"),
        _text("quantity"),
        sqlite_with_rowid=False,
    )
    return whole, line


shipment, shipment_line = _document("shipment")

# Every SSCC that stands on a package of ours, for ever: none is used twice.
sscc = sa.Table(
    "sscc",
    metadata,
    _key("sscc"),
    _text("shipment_id"),
    _at("used_at"),
    sqlite_with_rowid=False,
)

sscc_counter = sa.Table(
    "sscc_counter",
    metadata,
    _key("prefix"),
    _key("extension"),
    _whole("last"),
    sqlite_with_rowid=False,
)

invoice, invoice_line = _document("invoice")

# What partners say of documents of ours, and which ones they mean.
advice = sa.Table(
    "advice",
    metadata,
    _key("partner_id"),
    _key("id"),
    _text("kind"),  # application, remittance, text
    _text("number"),
    _sum("digest"),
    sa.Column("test", sa.Boolean, nullable=False),
    _packed("body"),
    _text("receipt_id"),
    _text("message_id"),
    _at("created_at"),
    sa.UniqueConstraint("partner_id", "digest", name="advice_digest"),
    sa.Index("advice_id", "id"),
)

advice_link = sa.Table(
    "advice_link",
    metadata,
    _key("partner_id"),
    _key("advice_id"),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    _text("kind"),  # invoice, shipment, order
    _text("number"),
    _text("ref"),  # the document's id; empty: none of ours
    _text("outbox_id"),  # the message that told it
    _text("order_id"),
    _text("state"),
    _text("paid"),
    _text("discount"),
    _text("currency"),
    sa.Index("advice_link_ref", "ref"),
    sa.Index("advice_link_order", "order_id"),
)

stock = sa.Table(
    "stock",
    metadata,
    _key("sku"),
    _key("place"),
    _text("available"),
    _text("unit"),
    _at("as_of"),
    _text("expected"),  # days and quantities that are to come, as JSON
    _text("receipt_id"),
    _at("changed_at"),
    sqlite_with_rowid=False,
)

# What was promised of the stock since it was counted: in all, and line by line.
promised = sa.Table(
    "promised",
    metadata,
    _key("sku"),
    _text("quantity"),
    sqlite_with_rowid=False,
)

promise = sa.Table(
    "promise",
    metadata,
    _key("partner_id"),
    _key("order_id"),
    _key("line_no"),
    _text("sku"),
    _text("quantity"),
    _at("at"),
    sa.Index("promise_sku", "sku", "at"),
)

# What releases have drawn of blanket orders: line by line, and in all of each line.
draw = sa.Table(
    "draw",
    metadata,
    _key("partner_id"),
    _key("order_id"),
    _key("line_no"),
    _key("blanket_line"),
    _text("blanket_id"),
    _text("quantity"),
    _text("value"),
    sa.Index("draw_order", "order_id"),
)

drawn = sa.Table(
    "drawn",
    metadata,
    _key("partner_id"),
    _key("blanket_id"),
    _key("line_no"),
    _text("quantity"),
    _text("value"),
    sa.Index("drawn_blanket", "blanket_id"),
)

# Rows are inserted and never changed, but for the two columns that the sealer fills.
# No primary key: an event is found by its id until it is sealed, by its number then.
event = sa.Table(
    "event",
    metadata,
    _text("partner_id"),
    _text("id"),
    _at("at"),
    _text("name"),
    _text("ref"),
    sa.Column("detail", Detail, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=True),
    sa.Column(  # on SQLite room for it from the start: a row that grows splits its page
        "hash", sa.LargeBinary, nullable=True, server_default=sa.FetchedValue()
    ),
)
sa.Index(
    "event_unsealed",
    event.c.id,
    unique=True,
    sqlite_where=event.c.seq.is_(None),
    postgresql_where=event.c.seq.is_(None),
)
sa.Index(
    "event_seq",
    event.c.seq,
    unique=True,
    sqlite_where=event.c.seq.is_not(None),
    postgresql_where=event.c.seq.is_not(None),
)
sa.Index(  # filled by the sealer, so that inserting an event does not wait for it
    "event_ref",
    event.c.ref,
    sqlite_where=event.c.seq.is_not(None),
    postgresql_where=event.c.seq.is_not(None),
)

checkpoint = sa.Table(
    "checkpoint",
    metadata,
    sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
    _whole("first"),
    _whole("last"),
    _text("before"),
    _text("hash"),
    _at("at"),
    _text("key"),
    _text("signature"),
    # of deleted events: when, and the digests of all where some had to stay
    _at("dropped_at", nullable=True),
    sa.Column("digests", sa.LargeBinary, nullable=True),
    sa.UniqueConstraint("last", name="checkpoint_last"),
)

payload_key = sa.Table(
    "payload_key",
    metadata,
    _key("id"),
    sa.Column("proof", sa.LargeBinary, nullable=False),
    _at("since"),
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
    _text("rights"),  # words with blanks between
    _at("created_at"),
    _at("expires_at", nullable=True),  # from then on it opens nothing; none: never
    _at("revoked_at", nullable=True),
)

sftp_account = sa.Table(  # a partner's way in to our SFTP door
    "sftp_account",
    metadata,
    _key("partner_id"),
    _key("name"),
    _text("password"),  # scrypt, with its salt; empty: keys only
    _text("sources"),  # networks with blanks between; empty: any
    _whole("quota_bytes"),  # 0: as the settings say, here and below
    _whole("file_bytes"),
    _whole("sessions"),
    _at("created_at"),
    sa.Index("sftp_account_name", "name", unique=True),
)

sftp_key = sa.Table(
    "sftp_key",
    metadata,
    _key("partner_id"),
    _key("account"),
    _key("fingerprint"),
    _text("public_key"),
    _at("added_at"),
)

own_key = sa.Table(
    "own_key",
    metadata,
    _key("partner_id"),  # the one partner it is for; empty: everybody
    _key("id"),
    _text("name"),
    _text("uses"),  # words with blanks between
    _text("state"),
    _at("active_from", nullable=True),
    _at("active_to", nullable=True),
    _text("certificate"),  # PEM
    _text("chain"),  # PEM
    _packed("private_key"),  # sealed PEM; empty: see reference, or destroyed
    _text("reference"),  # file:PATH or env:NAME
    _at("created_at"),
    _at("changed_at"),
    _at("destroyed_at", nullable=True),
)

secret = sa.Table(
    "secret",
    metadata,
    _key("name"),
    _packed("body"),  # sealed
    _at("changed_at"),
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

# What an order asks for most: the number first, since a common first column would be
# compared at every step of every look-up (ADR 12).
item = sa.Table(
    "item",
    metadata,
    sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
    _key("partner_id"),
    _text("body"),
    sqlite_with_rowid=False,
)

item_key = sa.Table(
    "item_key",
    metadata,
    sa.Column("key", _BYTEWISE, primary_key=True),  # the shop asks for beginnings
    _key("partner_id"),
    sa.Column("item", sa.BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# Words of descriptions, for the shop. A row has those items of a price list that hold
# the word: their distance from ``start``, as 16 bits each.
item_word = sa.Table(
    "item_word",
    metadata,
    _key("partner_id"),
    sa.Column("price_list", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("word", sa.LargeBinary, primary_key=True),  # UTF-8
    sa.Column("start", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("items", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

punchout_key = sa.Table(  # what tokens and marks are made with
    "punchout_key",
    metadata,
    _key("name"),
    _packed("body"),  # sealed
    _at("since"),
)

punchout_session = sa.Table(
    "punchout_session",
    metadata,
    _key("partner_id"),
    _key("id"),
    _text("way"),  # cxml, oci
    _text("operation"),
    _text("state"),
    sa.Column("test", sa.Boolean, nullable=False),
    _text("allowed"),  # the highest operation that may be asked for later
    _at("started_at"),
    _at("opened_at", nullable=True),
    _at("ends_at", nullable=True),  # when it closes by itself; none: it is over
    _at("changed_at"),
    _sum("key_sum"),  # of the live key, which only the browser has
    _text("entered_by", ""),  # cookie, path; empty: not yet
    _packed("body"),  # what the buyer asked for, as JSON; this and the next two sealed
    _packed("basket"),
    _packed("returned"),  # the form that took the cart back, and what was in it
    sa.Index("punchout_session_id", "id"),
)
sa.Index(
    "punchout_session_open",
    punchout_session.c.ends_at,
    sqlite_where=punchout_session.c.ends_at.is_not(None),
    postgresql_where=punchout_session.c.ends_at.is_not(None),
)
PUNCHOUT_OPEN = sa.text("punchout_session.ends_at IS NOT NULL")

cart_line = sa.Table(  # what punch-out carts promised, as they went back
    "cart_line",
    metadata,
    _key("partner_id"),
    _key("session_id"),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    _text("sku"),
    _at("returned_at"),
    _packed("body"),
    sa.Index("cart_line_item", "sku", "partner_id", "returned_at"),
    sa.Index("cart_line_returned", "returned_at"),
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

alert = sa.Table(
    "alert",
    metadata,
    _key("partner_id"),
    _key("id"),
    _text("kind"),
    _text("code"),
    _text("what"),
    _text("ref"),  # the order, message, receipt ... that it is about
    _at("at"),
    _text("state"),  # new, routed
    _at("done_at", nullable=True),  # when it needed nobody any more
    sa.Index("alert_at", "at"),
    sa.Index("alert_id", "id"),
)
ALERT_OPEN = sa.text("alert.done_at IS NULL AND alert.kind != 'held'")
_ALERT_OPEN = sa.and_(alert.c.done_at.is_(None), alert.c.kind != "held")
sa.Index(  # what is held has rows of its own: ``waiting``, ``order_change``
    "alert_open",
    alert.c.id,
    sqlite_where=_ALERT_OPEN,
    postgresql_where=_ALERT_OPEN,
)
sa.Index(
    "alert_open_ref",
    alert.c.ref,
    sqlite_where=_ALERT_OPEN,
    postgresql_where=_ALERT_OPEN,
)
sa.Index(
    "alert_new",
    alert.c.id,
    sqlite_where=alert.c.state == "new",
    postgresql_where=alert.c.state == "new",
)

alert_due = sa.Table(  # who is to be told what, and when; deleted when it is done
    "alert_due",
    metadata,
    _key("partner_id"),
    _key("target"),
    _key("alert_id"),
    _text("cause"),
    _at("due_at"),
    sa.Column("if_lasting", sa.Boolean, nullable=False),
    sa.Index("alert_due_at", "due_at"),
)

alert_breaker = sa.Table(
    "alert_breaker",
    metadata,
    _key("partner_id"),
    _key("target"),
    _key("cause"),
    _at("since"),  # the window's begin
    _whole("count"),
    _at("last_at"),
    sa.Column("tripped", sa.Boolean, nullable=False),
    _whole("withheld"),
)

crl = sa.Table(  # a revocation list without its entries
    "crl",
    metadata,
    _key("id"),
    _text("issuer"),  # the sum of its issuer's name
    _sum("sha256"),  # of the list as it came
    _text("signer"),  # the sum of the key that signed it
    _text("source"),  # a file or an address
    _at("since"),
    _at("until"),
    _at("kept_at"),
    _whole("entries"),
    _whole("parts"),
    _text("scope"),  # the sum of what it is about: its points, kinds, only changes
    sa.Column("is_delta", sa.Boolean, nullable=False),
    sa.Column("head", sa.LargeBinary, nullable=False),
    sa.Index("crl_issuer", "issuer", "since"),
    sa.Index("crl_sum", "sha256", unique=True),
)

crl_part = sa.Table(  # entries of a list by their keys' sums
    "crl_part",
    metadata,
    _key("crl_id"),
    sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

signed_document = sa.Table(  # what came signed, and what was found out about it
    "signed_document",
    metadata,
    _key("partner_id"),
    _key("id"),
    _sum("sha256"),  # of the bytes as they came
    _text("verdict"),
    _text("receipt_id"),  # of what was signed; empty: it was not taken
    _text("peer"),
    _at("received_at"),
    _packed("report"),
    _packed("chain"),  # the certificates of the path as PEM
    sa.Index("signed_document_sum", "partner_id", "sha256"),
    sa.Index("signed_document_receipt", "receipt_id"),
)
_HALF = signed_document.c.verdict == "waiting"
sa.Index(
    "signed_document_waiting",
    signed_document.c.partner_id,
    sqlite_where=_HALF,
    postgresql_where=_HALF,
)

tally = sa.Table(  # what all processes counted, for /metrics
    "tally",
    metadata,
    _key("name"),
    _key("labels"),
    sa.Column("value", sa.Float(53), nullable=False),
)

worker = sa.Table(
    "worker",
    metadata,
    _key("owner"),  # as it stands in the leases
    sa.Column("key", sa.BigInteger, nullable=False),  # of its lock on PostgreSQL
    _at("since"),
)

user_account = sa.Table(  # a person who may use the console
    "user_account",
    metadata,
    _key("id"),
    sa.Column("login", sa.Text, nullable=False, unique=True),  # in small letters
    _text("name"),
    _text("role"),
    sa.Column("partner_id", sa.Text, nullable=True),  # sees this partner's rows only
    _text("password"),  # as argon2 writes it; empty: another way to log in
    _text("subject"),  # who it is to the OpenID provider: issuer, a blank, subject
    _text("zone"),
    _text("language"),
    _at("created_at"),
    _at("disabled_at", nullable=True),
    sa.Index("user_account_subject", "subject"),
)

login_attempt = sa.Table(  # tries to log in to the console
    "login_attempt",
    metadata,
    _key("who"),  # the sum of a name that was typed; empty: whoever it was
    _key("place"),  # an address or its network; *: all that are not known
    _whole("failures"),  # since the last right one; of whoever it was, in a minute
    _at("at"),
    _at("locked_until", nullable=True),
    _at("known_at", nullable=True),  # when it was right here
    sa.Index("login_attempt_at", "at"),
)

console_session = sa.Table(  # a browser that is logged in
    "console_session",
    metadata,
    _key("sha256"),  # of what its cookie holds
    _text("user_id"),
    _at("began_at"),
    _at("seen_at"),
    _text("notice"),  # what the next page tells; then empty
    sa.Index("console_session_user", "user_id"),
    sa.Index("console_session_seen", "seen_at"),
)

webhook = sa.Table(  # where events are posted to
    "webhook",
    metadata,
    _key("partner_id"),  # whose events; empty: everybody's
    _key("id"),
    _text("name"),
    _text("url"),
    _text("events"),  # types with blanks between; empty: all
    _packed("secrets"),  # what they are signed with, as JSON; sealed
    _text("state"),  # active, paused
    _text("why", ""),  # it was paused, when it was not by an operator
    _whole("cursor"),  # the last event of the journal that was looked at for it
    _whole("version"),
    _whole("failures", "0"),  # posts in a row that did not get through
    _at("next_at"),
    _text("lease_owner", ""),
    _at("lease_until"),
    _at("created_at"),
    _at("changed_at"),
    sa.Index("webhook_id", "id", unique=True),
)

webhook_event = sa.Table(  # what is to be posted, was, and was given up
    "webhook_event",
    metadata,
    _key("partner_id"),
    _key("webhook_id"),
    _key("id"),
    _whole("seq"),
    _text("key"),  # events of one key are posted one after the other
    _text("type"),
    _text("state"),  # queued, delivered, dead
    _whole("attempts", "0"),
    _at("next_at"),
    _at("queued_at"),
    _at("at"),
    _at("settled_at", nullable=True),
    _text("said", ""),
    _packed("body"),
    sa.Index("webhook_event_seq", "webhook_id", "seq", unique=True),
    sa.Index("webhook_event_at", "at"),
)
sa.Index(
    "webhook_event_todo",
    webhook_event.c.webhook_id,
    webhook_event.c.key,
    webhook_event.c.seq,
    sqlite_where=webhook_event.c.state == "queued",
    postgresql_where=webhook_event.c.state == "queued",
)
WEBHOOK_QUEUED = sa.text("webhook_event.state = 'queued'")  # as the index says it

api_reply = sa.Table(  # what the API answered under an idempotency key
    "api_reply",
    metadata,
    _key("caller"),
    _key("key"),
    _sum("asked"),  # of what was asked for
    _whole("status", "0"),  # 0: it is under way
    _text("headers", ""),
    _packed("body"),
    _at("at"),
    sa.Index("api_reply_at", "at"),
)

waiting = sa.Table(  # why held orders wait for people: a row for each line and cause
    "waiting",
    metadata,
    _key("partner_id"),
    _key("order_id"),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    _text("cause"),
    _text("code"),
    _text("line_no"),  # empty: the order as a whole
    _text("what"),
    _text("key"),  # what a cross-reference would answer, as it is looked for
    _text("theirs"),  # the same as they sent it
    _text("po_number"),
    _whole("stake"),  # minor units of the currency
    _text("currency"),
    _at("since"),
    sa.Index("waiting_order", "order_id", "cause"),
    sa.Index("waiting_cause", "cause", "order_id"),
    sa.Index("waiting_key", "key", "partner_id"),
)

approval = sa.Table(  # decisions about prices that a second person has to confirm
    "approval",
    metadata,
    _key("partner_id"),
    _key("order_id"),
    _whole("version"),
    _text("as_"),
    _text("lines"),  # their numbers as JSON
    _text("reason"),
    _text("by"),
    _at("asked_at"),
    _whole("stake"),
    _text("currency"),
)

cross_reference = sa.Table(  # what operators said once, and what came of it
    "cross_reference",
    metadata,
    _key("partner_id"),
    _key("id"),
    _text("kind"),  # item, ship_to, unit
    _text("key"),  # their number as it is looked for
    _text("theirs"),
    _text("about"),  # of a unit: our item; empty: any
    _text("ours"),  # empty: it means nothing any more
    _text("valid_from"),  # a day
    _text("by"),
    _text("reason"),
    _at("created_at"),
    _text("state"),  # working: orders wait to be looked at again; done
    _packed("report"),  # what became of them, as JSON
    sa.Index("cross_reference_id", "id"),
    sa.Index("cross_reference_key", "partner_id", "kind", "key"),
)
sa.Index(
    "cross_reference_working",
    cross_reference.c.id,
    sqlite_where=cross_reference.c.state == "working",
    postgresql_where=cross_reference.c.state == "working",
)
CROSS_REFERENCE_WORKING = sa.text("cross_reference.state = 'working'")

list_source = sa.Table(  # where a revocation list is fetched from, and when again
    "list_source",
    metadata,
    _key("url"),
    _at("next_at"),
    _text("lease_owner", ""),
    _at("lease_until", nullable=True),
    _at("looked_at", nullable=True),
    _at("until", nullable=True),  # the end of the list that is kept
    _text("etag", ""),
    _text("modified", ""),
    _whole("failures", "0"),
    _text("said", ""),  # why the last look failed
    _text("along", ""),  # certificates that came with a document, as PEM
)

ocsp_answer = sa.Table(  # what a responder said, for as long as it says itself
    "ocsp_answer",
    metadata,
    _key("certificate"),  # its sum
    _sum("sha256", primary_key=True),
    _at("since"),
    _at("until"),
    _at("kept_at"),
    _text("source"),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("ocsp_answer_at", "certificate", "since"),
)

message_view = sa.Table(  # a list of messages that somebody comes back to
    "message_view",
    metadata,
    _key("user_id"),
    _key("name"),
    _text("query"),  # of its address
    _at("created_at"),
)

profile_proposal = sa.Table(  # profiles with other certificates, to be confirmed
    "profile_proposal",
    metadata,
    _key("partner_id"),
    _whole("base"),  # the version that it takes the place of
    _text("yaml"),
    _text("reason"),
    _text("by"),
    _at("asked_at"),
)


def blank(table: sa.Table) -> dict[str, object]:
    """A row of a table that says nothing."""
    return {column.name: _blank(column) for column in table.columns}


def _blank(column: sa.Column[Any]) -> object:
    if column.nullable:
        return None
    return "" if column.type.python_type is str else 0
