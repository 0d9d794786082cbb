"""Ingrid's tracking notifications, pretended: what shoppers were told of an order, and telling it again (original 004).

As strict as the document: the token as a bearer, the two query parameters or the two fields and no others, nothing but
JSON. What it leaves open is decided the inconvenient way: a site knows its own notifications only, another one's is not
found, and a retrigger that is repeated schedules one more.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, request

from carrier_backend.simulator.faults import Misused, Parameters
from carrier_backend.simulator.settings import SimulatorSettings
from carrier_backend.simulator.world import World, say

OPERATIONS: Mapping[str, Mapping[str, Parameters]] = {"list_notifications": {}, "retrigger": {}}
_LISTED = ("id", "status", "name", "channel", "tracking_number", "scheduled_at", "triggered_at", "origin")


class Notifications:
    """The books of what shoppers are told; `calls` are those that came to this API."""

    def __init__(self, system: str, world: World, settings: SimulatorSettings) -> None:
        self._system = system
        self._world = world
        self._token = settings.ingrid_api_token
        self.kept: list[dict[str, Any]] = []
        self.calls: list[dict[str, Any]] = []
        self.routes = Blueprint("ingrid_notifications", __name__, url_prefix="/ingrid/v1/delivery_tracking")
        self.routes.get("/notifications", endpoint="list_notifications")(self.listed)
        self.routes.post("/notification.retrigger", endpoint="retrigger")(self.retrigger)
        world.keep_calls(self.routes, self.calls)

    def clear(self) -> None:
        self.kept.clear()
        self.calls.clear()

    def notify(self, site_id: str, external_id: str, name: str, **changes: Any) -> dict[str, Any]:
        """Schedule a notification, triggered by e-mail at once unless `changes` say otherwise."""
        if unknown := changes.keys() - set(_LISTED):
            raise Misused(f"notify: {', '.join(sorted(unknown))}")
        now = self._world.now().isoformat().replace("+00:00", "Z")
        notification = {
            "id": str(uuid4()),
            "status": "TRIGGERED",
            "name": name,
            "channel": "EMAIL_CHANNEL",
            "tracking_number": "",
            "scheduled_at": now,
            "triggered_at": now,
            "origin": "SYSTEM",
            **changes,
        }
        with self._world.lock:
            self.kept.append({"site_id": site_id, "external_id": external_id, **notification})
        return notification

    def listed(self) -> Response:
        refusal = self._refusal() or _query_faults()
        return refusal or self._world.perform(self._system, "list_notifications", lambda _: self._list())

    def _list(self) -> Response:
        site_id, external_id = request.args["site_id"], request.args["external_id"]
        with self._world.lock:
            found = [each for each in self.kept if (each["site_id"], each["external_id"]) == (site_id, external_id)]
        return say({"notifications": [{name: each[name] for name in _LISTED} for each in found]}, 200)

    def retrigger(self) -> Response:
        body: Any = request.get_json(silent=True)
        refusal = self._refusal() or _body_faults(body)
        return refusal or self._world.perform(self._system, "retrigger", lambda _: self._retrigger(**body))

    def _retrigger(self, site_id: str, notification_id: str) -> Response:
        with self._world.lock:
            wanted = (each for each in self.kept if (each["site_id"], each["id"]) == (site_id, notification_id))
            original = next(wanted, None)
        if original is None:
            return _errors(404, "notification not found")
        again: dict[str, Any] = {"status": "PENDING", "origin": "RETRIGGER", "triggered_at": None}
        kept = {name: original[name] for name in ("site_id", "external_id", "name", "channel", "tracking_number")}
        return say({"notification_id": self.notify(**kept, **again)["id"]}, 200)

    def _refusal(self) -> Response | None:
        if request.headers.get("Authorization") != f"Bearer {self._token}":
            return _errors(401, "invalid or missing API token")
        if request.mimetype != "application/json":
            return _errors(415, "Content-Type must be application/json")
        return None


def _query_faults() -> Response | None:
    wanted = {"site_id", "external_id"}
    faults = [f"{name}: is not a parameter of this request" for name in sorted(request.args.keys() - wanted)]
    faults += [f"{name}: is required" for name in sorted(wanted) if not request.args.get(name)]
    return _errors(400, *faults) if faults else None


def _body_faults(body: Any) -> Response | None:
    if not isinstance(body, dict):
        return _errors(400, "the body must be a JSON object")
    wanted = {"site_id", "notification_id"}
    faults = [f"{name}: is not a field of this request" for name in sorted(body.keys() - wanted)]
    faults += [
        f"{name}: is required" for name in sorted(wanted) if not (isinstance(body.get(name), str) and body[name])
    ]
    return _errors(400, *faults) if faults else None


def _errors(status: int, *messages: str) -> Response:
    return say({"errors": [{"message": message} for message in messages]}, status)
