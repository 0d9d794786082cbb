"""What is asked when personal data is to be erased, and what is answered."""

from typing import ClassVar

from marshmallow import fields

from carrier_backend.doors.fields import Shape, Text
from carrier_backend.operators.schemas.asked import BECAUSE, Act


class EraseOrder(Act):
    """The order whose data is to go: of one shipper, or of whoever calls an order so."""

    described: ClassVar = {"examples": [{"reason": BECAUSE, "external_id": "Order 1001", "shipper_id": "shop-1"}]}

    external_id = Text(128, required=True)
    shipper_id = Text(128, load_default=None)


class Erased(Shape):
    """How many shipments and prebookings were erased, and how many shipments had been before."""

    shipments = fields.Integer()
    erased_before = fields.Integer()
    prebookings = fields.Integer()
