"""The admin routes about couriers: how each does, and whether it would let us in."""

from carrier_backend import current
from carrier_backend.domain.access import Role
from carrier_backend.doors.bodies import Loaded
from carrier_backend.operators.access import by, operator_may
from carrier_backend.operators.blueprints import Blueprint
from carrier_backend.operators.schemas import answered
from carrier_backend.operators.schemas import couriers as schemas
from carrier_backend.operators.schemas.asked import Everything

couriers = Blueprint("couriers", "How couriers do")


@couriers.route("/couriers")
@operator_may(Role.VIEWER)
@couriers.arguments(Everything(), location="query")
@couriers.response(200, answered.page_of(schemas.Courier()))
def list_couriers(_: Loaded) -> object:
    """Each enabled courier, without asking it anything.

    `calls` are those of the last hour, the newest 500 exchanges at most; a no is an answer. `cut_off` are the accounts
    that are left alone because most calls failed, and `last_failure` tells why. `quota_left`, `token_ends_at` and
    `balance` are of the default account, where the courier has any such thing; a token's end is told by the process
    that answers, if it holds one.
    """
    return {"items": current.backend().watch_couriers.every()}


@couriers.route("/couriers/<name:name>/check", methods=["POST"])
@operator_may(Role.OPERATOR)
@couriers.arguments(schemas.Check())
@couriers.response(200, schemas.Health())
def check_courier(wanted: Loaded, name: str) -> object:
    """Ask a courier, changing nothing there, whether our credentials are good; ten seconds at most.

    Of the default account, or with `shipper_id` of that merchant's own. `condition` tells a wrong key from a dead
    network, a courier that fails, a spent quota and an empty balance; `note` says what to do.
    """
    return current.backend().watch_couriers.check(name, wanted["shipper_id"], by(wanted["reason"]))
