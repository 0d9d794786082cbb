"""Whatever goes wrong, callers get one shape, an honest number, and nothing they should not see."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from carrier_backend.domain.errors import (
    Busy,
    CarrierError,
    Conflict,
    Declined,
    Fault,
    Forbidden,
    LockedOut,
    Malformed,
    NotAllowed,
    NotServed,
    Throttled,
    Unknown,
    Unreachable,
    Unsure,
)
from carrier_backend.ingrid import errors
from tests.ingrid.conftest import Caller
from tests.ingrid.door import FakeBackend
from tests.ingrid.samples import sample


def messages(error: Exception) -> list[str]:
    answer = errors.answer(error).get_json()
    assert set(answer) == {"errors"}
    return [fault["message"] for fault in answer["errors"]]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Malformed("m"), 400),
        (NotAllowed("m"), 401),
        (Throttled("m", 30), 429),
        (Forbidden("m"), 403),
        (Unknown("m"), 404),
        (Conflict("m"), 409),
        (NotServed("m"), 422),
        (Declined("intigo", "create", "m"), 422),
        (Busy("m"), 503),
        (Unreachable("intigo", "create", "m"), 503),
        (LockedOut("intigo", "create", "m"), 503),
        (Unsure("intigo", "create", "m"), 503),
        (CarrierError("m"), 500),
        (ZeroDivisionError("m"), 500),
    ],
)
def test_every_error_has_its_number(error: Exception, status: int) -> None:
    answer = errors.answer(error)
    assert (answer.status_code, answer.content_type) == (status, "application/json")
    assert len(messages(error)) == 1


def test_each_fault_is_an_entry_of_its_own() -> None:
    refusal = Malformed("label format ZPL is not supported", "delivery time must not be in the past")
    assert errors.answer(refusal).get_json() == sample("booking_refused")


@pytest.mark.parametrize(
    "message",
    [
        "provided postal code is not covered",
        "delivery time must not be in the past",
        "label format ZPL is not supported",
        "package was not found",
        "invalid or missing authorization header",
    ],
)
def test_the_documents_own_messages_stand_without_a_path(message: str) -> None:
    assert messages(NotServed(Fault(message, "receiver.address.postal_code"))) == [message]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("receiver.contact.phone", "parties.customer.phone"),
        ("sender.contact.email", "parties.customer.email"),
        ("receiver.address.city", "parties.to.address.city"),
        ("receiver.address.lines", "parties.to.address.address_lines"),
        ("receiver.address.lines[1]", "parties.to.address.address_lines[1]"),
        ("receiver.address", "parties.to.address"),
        ("sender.address.postal_code", "parties.from.address.postal_code"),
        ("area.address.city", "parties.search.address.city"),
        ("area.radius_km", "parties.search.location_radius"),
        ("parcels[0].weight_grams", "packages[0].weight"),
        ("parcels[12].dimensions.length_mm", "packages[12].dimensions.length"),
        ("parcels", "packages"),
        ("delivery.end_at", "delivery_time.end"),
        ("direction", "direction_type"),
        ("shipper_id", "parties.shipper.id"),
        ("merchant.pickup_city", "merchant.pickup_city"),
        ("packages[0].references.package_id", "packages[0].references.package_id"),
        ("delivery_time.start", "delivery_time.start"),
        ("addons[1]", "addons[1]"),
        ("receivers.address", "receivers.address"),
        ("", ""),
    ],
)
def test_fields_are_named_by_ingrids_paths(ours: str, theirs: str) -> None:
    (message,) = messages(NotServed(Fault("is not right", ours)))
    assert message == (f"{theirs}: is not right" if theirs else "is not right")


def test_a_couriers_reasons_are_passed_on_one_by_one() -> None:
    assert messages(Declined("intigo", "create", "size 6 is unknown", "no such city")) == [
        "size 6 is unknown",
        "no such city",
    ]
    assert messages(Declined("intigo", "create")) == ["the courier declined it without giving a reason"]


def test_the_same_fault_is_told_once() -> None:
    assert messages(Malformed("twice", "twice")) == ["twice"]


def test_what_ails_us_at_a_courier_is_not_for_callers() -> None:
    (down,) = messages(Unreachable("intigo", "create", "answered 502"))
    (locked,) = messages(LockedOut("intigo", "create", "answered 401"))
    assert down == locked == "the courier cannot be reached at the moment; send the same request again"


def test_an_unsure_booking_is_said_to_be_under_way() -> None:
    (message,) = messages(Unsure("intigo", "create", "no whole answer came"))
    assert message == "it is being confirmed; send the same request again"


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (Busy("m"), "2"),
        (Busy("m", 0), "1"),
        (Throttled("m", 59.01), "60"),
        (Unsure("intigo", "create"), "5"),
        (Unreachable("intigo", "create", retry_after_seconds=0.2), "1"),
        (LockedOut("intigo", "create", retry_after_seconds=900), "900"),
    ],
)
def test_callers_are_told_when_to_come_again(error: Exception, seconds: str) -> None:
    assert errors.answer(error).headers["Retry-After"] == seconds


@pytest.mark.parametrize("error", [Malformed("m"), Declined("intigo", "create"), ZeroDivisionError()])
def test_nobody_is_asked_to_come_again_in_vain(error: Exception) -> None:
    assert "Retry-After" not in errors.answer(error).headers


def test_our_own_failure_says_nothing_of_what_failed(
    app: Flask, ingrid: Caller, backend: FakeBackend, caplog: pytest.LogCaptureFixture
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    backend.error = RuntimeError("postgresql://carrier:password@db/carrier")
    answer = ingrid.post("/prebooking", sample("prebooking_request"))
    assert (answer.status_code, answer.get_json()) == (
        500,
        {"errors": [{"message": "something went wrong on our side"}]},
    )
    (failure,) = [record for record in caplog.records if record.exc_info]  # among the log lines of every request
    assert failure.levelname == "ERROR"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/booking/", 404),
        ("POST", "/booking/", 404),
        ("DELETE", "/booking/packages/", 404),
        ("GET", "/%2e%2e/etc/passwd", 404),
        ("GET", "/booking", 405),
        ("PUT", "/booking", 405),
        ("TRACE", "/booking", 405),
        ("OPTIONS", "/booking", 405),
        ("POST", "/booking/packages/1", 405),
        ("BREW", "/oauth/token", 405),
    ],
)
def test_a_wrong_address_or_method_is_refused_in_the_one_shape(
    http: FlaskClient, method: str, path: str, status: int
) -> None:
    answer = http.open(path, method=method)
    assert (answer.status_code, answer.content_type) == (status, "application/json")
    assert [list(fault) for fault in answer.get_json()["errors"]] == [["message"]]
    assert answer.headers["x-trace-id"]


@pytest.mark.parametrize("path", ["//booking", "//booking/packages/1", "/booking//packages/1", "/booking//"])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_nobody_is_led_to_a_tidier_address(http: FlaskClient, method: str, path: str) -> None:
    answer = http.open("/", method=method, environ_overrides={"PATH_INFO": path})
    assert (answer.status_code, len(answer.get_json()["errors"])) == (404, 1)


def test_a_wrong_method_is_told_the_right_one(http: FlaskClient) -> None:
    assert http.get("/booking").headers["Allow"] == "POST"
    assert http.head("/booking").headers["Allow"] == "POST"
