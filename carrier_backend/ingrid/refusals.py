"""What is kept, sealed, of a request of Ingrid's beside its outline: which order it was about, and why we said no."""

import unicodedata
from collections.abc import Mapping

from flask import Response, g, request
from werkzeug.exceptions import HTTPException

from carrier_backend.domain.errors import Malformed, Refusal, UnknownPlace
from carrier_backend.domain.exchanges import OrderNames
from carrier_backend.support import strict_json

LONGEST_READ_BYTES = 256 * 1024
LONGEST_NAME = 128
LONGEST_SPELT = 4 * LONGEST_NAME  # before its characters are put together
LONGEST_WORDS = 500
MOST = 20


def note(refusal: Refusal) -> None:
    """Have the places kept that a request named, and nobody knows."""
    g.unknown_places = tuple(fault.place for fault in refusal.faults if fault.place)[:MOST]


def unknown_places() -> tuple[UnknownPlace, ...]:
    """The places that the request at hand named, and nobody knows."""
    places: tuple[UnknownPlace, ...] = g.get("unknown_places", ())
    return places


def words(response: Response) -> tuple[str, ...]:
    """Why we said no, as Ingrid was told; nothing where we did not."""
    if response.status_code < 400:
        return ()
    told = _read(response.get_data())
    messages = [_at(fault, "message") for fault in _listed(told.get("errors"))]
    return tuple(str(message)[:LONGEST_WORDS] for message in messages)[:MOST]


def order_names() -> OrderNames:
    """What the order is called that the request at hand is about, as far as that can be read, right or wrong."""
    try:
        body = _read(request.get_data())
    except HTTPException:  # too long to be taken in
        body = {}
    return OrderNames(
        external_id=_name(_at(body, "references", "external_id")),
        tos_id=_name(_at(body, "references", "tos_id")),
        shipper_id=_name(_at(body, "parties", "shipper", "id")),
    )


def _read(body: bytes) -> Mapping[str, object]:
    try:
        read = strict_json.parse(body) if 0 < len(body) <= LONGEST_READ_BYTES else None
    except Malformed:
        return {}
    return read if isinstance(read, dict) else {}


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _at(value: object, *path: str) -> object:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _name(value: object) -> str | None:
    """A name as bookings are found by; none that could not be one."""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_SPELT:
        return None
    name = unicodedata.normalize("NFC", value)
    return name if len(name) <= LONGEST_NAME and name.isprintable() else None
