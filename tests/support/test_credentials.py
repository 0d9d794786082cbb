"""What an account lacks, or has too much, is named before anybody is called with it."""

import pytest

from carrier_backend.ports import Account
from carrier_backend.support.credentials import faults_in_account

GOOD = {"client_id": "a client", "client_secret": "a-secret"}


def faults(credentials: dict[str, str], *webhook_secrets: str) -> list[str]:
    return faults_in_account(Account("https://x.example", credentials, webhook_secrets), *GOOD)


def test_an_account_with_all_that_is_needed_has_no_fault() -> None:
    assert faults(GOOD, "a webhook secret") == []


def test_what_is_missing_and_what_is_unknown_is_named() -> None:
    assert faults({"client_id": "a client", "api_key": "a key"}) == [
        "credentials.client_secret: is required",
        "credentials.api_key: is not known here",
    ]


@pytest.mark.parametrize("secret", [" a key", "a key ", "clé", "a\nkey", "a\x00key", " "])
def test_what_cannot_stand_in_a_header_is_named(secret: str) -> None:
    assert faults({**GOOD, "client_id": secret}, "good", secret) == [
        "credentials.client_id: must be ASCII characters, with no blank around them",
        "webhook_secrets[1]: must be ASCII characters, with no blank around them",
    ]
