"""Parcel2Go as a courier: ordered, then paid from a prepaid balance; its calls are hints, the truth is read back."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

import structlog
from environs import Env, ValidationError

from carrier_backend.couriers.parcel2go import terms
from carrier_backend.couriers.parcel2go.adopting import Adopting
from carrier_backend.couriers.parcel2go.booking import Purchase, refund_note
from carrier_backend.couriers.parcel2go.client import Parcel2GoClient
from carrier_backend.couriers.parcel2go.countries import COUNTRIES, Countries, KeptCountries
from carrier_backend.couriers.parcel2go.handover import (
    HandOver,
    default_parcel,
    lane_end,
    outward,
    seen_from,
    usual_box,
)
from carrier_backend.couriers.parcel2go.lanes import Lanes, Offered
from carrier_backend.couriers.parcel2go.live import PRODUCTION, SANDBOX_HOST, mixed_up
from carrier_backend.couriers.parcel2go.offers import Offer, Wish, choose, offers, why_none
from carrier_backend.couriers.parcel2go.spending import Spending
from carrier_backend.couriers.parcel2go.translate import (
    NAME,
    Body,
    Line,
    as_id,
    as_moment,
    line_id_of,
    tracking_event,
)
from carrier_backend.couriers.parcel2go.webhook import Parcel2GoWebhook
from carrier_backend.domain.addresses import Window
from carrier_backend.domain.errors import (
    CounterpartError,
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
from carrier_backend.support.places import fold
from carrier_backend.support.voices import Voices

SHORTEST_RUNWAY_DAYS = 2  # to top it up takes people, who have weekends
NOT_COVERED = "provided postal code is not covered"  # the original's words (specs/originals/003)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """The account that holds where a merchant has none of its own, and what signs Parcel2Go's calls to us."""

    base_url: str
    client_id: str
    client_secret: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    is_live: bool | None = None

    @classmethod
    def read(cls, env: Env) -> "Settings":
        """From `PARCEL2GO_...`; several webhook secrets, comma separated, hold while they rotate."""
        base_url = env.str("BASE_URL", PRODUCTION)
        is_live = env.bool("LIVE", None, validate=partial(_refuse_mixed_up, base_url))
        return cls(
            base_url=base_url,
            client_id=env.str("CLIENT_ID"),
            client_secret=env.str("CLIENT_SECRET"),
            webhook_secrets=tuple(filter(None, re.split(r"[\s,]+", env.str("WEBHOOK_SECRET") or ""))),
            is_live=is_live,
        )


