"""Lists that serve while whoever gave them is away, each in its newest version."""

from sqlalchemy import select

from carrier_backend.ports import Snapshot
from carrier_backend.storage.accounts import raise_revision
from carrier_backend.storage.statements import insert
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import snapshots


def every(unit: Unit) -> dict[str, Snapshot]:
    """All of them, by name."""
    rows = unit.connection.execute(select(snapshots))
    return {row.name: Snapshot(row.version, row.content, row.fetched_at) for row in rows}


def kept(unit: Unit, name: str) -> bytes | None:
    """The content of one."""
    return unit.connection.execute(select(snapshots.c.content).where(snapshots.c.name == name)).scalar_one_or_none()


def content(unit: Unit, name: str) -> bytes | None:
    """The content of one; nobody else changes any until the transaction ends."""
    raise_revision(unit)  # its row is the lock: a list that was never kept has none to be locked
    return kept(unit, name)


def keep(unit: Unit, name: str, content: bytes) -> None:
    """Keep a new version in place of the one before."""
    row = {"name": name, "version": 1, "content": content, "fetched_at": unit.now}
    statement = insert(unit, snapshots).values(row)
    unit.connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_=row | {"version": snapshots.c.version + 1})
    )
    raise_revision(unit)
