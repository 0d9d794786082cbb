"""The admin route about exchanges: what was said both ways between us and our counterparts."""

from carrier_backend import current
from carrier_backend.domain.access import Role
from carrier_backend.doors.bodies import Loaded
from carrier_backend.operators.access import operator_may
from carrier_backend.operators.blueprints import Blueprint
from carrier_backend.operators.schemas.answered import page_of
from carrier_backend.operators.schemas.exchanges import ExchangesQuery, KeptExchange

exchanges = Blueprint("exchanges", "What was said both ways")


@exchanges.route("/exchanges")
@operator_may(Role.VIEWER)
@exchanges.arguments(ExchangesQuery(), location="query")
@exchanges.response(200, page_of(KeptExchange()))
def list_exchanges(wanted: Loaded) -> object:
    """What we and our counterparts said to each other, newest first: of one order or trace id, with one counterpart.

    Values stand in `request` and `response` only under names that are known to name nobody; of labels their hash. They
    are kept as long as personal data is after a parcel's end.
    """
    backend = current.backend()
    backend.exchanges.write_all()  # what this process gathered a moment ago
    return backend.read_exchanges(
        trace_id=wanted["trace_id"],
        who=wanted["courier"],
        external_id=wanted["external_id"],
        tos_id=wanted["tos_id"],
        cursor=wanted["cursor"],
    )
