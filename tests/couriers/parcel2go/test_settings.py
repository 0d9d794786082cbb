"""Whether parcels are real is said twice, and both have to agree."""

from pathlib import Path

import pytest

from carrier_backend.settings import Settings, SettingsError
from tests.environment import set_good

LIVE, SANDBOX = "https://www.parcel2go.com", "https://sandbox.parcel2go.com"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_good(monkeypatch, tmp_path)


@pytest.mark.parametrize(("is_live", "address"), [("no", LIVE), ("yes", SANDBOX), ("no", ""), ("maybe", LIVE)])
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
