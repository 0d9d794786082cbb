"""Who speaks when a courier calls us, and of whose parcels: each account's secrets speak for that account alone.

A voice is the digest of a secret, so that it can be kept beside what was said.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from carrier_backend.domain.access import digest
from carrier_backend.domain.errors import NotAllowed
from carrier_backend.ports import Account, Accounts


class Voices:
    """The secrets that a courier's calls may bear; asked for at each call, for merchants' accounts come and go."""

    def __init__(
        self,
        courier: str,
        accounts: Accounts,
        default: Iterable[str],
        of_account: Callable[[Account], Iterable[str]],
    ) -> None:
        self._courier = courier
        self._accounts = accounts
        self._default = tuple(default)
        self._of_account = of_account

    def verified(self, is_borne: Callable[[str], bool], lack: str) -> str:
        """The voice of the call that bears one of the secrets; raises NotAllowed, saying what is lacking."""
        # Every secret is compared, so that the time taken does not tell which one was near.
        borne = [secret for secret in self._every() if is_borne(secret)]
        if not borne:
            raise NotAllowed(lack)
        return digest(borne[0])

    def of(self, shipper_id: str, booked_at: datetime) -> frozenset[str]:
        """The voices that may speak of what was booked for a merchant at that moment.

        What was booked before the merchant had an account of its own is the default account's to speak of.
        """
        account = self._accounts.of(self._courier, shipper_id)
        if account is None or (account.since is not None and booked_at < account.since):
            return _voices(self._default)
        return _voices(self._of_account(account))

    def _every(self) -> Iterator[str]:
        yield from filter(None, self._default)
        for account in self._accounts.every(self._courier):
            yield from filter(None, self._of_account(account))


def _voices(secrets: Iterable[str]) -> frozenset[str]:
    return frozenset(digest(secret) for secret in secrets if secret)
