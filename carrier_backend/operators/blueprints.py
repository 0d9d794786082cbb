"""What all admin routes have in common: how acts are read, names in paths, wording of errors, and no caching."""

from typing import Any

from flask import Request, Response
from marshmallow import Schema
from werkzeug.routing import BaseConverter

from carrier_backend.domain.errors import CarrierError, Fault, Malformed, raise_faults
from carrier_backend.doors import bodies
from carrier_backend.doors.describing import Described
from carrier_backend.doors.fields import Flag
from carrier_backend.operators import errors

NAME: Described = {"type": "string", "minLength": 1, "maxLength": 128, "pattern": r"^[^/\u0000-\u001f\u007f]+$"}
SERIAL: Described = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}
_FLAGS = {"true": True, "false": False}


class ActParser(bodies.BodyParser):
    """Reads the fields of an act from the body and from the query, for a DELETE often can have no body.

    What stands in a query and is not known is refused, as it is in a body.
    """

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012  webargs reads it from the class
        **bodies.BodyParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": None,
    }

    def load_json(self, req: Request, schema: Schema) -> dict[str, Any]:
        """The fields of both together, none of them twice."""
        body = super().load_json(req, schema) if _has_body(req) else {}
        query = bodies.query(req)
        raise_faults(Malformed, (Fault("is given more than once", name) for name in query if name in body))
        return body | {name: _meant(schema, name, text) for name, text in query.items()}


def _meant(schema: Schema, name: str, text: str) -> str | bool:
    """A query has no types: where a flag is meant, it is spelled as in JSON."""
    return _FLAGS.get(text, text) if isinstance(schema.fields.get(name), Flag) else text


def _has_body(req: Request) -> bool:
    """As RFC 9112 section 6 has it: by the headers, not by the method."""
    return bool(req.content_length) or "Transfer-Encoding" in req.headers


class Blueprint(bodies.Blueprint):
    """A part of the admin API."""

    ARGUMENTS_PARSER = ActParser()

    def __init__(self, name: str, description: str) -> None:
        super().__init__(name, __name__, url_prefix="/admin", description=description)
        self.register_error_handler(CarrierError, errors.answer)
        self.after_request(_keep_private)


def _keep_private(response: Response) -> Response:
    """Secrets, labels and people's names are for whoever asked, and for no cache on the way."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


class NameConverter(BaseConverter):
    """A name in a path, as in `<name:barcode>`: nothing that no database would take for text."""

    regex = r"[^/\x00-\x1f\x7f]{1,128}"


class SerialConverter(BaseConverter):
    """A number that was given out here, as in `<serial:update_id>`: it fits into 64 bits, in plain digits."""

    regex = r"[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        """The number itself."""
        return int(value)
