"""What is personal or secret cannot be read in the database by whoever has no key."""

import base64
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from carrier_backend.domain.access import Role
from carrier_backend.domain.addresses import Contact, Party
from carrier_backend.domain.errors import Declined
from carrier_backend.domain.lifecycle import Status
from carrier_backend.domain.orders import Prebooking
from carrier_backend.domain.tracking import OURS, Heard
from carrier_backend.ports import Account, Delivery
from carrier_backend.services.backend import Backend
from carrier_backend.storage.store import Store
from carrier_backend.storage.tables import deliveries, metadata
from tests.builders import a_journey, a_merchant, an_address, an_order
from tests.conftest import BY_TEST, CLIENT_SECRET
from tests.fakes import FakeCourier, FrozenClock, a_label
from tests.storage.kept import an_event

CANARY = "Canary"
HOME = Party(
    an_address(name=f"{CANARY} Name", lines=(f"12 {CANARY} Street",), city=f"{CANARY} City", care_of=CANARY),
    Contact("+21655501234", f"{CANARY}@example.com"),
)


def raw_bytes(engine: Engine) -> bytes:
    """The files of SQLite as they lie on the disk; of PostgreSQL, every cell of every table."""
    if engine.dialect.name == "sqlite":
        file = Path(str(engine.url.database))
        return b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))
    with engine.connect() as connection:
        tables = [connection.execute(select(table)).all() for table in metadata.sorted_tables]
    cells = [cell for rows in tables for row in rows for cell in row]
    return b"\n".join(cell if isinstance(cell, bytes) else repr(cell).encode() for cell in cells)


def hear(backend: Backend, body: bytes) -> None:
    delivery = Delivery("status", {"authorization": CANARY}, body)
    backend.record_tracking.from_webhook("fake", delivery, Heard(), "TRACE9", OURS)


def test_a_shoppers_data_cannot_be_read(backend: Backend, store: Store) -> None:
    journey = a_journey(receiver=HOME)
    backend.prebook(Prebooking(journey))
    backend.book(an_order(journey=journey, instructions=CANARY, body={"address": CANARY}))
    held = raw_bytes(store.engine)
    assert journey.external_id.encode() in held  # what may be searched is there
    assert CANARY.encode() not in held
    assert b"55501234" not in held


def test_a_label_cannot_be_read(backend: Backend, courier: FakeCourier, store: Store) -> None:
    backend.book(an_order())
    label = a_label(courier.creates[0])
    held = raw_bytes(store.engine)
    assert courier.creates[0].encode() in held
    assert label not in held
    assert base64.b64encode(label) not in held


def sealed_of_shoppers(engine: Engine) -> dict[str, bytes]:
    """Whatever is sealed, by where it stands, but for what merchants have told of themselves."""
    with engine.connect() as connection:
        return {
            f"{table.name}.{column} {number}": bytes(cell)
            for table in metadata.sorted_tables
            if table.name != "merchants"
            for number, row in enumerate(connection.execute(select(table)).mappings())
            for column, cell in row.items()
            if column.startswith("sealed_") and cell
        }


def test_after_retention_not_even_what_was_sealed_is_left(backend: Backend, store: Store, clock: FrozenClock) -> None:
    backend.prebook(Prebooking(a_journey(receiver=HOME)))
    backend.book(an_order(journey=a_journey(receiver=HOME)))
    (shipment,) = backend.find_shipments().items
    number = str(shipment.parcels[0].barcode)
    news = Heard([an_event(number, code="6", status=Status.DELIVERED, at=clock.now(), text=f"to {CANARY}")])
    backend.record_tracking.from_webhook("fake", Delivery("status", {}, CANARY.encode()), news, "TRACE9", OURS)
    while backend.push_statuses.run_once():
        pass
    sealed = sealed_of_shoppers(store.engine)
    clock.advance(timedelta(days=31))
    backend.clockwork.run_once()
    assert len(sealed) > 8
    assert sealed_of_shoppers(store.engine) == {}
    held = raw_bytes(store.engine)
    assert number.encode() in held
    assert [place for place, each in sealed.items() if each[-64:] in held] == []


def test_why_a_courier_said_no_cannot_be_read(backend: Backend, courier: FakeCourier, store: Store) -> None:
    courier.fails["book"] = [Declined("fake", "create", f"no street like {CANARY}")]
    with pytest.raises(Declined):
        backend.book(an_order())
    assert CANARY.encode() not in raw_bytes(store.engine)


def test_a_merchants_contact_and_credentials_cannot_be_read(backend: Backend, store: Store) -> None:
    backend.oversee.put_merchant(a_merchant(contact_name=CANARY, contact=Contact("+21655501234", CANARY)), BY_TEST)
    account = Account("https://courier.example", {"api_key": CANARY}, (CANARY,))
    backend.oversee.put_account("shop-1", "fake", account, BY_TEST)
    held = raw_bytes(store.engine)
    assert CANARY.encode() not in held
    assert b"55501234" not in held


def test_what_a_courier_sends_us_cannot_be_read(backend: Backend, store: Store) -> None:
    hear(backend, b'{"receiver": "Canary"}')
    assert CANARY.encode() not in raw_bytes(store.engine)
    with store.read() as unit:
        sealed = unit.connection.execute(select(deliveries.c.sealed_body)).scalar_one()
        assert unit.sealing.open(sealed) == b'{"receiver": "Canary"}'


def test_secrets_and_tokens_of_ours_are_kept_as_digests_alone(backend: Backend, store: Store) -> None:
    added = backend.oversee.add_client("other", BY_TEST)
    token = backend.oversee.add_operator("anna", Role.ADMIN, BY_TEST)
    held = raw_bytes(store.engine)
    assert added.client_id.encode() in held
    assert not [secret for secret in (added.client_secret, token, CLIENT_SECRET) if secret.encode() in held]
