"""How each courier does: what its calls came to, what its account still has, and what is open with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from carrier_backend.domain.calls import MadeCall, Record
from carrier_backend.domain.errors import (
    CutOff,
    Declined,
    LockedOut,
    OutOfQuota,
    Unanswered,
    Unknown,
    Unreachable,
    Unsure,
)
from carrier_backend.domain.figures import Figure
from carrier_backend.domain.health import Health, Means
from carrier_backend.ports import Bounds, Courier
from carrier_backend.services.oversee import By
from carrier_backend.storage import counts, oversight, standing
from carrier_backend.storage.directory import Directory
from carrier_backend.storage.standing import Open
from carrier_backend.storage.store import Store

CHECK_SECONDS = 10
RECORD_SPAN = timedelta(hours=1)
OUTCOMES = (
    "Answered",
    *(kind.__name__ for kind in (Declined, Unreachable, LockedOut, OutOfQuota, CutOff, Unanswered, Unsure)),
)
CUT_OFF = "Accounts left alone, but for a probe, because most calls failed."


@dataclass(frozen=True, slots=True)
class CutOffAccount:
    """An account that is left alone: the default one, or those merchants' own."""

    is_default: bool
    shipper_ids: tuple[str, ...]
    since: datetime
    next_try_at: datetime


@dataclass(frozen=True, slots=True)
class CourierView:
    """One courier, as operators see it; `last_failure` tells why it is cut off, where it is."""

    name: str
    record: Record
    last_good_at: datetime | None
    last_failure: MadeCall | None
    cut_off: tuple[CutOffAccount, ...]
    means: Means
    open: Open


class WatchCouriers:
    """Look at couriers, and ask one whether it would let us in."""

    def __init__(self, store: Store, directory: Directory, couriers: Mapping[str, Courier], bounds: Bounds) -> None:
        self._store = store
        self._directory = directory
        self._couriers = couriers
        self._bounds = bounds

    def every(self) -> list[CourierView]:
        """All enabled couriers; nobody is asked anything."""
        return [self._view(*seen) for seen in self._seen()]

    def check(self, name: str, shipper_id: str, by: By) -> Health:
        """Ask a courier, changing nothing there, about the default account or a merchant's own; raises Unknown."""
        courier = self._couriers.get(name)
        if courier is None:
            raise Unknown(f"there is no courier {name!r}")
        self._directory.read_again()  # a key may have been set anew a moment ago, through another process
        if shipper_id and self._directory.of(name, shipper_id) is None:
            raise Unknown(f"merchant {shipper_id!r} has no account of its own with {name}")
        with self._store.begin() as unit:
            oversight.note_act(unit, by.operator, "check", f"{shipper_id}/{name}".strip("/"), by.reason)
        with self._bounds(seconds=CHECK_SECONDS):
            return courier.check(shipper_id)

    def figures(self) -> Iterator[Figure]:
        """The same as numbers, for whatever watches over us."""
        for view in self.every():
            yield from _figures(view)
        with self._store.read() as unit:
            made = counts.every(unit)
        # Those that never came about too: who watches for a rise has to have seen where it began.
        for who in sorted({*self._couriers, *(who for who, _ in made)}):
            for outcome in OUTCOMES:
                labels, total = {"who": who, "outcome": outcome}, made.get((who, outcome), 0)
                yield Figure(
                    "carrier_calls_total", "Calls of ours, by what came of them.", total, labels, is_total=True
                )

    def _seen(self) -> list[tuple[Courier, Sequence[MadeCall], datetime, Sequence[standing.Outage], Open]]:
        with self._store.read() as unit:
            opened = standing.open_by_courier(unit)
            return [
                (
                    courier,
                    standing.newest_calls(unit, courier.name),
                    unit.now,
                    standing.cut_off(unit, courier.name),
                    opened.get(courier.name, Open()),
                )
                for courier in self._couriers.values()
            ]

    def _view(
        self,
        courier: Courier,
        calls: Sequence[MadeCall],
        now: datetime,
        outages: Sequence[standing.Outage],
        opened: Open,
    ) -> CourierView:
        return CourierView(
            courier.name,
            Record.of([call for call in calls if call.at > now - RECORD_SPAN]),
            next((call.at for call in calls if call.is_good), None),
            next((call for call in calls if not call.is_good), None),
            tuple(self._whose(courier, outage) for outage in outages),
            courier.means(),
            opened,
        )

    def _whose(self, courier: Courier, outage: standing.Outage) -> CutOffAccount:
        owners = self._directory.owners(courier.name)
        theirs = tuple(owner for owner in owners if courier.account(owner) == outage.account)
        return CutOffAccount(courier.account() == outage.account, theirs, outage.since, outage.next_try_at)


def _figures(view: CourierView) -> Iterator[Figure]:
    courier = {"courier": view.name}
    yield Figure("carrier_courier_accounts_cut_off", CUT_OFF, len(view.cut_off), courier)
    yield Figure("carrier_courier_parcels_open", "Parcels still watched for news.", view.open.parcels, courier)
    if view.record.success_share is not None:
        meaning = "Of the newest calls within the hour, those that the courier answered as it should."
        yield Figure("carrier_courier_success_share", meaning, view.record.success_share, courier)
    if view.record.p95_milliseconds is not None:
        meaning = "What 95 % of the newest calls within the hour took at most."
        yield Figure("carrier_courier_p95_seconds", meaning, view.record.p95_milliseconds / 1000, courier)
    yield from _figures_of_means(view.means, courier)


def _figures_of_means(means: Means, courier: Mapping[str, str]) -> Iterator[Figure]:
    for window, left in means.quota_left.items():
        yield Figure("carrier_quota_left_calls", "Calls left.", left, {**courier, "window": window})
    if means.balance is not None:
        labels = {**courier, "currency": means.balance.currency}
        amount, days = means.balance.amount, means.balance.days_left
        yield Figure("carrier_prepay_balance", "What is left to book with, as last seen.", float(amount), labels)
        if days is not None:
            yield Figure("carrier_prepay_runway_days", "How long the balance will last.", float(days), courier)
