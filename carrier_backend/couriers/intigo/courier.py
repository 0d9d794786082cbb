"""Intigo as a courier: parcels are created at once, only its people can take one back, and it calls with news."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from environs import Env

from carrier_backend.couriers.intigo import handover
from carrier_backend.couriers.intigo.acts import IntigoActs
from carrier_backend.couriers.intigo.booking import Creation, ask_to_cancel, quiet_for
from carrier_backend.couriers.intigo.client import NAME, IntigoClient
from carrier_backend.couriers.intigo.names import RegionNames
from carrier_backend.couriers.intigo.regions import REGIONS, KeptRegions, Regions
from carrier_backend.couriers.intigo.translate import Registered, as_id, history_event
from carrier_backend.couriers.intigo.webhook import IntigoWebhook
from carrier_backend.domain.errors import (
    CounterpartError,
    Declined,
    Fault,
    Malformed,
    NotServed,
    Unreachable,
    raise_faults,
)
from carrier_backend.domain.health import Condition, Health, Means
from carrier_backend.domain.lifecycle import NOT_YET_MOVING, Status
from carrier_backend.domain.options import Options
from carrier_backend.domain.orders import OptionsQuery
from carrier_backend.domain.parcels import (
    Booked,
    Cancellation,
    Label,
    LabelEncoding,
    LabelFormat,
    Outcome,
)
from carrier_backend.domain.products import Route, Terms
from carrier_backend.domain.shipments import Shipment
from carrier_backend.domain.tracking import Seen, TrackingEvent
from carrier_backend.ports import (
    Account,
    Accounts,
    Act,
    Answered,
    Chore,
    Clock,
    Courier,
    Journal,
    PlaceNames,
    Snapshots,
    Webhook,
)
from carrier_backend.support import health
from carrier_backend.support.credentials import faults_in_account
from carrier_backend.support.destinations import host_of
from carrier_backend.support.findings import Findings
from carrier_backend.support.http import Http
from carrier_backend.support.voices import Voices

PRODUCTION = "https://external-api.intigo.tn/secure-api"
UNCONFIRMED = "a ticket was sent and never confirmed; our operators are looking into it"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """The account that holds where a merchant has none of its own, and what Intigo's calls to us bear as a token."""

    base_url: str
    api_key: str = field(repr=False)
    webhook_tokens: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def read(cls, env: Env) -> "Settings":
        """From `INTIGO_...`; without a token of our own, Intigo sends us the API key (section 11)."""
        return cls(
            base_url=env.str("BASE_URL", PRODUCTION),
            api_key=env.str("API_KEY"),
            webhook_tokens=tuple(filter(None, re.split(r"[\s,]+", env.str("WEBHOOK_TOKEN", "")))),
        )


