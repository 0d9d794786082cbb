"""A whole environment that settings can be read from, for tests to change."""

import os
from pathlib import Path

import pytest

from carrier_backend.support.sealing import new_key

ROOT = Path(__file__).parent.parent
SECRET = "s3cret-" * 8
KEY = new_key()
GOOD = {
    "CARRIER_TOKEN_KEYS": f"2026-11:{SECRET}",
    "CARRIER_ENCRYPTION_KEYS": KEY,
    "CARRIER_PRODUCTS_FILE": str(ROOT / "config/products.toml"),
    "INGRID_CARRIER": "velove",
    "INGRID_HMAC_SECRET": SECRET,
    "INTIGO_API_KEY": "short-but-theirs",
    "INTIGO_WEBHOOK_TOKEN": SECRET,
    "ECOTRACK_BASE_URL": "https://tenant.ecotrack.example",
    "ECOTRACK_API_TOKEN": "short-but-theirs",
    "PARCEL2GO_CLIENT_ID": "client-of-theirs",
    "PARCEL2GO_CLIENT_SECRET": "short-but-theirs",
    "PARCEL2GO_WEBHOOK_SECRET": SECRET,
}


def set_good(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Have these variables and none else of ours, and stand in an empty folder."""
    for name in os.environ:
        if name.startswith(("CARRIER_", "ECOTRACK_", "INGRID_", "INTIGO_", "PARCEL2GO_", "PROMETHEUS_")):
            monkeypatch.delenv(name)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
