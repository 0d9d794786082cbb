"""What doctor finds on this host: who may read the secrets, what cannot be written, whether there is room."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from tempfile import gettempdir

import pytest

from carrier_backend import host_checks
from carrier_backend.services.examine import Finding
from carrier_backend.settings import Settings
from tests.builders import a_catalogue
from tests.conftest import a_settings

NOBODY = 65534


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


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root could write everything; what a user may do is asked by its real id, and the effective one undoes this."""
    if os.geteuid() == 0:
        os.setreuid(NOBODY, -1)
    try:
        yield
    finally:
        if os.geteuid() == 0:
            os.setreuid(0, -1)


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


def test_a_database_file_that_cannot_be_written_is_named(secret: Path) -> None:
    over_file = a_settings(a_catalogue(), f"sqlite:///{secret}")
    assert finding(over_file, "database file").is_well
    secret.chmod(0o400)
    secret.parent.chmod(0o555)
    with as_nobody():
        found = finding(over_file, "database file")
    secret.parent.chmod(0o755)
    assert found == Finding(
        "database file", False, f"this user cannot write {secret.parent}: give it to the user we run as"
    )


def test_a_folder_in_which_nothing_can_be_counted_is_named(settings: Settings, secret: Path) -> None:
    assert finding(settings, "figures").is_well
    assert finding(settings, "figures", PROMETHEUS_MULTIPROC_DIR=f"{secret.parent}/yet/to/be/made").is_well
    found = finding(settings, "figures", PROMETHEUS_MULTIPROC_DIR=f"{secret}/below")
    assert (found.is_well, found.note.partition(":")[0]) == (False, f"this user cannot write in {secret}")
