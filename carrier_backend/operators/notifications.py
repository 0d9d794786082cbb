"""The admin routes about Ingrid's tracking notifications: what shoppers were told, and again (original 004)."""

from carrier_backend import current
from carrier_backend.domain.access import Role
from carrier_backend.doors.bodies import Loaded
from carrier_backend.operators.access import by, operator_may
from carrier_backend.operators.blueprints import Blueprint
from carrier_backend.operators.schemas.answered import page_of
from carrier_backend.operators.schemas.notifications import Notification, NotificationsQuery, Retrigger, Retriggered

notifications = Blueprint("notifications", "What Ingrid told shoppers")


@notifications.route("/notifications")
@operator_may(Role.VIEWER)
@notifications.arguments(NotificationsQuery(), location="query")
@notifications.response(200, page_of(Notification()))
def list_notifications(wanted: Loaded) -> object:
    """All notifications of an order, as Ingrid lists them; asked of her at this moment."""
    return {"items": current.backend().consult_notifications.of_order(wanted["shipper_id"], wanted["external_id"])}


@notifications.route("/notifications/<name:notification_id>/retrigger", methods=["POST"])
@operator_may(Role.OPERATOR)
@notifications.arguments(Retrigger())
@notifications.response(200, Retriggered())
def retrigger(wanted: Loaded, notification_id: str) -> object:
    """Have Ingrid send a notification again, not twice within ten minutes; the answer names the new one."""
    consult = current.backend().consult_notifications
    return {"notification_id": consult.retrigger(notification_id, wanted["shipper_id"], by(wanted["reason"]))}
