"""Somebody calls about an order: find its shipment by whatever name they have, or list those that stand somehow."""

from dataclasses import dataclass, replace

from carrier_backend.domain.errors import Fault, Malformed
from carrier_backend.domain.lifecycle import Standing
from carrier_backend.storage import asked, found, search
from carrier_backend.storage.asked import Asked
from carrier_backend.storage.found import FoundShipment
from carrier_backend.storage.search import Place, Wanted
from carrier_backend.storage.store import Store, Unit

PAGE = 50
NAMES_ALIKE = 1000
ASKED = 20
NOTHING = Asked((), ())


@dataclass(frozen=True, slots=True)
class ShipmentPage:
    """Some of the shipments found, newest first; `next` names where the following ones begin, if there are any.

    Beside the first ones stands what else was asked under their name: prebookings, and what we refused.
    """

    items: tuple[FoundShipment, ...]
    next: str | None
    asked: Asked = NOTHING


class FindShipments:
    """Find shipments, however many there are."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __call__(
        self,
        *,
        name: str | None = None,
        standing: Standing | None = None,
        courier: str | None = None,
        shipper_id: str | None = None,
        cursor: str | None = None,
    ) -> ShipmentPage:
        """A page of those called exactly so, or, where there is none at all, of those with a name that begins so.

        Raises Malformed where too many would have to be looked through, and for a strange cursor.
        """
        with self._store.read() as unit:
            wanted = Wanted(standing, courier, shipper_id, _after(unit, cursor), PAGE + 1)
            ids = _named(unit, name, wanted) if name else search.newest(unit, wanted)
            items = tuple(found.read(unit, ids[:PAGE]))
            page = ShipmentPage(items, items[-1].id if len(ids) > PAGE else None)
            return replace(page, asked=asked.under(unit, name, ASKED)) if name and cursor is None else page


def _after(unit: Unit, cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    place = search.place(unit, cursor)
    if place is None:
        raise Malformed(Fault("is not one that was given out here", "cursor"))
    return place


def _named(unit: Unit, name: str, wanted: Wanted) -> list[str]:
    ids = search.called(unit, name, NAMES_ALIKE)
    if len(ids) > NAMES_ALIKE:
        return _of_very_many(unit, name, wanted)
    if not ids:
        ids = search.beginning(unit, name, NAMES_ALIKE)
    if len(ids) > NAMES_ALIKE:
        raise Malformed(Fault(f"more than {NAMES_ALIKE} names begin so: give more of it", "q"))
    return search.among(unit, ids, wanted)


def _of_very_many(unit: Unit, name: str, wanted: Wanted) -> list[str]:
    """Where every shop calls its parcels "1", a few of some other kind would have to be looked for among all."""
    if not wanted.is_any:
        raise Malformed(Fault(f"more than {NAMES_ALIKE} are called so: give another name, or nothing but this", "q"))
    return search.newest_called(unit, name, wanted)
