"""The admin route that erases what is known of an order's people."""

from carrier_backend import current
from carrier_backend.domain.access import Role
from carrier_backend.doors.bodies import Loaded
from carrier_backend.operators.access import by, operator_may
from carrier_backend.operators.blueprints import Blueprint
from carrier_backend.operators.schemas.personal_data import Erased, EraseOrder

personal_data = Blueprint("personal_data", "Erasure on demand")


@personal_data.route("/personal-data", methods=["DELETE"])
@operator_may(Role.ADMIN)
@personal_data.arguments(EraseOrder())
@personal_data.response(200, Erased())
def erase(wanted: Loaded) -> object:
    """Erase all of an order that is over but its keys and barcodes: a late repeat of its booking books nothing."""
    erase_personal_data = current.backend().erase_personal_data
    return erase_personal_data(wanted["external_id"], wanted["shipper_id"], by(wanted["reason"]))
