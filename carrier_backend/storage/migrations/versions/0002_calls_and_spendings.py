"""A courier's call bears an id of its own, by which it is known again; and what merchants spend in a day."""

import sqlalchemy as sa
from alembic import op

from carrier_backend.storage.types import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("call_id", sa.String(64)))
    op.create_index("ix_deliveries_call_id", "deliveries", ["courier", "call_id"], unique=True)
    op.create_table(
        "spendings",
        sa.Column("courier", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("shipper_id", sa.String(length=128), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("thousandths", sa.BigInteger(), nullable=False),
        sa.Column("spent_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("courier", "purpose", name="pk_spendings"),
    )
    op.create_index("ix_spendings_day", "spendings", ["courier", "shipper_id", "day"], unique=False)
    op.create_index("ix_spendings_spent_at", "spendings", ["spent_at"], unique=False)


def downgrade() -> None:
    op.drop_table("spendings")
    op.drop_index("ix_deliveries_call_id", table_name="deliveries")
    op.drop_column("deliveries", "call_id")
