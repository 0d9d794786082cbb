"""Calls are counted, so that all processes and hosts together stay within what a counterpart allows."""

import sqlalchemy as sa
from alembic import op

from carrier_backend.storage.types import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quotas",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("window_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=True),
        sa.Column("resets_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("account", "window_us", name="pk_quotas"),
    )
    op.create_table(
        "calls",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("window_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("slot", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account", "window_us", "slot", name="pk_calls"),
    )


def downgrade() -> None:
    op.drop_table("calls")
    op.drop_table("quotas")
