"""INSERT OR REPLACE removes a row in SQLite without a word to any trigger that minds removing: now the trail minds."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

REFUSAL = "the audit trail is only added to"
# Before an insert, the id that is yet to be given out reads as -1: no row may be called so, or none could be added.
_TRIGGERS = {
    "audit_is_not_replaced": "BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)",
    "audit_ids_are_given_out": "AFTER INSERT ON audit WHEN NEW.id < 1",
}


def upgrade() -> None:
    """On PostgreSQL, whatever takes a row's place changes it, which is refused already."""
    if op.get_bind().dialect.name == "sqlite":
        for name, event in _TRIGGERS.items():
            op.execute(f"CREATE TRIGGER {name} {event} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in _TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
