"""POST /webhooks/<courier>[/<kind>]: couriers call with their news; verified, recorded, answered as they expect."""

from functools import partial

from flask import Flask, Response, current_app, g, request
from flask_smorest import Api, Blueprint

from carrier_backend import current
from carrier_backend.domain.errors import Unknown
from carrier_backend.doors import bodies, exchanges
from carrier_backend.doors.doorkeeper import Doorkeeper
from carrier_backend.ports import Delivery, Webhook
from carrier_backend.support.metrics import Metrics
from carrier_backend.support.patience import Patience

webhooks = Blueprint("webhooks", __name__, url_prefix="/webhooks", description="What couriers tell")


_EXTENSION = "webhook-patience"


def open_door(app: Flask, api: Api, metrics: Metrics) -> None:
    """Hang the routes into the app, by way of its description, with somebody before them who knows floods."""
    patience = Patience()
    app.extensions[_EXTENSION] = patience
    count = partial(metrics.answered, "POST", "/webhooks/<courier>", 429, 0.0)
    app.wsgi_app = Doorkeeper(app.wsgi_app, "/webhooks/", patience, count)  # type: ignore[method-assign]  # as Flask says
    api.register_blueprint(webhooks)


@webhooks.route("/<courier>", methods=["POST"], defaults={"kind": ""})
@webhooks.route("/<courier>/<kind>", methods=["POST"])
def hear(courier: str, kind: str) -> Response:
    """Take in what a courier tells; nothing is kept, and nothing said back, before it is certain that it is them.

    They show it in a way of their own, be it a bearer token or a signature in the body: 401 for anybody else, and
    for a minute 429 after too many of these from one address.
    """
    webhook = _webhook(courier, kind)
    with _patience().towards(request.remote_addr or ""):
        delivery = Delivery(kind, _headers(), bodies.read(request))
        voice = webhook.verify(delivery)
    exchanges.let_in()
    heard = webhook.heard(delivery)
    current.backend().record_tracking.from_webhook(courier, delivery, heard, g.trace_id, voice)
    reply = webhook.reply(delivery)
    # What they sent may go back as it came: no browser shall take it for anything but what it is called.
    return Response(reply.body, headers={"X-Content-Type-Options": "nosniff"}, content_type=reply.content_type)


hear.__dict__["guard"] = "courier"


@webhooks.after_request
def keep(response: Response) -> Response:
    """Have what was told, and the answer, kept for operators to read."""
    courier, kind = ((request.view_args or {}).get(name, "") for name in ("courier", "kind"))
    try:
        shown = _webhook(courier, kind).shown
    except Unknown:
        return response
    return exchanges.keep(response, courier, f"webhook {kind}".rstrip(), shown)


def _webhook(courier: str, kind: str) -> Webhook:
    found = current.backend().couriers.get(courier)
    if found is None or found.webhook is None or kind not in found.webhook.kinds:
        raise Unknown("there is no such webhook")
    return found.webhook


def _patience() -> Patience:
    found: Patience = current_app.extensions[_EXTENSION]
    return found


def _headers() -> dict[str, str]:
    """By names in small letters: they come in any."""
    return {name.lower(): value for name, value in request.headers.items()}
