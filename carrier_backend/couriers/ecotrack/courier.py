"""Ecotrack as a courier: drafts that are validated, and no word from its side: what becomes of them is asked for."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from environs import Env

from carrier_backend.couriers.ecotrack import handover, terms, tracking
from carrier_backend.couriers.ecotrack.acts import EcotrackActs
from carrier_backend.couriers.ecotrack.booking import Booking
from carrier_backend.couriers.ecotrack.cancelling import Cancelling
from carrier_backend.couriers.ecotrack.client import MOST_TRACKINGS, NAME, SPANS, EcotrackClient
from carrier_backend.couriers.ecotrack.labels import Labels
from carrier_backend.couriers.ecotrack.places import KeptPlaces, Places
from carrier_backend.couriers.ecotrack.translate import as_tracking
from carrier_backend.domain.errors import CounterpartError, Fault, Malformed, NotServed, Unreachable, raise_faults
from carrier_backend.domain.health import Condition, Health, Means
from carrier_backend.domain.lifecycle import FINAL, Status
from carrier_backend.domain.options import Options
from carrier_backend.domain.orders import OptionsQuery
from carrier_backend.domain.parcels import Booked, Cancellation, Label, LabelFormat
from carrier_backend.domain.products import Route, Terms
from carrier_backend.domain.shipments import Shipment
from carrier_backend.domain.tracking import Seen
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

KNOWN_HOSTS = (".ecotrack.dz", "app.conexlog-dz.com", "platform.dhd-dz.com")

# How many of the operators' intervals a parcel may be silent; what is soon to move, not so long (section 12, plan).
PATIENCE: Mapping[Status | None, int] = {
    None: 8,
    Status.SUBMITTED: 8,
    Status.PICKED_UP: 4,
    Status.IN_TRANSIT: 4,
    Status.AT_DEPOT: 4,
    Status.OUT_FOR_DELIVERY: 1,
    Status.ARRIVED_AT_PICKUP_POINT: 4,
    Status.DELIVERY_FAILED: 2,
    Status.DELAYED: 4,
    Status.RETURNING: 8,
}
# From these ages on, so many times as long; neither for one that is out for delivery, nor one to be cancelled.
SLOWER = ((timedelta(days=30), 6), (timedelta(days=10), 2))


@dataclass(frozen=True, slots=True)
class Settings:
    """The account that holds where a merchant has none of its own; each tenant has a host of its own."""

    base_url: str
    api_token: str = field(repr=False)

    @classmethod
    def read(cls, env: Env) -> "Settings":
        """From `ECOTRACK_...`; there is no usual address."""
        return cls(base_url=env.str("BASE_URL"), api_token=env.str("API_TOKEN"))


class Ecotrack:
    """ports.Courier; merchants with an account of their own are served through that."""

    name = NAME
    webhook: Webhook | None = None
    places: PlaceNames | None = None
    stoppable_in = frozenset(Status) - FINAL - {Status.RETURNING}  # a return can be asked for in delivery alone
    tracks_at_once = MOST_TRACKINGS

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
        self._quiet_window = quiet_window
        self._kept = KeptPlaces(snapshots)
        self._labels = Labels()
        self.chores: Sequence[Chore] = (Chore("places", timedelta(hours=24), self._refresh_places),)
        self.acts: Mapping[str, Act] = EcotrackActs(self._client).table()

    def options(self, query: OptionsQuery, route: Route) -> Options:
        """The product's calendar decides; here the place is judged, and desks near it are found (section 11)."""
        places, findings = self._kept.latest(self._base_url(query.shipper_id)), Findings()
        if places is None:
            return Options()
        field, points = "area.address.city", None
        if route.product.has_pickup_points and terms.to_stop_desk(route.product.options):
            # A wilaya is place enough: which commune it will be, the desk decides.
            points = findings.of(field, places.desks_near, query.area)
        else:
            findings.of(field, places.check, query.area.address)
        raise_faults(NotServed, findings.faults)
        return Options(pickup_points=points or ())

    def accept(self, shipment: Shipment) -> None:
        """Calls out only while the tenant's places were never fetched."""
        handover.bodies(shipment, self._places(shipment))

    def book(self, shipment: Shipment, journal: Journal) -> list[Booked]:
        return self._booking(shipment, journal).complete(lambda: handover.bodies(shipment, self._places(shipment)))

    def quiet_for(self, shipment: Shipment) -> timedelta:
        return self._quiet_window

    def number_of(self, told: Mapping[str, object]) -> str:
        if number := as_tracking(told.get("number")):
            return number
        raise Malformed(Fault("must be a number of Ecotrack's", "number"))

    def adopt(self, shipment: Shipment, reference: str, told: Mapping[str, object], journal: Journal) -> None:
        bodies = partial(handover.bodies, shipment, self._places(shipment))
        self._booking(shipment, journal).adopt(reference, self.number_of(told), bodies)

    def undo(self, shipment: Shipment, journal: Journal, *, ask: bool) -> Cancellation:
        return self._booking(shipment, journal).undo(ask=ask)

    def label(self, booked: Booked, wanted: LabelFormat) -> Label:
        """A PDF of the one size there is (section 10)."""
        return self._labels.of(self._client(booked.shipper_id), booked)

    def cancel(self, booked: Booked, journal: Journal) -> Cancellation:
        client = self._client(booked.shipper_id)
        cancelling = Cancelling(client, journal, booked.reference, booked.number, self._quiet_window)
        return cancelling(terms.late_cancel(booked.facts))

    def track(self, parcels: Sequence[Booked], seen: Mapping[str, Sequence[Seen]]) -> Answered:
        """An account that cannot be asked holds up no other's parcels."""
        now = self._clock.now()
        return tracking.together(
            [tracking.news(client, theirs, seen, now) for client, theirs in self._by_account(parcels)]
        )

    def patience(self, status: Status | None, *, is_cancelling: bool, age: timedelta, interval: timedelta) -> timedelta:
        """Nobody tells us anything: each silence ends with a question, of which there are only so many (section 3)."""
        if is_cancelling or status is Status.OUT_FOR_DELIVERY:
            return interval
        slower = next((times for since, times in SLOWER if age >= since), 1)
        return interval * PATIENCE.get(status, 4) * slower

    def account(self, shipper_id: str = "") -> str:
        return self._client(shipper_id).account

    def check(self, shipper_id: str = "") -> Health:
        """The token, and what is left of the quota."""
        client = self._client(shipper_id)
        try:
            client.check_token()
        except CounterpartError as error:
            variables = "ECOTRACK_BASE_URL and ECOTRACK_API_TOKEN"
            return health.after(error, "Ecotrack", health.of_account("Ecotrack", shipper_id, variables))
        left = _by_window(client)
        told = ", ".join(f"{calls:,} this {window}" for window, calls in left.items())
        if not all(left.values()):
            return Health(Condition.SPENT_QUOTA, f"Ecotrack takes the token, but calls are used up: left are {told}")
        return Health(Condition.WELL, f"Ecotrack takes the token; calls left: {told}")

    def means(self) -> Means:
        return Means(quota_left=_by_window(self._default_client))

    def faults_in_terms(self, agreed: Terms) -> Sequence[str]:
        return terms.faults_in_terms(agreed)

    def faults_in_account(self, account: Account) -> Sequence[str]:
        """It never calls, so that there is nothing for a webhook's secret to do."""
        unheard = ["webhook_secrets: Ecotrack calls nobody"] if account.webhook_secrets else []
        return [*faults_in_account(account, "api_token"), *unheard]

    def _booking(self, shipment: Shipment, journal: Journal) -> Booking:
        client = self._client(shipment.journey.shipper_id)
        return Booking(
            client,
            journal,
            shipment,
            self._clock,
            self._quiet_window,
            keep_label=lambda number: self._labels.fetch_early(client, number),
        )

    def _places(self, shipment: Shipment) -> Places:
        shipper_id = shipment.journey.shipper_id
        base_url = self._base_url(shipper_id)
        return self._kept.latest(base_url) or self._fetch_places(self._client(shipper_id), base_url)

    def _refresh_places(self) -> None:
        """Of each tenant once; one that does not answer keeps none of the others waiting."""
        tenants = {_address(self._settings.base_url): self._default_client}
        for account in self._accounts.every(NAME):
            tenants.setdefault(_address(account.base_url), self._client_of(account))
        failures: list[CounterpartError] = []
        for base_url, client in tenants.items():
            try:
                self._fetch_places(client, base_url)
            except CounterpartError as error:
                failures.append(error)
        if failures:
            raise failures[0]

    def _fetch_places(self, client: EcotrackClient, base_url: str) -> Places:
        try:
            return self._kept.keep(base_url, client.wilayas(), client.communes(), client.desks())
        except ValueError as error:
            raise Unreachable(NAME, "places", str(error)) from None

    def _by_account(self, parcels: Iterable[Booked]) -> list[tuple[EcotrackClient, list[Booked]]]:
        grouped: dict[str, tuple[EcotrackClient, list[Booked]]] = {}
        for booked in parcels:
            client = self._client(booked.shipper_id)
            grouped.setdefault(client.account, (client, []))[1].append(booked)
        return list(grouped.values())

    @property
    def _default_client(self) -> EcotrackClient:
        return EcotrackClient(self._http, self._settings.base_url, self._settings.api_token)

    def _base_url(self, shipper_id: str) -> str:
        account = self._accounts.of(NAME, shipper_id)
        return _address(account.base_url if account else self._settings.base_url)

    def _client(self, shipper_id: str) -> EcotrackClient:
        account = self._accounts.of(NAME, shipper_id)
        return self._client_of(account) if account else self._default_client

    def _client_of(self, account: Account) -> EcotrackClient:
        return EcotrackClient(self._http, account.base_url, account.credentials.get("api_token", ""))


def faults_in_options(options: Terms) -> Sequence[str]:
    """What is wrong with a product's `[product.options]`."""
    return terms.faults_in_options(options)


def hosts(settings: Settings) -> Collection[str]:
    """Where tenants of Ecotrack's are known to be; some have hosts of their own (specs/ecotrack.md section 1)."""
    return (host_of(settings.base_url), *KNOWN_HOSTS)


def build(
    settings: Settings,
    *,
    http: Http,
    clock: Clock,
    accounts: Accounts,
    snapshots: Snapshots,
    quiet_window: timedelta,
) -> Courier:
    """Ecotrack, ready to be called."""
    return Ecotrack(settings, http=http, clock=clock, accounts=accounts, snapshots=snapshots, quiet_window=quiet_window)


def _by_window(client: EcotrackClient) -> dict[str, int]:
    left = client.left()
    return {name.lower(): left[span] for name, span in SPANS.items()}


def _address(base_url: str) -> str:
    """By which a tenant's places are known: one and the same, however it was entered."""
    return base_url.rstrip("/")
