"""A whole environment that settings can be read from, for tests to change."""

import os
from pathlib import Path

import pytest

from carrier_backend.support.sealing import new_key

ROOT = Path(__file__).parent.parent
SECRET = "one-of-our-own:0123456789-0123456789"
KEY = new_key()
GOOD = {
    "CARRIER_TOKEN_KEYS": f"2026-11:{SECRET}-for-tokens",
    "CARRIER_ENCRYPTION_KEYS": KEY,
    "CARRIER_PRODUCTS_FILE": str(ROOT / "config/products.toml"),
    "INGRID_CARRIER": "velove",
    "INGRID_HMAC_SECRET": SECRET,
    "INTIGO_API_KEY": "short-but-intigos",
    "INTIGO_WEBHOOK_TOKEN": f"{SECRET}-for-intigo",
    "ECOTRACK_BASE_URL": "https://tenant.ecotrack.example",
    "ECOTRACK_API_TOKEN": "short-but-ecotracks",
    "PARCEL2GO_CLIENT_ID": "client-of-theirs",
    "PARCEL2GO_CLIENT_SECRET": "short-but-parcel2gos",
    "PARCEL2GO_WEBHOOK_SECRET": f"{SECRET}-for-parcel2go",
}


def set_good(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Have these variables and none else of ours, and stand in an empty folder."""
    for name in os.environ:
        if name.startswith(("CARRIER_", "ECOTRACK_", "INGRID_", "INTIGO_", "PARCEL2GO_", "PROMETHEUS_")):
            monkeypatch.delenv(name)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
