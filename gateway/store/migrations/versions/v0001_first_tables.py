"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915  a statement for each table and index
    """Make all tables."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    bytewise = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    # Numbers stand first in tables that have many rows: PostgreSQL begins them at a
    # multiple of eight bytes, and leaves a gap behind each text before one.
    op.create_table(
        "alert",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("partner_id", "id"),
    )
    op.create_index("alert_at", "alert", ["at"])
    op.create_index("alert_id", "alert", ["id"])
    op.create_index(
        "alert_open",
        "alert",
        ["id"],
        sqlite_where=sa.text("done_at IS NULL AND kind != 'held'"),
        postgresql_where=sa.text("done_at IS NULL AND kind != 'held'"),
    )
    op.create_index(
        "alert_open_ref",
        "alert",
        ["ref"],
        sqlite_where=sa.text("done_at IS NULL AND kind != 'held'"),
        postgresql_where=sa.text("done_at IS NULL AND kind != 'held'"),
    )
    op.create_index(
        "alert_new",
        "alert",
        ["id"],
        sqlite_where=sa.text("state = 'new'"),
        postgresql_where=sa.text("state = 'new'"),
    )
    op.create_table(
        "alert_breaker",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("tripped", sa.Boolean(), nullable=False),
        sa.Column("withheld", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "target", "cause"),
    )
    op.create_table(
        "alert_due",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("if_lasting", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "target", "alert_id"),
    )
    op.create_index("alert_due_at", "alert_due", ["due_at"])
    op.create_table(
        "cart_line",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("returned_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "session_id", "line"),
    )
    op.create_index("cart_line_item", "cart_line", ["sku", "partner_id", "returned_at"])
    op.create_index("cart_line_returned", "cart_line", ["returned_at"])
    op.create_table(
        "crl",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("parts", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("is_delta", sa.Boolean(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("crl_issuer", "crl", ["issuer", "since"])
    op.create_index("crl_sum", "crl", ["sha256"], unique=True)
    op.create_table(
        "crl_part",
        sa.Column("crl_id", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("crl_id", "part"),
    )
    op.create_table(
        "signed_document",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "id"),
    )
    op.create_index("signed_document_sum", "signed_document", ["partner_id", "sha256"])
    op.create_index("signed_document_receipt", "signed_document", ["receipt_id"])
    op.create_index(
        "signed_document_waiting",
        "signed_document",
        ["partner_id"],
        sqlite_where=sa.text("verdict = 'waiting'"),
        postgresql_where=sa.text("verdict = 'waiting'"),
    )
    op.create_table(
        "tally",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("value", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("name", "labels"),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("rights", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
    )
    op.create_table(
        "sftp_account",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("quota_bytes", sa.BigInteger(), nullable=False),
        sa.Column("file_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sessions", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "name"),
    )
    op.create_index("sftp_account_name", "sftp_account", ["name"], unique=True)
    op.create_table(
        "sftp_key",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "account", "fingerprint"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("dropped_at", sa.BigInteger(), nullable=True),
        sa.Column("digests", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("n"),
        sa.UniqueConstraint("last", name="checkpoint_last"),
    )
    op.create_table(
        "contract",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("price_list", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "id"),
    )
    op.create_table(
        "control_counter",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("interchange", sa.BigInteger(), nullable=False),
        sa.Column("group", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "series"),
    )
    op.create_table(
        "deadline",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("partner_id", "kind", "ref"),
    )
    op.create_index(
        "deadline_due",
        "deadline",
        ["kind", "due_at"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "sla",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("breach_at", sa.BigInteger(), nullable=True),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("costs", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "kind", "ref", "started_at"),
    )
    op.create_index("sla_started", "sla", ["started_at"], unique=False)
    op.create_index(
        "sla_running",
        "sla",
        ["kind"],
        unique=False,
        sqlite_where=sa.text("outcome = ''"),
        postgresql_where=sa.text("outcome = ''"),
    )
    op.create_table(
        "event",
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.Column(
            "hash",
            sa.LargeBinary(),
            server_default=sa.text("(zeroblob(32))") if is_sqlite else None,
            nullable=True,
        ),
    )
    if not is_sqlite:  # there is no primary key that a subscriber could go by
        op.execute("ALTER TABLE event REPLICA IDENTITY FULL")
    for name, column, unique, state in (
        ("event_unsealed", "id", True, "seq IS NULL"),
        ("event_seq", "seq", True, "seq IS NOT NULL"),
        ("event_ref", "ref", False, "seq IS NOT NULL"),
    ):
        op.create_index(
            name,
            "event",
            [column],
            unique=unique,
            sqlite_where=sa.text(state),
            postgresql_where=sa.text(state),
        )
    op.create_table(
        "finding",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "id"),
    )
    op.create_index("finding_code", "finding", ["code", "message_id"])
    op.create_index("finding_message", "finding", ["message_id"], unique=False)
    op.create_index("finding_order", "finding", ["order_id"], unique=False)
    op.create_index(
        "finding_receipt", "finding", ["receipt_id", "ordinal"], unique=False
    )
    op.create_table(
        "inbound_key",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "kind", "key"),
    )
    op.create_index("inbound_key_seen", "inbound_key", ["seen_at"], unique=False)
    op.create_table(
        "inbound_sequence",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "sequence"),
    )
    op.create_table(
        "interchange",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("control_number", sa.Text(), nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", "partner_id"),
    )
    op.create_index("interchange_number", "interchange", ["control_number"])
    op.create_index("interchange_receipt", "interchange", ["receipt_id"], unique=False)
    op.create_table(
        "invoice",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "id"),
        sa.UniqueConstraint("partner_id", "number", name="invoice_number"),
    )
    op.create_index("invoice_id", "invoice", ["id"], unique=False)
    op.create_index("invoice_receipt", "invoice", ["receipt_id"], unique=False)
    op.create_table(
        "invoice_line",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line_no", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "order_id", "invoice_id", "n"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "advice",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "id"),
        sa.UniqueConstraint("partner_id", "digest", name="advice_digest"),
    )
    op.create_index("advice_id", "advice", ["id"], unique=False)
    op.create_table(
        "advice_link",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("advice_id", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("outbox_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("paid", sa.Text(), nullable=False),
        sa.Column("discount", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "advice_id", "n"),
    )
    op.create_index("advice_link_ref", "advice_link", ["ref"], unique=False)
    op.create_index("advice_link_order", "advice_link", ["order_id"], unique=False)
    op.create_table(
        "item",
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("n", "partner_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "item_key",
        sa.Column("key", bytewise, nullable=False),
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("item", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", "partner_id", "item"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "item_word",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("price_list", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("word", sa.LargeBinary(), nullable=False),
        sa.Column("start", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("items", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "price_list", "word", "start"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "message",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("interchange_id", sa.Text(), nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("group_control_number", sa.Text(), nullable=False),
        sa.Column("control_number", sa.Text(), nullable=False),
        sa.Column("validation", sa.Text(), nullable=False),
        sa.Column("byte_offset", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "id"),
    )
    op.create_index("message_id", "message", ["id"], unique=False)
    troubled = sa.text("validation IN ('rejected', 'accepted_with_errors')")
    op.create_index(
        "message_troubled",
        "message",
        ["validation", "id"],
        sqlite_where=troubled,
        postgresql_where=troubled,
    )
    op.create_index("message_receipt", "message", ["receipt_id"], unique=False)
    op.create_table(
        "order_change",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("buyer_party", sa.Text(), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("po_number", sa.Text(), nullable=False),
        sa.Column("release_number", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("ack", sa.LargeBinary(), nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "id"),
    )
    op.create_index("order_change_id", "order_change", ["id"])
    op.create_index("order_change_order", "order_change", ["order_id"])
    op.create_index(
        "order_change_waiting",
        "order_change",
        ["po_number"],
        sqlite_where=sa.text("order_id = '' AND state IN ('waiting', 'held')"),
        postgresql_where=sa.text("order_id = '' AND state IN ('waiting', 'held')"),
    )
    op.create_index(
        "order_change_open",
        "order_change",
        ["id"],
        sqlite_where=sa.text("state IN ('waiting', 'held')"),
        postgresql_where=sa.text("state IN ('waiting', 'held')"),
    )
    op.create_table(
        "order_version",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "order_id", "n"),
    )
    op.create_table(
        "orders",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("buyer_party", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("po_number", sa.Text(), nullable=False),
        sa.Column("release_number", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("line_count", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "id"),
    )
    op.create_index("order_id", "orders", ["id"], unique=False)
    op.create_index(
        "order_po",
        "orders",
        ["po_number", "partner_id", "buyer_party", "kind", "release_number"],
        unique=True,
    )
    op.create_index(
        "orders_undecided",
        "orders",
        ["receipt_id"],
        unique=False,
        sqlite_where=sa.text("state IN ('received', 'held')"),
        postgresql_where=sa.text("state IN ('received', 'held')"),
    )
    op.create_index(
        "orders_uncommon",
        "orders",
        ["state", "id"],
        sqlite_where=sa.text("state NOT IN ('confirmed', 'shipped', 'invoiced')"),
        postgresql_where=sa.text("state NOT IN ('confirmed', 'shipped', 'invoiced')"),
    )
    op.create_table(
        "lane",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.Column("lease_owner", sa.Text(), server_default="", nullable=False),
        sa.Column("epoch", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("turn_at", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("partner_id", "name"),
    )
    op.create_index("lane_name", "lane", ["name"], unique=True)
    op.create_table(
        "lane_end",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "lane"),
    )
    op.create_table(
        "schedule",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cron", sa.Text(), nullable=False),
        sa.Column("tz", sa.Text(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("fired_at", sa.BigInteger(), nullable=True),
        sa.Column("lease_owner", sa.Text(), server_default="", nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "name"),
    )
    op.create_table(
        "remote_file",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mtime", sa.BigInteger(), nullable=False),
        sa.Column("looks", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "channel", "path"),
    )
    op.create_table(
        "as2_message",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("headers", sa.LargeBinary(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("raw_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("disposition", sa.Text(), server_default="", nullable=False),
        sa.Column("mic", sa.Text(), server_default="", nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("repeats", sa.Text(), server_default="", nullable=False),
        sa.Column("reply_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("reply_by", sa.Text(), server_default="", nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_owner", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("partner_id", "id"),
    )
    op.create_index("as2_message_id", "as2_message", ["id"])
    op.create_index("as2_message_key", "as2_message", ["partner_id", "key"])
    op.create_index("as2_message_name", "as2_message", ["message_id"])
    op.create_index(
        "as2_message_todo",
        "as2_message",
        ["next_at", "id"],
        sqlite_where=sa.text("state = 'received'"),
        postgresql_where=sa.text("state = 'received'"),
    )
    op.create_table(
        "outbox",
        sa.Column("seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("interchange_number", sa.BigInteger(), nullable=False),
        sa.Column("group_number", sa.BigInteger(), nullable=False),
        sa.Column("message_number", sa.BigInteger(), nullable=False),
        sa.Column("message_count", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("idem", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("wire_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("wire_id", sa.Text(), server_default="", nullable=False),
        sa.Column("series", sa.Text(), server_default="", nullable=False),
        sa.Column("replay_of", sa.Text(), nullable=False),
        sa.Column("replaces", sa.Text(), server_default="", nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("interchange_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("acknowledgement", sa.Text(), nullable=False),
        sa.Column("lease_owner", sa.Text(), server_default="", nullable=False),
        sa.Column("last_said", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "id"),
        sa.UniqueConstraint("partner_id", "idem", name="outbox_idem"),
    )
    op.create_index("outbox_id", "outbox", ["id"], unique=False)
    op.create_index(
        "outbox_order",
        "outbox",
        ["order_id"],
        unique=False,
        sqlite_where=sa.text("order_id != ''"),
        postgresql_where=sa.text("order_id != ''"),
    )
    op.create_index(
        "outbox_interchange",
        "outbox",
        ["partner_id", "interchange_number"],
        unique=False,
        sqlite_where=sa.text("interchange_number > 0"),
        postgresql_where=sa.text("interchange_number > 0"),
    )
    op.create_index(
        "outbox_group",
        "outbox",
        ["partner_id", "group_number"],
        unique=False,
        sqlite_where=sa.text("group_number != interchange_number"),
        postgresql_where=sa.text("group_number != interchange_number"),
    )
    op.create_index("outbox_receipt", "outbox", ["receipt_id"], unique=False)
    op.create_index(
        "outbox_todo",
        "outbox",
        ["lane", "seq"],
        unique=False,
        sqlite_where=sa.text("delivery IN ('queued', 'sending')"),
        postgresql_where=sa.text("delivery IN ('queued', 'sending')"),
    )
    op.create_index(
        "outbox_failed",
        "outbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("delivery = 'failed'"),
        postgresql_where=sa.text("delivery = 'failed'"),
    )
    cancelled = sa.text("delivery = 'cancelled'")
    op.create_index(
        "outbox_cancelled",
        "outbox",
        ["id"],
        sqlite_where=cancelled,
        postgresql_where=cancelled,
    )
    disputed = sa.text(
        "acknowledgement IN "
        "('accepted_with_errors', 'partly_accepted', 'rejected', 'overdue')"
    )
    op.create_index(
        "outbox_disputed",
        "outbox",
        ["acknowledgement", "id"],
        sqlite_where=disputed,
        postgresql_where=disputed,
    )
    op.create_index(
        "outbox_wire",
        "outbox",
        ["wire_id"],
        unique=False,
        sqlite_where=sa.text("wire_id != ''"),
        postgresql_where=sa.text("wire_id != ''"),
    )
    op.create_table(
        "wire",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "id"),
    )
    op.create_index("wire_id", "wire", ["id"], unique=False)
    op.create_index("wire_message", "wire", ["message_id"], unique=False)
    op.create_table(
        "wire_answer",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("wire_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "id"),
    )
    op.create_index("wire_answer_wire", "wire_answer", ["wire_id"], unique=False)
    op.create_table(
        "payload",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_index("payload_kept", "payload", ["kept_at"], unique=False)
    op.create_table(
        "payload_key",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "price_list",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "n"),
    )
    op.create_table(
        "own_key",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("uses", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("active_from", sa.BigInteger(), nullable=True),
        sa.Column("active_to", sa.BigInteger(), nullable=True),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("private_key", sa.LargeBinary(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("destroyed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("partner_id", "id"),
    )
    op.create_table(
        "secret",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "profile_version",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("active_from", sa.BigInteger(), nullable=False),
        sa.Column("yaml", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "n"),
    )
    op.create_table(
        "punchout_key",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "punchout_session",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("allowed", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("key_sum", sa.LargeBinary(), nullable=False),
        sa.Column("entered_by", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("basket", sa.LargeBinary(), nullable=False),
        sa.Column("returned", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "id"),
    )
    op.create_index("punchout_session_id", "punchout_session", ["id"])
    op.create_index(
        "punchout_session_open",
        "punchout_session",
        ["ends_at"],
        sqlite_where=sa.text("ends_at IS NOT NULL"),
        postgresql_where=sa.text("ends_at IS NOT NULL"),
    )
    op.create_table(
        "receipt",
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cursor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("transport_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("lease_owner", sa.Text(), server_default="", nullable=False),
        sa.Column("decided", sa.Text(), server_default="", nullable=False),
        sa.Column("reply", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", "partner_id"),
    )
    op.create_index("receipt_owner", "receipt", ["owner_id", "id"], unique=False)
    op.create_index(
        "receipt_todo",
        "receipt",
        ["next_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'todo'"),
        postgresql_where=sa.text("state = 'todo'"),
    )
    op.create_index(
        "receipt_quarantined",
        "receipt",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'quarantined'"),
        postgresql_where=sa.text("state = 'quarantined'"),
    )
    op.create_table(
        "shipment",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "id"),
        sa.UniqueConstraint("partner_id", "number", name="shipment_number"),
    )
    op.create_index("shipment_id", "shipment", ["id"], unique=False)
    op.create_index("shipment_receipt", "shipment", ["receipt_id"], unique=False)
    op.create_table(
        "shipment_line",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("shipment_id", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line_no", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "order_id", "shipment_id", "n"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sscc",
        sa.Column("sscc", sa.Text(), nullable=False),
        sa.Column("shipment_id", sa.Text(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sscc"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sscc_counter",
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", "extension"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stock",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("available", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("expected", sa.Text(), nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sku", "place"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "promised",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sku"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "promise",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("line_no", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "order_id", "line_no"),
    )
    op.create_index("promise_sku", "promise", ["sku", "at"])
    op.create_table(
        "draw",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("line_no", sa.Text(), nullable=False),
        sa.Column("blanket_line", sa.Text(), nullable=False),
        sa.Column("blanket_id", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "order_id", "line_no", "blanket_line"),
    )
    op.create_index("draw_order", "draw", ["order_id"])
    op.create_table(
        "drawn",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("blanket_id", sa.Text(), nullable=False),
        sa.Column("line_no", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "blanket_id", "line_no"),
    )
    op.create_index("drawn_blanket", "drawn", ["blanket_id"])
    op.create_table(
        "worker",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner"),
    )
    op.create_table(
        "webhook",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_owner", sa.Text(), server_default="", nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "id"),
    )
    op.create_index("webhook_id", "webhook", ["id"], unique=True)
    op.create_table(
        "webhook_event",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("webhook_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("queued_at", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("said", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "webhook_id", "id"),
    )
    op.create_index(
        "webhook_event_seq", "webhook_event", ["webhook_id", "seq"], unique=True
    )
    op.create_index("webhook_event_at", "webhook_event", ["at"])
    op.create_index(
        "webhook_event_todo",
        "webhook_event",
        ["webhook_id", "key", "seq"],
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_table(
        "api_reply",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("asked", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("headers", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "key"),
    )
    op.create_index("api_reply_at", "api_reply", ["at"])
    op.create_table(
        "user_account",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("partner_id", sa.Text(), nullable=True),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("login"),
    )
    op.create_index("user_account_subject", "user_account", ["subject"])
    op.create_table(
        "login_attempt",
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", sa.BigInteger(), nullable=True),
        sa.Column("known_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("who", "place"),
    )
    op.create_index("login_attempt_at", "login_attempt", ["at"])
    op.create_table(
        "console_session",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_index("console_session_user", "console_session", ["user_id"])
    op.create_index("console_session_seen", "console_session", ["seen_at"])
    op.create_table(
        "waiting",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("line_no", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("theirs", sa.Text(), nullable=False),
        sa.Column("po_number", sa.Text(), nullable=False),
        sa.Column("stake", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "order_id", "n"),
    )
    op.create_index("waiting_order", "waiting", ["order_id", "cause"])
    op.create_index("waiting_cause", "waiting", ["cause", "order_id"])
    op.create_index("waiting_key", "waiting", ["key", "partner_id"])
    op.create_table(
        "approval",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("as_", sa.Text(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("stake", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "order_id"),
    )
    op.create_table(
        "cross_reference",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("theirs", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("ours", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "id"),
    )
    op.create_index("cross_reference_id", "cross_reference", ["id"])
    op.create_index(
        "cross_reference_key", "cross_reference", ["partner_id", "kind", "key"]
    )
    op.create_index(
        "cross_reference_working",
        "cross_reference",
        ["id"],
        sqlite_where=sa.text("state = 'working'"),
        postgresql_where=sa.text("state = 'working'"),
    )
    op.create_table(
        "list_source",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_owner", sa.Text(), server_default="", nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("looked_at", sa.BigInteger(), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("etag", sa.Text(), server_default="", nullable=False),
        sa.Column("modified", sa.Text(), server_default="", nullable=False),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("said", sa.Text(), server_default="", nullable=False),
        sa.Column("along", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("url"),
    )
    op.create_table(
        "ocsp_answer",
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("certificate", "sha256"),
    )
    op.create_index("ocsp_answer_at", "ocsp_answer", ["certificate", "since"])
    op.create_table(
        "message_view",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "name"),
    )
    op.create_table(
        "profile_proposal",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("yaml", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id"),
    )


def downgrade() -> None:  # noqa: PLR0915  a statement for each table and index
    """Drop all tables."""
    op.drop_table("profile_proposal")
    op.drop_table("message_view")
    op.drop_index("ocsp_answer_at", table_name="ocsp_answer")
    op.drop_table("ocsp_answer")
    op.drop_table("list_source")
    op.drop_index(
        "cross_reference_working",
        table_name="cross_reference",
        sqlite_where=sa.text("state = 'working'"),
        postgresql_where=sa.text("state = 'working'"),
    )
    op.drop_index("cross_reference_key", table_name="cross_reference")
    op.drop_index("cross_reference_id", table_name="cross_reference")
    op.drop_table("cross_reference")
    op.drop_table("approval")
    op.drop_index("waiting_key", table_name="waiting")
    op.drop_index("waiting_cause", table_name="waiting")
    op.drop_index("waiting_order", table_name="waiting")
    op.drop_table("waiting")
    op.drop_index("console_session_seen", table_name="console_session")
    op.drop_index("console_session_user", table_name="console_session")
    op.drop_table("console_session")
    op.drop_index("login_attempt_at", table_name="login_attempt")
    op.drop_table("login_attempt")
    op.drop_index("user_account_subject", table_name="user_account")
    op.drop_table("user_account")
    op.drop_index("api_reply_at", table_name="api_reply")
    op.drop_table("api_reply")
    op.drop_index(
        "webhook_event_todo",
        table_name="webhook_event",
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.drop_index("webhook_event_at", table_name="webhook_event")
    op.drop_index("webhook_event_seq", table_name="webhook_event")
    op.drop_table("webhook_event")
    op.drop_index("webhook_id", table_name="webhook")
    op.drop_table("webhook")
    op.drop_table("worker")
    op.drop_index("drawn_blanket", table_name="drawn")
    op.drop_table("drawn")
    op.drop_index("draw_order", table_name="draw")
    op.drop_table("draw")
    op.drop_index("promise_sku", table_name="promise")
    op.drop_table("promise")
    op.drop_table("promised")
    op.drop_table("stock")
    op.drop_table("sscc_counter")
    op.drop_table("sscc")
    op.drop_table("shipment_line")
    op.drop_index("shipment_receipt", table_name="shipment")
    op.drop_index("shipment_id", table_name="shipment")
    op.drop_table("shipment")
    op.drop_index("advice_link_order", table_name="advice_link")
    op.drop_index("advice_link_ref", table_name="advice_link")
    op.drop_table("advice_link")
    op.drop_index("advice_id", table_name="advice")
    op.drop_table("advice")
    op.drop_table("invoice_line")
    op.drop_index("invoice_receipt", table_name="invoice")
    op.drop_index("invoice_id", table_name="invoice")
    op.drop_table("invoice")
    op.drop_index(
        "receipt_quarantined",
        table_name="receipt",
        sqlite_where=sa.text("state = 'quarantined'"),
        postgresql_where=sa.text("state = 'quarantined'"),
    )
    op.drop_index(
        "receipt_todo",
        table_name="receipt",
        sqlite_where=sa.text("state = 'todo'"),
        postgresql_where=sa.text("state = 'todo'"),
    )
    op.drop_index("receipt_owner", table_name="receipt")
    op.drop_table("receipt")
    op.drop_table("secret")
    op.drop_table("own_key")
    op.drop_index(
        "punchout_session_open",
        table_name="punchout_session",
        sqlite_where=sa.text("ends_at IS NOT NULL"),
        postgresql_where=sa.text("ends_at IS NOT NULL"),
    )
    op.drop_index("punchout_session_id", table_name="punchout_session")
    op.drop_table("punchout_session")
    op.drop_table("punchout_key")
    op.drop_table("profile_version")
    op.drop_table("price_list")
    op.drop_table("payload_key")
    op.drop_index("payload_kept", table_name="payload")
    op.drop_table("payload")
    op.drop_table("as2_message")
    op.drop_table("wire_answer")
    op.drop_table("wire")
    op.drop_index(
        "outbox_wire",
        table_name="outbox",
        sqlite_where=sa.text("wire_id != ''"),
        postgresql_where=sa.text("wire_id != ''"),
    )
    op.drop_index("outbox_disputed", table_name="outbox")
    op.drop_index("outbox_cancelled", table_name="outbox")
    op.drop_index(
        "outbox_failed",
        table_name="outbox",
        sqlite_where=sa.text("delivery = 'failed'"),
        postgresql_where=sa.text("delivery = 'failed'"),
    )
    op.drop_index(
        "outbox_todo",
        table_name="outbox",
        sqlite_where=sa.text("delivery IN ('queued', 'sending')"),
        postgresql_where=sa.text("delivery IN ('queued', 'sending')"),
    )
    op.drop_index("outbox_receipt", table_name="outbox")
    op.drop_index("outbox_order", table_name="outbox")
    op.drop_index("outbox_id", table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("remote_file")
    op.drop_table("schedule")
    op.drop_table("lane_end")
    op.drop_index("lane_name", table_name="lane")
    op.drop_table("lane")
    op.drop_index(
        "orders_uncommon",
        table_name="orders",
        sqlite_where=sa.text("state NOT IN ('confirmed', 'shipped', 'invoiced')"),
        postgresql_where=sa.text("state NOT IN ('confirmed', 'shipped', 'invoiced')"),
    )
    op.drop_index(
        "orders_undecided",
        table_name="orders",
        sqlite_where=sa.text("state IN ('received', 'held')"),
        postgresql_where=sa.text("state IN ('received', 'held')"),
    )
    op.drop_index("order_po", table_name="orders")
    op.drop_index("order_id", table_name="orders")
    op.drop_table("orders")
    op.drop_table("order_version")
    op.drop_index(
        "order_change_open",
        table_name="order_change",
        sqlite_where=sa.text("state IN ('waiting', 'held')"),
        postgresql_where=sa.text("state IN ('waiting', 'held')"),
    )
    op.drop_index(
        "order_change_waiting",
        table_name="order_change",
        sqlite_where=sa.text("order_id = '' AND state IN ('waiting', 'held')"),
        postgresql_where=sa.text("order_id = '' AND state IN ('waiting', 'held')"),
    )
    op.drop_index("order_change_order", table_name="order_change")
    op.drop_index("order_change_id", table_name="order_change")
    op.drop_table("order_change")
    op.drop_index("message_troubled", table_name="message")
    op.drop_index("message_receipt", table_name="message")
    op.drop_index("message_id", table_name="message")
    op.drop_table("message")
    op.drop_table("item_word")
    op.drop_table("item_key")
    op.drop_table("item")
    op.drop_index("interchange_receipt", table_name="interchange")
    op.drop_index("interchange_number", table_name="interchange")
    op.drop_table("interchange")
    op.drop_table("inbound_sequence")
    op.drop_index("inbound_key_seen", table_name="inbound_key")
    op.drop_table("inbound_key")
    op.drop_index("finding_receipt", table_name="finding")
    op.drop_index("finding_order", table_name="finding")
    op.drop_index("finding_message", table_name="finding")
    op.drop_index("finding_code", table_name="finding")
    op.drop_table("finding")
    for name, state in (
        ("event_ref", "seq IS NOT NULL"),
        ("event_seq", "seq IS NOT NULL"),
        ("event_unsealed", "seq IS NULL"),
    ):
        op.drop_index(
            name,
            table_name="event",
            sqlite_where=sa.text(state),
            postgresql_where=sa.text(state),
        )
    op.drop_table("event")
    op.drop_index(
        "sla_running",
        table_name="sla",
        sqlite_where=sa.text("outcome = ''"),
        postgresql_where=sa.text("outcome = ''"),
    )
    op.drop_index("sla_started", table_name="sla")
    op.drop_table("sla")
    op.drop_index(
        "deadline_due",
        table_name="deadline",
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.drop_table("deadline")
    op.drop_table("control_counter")
    op.drop_index("cart_line_returned", table_name="cart_line")
    op.drop_index("cart_line_item", table_name="cart_line")
    op.drop_table("cart_line")
    op.drop_table("contract")
    op.drop_table("checkpoint")
    op.drop_table("sftp_key")
    op.drop_index("sftp_account_name", table_name="sftp_account")
    op.drop_table("sftp_account")
    op.drop_table("api_key")
    op.drop_table("tally")
    op.drop_index("signed_document_waiting", table_name="signed_document")
    op.drop_index("signed_document_receipt", table_name="signed_document")
    op.drop_index("signed_document_sum", table_name="signed_document")
    op.drop_table("signed_document")
    op.drop_table("crl_part")
    op.drop_index("crl_sum", table_name="crl")
    op.drop_index("crl_issuer", table_name="crl")
    op.drop_table("crl")
    op.drop_index("alert_due_at", table_name="alert_due")
    op.drop_table("alert_due")
    op.drop_table("alert_breaker")
    op.drop_index(
        "alert_new",
        table_name="alert",
        sqlite_where=sa.text("state = 'new'"),
        postgresql_where=sa.text("state = 'new'"),
    )
    op.drop_index(
        "alert_open_ref",
        table_name="alert",
        sqlite_where=sa.text("done_at IS NULL AND kind != 'held'"),
        postgresql_where=sa.text("done_at IS NULL AND kind != 'held'"),
    )
    op.drop_index(
        "alert_open",
        table_name="alert",
        sqlite_where=sa.text("done_at IS NULL AND kind != 'held'"),
        postgresql_where=sa.text("done_at IS NULL AND kind != 'held'"),
    )
    op.drop_index("alert_id", table_name="alert")
    op.drop_index("alert_at", table_name="alert")
    op.drop_table("alert")
