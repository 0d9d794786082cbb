"""Accounts of couriers that are cut off for now, for all processes and hosts."""

import sqlalchemy as sa
from alembic import op

from carrier_backend.storage.types import Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outages",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("who", sa.String(length=32), nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("probe_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_outages"),
    )


def downgrade() -> None:
    op.drop_table("outages")
