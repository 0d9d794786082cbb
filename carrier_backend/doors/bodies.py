"""Reading request bodies: one strict parser, one limit, and every fault named by its path."""

from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes

import flask_smorest
from flask import Request
from marshmallow import Schema, ValidationError
from webargs.core import is_json
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from carrier_backend.domain.errors import Fault, Malformed, raise_faults
from carrier_backend.support import strict_json
from carrier_backend.support.faults import flatten

Loaded = Mapping[str, Any]
"""A request that its schema has read: plain JSON, every field there."""

BODY_LIMIT_BYTES = 1024 * 1024

FORM = "application/x-www-form-urlencoded"


class Unreadable(Malformed):
    """Part of a body could not be read; `readable` is what could."""

    def __init__(self, readable: Mapping[str, Any], *faults: Fault) -> None:
        super().__init__(*faults)
        self.readable = readable


class BodyParser(FlaskParser):
    """Reads JSON objects strictly; whatever is wrong with them is Malformed, every fault with its path."""

    DEFAULT_VALIDATION_STATUS = 400

    def load_json(self, req: Request, schema: Schema) -> dict[str, Any]:
        """The body as an object; a missing content type counts as JSON."""
        if req.mimetype and not is_json(req.mimetype):
            raise UnsupportedMediaType
        _refuse_disguised(req)
        body = strict_json.parse(read(req))
        if not isinstance(body, dict):
            raise Malformed("the body must be a JSON object")
        return body

    def load_json_or_form(self, req: Request, schema: Schema) -> dict[str, Any]:
        """The body as an object, or as a form in which no field comes twice."""
        if req.mimetype != FORM:
            return self.load_json(req, schema)
        _refuse_disguised(req)
        _refuse_other_encodings(read(req), "body")
        return _once(req.form)

    def load_querystring(self, req: Request, schema: Schema) -> dict[str, str]:
        """What the query says, none of it twice."""
        return query(req)

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **_: object) -> NoReturn:
        """Raise all faults together."""
        # webargs files them under where the request was read from.
        by_location: Any = error.messages
        (messages,) = by_location.values()
        readable = error.valid_data if isinstance(error.valid_data, dict) else {}
        raise Unreadable(readable, *flatten(messages))


def read(req: Request) -> bytes:
    """The whole body; one without a stated length is cut off where it is certainly too long."""
    req.max_content_length = BODY_LIMIT_BYTES + 1
    body = req.get_data()
    if len(body) > BODY_LIMIT_BYTES:
        raise RequestEntityTooLarge
    return body


def query(req: Request) -> dict[str, str]:
    """The parameters behind the path; raises Malformed where one comes twice."""
    _refuse_other_encodings(req.query_string, "query")
    return _once(req.args)


def _once(given: MultiDict[str, str]) -> dict[str, str]:
    twice = [name for name, values in given.lists() if len(values) > 1]
    raise_faults(Malformed, (Fault("is given more than once", name) for name in twice))
    return given.to_dict()


def _refuse_disguised(req: Request) -> None:
    """What is packed, or says that it is not UTF-8, could be read as something else by whoever looks into it first."""
    charset = req.mimetype_params.get("charset", "utf-8")
    if charset.lower() != "utf-8" or req.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType


def _refuse_other_encodings(encoded: bytes, where: str) -> None:
    """What is no UTF-8 would be read as something that nobody wrote."""
    try:
        unquote_to_bytes(encoded).decode()
    except UnicodeDecodeError:
        raise Malformed(f"the {where} is not UTF-8") from None


class Blueprint(flask_smorest.Blueprint):
    """A blueprint that reads bodies as above, and documents them so."""

    ARGUMENTS_PARSER = BodyParser()
    DEFAULT_LOCATION_CONTENT_TYPE_MAPPING = {  # noqa: RUF012  flask-smorest reads it from the class
        "json": "application/json",
        "json_or_form": "application/json",
    }
