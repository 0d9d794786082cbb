"""Where the pretended Ecotrack tenant goes: wilayas, communes and desks, in whichever shape it was told to give them.

Names and postal codes are real, most of them from GeoAlgeria (MIT licence, (c) Yasser's Studio, geoalgeria.com),
respelled with more accents. The communes of the wilayas 49-58, split off in 2019, keep the codes of their old wilaya.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import Any

WORKING_HOURS = [
    {"days": "Dimanche – Mardi, Jeudi", "hours": "09:00 - 17:00"},  # noqa: RUF001  # as a sample has it
    {"days": "Mercredi", "hours": "09:00 - 16:00"},
]
_HOME = "Alger Centre"


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune as the tenant spells it."""

    name: str
    wilaya_id: int
    wilaya_name: str
    postal_code: str
    has_stop_desk: bool

    def nested_desk(self, number: int) -> dict[str, Any]:
        """Its desk in the shape in which a tenant gives the sender's own."""
        location = {
            "wilaya": self.wilaya_name,
            "commune": self.name,
            "adresse": f"Cité administrative, {self.name}",
            "phone": f"0550{number:06}",
            "phone2": None,
            "email": "station@tenant.example",
            "map": f"https://maps.app.goo.gl/{number:06}",
        }
        hours = WORKING_HOURS if number % 2 == 0 else []
        return {"hub_id": number, "hub_name": f"Station {self.name}", "location": location, "working_hours": hours}

    def flat_desk(self, number: int) -> dict[str, Any]:
        """Its desk as the documentation has it; every other one has kept its details to itself."""
        is_known = number % 2 == 0
        return {
            "name": f"Station {self.name}",
            "phone": f"0550{number:06}" if is_known else None,
            "phone2": None,
            "code_wilaya": str(self.wilaya_id),
            "wilaya": self.wilaya_name,
            "commune": self.name,
            "adresse": f"Cité administrative, {self.name}" if is_known else None,
            "map": None,
        }


class Places:
    """The whole country, found by wilaya and by exact name."""

    def __init__(self) -> None:
        text = resources.files("carrier_backend.simulator").joinpath("ecotrack_places.json").read_text("utf-8")
        listed = json.loads(text)
        self.wilayas: dict[int, str] = {one["wilaya_id"]: one["wilaya_name"] for one in listed}
        self.communes = [
            Commune(name, one["wilaya_id"], one["wilaya_name"], postal_code, has_stop_desk)
            for one in listed
            for name, postal_code, has_stop_desk in one["communes"]
        ]
        self._by_name = {(commune.wilaya_id, commune.name): commune for commune in self.communes}

    def commune(self, wilaya_id: int, name: str) -> Commune | None:
        """The one of exactly that name; another spelling is none."""
        return self._by_name.get((wilaya_id, name))

    @cached_property
    def desks(self) -> Sequence[Commune]:
        return [commune for commune in self.communes if commune.has_stop_desk]

    def desks_wire(self, shape: str) -> dict[str, Any]:
        """All desks: that of the sender's own hub, and the others `nested` or `flat`."""
        numbered = [(number, desk) for number, desk in enumerate(self.desks, 1)]
        mine = [desk.nested_desk(number) for number, desk in numbered if desk.name == _HOME]
        others = [
            desk.nested_desk(number) if shape == "nested" else desk.flat_desk(number)
            for number, desk in numbered
            if desk.name != _HOME
        ]
        return {"my_desk": mine[0], "other_desks": others}

    def wilayas_wire(self, closed: Sequence[int]) -> list[dict[str, Any]]:
        """Those that are active."""
        return [{"wilaya_id": id, "wilaya_name": name} for id, name in self.wilayas.items() if id not in closed]

    def communes_wire(self, wilaya_id: int | None, closed: Sequence[int], shape: str, flags: str) -> Any:
        """Those of active wilayas: a `list`, or an object `keyed` by number."""
        rows = [
            {
                "nom": commune.name,
                "wilaya_id": commune.wilaya_id,
                "code_postal": commune.postal_code,
                "has_stop_desk": _flag(commune.has_stop_desk, flags),
            }
            for commune in self.communes
            if commune.wilaya_id not in closed and wilaya_id in {None, commune.wilaya_id}
        ]
        return rows if shape == "list" else {str(number): row for number, row in enumerate(rows)}

    def fees_wire(self, closed: Sequence[int]) -> dict[str, Any]:
        """In dinars, as strings; "0" where a wilaya has no stop desk."""
        with_desk = {desk.wilaya_id for desk in self.desks}
        prices = [
            {"wilaya_id": id, "tarif": _fee(id), "tarif_stopdesk": "450" if id in with_desk else "0"}
            for id in self.wilayas
            if id not in closed
        ]
        return dict.fromkeys(("livraison", "pickup", "echnage", "recouvrement", "retours"), prices)


def _fee(wilaya_id: int) -> str:
    """The far south costs more."""
    return "1300" if wilaya_id in {1, 8, 11, 33, 37, *range(49, 59)} else "700"


def _flag(holds: bool, flags: str) -> Any:
    match flags:
        case "string":
            return str(int(holds))
        case "bool":
            return holds
    return int(holds)
