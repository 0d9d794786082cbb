"""Where a tenant of Ecotrack's goes (specs/ecotrack.md section 11): the commune that an address means, never guessed."""

from dataclasses import dataclass

from carrier_backend.domain.addresses import Address, PickupPoint
from carrier_backend.domain.orders import SearchArea
from carrier_backend.ports import Snapshots


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune in the tenant's own spelling, which is the only one that it takes; `wilaya` is its `code_wilaya`."""

    name: str
    wilaya: int
    postal_code: str = ""
    has_stop_desk: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """A station where parcels are fetched; an order names no desk, only its commune and `stop_desk` (section 11)."""

    commune: Commune
    name: str = ""


class Places:
    """A tenant's wilayas, communes and desks, made to be searched."""

    def find(self, address: Address) -> Commune:
        """The one commune of an address; raises ValueError, with up to three suggestions, where it is not certain."""
        raise NotImplementedError

    def check(self, address: Address) -> None:
        """Raise ValueError where a shopper's address names a place that is not served; no place at all is no fault."""
        raise NotImplementedError

    def desks_near(self, area: SearchArea) -> tuple[PickupPoint, ...]:
        """The desks around an address, nearest first, within Ingrid's radius, kinds and limit."""
        raise NotImplementedError

    def desk(self, pickup_point_id: str) -> Desk:
        """The desk that an id of `desks_near` names; raises ValueError for one that is not, or no longer, there."""
        raise NotImplementedError


class KeptPlaces:
    """The newest lists that were kept of each tenant, read anew when they change."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots

    def latest(self, base_url: str) -> Places | None:
        """The places of the tenant at that address; None while they were never kept."""
        raise NotImplementedError

    def keep(self, base_url: str, wilayas: object, communes: object, desks: object = None) -> Places:
        """Keep the parsed answers of the three lists; desks are None where the tenant has no such list (404).

        Raises ValueError where no commune can be read: what was kept before is better then.
        """
        raise NotImplementedError
