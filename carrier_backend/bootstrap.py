"""The one place that knows every room: builds the Backend out of settings, or out of what replaces parts of it."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

from carrier_backend import couriers, ports
from carrier_backend.domain.errors import CarrierError, Fault
from carrier_backend.environment import weakness
from carrier_backend.ingrid.channel import IngridChannel
from carrier_backend.ingrid.notifications import IngridNotifications
from carrier_backend.ingrid.translate import IngridWire
from carrier_backend.observability import logs
from carrier_backend.ports import Account, Clock, Courier, Notifications, StatusChannel
from carrier_backend.services.abandon import Abandon
from carrier_backend.services.admit import Admit
from carrier_backend.services.adopt import Adopt
from carrier_backend.services.agree_terms import AgreeTerms
from carrier_backend.services.ask_courier import AskCourier
from carrier_backend.services.backend import Backend
from carrier_backend.services.book import Book
from carrier_backend.services.cancel import Cancel
from carrier_backend.services.clockwork import Clockwork
from carrier_backend.services.consult_notifications import ConsultNotifications
from carrier_backend.services.erase_personal_data import ErasePersonalData
from carrier_backend.services.examine import Examine
from carrier_backend.services.export_parcels import ExportParcels
from carrier_backend.services.find_shipments import FindShipments
from carrier_backend.services.hand_over import HandOver
from carrier_backend.services.intervene import Intervene
from carrier_backend.services.keep_counts import KeepCounts
from carrier_backend.services.list_unknown_places import ListUnknownPlaces
from carrier_backend.services.look_now import LookNow
from carrier_backend.services.offer_options import OfferOptions
from carrier_backend.services.oversee import Oversee
from carrier_backend.services.pile_up import PileUp
from carrier_backend.services.poll_tracking import PollTracking
from carrier_backend.services.prebook import Prebook
from carrier_backend.services.push_statuses import PushStatuses
from carrier_backend.services.read_exchanges import ReadExchanges
from carrier_backend.services.reconcile import Reconcile
from carrier_backend.services.record_by_hand import RecordByHand
from carrier_backend.services.record_tracking import RecordTracking
from carrier_backend.services.replay_updates import ReplayUpdates
from carrier_backend.services.review_acts import ReviewActs
from carrier_backend.services.settle import Settle
from carrier_backend.services.take_stock import TakeStock
from carrier_backend.services.teach_places import TeachPlaces
from carrier_backend.services.watch_couriers import WatchCouriers
from carrier_backend.settings import Mode, Settings, SettingsError
from carrier_backend.storage import schema
from carrier_backend.storage.directory import Directory
from carrier_backend.storage.exchanges import StoredExchanges
from carrier_backend.storage.outages import SharedOutages
from carrier_backend.storage.quotas import SharedCalls
from carrier_backend.storage.store import Store, open_engine
from carrier_backend.support import backoff
from carrier_backend.support.bounds import BoundsContext
from carrier_backend.support.breaker import Breaker
from carrier_backend.support.bulkhead import Bulkhead, with_room_for_all
from carrier_backend.support.clock import SystemClock
from carrier_backend.support.crash_points import PassPoint, dying_at, unharmed
from carrier_backend.support.destinations import Destinations, host_of
from carrier_backend.support.http import Http
from carrier_backend.support.public_holidays import is_public_holiday
from carrier_backend.support.sealing import Sealing
from carrier_backend.support.sessions import new_session
from carrier_backend.support.tally import CallTally

if TYPE_CHECKING:
    from requests import Session


class Replacements(TypedDict, total=False):
    """What may stand in for the real thing, in tests above all."""

    clock: Clock
    store: Store
    session: "Session"
    couriers: Mapping[str, Courier]
    channel: StatusChannel
    notifications: Notifications
    pass_point: PassPoint
    bulkhead: ports.Bulkhead


class ForeignSchema(CarrierError):
    """The database is not of this code's version."""


def boot() -> Backend:
    """The Backend for worker and commands, from the environment; raises SettingsError or ForeignSchema."""
    settings = Settings.read()
    logs.configure(settings.log_format, settings.log_level)
    backend = build_backend(settings, bulkhead=with_room_for_all)
    refuse_foreign_schema(backend.store)
    return backend


def refuse_foreign_schema(store: Store) -> None:
    """Raise ForeignSchema, saying what to do, for a database that is older or newer than the code."""
    fault = schema.fault(store)
    if fault:
        raise ForeignSchema(fault)