class Parcel2Go:
    """ports.Courier; merchants with an account of their own are served through that."""

    name = NAME
    places: PlaceNames | None = None
    stoppable_in = NOT_YET_MOVING
    tracks_at_once = 1
    acts: Mapping[str, Act] = {}

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
        self._kept = KeptCountries(snapshots)
        self._spending = Spending(accounts, snapshots, clock)
        self._lanes = Lanes(clock)
        self._clients: dict[tuple[str, str, str], Parcel2GoClient] = {}
        self.webhook: Webhook | None = Parcel2GoWebhook(
            clock, Voices(NAME, accounts, settings.webhook_secrets, lambda account: account.webhook_secrets)
        )
        self.chores: Sequence[Chore] = (
            Chore(COUNTRIES, timedelta(hours=24), self._refresh_countries),
            Chore("balance", timedelta(hours=1), lambda: self._spending.note_balance(self._default_client.balance())),
        )

    def options(self, query: OptionsQuery, route: Route) -> Options:
        """The day that a quote promises; the product's calendar where none came in time (section 5).

        Prices and slots are none of Ingrid's; shops are where senders hand in, not where parcels are fetched.
        """
        countries, findings = self._kept.latest(), Findings()
        parcel = default_parcel(route.merchant, findings)
        raise_faults(NotServed, findings.faults)
        if countries is None or parcel is None:
            return Options()
        box, usual = usual_box(parcel)
        wish = Wish(terms.service(route.product.options), (box,))
        origin, destination = (seen_from(address, countries) for address in (query.origin, query.area.address))
        postcodes = query.origin.postal_code, query.area.address.postal_code
        ends = lane_end(origin, postcodes[0]), lane_end(destination, postcodes[1])
        lane = {"CollectionAddress": ends[0], "DeliveryAddress": ends[1], "Parcels": [usual]}
        key = query.shipper_id, origin, fold(postcodes[0]), destination, outward(destination, postcodes[1]), wish
        offered = self._lanes.offered(key, self._http.apart(partial(self._fetch, query.shipper_id, lane, wish)))
        if offered is None:
            return Options()
        if offered.offer is None:
            raise NotServed(offered.lack or NOT_COVERED)
        return self._promised(offered.offer, query, route)

    def accept(self, shipment: Shipment) -> None:
        """Calls out only while the list of countries was never fetched."""
        HandOver(shipment, self._countries())

    def book(self, shipment: Shipment, journal: Journal) -> list[Booked]:
        return self._purchase(shipment, journal).complete(lambda: HandOver(shipment, self._countries()))

    def quiet_for(self, shipment: Shipment) -> timedelta:
        return self._quiet_window

    def number_of(self, told: Mapping[str, object]) -> str:
        """Shown to people with and without its prefix."""
        if line_id := as_id(line_id_of(str(told.get("number", "")).strip())):
            return Line(line_id).number
        raise Malformed(Fault("must be an order line of Parcel2Go's, such as P2G123", "number"))

    def adopt(self, shipment: Shipment, reference: str, told: Mapping[str, object], journal: Journal) -> None:
        """Their number is an order line: the order is read back by its id and hash, which the confirmation tells."""
        Adopting(self._client(shipment.journey.shipper_id), journal, shipment, self._spending)(
            reference, line_id_of(self.number_of(told)), told
        )

    def undo(self, shipment: Shipment, journal: Journal, *, ask: bool) -> Cancellation:
        return self._purchase(shipment, journal).undo(ask=ask)

    def label(self, booked: Booked, wanted: LabelFormat) -> Label:
        """A PDF of the order line's own; it may lag behind the payment (section 10)."""
        hash = str(booked.facts["line_hash"] or booked.facts["order_hash"])
        content = self._client(booked.shipper_id).label(line_id_of(booked.number), hash, wanted.size)
        if content is None:
            raise Unreachable(NAME, "label", "it is not ready yet")
        return Label(LabelEncoding.PDF, content)

    def cancel(self, booked: Booked, journal: Journal) -> Cancellation:
        """What is paid, no documented call takes back (section 13): people have to ask for a refund."""
        order_id, hash = str(booked.facts["order_id"]), str(booked.facts["order_hash"])
        if self._client(booked.shipper_id).is_paid(order_id, hash):
            return Cancellation(Outcome.ASKED, refund_note(order_id))
        return Cancellation(Outcome.DONE)

    def track(self, parcels: Sequence[Booked], seen: Mapping[str, Sequence[Seen]]) -> Answered:
        return Answered([event for booked in parcels for event in self._history(booked)], parcels)

    def patience(self, status: Status | None, *, is_cancelling: bool, age: timedelta, interval: timedelta) -> timedelta:
        """It calls with hints, and gives up calling at a limit that it does not tell ("Webhooks")."""
        if is_cancelling or status is Status.OUT_FOR_DELIVERY:
            return timedelta(hours=4)
        return timedelta(hours=12 if status in (None, Status.SUBMITTED) else 8)

    def account(self, shipper_id: str = "") -> str:
        return self._client(shipper_id).account

    def check(self, shipper_id: str = "") -> Health:
        """Credentials, scopes as far as they can be seen, and how long the prepay balance will last."""
        client = self._client(shipper_id)
        try:
            client.renew_token()
            balance = client.balance()
        except CounterpartError as error:
            variables = "PARCEL2GO_CLIENT_ID, PARCEL2GO_CLIENT_SECRET, and the scopes of their account"
            return health.after(error, "Parcel2Go", health.of_account("Parcel2Go", shipper_id, variables))
        is_ours = self._accounts.of(NAME, shipper_id) is None
        if is_ours:
            self._spending.note_balance(balance)
        if balance <= 0:
            return Health(Condition.EMPTY_BALANCE, f"prepay balance £{balance:.2f}: nothing is booked until it is more")
        if is_ours:
            return self._sized_up(balance)
        # What comes off others' balances is not told apart.
        return Health(Condition.WELL, f"prepay balance £{balance:.2f}")

    def means(self) -> Means:
        """The token's life, and the balance as it was last seen with its runway."""
        return Means(token_ends_at=self._default_client.token_ends_at, balance=self._spending.known_balance())

    def _sized_up(self, balance: Decimal) -> Health:
        days = self._spending.days_left(balance)
        is_low = days is not None and days < SHORTEST_RUNWAY_DAYS
        note = f"prepay balance £{balance:.2f}; {self._spending.runway(balance)}"
        return Health(Condition.LOW_BALANCE if is_low else Condition.WELL, note)

    def faults_in_terms(self, agreed: Terms) -> Sequence[str]:
        return terms.faults_in_terms(agreed)

    def faults_in_account(self, account: Account) -> Sequence[str]:
        fault = mixed_up(account.base_url, self._settings.is_live)
        mixed = [f"base_url: {fault}"] if fault else []
        return [*mixed, *faults_in_account(account, "client_id", "client_secret")]

    def _purchase(self, shipment: Shipment, journal: Journal) -> Purchase:
        client = self._client(shipment.journey.shipper_id)
        return Purchase(client, journal, shipment, self._spending, self._clock, self._quiet_window)

    def _fetch(self, shipper_id: str, lane: Body, wish: Wish) -> Offered:
        offered = offers(self._client(shipper_id).quotes(lane))
        chosen = choose(offered, wish)
        return Offered(chosen, why_none(offered, wish) if offered and chosen is None else "")

    def _promised(self, offer: Offer, query: OptionsQuery, route: Route) -> Options:
        """The whole local day of arrival; none of a quote that was true for an earlier collection only."""
        now, zone = self._clock.now(), ZoneInfo(route.product.calendar.timezone)
        is_over = offer.cut_off_at is not None and offer.cut_off_at <= now
        if offer.arrives_at is None or is_over or _is_collected_later(query, offer, zone):
            return Options()
        day = offer.arrives_at.astimezone(zone).date()
        window = Window(*(datetime.combine(each, time.min, zone) for each in (day, day + timedelta(days=1))))
        return Options((window,)) if window.start_at > now else Options()

    def _history(self, booked: Booked) -> list[TrackingEvent]:
        """Oldest first; what can't be read must not hold up the rest."""
        now, entries = self._clock.now(), self._client(booked.shipper_id).tracking(line_id_of(booked.number))
        events = [event for entry in entries if (event := tracking_event(booked, entry, now)) is not None]
        if len(events) < len(entries):
            log.warning("tracking results cannot be read", who=NAME, results=len(entries) - len(events))
        return sorted(events, key=lambda event: event.at)

    def _countries(self) -> Countries:
        countries = self._kept.latest() or self._kept.keep(self._default_client.countries())
        if not countries:
            raise Unreachable(NAME, "countries", "the list of countries cannot be read")
        return countries

    def _refresh_countries(self) -> None:
        self._kept.keep(self._default_client.countries())

    @property
    def _default_client(self) -> Parcel2GoClient:
        settings = self._settings
        return self._client_of(settings.base_url, settings.client_id, settings.client_secret)

    def _client(self, shipper_id: str) -> Parcel2GoClient:
        account = self._accounts.of(NAME, shipper_id)
        return self._default_client if account is None else self._client_of(*_credentials(account))

    def _client_of(self, base_url: str, client_id: str, client_secret: str) -> Parcel2GoClient:
        """One client an account: it holds the account's token; none, where it came with a copied live database."""
        key = base_url, client_id, client_secret
        if key not in self._clients:
            fault = mixed_up(base_url, self._settings.is_live)
            self._clients.setdefault(key, Parcel2GoClient(self._http, self._clock, *key, fault=fault))
        return self._clients[key]


