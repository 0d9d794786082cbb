"""What operators may see and do; every act is written to the trail with its reason, in the same commit."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from carrier_backend.domain.access import Client, ClientSecret, Operator, Role, digest, new_secret
from carrier_backend.domain.errors import Conflict, CounterpartError, Fault, Malformed, NotServed, Unknown
from carrier_backend.domain.parcels import Label, Parcel
from carrier_backend.domain.products import Merchant
from carrier_backend.domain.shipments import Shipment
from carrier_backend.domain.tracking import UpdateState
from carrier_backend.ports import Account, Courier
from carrier_backend.services.cancel import Cancel
from carrier_backend.storage import accounts, lanes, outbox, oversight, parcels, shipments, trail
from carrier_backend.storage.directory import Directory
from carrier_backend.storage.lanes import Destination
from carrier_backend.storage.outbox import UpdateRow
from carrier_backend.storage.oversight import Entry
from carrier_backend.storage.store import Store, Unit

OVERLAP = timedelta(hours=24)
PAGE = 50
LONGEST_NAME = 128
STILL_WISHED = "it stays wished for, and will be asked for again by itself"
COMMAND_LINE = "command line"
"""Who acts on the trail where no operator's token was asked for."""


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, and why."""

    operator: str
    reason: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """One parcel, and everything that happened to it."""

    shipment: Shipment
    parcel: Parcel
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list; `next` names where the following part begins, if there is one."""

    items: tuple[UpdateRow, ...]
    next: str | None


