"""The admin routes that have Ingrid told again: one status update, or many."""

from datetime import datetime

from carrier_backend import current
from carrier_backend.domain.access import Role
from carrier_backend.domain.tracking import UpdateState
from carrier_backend.doors.bodies import Loaded
from carrier_backend.doors.shapes import NOTHING
from carrier_backend.operators.access import by, operator_may
from carrier_backend.operators.blueprints import Blueprint
from carrier_backend.operators.schemas.updates import Replay, Replayed, ReplayMany

updates = Blueprint("updates", "What Ingrid is told again")


@updates.route("/status-updates/<serial:update_id>/replay", methods=["POST"])
@operator_may(Role.OPERATOR)
@updates.arguments(Replay())
@updates.response(200, NOTHING)
def replay(wanted: Loaded, update_id: int) -> object:
    """Send a parked status update again, or one that was sent; pressed twice, it is sent once."""
    current.backend().oversee.replay(update_id, by(wanted["reason"]), UpdateState(wanted["state"]))
    return {}


@updates.route("/status-updates/replay", methods=["POST"])
@operator_may(Role.OPERATOR)
@updates.arguments(ReplayMany())
@updates.response(200, Replayed())
def replay_many(wanted: Loaded) -> object:
    """Send parked status updates, or sent ones of a span, again: the same bodies, freshly signed, in their order."""
    replay_updates, is_dry = current.backend().replay_updates, wanted["dry_run"]
    chosen = replay_updates.choose(
        state=UpdateState(wanted["state"]),
        since=_moment(wanted["since"]),
        until=_moment(wanted["until"]),
        site_id=wanted["site_id"],
        after=wanted["cursor"],
    )
    done = replay_updates.count(chosen) if is_dry else replay_updates(chosen, by(wanted["reason"]))
    return {"dry_run": is_dry, "updates": done.updates, "waiting": done.waiting, "next": done.next}


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
