"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "api_key",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
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
    op.create_index("deadline_due", "deadline", ["due_at"], unique=False)
    op.create_table(
        "event",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "id"),
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
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "kind", "key"),
    )
    op.create_index("inbound_key_seen", "inbound_key", ["seen_at"], unique=False)
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
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "id"),
    )
    op.create_index("interchange_id", "interchange", ["id"], unique=False)
    op.create_index("interchange_receipt", "interchange", ["receipt_id"], unique=False)
    op.create_table(
        "item",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("price_list", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "price_list", "sku"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "item_key",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("price_list", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "kind", "value", "price_list", "sku"),
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
    op.create_index("message_receipt", "message", ["receipt_id"], unique=False)
    op.create_table(
        "order_line",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line_no", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("buyer_part", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("price", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "order_id", "n"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "order_version",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("ack", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
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
        sa.Column("digest", sa.Text(), nullable=False),
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
        sa.UniqueConstraint(
            "partner_id",
            "buyer_party",
            "kind",
            "po_number",
            "release_number",
            name="order_key",
        ),
    )
    op.create_index("order_id", "orders", ["id"], unique=False)
    op.create_index("order_po", "orders", ["po_number"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("idem", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("interchange_number", sa.BigInteger(), nullable=False),
        sa.Column("group_number", sa.BigInteger(), nullable=False),
        sa.Column("message_number", sa.BigInteger(), nullable=False),
        sa.Column("message_count", sa.BigInteger(), nullable=False),
        sa.Column("replay_of", sa.Text(), nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("interchange_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("acknowledgement", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_owner", sa.Text(), server_default="", nullable=False),
        sa.Column("epoch", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_said", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("partner_id", "id"),
        sa.UniqueConstraint("partner_id", "idem", name="outbox_idem"),
    )
    op.create_index("outbox_id", "outbox", ["id"], unique=False)
    op.create_index("outbox_order", "outbox", ["order_id"], unique=False)
    op.create_index(
        "outbox_interchange",
        "outbox",
        ["partner_id", "interchange_number"],
        unique=False,
    )
    op.create_index(
        "outbox_group", "outbox", ["partner_id", "group_number"], unique=False
    )
    op.create_index("outbox_receipt", "outbox", ["receipt_id"], unique=False)
    op.create_index(
        "outbox_todo",
        "outbox",
        ["next_at", "id"],
        unique=False,
        sqlite_where=sa.text("delivery IN ('queued', 'sending')"),
        postgresql_where=sa.text("delivery IN ('queued', 'sending')"),
    )
    op.create_table(
        "payload",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
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
        "profile_version",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("active_from", sa.BigInteger(), nullable=False),
        sa.Column("yaml", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "n"),
    )
    op.create_table(
        "receipt",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("transport_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cursor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_owner", sa.Text(), server_default="", nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("partner_id", "id"),
    )
    op.create_index("receipt_id", "receipt", ["id"], unique=False)
    op.create_index("receipt_owner", "receipt", ["owner_id", "id"], unique=False)
    op.create_index(
        "receipt_todo",
        "receipt",
        ["next_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'todo'"),
        postgresql_where=sa.text("state = 'todo'"),
    )


def downgrade() -> None:
    """Drop all tables."""
    op.drop_index(
        "receipt_todo",
        table_name="receipt",
        sqlite_where=sa.text("state = 'todo'"),
        postgresql_where=sa.text("state = 'todo'"),
    )
    op.drop_index("receipt_owner", table_name="receipt")
    op.drop_index("receipt_id", table_name="receipt")
    op.drop_table("receipt")
    op.drop_table("profile_version")
    op.drop_table("price_list")
    op.drop_table("payload")
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
    op.drop_index("order_po", table_name="orders")
    op.drop_index("order_id", table_name="orders")
    op.drop_table("orders")
    op.drop_table("order_version")
    op.drop_table("order_line")
    op.drop_index("message_receipt", table_name="message")
    op.drop_index("message_id", table_name="message")
    op.drop_table("message")
    op.drop_table("item_key")
    op.drop_table("item")
    op.drop_index("interchange_receipt", table_name="interchange")
    op.drop_index("interchange_id", table_name="interchange")
    op.drop_table("interchange")
    op.drop_index("inbound_key_seen", table_name="inbound_key")
    op.drop_table("inbound_key")
    op.drop_index("finding_receipt", table_name="finding")
    op.drop_index("finding_order", table_name="finding")
    op.drop_index("finding_message", table_name="finding")
    op.drop_table("finding")
    op.drop_table("event")
    op.drop_index("deadline_due", table_name="deadline")
    op.drop_table("deadline")
    op.drop_table("control_counter")
    op.drop_table("contract")
    op.drop_table("api_key")