class Oversee:
    """See and steer."""

    def __init__(
        self,
        store: Store,
        directory: Directory,
        couriers: Mapping[str, Courier],
        cancel: Cancel,
        faults_in_account: Callable[[Account], Sequence[str]],
    ) -> None:
        self._store = store
        self._directory = directory
        self._couriers = couriers
        self._cancel = cancel
        self._faults_in_account = faults_in_account

    def clients(self) -> list[Client]:
        """All OAuth clients, revoked ones too."""
        with self._store.read() as unit:
            return accounts.every_client(unit)

    def add_client(self, name: str, by: By) -> ClientSecret:
        """Admit a new OAuth client."""
        _refuse_odd_name(name)
        secret = ClientSecret(f"client-{secrets.token_hex(8)}", new_secret())
        with self._store.begin() as unit:
            accounts.add_client(unit, secret.client_id, name, digest(secret.client_secret))
            _note(unit, by, "add client", secret.client_id, {"name": name})
        self._directory.refresh()
        return secret

    def rotate_client(self, name: str, by: By) -> ClientSecret:
        """Give a client, by id or name, a new secret; the old one stays valid for a day beside it."""
        with self._store.begin() as unit:
            client = accounts.find_client(unit, name)
            if client.revoked_at is not None:
                raise Conflict(f"client {name!r} is revoked")
            secret = ClientSecret(client.id, new_secret())
            accounts.rotate_client(unit, client.id, digest(secret.client_secret), OVERLAP)
            _note(unit, by, "rotate client", client.id)
        return secret

    def revoke_client(self, name: str, by: By) -> None:
        """Admit a client, by id or name, no longer."""
        with self._store.begin() as unit:
            client = accounts.find_client(unit, name)
            accounts.revoke_client(unit, client.id)
            _note(unit, by, "revoke client", client.id)
        self._directory.refresh()

    def operators(self) -> list[Operator]:
        """All operators, revoked ones too."""
        with self._store.read() as unit:
            return [operator for _, operator in accounts.every_operator(unit)]

    def add_operator(self, name: str, role: Role, by: By) -> str:
        """Admit a new operator; their token."""
        _refuse_odd_name(name)
        if " ".join(name.split()).casefold() == COMMAND_LINE:
            raise Malformed(Fault(f"{COMMAND_LINE!r} acts on the trail already: it would tell nobody apart", "name"))
        token = new_secret()
        with self._store.begin() as unit:
            accounts.add_operator(unit, name, role, digest(token))
            _note(unit, by, "add operator", name, {"role": role})
        self._directory.refresh()
        return token

    def revoke_operator(self, name: str, by: By) -> None:
        """Admit an operator no longer."""
        with self._store.begin() as unit:
            accounts.revoke_operator(unit, name)
            _note(unit, by, "revoke operator", name)
        self._directory.refresh()

    def merchants(self) -> list[Merchant]:
        """All merchants."""
        with self._store.read() as unit:
            return accounts.every_merchant(unit)

    def put_merchant(self, merchant: Merchant, by: By, *, may_await_clients: bool = False) -> None:
        """Keep a merchant; raises NotServed with everything their couriers cannot make sense of, and unknown clients.

        What Ingrid was not told yet of their parcels goes to the site that is theirs now.

        Terms with a courier that is not enabled here are kept unjudged: the same file may serve several hosts.
        """
        faults = [
            f"couriers.{name}: {fault}"
            for name, terms in merchant.couriers.items()
            for fault in self._faults_in_terms(name, terms)
        ]
        with self._store.begin() as unit:
            accounts.raise_revision(unit)  # first: of two that come at once, the second then sees the other
            if not may_await_clients:
                faults += [f"clients: there is no client {name!r}" for name in _strange_clients(unit, merchant)]
            if faults:
                raise NotServed(*faults)
            before = accounts.find_merchant(unit, merchant.shipper_id)
            accounts.keep_merchant(unit, merchant)
            lanes.readdress(unit, merchant.shipper_id, merchant.site_id)
            facts = before.changes_to(merchant) if before else {"is_new": True}
            _note(unit, by, "put merchant", merchant.shipper_id, facts)
        self._directory.refresh()

    def _faults_in_terms(self, name: str, terms: Mapping[str, object]) -> list[str]:
        courier = self._couriers.get(name)
        return list(courier.faults_in_terms(terms)) if courier else []

    def put_account(self, shipper_id: str, courier: str, account: Account, by: By) -> None:
        """Keep a merchant's own account with a courier; raises Malformed with everything that is wrong with it."""
        if self._directory.merchant(shipper_id) is None:
            raise Unknown(f"there is no merchant {shipper_id!r}")
        if courier not in self._couriers:
            raise Unknown(f"there is no courier {courier!r}")
        if faults := [*self._faults_in_account(account), *self._couriers[courier].faults_in_account(account)]:
            raise Malformed(*faults)
        with self._store.begin() as unit:
            accounts.raise_revision(unit)
            before = accounts.find_account(unit, shipper_id, courier)
            accounts.keep_account(unit, shipper_id, courier, account)
            _note(unit, by, "put account", f"{shipper_id}/{courier}", _changes(before, account))
        self._directory.refresh()

    def timeline(self, name: str) -> Timeline:
        """A parcel, by barcode or reference, and all that is known of it; raises Unknown."""
        with self._store.read() as unit:
            shipment_id, reference = find_by_name(unit, name)
            shipment = shipments.get(unit, shipment_id)
            entries = oversight.timeline(unit, shipment_id, reference)
        return Timeline(shipment, shipment.parcel(reference), tuple(entries))

    def label(self, name: str) -> Label:
        """A parcel's stored label; raises Unknown."""
        with self._store.read() as unit:
            label = parcels.label(unit, find_by_name(unit, name)[1])
        if label is None:
            raise Unknown("no label is stored for this parcel")
        return label

    def cancel(self, name: str, trace_id: str, by: By) -> None:
        """Cancel a parcel, by barcode or reference, whosever it is; raises as a client's wish to cancel does.

        Where the courier could not be asked, or did not answer, the wish stands, and the error says so.
        """
        with self._store.begin() as unit:
            _, reference = find_by_name(unit, name)
            _note(unit, by, "cancel", reference)
        with trail.told_if_it_fails(self._store, by.operator, "cancel", reference, by.reason):
            self._have_cancelled(name, trace_id)

    def _have_cancelled(self, name: str, trace_id: str) -> None:
        try:
            self._cancel(client_id=None, barcode=name, trace_id=trace_id)
        except CounterpartError as error:
            told, wait = (*error.reasons, STILL_WISHED), error.retry_after_seconds
            raise type(error)(error.who, error.operation, *told, retry_after_seconds=wait) from error

    def status_updates(self, state: UpdateState | None = None, cursor: str | None = None, limit: int = PAGE) -> Page:
        """A page of the outbox, newest first."""
        before = int(cursor) if cursor and cursor.isascii() and cursor.isdigit() else None
        with self._store.read() as unit:
            rows = outbox.updates(unit, state, before, limit + 1)
        items = tuple(rows[:limit])
        return Page(items, str(items[-1].id) if len(rows) > limit else None)

    def replay(self, update_id: int, by: By, seen: UpdateState = UpdateState.PARKED) -> None:
        """Send a status update again that was seen parked or sent: the same body, freshly signed.

        Pressed twice, it is sent once: raises Conflict where it is in another state, as it is while it still tries.
        """
        with self._store.begin() as unit:
            found = outbox.update_named(unit, update_id)
            if found is None:
                raise Unknown(f"there is no status update {update_id}")
            reference, state = found
            if state is UpdateState.WAITING:
                raise Conflict(f"status update {update_id} is waiting: it still tries by itself")
            if state is not seen:
                raise Conflict(f"status update {update_id} is {state}, not {seen}: say `state` {state} to replay it")
            if not lanes.restore(unit, [update_id], seen):
                raise Conflict(f"status update {update_id} was erased, or somebody else has just put it back")
            _note(unit, by, "replay", reference, {"update": update_id, "state": seen})

    def resume_destination(self, name: str, by: By) -> None:
        """Let a paused destination have its messages again."""
        with self._store.begin() as unit:
            paused = outbox.paused(unit)
            if paused is None or paused.destination != name:
                others = f"; {paused.destination!r} is" if paused else ""
                raise Conflict(f"destination {name!r} is not paused{others}")
            lanes.keep_destination(unit, Destination(name))
            _note(unit, by, "resume destination", name)


