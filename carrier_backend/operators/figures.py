"""The admin routes about how it goes: figures of a span, and parcels for a spreadsheet."""

from collections.abc import Iterable, Iterator
from dataclasses import astuple, fields
from datetime import datetime

from flask import Response

from carrier_backend import current
from carrier_backend.domain.access import Role
from carrier_backend.doors.bodies import Loaded
from carrier_backend.operators import spreadsheets
from carrier_backend.operators.access import operator_may
from carrier_backend.operators.blueprints import Blueprint
from carrier_backend.operators.schemas.asked import Span
from carrier_backend.operators.schemas.figures import ExportQuery, Figures
from carrier_backend.services.export_parcels import ExportedParcel

figures = Blueprint("figures", "How it goes")
CSV = "text/csv; charset=utf-8; header=present"


@figures.route("/stats")
@operator_may(Role.VIEWER)
@figures.arguments(Span(), location="query")
@figures.response(200, Figures())
def show_figures(wanted: Loaded) -> object:
    """What became of the parcels of a span: the last thirty days, unless asked otherwise; three months at most."""
    return current.backend().take_stock(_moment(wanted["since"]), _moment(wanted["until"]))


@figures.route("/export.csv")
@operator_may(Role.VIEWER)
@figures.arguments(ExportQuery(), location="query")
@figures.response(200, {"type": "string"}, content_type="text/csv")
def export(wanted: Loaded) -> Response:
    """Parcels for a spreadsheet, oldest first and however many, with nothing about their people.

    An answer that is cut off ends without its last chunk. A cell that a spreadsheet might take for a formula begins
    with an apostrophe.
    """
    parts = current.backend().export_parcels(
        since=_moment(wanted["since"]),
        until=_moment(wanted["until"]),
        courier=wanted["courier"],
        shipper_id=wanted["shipper_id"],
    )
    response = Response(_written(parts), content_type=CSV)
    response.headers.set("Content-Disposition", "attachment", filename="parcels.csv")
    return response


def _written(parts: Iterable[Iterable[ExportedParcel]]) -> Iterator[bytes]:
    yield spreadsheets.lines([[field.name for field in fields(ExportedParcel)]])
    for part in parts:
        yield spreadsheets.lines(astuple(parcel) for parcel in part)


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
