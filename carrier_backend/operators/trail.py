"""The admin route to the trail of operators' acts."""

from carrier_backend import current
from carrier_backend.domain.access import Role
from carrier_backend.doors.bodies import Loaded
from carrier_backend.operators.access import operator_may
from carrier_backend.operators.blueprints import Blueprint
from carrier_backend.operators.schemas.answered import page_of
from carrier_backend.operators.schemas.trail import ActsQuery, NotedAct

trail = Blueprint("trail", "Who did what, and why")


@trail.route("/audit")
@operator_may(Role.VIEWER)
@trail.arguments(ActsQuery(), location="query")
@trail.response(200, page_of(NotedAct()))
def list_acts(wanted: Loaded) -> object:
    """Operators' acts, newest first; nothing ever changes or removes one."""
    return current.backend().review_acts(
        operator=wanted["operator"], subject=wanted["subject"], cursor=wanted["cursor"]
    )
