"""The routes that Ingrid calls (original 003, sections 1 to 5): a sentence each."""

import re

from flask import Flask, Response, g, request
from flask_smorest import Api
from werkzeug.exceptions import HTTPException

from carrier_backend import current
from carrier_backend.domain.access import Client
from carrier_backend.domain.errors import CarrierError, Fault, Malformed, Refusal
from carrier_backend.doors import exchanges
from carrier_backend.doors.bodies import FORM, Blueprint, Loaded, Unreadable
from carrier_backend.doors.errors import status
from carrier_backend.doors.guard import anyone
from carrier_backend.doors.shapes import NOTHING
from carrier_backend.ingrid import errors, guard, refusals, translate
from carrier_backend.ingrid.schemas.booking import BOOKING_ANSWER, BOOKING_REQUEST, PREBOOKING_REQUEST
from carrier_backend.ingrid.schemas.options import OPTIONS_ANSWER, OPTIONS_REQUEST
from carrier_backend.ingrid.schemas.tokens import TOKEN_ANSWER, TOKEN_REQUEST
from carrier_backend.ingrid.tokens import LIFETIME_SECONDS, Tokens
from carrier_backend.support import strict_json

# What may be kept of an exchange for operators: none of these names a person, or a place smaller than a country.
_SHOWN = frozenset(
    {
        *("shipping_method", "tos_id", "external_id", "package_id", "barcode", "id", "direction_type", "addons"),
        *("weight", "height", "length", "width", "label_format", "label_size", "country", "start", "end"),
        *("location_limit", "location_radius", "location_types", "location_type", "day"),
    }
)
_VERSION_1 = re.compile(r"v1(\.\d{1,9})?", re.ASCII)

oauth = Blueprint("oauth", __name__, description="Access tokens")
ingrid = Blueprint("ingrid", __name__, description="What Ingrid asks of a carrier")


def open_door(app: Flask, api: Api, tokens: Tokens) -> None:
    """Hang the routes into the app, and into its description."""
    guard.keep(tokens, app)
    api.register_blueprint(oauth)
    api.register_blueprint(ingrid)


@oauth.route("/oauth/token", methods=["POST"])
@anyone
@oauth.arguments(TOKEN_REQUEST, location="json_or_form")
@oauth.doc(requestBody={"content": {FORM: {"schema": TOKEN_REQUEST}}})
@oauth.response(200, TOKEN_ANSWER)
def issue_token(credentials: Loaded) -> Response:
    """Exchange a client's credentials for an access token."""
    _refuse_other_grants(credentials)
    client = current.backend().admit.client(
        credentials["client_id"], credentials["client_secret"], request.remote_addr or ""
    )
    exchanges.let_in()
    return _json(
        strict_json.dump(
            {
                "access_token": guard.tokens().issue(client.id),
                "scope": "general",
                "token_type": "Bearer",
                "expires_in": LIFETIME_SECONDS,
            }
        )
    )


@ingrid.route("/shipping-options", methods=["POST"])
@guard.client
@ingrid.arguments(OPTIONS_REQUEST)
@ingrid.response(200, OPTIONS_ANSWER)
def offer_options(client: Client, asked: Loaded) -> Response:
    """When and where a parcel could be delivered, for a shopper at the checkout."""
    options = current.backend().offer_options(translate.options_query(asked, client.id, g.trace_id))
    return _json(translate.options_answer(options))


@ingrid.route("/prebooking", methods=["POST"])
@guard.client
@ingrid.arguments(PREBOOKING_REQUEST)
@ingrid.response(200, NOTHING)
def prebook(client: Client, asked: Loaded) -> Response:
    """Announce a completed checkout; what its booking leaves out is taken from here."""
    current.backend().prebook(translate.prebooking(asked, client.id, g.trace_id))
    return _json(b"{}")


@ingrid.route("/booking", methods=["POST"])
@guard.client
@ingrid.arguments(BOOKING_REQUEST)
@ingrid.response(200, BOOKING_ANSWER)
def book(client: Client, asked: Loaded) -> Response:
    """Book a shipment, all its packages or none; the same booking again gets the same answer."""
    answer = current.backend().book(translate.order(asked, client.id, g.trace_id))
    response = _json(answer.body)
    response.headers["Cache-Control"] = "no-store"  # labels bear names and addresses
    if answer.is_replay:
        response.headers["x-idempotent-replay"] = "true"
    return response


@ingrid.route("/booking/packages/<path:barcode>", methods=["DELETE"])
@guard.client
@ingrid.response(200, NOTHING)
def cancel(client: Client, barcode: str) -> Response:
    """Cancel one package, while that is still possible; again, it says the same."""
    current.backend().cancel(client_id=client.id, barcode=translate.barcode(barcode), trace_id=g.trace_id)
    return _json(b"{}")


@ingrid.errorhandler(Unreadable)
def refuse_with_all_faults(error: Unreadable) -> Response:
    """Beside what could not be read, whatever is wrong with the rest: all of it comes at once."""
    more = current.backend().agree_terms.faults(translate.wishes(error.readable))
    return errors.answer(Malformed(*error.faults, *more))


@ingrid.errorhandler(Refusal)
def refuse(error: Refusal) -> Response:
    """We say no; the places that we do not know are counted."""
    refusals.note(error)
    return errors.answer(error)


@ingrid.before_request
def refuse_other_versions() -> None:
    """Minor versions only add fields; another major one may mean something else by the same names."""
    version = request.headers.get("x-api-version", "")
    if version and not _VERSION_1.fullmatch(version):
        raise Malformed("x-api-version: only v1 is spoken here")


@ingrid.after_request
def keep(response: Response) -> Response:
    """Have what was asked, and the answer, kept for operators to read."""
    order, words, places = refusals.order_names(), refusals.words(response), refusals.unknown_places()
    operation = (request.endpoint or "").removeprefix("ingrid.")
    return exchanges.keep(response, "ingrid", operation, _SHOWN, order, words, places)


@oauth.after_request
def keep_the_fact(response: Response) -> Response:
    """Have it kept that a token was given, and nothing of what was said."""
    return exchanges.keep(response, "ingrid", "token", None)


@oauth.after_request
def forbid_storing(response: Response) -> Response:
    """Tokens are for whoever asked, and for nobody's cache (RFC 6749 section 5.1)."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Pragma"] = "no-cache"
    return response


@oauth.errorhandler(CarrierError)
@oauth.errorhandler(HTTPException)
def refuse_token(error: Exception) -> Response:
    """A refused token bears the error code of RFC 6749 section 5.2 as well."""
    return errors.answer(error, error=_oauth_code(error))


def _refuse_other_grants(credentials: Loaded) -> None:
    if credentials["grant_type"] not in ("", "client_credentials"):
        raise Malformed(Fault("must be client_credentials", "grant_type"))
    if request.headers.get("Authorization", "").lower().startswith("basic"):
        raise Malformed("the credentials belong in the body, and only there")


def _oauth_code(error: Exception) -> str:
    if isinstance(error, Malformed) and any(fault.field == "grant_type" for fault in error.faults):
        return "unsupported_grant_type"
    match status(error):
        case 401 | 429:
            return "invalid_client"
        case number if number >= 500:
            return "server_error"
        case _:
            return "invalid_request"


def _json(body: bytes) -> Response:
    return Response(body, content_type="application/json")
