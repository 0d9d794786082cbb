"""When a parcel is collected, or where it is handed in (specs/parcel2go.md sections 6 and 7)."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from carrier_backend.couriers.parcel2go.client import Parcel2GoClient
from carrier_backend.couriers.parcel2go.handover import HandOver
from carrier_backend.couriers.parcel2go.offers import Offer
from carrier_backend.couriers.parcel2go.translate import NAME, as_id, as_moment, as_number
from carrier_backend.domain.errors import Declined
from carrier_backend.domain.shipments import Shipment

log = structlog.get_logger(__name__)


def collection_date(
    client: Parcel2GoClient, hand_over: HandOver, offer: Offer, shipment: Shipment, now: datetime
) -> str:
    """The first date without a surcharge that is not before the wanted one, as Parcel2Go writes it.

    What is handed in at a shop can be so at once; where no date is given for what is fetched, the quote's own holds.
    """
    if not offer.is_collected:
        return now.isoformat()
    wanted = _wanted_day(shipment, now)
    country = hand_over.origin.country if hand_over.origin else ""
    try:
        entries = client.collection_dates(offer.slug, hand_over.postcode, country)
    except Declined:
        entries = []
    free = {_local_day(shipment, at): date for at, date in _without_surcharge(entries)}
    # Where none is as late as wanted, the latest comes nearest to it.
    day = min((day for day in free if day >= wanted), default=max(free, default=""))
    return free.get(day) or offer.collection or now.isoformat()


def _without_surcharge(entries: Iterable[object]) -> Iterator[tuple[datetime, str]]:
    for entry in entries:
        match entry:
            case {"CollectionDate": str(date), **others} if not as_number(others.get("Surcharge")):
                if (at := as_moment(date)) is not None:
                    yield at, date


def drop_shop(client: Parcel2GoClient, hand_over: HandOver, offer: Offer) -> str:
    """The shop nearest to where the parcel comes from, for a service that does not fetch it; empty where none is known.

    It is no condition: whoever has the label finds a shop without it.
    """
    if offer.is_collected or not offer.drop_off_provider or hand_over.origin is None:
        return ""
    try:
        shops = client.drop_shops(offer.drop_off_provider, hand_over.postcode, hand_over.origin.country)
    except Declined as error:
        log.warning("no drop shops told", who=NAME, reasons=len(error.reasons))
        return ""
    known = [shop for shop in shops if isinstance(shop, dict) and as_id(shop.get("Id"))]
    nearest = min(known, key=lambda shop: as_number(shop.get("Distance")) or 0, default={})
    return as_id(nearest.get("Id"))


def _wanted_day(shipment: Shipment, now: datetime) -> str:
    """Today, or for a later delivery so many working days before it as the product takes at most."""
    delivery, today = shipment.journey.delivery, _local_day(shipment, now)
    if delivery is None:
        return today
    calendar = shipment.route.product.calendar
    day, left = delivery.start_at.astimezone(ZoneInfo(calendar.timezone)).date(), calendar.transit_days[1]
    while left > 0 and day.isoformat() > today:
        day -= timedelta(days=1)
        left -= day.weekday() in calendar.working_days
    return max(today, day.isoformat())


def _local_day(shipment: Shipment, at: datetime) -> str:
    return at.astimezone(ZoneInfo(shipment.route.product.calendar.timezone)).date().isoformat()
