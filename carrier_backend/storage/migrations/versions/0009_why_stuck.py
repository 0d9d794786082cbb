"""Over what a shipment waits for an operator, so that whoever mends it takes the note away."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shipments", sa.Column("stuck_over", sa.String(16), nullable=True))


def downgrade() -> None:
    op.drop_column("shipments", "stuck_over")
