"""gunicorn serves the app by these settings, and only what may be served."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from carrier_backend import gunicorn_settings
from carrier_backend.app import create_app
from carrier_backend.bootstrap import open_store
from carrier_backend.domain.exchanges import Exchange, Heading
from carrier_backend.settings import Settings
from carrier_backend.storage import schema
from tests.environment import ROOT, set_good
from tests.fakes import MONDAY

SAID = Exchange(Heading.OUT, "fake", "create", "TRACE1", "POST", "/parcels", MONDAY, 12, 201)


@pytest.fixture(autouse=True)
def _good_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_good(monkeypatch, tmp_path)


def a_server(*seats: int) -> SimpleNamespace:
    workers = {1000 + seat: SimpleNamespace(seat=seat) for seat in seats}
    return SimpleNamespace(WORKERS=workers)


def test_requests_may_outlast_the_longest_booking() -> None:
    assert gunicorn_settings.graceful_timeout > 20
    assert gunicorn_settings.timeout > 20


@pytest.mark.parametrize(("taken", "free"), [((), 0), ((0, 1), 2), ((0, 2), 1)])
def test_a_worker_takes_the_seat_of_a_dead_one(taken: tuple[int, ...], free: int) -> None:
    worker = SimpleNamespace()
    gunicorn_settings.pre_fork(a_server(*taken), worker)
    assert worker.seat == free


def test_what_was_said_both_ways_is_written_beside_the_requests_and_at_the_end() -> None:
    schema.upgrade(open_store(Settings.read()))
    worker = SimpleNamespace(wsgi=create_app())
    gunicorn_settings.post_worker_init(worker)
    backend = gunicorn_settings._backend(worker)
    worker.is_over.set()
    gunicorn_settings.worker_exit(a_server(), worker)
    backend.exchanges.record(SAID)
    gunicorn_settings.worker_exit(a_server(), worker)
    assert [row.exchange for row in backend.read_exchanges().items] == [SAID]


def test_a_worker_that_never_served_has_nothing_to_write() -> None:
    gunicorn_settings.worker_exit(a_server(), SimpleNamespace())


def test_settings_that_cannot_be_used_are_not_served(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("INGRID_CARRIER")
    with pytest.raises(SystemExit, match="2"):
        gunicorn_settings.on_starting(a_server())
    assert "INGRID_CARRIER: Environment variable not set" in capsys.readouterr().err


def test_a_database_of_another_version_is_not_served(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="1"):
        gunicorn_settings.on_starting(a_server())
    assert "run `carrier-backend upgrade`" in capsys.readouterr().err


def test_gunicorn_alone_goes_by_them_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INGRID_CARRIER")
    command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "--bind", "127.0.0.1:0", "wsgi:app"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)
    assert done.returncode == 2
    assert "INGRID_CARRIER: Environment variable not set" in done.stderr


def test_the_folder_for_figures_goes_with_the_server() -> None:
    schema.upgrade(open_store(Settings.read()))
    server = a_server()
    gunicorn_settings.on_starting(server)
    assert server.metrics_folder.is_dir()
    gunicorn_settings.on_exit(server)
    assert not server.metrics_folder.exists()


def test_a_folder_that_was_given_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    schema.upgrade(open_store(Settings.read()))
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    server = a_server()
    gunicorn_settings.on_starting(server)
    gunicorn_settings.on_exit(server)
    assert (server.metrics_folder, tmp_path.exists()) == (tmp_path, True)


def test_where_figures_cannot_be_counted_nothing_is_served(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "file/below"))
    with pytest.raises(SystemExit, match="2"):
        gunicorn_settings.on_starting(a_server())
    assert f"PROMETHEUS_MULTIPROC_DIR: this user cannot write in {tmp_path}/file" in capsys.readouterr().err
