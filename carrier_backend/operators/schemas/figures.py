"""What operators ask of figures and exports, and what they are answered."""

from typing import Any

from marshmallow import fields, pre_dump

from carrier_backend.doors.fields import Shape, Text
from carrier_backend.operators.schemas.answered import Moment, Word
from carrier_backend.operators.schemas.asked import Span
from carrier_backend.services.take_stock import Stock, Tally


class ExportQuery(Span):
    """Which parcels are wanted."""

    courier = Text(load_default=None)
    shipper_id = Text(128, load_default=None)


class Percentiles(Shape):
    """Within how many hours of its booking that share of the delivered parcels was delivered."""

    p50 = fields.Integer()
    p90 = fields.Integer()
    p99 = fields.Integer()


class Counted(Shape):
    """What became of parcels: how many are in each state of booking and have each status.

    Of those that are booked, `late_share` is delayed now, and `failed_share` could not be delivered: an attempt failed,
    or they are on the way back, returned, or lost.
    """

    parcels = fields.Integer()
    bookings = fields.Dict(keys=fields.String(), values=fields.Integer())
    statuses = fields.Dict(keys=fields.String(), values=fields.Integer())
    late_share = fields.Float(allow_none=True)
    failed_share = fields.Float(allow_none=True)


class CountedBy(Counted):
    """The same, of one merchant, courier or product."""

    name = Word()


class Figures(Counted):
    """What became of the parcels of a span, in all and of each; at most a hundred merchants, those with the most."""

    since = Moment()
    until = Moment()
    shipments = fields.Integer()
    by_merchant = fields.List(fields.Nested(CountedBy()))
    by_courier = fields.List(fields.Nested(CountedBy()))
    by_product = fields.List(fields.Nested(CountedBy()))
    delivery_hours = fields.Dict(keys=fields.String(), values=fields.Nested(Percentiles()))

    @pre_dump
    def _flat(self, stock: Stock, **_: Any) -> dict[str, object]:
        return {
            "since": stock.since,
            "until": stock.until,
            "shipments": stock.shipments,
            **_counted(stock.all),
            "by_merchant": [{"name": name, **_counted(tally)} for name, tally in stock.merchants.items()],
            "by_courier": [{"name": name, **_counted(tally)} for name, tally in sorted(stock.couriers.items())],
            "by_product": [{"name": name, **_counted(tally)} for name, tally in sorted(stock.products.items())],
            "delivery_hours": stock.delivery_hours,
        }


def _counted(tally: Tally) -> dict[str, object]:
    return {
        "parcels": tally.parcels,
        "bookings": dict(tally.bookings),
        "statuses": dict(tally.statuses),
        "late_share": tally.late_share,
        "failed_share": tally.failed_share,
    }
