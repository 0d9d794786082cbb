"""One order of the Ecotrack tenant's, with its history and remarks, as each of the tenant's lists shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from carrier_backend.simulator import ecotrack_statuses as statuses
from carrier_backend.simulator import labels
from carrier_backend.simulator.ecotrack_places import Commune

ALGIERS = timezone(timedelta(hours=1))
HOME_WILAYA = 16
SHOP = "Test Shop"


@dataclass(frozen=True, slots=True)
class Activity:
    """A line of an order's history, in local time."""

    at: datetime
    status: str
    station: str

    def wire(self) -> dict[str, str]:
        return {**_day_and_time(self.at), "status": self.status, "station": self.station}


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark of the sender's or of a driver's, whose reasons show in get/orders/status too."""

    at: datetime
    text: str
    station: str = ""
    driver: str = ""
    postponed_to: str | None = None

    def as_reason(self) -> dict[str, Any]:
        told = {"reason": self.text, "details": "", "station": self.station, "driver": self.driver}
        return {**told, **_day_and_time(self.at), "postponed_to": self.postponed_to}


@dataclass(slots=True)
class Order:
    """One order; `wanted` is what was asked for, as text."""

    tracking: str
    wanted: Mapping[str, Any]
    commune: Commune
    created_at: datetime
    status: str = statuses.DRAFT
    validated_at: datetime | None = None
    deleted_at: datetime | None = None
    is_gone: bool = False
    activities: list[Activity] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def reference(self) -> str | None:
        return self.wanted.get("reference")

    @property
    def shop(self) -> str:
        return self.wanted.get("boutique") or SHOP

    @property
    def is_listed(self) -> bool:
        """Archived orders are left out of get/orders."""
        return not (self.is_gone or self.deleted_at or self.status in statuses.ARCHIVED)

    def slip(self) -> labels.Slip:
        lines = (self.wanted["adresse"], f"{self.commune.postal_code} {self.commune.name}", self.commune.wilaya_name)
        return labels.Slip("Ecotrack", self.tracking, self.reference or "", self.wanted["nom_client"], lines)

    def row(self) -> dict[str, Any]:
        """As get/orders lists it; amounts are text."""
        return {
            "tracking": self.tracking,
            "reference": self.reference,
            "client": self.wanted["nom_client"],
            "phone": self.wanted["telephone"],
            "phone_2": self.wanted.get("telephone_2"),
            "adresse": self.wanted["adresse"],
            "commune": self.commune.name,
            "wilaya_id": self.commune.wilaya_id,
            "montant": self.wanted["montant"],
            "tarif_prestation": "700",
            "tarif_retour": "200",
            "type_id": int(self.wanted["type"]),
            "created_at": self.created_at.date().isoformat(),
            "payment_id": None,
            "return_id": None,
            "status": self.status,
            "products": self.wanted.get("produit"),
        }

    def standing(self) -> dict[str, Any]:
        """As get/orders/status gives it: a desk's address, or the driver's number while he is on his way."""
        is_on_the_way = self.status == statuses.IN_DELIVERY
        desk = dict.fromkeys(("desk_phone", "desk_commune", "desk_map_link", "desk_address"), "")
        with_whom = {"driver_phone": "0550000000"} if is_on_the_way else desk
        reasons = [remark.as_reason() for remark in self.remarks if remark.driver]
        return {"status": self.status, "order_id": self.reference or "", **with_whom, "activity": reasons}

    def history(self) -> dict[str, Any]:
        """As get/tracking/info gives it, which knows no status of the whole."""
        return {
            "recipientName": self.wanted["nom_client"],
            "shippedBy": self.shop,
            "originCity": HOME_WILAYA,
            "destLocationCity": self.commune.wilaya_id,
            "currentStation": self.activities[-1].station if self.activities else "",
            "activity": [activity.wire() for activity in self.activities],
            "reasons": [],
        }

    def remarks_wire(self) -> list[dict[str, str]]:
        """As get/maj gives them; the sender's stand after his shop's name."""
        return [
            {
                "remarque": remark.text if remark.driver else f"{self.shop} : {remark.text}",
                "station": remark.station,
                "livreur": remark.driver,
                "created_at": f"{remark.at:%Y-%m-%d %H:%M:%S}",
                "tracking": self.tracking,
            }
            for remark in self.remarks
        ]

    def state(self) -> dict[str, Any]:
        return {
            "tracking": self.tracking,
            "reference": self.reference,
            "status": self.status,
            "created_at": self.created_at.isoformat(),
            "validated_at": self.validated_at and self.validated_at.isoformat(),
            "deleted_at": self.deleted_at and self.deleted_at.isoformat(),
            "activities": [activity.status for activity in self.activities],
            "remarks": [remark.text for remark in self.remarks],
            "request": dict(self.wanted),
        }


def _day_and_time(at: datetime) -> dict[str, str]:
    return {"date": f"{at:%Y-%m-%d}", "time": f"{at:%H:%M:%S}"}
