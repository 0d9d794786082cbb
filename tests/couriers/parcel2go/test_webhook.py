"""Who is heard, and that what they say is only a hint."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from carrier_backend.couriers.parcel2go.webhook import Parcel2GoWebhook, signature
from carrier_backend.domain.errors import CarrierError, NotAllowed
from carrier_backend.ports import Account
from carrier_backend.support.voices import Voices
from tests.couriers.drift import Drift
from tests.couriers.fakes import MemoryAccounts
from tests.couriers.parcel2go.samples import sample
from tests.couriers.parcel2go.stage import BASE_URL, WEBHOOK_SECRET, Stage, a_delivery, an_envelope
from tests.fakes import FrozenClock

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def voices(*secrets: str) -> Voices:
    return Voices("parcel2go", MemoryAccounts(), secrets, lambda account: account.webhook_secrets)


@pytest.fixture
def webhook() -> Parcel2GoWebhook:
    return Parcel2GoWebhook(FrozenClock(NOON), voices("", "another secret", WEBHOOK_SECRET))


def test_the_documents_vector_holds() -> None:
    digest = "5055442f8fa1ebbf6d7c74772faa5dcbf3489b00b59269ad5bfd352eb58f2197"
    assert signature("abcd", "33bb3c63-c2ec-4b69-8db3-301fa8cfe024", "2018-01-01 00:00:00", "Case") == digest


@pytest.mark.parametrize("secret", [WEBHOOK_SECRET, "another secret"])
def test_every_secret_of_ours_lets_in(webhook: Parcel2GoWebhook, secret: str) -> None:
    envelope = an_envelope(NOON, secret=secret)
    webhook.verify(a_delivery(envelope))
    webhook.verify(a_delivery({**envelope, "Signature": envelope["Signature"].upper()}))


@pytest.mark.parametrize("hours", [0, 1, -5])
@pytest.mark.parametrize("is_signed_in_utc", [True, False])
def test_a_time_elsewhere_is_signed_as_written_or_in_utc(
    webhook: Parcel2GoWebhook, hours: int, is_signed_in_utc: bool
) -> None:
    local = NOON.astimezone(timezone(timedelta(hours=hours)))
    signed = an_envelope(NOON if is_signed_in_utc else local)
    webhook.verify(a_delivery({**signed, "Timestamp": local.isoformat().replace("+", ".9999999+", 1)}))


def test_strangers_are_refused(webhook: Parcel2GoWebhook, stage: Stage) -> None:
    for delivery in stage.strange_deliveries():
        with pytest.raises(NotAllowed):
            webhook.verify(delivery)


def test_a_secret_that_is_not_set_lets_nobody_in(webhook: Parcel2GoWebhook) -> None:
    with pytest.raises(NotAllowed):
        webhook.verify(a_delivery(an_envelope(NOON, secret="")))


def test_a_secret_speaks_of_the_parcels_of_its_own_account_alone(stage: Stage) -> None:
    stage.accounts.held["shop-1"] = Account(BASE_URL, {}, ("a secret of the shop's own",))
    webhook = stage.courier.webhook
    assert webhook is not None
    own, ours = (
        webhook.verify(a_delivery(an_envelope(NOON, secret=secret)))
        for secret in ("a secret of the shop's own", WEBHOOK_SECRET)
    )
    assert webhook.voices("shop-1", NOON) == {own}
    assert webhook.voices("shop-2", NOON) == {ours}


def test_where_no_secret_is_set_at_all_nobody_is_let_in() -> None:
    with pytest.raises(NotAllowed):
        Parcel2GoWebhook(FrozenClock(NOON), voices()).verify(a_delivery(an_envelope(NOON)))


@pytest.mark.parametrize(("age", "events"), [(timedelta(hours=24), 1), (timedelta(hours=24, seconds=1), 0)])
@pytest.mark.parametrize("direction", [1, -1])
def test_a_case_is_told_for_a_day(webhook: Parcel2GoWebhook, age: timedelta, events: int, direction: int) -> None:
    envelope = an_envelope(NOON - direction * age, **sample("case_webhook"))
    header = {"Timestamp": (NOON - direction * age).isoformat()}
    assert len(webhook.heard(a_delivery({**envelope, **header})).events) == events


def test_a_payload_is_only_a_hint(webhook: Parcel2GoWebhook) -> None:
    heard = webhook.heard(a_delivery(an_envelope(NOON, **sample("tracking_webhook"))))
    assert (heard.events, heard.look_again) == ((), ("P2G1234567",))
    assert heard.call_id == "e0363b4a-aead-4dd5-bcc5-73793ad49974"


def test_a_case_is_told_to_people_alone(webhook: Parcel2GoWebhook) -> None:
    (event,) = webhook.heard(a_delivery(an_envelope(NOON, **sample("case_webhook")))).events
    assert (event.number, event.text, event.is_for_timeline_only) == ("P2G1234", "Claim 12345 Approved", True)


def test_an_old_envelope_is_only_a_reason_to_look(webhook: Parcel2GoWebhook) -> None:
    heard = webhook.heard(a_delivery(an_envelope(NOON - timedelta(days=2), **sample("case_webhook"))))
    assert (heard.events, heard.look_again) == ((), ("P2G1234",))


@pytest.mark.parametrize("line", [None, {}, "../orders", True])
def test_a_line_that_cannot_be_one_is_set_aside(webhook: Parcel2GoWebhook, line: Any) -> None:
    heard = webhook.heard(a_delivery(an_envelope(NOON, Payload={"OrderLineId": line})))
    assert heard.look_again == ()
    assert heard.unreadable


def test_a_kind_that_nobody_knows_is_kept_without_effect(webhook: Parcel2GoWebhook) -> None:
    heard = webhook.heard(a_delivery(an_envelope(NOON, kind="Invoice")))
    assert (heard.events, heard.look_again, heard.unreadable) == ((), (), ())


def test_the_answer_is_an_empty_object(webhook: Parcel2GoWebhook) -> None:
    assert webhook.reply(a_delivery({})).body == b"{}"


def test_whatever_type_a_payload_drifts_to_it_is_heard_or_refused(webhook: Parcel2GoWebhook) -> None:
    drift = Drift(seed=1)
    for _ in range(1000):
        for name in ("tracking_webhook", "case_webhook"):
            with suppress(CarrierError):  # and nothing else
                webhook.heard(a_delivery(drift(sample(name))))
