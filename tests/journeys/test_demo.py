"""The demo is the product's first impression: it works from nothing, and leaves nothing."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from carrier_backend.simulator.orders import JOURNEYS

DEMO = (sys.executable, "-m", "carrier_backend", "demo")


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where all temporary files of the demo go."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("CARRIER_DATABASE_URL", "of:another:backend")
    return tmp_path


def test_the_demo_prints_the_whole_journey_and_leaves_nothing(folder: Path) -> None:
    done = subprocess.run(DEMO, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    for step in ("/oauth/token", "/shipping-options", "/prebooking", "/booking"):
        assert re.search(rf"POST {step} +200", done.stdout)
    barcodes = re.findall(r"(\w+)  label of [\d,]+ bytes, PDF", done.stdout)
    heard = re.findall(r"Ingrid hears +200 +(\w+)  (\w+) +signature valid", done.stdout)
    told = [[word for about, word in heard if about == barcode] for barcode in barcodes]
    assert told == [list(journey.told) for journey in JOURNEYS for _ in journey.booking["packages"]]
    assert (done.stderr, list(folder.iterdir())) == ("", [])


def test_a_backend_that_does_not_start_is_told_with_its_last_words(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "none")
    done = subprocess.run(DEMO, capture_output=True, check=False, text=True)
    assert done.returncode == 1
    assert "This went wrong: the backend has ended" in done.stderr
    assert "ValueError" in done.stderr
    assert list(folder.iterdir()) == []
