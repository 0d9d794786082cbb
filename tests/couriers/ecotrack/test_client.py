"""Ecotrack's answers told apart: a yes, a no inside a 200, bags of faults, pages for people; and its quota."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from carrier_backend.couriers.ecotrack.client import Passing, allowances
from carrier_backend.domain.errors import CounterpartError, Declined, LockedOut, Unreachable, Unsure
from carrier_backend.domain.quotas import Allowance, Urgency
from carrier_backend.support.call import Call, Reply
from tests.couriers.ecotrack.stage import BASE_URL, Stage

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AN_ORDER: dict[str, object] = {
    "reference": "A" * 20,
    "nom_client": "Lina Benali",
    "telephone": "0555123456",
    "adresse": "14 cité des Orangers",
    "commune": "Blida",
    "code_wilaya": 9,
    "montant": 0,
    "type": 1,
}


def create(stage: Stage, **changes: object) -> str:
    return stage.client.create({**AN_ORDER, **changes}, Passing.BODY)


@pytest.mark.parametrize("created", ["plain", "results"])
def test_an_order_is_confirmed_by_its_number_in_either_shape(stage: Stage, created: str) -> None:
    stage.tell(tenant={"created": created})
    assert create(stage) == stage.orders()[0]["tracking"]


def test_a_no_inside_a_200_is_a_no_in_their_words(stage: Stage) -> None:
    stage.tell(tenant={"closed": [9]})
    with pytest.raises(Declined, match="Pas de livraison pour la wilaya"):
        create(stage)


def test_a_bag_of_faults_names_the_fields(stage: Stage) -> None:
    with pytest.raises(Declined) as no:
        create(stage, telephone="12", commune="Blidah")
    assert [reason.partition(":")[0] for reason in no.value.reasons] == ["telephone"]


@pytest.mark.parametrize(
    "answer",
    [
        {"success": True},
        {"success": True, "tracking": ""},
        {"success": True, "tracking": "../../x"},
        {"success": True, "tracking": "EC 1\r\n"},
        {"success": True, "tracking": 7},
        {"tracking": "ECQFLD2103047673"},
        {"results": {}},
        {"results": {"A": {"success": False, "tracking": "ECQFLD2103047673"}}},
        {"results": {"A": {"success": True, "tracking": "EC1234"}, "B": {"success": True, "tracking": "EC1235"}}},
        [],
        None,
        "ok",
        "",
    ],
)
def test_an_answer_without_a_number_confirms_nothing(stage: Stage, answer: Any) -> None:
    stage.script("refuse", status=200, body=answer)
    with pytest.raises(Unsure):
        create(stage)


@pytest.mark.parametrize("page", ["<html><body>Maintenance</body></html>", "<!DOCTYPE html><h1>Oups</h1>"])
def test_a_page_for_people_leaves_doubt_about_a_write_and_none_about_a_read(stage: Stage, page: str) -> None:
    for operation in ("create", "remarks"):
        stage.script_for(operation, "refuse", status=200, body=page)
    with pytest.raises(Unsure):
        create(stage)
    with pytest.raises(Unreachable):
        stage.client.remarks("EC1234567")


def test_a_page_that_speaks_of_connecting_is_no_page_where_people_log_in(stage: Stage) -> None:
    page = "<title>Erreur de connexion</title><h1>Impossible de se connecter à la base de données</h1>"
    stage.script("refuse", status=200, body=page)
    with pytest.raises(Unsure):
        create(stage)


@pytest.mark.parametrize(
    "form",
    ["<form><input name=pw type=password></form>", '<form method="POST" action="https://tenant.example/login"></form>'],
)
def test_a_page_where_people_log_in_is_known_by_its_form(stage: Stage, form: str) -> None:
    stage.script("refuse", status=200, body=f"<html><body>{form}</body></html>")
    with pytest.raises(LockedOut):
        create(stage)


def test_a_page_that_never_ends_its_first_form_takes_no_time_to_read(stage: Stage) -> None:
    stage.script("refuse", status=200, body="<form action=" * 200_000)
    with pytest.raises(Unsure):
        create(stage)


@pytest.mark.parametrize("location", ["http://[::1", "/login/form", "https://tenant.example/?next=/login"])
def test_a_redirect_to_nowhere_is_no_page_where_people_log_in(stage: Stage, location: str) -> None:
    stage.script("redirect", status=302, location=location)
    with pytest.raises(Unsure):
        create(stage)


@pytest.mark.parametrize("strangers", ["json", "page", "redirect"])
def test_a_token_that_is_not_taken_is_ours_to_mend(strangers: str) -> None:
    stranger = Stage("not the token")
    stranger.tell(tenant={"strangers": strangers})
    with pytest.raises(LockedOut):
        create(stranger)
    with pytest.raises(LockedOut):
        stranger.client.wilayas()
    with pytest.raises(LockedOut):
        stranger.client.check_token()


@pytest.mark.parametrize("operation", ["create", "validate", "delete", "add_remark", "ask_return"])
def test_a_redirect_is_never_followed_on_a_write(stage: Stage, operation: str) -> None:
    number = create(stage)
    stage.script_for(operation, "redirect", status=301, location="http://simulator/ecotrack/api/v1/get/wilayas")
    writes: dict[str, Callable[[], object]] = {
        "create": lambda: create(stage),
        "validate": lambda: stage.client.validate(number, ask_collection=False),
        "delete": lambda: stage.client.delete(number),
        "add_remark": lambda: stage.client.add_remark(number, "x"),
        "ask_return": lambda: stage.client.ask_return(number),
    }
    with pytest.raises(Unsure, match="final one"):
        writes[operation]()
    assert stage.calls_of("wilayas") == 0


def test_no_error_tells_the_token_or_an_address(stage: Stage) -> None:
    told: list[str] = []
    for fault in ("error_before", "garbage", "redirect", "drop", "rate_limit"):
        stage.script_for("statuses", fault)
        with pytest.raises(CounterpartError) as error:
            stage.client.statuses(["ECQFLD2103047673"])
        told.append(str(error.value))
    assert not any("token-of" in text or "api/v1" in text for text in told)


def test_the_list_of_orders_is_read_as_far_as_it_can_be(stage: Stage) -> None:
    create(stage)
    body = {"data": [{"tracking": None}, {"tracking": "ECG4SU2112195902", "phone": "0560351041"}], "last_page": 3}
    stage.script_for("orders", "refuse", status=200, body=body)
    today = datetime.now(UTC).date()
    page = stage.client.orders(1, today, today)
    assert ([order.tracking for order in page.orders], page.last_page, page.unreadable) == (["ECG4SU2112195902"], 3, 1)


def test_reads_of_tracking_leave_room_for_bookings(stage: Stage) -> None:
    number = create(stage)
    stage.client.statuses([number])
    stage.client.history(number, Urgency.SPARE)
    assert stage.allowed.admitted == [Urgency.NOW, Urgency.SOON, Urgency.SPARE]


def test_what_every_answer_tells_of_the_quota_is_learned(stage: Stage) -> None:
    stage.tell(limits={})
    create(stage)
    assert [(told.window, told.remaining) for told in stage.allowed.told[-3:]] == [
        (MINUTE, 49),
        (HOUR, 1499),
        (DAY, 14999),
    ]


def a_reply(headers: dict[str, str]) -> Reply:
    call = Call("ecotrack", "x", "GET", BASE_URL, writes=False)
    return Reply(call, 200, headers, b"")


def test_the_headers_of_today_tell_of_three_windows() -> None:
    headers = {
        "X-RateLimit-Remaining-Day": "14985",
        "X-RateLimit-Reset-Day": "1752714620",
        "X-RateLimit-Remaining-Minute": "47",
        "X-RateLimit-Remaining": "3",
    }
    assert allowances(a_reply(headers)) == [
        Allowance(MINUTE, 47),
        Allowance(DAY, 14985, datetime(2025, 7, 17, 1, 10, 20, tzinfo=UTC)),
    ]


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"X-RateLimit-Limit": "120", "X-RateLimit-Remaining": "117"}, [Allowance(MINUTE, 117)]),
        ({"X-RateLimit-Remaining": "-1"}, []),
        ({"X-RateLimit-Remaining-Minute": "many"}, []),
        ({"X-RateLimit-Remaining-Minute": "9" * 5000, "X-RateLimit-Remaining": "9" * 30}, []),
        ({"X-RateLimit-Remaining-Minute": "٥"}, []),
        ({"X-RateLimit-Remaining-Minute": "5", "X-RateLimit-Reset-Minute": "9" * 30}, [Allowance(MINUTE, 5)]),
        ({}, []),
    ],
)
def test_the_headers_of_old_tell_of_the_minute_and_nonsense_of_nothing(
    headers: dict[str, str], told: list[Allowance]
) -> None:
    assert allowances(a_reply(headers)) == told


def test_two_accounts_have_two_quotas_and_no_secret_in_their_names(stage: Stage) -> None:
    other = Stage("another token").client
    assert stage.client.account != other.account
    assert "token" not in stage.client.account
