"""Settings are read whole, and refused with every fault by its variable's name, never its value."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from carrier_backend.settings import Mode, Settings, SettingsError
from tests.environment import KEY, ROOT, SECRET, set_good


@pytest.fixture(autouse=True)
def _good_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_good(monkeypatch, tmp_path)


def refused(monkeypatch: pytest.MonkeyPatch, **variables: str) -> dict[str, str]:
    """What is said of the settings with these variables changed, by variable."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        Settings.read()
    return {fault.field: fault.message for fault in error.value.faults}


def test_what_is_not_set_has_its_default() -> None:
    settings = Settings.read()
    assert settings.mode is Mode.PRODUCTION
    assert settings.database_url == "sqlite:///var/carrier.db"
    assert settings.booking_budget_seconds == 20
    assert (settings.unclaimed_minutes, settings.proxy_hops) == (30, 0)
    assert settings.poll_interval_seconds == 900
    assert list(settings.push_backoff_seconds) == [5, 30, 120, 600, 1800, 3600, 7200, 18000, 36000]
    assert settings.push_give_up_hours == 78
    assert settings.retention_days == 30
    assert (settings.log_format, settings.log_level) == ("json", "info")
    assert settings.ingrid.base_url == "https://api.ingrid.com"


def test_secrets_are_not_in_the_representation() -> None:
    assert SECRET not in repr(Settings.read())
    assert KEY not in repr(Settings.read())


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "hmac"
    file.write_text(f"{SECRET}-from-file\n")
    monkeypatch.delenv("INGRID_HMAC_SECRET")
    monkeypatch.setenv("INGRID_HMAC_SECRET_FILE", str(file))
    assert Settings.read().ingrid.hmac_secrets == (f"{SECRET}-from-file",)


def test_a_file_with_nothing_in_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").touch()
    faults = refused(monkeypatch, INTIGO_API_KEY="", INTIGO_API_KEY_FILE=str(tmp_path / "key"))
    assert faults == {"INTIGO_API_KEY": "nothing stands in the file that INTIGO_API_KEY_FILE names"}


def test_what_is_set_twice_is_not_chosen_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("a key from a file\n")
    faults = refused(monkeypatch, INTIGO_API_KEY="a key", INTIGO_API_KEY_FILE=str(file))
    assert faults["INTIGO_API_KEY"] == "is set beside INTIGO_API_KEY_FILE: take one of the two away"


def test_a_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = refused(monkeypatch, INTIGO_API_KEY_FILE="/nowhere/key")
    assert faults["INTIGO_API_KEY_FILE"] == "names no readable file"


def test_all_faults_come_together_without_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INGRID_CARRIER")
    monkeypatch.delenv("INTIGO_API_KEY")
    wrong = {
        "CARRIER_ENV": "wrong-value",
        "CARRIER_DATABASE_URL": "mysql://user:wrong-value@host/db",
        "CARRIER_TOKEN_KEYS": "wrong-value",
        "CARRIER_ENCRYPTION_KEYS": "wrong-value",
        "CARRIER_PRODUCTS_FILE": "missing.toml",
        "CARRIER_COURIERS": "intigo,wrong-value",
        "CARRIER_BOOKING_BUDGET_SECONDS": "0",
        "CARRIER_QUIET_WINDOW_SECONDS": "nan",
        "CARRIER_UNCLAIMED_MINUTES": "wrong-value",
        "CARRIER_PROXY_HOPS": "-1",
        "CARRIER_POLL_INTERVAL_SECONDS": "0",
        "CARRIER_PUSH_BACKOFF_SECONDS": "5,,30",
        "CARRIER_PUSH_GIVE_UP_HOURS": "wrong-value",
        "CARRIER_RETENTION_DAYS": "0",
        "CARRIER_LOG_FORMAT": "wrong-value",
        "CARRIER_LOG_LEVEL": "wrong-value",
        "INGRID_BASE_URL": "wrong-value",
    }
    faults = refused(monkeypatch, **wrong)
    assert faults.keys() == {*wrong, "INGRID_CARRIER", "INTIGO_API_KEY"}
    assert "wrong-value" not in str(faults)


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = refused(monkeypatch, CARRIER_RETENTION_DAYS="", INGRID_HMAC_SECRET="")
    assert faults == {"INGRID_HMAC_SECRET": "Environment variable not set."}


