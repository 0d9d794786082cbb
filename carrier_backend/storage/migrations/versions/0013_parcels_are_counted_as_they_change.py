"""Parcels are counted as they change: the database notes each change itself, so that none can be forgotten."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ALIKE = (("shipper_id", 128), ("courier", 32), ("shipping_method", 128), ("booking", 16), ("status", 32))


def upgrade() -> None:
    op.create_table(
        "pile_changes",
        sa.Column("id", _RowId, nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        *_alike(),
        sa.Column("hours", sa.Integer(), nullable=True),
        sa.Column("parcels", sa.Integer(), nullable=False),
        sa.Column("shipments", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pile_changes"),
    )
    op.create_table(
        "piles",
        sa.Column("period", sa.String(length=10), nullable=False),
        *_alike(),
        sa.Column("parcels", sa.BigInteger(), nullable=False),
        sa.Column("shipments", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("period", *(name for name, _ in _ALIKE), name="pk_piles"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "delivery_hours",
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("courier", sa.String(length=32), nullable=False),
        sa.Column("hours", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("parcels", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("period", "courier", "hours", name="pk_delivery_hours"),
        sqlite_with_rowid=False,
    )
    for table in ("piles", "delivery_hours"):
        is_empty = sa.text("parcels = 0")
        op.create_index(f"ix_{table}_empty", table, ["period"], sqlite_where=is_empty, postgresql_where=is_empty)
    is_on_postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in _counts(_ON_POSTGRESQL if is_on_postgresql else _ON_SQLITE):
        op.execute(statement)
    for statement in _TRIGGERS_ON_POSTGRESQL if is_on_postgresql else _TRIGGERS_ON_SQLITE:
        op.execute(statement)


def downgrade() -> None:
    on = " ON parcels" if op.get_bind().dialect.name == "postgresql" else ""
    for name in ("parcels_are_piled", "parcels_are_piled_anew"):
        op.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
    if on:
        op.execute("DROP FUNCTION note_pile_change()")
    for table in ("delivery_hours", "piles", "pile_changes"):
        op.drop_table(table)


def _alike() -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(length=length), nullable=False) for name, length in _ALIKE]


_NAMES = ", ".join(name for name, _ in _ALIKE)
_VALUES = _NAMES.replace("status", "coalesce(status, '')")
_ON_SQLITE = {
    "day": "substr({row}created_at, 1, 10)",
    "hours": "max((strftime('%s', {row}status_at) - strftime('%s', {row}created_at)) / 3600, 0)",
}
_ON_POSTGRESQL = {
    "day": "to_char({row}created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
    "hours": "greatest(floor(extract(epoch FROM {row}status_at - {row}created_at) / 3600), 0)",
}
_IS_TIMED = "{row}status = 'delivered' AND {row}status_at IS NOT NULL"


def _counts(terms: dict[str, str]) -> Iterator[str]:
    """What is there is counted at once: nobody has to wait until a change for each parcel is added up."""
    day, hours = (terms[name].format(row="") for name in ("day", "hours"))
    for period in (day, f"substr({day}, 1, 7)"):
        yield (
            f"INSERT INTO piles (period, {_NAMES}, parcels, shipments) "  # noqa: S608  names of ours
            f"SELECT {period}, {_VALUES}, count(*), sum(CASE WHEN position = 0 THEN 1 ELSE 0 END) "
            "FROM parcels WHERE created_at IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6"
        )
        yield (
            "INSERT INTO delivery_hours (period, courier, hours, parcels) "  # noqa: S608  names of ours
            f"SELECT {period}, courier, {hours}, count(*) "
            f"FROM parcels WHERE created_at IS NOT NULL AND {_IS_TIMED.format(row='')} GROUP BY 1, 2, 3"
        )


def _change(terms: dict[str, str], row: str, sign: str = "") -> str:
    """Notes what a parcel's row counts for, or counted for; `hours` are whole ones from its booking to its delivery."""
    day, hours, is_timed = (term.format(row=f"{row}.") for term in (terms["day"], terms["hours"], _IS_TIMED))
    values = _VALUES
    for name, _ in _ALIKE:
        values = values.replace(name, f"{row}.{name}")
    return (
        f"INSERT INTO pile_changes (day, {_NAMES}, hours, parcels, shipments) "  # noqa: S608  names of ours
        f"VALUES ({day}, {values}, CASE WHEN {is_timed} THEN {hours} END, {sign}1, "
        f"CASE WHEN {row}.position = 0 THEN {sign}1 ELSE 0 END);"
    )


_IS_CHANGED = (
    "OLD.booking <> NEW.booking OR OLD.status IS DISTINCT FROM NEW.status "
    "OR (NEW.status = 'delivered' AND OLD.status_at IS DISTINCT FROM NEW.status_at)"
)
_ADDED = "CREATE TRIGGER parcels_are_piled AFTER INSERT ON parcels"
_CHANGED = "CREATE TRIGGER parcels_are_piled_anew AFTER UPDATE OF booking, status, status_at ON parcels"
_TRIGGERS_ON_SQLITE = [
    f"{_ADDED} WHEN NEW.created_at IS NOT NULL BEGIN {_change(_ON_SQLITE, 'NEW')} END",
    f"{_CHANGED} WHEN NEW.created_at IS NOT NULL AND ({_IS_CHANGED.replace('IS DISTINCT FROM', 'IS NOT')}) "
    f"BEGIN {_change(_ON_SQLITE, 'OLD', '-')} {_change(_ON_SQLITE, 'NEW')} END",
]
_TRIGGERS_ON_POSTGRESQL = [
    "CREATE FUNCTION note_pile_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    f"IF TG_OP = 'UPDATE' THEN {_change(_ON_POSTGRESQL, 'OLD', '-')} END IF; "
    f"{_change(_ON_POSTGRESQL, 'NEW')} RETURN NULL; END $$",
    f"{_ADDED} FOR EACH ROW WHEN (NEW.created_at IS NOT NULL) EXECUTE FUNCTION note_pile_change()",
    f"{_CHANGED} FOR EACH ROW WHEN (NEW.created_at IS NOT NULL AND ({_IS_CHANGED})) "
    "EXECUTE FUNCTION note_pile_change()",
]
