"""The commands: JSON on standard output, faults in words, and an exit code for each."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from carrier_backend.cli import main
from carrier_backend.support.sealing import new_key
from tests.environment import KEY, ROOT, set_good

Answer = Callable[..., Any]

MERCHANTS = str(ROOT / "config/merchants.example.toml")


@pytest.fixture(autouse=True)
def _good_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_good(monkeypatch, tmp_path)
    monkeypatch.setenv("CARRIER_ENV", "development")
    monkeypatch.setenv("INTIGO_BASE_URL", "http://127.0.0.1:1/nobody-listens")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="carrier-backend")


@pytest.fixture
def answer() -> Answer:
    """Runs a command that succeeds, on a database that is up to date; what it says, all of it JSON."""
    assert run("upgrade").exit_code == 0

    def read(*arguments: str) -> Any:
        result = run(*arguments)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return read


def test_a_new_client_gets_an_id_and_a_secret(answer: Answer) -> None:
    assert answer("clients", "add", "ingrid").keys() == {"client_id", "client_secret"}


def test_a_clients_secret_is_never_shown_again(answer: Answer) -> None:
    secret = answer("clients", "add", "ingrid")["client_secret"]
    listed = answer("clients", "list")
    assert [client["name"] for client in listed] == ["ingrid"]
    assert secret not in str(listed)


def test_a_rotated_client_keeps_its_id(answer: Answer) -> None:
    first, second = answer("clients", "add", "ingrid"), answer("clients", "rotate", "ingrid")
    assert first["client_id"] == second["client_id"]
    assert first["client_secret"] != second["client_secret"]


def test_a_revoked_client_is_listed_as_such(answer: Answer) -> None:
    client_id = answer("clients", "add", "ingrid")["client_id"]
    assert answer("clients", "revoke", client_id) == {"revoked": client_id}
    assert answer("clients", "list")[0]["revoked_at"]


def test_a_name_that_is_taken_is_refused(answer: Answer) -> None:
    answer("clients", "add", "ingrid")
    result = run("clients", "add", "ingrid")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is already a client named 'ingrid'" in result.stderr


def test_a_new_operator_gets_a_token(answer: Answer) -> None:
    added = answer("operators", "add", "amina", "--role", "viewer")
    assert (added["name"], added["role"], len(added["token"])) == ("amina", "viewer", 43)


def test_a_revoked_operator_is_listed_as_such(answer: Answer) -> None:
    answer("operators", "add", "amina", "--role", "admin")
    answer("operators", "revoke", "amina")
    (listed,) = answer("operators", "list")
    assert (listed["role"], bool(listed["revoked_at"])) == ("admin", True)


@pytest.mark.parametrize("arguments", [[], ["--role", "king"]])
def test_an_operator_needs_a_role(arguments: list[str]) -> None:
    assert run("operators", "add", "amina", *arguments).exit_code == 2


def test_shops_are_taken_in_and_listed(answer: Answer) -> None:
    assert answer("merchants", "import", MERCHANTS) == {"imported": ["shop-1", "shop-2", "shop-3"]}
    shop, *_ = answer("merchants", "list")
    assert (shop["name"], shop["clients"], shop["couriers"]) == ("Test Merchant", None, ["intigo"])


def test_importing_a_shop_again_updates_it(answer: Answer, tmp_path: Path) -> None:
    answer("merchants", "import", MERCHANTS)
    changed = tmp_path / "changed.toml"
    changed.write_text(Path(MERCHANTS).read_text().replace("Test Merchant", "New Name"))
    answer("merchants", "import", str(changed))
    names = [shop["name"] for shop in answer("merchants", "list")]
    assert names == ["New Name", "British Merchant", "Algerian Merchant"]


@pytest.mark.usefixtures("answer")
def test_terms_that_make_no_sense_to_their_courier_are_named(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(Path(MERCHANTS).read_text() + 'tip = "1"\n')
    result = run("merchants", "import", str(wrong))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "merchant shop-3: couriers.ecotrack: tip" in result.stderr


def test_the_faults_of_a_file_of_shops_are_listed(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[[merchant]]\nshipper_id = "a"\n[[merchant]]\nnme = "b"\n')
    result = run("merchants", "import", str(wrong))
    assert result.exit_code == 1
    assert "merchant a.site_id: " in result.stderr
    assert "merchant 2.nme: Unknown field." in result.stderr


@pytest.mark.parametrize("command", ["serve", "work", "up", "upgrade", "doctor", "clients list"])
def test_settings_that_cannot_be_used_are_listed(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("CARRIER_RETENTION_DAYS", "wrong-value")
    monkeypatch.delenv("INGRID_CARRIER")
    result = run(*command.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert "CARRIER_RETENTION_DAYS: " in result.stderr
    assert "INGRID_CARRIER: " in result.stderr
    assert "wrong-value" not in result.stderr


def test_options_that_make_no_sense_to_a_courier_are_listed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    products = tmp_path / "products.toml"
    products.write_text((ROOT / "config/products.toml").read_text() + "colour = 1\n")
    monkeypatch.setenv("CARRIER_PRODUCTS_FILE", str(products))
    result = run("doctor")
    assert result.exit_code == 2
    assert "CARRIER_PRODUCTS_FILE: product ecotrack-desk.options: colour" in result.stderr


WRONG = {
    "CARRIER_ENV": ("staging", "CARRIER_ENV"),
    "CARRIER_TOKEN_KEYS": ("1:short", "CARRIER_TOKEN_KEYS: is shorter than 32 bytes"),
    "CARRIER_ENCRYPTION_KEYS": ("no-fernet-key", "CARRIER_ENCRYPTION_KEYS: Must be Fernet keys"),
    "INGRID_HMAC_SECRET": ("example-only-0123456789-0123456789", "INGRID_HMAC_SECRET: is the example's"),
    "INTIGO_BASE_URL": ("http://127.0.0.1:9000", "INTIGO_BASE_URL: must be https://"),
    "INTIGO_WEBHOOK_TOKEN": ("short", "INTIGO_WEBHOOK_TOKEN: is shorter than 32 bytes"),
    "PARCEL2GO_CLIENT_SECRET": ("", "PARCEL2GO_CLIENT_SECRET: Environment variable not set."),
    "ECOTRACK_API_TOKEN_FILE": ("/nowhere/token", "ECOTRACK_API_TOKEN_FILE: names no readable file"),
    "CARRIER_KNOWN_HOSTS": ("https://x.example", "CARRIER_KNOWN_HOSTS: Must be names of hosts"),
    "CARRIER_CRASH_AT": ("after:intigo/create", "CARRIER_CRASH_AT: is refused in production"),
    "CARRIER_PRODUCTS_FILE": ("products.toml", "CARRIER_PRODUCTS_FILE: product ecotrack-desk.options: colour"),
}


@pytest.mark.parametrize("command", ["serve", "work", "up", "upgrade", "doctor"])
def test_nothing_starts_before_every_fault_is_mended_and_all_come_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    (tmp_path / "products.toml").write_text((ROOT / "config/products.toml").read_text() + "colour = 1\n")
    for name, (value, _) in WRONG.items():
        monkeypatch.setenv(name, value)
    result = run(command)
    assert (result.exit_code, result.stdout) == (2, "")
    assert [told for _, told in WRONG.values() if told not in result.stderr] == []


def test_a_database_file_whose_folder_cannot_be_made_is_a_setting_to_mend(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CARRIER_DATABASE_URL", f"sqlite:///{tmp_path}/file/below/carrier.db")
    result = run("doctor")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "CARRIER_DATABASE_URL: its folder cannot be made: " in result.stderr


@pytest.mark.parametrize("command", ["work", "clients list", "operators list", "merchants list"])
def test_an_empty_database_is_to_be_upgraded_first(command: str) -> None:
    result = run(*command.split())
    assert result.exit_code == 1
    assert "run `carrier-backend upgrade`" in result.stderr


def test_upgrading_twice_is_harmless() -> None:
    assert [run("upgrade").exit_code, run("upgrade").exit_code] == [0, 0]


@pytest.mark.usefixtures("answer")
def test_the_doctor_names_what_is_wrong() -> None:
    result = run("doctor")
    assert result.exit_code == 1
    assert "ok   database " in result.stdout
    assert "ok   database file " in result.stdout
    assert "BAD  worker" in result.stdout
    assert "BAD  courier intigo" in result.stdout


def test_after_everything_was_sealed_anew_the_old_key_may_go(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [run("upgrade").exit_code, run("merchants", "import", MERCHANTS).exit_code] == [0, 0]
    following = new_key()
    monkeypatch.setenv("CARRIER_ENCRYPTION_KEYS", f"{following},{KEY}")
    assert [run("reseal").output.split()[0] for _ in range(2)] == ["3", "0"]
    monkeypatch.setenv("CARRIER_ENCRYPTION_KEYS", following)
    assert run("merchants", "list").exit_code == 0


def test_a_key_that_was_taken_out_too_early_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [run("upgrade").exit_code, run("merchants", "import", MERCHANTS).exit_code] == [0, 0]
    monkeypatch.setenv("CARRIER_ENCRYPTION_KEYS", new_key())
    result = run("reseal")
    assert result.exit_code == 1
    assert "merchants.sealed_merchant: 3" in result.stderr
