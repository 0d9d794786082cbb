"""Ingrid's tracking notifications (original 004): list what shoppers were told of an order, and have it told again."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from carrier_backend.domain.errors import LockedOut
from carrier_backend.domain.notifications import Notification
from carrier_backend.ingrid.channel import WHO, messages
from carrier_backend.support import strict_json
from carrier_backend.support.call import Call, Reply
from carrier_backend.support.http import Http

log = structlog.get_logger()
_SECONDS = 10
_LIST, _RETRIGGER = "list notifications", "retrigger notification"

# What may be kept of an exchange for operators.
_SHOWN = frozenset(
    {
        "site_id",
        "external_id",
        "notification_id",
        "id",
        "status",
        "channel",
        "tracking_number",
        "scheduled_at",
        "triggered_at",
        "origin",
    }
)
_STATUSES = frozenset({"PENDING", "TRIGGERED", "CANCELLED", "FAILED"})
_ORIGINS = frozenset({"SYSTEM", "RETRIGGER"})
_CHANNELS = frozenset(
    {
        "SMS_CHANNEL",
        "EMAIL_CHANNEL",
        "CEP_CHANNEL",
        "REVIEW_PLATFORM_CHANNEL",
        "INFOBIP_SMS_CHANNEL",
        "INFOBIP_EMAIL_CHANNEL",
        "API_NOTIFICATION_CHANNEL",
        "KLAVIYO_CHANNEL",
    }
)
MEANINGS: Mapping[str, str] = {
    "CONFIRMED_BY_MERCHANT": "the merchant confirmed the order",
    "PREPARED_BY_MERCHANT": "the merchant prepared the order",
    "SUBMITTED_TO_CARRIER": "submitted to the carrier, or in transit already",
    "DELIVERED_TO_PICKUP_POINT": "delivered to the pickup point",
    "DELIVERED_TO_CONSUMER": "delivered to the consumer",
    "TERMINATED": "the carrier ended the delivery, which cannot be fulfilled",
    "SENT_BACK": "passively sent back to the merchant",
    "RETURN_REQUESTED": "a return was requested",
    "DELIVERED_TO_MERCHANT": "the return was delivered to the merchant",
    "AWAITING_SUPPLIER": "the order awaits its supplier",
    "LINEHAUL_TO_CARRIER": "on its way to the carrier by the merchant's linehaul",
    "PICKUP_REMINDER": "the pickup deadline draws near",
    "ORDER_RECEIPT": "the order's receipt is available",
    "ORDER_CANCELLED_BY_MERCHANT": "the merchant cancelled the order",
    "ORDER_CANCELLED_BY_CUSTOMER": "the customer cancelled the order",
    "ORDER_ITEMS_CANCELLED": "items of the order were cancelled",
    "RETURN_RECEIPT": "the return's receipt is available",
    "OUT_FOR_DELIVERY": "handed out for delivery",
    "DELIVERY_DELAYED": "the delivery is delayed",
    "DELIVERY_FAILED": "an attempt at delivery failed",
    "SUBMISSION_DELAYED": "the submission to the carrier is delayed",
    "PRICE_ADJUSTMENT_RECEIPT": "the receipt of a price adjustment is available",
    "RETURNED_IN_STORE": "returned in store",
    "RETURNED_TO_WAREHOUSE": "returned to the warehouse",
    "PARCEL_REFUSED_NO_REASON": "the consumer refused the parcel, and gave no reason",
    "PARCEL_REFUSED_NOT_WANTED": "the consumer refused the parcel: not wanted",
    "PARCEL_REFUSED_GOODS_DAMAGED": "the consumer refused the parcel: goods damaged",
    "PARCEL_REFUSED_PACKAGING_DAMAGED": "the consumer refused the parcel: packaging damaged",
    "PARCEL_NOT_COLLECTED": "the consumer did not collect the parcel",
}
_KNOWN = {"status": _STATUSES, "name": MEANINGS.keys(), "channel": _CHANNELS, "origin": _ORIGINS}


class IngridNotifications:
    """Reads and retriggers notifications (ports.Notifications)."""

    def __init__(self, http: Http, base_url: str, api_token: str) -> None:
        self._http = http
        self._url = f"{base_url.rstrip('/')}/v1/delivery_tracking"
        self._api_token = api_token
        self.is_possible = bool(api_token)

    def of_order(self, site_id: str, external_id: str) -> Sequence[Notification]:
        """All of one order, as Ingrid lists them; raises Declined, Unreachable or LockedOut."""
        order = (("site_id", site_id), ("external_id", external_id))
        reply = self._send(self._call(_LIST, "GET", "notifications", params=order))
        answer = reply.json()
        if not isinstance(answer, dict):
            raise reply.garbled("the answer is no object")
        listed = answer.get("notifications") or []  # left out or null is how some write an empty list
        if not isinstance(listed, list):
            raise reply.garbled("the answer holds no list of notifications")
        return [_notification(reply, each) for each in listed]

    def retrigger(self, site_id: str, notification_id: str) -> str:
        """Have one sent again: the id of the one newly scheduled; raises Declined, Unreachable, LockedOut or Unsure."""
        body = strict_json.dump({"site_id": site_id, "notification_id": notification_id})
        reply = self._send(self._call(_RETRIGGER, "POST", "notification.retrigger", body=body))
        match reply.json():
            case {"notification_id": str(scheduled)} if scheduled:
                return scheduled
        raise reply.garbled("the answer names no notification")

    def _send(self, call: Call) -> Reply:
        try:
            return self._http.send(call)
        except LockedOut as error:
            told = (*error.reasons, "see INGRID_API_TOKEN")
            raise LockedOut(WHO, call.operation, *told, retry_after_seconds=error.retry_after_seconds) from error

    def _call(
        self,
        operation: str,
        method: str,
        path: str,
        params: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
    ) -> Call:
        if not self._api_token:
            raise LockedOut(WHO, operation, "INGRID_API_TOKEN is not set")
        return Call(
            who=WHO,
            operation=operation,
            method=method,
            url=f"{self._url}/{path}",
            writes=method == "POST",
            headers={
                "Authorization": f"Bearer {self._api_token}",
                "Accept": "application/json",
                "Content-Type": "application/json",
            },
            params=params,
            body=body,
            seconds=_SECONDS,
            shown=_SHOWN,
            reasons=messages,
        )


def _notification(reply: Reply, listed: object) -> Notification:
    if not isinstance(listed, dict) or not isinstance(listed.get("id"), str):
        raise reply.garbled("a notification has no id")
    undocumented = tuple(_undocumented(listed))
    if undocumented:
        log.warning("notification not documented", fields=undocumented)
    return Notification(
        id=listed["id"],
        status=_text(listed, "status"),
        name=_text(listed, "name"),
        channel=_text(listed, "channel"),
        tracking_number=_text(listed, "tracking_number"),
        scheduled_at=_moment(listed, "scheduled_at"),
        triggered_at=_moment(listed, "triggered_at"),
        origin=_text(listed, "origin"),
        meaning=MEANINGS.get(_text(listed, "name"), ""),
        undocumented=undocumented,
    )


def _undocumented(listed: Mapping[str, Any]) -> Iterator[str]:
    yield from (field for field, words in _KNOWN.items() if _text(listed, field) not in words)
    yield from (field for field in ("scheduled_at", "triggered_at") if listed.get(field) and not _moment(listed, field))


def _text(listed: Mapping[str, Any], field: str) -> str:
    """As it came; what is no text is written out."""
    value = listed.get(field)
    return value if isinstance(value, str) else "" if value is None else str(value)


def _moment(listed: Mapping[str, Any], field: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(listed, field))
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
