"""Exchanges, as operators ask for them and are shown them."""

from marshmallow import fields, validate

from carrier_backend.doors.fields import Shape, Text
from carrier_backend.operators.schemas.answered import Moment, Word
from carrier_backend.operators.schemas.asked import Known

_CURSOR = validate.Regexp(r"[0-9]{1,17}-[0-9]{1,18}\Z", error="is not one that was given out here")


class ExchangesQuery(Known):
    """Which exchanges are wanted; all, unless something is said."""

    trace_id = Text(64, load_default=None)
    courier = Text(32, load_default=None)
    external_id = Text(128, load_default=None)
    tos_id = Text(128, load_default=None)
    cursor = Text(load_default=None, validate=_CURSOR)


class KeptExchange(Shape):
    """One request and its answer: `out` of ours to `who`, or `in` of theirs to us; a `verdict` is how a call failed.

    The names of the order are as the request had them. `errors` are our words, where we said no: they may name a
    shopper, and are shown only to who asks for one order or trace id.
    """

    id = fields.Integer()
    at = Moment(attribute="exchange.at")
    direction = Word(attribute="exchange.heading")
    who = Word(attribute="exchange.who")
    operation = Word(attribute="exchange.operation")
    trace_id = Word(attribute="exchange.trace_id")
    method = Word(attribute="exchange.method")
    path = Word(attribute="exchange.path")
    status = fields.Integer(attribute="exchange.status", allow_none=True)
    verdict = Word(attribute="exchange.verdict", allow_none=True)
    milliseconds = fields.Integer(attribute="exchange.milliseconds")
    request = Word(attribute="exchange.request", allow_none=True)
    response = Word(attribute="exchange.response", allow_none=True)
    external_id = Word(attribute="exchange.order.external_id", allow_none=True)
    tos_id = Word(attribute="exchange.order.tos_id", allow_none=True)
    shipper_id = Word(attribute="exchange.order.shipper_id", allow_none=True)
    errors = fields.List(Word(), attribute="exchange.words")