class Intigo:
    """ports.Courier; merchants with an account of their own are served through that."""

    name = NAME
    stoppable_in = NOT_YET_MOVING
    tracks_at_once = 1

    def __init__(
        self,
        settings: Settings,
        *,
        http: Http,
        clock: Clock,
        accounts: Accounts,
        snapshots: Snapshots,
        quiet_window: timedelta,
    ) -> None:
        self._settings = settings
        self._http = http
        self._clock = clock
        self._accounts = accounts
        self._kept = KeptRegions(snapshots)
        self._quiet_window = quiet_window
        self._default_client = IntigoClient(http, settings.base_url, settings.api_key)
        self.webhook: Webhook | None = IntigoWebhook(clock, _voices(settings, accounts))
        self.chores: Sequence[Chore] = (Chore(REGIONS, timedelta(hours=24), self._refresh_regions),)
        self.places: PlaceNames | None = RegionNames(self._regions)
        self.acts: Mapping[str, Act] = IntigoActs(self._client, self._regions).table()

    def options(self, query: OptionsQuery, route: Route) -> Options:
        """The product's calendar decides: Intigo knows no slots, prices or pickup points, only places (section 9)."""
        regions, address, findings = self._kept.latest(), query.area.address, Findings()
        # A governorate alone is enough to shop; which place in it is meant, the booking has to say.
        if regions is not None and address.city and not regions.is_city(address.city):
            findings.of("area.address.city", regions.find, address.city, address.lines)
        raise_faults(NotServed, findings.faults)
        return Options()

    def accept(self, shipment: Shipment) -> None:
        """Calls out only while the list of places was never fetched."""
        handover.bodies(shipment, self._regions())

    def book(self, shipment: Shipment, journal: Journal) -> list[Booked]:
        creation = self._creation(shipment, journal)
        parcels = creation.complete(lambda: handover.bodies(shipment, self._regions()))
        return [_booked(parcels[reference], shipment.journey.shipper_id) for reference in shipment.references]

    def quiet_for(self, shipment: Shipment) -> timedelta:
        return quiet_for(len(shipment.parcels), self._quiet_window)

    def number_of(self, told: Mapping[str, object]) -> str:
        if number := as_id(told.get("number")):
            return number
        raise Malformed(Fault("must be a number of Intigo's", "number"))

    def adopt(self, shipment: Shipment, reference: str, told: Mapping[str, object], journal: Journal) -> None:
        self._creation(shipment, journal).adopt(reference, self.number_of(told))

    def undo(self, shipment: Shipment, journal: Journal, *, ask: bool) -> Cancellation:
        client = self._client(shipment.journey.shipper_id)
        known = self._creation(shipment, journal).known()
        live = {reference: parcel.nid for reference, parcel in known.items() if not _is_cancelled(client, parcel.nid)}
        if not live:
            return Cancellation(Outcome.DONE)
        if not ask:
            return Cancellation(Outcome.UNABLE, "only Intigo's own people can cancel a parcel")
        notes = [
            ask_to_cancel(client, journal, nid, reference, self._quiet_window) or UNCONFIRMED
            for reference, nid in live.items()
        ]
        return Cancellation(Outcome.ASKED, "; ".join(notes))

    def label(self, booked: Booked, wanted: LabelFormat) -> Label:
        """A PDF of the one size Intigo has; it may not be there yet (section 6)."""
        return Label(LabelEncoding.PDF, self._client(booked.shipper_id).bordereau(booked.number))

    def cancel(self, booked: Booked, journal: Journal) -> Cancellation:
        client = self._client(booked.shipper_id)
        if _is_cancelled(client, booked.number):
            return Cancellation(Outcome.DONE)
        note = ask_to_cancel(client, journal, booked.number, booked.reference, self._quiet_window)
        return Cancellation(Outcome.ASKED, note) if note else Cancellation(Outcome.UNABLE, UNCONFIRMED)

    def track(self, parcels: Sequence[Booked], seen: Mapping[str, Sequence[Seen]]) -> Answered:
        return Answered([event for booked in parcels for event in self._history(booked)], parcels)

    def patience(self, status: Status | None, *, is_cancelling: bool, age: timedelta, interval: timedelta) -> timedelta:
        """Intigo calls with its news; whether it calls again when we did not hear is told nowhere (section 11)."""
        if is_cancelling or status is Status.OUT_FOR_DELIVERY:
            return timedelta(hours=6)
        return timedelta(hours=24 if status in (None, Status.SUBMITTED) else 12)

    def account(self, shipper_id: str = "") -> str:
        return self._client(shipper_id).account

    def check(self, shipper_id: str = "") -> Health:
        try:
            self._client(shipper_id).try_key()
        except Declined:
            pass  # whatever they think of the question, they let it in
        except CounterpartError as error:
            return health.after(error, "Intigo", health.of_account("Intigo", shipper_id, "INTIGO_API_KEY"))
        return Health(Condition.WELL, "Intigo takes the API key")

    def means(self) -> Means:
        """None: it is paid by invoice, tells of no quota, and its keys have no end."""
        return Means()

    def faults_in_terms(self, terms: Terms) -> Sequence[str]:
        """Where its parcels are collected is looked for in the list that was kept, if it ever was."""
        return handover.faults_in_terms(terms, self._kept.latest())

    def faults_in_account(self, account: Account) -> Sequence[str]:
        return faults_in_account(account, "api_key")

    def _creation(self, shipment: Shipment, journal: Journal) -> Creation:
        client = self._client(shipment.journey.shipper_id)
        return Creation(client, journal, shipment.references, self._quiet_window)

    def _history(self, booked: Booked) -> list[TrackingEvent]:
        """Oldest first, in whatever order they come; those that can't be read must not hold up the others."""
        now, entries = self._clock.now(), self._client(booked.shipper_id).history(booked.number)
        events = [event for entry in entries if (event := history_event(booked, entry, now)) is not None]
        if len(events) < len(entries):
            log.warning("history entries cannot be read", who=NAME, entries=len(entries) - len(events))
        if entries and not events:
            raise Unreachable(NAME, "history", "no entry of it can be read")
        return sorted(events, key=lambda event: event.at)

    def _regions(self) -> Regions:
        return self._kept.latest() or self._kept.keep(self._default_client.regions())

    def _refresh_regions(self) -> None:
        self._kept.keep(self._default_client.regions())

    def _client(self, shipper_id: str) -> IntigoClient:
        account = self._accounts.of(NAME, shipper_id)
        if account is None:
            return self._default_client
        return IntigoClient(self._http, account.base_url, account.credentials.get("api_key", ""))


def faults_in_options(options: Terms) -> Sequence[str]:
    """What is wrong with a product's `[product.options]`."""
    return handover.faults_in_options(options)


def hosts(settings: Settings) -> Collection[str]:
    """Where accounts with Intigo are."""
    return (host_of(settings.base_url), host_of(PRODUCTION))


def build(
    settings: Settings,
    *,
    http: Http,
    clock: Clock,
    accounts: Accounts,
    snapshots: Snapshots,
    quiet_window: timedelta,
) -> Courier:
    """Intigo, ready to be called."""
    return Intigo(settings, http=http, clock=clock, accounts=accounts, snapshots=snapshots, quiet_window=quiet_window)


def _voices(settings: Settings, accounts: Accounts) -> Voices:
    """Where no token was set at Intigo's, it sends the account's API key (section 11)."""
    return Voices(
        NAME,
        accounts,
        settings.webhook_tokens or (settings.api_key,),
        lambda account: account.webhook_secrets or (account.credentials.get("api_key", ""),),
    )


def _booked(parcel: Registered, shipper_id: str) -> Booked:
    # The secret code is for when the one on the label can't be scanned.
    facts = {"secret_code": parcel.secret_code, "created_as": parcel.status}
    return Booked(parcel.cid, parcel.nid, shipper_id, facts)


def _is_cancelled(client: IntigoClient, nid: str) -> bool:
    parcel = client.find_by_nid(nid)
    return parcel is not None and parcel.is_cancelled
