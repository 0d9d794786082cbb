"""Every table. Columns named `sealed_*` hold personal data or secrets, encrypted; the rest may be searched."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from carrier_backend.storage.types import Document, Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

RowId = BigInteger().with_variant(Integer, "sqlite")


def _index_of_names(table: str, name: str, *newest: str) -> Index:
    """For what is called so, or begins so: PostgreSQL finds beginnings by bytes alone, as SQLite does anyway."""
    columns = (name, *newest)
    return Index(f"ix_{table}_{'_'.join(columns)}", *columns, postgresql_ops={name: "text_pattern_ops"})


shipments = Table(
    "shipments",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("shipper_id", String(128), nullable=False),
    Column("tos_id", String(128), nullable=False),
    Column("external_id", String(128), nullable=False),
    Column("direction", String(16), nullable=False),
    Column("shipping_method", String(128), nullable=False),
    Column("courier", String(32), nullable=False),
    Column("trace_id", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("sealed_agreement", LargeBinary),
    Column("sealed_body", LargeBinary),
    Column("sealed_answer", LargeBinary),
    Column("sealed_refusal", LargeBinary),
    Column("created_at", Moment, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("booked_at", Moment),
    Column("unclaimed_at", Moment),
    Column("over_at", Moment),
    Column("erased_at", Moment),
    Column("sealed_stuck_reason", LargeBinary),
    Column("stuck_at", Moment),
    Column("stuck_over", String(16)),
    Column("lease_owner", String(32)),
    Column("lease_until", Moment),
    Index("ix_shipments_created_at_id", "created_at", "id"),
    Index("ix_shipments_shipper_id_created_at_id", "shipper_id", "created_at", "id"),
    Index("ix_shipments_shipper_id_courier_created_at_id", "shipper_id", "courier", "created_at", "id"),
    Index("ix_shipments_courier_created_at_id", "courier", "created_at", "id"),
    *(_index_of_names("shipments", name, "created_at", "id") for name in ("external_id", "tos_id", "trace_id")),
    Index(
        "ix_shipments_open",
        "state",
        sqlite_where=text("state IN ('intended', 'unsure', 'undoing')"),
        postgresql_where=text("state IN ('intended', 'unsure', 'undoing')"),
    ),
    Index(
        "ix_shipments_unclaimed",
        "created_at",
        "id",
        sqlite_where=text("unclaimed_at IS NOT NULL"),
        postgresql_where=text("unclaimed_at IS NOT NULL"),
    ),
    Index(
        "ix_shipments_stuck",
        "created_at",
        "id",
        sqlite_where=text("stuck_at IS NOT NULL"),
        postgresql_where=text("stuck_at IS NOT NULL"),
    ),
    Index(
        "ix_shipments_to_erase",
        "over_at",
        sqlite_where=text("over_at IS NOT NULL AND erased_at IS NULL"),
        postgresql_where=text("over_at IS NOT NULL AND erased_at IS NULL"),
    ),
)

traces = Table(
    "traces",
    metadata,
    Column("shipment_id", ForeignKey("shipments.id"), primary_key=True),
    Column("trace_id", String(64), primary_key=True),
    Column("created_at", Moment, nullable=False),  # as its shipment's
    _index_of_names("traces", "trace_id", "created_at", "shipment_id"),
)

claims = Table(
    "claims",
    metadata,
    Column("client_id", String(64), primary_key=True),
    Column("shipper_id", String(128), primary_key=True),
    Column("order_key", String(160), primary_key=True),
    Column("direction", String(16), primary_key=True),
    Column("package_id", String(128), primary_key=True),
    Column("shipment_id", ForeignKey("shipments.id"), nullable=False, index=True),
)

parcels = Table(
    "parcels",
    metadata,
    Column("reference", String(20), primary_key=True),
    Column("shipment_id", ForeignKey("shipments.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("package_id", String(128), nullable=False),
    Column("client_id", String(64), nullable=False),
    Column("shipper_id", String(128), nullable=False),
    Column("shipping_method", String(128), nullable=False),
    Column("courier", String(32), nullable=False),
    Column("weight_grams", Integer, nullable=False),
    Column("length_mm", Integer, nullable=False),
    Column("width_mm", Integer, nullable=False),
    Column("height_mm", Integer, nullable=False),
    Column("booking", String(16), nullable=False),
    Column("number", String(64)),
    Column("barcode", String(96), unique=True),
    Column("sealed_booked", LargeBinary),
    Column("sealed_label", LargeBinary),
    Column("label_digest", String(64), unique=True),
    Column("status", String(32)),
    Column("status_at", Moment),
    Column("cancellation", Document),
    Column("heard_at", Moment),
    Column("look_at", Moment),
    Column("look_trace_id", String(64)),
    Column("created_at", Moment),  # as its shipment's, and always there: SQLite adds no column that must be
    UniqueConstraint("shipment_id", "position"),
    *(
        _index_of_names("parcels", name, "created_at", "shipment_id")
        for name in ("barcode", "number", "reference", "package_id")
    ),
    # Figures and exports read this alone: beside it, a row has its label, through which SQLite would have to go.
    Index(
        "ix_parcels_counted",
        "created_at",
        "reference",
        "shipper_id",
        "courier",
        "shipping_method",
        "booking",
        "status",
        "status_at",
    ),
    Index(
        "ix_parcels_not_booked",
        "booking",
        "created_at",
        "shipment_id",
        "courier",
        "shipper_id",
        sqlite_where=text("booking <> 'booked'"),
        postgresql_where=text("booking <> 'booked'"),
    ),
    Index(
        "ix_parcels_courier_look_at",
        "courier",
        "look_at",
        sqlite_where=text("look_at IS NOT NULL"),
        postgresql_where=text("look_at IS NOT NULL"),
    ),
)

journal = Table(
    "journal",
    metadata,
    Column("shipment_id", ForeignKey("shipments.id"), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("sealed_facts", LargeBinary),
    Column("begun_at", Moment, nullable=False),
    Column("done_at", Moment),
)

setbacks = Table(
    "setbacks",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("shipment_id", ForeignKey("shipments.id"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("sealed_reason", LargeBinary, nullable=False),
    Column("times", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Index("ix_setbacks_shipment_id_id", "shipment_id", "id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("courier", String(32), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("trace_id", String(64), nullable=False),
    Column("received_at", Moment, nullable=False, index=True),
    Column("sealed_body", LargeBinary),
    Column("unreadable", Document, nullable=False),
    Column("call_id", String(64)),
    Column("voice", String(64), nullable=False, server_default=text("''")),
    Index("ix_deliveries_call_id", "courier", "voice", "call_id", unique=True),
)

spendings = Table(
    "spendings",
    metadata,
    Column("courier", String(32), primary_key=True),
    Column("purpose", String(64), primary_key=True),
    Column("shipper_id", String(128), nullable=False),
    Column("day", String(10), nullable=False),
    Column("thousandths", BigInteger, nullable=False),
    Column("spent_at", Moment, nullable=False, index=True),
    Index("ix_spendings_day", "courier", "shipper_id", "day"),
)

events = Table(
    "events",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("reference", String(20)),
    Column("courier", String(32), nullable=False),
    Column("number", String(64), nullable=False),
    Column("named", String(64), nullable=False),
    Column("code", String(64), nullable=False),
    Column("sealed_words", LargeBinary),
    Column("status", String(32)),
    Column("at", Moment, nullable=False),
    Column("second", BigInteger, nullable=False),
    Column("heard_at", Moment, nullable=False),
    Column("source", String(16), nullable=False),
    Column("trace_id", String(64), nullable=False),
    Column("is_for_timeline_only", Boolean, nullable=False),
    Column("voice", String(64), nullable=False, server_default=text("''")),  # of a stray: who spoke of it
    UniqueConstraint("courier", "number", "code", "second", "voice"),
    Index("ix_events_reference_at", "reference", "at"),
    Index(
        "ix_events_unknown",
        "courier",
        sqlite_where=text("status IS NULL"),
        postgresql_where=text("status IS NULL"),
    ),
    Index(
        "ix_events_unmatched",
        "courier",
        "number",
        sqlite_where=text("reference IS NULL"),
        postgresql_where=text("reference IS NULL"),
    ),
)

lanes = Table(
    "lanes",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("due_at", Moment),
    Column("lease_until", Moment),
    Column("owner", String(32)),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("deaths", Integer, nullable=False, server_default="0"),
    Index(
        "ix_lanes_due",
        "kind",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
)

messages = Table(
    "messages",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("lane", ForeignKey("lanes.key"), nullable=False),
    Column("reference", String(20), nullable=False, index=True),
    Column("site_id", String(128), nullable=False),
    Column("trace_id", String(64), nullable=False),
    Column("sealed_body", LargeBinary),  # always there, until it is erased
    Column("state", String(16), nullable=False),
    Column("sealed_error", LargeBinary),
    Column("created_at", Moment, nullable=False),
    Column("done_at", Moment),
    Index("ix_messages_state_id", "state", "id"),
    Index("ix_messages_state_created_at_id", "state", "created_at", "id"),
    Index(
        "ix_messages_waiting",
        "lane",
        "id",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("message_id", ForeignKey("messages.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("sealed_note", LargeBinary),
)

destinations = Table(
    "destinations",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("paused_at", Moment),
    Column("sealed_reason", LargeBinary),
    Column("probe_at", Moment),
    Column("sealed_refusal", LargeBinary),
    Column("refused", Document, nullable=False),
)

prebookings = Table(
    "prebookings",
    metadata,
    Column("client_id", String(64), primary_key=True),
    Column("shipper_id", String(128), primary_key=True),
    Column("order_key", String(160), primary_key=True, index=True),
    Column("external_id", String(128), nullable=False, index=True),
    Column("sealed_journey", LargeBinary, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)

clients = Table(
    "clients",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(128), nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)

client_secrets = Table(
    "client_secrets",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("client_id", ForeignKey("clients.id"), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
)

failed_logins = Table(
    "failed_logins",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("subject", String(64), nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Index("ix_failed_logins_subject_at", "subject", "at"),
)

operators = Table(
    "operators",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)

merchants = Table(
    "merchants",
    metadata,
    Column("shipper_id", String(128), primary_key=True),
    Column("sealed_merchant", LargeBinary, nullable=False),
    Column("changed_at", Moment, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("shipper_id", String(128), primary_key=True),
    Column("courier", String(32), primary_key=True),
    Column("sealed_account", LargeBinary, nullable=False),
    Column("changed_at", Moment, nullable=False),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("fetched_at", Moment, nullable=False),
)

revision = Table(
    "revision",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
)

ticks = Table(
    "ticks",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("next_at", Moment, nullable=False),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("at", Moment, nullable=False),
)

quotas = Table(
    "quotas",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("window_us", BigInteger, primary_key=True, autoincrement=False),
    Column("remaining", Integer),
    Column("resets_at", Moment),
)

calls = Table(
    "calls",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("window_us", BigInteger, primary_key=True, autoincrement=False),
    Column("slot", BigInteger, primary_key=True, autoincrement=False),
    Column("made", Integer, nullable=False),
)

outages = Table(
    "outages",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("who", String(32), nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("probe_at", Moment, nullable=False),
)

counts = Table(
    "counts",
    metadata,
    Column("who", String(32), primary_key=True),
    Column("outcome", String(16), primary_key=True),
    Column("total", BigInteger, nullable=False),
)


def _what_is_alike() -> tuple[Column[str], ...]:
    """What all parcels of a pile have in common; a status of "" is none."""
    return (
        Column("shipper_id", String(128), primary_key=True),
        Column("courier", String(32), primary_key=True),
        Column("shipping_method", String(128), primary_key=True),
        Column("booking", String(16), primary_key=True),
        Column("status", String(32), primary_key=True),
    )


def _index_of_empty(table: str) -> Index:
    return Index(f"ix_{table}_empty", "period", sqlite_where=text("parcels = 0"), postgresql_where=text("parcels = 0"))


# Written by triggers alone (migration 0013), in the very commit that adds a parcel or moves it from pile to pile.
pile_changes = Table(
    "pile_changes",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("day", String(10), nullable=False),
    *(Column(column.name, column.type, nullable=False) for column in _what_is_alike()),
    Column("hours", Integer),
    Column("parcels", Integer, nullable=False),
    Column("shipments", Integer, nullable=False),
)

piles = Table(
    "piles",
    metadata,
    Column("period", String(10), primary_key=True),
    *_what_is_alike(),
    Column("parcels", BigInteger, nullable=False),
    Column("shipments", BigInteger, nullable=False),
    _index_of_empty("piles"),
    sqlite_with_rowid=False,
)

delivery_hours = Table(
    "delivery_hours",
    metadata,
    Column("period", String(10), primary_key=True),
    Column("courier", String(32), primary_key=True),
    Column("hours", Integer, primary_key=True, autoincrement=False),
    Column("parcels", BigInteger, nullable=False),
    _index_of_empty("delivery_hours"),
    sqlite_with_rowid=False,
)

exchanges = Table(
    "exchanges",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("direction", String(3), nullable=False),
    Column("who", String(32), nullable=False),
    Column("operation", String(64), nullable=False),
    Column("trace_id", String(64), nullable=False),
    Column("method", String(8), nullable=False),
    Column("path", String(256), nullable=False),
    Column("status", Integer),
    Column("verdict", String(16)),
    Column("milliseconds", Integer, nullable=False),
    Column("request", Text),
    Column("response", Text),
    Column("external_id", String(128)),
    Column("tos_id", String(128)),
    Column("shipper_id", String(128)),
    Column("sealed_words", LargeBinary),
    Column("sealed_places", LargeBinary),
    Index("ix_exchanges_at_id", "at", "id"),
    Index("ix_exchanges_who_at_id", "who", "at", "id"),
    Index("ix_exchanges_trace_id_at_id", "trace_id", "at", "id"),
    *(
        Index(
            f"ix_exchanges_{name}_at_id",
            name,
            "at",
            "id",
            sqlite_where=text(f"{name} IS NOT NULL"),
            postgresql_where=text(f"{name} IS NOT NULL"),
        )
        for name in ("external_id", "tos_id")
    ),
    Index(
        "ix_exchanges_places",
        "at",
        "id",
        sqlite_where=text("sealed_places IS NOT NULL"),
        postgresql_where=text("sealed_places IS NOT NULL"),
    ),
)

audit = Table(
    "audit",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("operator", String(128), nullable=False),
    Column("act", String(64), nullable=False),
    Column("subject", String(160), nullable=False),
    Column("reason", Text, nullable=False),
    Column("facts", Document, nullable=False),
    Index("ix_audit_operator_id", "operator", "id"),
    Index("ix_audit_subject_id", "subject", "id"),
)

replays = Table(
    "replays",
    metadata,
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Column("audit_id", ForeignKey("audit.id"), primary_key=True),
)
