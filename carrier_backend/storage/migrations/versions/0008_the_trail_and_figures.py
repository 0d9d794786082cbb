"""The trail of operators' acts is only added to, says the database itself; indexes for lists, figures and exports."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

REFUSAL = "the audit trail is only added to"


def upgrade() -> None:
    op.drop_index("ix_audit_subject", table_name="audit")
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)
    for statement in _ON_POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _ON_SQLITE:
        op.execute(statement)


def downgrade() -> None:
    on = " ON audit" if op.get_bind().dialect.name == "postgresql" else ""
    for name in _NAMES:
        op.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
    if on:
        op.execute("DROP FUNCTION refuse_to_change_audit()")
    for name, table, _ in reversed(_INDEXES):
        op.drop_index(name, table_name=table)
    op.create_index("ix_audit_subject", "audit", ["subject"])


_COUNTED = ["created_at", "reference", "shipper_id", "courier", "shipping_method", "booking", "status", "status_at"]
_INDEXES = [
    ("ix_audit_operator_id", "audit", ["operator", "id"]),
    ("ix_audit_subject_id", "audit", ["subject", "id"]),
    ("ix_parcels_counted", "parcels", _COUNTED),
    ("ix_messages_state_created_at_id", "messages", ["state", "created_at", "id"]),
]
_NAMES = ("audit_is_not_updated", "audit_is_not_deleted", "audit_is_not_truncated")
_ON_SQLITE = [
    f"CREATE TRIGGER {name} BEFORE {change} ON audit BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for name, change in zip(_NAMES, ("UPDATE", "DELETE"), strict=False)
]
_ON_POSTGRESQL = [
    "CREATE FUNCTION refuse_to_change_audit() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$",
    *(
        f"CREATE TRIGGER {name} BEFORE {change} ON audit FOR EACH {each} EXECUTE FUNCTION refuse_to_change_audit()"
        for name, change, each in zip(
            _NAMES, ("UPDATE", "DELETE", "TRUNCATE"), ("ROW", "ROW", "STATEMENT"), strict=True
        )
    ),
]