def _strange_clients(unit: Unit, merchant: Merchant) -> list[str]:
    return sorted((merchant.clients or frozenset()) - {client.name for client in accounts.every_client(unit)})


def _changes(before: Account | None, after: Account) -> Mapping[str, object]:
    """What of an account is another after a change; of secrets, the names alone."""
    if before is None:
        return {"is_new": True, "base_url": after.base_url, "credentials": sorted(after.credentials)}
    names = {*before.credentials, *after.credentials}
    changed = sorted(name for name in names if before.credentials.get(name) != after.credentials.get(name))
    return {
        "base_url": {"before": before.base_url, "after": after.base_url},
        "credentials": changed,
        "webhook_secrets": before.webhook_secrets != after.webhook_secrets,
    }


def _refuse_odd_name(name: str) -> None:
    if not (0 < len(name) <= LONGEST_NAME and name.isprintable() and name == name.strip()):
        raise Malformed(Fault(f"must be 1 to {LONGEST_NAME} printable characters", "name"))


def find_by_name(unit: Unit, name: str) -> tuple[str, str]:
    """Shipment id and reference of a parcel, by its barcode or our reference; raises Unknown."""
    found = parcels.find_parcel(unit, name)
    if found is None:
        raise Unknown("package was not found")
    if shipments.is_erased(unit, found[0]):
        raise Unknown("the personal data of this package was erased")
    return found


def _note(unit: Unit, by: By, act: str, subject: str, facts: Mapping[str, object] | None = None) -> None:
    oversight.note_act(unit, by.operator, act, subject, by.reason, facts)
