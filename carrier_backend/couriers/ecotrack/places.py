"""All that is known of where a tenant of Ecotrack's goes, by the lists that were last kept (section 11)."""

import hashlib
from collections.abc import Iterable, Sequence

import structlog

from carrier_backend.couriers.ecotrack.centroids import Centroids, shipped
from carrier_backend.couriers.ecotrack.client import NAME
from carrier_backend.couriers.ecotrack.communes import Clues, Communes
from carrier_backend.couriers.ecotrack.desks import Desk, Desks
from carrier_backend.couriers.ecotrack.listings import (
    Commune,
    Station,
    Wilayas,
    read_communes,
    read_stations,
    read_wilayas,
)
from carrier_backend.domain.addresses import Address, Coordinates, PickupPoint
from carrier_backend.domain.orders import SearchArea
from carrier_backend.ports import Snapshots
from carrier_backend.support import strict_json

PLACES = f"{NAME}/places"

log = structlog.get_logger(__name__)


class Places:
    """A tenant's communes and desks, made to be searched."""

    def __init__(
        self, wilayas: Wilayas, communes: Iterable[Commune], stations: Sequence[Station], centroids: Centroids
    ) -> None:
        self._communes = Communes(wilayas, communes, centroids)
        self._centroids = centroids
        self._desks = Desks(self._serving(stations), centroids)
        if self._desks.without_coordinates:
            log.warning(
                "desks have no coordinates and are not offered", who=NAME, desks=self._desks.without_coordinates
            )

    def __bool__(self) -> bool:
        return any(self._communes)

    def find(self, address: Address) -> Commune:
        """The one commune of an address; raises ValueError, with up to three suggestions, where it is not certain."""
        return self._communes.find(Clues.of(address))

    def check(self, address: Address) -> None:
        """Raise ValueError where a shopper's address is not served; one without a city may yet turn out to be."""
        clues = Clues.of(address)
        wilaya = self._communes.wilaya(clues)
        if clues.names or (wilaya is not None and not self._communes.goes_to(wilaya)):
            self._communes.find(clues)

    def desks_near(self, area: SearchArea) -> tuple[PickupPoint, ...]:
        """The desks around an address, nearest first, within Ingrid's radius, kinds and limit.

        A wilaya is place enough to search from; raises ValueError, with suggestions, for a city that is not known.
        """
        centre = self._centre(Clues.of(area.address))
        return self._desks.near(centre, area) if centre is not None else ()

    def desk(self, pickup_point_id: str) -> Desk:
        """The desk that an id of `desks_near` names; raises ValueError where no parcel is fetched, or no longer."""
        desk = self._desks.find(pickup_point_id)
        if desk is None:
            raise ValueError(f"{pickup_point_id!r} is no desk where parcels can be fetched")
        return desk

    def _serving(self, stations: Sequence[Station]) -> list[Desk]:
        """The desks of communes that take parcels for one; where none is listed, those communes are all we know."""
        desks = [
            Desk(commune, station.name, station.address, station.opening_hours)
            for station in stations
            if (commune := self._communes.listed(station.wilaya, station.commune)) and commune.has_stop_desk
        ]
        if len(desks) < len(stations):
            log.warning(
                "desks are in no commune that takes parcels for one", who=NAME, desks=len(stations) - len(desks)
            )
        return desks or [Desk(commune) for commune in self._communes if commune.has_stop_desk]

    def _centre(self, clues: Clues) -> Coordinates | None:
        """Where to search from: the commune, or the seat of its wilaya where only that is told or known."""
        wilaya = self._communes.wilaya(clues)
        try:
            commune = self._communes.find(clues)
        except ValueError:
            if clues.names and wilaya is None:
                raise
            return self._centroids.seat(wilaya) if wilaya is not None else None
        return self._centroids.commune(commune.wilaya, commune.name) or self._centroids.seat(commune.wilaya)


class KeptPlaces:
    """The newest lists that were kept of each tenant, read anew when they change."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self._read: dict[str, tuple[int, Places]] = {}

    def latest(self, base_url: str) -> Places | None:
        """The places of the tenant at that address; None while they were never kept."""
        name = _name(base_url)
        snapshot = self._snapshots.read(name)
        if snapshot is None:
            return None
        if name not in self._read or self._read[name][0] != snapshot.version:
            self._read[name] = snapshot.version, read_places(strict_json.parse(snapshot.content))
        return self._read[name][1]

    def keep(self, base_url: str, wilayas: object, communes: object, desks: object = None) -> Places:
        """Keep the three lists as they came; `desks` is None where the tenant has no such list (404).

        Raises ValueError where no commune can be read: what was kept before is better then.
        """
        listed = {"wilayas": wilayas, "communes": communes, "desks": desks}
        places = read_places(listed)
        if not places:
            raise ValueError("they list no communes")
        self._snapshots.keep(_name(base_url), strict_json.dump(listed))
        return places


def read_places(listed: object) -> Places:
    """The places out of a tenant's three lists."""
    match listed:
        case {"wilayas": wilayas_listed, "communes": communes, "desks": desks}:
            wilayas = read_wilayas(wilayas_listed)
            return Places(wilayas, read_communes(communes), read_stations(desks, wilayas), shipped())
    raise ValueError("these are no lists of places")


def _name(base_url: str) -> str:
    """Of the snapshot; an address may be longer than its name may be."""
    return f"{PLACES}/{hashlib.sha256(base_url.encode()).hexdigest()[:16]}"
