"""What doctor finds on this host: whether others may read the secrets, and whether there is room."""

from itertools import takewhile
from pathlib import Path
from tempfile import gettempdir

import pytest

from carrier_backend import host_checks
from carrier_backend.services.examine import Finding
from carrier_backend.settings import Settings
from tests.builders import a_catalogue
from tests.conftest import a_settings


@pytest.fixture
def settings() -> Settings:
    return a_settings(a_catalogue())


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """In a folder that everybody may enter."""
    for folder in takewhile(lambda folder: folder != Path(gettempdir()), (tmp_path, *tmp_path.parents)):
        folder.chmod(0o755)
    file = tmp_path / "secret"
    file.touch(mode=0o600)
    return file


def finding(settings: Settings, name: str, **environment: str) -> Finding:
    return next(found for found in host_checks.of_host(settings, environment) if found.name == name)


@pytest.mark.parametrize("name", ["INGRID_HMAC_SECRET_FILE", "CARRIER_DATABASE_URL_FILE", "INTIGO_API_KEY_FILE"])
def test_a_secret_that_everybody_can_read_is_named(settings: Settings, secret: Path, name: str) -> None:
    assert finding(settings, "secret files", **{name: str(secret)}).is_well
    secret.chmod(0o644)
    found = finding(settings, "secret files", **{name: str(secret)})
    assert not found.is_well
    assert f"{secret}: take that away (chmod o= FILE)" in found.note


def test_a_secret_in_a_closed_folder_is_nobody_elses(settings: Settings, secret: Path) -> None:
    secret.chmod(0o644)
    secret.parent.chmod(0o750)
    assert finding(settings, "secret files", INTIGO_API_KEY_FILE=str(secret)).is_well


def test_what_is_no_secret_may_be_read(settings: Settings, secret: Path) -> None:
    secret.chmod(0o644)
    assert finding(settings, "secret files", CARRIER_PRODUCTS_FILE=str(secret)).is_well


def test_a_disk_has_room_or_is_to_be_given_some(settings: Settings) -> None:
    found = finding(settings, "disk")
    assert found.is_well != ("make room" in found.note)
