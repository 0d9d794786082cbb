"""What every request needs to know, in memory: merchants, clients, operators, accounts, snapshots.

One row says whether anything changed; it is looked at every PATIENCE_SECONDS, so a change is everywhere within that.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import structlog

from carrier_backend.domain.access import Client, Operator
from carrier_backend.domain.errors import Busy
from carrier_backend.domain.products import Merchant
from carrier_backend.ports import Account, Clock, Snapshot
from carrier_backend.storage import accounts, snapshots, spendings
from carrier_backend.storage.store import Store, Unit

log = structlog.get_logger()
PATIENCE_SECONDS = 0.5


@dataclass(frozen=True)
class _Page:
    """Everything that was read at one revision."""

    revision: int
    merchants: Mapping[str, Merchant] = field(default_factory=dict)
    clients: Mapping[str, Client] = field(default_factory=dict)
    operators: Mapping[str, Operator] = field(default_factory=dict)
    accounts: Mapping[tuple[str, str], Account] = field(default_factory=dict)
    snapshots: Mapping[str, Snapshot] = field(default_factory=dict)


class Directory:
    """The page in memory; implements ports.Snapshots and ports.Accounts."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._page = _Page(revision=-1)
        self._checked_at = float("-inf")
        self._doubts = 0
        self._turning = threading.Lock()

    def merchant(self, shipper_id: str) -> Merchant | None:
        return self._current().merchants.get(shipper_id)

    def sites(self) -> set[str]:
        """Where merchants sell, as Ingrid calls it."""
        return {merchant.site_id for merchant in self._current().merchants.values()}

    def client(self, client_id: str) -> Client | None:
        """The client of that id, unless revoked."""
        return self._current().clients.get(client_id)

    def operator(self, digest: str) -> Operator | None:
        """The operator whose token has that digest, unless revoked."""
        return self._current().operators.get(digest)

    def of(self, courier: str, shipper_id: str) -> Account | None:
        return self._current().accounts.get((courier, shipper_id))

    def every(self, courier: str) -> Sequence[Account]:
        return [account for (owner, _), account in self._current().accounts.items() if owner == courier]

    def owners(self, courier: str) -> Sequence[str]:
        """The merchants that have an account of their own with a courier."""
        return [shipper_id for (of, shipper_id) in self._current().accounts if of == courier]

    def read(self, name: str) -> Snapshot | None:
        return self._current().snapshots.get(name)

    def keep(self, name: str, content: bytes) -> None:
        with self._store.begin() as unit:
            snapshots.keep(unit, name, content)
        self.refresh()

    def spend(
        self, courier: str, shipper_id: str, day: date, purpose: str, amount: Decimal, limit: Decimal | None
    ) -> bool:
        with self._store.begin() as unit:
            return spendings.spend(unit, courier, shipper_id, day, purpose, amount, limit)

    def spent(self, courier: str, since: date) -> Mapping[str, Decimal]:
        with self._store.read() as unit:
            return spendings.spent(unit, courier, since)

    def take_back(self, courier: str, purpose: str) -> None:
        with self._store.begin() as unit:
            spendings.take_back(unit, courier, purpose)

    def refresh(self) -> None:
        """Look at the next question whether anything changed, also if somebody began to look before it did."""
        self._doubts += 1
        self._checked_at = float("-inf")

    def read_again(self) -> None:
        """Know all that is committed by now."""
        with self._turning:
            self._turn()

    def _current(self) -> _Page:
        # One caller turns the page; the others read on meanwhile, unless there is no page yet.
        if self._is_stale() and self._turning.acquire(blocking=self._page.revision < 0):
            try:
                if self._is_stale():
                    self._turn()
            finally:
                self._turning.release()
        return self._page

    def _is_stale(self) -> bool:
        return self._clock.monotonic() - self._checked_at > PATIENCE_SECONDS

    def _turn(self) -> None:
        doubts = self._doubts
        try:
            with self._store.read() as unit:
                revision = accounts.current_revision(unit)
                if revision != self._page.revision:
                    self._page = _read_page(unit, revision)
        except Busy:
            if self._page.revision < 0:
                raise
            log.warning("directory not refreshed: the database is away")
        self._checked_at = self._clock.monotonic()
        if doubts != self._doubts:
            self._checked_at = float("-inf")


def _read_page(unit: Unit, revision: int) -> _Page:
    welcome = [client for client in accounts.every_client(unit) if client.revoked_at is None]
    return _Page(
        revision=revision,
        merchants={merchant.shipper_id: merchant for merchant in accounts.every_merchant(unit)},
        clients={client.id: client for client in welcome},
        operators={
            digest: operator for digest, operator in accounts.every_operator(unit) if operator.revoked_at is None
        },
        accounts=accounts.every_account(unit),
        snapshots=snapshots.every(unit),
    )
