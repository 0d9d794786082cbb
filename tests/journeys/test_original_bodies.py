"""The very bodies of Ingrid's document (original 003): as printed, and moved to where and when they can be carried."""

from datetime import timedelta
from typing import Any

import pytest

from tests.ingrid.samples import sample
from tests.journeys.conftest import Body, Stage

LA_MARSA = {
    "name": "Test Testson",
    "care_of": "",
    "address_lines": ["Test street 1"],
    "city": "La Marsa",
    "postal_code": "2070",
    "country": "TN",
}


def moved(stage: Stage, name: str) -> Body:
    """A body of the document, in Tunisia, in the future, for a merchant and a method that are there."""
    body: Body = _in_tunisia(sample(name))
    body["shipping_method"] = "intigo-home"
    body["parties"]["shipper"]["id"] = "shop-1"
    moment = (stage.clock.now() + timedelta(days=2)).isoformat()
    for span in body.keys() & {"pickup_time", "delivery_time"}:
        body[span] = {"start": moment, "end": moment}
    if "addons" in body:
        body["addons"] = []
    return body


def _in_tunisia(value: Any) -> Any:
    if isinstance(value, dict):
        inner = {key: _in_tunisia(each) for key, each in value.items()}
        if "address_lines" in inner:
            return inner | {key: LA_MARSA[key] for key in ("city", "postal_code", "country")}
        return inner | ({"phone": "+21620123456"} if "phone" in inner else {})
    return [_in_tunisia(each) for each in value] if isinstance(value, list) else value


def messages(answer: Any) -> list[str]:
    return [error["message"] for error in answer.get_json()["errors"]]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/shipping-options", "options_request"),
        ("/prebooking", "prebooking_request"),
        ("/booking", "booking_request"),
    ],
)
def test_moved_to_tunisia_and_to_the_future_each_body_is_accepted(stage: Stage, path: str, name: str) -> None:
    answer = stage.post(path, moved(stage, name))
    assert answer.status_code == 200, answer.text


def test_as_printed_the_booking_is_refused_with_one_error_per_fault(stage: Stage) -> None:
    answer = stage.book(sample("booking_request"))
    assert answer.status_code == 400
    assert messages(answer) == [
        "shipping_method: 'velove-std' is not a shipping method of ours",
        "delivery time must not be in the past",
        "addons[1]: id_check is not supported by this shipping method",
        "addons[2]: age_check_16 is not supported by this shipping method",
        "addons[3]: age_check_18 is not supported by this shipping method",
        "addons[4]: age_check_21 is not supported by this shipping method",
        "parties.shipper.id: 'id of the merchant' is not a merchant of ours that you may book for",
    ]


def test_the_documents_refusal_of_a_booking_occurs_word_for_word(stage: Stage) -> None:
    body = moved(stage, "booking_request")
    body["print_config"]["label_format"] = "zpl"
    body["delivery_time"] = sample("booking_request")["delivery_time"]
    assert messages(stage.book(body)) == ["delivery time must not be in the past", "label format ZPL is not supported"]


def test_what_cannot_be_read_and_what_cannot_be_done_are_said_together(stage: Stage) -> None:
    body = moved(stage, "booking_request")
    body["packages"][0]["weight"] = -1
    body["print_config"]["label_format"] = "zpl"
    body["addons"] = ["id_check"]
    assert messages(stage.book(body)) == [
        "packages[0].weight: must be between 1 and 1000000",
        "label format ZPL is not supported",
        "addons[0]: id_check is not supported by this shipping method",
    ]


def test_the_documents_refusal_of_a_prebooking_occurs_word_for_word(stage: Stage) -> None:
    body = moved(stage, "prebooking_request") | {"delivery_time": sample("prebooking_request")["delivery_time"]}
    assert messages(stage.post("/prebooking", body)) == ["delivery time must not be in the past"]


def test_the_documents_refusal_of_a_place_occurs_word_for_word(stage: Stage) -> None:
    body = moved(stage, "options_request")
    body["parties"]["search"] = sample("options_request")["parties"]["search"]
    answer = stage.post("/shipping-options", body)
    assert (answer.status_code, messages(answer)) == (422, ["provided postal code is not covered"])


def test_the_documents_refusal_of_a_stranger_occurs_word_for_word(stage: Stage) -> None:
    answer = stage.ingrid.post("/booking", json=moved(stage, "booking_request"))
    assert (answer.status_code, messages(answer)) == (401, ["invalid or missing authorization header"])
