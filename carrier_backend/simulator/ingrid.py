"""Ingrid, pretended: the webhook that hears what becomes of parcels (original 003, section 6), and her notifications.

Every push is kept, with its very bytes and what was thought of it: its signature, its faults, whether it was
accepted and what the carrier was answered (None for a lost answer). `site_id` is a uuid; the body has the
documented fields and no others, its moments in UTC with a Z.

Operations: push, and those of ingrid_notifications.py: list_notifications, retrigger. A command:

    notify       site_id, external_id, name; any other field of a notification: one that the list then holds
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request

from carrier_backend.simulator.faults import Parameters
from carrier_backend.simulator.ingrid_notifications import OPERATIONS, Notifications
from carrier_backend.simulator.mount import seen_status
from carrier_backend.simulator.settings import SimulatorSettings
from carrier_backend.simulator.world import World, say

_TEXTS = ("barcode", "shipping_method", "shipper_id", "event_status")
_FIELDS = {*_TEXTS, "event_time", "estimated_arrival_time"}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII)


class Ingrid:
    """Receives status pushes; a fault for `push` is scripted with the kinds that every operation has."""

    name = "ingrid"
    lookup: str | None = None

    def __init__(self, world: World, settings: SimulatorSettings) -> None:
        self._world = world
        self._settings = settings
        self._pushes: list[dict[str, Any]] = []
        self._notifications = Notifications(self.name, world, settings)
        self.operations: Mapping[str, Mapping[str, Parameters]] = {"push": {}, **OPERATIONS}
        self.commands: Mapping[str, Callable[..., Any]] = {"notify": self._notifications.notify}
        self.routes = Blueprint("ingrid", __name__)
        self.routes.post("/ingrid/v1/integrations/<carrier>/update.status", endpoint="push")(self.push)
        self.routes.register_blueprint(self._notifications.routes)

    def state(self) -> dict[str, Any]:
        notifications = self._notifications
        return {"pushes": self._pushes, "notifications": notifications.kept, "calls": notifications.calls}

    def reset(self) -> None:
        self._pushes.clear()
        self._notifications.clear()

    def push(self, carrier: str) -> Response:
        raw = request.get_data()
        received = self._keep(carrier, raw)
        refusal = self._refusal(carrier, received)
        answer = refusal or self._world.perform(self.name, "push", lambda _: self._accept(received))
        with self._world.lock:
            received["status"] = seen_status(answer)
        return answer

    def _keep(self, carrier: str, raw: bytes) -> dict[str, Any]:
        received = {
            "at": self._world.now().isoformat(),
            "carrier": carrier,
            "site_id": request.args.get("site_id"),
            "trace_id": request.headers.get("x-trace-id"),
            "raw_base64": base64.b64encode(raw).decode(),
            "body": _parsed(raw),
            "signature": self._signature_verdict(raw),
            "faults": [],
            "accepted": False,
            "status": None,
        }
        with self._world.lock:
            self._pushes.append(received)
        return received

    def _signature_verdict(self, raw: bytes) -> str:
        """`missing`, `valid` or `invalid`: base64 of HMAC-SHA256 over the raw body, with a shared secret."""
        scheme, _, signature = request.headers.get("Authorization", "").partition(" ")
        if scheme != "HMAC-SHA256" or not signature:
            return "missing"
        good = (_sign(raw, secret) for secret in self._settings.ingrid_hmac_secrets)
        is_good = any(hmac.compare_digest(signature.encode(), one) for one in good)
        return "valid" if is_good else "invalid"

    def _refusal(self, carrier: str, received: dict[str, Any]) -> Response | None:
        if received["signature"] != "valid":
            return _errors(401, "invalid or missing authorization header")
        if carrier != self._settings.ingrid_carrier:
            return _errors(404, f"carrier {carrier} is not known")
        faults = [*_site_faults(received["site_id"]), *_body_faults(received["body"])]
        with self._world.lock:
            received["faults"] = faults
        return _errors(400, *faults) if faults else None

    def _accept(self, received: dict[str, Any]) -> Response:
        with self._world.lock:
            received["accepted"] = True
        return say({}, 200)


def _sign(raw: bytes, secret: str) -> bytes:
    return base64.b64encode(hmac.digest(secret.encode(), raw, hashlib.sha256))


def _errors(status: int, *messages: str) -> Response:
    return say({"errors": [{"message": message} for message in messages]}, status)


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw.decode())
    except ValueError:
        return None


def _site_faults(site_id: str | None) -> list[str]:
    try:
        UUID(site_id or "")
    except ValueError:
        return ["site_id: must be the uuid of a site"]
    return []


def _body_faults(body: Any) -> list[str]:
    if not isinstance(body, dict):
        return ["the body must be a JSON object"]
    faults = [f"{name}: is not a field of this request" for name in sorted(body.keys() - _FIELDS)]
    faults += [f"{name}: must be a non-empty string" for name in _TEXTS if not _is_text(body.get(name))]
    if not _is_moment(body.get("event_time")):
        faults.append("event_time: must be a timestamp in UTC")
    if "estimated_arrival_time" in body and not _is_range(body["estimated_arrival_time"]):
        faults.append("estimated_arrival_time: must be a start and an end, in UTC")
    return faults


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_moment(value: Any) -> bool:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_range(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"start", "end"}
        and all(_is_moment(moment) for moment in value.values())
        and datetime.fromisoformat(value["start"]) <= datetime.fromisoformat(value["end"])
    )
