"""What operators ask, of names and moments that are really there; each a request as it comes in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Row, select

from carrier_backend.domain.lifecycle import BookingState, Standing
from carrier_backend.domain.tracking import UpdateState
from carrier_backend.storage.store import Store, Unit
from carrier_backend.storage.tables import audit, exchanges, parcels, shipments

SAMPLES = 15
LARGE_SHOP, SMALL_SHOP = "shop-1", "shop-390"
DISTANT = 100
BOUND_MS = 200
OVERVIEW_BOUND_MS = 1000
"""Of what sums up everything, and nobody waits for with a caller on the telephone."""
LATELY = timedelta(days=20)


@dataclass(frozen=True, slots=True)
class Question:
    """A request, as one of several alike; `page` is how far its list is turned over before it is asked.

    It is to be answered within `bound_ms`, in milliseconds.
    """

    title: str
    paths: Sequence[str]
    status: int = 200
    page: int = 1
    bound_ms: int = BOUND_MS


@dataclass(frozen=True, slots=True)
class Samples:
    """Shipments of many moments, with a parcel of each; the recent ones are not erased."""

    all: Sequence[Row[Any]]
    recent: Sequence[Row[Any]]
    trace_ids: Sequence[str]
    subjects: Sequence[str]


def every(store: Store, now: datetime) -> Iterator[Question]:
    """All of them."""
    samples = _samples(store, now)
    yield from _searches(samples)
    yield from _shipments()
    yield from _updates()
    yield from _exchanges(samples)
    yield from _acts(samples)
    yield from _others(samples, now)


def _samples(store: Store, now: datetime) -> Samples:
    with store.read() as unit:
        recent = [_parcel_after(unit, now - LATELY * (place + 1) / SAMPLES) for place in range(SAMPLES)]
        long_ago = [_parcel_after(unit, now - timedelta(days=360) * (place + 1) / SAMPLES) for place in range(SAMPLES)]
        trace_ids = unit.connection.execute(select(exchanges.c.trace_id).limit(SAMPLES)).scalars().all()
        subjects = unit.connection.execute(select(audit.c.subject).limit(SAMPLES)).scalars().all()
    return Samples(long_ago, recent, trace_ids, subjects)


def _parcel_after(unit: Unit, moment: datetime) -> Row[Any]:
    query = (
        select(parcels, shipments.c.external_id, shipments.c.tos_id, shipments.c.trace_id)
        .join(shipments, shipments.c.id == parcels.c.shipment_id)
        .where(parcels.c.created_at >= moment, parcels.c.booking == BookingState.BOOKED, shipments.c.tos_id != "")
        .order_by(parcels.c.created_at)
        .limit(1)
    )
    return unit.connection.execute(query).one()


def _of(path: str, **asked: object) -> str:
    said = urlencode({name: value for name, value in asked.items() if value is not None})
    return f"/admin/{path}?{said}" if said else f"/admin/{path}"


def _searches(samples: Samples) -> Iterator[Question]:
    names = {
        "barcode": "barcode",
        "our reference": "reference",
        "external id": "external_id",
        "tos id": "tos_id",
        "trace id": "trace_id",
        "package id": "package_id",
    }
    for title, column in names.items():
        yield _search(title, [getattr(row, column) for row in samples.all])
    yield _search("barcode that is nobody's", [f"nobody's {row.barcode}" for row in samples.all])
    yield _search("beginning of a reference", [row.reference[:9] for row in samples.all])
    yield _search("beginning of hundreds of barcodes", [row.barcode[:-3] for row in samples.all])
    yield _search("beginning of too many", [row.barcode[:3] for row in samples.all], status=400)
    yield _search("package id that very many have", ["1"])
    yield _search("package id that very many have", ["1"], page=DISTANT)
    filters = {"state": Standing.BOOKED, "courier": "intigo"}
    paths = [_of("shipments", q=row.external_id, **filters) for row in samples.all]
    yield Question("shipments booked with a courier, by external id", paths)


def _search(title: str, names: Sequence[str], status: int = 200, page: int = 1) -> Question:
    return Question(f"shipments by {title}", [_of("shipments", q=name) for name in names], status, page)


def _shipments() -> Iterator[Question]:
    for state in (None, *Standing):
        for courier in (None, "intigo"):
            for shipper_id in (None, LARGE_SHOP, SMALL_SHOP):
                path = _of("shipments", state=state, courier=courier, shipper_id=shipper_id)
                yield from _list(" ".join(filter(None, ("shipments", state, courier, shipper_id))), path)


def _updates() -> Iterator[Question]:
    for state in (None, *UpdateState):
        yield from _list(f"status updates {state or ''}".strip(), _of("status-updates", state=state))


def _exchanges(samples: Samples) -> Iterator[Question]:
    yield from _list("exchanges", _of("exchanges"))
    yield from _list("exchanges with a courier", _of("exchanges", courier="intigo"))
    yield from _list("exchanges with Ingrid", _of("exchanges", courier="ingrid"))
    yield from _list("exchanges with nobody", _of("exchanges", courier="nobody"))
    yield Question("exchanges of a trace id", [_of("exchanges", trace_id=trace_id) for trace_id in samples.trace_ids])
    paths = [_of("exchanges", trace_id=trace_id, courier="intigo") for trace_id in samples.trace_ids]
    yield Question("exchanges of a trace id with a courier", paths)


def _acts(samples: Samples) -> Iterator[Question]:
    yield from _list("audit", _of("audit"))
    yield from _list("audit of an operator", _of("audit", operator="operator-7"))
    yield Question("audit of a parcel", [_of("audit", subject=subject) for subject in samples.subjects])


def _list(title: str, path: str) -> Iterator[Question]:
    yield Question(title, [path])
    yield Question(title, [path], page=DISTANT)


def _others(samples: Samples, now: datetime) -> Iterator[Question]:
    yield Question("a parcel's timeline, by barcode", [_of(f"parcels/{row.barcode}") for row in samples.recent])
    yield Question("a parcel's timeline, by reference", [_of(f"parcels/{row.reference}") for row in samples.recent])
    yield Question("a label", [_of(f"parcels/{row.barcode}/label") for row in samples.recent])
    yield Question("figures of 30 days", [_of("stats")], bound_ms=OVERVIEW_BOUND_MS)
    for title, until in (("93 days", now), ("93 days, a while ago", now - timedelta(days=40, hours=7))):
        path = _of("stats", since=_written(until - timedelta(days=93)), until=_written(until))
        yield Question(f"figures of {title}", [path], bound_ms=OVERVIEW_BOUND_MS)
    day = {"since": _written(now - timedelta(days=61)), "until": _written(now - timedelta(days=60))}
    yield Question("export of a small shop's day", [_of("export.csv", shipper_id=SMALL_SHOP, **day)])
    yield Question("couriers", [_of("couriers")], bound_ms=OVERVIEW_BOUND_MS)
    yield Question("metrics", ["/metrics"], bound_ms=OVERVIEW_BOUND_MS)


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
