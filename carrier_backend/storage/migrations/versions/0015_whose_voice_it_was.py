"""By which secret a courier's call was let in, so that it is heard about that account's parcels alone."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_KEY = "uq_events_courier_number_code_second"
_CALLS = "ix_deliveries_call_id"


def upgrade() -> None:
    with op.batch_alter_table("events") as events:
        events.add_column(sa.Column("voice", sa.String(64), nullable=False, server_default=sa.text("''")))
        events.drop_constraint(_KEY, type_="unique")
        events.create_unique_constraint(f"{_KEY}_voice", ["courier", "number", "code", "second", "voice"])
    op.drop_index(_CALLS, "deliveries")
    op.add_column("deliveries", sa.Column("voice", sa.String(64), nullable=False, server_default=sa.text("''")))
    op.create_index(_CALLS, "deliveries", ["courier", "voice", "call_id"], unique=True)


def downgrade() -> None:
    """News of unknown parcels goes, for who spoke could not be told any more; of calls by one id, the first stays."""
    op.execute("DELETE FROM events WHERE voice <> ''")
    op.execute(
        "DELETE FROM deliveries WHERE call_id IS NOT NULL AND id NOT IN"
        " (SELECT MIN(id) FROM deliveries WHERE call_id IS NOT NULL GROUP BY courier, call_id)"
    )
    op.drop_index(_CALLS, "deliveries")
    op.drop_column("deliveries", "voice")
    op.create_index(_CALLS, "deliveries", ["courier", "call_id"], unique=True)
    with op.batch_alter_table("events") as events:
        events.drop_constraint(f"{_KEY}_voice", type_="unique")
        events.create_unique_constraint(_KEY, ["courier", "number", "code", "second"])
        events.drop_column("voice")
