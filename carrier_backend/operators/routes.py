"""The admin routes about parcels: what became of one, what is told of it, and what can still be done."""

from flask import Flask, Response, g
from flask_smorest import Api

from carrier_backend import current
from carrier_backend.domain.access import Role
from carrier_backend.domain.lifecycle import Standing
from carrier_backend.domain.tracking import UpdateState
from carrier_backend.doors.bodies import Loaded
from carrier_backend.doors.shapes import NOTHING
from carrier_backend.operators import (
    couriers,
    credentials,
    exchanges,
    figures,
    interventions,
    notifications,
    personal_data,
    trail,
    updates,
)
from carrier_backend.operators.access import by, operator_may
from carrier_backend.operators.blueprints import NAME, SERIAL, Blueprint, NameConverter, SerialConverter
from carrier_backend.operators.schemas import answered, asked
from carrier_backend.services.intervene import Wish

parcels = Blueprint("parcels", "What became of parcels, and what can still be done")


def open_door(app: Flask, api: Api) -> None:
    """Hang the routes into the app, and into its description."""
    app.url_map.converters |= {"name": NameConverter, "serial": SerialConverter}
    api.register_converter(NameConverter, lambda _: NAME)
    api.register_converter(SerialConverter, lambda _: SERIAL)
    api.register_blueprint(parcels)
    api.register_blueprint(credentials.credentials)
    api.register_blueprint(exchanges.exchanges)
    api.register_blueprint(couriers.couriers)
    api.register_blueprint(figures.figures)
    api.register_blueprint(interventions.interventions)
    api.register_blueprint(notifications.notifications)
    api.register_blueprint(personal_data.personal_data)
    api.register_blueprint(trail.trail)
    api.register_blueprint(updates.updates)


@parcels.route("/shipments")
@operator_may(Role.VIEWER)
@parcels.arguments(asked.ShipmentsQuery(), location="query")
@parcels.response(200, answered.FoundShipments())
def list_shipments(wanted: Loaded) -> object:
    """Shipments, newest first: those called exactly so or, where there is none, those with a name that begins so.

    Names are barcode, courier's number, our reference, package id, external id, tos id and trace id. A state is that
    of any parcel's booking, or what waits: `cancelling` for a cancellation to be certain (with a `cancellation`, people
    decide; without, the courier is still to be asked or to answer), `stuck` for an operator, `unclaimed` for whoever
    ordered it. Beside those with a name stand the order's prebookings, and the requests about it that we refused.
    """
    backend = current.backend()
    if wanted["q"]:
        backend.exchanges.write_all()  # what this process gathered a moment ago
    return backend.find_shipments(
        name=wanted["q"].strip(),
        standing=Standing(wanted["state"]) if wanted["state"] else None,
        courier=wanted["courier"],
        shipper_id=wanted["shipper_id"],
        cursor=wanted["cursor"],
    )


@parcels.route("/parcels/<name:barcode>")
@operator_may(Role.VIEWER)
@parcels.response(200, answered.Timeline())
def show_parcel(barcode: str) -> object:
    """A parcel, by its barcode or our reference, and its whole timeline; Ingrid's notifications as far as she tells."""
    backend = current.backend()
    backend.exchanges.write_all()  # what this process gathered a moment ago
    return backend.consult_notifications.beside(backend.oversee.timeline(barcode))


@parcels.route("/parcels/<name:barcode>/label")
@operator_may(Role.VIEWER)
@parcels.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
def show_label(barcode: str) -> Response:
    """A parcel's stored label, as its courier made it."""
    label = current.backend().oversee.label(barcode)
    response = Response(label.content, content_type="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=f"{barcode}.pdf")
    return response


@parcels.route("/parcels/<name:barcode>/cancel", methods=["POST"])
@operator_may(Role.OPERATOR)
@parcels.arguments(asked.Act())
@parcels.response(200, NOTHING)
def cancel(wanted: Loaded, barcode: str) -> object:
    """Cancel a parcel, whosever it is, while that is still possible.

    503 where the courier cannot be asked, or does not answer: the wish stands, and is carried out by itself.
    """
    current.backend().oversee.cancel(barcode, g.trace_id, by(wanted["reason"]))
    return {}


@parcels.route("/parcels/<name:barcode>/acts/<name:name>", methods=["POST"])
@operator_may(Role.OPERATOR)
@parcels.arguments(asked.CourierAct())
@parcels.response(200)
def act(wanted: Loaded, barcode: str, name: str) -> object:
    """Do what only this parcel's courier can do, such as filing a ticket; the answer is the courier's.

    503 while somebody works on the parcel. What can be done about any courier's parcel has routes of its own: `adopt`,
    `settle`, `abandon`.
    """
    wish = Wish(name, barcode, by(wanted["reason"]), g.trace_id)
    return current.backend().ask_courier(wish, wanted["arguments"])


@parcels.route("/status-updates")
@operator_may(Role.VIEWER)
@parcels.arguments(asked.UpdatesQuery(), location="query")
@parcels.response(200, answered.page_of(answered.StatusUpdate()))
def list_updates(wanted: Loaded) -> object:
    """What Ingrid was told, is to be told, or could not be told, newest first."""
    state = UpdateState(wanted["state"]) if wanted["state"] else None
    return current.backend().oversee.status_updates(state, wanted["cursor"])


@parcels.route("/destinations/<name:name>/resume", methods=["POST"])
@operator_may(Role.OPERATOR)
@parcels.arguments(asked.Act())
@parcels.response(200, NOTHING)
def resume_destination(wanted: Loaded, name: str) -> object:
    """Let a paused destination have its status updates again."""
    current.backend().oversee.resume_destination(name, by(wanted["reason"]))
    return {}


@parcels.route("/aliases")
@operator_may(Role.VIEWER)
@parcels.arguments(asked.AliasesQuery(), location="query")
@parcels.response(200, answered.page_of(answered.Alias()))
def list_aliases(wanted: Loaded) -> object:
    """The place names that operators taught a courier."""
    places = current.backend().teach_places.taught(wanted["courier"])
    return {"items": [{"name": name, "place": place} for name, place in places.items()]}


@parcels.route("/aliases/unknown")
@operator_may(Role.VIEWER)
@parcels.arguments(asked.UnknownPlacesQuery(), location="query")
@parcels.response(200, answered.page_of(answered.UnknownPlace()))
def list_unknown_places(wanted: Loaded) -> object:
    """The place names that were asked for in vain of late, the commonest first: for each, an alias can be taught."""
    backend = current.backend()
    backend.exchanges.write_all()  # what this process gathered a moment ago
    return {"items": backend.list_unknown_places(wanted["courier"])}


@parcels.route("/aliases", methods=["PUT"])
@operator_may(Role.OPERATOR)
@parcels.arguments(asked.PutAlias())
@parcels.response(200, NOTHING)
def put_alias(wanted: Loaded) -> object:
    """Let a place name that people use mean a place of the courier's list.

    422 where nothing would come of it: the list has no such place (it names those like it), or has the name itself.
    """
    place = {"city": wanted["city"], "subdivision": wanted["subdivision"]}
    current.backend().teach_places(wanted["courier"], wanted["name"], place, by(wanted["reason"]))
    return {}


@parcels.route("/aliases", methods=["DELETE"])
@operator_may(Role.OPERATOR)
@parcels.arguments(asked.DeleteAlias())
@parcels.response(200, NOTHING)
def delete_alias(wanted: Loaded) -> object:
    """Let a place name, however it is spelled, mean nothing any more."""
    current.backend().teach_places.forget(wanted["courier"], wanted["name"], by(wanted["reason"]))
    return {}
