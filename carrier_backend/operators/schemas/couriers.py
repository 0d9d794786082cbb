"""The shapes of what is asked and told about couriers."""

from typing import Any, ClassVar

from marshmallow import fields, pre_dump

from carrier_backend.doors.fields import Shape, Text
from carrier_backend.operators.schemas.answered import Moment, Word
from carrier_backend.operators.schemas.asked import BECAUSE, Act
from carrier_backend.services.watch_couriers import CourierView


class Check(Act):
    """Whose account is to be checked: a merchant's own, or the default one."""

    described: ClassVar = {"examples": [{"reason": BECAUSE, "shipper_id": "shop-1"}]}

    shipper_id = Text(128, load_default="")


class Health(Shape):
    """What a check came to, and what to do about it."""

    is_well = fields.Boolean()
    condition = Word()
    note = Word()


class Calls(Shape):
    """What calls came to; neither share nor p95 where there were none."""

    made = fields.Integer(attribute="record.calls")
    success_share = fields.Float(attribute="record.success_share", allow_none=True)
    p95_milliseconds = fields.Integer(attribute="record.p95_milliseconds", allow_none=True)
    last_good_at = Moment(allow_none=True)


class FailedCall(Shape):
    """A call that failed; `verdict` is what it means for us, `status` what they answered, if they did."""

    at = Moment()
    operation = Word()
    status = fields.Integer(allow_none=True)
    verdict = Word(allow_none=True)


class CutOff(Shape):
    """An account that is left alone, but for a probe: the default one, or that of these merchants."""

    is_default = fields.Boolean()
    shipper_ids = fields.List(Word())
    since = Moment()
    next_try_at = Moment()


class QuotaLeft(Shape):
    """How many calls a window still has room for."""

    window = Word()
    calls = fields.Integer()


class Balance(Shape):
    """Money paid in advance, and how many days it lasts at the pace of the last week."""

    amount = fields.Decimal(places=2, as_string=True)
    currency = Word()
    noted_at = Moment()
    days_left = fields.Decimal(places=1, as_string=True, allow_none=True)


class Open(Shape):
    """What is not over: parcels watched for news, bookings in doubt, bookings that wait for an operator."""

    parcels = fields.Integer()
    unsure = fields.Integer()
    stuck = fields.Integer()


class Courier(Shape):
    """How a courier does."""

    name = Word()
    calls = fields.Nested(Calls())
    last_failure = fields.Nested(FailedCall(), allow_none=True)
    cut_off = fields.List(fields.Nested(CutOff()))
    quota_left = fields.List(fields.Nested(QuotaLeft()))
    token_ends_at = Moment(attribute="means.token_ends_at", allow_none=True)
    balance = fields.Nested(Balance(), attribute="means.balance", allow_none=True)
    open = fields.Nested(Open())

    @pre_dump
    def _in_parts(self, view: CourierView, **_: Any) -> dict[str, object]:
        quota_left = [{"window": window, "calls": calls} for window, calls in view.means.quota_left.items()]
        parts = {"name": view.name, "last_failure": view.last_failure, "cut_off": view.cut_off, "open": view.open}
        return {**parts, "calls": view, "quota_left": quota_left, "means": view.means}
