"""What was said both ways is kept, and under which trace ids a shipment was worked on."""

import sqlalchemy as sa
from alembic import op

from carrier_backend.storage.types import Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exchanges",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("who", sa.String(length=32), nullable=False),
        sa.Column("operation", sa.String(length=64), nullable=False),
        sa.Column("trace_id", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("path", sa.String(length=256), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("request", sa.Text(), nullable=True),
        sa.Column("response", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_exchanges"),
    )
    op.create_index("ix_exchanges_at_id", "exchanges", ["at", "id"])
    op.create_index("ix_exchanges_who_at_id", "exchanges", ["who", "at", "id"])
    op.create_index("ix_exchanges_trace_id_at_id", "exchanges", ["trace_id", "at", "id"])
    op.create_table(
        "traces",
        sa.Column("shipment_id", sa.String(length=32), nullable=False),
        sa.Column("trace_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipments.id"], name="fk_traces_shipment_id"),
        sa.PrimaryKeyConstraint("shipment_id", "trace_id", name="pk_traces"),
    )
    op.create_index(
        "ix_traces_trace_id_created_at_shipment_id",
        "traces",
        ["trace_id", "created_at", "shipment_id"],
        postgresql_ops={"trace_id": "text_pattern_ops"},
    )
    op.add_column("parcels", sa.Column("look_trace_id", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("parcels", "look_trace_id")
    op.drop_table("traces")
    op.drop_table("exchanges")
