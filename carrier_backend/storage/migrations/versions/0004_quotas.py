"""Calls are counted, so that all processes and hosts together stay within what a counterpart allows.

And what is due to be asked about is found without a look at every parcel of its courier.
"""

import sqlalchemy as sa
from alembic import op

from carrier_backend.storage.types import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ASKED_ABOUT = sa.text("look_at IS NOT NULL")


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
    op.drop_index("ix_parcels_look_at", "parcels")
    op.create_index(
        "ix_parcels_courier_look_at",
        "parcels",
        ["courier", "look_at"],
        sqlite_where=_ASKED_ABOUT,
        postgresql_where=_ASKED_ABOUT,
    )


def downgrade() -> None:
    op.drop_index("ix_parcels_courier_look_at", "parcels")
    op.create_index(
        "ix_parcels_look_at", "parcels", ["look_at"], sqlite_where=_ASKED_ABOUT, postgresql_where=_ASKED_ABOUT
    )
    op.drop_table("calls")
    op.drop_table("quotas")
