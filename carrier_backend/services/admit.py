"""Who may come in: OAuth clients by id and secret, operators by token."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from carrier_backend.domain.access import Client, Operator, digest, is_one_of
from carrier_backend.domain.errors import Busy, NotAllowed, Throttled
from carrier_backend.storage import accounts
from carrier_backend.storage.directory import Directory
from carrier_backend.storage.store import Store

FAILURES_ALLOWED = 10
WITHIN = timedelta(minutes=1)
TURNS = 64
PATIENCE_SECONDS = 5
WRONG_CREDENTIALS = "invalid client credentials"
WRONG_AUTHORIZATION = "invalid or missing authorization header"


class Admit:
    """Say who someone is, or raise NotAllowed."""

    def __init__(self, store: Store, directory: Directory) -> None:
        self._store = store
        self._directory = directory
        self._turns = [threading.Lock() for _ in range(TURNS)]

    def client(self, client_id: str, client_secret: str, address: str) -> Client:
        """The client with that secret; raises NotAllowed, or Throttled after too many failures from one address."""
        subject = digest(f"{client_id}\n{address}")
        with self._turn(subject):
            return self._client(client_id, client_secret, subject)

    @contextmanager
    def _turn(self, subject: str) -> Iterator[None]:
        """One at a time as the same subject: many guesses at once are no way around counting them."""
        turn = self._turns[int(subject, 16) % TURNS]
        if not turn.acquire(timeout=PATIENCE_SECONDS):
            raise Busy("too many attempts at once")
        try:
            yield
        finally:
            turn.release()

    def _client(self, client_id: str, client_secret: str, subject: str) -> Client:
        with self._store.read() as unit:
            if accounts.failures_since(unit, subject, unit.now - WITHIN) >= FAILURES_ALLOWED:
                raise Throttled("too many failed attempts", WITHIN.total_seconds())
            valid = accounts.secrets_of(unit, client_id)
        if is_one_of(valid, client_secret) and (client := self._fresh(client_id)):
            return client
        with self._store.begin() as unit:
            accounts.note_failure(unit, subject)
        raise NotAllowed(WRONG_CREDENTIALS)

    def _fresh(self, client_id: str) -> Client | None:
        """The client, looked for once more if it was added this very moment."""
        if self._directory.client(client_id) is None:
            self._directory.refresh()
        return self._directory.client(client_id)

    def bearer(self, client_id: str) -> Client:
        """The client a verified token was given to, if still welcome."""
        client = self._fresh(client_id)
        if client is None:
            raise NotAllowed(WRONG_AUTHORIZATION)
        return client

    def operator(self, token: str) -> Operator:
        """The operator with that token."""
        operator = self._directory.operator(digest(token))
        if operator is None:  # or added this very moment
            self._directory.refresh()
            operator = self._directory.operator(digest(token))
        if operator is None:
            raise NotAllowed(WRONG_AUTHORIZATION)
        return operator
