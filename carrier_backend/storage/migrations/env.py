"""Run by alembic: migrates over the connection that `storage.schema` hands in."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from carrier_backend.storage.tables import metadata
from carrier_backend.storage.types import Document, Moment


def render_item(kind: str, item: object, autogenerate: AutogenContext) -> str | Literal[False]:
    """Have our own column types written by their names."""
    if kind == "type" and (isinstance(item, Moment) or item is Document):
        name = "Document" if item is Document else "Moment"
        autogenerate.imports.add(f"from carrier_backend.storage.types import {name}")
        return name if item is Document else f"{name}()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=render_item,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