def build_backend(settings: Settings, **replacements: Unpack[Replacements]) -> Backend:
    """The Backend, as of a web process."""
    clock = replacements.get("clock") or SystemClock()
    pass_point = replacements.get("pass_point") or dying_at(settings.crash_at)
    store = replacements.get("store") or open_store(settings, pass_point)
    bounds = BoundsContext(clock)
    destinations = known_destinations(settings)
    session = replacements.get("session") or new_session(destinations=destinations)
    bulkhead = replacements.get("bulkhead") or Bulkhead(max(settings.web_threads // 2, 1))
    breaker = Breaker(clock, SharedOutages(store, clock))
    exchanges = StoredExchanges(store)
    tally = CallTally()
    http = Http(
        session,
        bounds,
        clock,
        SharedCalls(store),
        breaker,
        bulkhead,
        exchanges,
        count=tally.count,
        pass_point=pass_point,
    )
    directory = Directory(store, clock)
    couriers = replacements.get("couriers") or build_couriers(settings, http, clock, directory)
    channel = replacements.get("channel") or build_channel(settings, http)
    notifications = replacements.get("notifications") or build_notifications(settings, http)
    return _assemble(
        settings, clock, store, exchanges, tally, bounds, bulkhead, directory, couriers, channel, notifications
    )


def open_store(settings: Settings, pass_point: PassPoint = unharmed) -> Store:
    """The database, which may yet have to be upgraded; raises SettingsError where its folder cannot be made."""
    if settings.database_file:
        _make(settings.database_file.parent)
    return Store(open_engine(settings.database_url), Sealing(settings.encryption_keys), pass_point=pass_point)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError([Fault(f"its folder cannot be made: {error.strerror}", "CARRIER_DATABASE_URL")]) from error


def build_couriers(settings: Settings, http: Http, clock: Clock, directory: Directory) -> dict[str, Courier]:
    """Every enabled courier, by name."""
    return {
        name: module.build(
            settings.couriers[name],
            http=http,
            clock=clock,
            accounts=directory,
            snapshots=directory,
            quiet_window=settings.quiet_windows[name],
        )
        for name, module in couriers.load(settings.couriers).items()
    }


def known_destinations(settings: Settings) -> Destinations:
    """Where calls may go: to Ingrid, to where each courier's accounts are, and to hosts that are named besides."""
    modules = couriers.load(settings.couriers)
    of_couriers = [host for name, module in modules.items() for host in module.hosts(settings.couriers[name])]
    known = (host_of(settings.ingrid.base_url), *of_couriers, *settings.known_hosts)
    return Destinations(known, is_strict=settings.mode is Mode.PRODUCTION)


def faults_in_account(settings: Settings, account: Account) -> list[str]:
    """What no account may have here, whichever courier it is with: the rules that the settings have to keep."""
    fault = known_destinations(settings).fault_in(account.base_url)
    named = {f"webhook_secrets[{index}]": secret for index, secret in enumerate(account.webhook_secrets)}
    weak = [f"{name}: {why}" for name, secret in named.items() if (why := weakness(secret))]
    return [*([f"base_url: {fault}"] if fault else []), *(weak if settings.mode is Mode.PRODUCTION else [])]


def build_channel(settings: Settings, http: Http) -> StatusChannel:
    """The way to Ingrid."""
    ingrid = settings.ingrid
    return IngridChannel(http, ingrid.base_url, ingrid.carrier, ingrid.hmac_secrets)


def build_notifications(settings: Settings, http: Http) -> Notifications:
    """What Ingrid tells shoppers, where we were given a token for it."""
    return IngridNotifications(http, settings.ingrid.base_url, settings.ingrid.api_token)


def _assemble(
    settings: Settings,
    clock: Clock,
    store: Store,
    exchanges: StoredExchanges,
    tally: CallTally,
    bounds: BoundsContext,
    bulkhead: ports.Bulkhead,
    directory: Directory,
    couriers: Mapping[str, Courier],
    channel: StatusChannel,
    notifications: Notifications,
) -> Backend:
    """Give each use case what it works with."""
    budget_seconds = settings.booking_budget_seconds
    watch_couriers = WatchCouriers(store, directory, couriers, bounds)
    agree_terms = AgreeTerms(settings.products, directory, clock)
    poll_interval = timedelta(seconds=settings.poll_interval_seconds)
    record_tracking = RecordTracking(store, directory, couriers, IngridWire(), poll_interval)
    hand_over = HandOver(store, couriers, IngridWire(), record_tracking, clock, bounds, bulkhead)
    cancel = Cancel(store, couriers, record_tracking, clock, bounds, bulkhead, budget_seconds)
    reconcile = Reconcile(store, hand_over, cancel, bounds, timedelta(minutes=settings.unclaimed_minutes))
    poll_tracking = PollTracking(store, couriers, record_tracking, bounds)
    intervene = Intervene(store, bounds)
    return Backend(
        store=store,
        clock=clock,
        exchanges=exchanges,
        couriers=couriers,
        admit=Admit(store, directory),
        agree_terms=agree_terms,
        offer_options=OfferOptions(agree_terms, couriers, clock, bounds, is_public_holiday),
        prebook=Prebook(store, agree_terms, couriers, clock),
        book=Book(store, agree_terms, couriers, hand_over, clock, bounds, bulkhead, budget_seconds),
        cancel=cancel,
        record_tracking=record_tracking,
        reconcile=reconcile,
        poll_tracking=poll_tracking,
        push_statuses=PushStatuses(
            store,
            channel,
            clock,
            bounds,
            destination="ingrid",
            backoff=partial(backoff.delay, steps=settings.push_backoff_seconds),
            give_up_after=timedelta(hours=settings.push_give_up_hours),
        ),
        clockwork=Clockwork(store, couriers, bounds, timedelta(days=settings.retention_days)),
        find_shipments=FindShipments(store),
        oversee=Oversee(store, directory, couriers, cancel, partial(faults_in_account, settings)),
        teach_places=TeachPlaces(store, directory, couriers, bounds),
        read_exchanges=ReadExchanges(store),
        list_unknown_places=ListUnknownPlaces(store, directory),
        examine=Examine(store, couriers, watch_couriers, clock, bounds),
        watch_couriers=watch_couriers,
        keep_counts=KeepCounts(store, tally),
        ask_courier=AskCourier(intervene, couriers),
        look_now=LookNow(store, intervene, reconcile, poll_tracking),
        record_by_hand=RecordByHand(store, record_tracking),
        adopt=Adopt(store, intervene, couriers, hand_over),
        settle=Settle(store, intervene, hand_over, reconcile),
        abandon=Abandon(store, intervene, couriers, hand_over, cancel),
        consult_notifications=ConsultNotifications(store, directory, notifications, clock, bounds),
        review_acts=ReviewActs(store),
        replay_updates=ReplayUpdates(store),
        erase_personal_data=ErasePersonalData(store),
        pile_up=PileUp(store),
        take_stock=TakeStock(store),
        export_parcels=ExportParcels(store, clock),
    )
