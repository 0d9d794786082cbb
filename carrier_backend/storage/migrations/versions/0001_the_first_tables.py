"""The first tables."""

import sqlalchemy as sa
from alembic import op

from carrier_backend.storage.types import Document, Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("shipper_id", sa.String(length=128), nullable=False),
        sa.Column("courier", sa.String(length=32), nullable=False),
        sa.Column("sealed_account", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("shipper_id", "courier", name="pk_accounts"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("operator", sa.String(length=128), nullable=False),
        sa.Column("act", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("facts", Document, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_subject", "audit", ["subject"], unique=False)
    op.create_table(
        "clients",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_clients"),
        sa.UniqueConstraint("name", name="uq_clients_name"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("courier", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("trace_id", sa.String(length=64), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=True),
        sa.Column("unreadable", Document, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_received_at", "deliveries", ["received_at"], unique=False)
    op.create_table(
        "destinations",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("paused_at", Moment(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("probe_at", Moment(), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("refused", Document, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_destinations"),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=True),
        sa.Column("courier", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("named", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("second", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", Moment(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("trace_id", sa.String(length=64), nullable=False),
        sa.Column("is_for_timeline_only", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("courier", "number", "code", "second", name="uq_events_courier_number_code_second"),
    )
    op.create_index("ix_events_reference_at", "events", ["reference", "at"], unique=False)
    op.create_index(
        "ix_events_unknown",
        "events",
        ["courier"],
        unique=False,
        sqlite_where=sa.text("status IS NULL"),
        postgresql_where=sa.text("status IS NULL"),
    )
    op.create_index(
        "ix_events_unmatched",
        "events",
        ["courier", "number"],
        unique=False,
        sqlite_where=sa.text("reference IS NULL"),
        postgresql_where=sa.text("reference IS NULL"),
    )
    op.create_table(
        "failed_logins",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_failed_logins"),
    )
    op.create_index("ix_failed_logins_at", "failed_logins", ["at"], unique=False)
    op.create_index("ix_failed_logins_subject_at", "failed_logins", ["subject", "at"], unique=False)
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_heartbeats"),
    )
    op.create_table(
        "lanes",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("due_at", Moment(), nullable=True),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("owner", sa.String(length=32), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_lanes"),
    )
    op.create_index(
        "ix_lanes_due",
        "lanes",
        ["kind", "due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "merchants",
        sa.Column("shipper_id", sa.String(length=128), nullable=False),
        sa.Column("sealed_merchant", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("shipper_id", name="pk_merchants"),
    )
    op.create_table(
        "operators",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_operators"),
        sa.UniqueConstraint("digest", name="uq_operators_digest"),
    )
    op.create_table(
        "prebookings",
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("shipper_id", sa.String(length=128), nullable=False),
        sa.Column("order_key", sa.String(length=160), nullable=False),
        sa.Column("external_id", sa.String(length=128), nullable=False),
        sa.Column("sealed_journey", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "shipper_id", "order_key", name="pk_prebookings"),
    )
    op.create_index("ix_prebookings_expires_at", "prebookings", ["expires_at"], unique=False)
    op.create_index("ix_prebookings_external_id", "prebookings", ["external_id"], unique=False)
    op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_revision"),
    )
    op.create_table(
        "shipments",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("shipper_id", sa.String(length=128), nullable=False),
        sa.Column("tos_id", sa.String(length=128), nullable=False),
        sa.Column("external_id", sa.String(length=128), nullable=False),
        sa.Column("direction", sa.String(length=16), nullable=False),
        sa.Column("shipping_method", sa.String(length=128), nullable=False),
        sa.Column("courier", sa.String(length=32), nullable=False),
        sa.Column("trace_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("sealed_agreement", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_answer", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_refusal", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("booked_at", Moment(), nullable=True),
        sa.Column("unclaimed_at", Moment(), nullable=True),
        sa.Column("over_at", Moment(), nullable=True),
        sa.Column("erased_at", Moment(), nullable=True),
        sa.Column("sealed_stuck_reason", sa.LargeBinary(), nullable=True),
        sa.Column("lease_owner", sa.String(length=32), nullable=True),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_shipments"),
    )
    op.create_index("ix_shipments_created_at_id", "shipments", ["created_at", "id"], unique=False)
    op.create_index("ix_shipments_external_id", "shipments", ["external_id"], unique=False)
    op.create_index(
        "ix_shipments_shipper_id_created_at_id", "shipments", ["shipper_id", "created_at", "id"], unique=False
    )
    op.create_index(
        "ix_shipments_open",
        "shipments",
        ["state"],
        unique=False,
        sqlite_where=sa.text("state IN ('intended', 'unsure', 'undoing')"),
        postgresql_where=sa.text("state IN ('intended', 'unsure', 'undoing')"),
    )
    op.create_index(
        "ix_shipments_unclaimed_at",
        "shipments",
        ["unclaimed_at"],
        unique=False,
        sqlite_where=sa.text("unclaimed_at IS NOT NULL"),
        postgresql_where=sa.text("unclaimed_at IS NOT NULL"),
    )
    op.create_index(
        "ix_shipments_stuck",
        "shipments",
        ["asked_at"],
        unique=False,
        sqlite_where=sa.text("sealed_stuck_reason IS NOT NULL"),
        postgresql_where=sa.text("sealed_stuck_reason IS NOT NULL"),
    )
    op.create_index(
        "ix_shipments_to_erase",
        "shipments",
        ["over_at"],
        unique=False,
        sqlite_where=sa.text("over_at IS NOT NULL AND erased_at IS NULL"),
        postgresql_where=sa.text("over_at IS NOT NULL AND erased_at IS NULL"),
    )
    op.create_index("ix_shipments_tos_id", "shipments", ["tos_id"], unique=False)
    op.create_index("ix_shipments_trace_id", "shipments", ["trace_id"], unique=False)
    op.create_table(
        "snapshots",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("fetched_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_snapshots"),
    )
    op.create_table(
        "ticks",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("next_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_ticks"),
    )
    op.create_table(
        "claims",
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("shipper_id", sa.String(length=128), nullable=False),
        sa.Column("order_key", sa.String(length=160), nullable=False),
        sa.Column("direction", sa.String(length=16), nullable=False),
        sa.Column("package_id", sa.String(length=128), nullable=False),
        sa.Column("shipment_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipments.id"], name="fk_claims_shipment_id"),
        sa.PrimaryKeyConstraint("client_id", "shipper_id", "order_key", "direction", "package_id", name="pk_claims"),
    )
    op.create_index("ix_claims_shipment_id", "claims", ["shipment_id"], unique=False)
    op.create_table(
        "client_secrets",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name="fk_client_secrets_client_id"),
        sa.PrimaryKeyConstraint("digest", name="pk_client_secrets"),
    )
    op.create_index("ix_client_secrets_client_id", "client_secrets", ["client_id"], unique=False)
    op.create_table(
        "journal",
        sa.Column("shipment_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("sealed_facts", sa.LargeBinary(), nullable=True),
        sa.Column("begun_at", Moment(), nullable=False),
        sa.Column("done_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipments.id"], name="fk_journal_shipment_id"),
        sa.PrimaryKeyConstraint("shipment_id", "name", name="pk_journal"),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lane", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("site_id", sa.String(length=128), nullable=False),
        sa.Column("trace_id", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("done_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["lane"], ["lanes.key"], name="fk_messages_lane"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
    )
    op.create_index("ix_messages_reference", "messages", ["reference"], unique=False)
    op.create_index("ix_messages_state_id", "messages", ["state", "id"], unique=False)
    op.create_index(
        "ix_messages_waiting",
        "messages",
        ["lane", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "parcels",
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("shipment_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("package_id", sa.String(length=128), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("shipper_id", sa.String(length=128), nullable=False),
        sa.Column("shipping_method", sa.String(length=128), nullable=False),
        sa.Column("courier", sa.String(length=32), nullable=False),
        sa.Column("weight_grams", sa.Integer(), nullable=False),
        sa.Column("length_mm", sa.Integer(), nullable=False),
        sa.Column("width_mm", sa.Integer(), nullable=False),
        sa.Column("height_mm", sa.Integer(), nullable=False),
        sa.Column("booking", sa.String(length=16), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=True),
        sa.Column("barcode", sa.String(length=96), nullable=True),
        sa.Column("sealed_booked", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_label", sa.LargeBinary(), nullable=True),
        sa.Column("label_digest", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=True),
        sa.Column("status_at", Moment(), nullable=True),
        sa.Column("cancellation", Document, nullable=True),
        sa.Column("heard_at", Moment(), nullable=True),
        sa.Column("look_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipments.id"], name="fk_parcels_shipment_id"),
        sa.PrimaryKeyConstraint("reference", name="pk_parcels"),
        sa.UniqueConstraint("barcode", name="uq_parcels_barcode"),
        sa.UniqueConstraint("label_digest", name="uq_parcels_label_digest"),
        sa.UniqueConstraint("shipment_id", "position", name="uq_parcels_shipment_id_position"),
    )
    op.create_index("ix_parcels_courier_number", "parcels", ["courier", "number"], unique=False)
    op.create_index(
        "ix_parcels_look_at",
        "parcels",
        ["look_at"],
        unique=False,
        sqlite_where=sa.text("look_at IS NOT NULL"),
        postgresql_where=sa.text("look_at IS NOT NULL"),
    )
    op.create_index("ix_parcels_package_id", "parcels", ["package_id"], unique=False)
    op.create_table(
        "attempts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_attempts_message_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
    )
    op.create_index("ix_attempts_message_id", "attempts", ["message_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_attempts_message_id", table_name="attempts")
    op.drop_table("attempts")
    op.drop_index("ix_parcels_package_id", table_name="parcels")
    op.drop_index(
        "ix_parcels_look_at",
        table_name="parcels",
        sqlite_where=sa.text("look_at IS NOT NULL"),
        postgresql_where=sa.text("look_at IS NOT NULL"),
    )
    op.drop_index("ix_parcels_courier_number", table_name="parcels")
    op.drop_table("parcels")
    op.drop_index(
        "ix_messages_waiting",
        table_name="messages",
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_index("ix_messages_state_id", table_name="messages")
    op.drop_index("ix_messages_reference", table_name="messages")
    op.drop_table("messages")
    op.drop_table("journal")
    op.drop_index("ix_client_secrets_client_id", table_name="client_secrets")
    op.drop_table("client_secrets")
    op.drop_index("ix_claims_shipment_id", table_name="claims")
    op.drop_table("claims")
    op.drop_table("ticks")
    op.drop_table("snapshots")
    op.drop_index("ix_shipments_trace_id", table_name="shipments")
    op.drop_index("ix_shipments_tos_id", table_name="shipments")
    op.drop_index(
        "ix_shipments_to_erase",
        table_name="shipments",
        sqlite_where=sa.text("over_at IS NOT NULL AND erased_at IS NULL"),
        postgresql_where=sa.text("over_at IS NOT NULL AND erased_at IS NULL"),
    )
    op.drop_index("ix_shipments_shipper_id_created_at_id", table_name="shipments")
    op.drop_index("ix_shipments_external_id", table_name="shipments")
    op.drop_index("ix_shipments_created_at_id", table_name="shipments")
    op.drop_table("shipments")
    op.drop_table("revision")
    op.drop_index("ix_prebookings_external_id", table_name="prebookings")
    op.drop_index("ix_prebookings_expires_at", table_name="prebookings")
    op.drop_table("prebookings")
    op.drop_table("operators")
    op.drop_table("merchants")
    op.drop_index(
        "ix_lanes_due",
        table_name="lanes",
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.drop_table("lanes")
    op.drop_table("heartbeats")
    op.drop_index("ix_failed_logins_subject_at", table_name="failed_logins")
    op.drop_index("ix_failed_logins_at", table_name="failed_logins")
    op.drop_table("failed_logins")
    op.drop_index(
        "ix_events_unmatched",
        table_name="events",
        sqlite_where=sa.text("reference IS NULL"),
        postgresql_where=sa.text("reference IS NULL"),
    )
    op.drop_index("ix_events_reference_at", table_name="events")
    op.drop_table("events")
    op.drop_table("destinations")
    op.drop_index("ix_deliveries_received_at", table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_table("clients")
    op.drop_index("ix_audit_subject", table_name="audit")
    op.drop_table("audit")
    op.drop_table("accounts")
