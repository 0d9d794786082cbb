"""Whether parcels are real is said twice, and both have to agree."""

from dataclasses import replace
from pathlib import Path

import pytest

from carrier_backend.couriers.parcel2go.courier import build
from carrier_backend.domain.health import Condition
from carrier_backend.ports import Account, Courier
from carrier_backend.settings import Settings, SettingsError
from tests.couriers.parcel2go.stage import Stage
from tests.environment import set_good

LIVE, SANDBOX = "https://www.parcel2go.com", "https://sandbox.parcel2go.com"
LIVE_ACCOUNT = Account(LIVE, {"client_id": "theirs", "client_secret": "theirs"})


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_good(monkeypatch, tmp_path)


@pytest.mark.parametrize(
    ("is_live", "address"),
    [
        *[("no", LIVE), ("yes", SANDBOX), ("no", ""), ("maybe", LIVE)],
        *[("no", "https://parcel2go.com"), ("no", "https://WWW.Parcel2Go.com."), ("yes", f"{SANDBOX}./")],
    ],
)
def test_nothing_starts_where_sandbox_and_live_are_mixed_up(
    monkeypatch: pytest.MonkeyPatch, is_live: str, address: str
) -> None:
    monkeypatch.setenv("PARCEL2GO_LIVE", is_live)
    monkeypatch.setenv("PARCEL2GO_BASE_URL", address)
    with pytest.raises(SettingsError, match="PARCEL2GO_LIVE"):
        Settings.read()


@pytest.mark.parametrize(
    ("is_live", "address"), [("yes", LIVE), ("no", SANDBOX), ("", LIVE), ("", SANDBOX), ("no", "https://p2g.example")]
)
def test_what_agrees_is_taken(monkeypatch: pytest.MonkeyPatch, is_live: str, address: str) -> None:
    monkeypatch.setenv("PARCEL2GO_LIVE", is_live)
    monkeypatch.setenv("PARCEL2GO_BASE_URL", address)
    assert "parcel2go" in Settings.read().couriers


@pytest.fixture
def rehearsal(monkeypatch: pytest.MonkeyPatch) -> Courier:
    """What holds sandbox credentials, and is to spend nobody's money."""
    monkeypatch.setenv("PARCEL2GO_LIVE", "no")
    monkeypatch.setenv("PARCEL2GO_BASE_URL", SANDBOX)
    settings, stage = Settings.read().couriers["parcel2go"], Stage()
    stage.accounts.held["shop-1"] = LIVE_ACCOUNT
    return build(
        settings,  # type: ignore[arg-type]  # each courier's are its own
        http=stage.http,
        clock=stage.clock,
        accounts=stage.accounts,
        snapshots=stage.snapshots,
        quiet_window=stage.quiet_window,
    )


def test_a_merchants_own_account_has_to_agree_too(rehearsal: Courier) -> None:
    assert rehearsal.faults_in_account(LIVE_ACCOUNT) == [
        "base_url: is where real money is spent, where PARCEL2GO_LIVE says no"
    ]
    assert rehearsal.faults_in_account(replace(LIVE_ACCOUNT, base_url=SANDBOX)) == []


def test_an_account_that_came_with_a_copied_database_spends_nothing(rehearsal: Courier) -> None:
    told = rehearsal.check("shop-1")
    assert told.condition is Condition.WRONG_KEY
    assert "real money" in told.note
