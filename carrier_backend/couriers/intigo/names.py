"""The names that operators add to Intigo's list of places, as far as something would come of them."""

from collections.abc import Callable, Mapping

from carrier_backend.couriers.intigo.regions import Regions
from carrier_backend.domain.errors import NotServed, raise_faults
from carrier_backend.support.findings import Findings
from carrier_backend.support.places import fold


class RegionNames:
    """ports.PlaceNames."""

    def __init__(self, regions: Callable[[], Regions]) -> None:
        self._regions = regions

    def meant(self, name: str, place: Mapping[str, str]) -> Mapping[str, str]:
        """Calls out only while the list of places was never fetched."""
        regions, findings = self._regions(), Findings()
        city = findings.of("city", regions.city, place["city"])
        listed = findings.of("subdivision", regions.within, city, place["subdivision"]) if city else None
        findings.of("name", regions.refuse_useless, name, city)
        raise_faults(NotServed, findings.faults)
        return {"city": listed.city, "subdivision": listed.subdivision} if listed else {}

    def is_same(self, name: str, other: str) -> bool:
        return fold(name) == fold(other)
