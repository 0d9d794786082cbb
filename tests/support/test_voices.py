"""Each account's secrets speak for that account, whatever other accounts there are."""

from datetime import timedelta

import pytest

from carrier_backend.domain.errors import NotAllowed
from carrier_backend.ports import Account
from carrier_backend.support.voices import Voices
from tests.couriers.fakes import MemoryAccounts
from tests.fakes import MONDAY


@pytest.fixture
def accounts() -> MemoryAccounts:
    return MemoryAccounts()


@pytest.fixture
def voices(accounts: MemoryAccounts) -> Voices:
    return Voices("fake", accounts, ("ours", "our next", ""), lambda account: account.webhook_secrets)


def hear(voices: Voices, secret: str) -> str:
    return voices.verified(secret.__eq__, "a secret is needed")


def test_a_merchant_without_an_account_is_spoken_of_by_ours(voices: Voices) -> None:
    assert voices.of("shop-1", MONDAY) == {hear(voices, "ours"), hear(voices, "our next")}


def test_a_merchant_with_an_account_is_spoken_of_by_its_own(voices: Voices, accounts: MemoryAccounts) -> None:
    accounts.held["shop-1"] = Account("https://x.example", {}, ("its own",))
    assert voices.of("shop-1", MONDAY) == {hear(voices, "its own")}


def test_what_was_booked_before_an_account_was_held_is_spoken_of_by_ours(
    voices: Voices, accounts: MemoryAccounts
) -> None:
    accounts.held["shop-1"] = Account("https://x.example", {}, ("its own",), since=MONDAY)
    assert hear(voices, "ours") in voices.of("shop-1", MONDAY - timedelta(seconds=1))
    assert voices.of("shop-1", MONDAY) == {hear(voices, "its own")}


def test_a_secret_that_two_accounts_share_speaks_for_both(voices: Voices, accounts: MemoryAccounts) -> None:
    accounts.held = {shop: Account("https://x.example", {}, ("shared",)) for shop in ("shop-1", "shop-2")}
    assert voices.of("shop-1", MONDAY) == voices.of("shop-2", MONDAY) == {hear(voices, "shared")}


def test_an_account_without_a_secret_is_spoken_of_by_nobody(voices: Voices, accounts: MemoryAccounts) -> None:
    accounts.held["shop-1"] = Account("https://x.example", {}, ("",))
    assert voices.of("shop-1", MONDAY) == frozenset()


@pytest.mark.parametrize("secret", ["", "our", "theirs"])
def test_a_call_that_bears_none_of_them_is_nobodys(voices: Voices, secret: str) -> None:
    with pytest.raises(NotAllowed, match="a secret is needed"):
        hear(voices, secret)


def test_every_secret_is_compared_though_the_first_is_it(voices: Voices) -> None:
    compared: list[str] = []
    voices.verified(lambda secret: not compared.append(secret), "")  # type: ignore[func-returns-value]  # for its effect
    assert compared == ["ours", "our next"]


def test_a_voice_is_not_the_secret(voices: Voices) -> None:
    assert "ours" not in hear(voices, "ours")
