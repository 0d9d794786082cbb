"""What is wrong with an account that somebody wrote down, as far as it can be seen without calling anybody."""

import re
from collections.abc import Iterator

from carrier_backend.ports import Account

# What can stand in a header, without blanks around it that were copied along.
_LEGIBLE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
_ILLEGIBLE = "must be ASCII characters, with no blank around them"


def faults_in_account(account: Account, *required: str) -> list[str]:
    """Credentials that are missing, unknown, or cannot be such; webhook secrets that nobody could send."""
    given = account.credentials
    missing = [f"credentials.{name}: is required" for name in required if name not in given]
    unknown = [f"credentials.{name}: is not known here" for name in given if name not in required]
    return [*missing, *unknown, *_illegible(account)]


def _illegible(account: Account) -> Iterator[str]:
    for name, secret in account.credentials.items():
        if not _LEGIBLE.fullmatch(secret):
            yield f"credentials.{name}: {_ILLEGIBLE}"
    for index, secret in enumerate(account.webhook_secrets):
        if not _LEGIBLE.fullmatch(secret):
            yield f"webhook_secrets[{index}]: {_ILLEGIBLE}"
