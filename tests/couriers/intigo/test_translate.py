"""Their words in, ours out."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from carrier_backend.couriers.intigo.translate import (
    STATUSES,
    Registered,
    as_code,
    as_id,
    as_moment,
    as_reference,
    event,
    from_facts,
    history_event,
    reasons,
    registered,
    to_facts,
)
from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.parcels import Booked
from tests.couriers.intigo.samples import sample

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
REFERENCE = "ABCDEFGHIJKLMNOPQRST"
BOOKED = Booked(REFERENCE, "1097367", "shop-1")


def test_every_documented_status_has_a_word_of_ours() -> None:
    assert {int(code): status for code, (status, _) in STATUSES.items()} == {
        2: Status.IN_TRANSIT,
        6: Status.DELIVERED,
        8: Status.CANCELLED,
        10: Status.OUT_FOR_DELIVERY,
        15: Status.DELIVERY_FAILED,
        16: Status.RETURNING,
        17: Status.RETURNED,
        20: Status.IN_TRANSIT,
        21: Status.LOST,
        25: Status.AT_DEPOT,
        27: Status.IN_TRANSIT,
        28: Status.DELAYED,
        29: Status.DELAYED,
    }


def test_an_unknown_code_is_told_as_it_is() -> None:
    unknown = event("1097367", REFERENCE, "6900", "", NOW)

    assert (unknown.status, unknown.code, unknown.text) == (None, "6900", "Intigo status 6900")


def test_a_confirmed_parcel_is_read() -> None:
    assert registered(sample("parcel_answer")) == Registered("1097367", REFERENCE, "4A7C21", "0")


def test_a_batch_names_no_secret_codes() -> None:
    assert [registered(entry) for entry in sample("batch_answer")] == [
        Registered("1097368", "BCDEFGHIJKLMNOPQRSTU", "", "0"),
        Registered("1097367", REFERENCE, "", "0"),
    ]


def test_a_number_may_come_as_a_number() -> None:
    assert registered({"nid": 1097367, "cid": REFERENCE}) == Registered("1097367", REFERENCE)


@pytest.mark.parametrize(
    "entry",
    [
        None,
        [],
        {},
        {"nid": "1097367"},
        {"nid": "", "cid": REFERENCE},
        {"nid": None, "cid": REFERENCE},
        {"nid": "../../x", "cid": REFERENCE},
        {"nid": "1097367\r\n", "cid": 7},
        {"nid": True, "cid": REFERENCE},
        {"nid": 1e6, "cid": REFERENCE},
        {"nid": "1234", "cid": REFERENCE},
        {"nid": "1234567890", "cid": REFERENCE},
    ],
)
def test_what_lacks_an_id_confirms_nothing(entry: object) -> None:
    assert registered(entry) is None


def test_the_journal_keeps_what_a_booking_needs() -> None:
    parcel = Registered("1097367", REFERENCE, "4A7C21", "1")

    assert from_facts(to_facts({REFERENCE: parcel})) == {REFERENCE: parcel}


@pytest.mark.parametrize(("told", "code"), [(10, "10"), ("6", "6"), (" 06 ", "6"), (-1, "-1"), (9004, "9004")])
def test_a_status_may_come_as_text(told: object, code: str) -> None:
    assert as_code(told) == code


@pytest.mark.parametrize("told", [None, True, "", "six", 6.5, [6], "٦", "6" * 10])
def test_what_is_no_status_is_none(told: object) -> None:
    assert as_code(told) == ""


@pytest.mark.parametrize("told", ["order-1001", "", None, 7, "abcdefghijklmnopqrst", REFERENCE + "A"])
def test_a_name_that_another_system_gave_is_not_ours(told: object) -> None:
    assert as_reference(told) == ""
    assert as_reference(REFERENCE) == REFERENCE


@pytest.mark.parametrize(
    ("told", "hour"),
    [
        ("2026-11-21T09:30:00.000Z", 9),
        ("2026-11-21T09:30:00", 8),
        ("2026-11-21 09:30", 8),
        ("2026-11-21T09:30:00+02:00", 7),
        ("2026-11-21T09:30:00+14:00", 19),
    ],
)
def test_a_date_without_a_zone_is_tunisian(told: str, hour: int) -> None:
    at = as_moment(told, NOW)

    assert at is not None
    assert (at.hour, at.minute, at.tzinfo) == (hour, 30, UTC)


@pytest.mark.parametrize(
    "told",
    [
        None,
        1700000000,
        "",
        "yesterday",
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "1999-12-31T23:59:59Z",
        "2026-11-22T12:00:01Z",
        "2026-02-30T00:00:00Z",
    ],
)
def test_a_date_that_cannot_be_is_none(told: object) -> None:
    assert as_moment(told, NOW) is None


def test_a_history_becomes_events_in_our_words() -> None:
    events = [history_event(BOOKED, entry, NOW) for entry in sample("history")]

    assert [event and (event.code, event.status, event.text) for event in events] == [
        ("25", Status.AT_DEPOT, "Colis entré au centre"),
        ("2", Status.IN_TRANSIT, "Colis assigné au livreur"),
        ("1", None, "Intigo status 1"),
    ]
    assert [event and event.at.hour for event in events] == [15, 7, 8]


def test_the_code_of_a_creation_is_no_news_and_any_other_is() -> None:
    booked = replace(BOOKED, facts={"created_as": "1"})

    events = [history_event(booked, entry, NOW) for entry in sample("history")]

    assert [event and event.is_for_timeline_only for event in events] == [False, False, True]


@pytest.mark.parametrize("entry", [None, "6", {"status": 6}, {"date": "2026-11-21T09:30:00Z"}])
def test_an_entry_without_code_or_date_is_no_event(entry: object) -> None:
    assert history_event(BOOKED, entry, NOW) is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"message":"phone must be 8 digits"}', ["phone must be 8 digits"]),
        (
            '{"statusCode":400,"message":["bad phone","bad city"],"error":"Bad Request"}',
            ["bad phone", "bad city", "Bad Request"],
        ),
        ('{"errors":{"phone":["bad phone"]}}', ["bad phone"]),
        ('["bad phone","bad phone"]', ["bad phone"]),
        ('{"detail":"bad\\n  phone"}', ["bad phone"]),
        ("Bad phone", ["Bad phone"]),
        ("amount must be < 3000", ["amount must be < 3000"]),
        ("<html><body>Bad phone</body></html>", []),
        ('{"message":"<b>bad</b>"}', []),
        ("", []),
        ("null", []),
        ("[[[]]]", []),
    ],
)
def test_reasons_are_read_in_whatever_form_they_come(body: str, words: list[str]) -> None:
    assert reasons(body.encode()) == words


def test_reasons_never_fill_a_page() -> None:
    found = reasons(b'["' + b"x" * 200 + b'","' + b"y" * 200 + b'","z"]')

    assert [len(reason) for reason in found] == [200, 100]


def test_reasons_that_are_not_text_do_no_harm() -> None:
    assert reasons(b"\xff\xfe") == ["��"]


def test_an_id_is_safe_in_an_address() -> None:
    assert [as_id(text) for text in ("1097367", "AB-12", "a/b/c", "ab cd", "1097367\n")] == [
        "1097367",
        "AB-12",
        "",
        "",
        "1097367",
    ]
