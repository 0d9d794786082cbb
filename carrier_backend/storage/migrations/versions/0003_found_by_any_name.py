"""Shipments are found by any of their names and by how they stand, newest first, however many there are."""

import sqlalchemy as sa
from alembic import op

from carrier_backend.storage.types import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NAMES = [
    *((name, "shipments", "id") for name in ("external_id", "tos_id", "trace_id")),
    *((name, "parcels", "shipment_id") for name in ("barcode", "number", "reference", "package_id")),
]
NOT_BOOKED = sa.text("booking <> 'booked'")
STUCK = sa.text("stuck_at IS NOT NULL")
STUCK_BEFORE = sa.text("sealed_stuck_reason IS NOT NULL")
UNCLAIMED = sa.text("unclaimed_at IS NOT NULL")


def upgrade() -> None:
    _add_columns()
    _drop_indexes_of_old()
    for name, table, shipment_id in NAMES:
        index, columns = f"ix_{table}_{name}_created_at_{shipment_id}", [name, "created_at", shipment_id]
        op.create_index(index, table, columns, postgresql_ops={name: "text_pattern_ops"})
    op.create_index(
        "ix_shipments_shipper_id_courier_created_at_id", "shipments", ["shipper_id", "courier", "created_at", "id"]
    )
    op.create_index("ix_shipments_courier_created_at_id", "shipments", ["courier", "created_at", "id"])
    _create_partial("ix_shipments_unclaimed", "shipments", ["created_at", "id"], UNCLAIMED)
    _create_partial("ix_shipments_stuck", "shipments", ["created_at", "id"], STUCK)
    _create_partial(
        "ix_parcels_not_booked",
        "parcels",
        ["booking", "created_at", "shipment_id", "courier", "shipper_id"],
        NOT_BOOKED,
    )


def _add_columns() -> None:
    op.add_column("shipments", sa.Column("stuck_at", Moment()))
    op.execute("UPDATE shipments SET stuck_at = asked_at WHERE sealed_stuck_reason IS NOT NULL")
    op.add_column("parcels", sa.Column("created_at", Moment()))
    op.execute(
        "UPDATE parcels SET created_at = "
        "(SELECT shipments.created_at FROM shipments WHERE shipments.id = parcels.shipment_id)"
    )


def _drop_indexes_of_old() -> None:
    op.drop_index("ix_shipments_external_id", table_name="shipments")
    op.drop_index("ix_shipments_tos_id", table_name="shipments")
    op.drop_index("ix_shipments_trace_id", table_name="shipments")
    op.drop_index("ix_shipments_unclaimed_at", table_name="shipments")
    op.drop_index("ix_shipments_stuck", table_name="shipments")
    op.drop_index("ix_parcels_courier_number", table_name="parcels")
    op.drop_index("ix_parcels_package_id", table_name="parcels")


def _create_partial(index: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(index, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("ix_parcels_not_booked", table_name="parcels")
    op.drop_index("ix_shipments_stuck", table_name="shipments")
    op.drop_index("ix_shipments_unclaimed", table_name="shipments")
    op.drop_index("ix_shipments_courier_created_at_id", table_name="shipments")
    op.drop_index("ix_shipments_shipper_id_courier_created_at_id", table_name="shipments")
    for name, table, shipment_id in NAMES:
        op.drop_index(f"ix_{table}_{name}_created_at_{shipment_id}", table_name=table)
    op.create_index("ix_parcels_package_id", "parcels", ["package_id"])
    op.create_index("ix_parcels_courier_number", "parcels", ["courier", "number"])
    _create_partial("ix_shipments_stuck", "shipments", ["asked_at"], STUCK_BEFORE)
    _create_partial("ix_shipments_unclaimed_at", "shipments", ["unclaimed_at"], UNCLAIMED)
    op.create_index("ix_shipments_trace_id", "shipments", ["trace_id"])
    op.create_index("ix_shipments_tos_id", "shipments", ["tos_id"])
    op.create_index("ix_shipments_external_id", "shipments", ["external_id"])
    op.drop_column("parcels", "created_at")
    op.drop_column("shipments", "stuck_at")
