"""Why bookings came to nothing, which updates were told again, and of which order an exchange was."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from carrier_backend.storage.types import Moment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAMES = ("external_id", "tos_id")
_ADDED: dict[str, sa.types.TypeEngine[Any]] = {
    "external_id": sa.String(128),
    "tos_id": sa.String(128),
    "shipper_id": sa.String(128),
    "sealed_words": sa.LargeBinary(),
    "sealed_places": sa.LargeBinary(),
}


def upgrade() -> None:
    op.create_table(
        "setbacks",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("shipment_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("last_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipments.id"], name="fk_setbacks_shipment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_setbacks"),
    )
    op.create_index("ix_setbacks_shipment_id_id", "setbacks", ["shipment_id", "id"])
    op.create_table(
        "replays",
        sa.Column("message_id", _ROW_ID, nullable=False),
        sa.Column("audit_id", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_replays_message_id"),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name="fk_replays_audit_id"),
        sa.PrimaryKeyConstraint("message_id", "audit_id", name="pk_replays"),
    )
    for name, kind in _ADDED.items():
        op.add_column("exchanges", sa.Column(name, kind, nullable=True))
    for name in _NAMES:
        _index_what_has(name, f"ix_exchanges_{name}_at_id", [name, "at", "id"])
    _index_what_has("sealed_places", "ix_exchanges_places", ["at", "id"])
    op.create_index("ix_prebookings_order_key", "prebookings", ["order_key"])


def downgrade() -> None:
    op.drop_index("ix_prebookings_order_key", "prebookings")
    op.drop_index("ix_exchanges_places", "exchanges")
    for name in _NAMES:
        op.drop_index(f"ix_exchanges_{name}_at_id", "exchanges")
    for name in _ADDED:
        op.drop_column("exchanges", name)
    op.drop_table("replays")
    op.drop_table("setbacks")


def _index_what_has(column: str, index: str, columns: list[str]) -> None:
    has_it = sa.text(f"{column} IS NOT NULL")
    op.create_index(index, "exchanges", columns, sqlite_where=has_it, postgresql_where=has_it)