def faults_in_options(options: Terms) -> Sequence[str]:
    """What is wrong with a product's `[product.options]`."""
    return terms.faults_in_options(options)


def hosts(settings: Settings) -> Collection[str]:
    """Where accounts with Parcel2Go are."""
    return (host_of(settings.base_url), host_of(PRODUCTION), SANDBOX_HOST)


def build(
    settings: Settings,
    *,
    http: Http,
    clock: Clock,
    accounts: Accounts,
    snapshots: Snapshots,
    quiet_window: timedelta,
) -> Courier:
    """Parcel2Go, ready to be called."""
    return Parcel2Go(
        settings, http=http, clock=clock, accounts=accounts, snapshots=snapshots, quiet_window=quiet_window
    )


def _is_collected_later(query: OptionsQuery, offer: Offer, zone: ZoneInfo) -> bool:
    """Whether the shop will hand over on a later day than the quote is for: its day of arrival is none then."""
    quoted_at = as_moment(offer.collection)
    if query.collection is None or quoted_at is None:
        return False
    return query.collection.start_at.astimezone(zone).date() > quoted_at.astimezone(zone).date()


def _refuse_mixed_up(base_url: str, is_live: bool) -> None:
    fault = mixed_up(base_url, is_live)
    if fault:
        raise ValidationError(f"PARCEL2GO_BASE_URL {fault}.")


def _credentials(account: Account) -> tuple[str, str, str]:
    told = account.credentials
    return account.base_url, told.get("client_id", ""), told.get("client_secret", "")
