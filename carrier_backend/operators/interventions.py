"""The admin routes that put right what is wrong with a parcel: a person decides, on the trail and with a reason."""

from datetime import datetime

from flask import g

from carrier_backend import current
from carrier_backend.domain.access import Role
from carrier_backend.domain.lifecycle import Status
from carrier_backend.doors.bodies import Loaded
from carrier_backend.operators.access import by, operator_may
from carrier_backend.operators.blueprints import Blueprint
from carrier_backend.operators.schemas import asked
from carrier_backend.operators.schemas import interventions as shapes
from carrier_backend.services.intervene import Wish
from carrier_backend.services.record_by_hand import Happening

interventions = Blueprint("interventions", "What operators put right")


@interventions.route("/parcels/<name:barcode>/reconcile", methods=["POST"])
@operator_may(Role.OPERATOR)
@interventions.arguments(asked.Act())
@interventions.response(200, shapes.Intervention())
def reconcile(wanted: Loaded, barcode: str) -> object:
    """Ask the courier what is true, now: of an open booking whether it was made, of a booked parcel where it is.

    Nothing is booked by it. What was wished for before and had no answer yet, such as a cancellation or a return, is
    asked for again, as it would be by itself. 503 while somebody works on it, or the courier does not answer.
    """
    return current.backend().look_now(_wish("reconcile", barcode, wanted))


@interventions.route("/parcels/<name:barcode>/events", methods=["POST"])
@operator_may(Role.OPERATOR)
@interventions.arguments(shapes.Event())
@interventions.response(200, shapes.Moved())
def record_event(wanted: Loaded, barcode: str) -> object:
    """Record what happened to a parcel, by hand; Ingrid is told, once.

    409 where the parcel would not be moved by it, naming the status it has. The same event again changes nothing.
    """
    happening = Happening(Status(wanted["status"]), wanted["text"], datetime.fromisoformat(wanted["at"]))
    return current.backend().record_by_hand(_wish("record event", barcode, wanted), happening)


@interventions.route("/parcels/<name:barcode>/acts/adopt", methods=["POST"])
@operator_may(Role.OPERATOR)
@interventions.arguments(shapes.Adopt())
@interventions.response(200, shapes.Intervention())
def adopt(wanted: Loaded, barcode: str) -> object:
    """Take a parcel that people found at the courier's, by its number, for the one whose booking is unsure.

    The courier has to confirm it. Where it has to be asked with more than the number, the refusal names what is needed.
    """
    return current.backend().adopt(_wish("adopt", barcode, wanted), wanted["arguments"])


@interventions.route("/parcels/<name:barcode>/acts/settle", methods=["POST"])
@operator_may(Role.OPERATOR)
@interventions.arguments(shapes.Settle())
@interventions.response(200, shapes.Intervention())
def settle(wanted: Loaded, barcode: str) -> object:
    """Complete an open booking now, as its caller's repeat would; of any other, what waited for a person is done with.

    With `is_to_travel`, a parcel that was to be cancelled travels on.
    """
    return current.backend().settle(_wish("settle", barcode, wanted), **wanted["arguments"])


@interventions.route("/parcels/<name:barcode>/acts/abandon", methods=["POST"])
@operator_may(Role.OPERATOR)
@interventions.arguments(shapes.Abandon())
@interventions.response(200, shapes.Intervention())
def abandon(wanted: Loaded, barcode: str) -> object:
    """Give up the whole order that a parcel is of; its packages may be booked anew.

    409 where the courier cannot take it back for certain, unless `is_certain`: people are then asked, and what they
    have to do stands in `remains` and in the queue `stuck`. `is_refunded` says that it is done, and the money is back.
    """
    return current.backend().abandon(_wish("abandon", barcode, wanted), **wanted["arguments"])


def _wish(act: str, barcode: str, wanted: Loaded) -> Wish:
    return Wish(act, barcode, by(wanted["reason"]), g.trace_id)
