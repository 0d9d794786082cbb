"""The use cases, as attributes: `backend.book(order)`."""

from collections.abc import Mapping
from dataclasses import dataclass

from carrier_backend.ports import Clock, Courier
from carrier_backend.services.abandon import Abandon
from carrier_backend.services.admit import Admit
from carrier_backend.services.adopt import Adopt
from carrier_backend.services.agree_terms import AgreeTerms
from carrier_backend.services.ask_courier import AskCourier
from carrier_backend.services.book import Book
from carrier_backend.services.cancel import Cancel
from carrier_backend.services.clockwork import Clockwork
from carrier_backend.services.consult_notifications import ConsultNotifications
from carrier_backend.services.erase_personal_data import ErasePersonalData
from carrier_backend.services.examine import Examine
from carrier_backend.services.export_parcels import ExportParcels
from carrier_backend.services.find_shipments import FindShipments
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
from carrier_backend.storage.exchanges import StoredExchanges
from carrier_backend.storage.store import Store


@dataclass(frozen=True)
class Backend:
    """Everything this carrier can do, whoever asks."""

    store: Store
    clock: Clock
    exchanges: StoredExchanges
    couriers: Mapping[str, Courier]
    admit: Admit
    agree_terms: AgreeTerms
    offer_options: OfferOptions
    prebook: Prebook
    book: Book
    cancel: Cancel
    record_tracking: RecordTracking
    reconcile: Reconcile
    poll_tracking: PollTracking
    push_statuses: PushStatuses
    clockwork: Clockwork
    find_shipments: FindShipments
    oversee: Oversee
    read_exchanges: ReadExchanges
    list_unknown_places: ListUnknownPlaces
    ask_courier: AskCourier
    look_now: LookNow
    record_by_hand: RecordByHand
    adopt: Adopt
    settle: Settle
    abandon: Abandon
    teach_places: TeachPlaces
    examine: Examine
    watch_couriers: WatchCouriers
    keep_counts: KeepCounts
    consult_notifications: ConsultNotifications
    review_acts: ReviewActs
    replay_updates: ReplayUpdates
    erase_personal_data: ErasePersonalData
    pile_up: PileUp
    take_stock: TakeStock
    export_parcels: ExportParcels
