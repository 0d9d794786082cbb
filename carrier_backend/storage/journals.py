"""The journal of a shipment, on the database: every write is a commit of its own, fenced by the lease."""

from datetime import timedelta

from sqlalchemy import bindparam, delete, select, update

from carrier_backend.domain.errors import Busy
from carrier_backend.domain.parcels import Facts
from carrier_backend.ports import Step, Untimely
from carrier_backend.storage import leases
from carrier_backend.storage.statements import insert
from carrier_backend.storage.store import Store, Unit
from carrier_backend.storage.tables import journal
from carrier_backend.storage.types import dump, load

_STEP = select(journal).where(journal.c.shipment_id == bindparam("shipment_id"), journal.c.name == bindparam("name"))
_OF_SHIPMENT = journal.c.shipment_id == bindparam("of_shipment")
_OF_NAME = journal.c.name == bindparam("of_name")
_NOTE = update(journal).where(_OF_SHIPMENT, _OF_NAME).values(sealed_facts=bindparam("sealed_facts"))
_DONE = (
    update(journal)
    .where(_OF_SHIPMENT, _OF_NAME)
    .values(sealed_facts=bindparam("sealed_facts"), done_at=bindparam("done_at"))
)
_WITHDRAW = delete(journal).where(_OF_SHIPMENT, _OF_NAME)


def youngest_open(unit: Unit, shipment_id: str) -> timedelta | None:
    """How long ago the latest step was begun of which nobody knows what came of it; None where there is none."""
    is_open = (journal.c.shipment_id == shipment_id, journal.c.done_at.is_(None))
    latest = select(journal.c.begun_at).where(*is_open).order_by(journal.c.begun_at.desc()).limit(1)
    begun_at = unit.connection.execute(latest).scalar()
    return None if begun_at is None else unit.now - begun_at


class StoredJournal:
    """ports.Journal; with `only_looks`, nothing new may be begun."""

    def __init__(self, store: Store, shipment_id: str, owner: str, *, only_looks: bool = False) -> None:
        self._store = store
        self._shipment_id = shipment_id
        self._owner = owner
        self._only_looks = only_looks

    def step(self, name: str) -> Step | None:
        with self._store.read() as unit:
            row = unit.connection.execute(_STEP, {"shipment_id": self._shipment_id, "name": name}).one_or_none()
            if row is None:
                return None
            facts = load(unit.sealing.open(row.sealed_facts), dict[str, object])
            return Step(name, facts, row.done_at is not None, unit.now - row.begun_at)

    def begin(self, name: str, facts: Facts) -> None:
        if self._only_looks:
            raise Untimely
        with self._store.begin() as unit:
            self._hold_lease(unit)
            row = {
                "shipment_id": self._shipment_id,
                "name": name,
                "sealed_facts": unit.sealing.seal(dump(facts)),
                "begun_at": unit.now,
                "done_at": None,
            }
            statement = insert(unit, journal).values(row)
            unit.connection.execute(statement.on_conflict_do_update(index_elements=["shipment_id", "name"], set_=row))

    def note(self, name: str, facts: Facts) -> None:
        with self._store.begin() as unit:
            self._hold_lease(unit)
            unit.connection.execute(_NOTE, self._key(name) | {"sealed_facts": unit.sealing.seal(dump(facts))})

    def done(self, name: str, facts: Facts) -> None:
        with self._store.begin() as unit:
            self._hold_lease(unit)
            unit.connection.execute(
                _DONE,
                self._key(name) | {"sealed_facts": unit.sealing.seal(dump(facts)), "done_at": unit.now},
            )

    def withdraw(self, name: str) -> None:
        with self._store.begin() as unit:
            self._hold_lease(unit)
            unit.connection.execute(_WITHDRAW, self._key(name))

    def _key(self, name: str) -> dict[str, object]:
        return {"of_shipment": self._shipment_id, "of_name": name}

    def _hold_lease(self, unit: Unit) -> None:
        if not leases.renew(unit, self._shipment_id, self._owner, leases.LEASE):
            raise Busy("somebody else has taken this shipment over")
