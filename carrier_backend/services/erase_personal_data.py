"""Somebody asks to be forgotten: all that is known of an order goes but what keeps it from being booked again."""

from dataclasses import dataclass

from carrier_backend.domain.errors import Busy, Conflict, Fault, Malformed
from carrier_backend.services.oversee import By
from carrier_backend.storage import erasures, exchanges, found, oversight
from carrier_backend.storage.store import Store, Unit

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Erasure:
    """How many shipments and prebookings of an order were erased, and how many shipments had been before."""

    shipments: int
    erased_before: int
    prebookings: int


class ErasePersonalData:
    """Erase on demand, whenever an order is over."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __call__(self, external_id: str, shipper_id: str | None, by: By) -> Erasure:
        """Erase all of an order; keys and barcodes stay, so that a late repeat books nothing. Again, it does nothing.

        Raises Conflict, and erases nothing, while any of its shipments is under way or waits for people to do something
        (a refund), and Busy while somebody works on one: what they write would stay. Malformed where an order cannot
        be told from too many of the same name.
        """
        with self._store.begin() as unit:
            listed = erasures.of_order(unit, external_id, shipper_id, AT_ONCE + 1)
            if len(listed) > AT_ONCE:
                raise Malformed(Fault(f"more than {AT_ONCE} shipments are called so: name the shipper", "external_id"))
            if under_way := [each.id for each in listed if not each.is_over]:
                raise Conflict(_under_way(unit, under_way, len(listed)))
            if any(each.is_leased for each in listed):
                raise Busy("a shipment of it is being worked on at this moment")
            left = [each.id for each in listed if not each.is_erased]
            if left:
                erasures.erase(unit, left)
            exchanges.erase_order(unit, external_id, shipper_id)
            prebookings = erasures.forget_prebookings(unit, external_id, shipper_id)
            erasure = Erasure(len(left), len(listed) - len(left), prebookings)
            facts = {"shipper_id": shipper_id, "shipments": erasure.shipments, "prebookings": erasure.prebookings}
            oversight.note_act(unit, by.operator, "erase personal data", external_id, by.reason, facts)
        return erasure


def _under_way(unit: Unit, shipment_ids: list[str], of: int) -> str:
    """Which parcels are in the way, by the names under which they can be cancelled or settled."""
    parcels = [parcel for shipment in found.read(unit, shipment_ids) for parcel in shipment.parcels]
    names = ", ".join(parcel.barcode or parcel.reference for parcel in parcels[:5])
    more = ", ..." if len(parcels) > 5 else ""
    return (
        f"{len(shipment_ids)} of {of} shipments are not over, so that nothing was erased: "
        f"cancel or settle them first, or wait ({names}{more})"
    )
