"""Ingrid's door with nothing behind it: the real routes over a backend that notes what it is asked."""

from dataclasses import dataclass, field
from typing import cast

from flask import Flask

from carrier_backend import current
from carrier_backend.domain.access import Client
from carrier_backend.domain.errors import Fault, NotAllowed
from carrier_backend.domain.options import Options
from carrier_backend.domain.orders import OptionsQuery, Order, Prebooking, Wishes
from carrier_backend.doors import errors, openapi
from carrier_backend.ingrid import errors as ingrid_errors
from carrier_backend.ingrid import routes
from carrier_backend.ingrid.tokens import Tokens
from carrier_backend.observability import hooks
from carrier_backend.services.admit import WRONG_AUTHORIZATION, WRONG_CREDENTIALS
from carrier_backend.services.backend import Backend
from carrier_backend.services.book import Answer
from carrier_backend.support.metrics import Metrics
from tests.couriers.fakes import MemoryExchanges
from tests.fakes import MONDAY, FrozenClock

KEYS = {"k1": "a key of more than thirty-two bytes, the first", "k0": "a key of more than thirty-two bytes, retired"}
INGRID = Client("client_id_value", "ingrid", MONDAY)
SECRET = "client_secret_value"


@dataclass
class FakeAdmit:
    """Lets in one client, as long as it is welcome."""

    is_welcome: bool = True
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    error: Exception | None = None

    def client(self, client_id: str, client_secret: str, address: str) -> Client:
        self.asked.append((client_id, client_secret, address))
        if self.error:
            raise self.error
        if (client_id, client_secret) != (INGRID.id, SECRET):
            raise NotAllowed(WRONG_CREDENTIALS)
        return INGRID

    def bearer(self, client_id: str) -> Client:
        if not self.is_welcome or client_id != INGRID.id:
            raise NotAllowed(WRONG_AUTHORIZATION)
        return INGRID


@dataclass
class FakeTerms:
    """Finds fault with nothing, or with what it is told to; notes what it was to judge."""

    found: list[Fault] = field(default_factory=list)
    judged: list[Wishes] = field(default_factory=list)

    def faults(self, wishes: Wishes) -> list[Fault]:
        self.judged.append(wishes)
        return self.found


@dataclass
class FakeBackend:
    """Notes every use case it is asked for; then raises `error`, or answers what it was given."""

    admit: FakeAdmit = field(default_factory=FakeAdmit)
    clock: FrozenClock = field(default_factory=FrozenClock)
    exchanges: MemoryExchanges = field(default_factory=MemoryExchanges)
    agree_terms: FakeTerms = field(default_factory=FakeTerms)
    asked: list[object] = field(default_factory=list)
    error: Exception | None = None
    options: Options = field(default_factory=Options)
    answer: Answer = field(default_factory=lambda: Answer(b'{"packages":[]}', is_replay=False))

    def offer_options(self, query: OptionsQuery) -> Options:
        self._note(query)
        return self.options

    def prebook(self, prebooking: Prebooking) -> None:
        self._note(prebooking)

    def book(self, order: Order) -> Answer:
        self._note(order)
        return self.answer

    def cancel(self, *, client_id: str, barcode: str, trace_id: str) -> None:
        self._note((client_id, barcode, trace_id))

    def _note(self, asked: object) -> None:
        self.asked.append(asked)
        if self.error:
            raise self.error


def open_door(backend: FakeBackend, tokens: Tokens) -> Flask:
    """An app with Ingrid's routes and what surrounds them."""
    app = Flask(__name__)
    hooks.register(app, Metrics())
    errors.register(app, ingrid_errors.answer)
    current.keep(cast(Backend, backend), app)
    routes.open_door(app, openapi.describe(app), tokens)
    return app
