"""A courier's call bears an id of its own: the same one again is told apart from a new one."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("call_id", sa.String(64)))
    op.create_index("ix_deliveries_call_id", "deliveries", ["courier", "call_id"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_deliveries_call_id", table_name="deliveries")
    op.drop_column("deliveries", "call_id")
