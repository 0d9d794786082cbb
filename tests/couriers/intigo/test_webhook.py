"""Who is heard, what is heard, and what goes back."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from carrier_backend.couriers.intigo.webhook import LONGEST_MESSAGE, MOST_PARCELS, IntigoWebhook
from carrier_backend.domain.errors import Malformed, NotAllowed
from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.tracking import Heard
from carrier_backend.ports import Account, Delivery
from carrier_backend.support.voices import Voices
from tests.couriers.fakes import MemoryAccounts
from tests.couriers.intigo.samples import body, sample
from tests.couriers.intigo.stage import BASE_URL, KEY, Stage
from tests.fakes import FrozenClock

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TOKENS = ("new-token", "old-token")
LOOKED_AT = Heard((), ["ABCDEFGHIJKLMNOPQRST", "BCDEFGHIJKLMNOPQRSTU"], ("its status or its date cannot be read",))


def voices(*tokens: str) -> Voices:
    return Voices("intigo", MemoryAccounts(), tokens, lambda account: account.webhook_secrets)


@pytest.fixture
def webhook() -> IntigoWebhook:
    return IntigoWebhook(FrozenClock(NOON), voices(*TOKENS))


def delivery(said: Any, kind: str = "status", authorization: str = "Bearer new-token") -> Delivery:
    return Delivery(
        kind, {"authorization": authorization}, said if isinstance(said, bytes) else json.dumps(said).encode()
    )


def news(**changes: Any) -> Any:
    return {**sample("status_webhook"), **changes}


@pytest.mark.parametrize(
    "authorization", ["Bearer new-token", "Bearer old-token", "bearer new-token", "BEARER  new-token "]
)
def test_every_token_of_ours_lets_in(webhook: IntigoWebhook, authorization: str) -> None:
    webhook.verify(delivery({}, authorization=authorization))


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "new-token", "Basic new-token", "Bearer new-toke", "Bearer new-token2", "Bearer clé\xff"],
)
def test_anything_else_does_not(webhook: IntigoWebhook, authorization: str) -> None:
    with pytest.raises(NotAllowed):
        webhook.verify(delivery({}, authorization=authorization))


def test_a_token_that_is_not_set_lets_nobody_in() -> None:
    webhook = IntigoWebhook(FrozenClock(NOON), voices(""))

    with pytest.raises(NotAllowed):
        webhook.verify(delivery({}, authorization="Bearer "))


def test_no_header_is_no_token(webhook: IntigoWebhook) -> None:
    with pytest.raises(NotAllowed):
        webhook.verify(Delivery("status", {}, b"{}"))


def test_without_a_token_of_our_own_the_api_key_is_it(stage: Stage) -> None:
    assert stage.courier.webhook is not None
    stage.courier.webhook.verify(delivery({}, authorization=f"Bearer {KEY}"))


def test_with_a_token_of_our_own_the_api_key_is_none() -> None:
    webhook = Stage(webhook_tokens=("our-token",)).courier.webhook

    assert webhook is not None
    webhook.verify(delivery({}, authorization="Bearer our-token"))
    with pytest.raises(NotAllowed):
        webhook.verify(delivery({}, authorization=f"Bearer {KEY}"))


@pytest.mark.parametrize(("secrets", "token"), [((), "their-key"), (("their-token",), "their-token")])
def test_a_merchants_account_has_a_token_of_its_own(stage: Stage, secrets: tuple[str, ...], token: str) -> None:
    stage.accounts.held["shop-1"] = Account(BASE_URL, {"api_key": "their-key"}, secrets)

    assert stage.courier.webhook is not None
    stage.courier.webhook.verify(delivery({}, authorization=f"Bearer {token}"))


def test_a_token_speaks_of_the_parcels_of_its_own_account_alone(stage: Stage) -> None:
    stage.accounts.held = {
        "shop-1": Account(BASE_URL, {"api_key": "a key"}, ("one", "the next")),
        "shop-2": Account(BASE_URL, {"api_key": "another key"}),
    }
    webhook = stage.courier.webhook
    assert webhook is not None
    heard_by = {
        token: {shop for shop in ("shop-1", "shop-2", "shop-3") if voice in webhook.voices(shop, NOON)}
        for token in ("one", "the next", "another key", KEY)
        for voice in [webhook.verify(delivery({}, authorization=f"Bearer {token}"))]
    }
    assert heard_by == {"one": {"shop-1"}, "the next": {"shop-1"}, "another key": {"shop-2"}, KEY: {"shop-3"}}


def test_one_status_is_news_of_each_of_its_parcels(webhook: IntigoWebhook) -> None:
    heard = webhook.heard(delivery(body("status_webhook")))

    assert [(event.number, event.reference) for event in heard.events] == [
        ("1097367", "ABCDEFGHIJKLMNOPQRST"),
        ("1097368", "BCDEFGHIJKLMNOPQRSTU"),
    ]
    (event, _) = heard.events
    assert (event.code, event.status, event.text) == ("10", Status.OUT_FOR_DELIVERY, "Colis en cours de livraison")
    assert event.at == datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def test_an_undocumented_status_is_told_in_their_words(webhook: IntigoWebhook) -> None:
    (event, _) = webhook.heard(delivery(news(status=6900, message="Retour  partiel"))).events

    assert (event.code, event.status, event.text) == ("6900", None, "Retour partiel")


def test_an_undocumented_status_without_words_is_told_by_its_number(webhook: IntigoWebhook) -> None:
    (event, _) = webhook.heard(delivery(news(status="9004", message=None))).events

    assert (event.code, event.text) == ("9004", "Intigo status 9004")


@pytest.mark.parametrize("status", [None, "delivered", [6], True])
def test_parcels_whose_status_cannot_be_read_are_looked_at(webhook: IntigoWebhook, status: object) -> None:
    heard = webhook.heard(delivery(news(status=status)))

    assert heard == LOOKED_AT


@pytest.mark.parametrize(
    "date",
    [
        None,
        "",
        "23/11/2026 10:00",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59Z",
        1700000000,
        "y" * 10_000,
    ],
)
def test_parcels_whose_moment_cannot_be_read_are_looked_at_too(webhook: IntigoWebhook, date: object) -> None:
    assert webhook.heard(delivery(news(date=date))) == LOOKED_AT


def test_news_that_is_not_dated_is_looked_at(webhook: IntigoWebhook) -> None:
    undated = {name: told for name, told in news().items() if name != "date"}

    assert webhook.heard(delivery(undated)) == LOOKED_AT


def test_parcels_that_cannot_be_read_are_named_beside_a_date_that_cannot(webhook: IntigoWebhook) -> None:
    heard = webhook.heard(delivery(news(date="soon", parcels=[{"nid": "1097367"}, None])))

    assert heard == Heard(
        (),
        ["1097367"],
        ("parcels[1]: neither its nid nor its cid can be read", "its status or its date cannot be read"),
    )


def test_a_parcel_that_cannot_be_read_does_not_hold_up_the_others(webhook: IntigoWebhook) -> None:
    parcels = [{"nid": "1097367", "cid": "order 1001"}, {"nid": 1097368}, {"nid": "?"}, None, {"cid": "A" * 20}]

    heard = webhook.heard(delivery(news(parcels=parcels)))

    assert [(event.number, event.reference) for event in heard.events] == [
        ("1097367", ""),
        ("1097368", ""),
        ("", "A" * 20),
    ]
    assert heard.unreadable == [
        "parcels[2]: neither its nid nor its cid can be read",
        "parcels[3]: neither its nid nor its cid can be read",
    ]


def test_words_without_end_are_not_kept_whole(webhook: IntigoWebhook) -> None:
    (event, _) = webhook.heard(delivery(news(message="x" * 10_000))).events

    assert event.text == "x" * LONGEST_MESSAGE


def test_a_clock_that_is_a_little_ahead_is_believed(webhook: IntigoWebhook) -> None:
    ahead = NOON + timedelta(minutes=2)

    (event, _) = webhook.heard(delivery(news(date=ahead.isoformat()))).events

    assert event.at == ahead


@pytest.mark.parametrize("kind", ["status", "parcels"])
@pytest.mark.parametrize("said", [b"", b" ", b"{}", b"[]", b"null", b'""'])
def test_a_test_call_says_nothing(webhook: IntigoWebhook, kind: str, said: bytes) -> None:
    assert webhook.heard(delivery(said, kind)) == Heard()


@pytest.mark.parametrize("said", [{"status": 6}, {"parcels": [{"nid": "1097367"}]}, [1], "news", 7], ids=str)
def test_what_is_no_news_is_set_aside(webhook: IntigoWebhook, said: object) -> None:
    heard = webhook.heard(delivery(said))

    assert (heard.events, len(heard.unreadable)) == ((), 1)


@pytest.mark.parametrize("kind", ["status", "parcels"])
@pytest.mark.parametrize("said", [b"not JSON", b"\xff", b'{"status":NaN}'])
def test_what_is_no_json_is_malformed(webhook: IntigoWebhook, kind: str, said: bytes) -> None:
    with pytest.raises(Malformed):
        webhook.heard(delivery(said, kind))


def test_a_batch_that_was_made_is_looked_up(webhook: IntigoWebhook) -> None:
    heard = webhook.heard(delivery(body("batch_webhook"), "parcels"))

    assert (heard.look_again, heard.unreadable) == (["ABCDEFGHIJKLMNOPQRST", "BCDEFGHIJKLMNOPQRSTU"], [])


def test_what_a_batch_announces_is_noted_for_the_timeline_alone(webhook: IntigoWebhook) -> None:
    heard = webhook.heard(delivery({"nid": "1097367", "cid": "ABCDEFGHIJKLMNOPQRST"}, "parcels"))

    (event,) = heard.events
    assert (event.number, event.reference, event.status) == ("1097367", "ABCDEFGHIJKLMNOPQRST", None)
    assert event.is_for_timeline_only


def test_a_batch_may_be_a_single_parcel_that_we_know_by_number_only(webhook: IntigoWebhook) -> None:
    heard = webhook.heard(delivery({"nid": "1097367", "cid": "order 1001"}, "parcels"))

    assert heard.look_again == ["1097367"]


@pytest.mark.parametrize("kind", ["status", "parcels"])
def test_a_call_about_too_many_parcels_is_refused(webhook: IntigoWebhook, kind: str) -> None:
    parcels = [{"nid": "1097367"}] * (MOST_PARCELS + 1)

    with pytest.raises(Malformed, match="more than 10000"):
        webhook.heard(delivery(news(parcels=parcels) if kind == "status" else parcels, kind))


@pytest.mark.parametrize("said", [b'{ "b":1.0, "a":"\\u00e9" }', b" [] ", body("status_webhook")])
def test_they_get_their_own_bytes_back(webhook: IntigoWebhook, said: bytes) -> None:
    reply = webhook.reply(delivery(said))

    assert (reply.body, reply.content_type) == (said, "application/json")