@pytest.mark.parametrize("name", ["CARRIER_TOKEN_KEYS", "INGRID_HMAC_SECRET", "INTIGO_WEBHOOK_TOKEN"])
def test_production_refuses_short_secrets(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert refused(monkeypatch, **{name: "kid:short"}) == {name: "is shorter than 32 bytes"}


@pytest.mark.parametrize("name", ["CARRIER_TOKEN_KEYS", "INGRID_HMAC_SECRET", "INTIGO_WEBHOOK_TOKEN"])
@pytest.mark.parametrize("weak", ["a" * 40, "password" * 5])
def test_production_refuses_secrets_that_repeat_themselves(
    monkeypatch: pytest.MonkeyPatch, name: str, weak: str
) -> None:
    kid = "kid:" if name == "CARRIER_TOKEN_KEYS" else ""
    assert refused(monkeypatch, **{name: kid + weak}) == {name: "has fewer than 8 different characters"}


def test_production_refuses_a_key_of_zeros(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = refused(monkeypatch, CARRIER_ENCRYPTION_KEYS="A" * 43 + "=")
    assert faults == {"CARRIER_ENCRYPTION_KEYS": "has fewer than 8 different characters"}


def test_production_refuses_one_secret_for_two_purposes(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = refused(monkeypatch, INTIGO_WEBHOOK_TOKEN=f"{SECRET}-for-intigo-too,{SECRET}")
    assert faults == {"INGRID_HMAC_SECRET": "holds what INTIGO_WEBHOOK_TOKEN holds: one secret, one purpose"}


def test_ingrids_next_secret_may_be_the_present_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INGRID_HMAC_SECRET_NEXT", SECRET)
    assert Settings.read().ingrid.hmac_secrets


def test_production_wants_a_token_for_each_webhook(monkeypatch: pytest.MonkeyPatch) -> None:
    fault = {"INTIGO_WEBHOOK_TOKEN": "is required in production: a secret for this alone"}
    assert refused(monkeypatch, INTIGO_WEBHOOK_TOKEN="") == fault
    monkeypatch.delenv("INTIGO_WEBHOOK_TOKEN")
    assert refused(monkeypatch) == fault
    monkeypatch.setenv("CARRIER_ENV", "development")
    Settings.read()


def test_one_short_key_among_long_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = f"new:{SECRET}-for-tokens,old:short"
    assert refused(monkeypatch, CARRIER_TOKEN_KEYS=keys).keys() == {"CARRIER_TOKEN_KEYS"}


def test_production_refuses_every_secret_of_the_example(monkeypatch: pytest.MonkeyPatch) -> None:
    example = dict(re.findall(r"^(\w+)=(.+)$", (ROOT / "config/example.env").read_text(), re.MULTILINE))
    secrets = {name for name in example if re.search("KEY|SECRET|TOKEN", name)}
    faults = refused(monkeypatch, **example)
    assert faults == dict.fromkeys(secrets, "is the example's: put one of your own there")


@pytest.mark.parametrize("point", ["after:intigo/create", "before:services.book.Book._intend#2"])
def test_a_crash_point_is_for_development_alone(monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    assert refused(monkeypatch, CARRIER_CRASH_AT=point) == {"CARRIER_CRASH_AT": "is refused in production"}
    monkeypatch.setenv("CARRIER_ENV", "development")
    assert Settings.read().crash_at == point


@pytest.mark.parametrize("point", ["intigo/create", "during:intigo/create", "after:", "after:intigo/create#0"])
def test_a_crash_point_that_there_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    assert refused(monkeypatch, CARRIER_ENV="development", CARRIER_CRASH_AT=point).keys() == {"CARRIER_CRASH_AT"}


def test_the_example_names_every_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "config/example.env").read_text()
    defaults = dict(re.findall(r"^#(\w+)=(.+)$", text, re.MULTILINE))
    monkeypatch.chdir(ROOT)
    before = Settings.read()
    for name, value in defaults.items():
        monkeypatch.setenv(name, value)
    after = Settings.read()
    assert replace(after, products=before.products) == before


@pytest.mark.parametrize(
    "address",
    [
        "http://api.ingrid.com",
        "http://169.254.169.254",
        "https://169.254.169.254/latest",
        "https://[::1]",
        "https://2130706433",
        "https://0x7f.1",
        "https://localhost",
        "https://user:password@api.ingrid.com",
        "https://api.ingrid.com:port",
        "https://api.ingrid.com?x=1",
        "file:///etc/passwd",
        "api.ingrid.com",
    ],
)
@pytest.mark.parametrize("name", ["INGRID_BASE_URL", "INTIGO_BASE_URL"])
def test_production_calls_named_hosts_by_https_alone(monkeypatch: pytest.MonkeyPatch, name: str, address: str) -> None:
    assert refused(monkeypatch, **{name: address}) == {name: "must be https://, a host's name, and a path at most"}


def test_another_host_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INGRID_BASE_URL", "https://api-stage.ingrid.com:8443/x")
    assert Settings.read().ingrid.base_url == "https://api-stage.ingrid.com:8443/x"


def test_development_takes_plain_addresses_and_short_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARRIER_ENV", "development")
    monkeypatch.setenv("INTIGO_BASE_URL", "http://127.0.0.1:9000/intigo")
    monkeypatch.setenv("INGRID_HMAC_SECRET", "short")
    assert Settings.read().ingrid.hmac_secrets == ("short",)


def test_development_makes_missing_keys_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARRIER_ENV", "development")
    monkeypatch.delenv("CARRIER_TOKEN_KEYS")
    monkeypatch.delenv("CARRIER_ENCRYPTION_KEYS")
    first, second = Settings.read(), Settings.read()
    assert (first.token_keys, first.encryption_keys) == (second.token_keys, second.encryption_keys)
    assert {oct(file.stat().st_mode)[-3:] for file in Path("var/development-keys").iterdir()} == {"600"}


def test_production_makes_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CARRIER_TOKEN_KEYS")
    assert refused(monkeypatch) == {"CARRIER_TOKEN_KEYS": "Environment variable not set."}
    assert not Path("var").exists()


def test_the_first_of_several_keys_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARRIER_TOKEN_KEYS", f"new:{SECRET}1, old:{SECRET}2")
    assert list(Settings.read().token_keys.items()) == [("new", f"{SECRET}1"), ("old", f"{SECRET}2")]


@pytest.mark.parametrize("keys", ["secret", ":secret", "kid:", "a b:secret", "a:x,a:y", "a:x,"])
def test_token_keys_have_distinct_ids(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    assert "CARRIER_TOKEN_KEYS" in refused(monkeypatch, CARRIER_TOKEN_KEYS=keys)


def test_a_second_signing_secret_stands_beside_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INGRID_HMAC_SECRET_NEXT", f"{SECRET}-next")
    assert Settings.read().ingrid.hmac_secrets == (SECRET, f"{SECRET}-next")


def test_a_courier_may_have_a_quiet_window_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARRIER_QUIET_WINDOW_SECONDS", "60")
    assert set(Settings.read().quiet_windows.values()) == {timedelta(seconds=60)}
    monkeypatch.setenv("INTIGO_QUIET_WINDOW_SECONDS", "1.5")
    assert Settings.read().quiet_windows["intigo"] == timedelta(seconds=1.5)


def test_a_product_of_a_courier_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    products = tmp_path / "products.toml"
    products.write_text((ROOT / "config/products.toml").read_text().replace('"intigo" ', '"intego" '))
    assert refused(monkeypatch, CARRIER_PRODUCTS_FILE=str(products)) == {
        "CARRIER_PRODUCTS_FILE": "product intigo-home.courier: Unknown."
    }


def test_the_faults_of_the_products_file_are_listed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    products = tmp_path / "products.toml"
    products.write_text("[[product]]\nshipping_method = 'x'\nprize = 1\n")
    monkeypatch.setenv("CARRIER_PRODUCTS_FILE", str(products))
    with pytest.raises(SettingsError, match=r"CARRIER_PRODUCTS_FILE: product x\.prize: Unknown field\."):
        Settings.read()
