"""Ecotrack's words in ours: every code of the original's lists, and whatever is none."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from carrier_backend.couriers.ecotrack.translate import (
    HAPPENINGS,
    STATUSES,
    as_moment,
    digits,
    happening,
    last_standing,
    order,
    reasons,
    standing,
    status_code,
)
from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.parcels import Booked
from carrier_backend.domain.tracking import Seen
from carrier_backend.support.places import fold

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BOOKED = Booked("A" * 20, "ECQFLD2103047673", "shop-1")

# The original's two lists (specs/originals/002, "Filtre des commandes par status" and "Suivi et historique").
ORIGINAL_STATUSES = {
    "prete_a_expedier": Status.SUBMITTED,
    "en_ramassage": Status.SUBMITTED,
    "en_preparation_stock": Status.SUBMITTED,
    "vers_hub": Status.IN_TRANSIT,
    "en_hub": Status.AT_DEPOT,
    "vers_wilaya": Status.IN_TRANSIT,
    "en_preparation": Status.AT_DEPOT,
    "en_livraison": Status.OUT_FOR_DELIVERY,
    "suspendu": Status.DELAYED,
    "livre_non_encaisse": Status.DELIVERED,
    "encaisse_non_paye": Status.DELIVERED,
    "paiements_prets": Status.DELIVERED,
    "paye_et_archive": Status.DELIVERED,
    "retour_chez_livreur": Status.RETURNING,
    "retour_transit_entrepot": Status.RETURNING,
    "retour_en_traitement": Status.RETURNING,
    "retour_recu": Status.RETURNED,
    "retour_archive": Status.RETURNED,
    "annule": Status.CANCELLED,
}
ORIGINAL_HAPPENINGS = {
    "order_information_received_by_carrier": Status.SUBMITTED,
    "picked": Status.PICKED_UP,
    "accepted_by_carrier": Status.AT_DEPOT,
    "dispatched_to_driver": Status.OUT_FOR_DELIVERY,
    "attempt_delivery": Status.DELIVERY_FAILED,
    "return_asked": Status.RETURNING,
    "return_in_transit": Status.RETURNING,
    "Return_received": Status.RETURNED,
    "livred": Status.DELIVERED,
    "encaissed": Status.DELIVERED,
    "payed": Status.DELIVERED,
}


@pytest.mark.parametrize("code", ORIGINAL_STATUSES)
def test_every_status_of_the_original_is_known(code: str) -> None:
    assert STATUSES[fold(code)] is ORIGINAL_STATUSES[code]


@pytest.mark.parametrize("code", ORIGINAL_HAPPENINGS)
def test_every_activity_of_the_original_is_known_in_any_case(code: str) -> None:
    for written in (code, code.lower(), code.upper()):
        event = happening(BOOKED, {"date": "2026-11-22", "time": "10:00:00", "status": written}, NOW)
        assert event is not None
        assert event.status is ORIGINAL_HAPPENINGS[code]


def test_the_two_vocabularies_have_no_word_in_common() -> None:
    assert not STATUSES.keys() & HAPPENINGS.keys()


def test_a_remark_is_for_the_timeline_alone() -> None:
    event = happening(BOOKED, {"date": "2026-11-22", "time": "10:00:00", "status": "notification_on_order"}, NOW)
    assert event is not None
    assert (event.status, event.is_for_timeline_only) == (None, True)


def test_an_activity_that_no_table_knows_goes_on_raw_with_what_was_said() -> None:
    entry = {"date": "2026-11-22", "time": "10:00:00", "status": "teleported", "reason": "Absent"}
    event = happening(BOOKED, entry, NOW)
    assert event is not None
    assert (event.code, event.text, event.status, event.is_for_timeline_only) == (
        "teleported",
        "teleported: Absent",
        None,
        False,
    )


@pytest.mark.parametrize(
    "entry",
    [
        None,
        [],
        {},
        {"date": "2026-11-22", "time": "10:00:00"},
        {"date": "2026-11-22", "time": "10:00:00", "status": 7},
        {"date": "0001-01-01", "time": "00:00:00", "status": "livred"},
        {"date": "22/11/2026", "time": "10:00", "status": "livred"},
        {"date": None, "time": "10:00:00", "status": "livred"},
        {"date": "2030-01-01", "time": "10:00:00", "status": "livred"},
    ],
)
def test_an_activity_that_cannot_be_read_is_none(entry: Any) -> None:
    assert happening(BOOKED, entry, NOW) is None


def test_local_times_are_an_hour_ahead_of_utc_all_year() -> None:
    for day in ("2026-01-15", "2026-07-15"):
        assert as_moment(day, "11:04:19") == datetime.fromisoformat(f"{day}T10:04:19Z")


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"status": " en_hub "}, "en_hub"),
        ({"status": None}, ""),
        ("en_hub", ""),
        ({"status": []}, ""),
    ],
)
def test_a_status_is_a_text(entry: Any, code: str) -> None:
    assert status_code(entry) == code


def test_the_last_status_seen_is_not_a_line_of_history() -> None:
    seen = [Seen(code, NOW) for code in ("prete_a_expedier", "picked", "teleported", "notification_on_order")]
    assert last_standing(seen, "en_hub") == Seen("prete_a_expedier", NOW)
    assert last_standing([Seen("livred", NOW)], "en_hub") is None


def test_a_status_that_no_table_knows_is_the_last_one_while_the_parcel_is_in_it() -> None:
    seen = [Seen(code, NOW) for code in ("prete_a_expedier", "en_orbite", "picked")]
    assert last_standing(seen, "En_Orbite") == Seen("en_orbite", NOW)


def test_a_status_counts_from_the_second_as_their_times_do() -> None:
    event = standing(BOOKED, "en_hub", NOW.replace(microsecond=999_999), is_for_timeline_only=False)
    assert event.at == NOW.replace(microsecond=0)


def test_an_order_of_the_originals_sample_is_read() -> None:
    row = {
        "tracking": "ECG4SU2112195902",
        "reference": None,
        "client": "kas",
        "phone": "0560351041",
        "phone_2": None,
        "montant": "1500",
        "status": "prete_a_expedier",
    }
    read = order(row)
    assert read is not None
    assert (read.tracking, read.reference, read.amount, read.is_draft) == ("ECG4SU2112195902", "", Decimal(1500), True)


@pytest.mark.parametrize("row", [None, {}, {"tracking": 7}, {"tracking": "x" * 41}, {"tracking": "EC/../1"}])
def test_an_order_without_a_number_is_none(row: Any) -> None:
    assert order(row) is None


def test_phones_are_compared_by_their_digits() -> None:
    assert digits("0555 12-34.56") == digits("555123456") == digits(555123456) == "555123456"
    assert digits(None) == ""


def test_reasons_are_told_field_by_field_and_never_as_markup() -> None:
    bag = {"message": "The given data was invalid.", "errors": {"commune": ["mal orthographiée"], "type": "requis"}}
    assert reasons(bag) == ["commune: mal orthographiée", "type: requis"]
    assert reasons({"message": "<b>no</b>"}) == reasons({"success": False}) == reasons([]) == []
