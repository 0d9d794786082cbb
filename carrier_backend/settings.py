"""Every setting of contract section 2: read once, at boot, and refused with every fault listed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from environs import ValidationError, validate

from carrier_backend import couriers, development_keys
from carrier_backend.checks import (
    are_encryption_keys,
    are_hosts,
    are_seconds,
    are_token_keys,
    between,
    is_crash_point,
    is_database,
    split,
)
from carrier_backend.config_files import read_products
from carrier_backend.domain.access import new_secret
from carrier_backend.domain.errors import Fault, Malformed
from carrier_backend.domain.products import Catalogue
from carrier_backend.environment import (
    Environment,
    faults_in_addresses,
    faults_in_secrets,
    faults_in_what_is_unset,
)
from carrier_backend.support import sealing

LOG_FORMATS = ("json", "console")
LOG_LEVELS = ("debug", "info", "warning", "error")
PUSH_BACKOFF_SECONDS = "5,30,120,600,1800,3600,7200,18000,36000"


class SettingsError(Exception):
    """What is wrong with the settings: all of it, by the variables' names and never by their values."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


class Mode(StrEnum):
    """Where this runs; development is for one machine and pretended counterparts."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"


@dataclass(frozen=True, slots=True)
class IngridSettings:
    """Where status updates go, and what signs them: the present secret, then the next while it rotates.

    Without an `api_token`, her notifications cannot be asked for.
    """

    base_url: str
    carrier: str
    hmac_secrets: tuple[str, ...] = field(repr=False)
    api_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """All that was configured.

    `token_keys` are secrets by key id, the first signs; of `encryption_keys` the first encrypts; `couriers`
    holds the own settings of each courier that is enabled.
    """

    mode: Mode
    database_url: str = field(repr=False)
    token_keys: Mapping[str, str] = field(repr=False)
    encryption_keys: tuple[str, ...] = field(repr=False)
    products: Catalogue
    couriers: Mapping[str, object] = field(repr=False)
    quiet_windows: Mapping[str, timedelta]
    ingrid: IngridSettings
    booking_budget_seconds: float
    unclaimed_minutes: int
    proxy_hops: int
    poll_interval_seconds: int
    push_backoff_seconds: tuple[float, ...]
    push_give_up_hours: float
    retention_days: int
    log_format: str
    log_level: str
    web_threads: int = 128
    known_hosts: tuple[str, ...] = ()
    crash_at: str = ""

    @property
    def database_file(self) -> Path | None:
        """Where SQLite keeps everything; None with another database."""
        scheme, _, path = self.database_url.partition(":///")
        return Path(path) if scheme == "sqlite" else None

    @classmethod
    def read(cls) -> "Settings":
        """The settings in the environment; raises SettingsError."""
        env = Environment()
        settings = _read(env)
        is_production = settings.mode is not Mode.DEVELOPMENT
        faults = [*env.faults(), *faults_in_addresses(env.texts, is_strict=is_production)]
        if is_production:
            faults += [*faults_in_secrets(env.texts), *faults_in_what_is_unset(env.unset, faults)]
        if is_production and settings.crash_at:
            faults.append(Fault("is refused in production", "CARRIER_CRASH_AT"))
        if faults:
            raise SettingsError(faults)
        return settings


def _read(env: Environment) -> Settings:
    """Read every variable; one that cannot be used leaves a hole here and a fault in the environment."""
    mode = env.enum("CARRIER_ENV", Mode.PRODUCTION, enum=Mode, by_value=True)
    names = _names_of_couriers(env)
    return Settings(
        mode=mode,
        database_url=env.str("CARRIER_DATABASE_URL", "sqlite:///var/carrier.db", validate=is_database),
        token_keys=_token_keys(env, mode),
        encryption_keys=_encryption_keys(env, mode),
        products=_products(env, names),
        couriers=_couriers(env, names),
        quiet_windows=_quiet_windows(env, names),
        ingrid=_ingrid(env),
        booking_budget_seconds=env.float("CARRIER_BOOKING_BUDGET_SECONDS", 20.0, validate=between(1, 300)),
        unclaimed_minutes=env.int("CARRIER_UNCLAIMED_MINUTES", 30, validate=between(1, 10_080)),
        proxy_hops=env.int("CARRIER_PROXY_HOPS", 0, validate=between(0, 10)),
        poll_interval_seconds=env.int("CARRIER_POLL_INTERVAL_SECONDS", 900, validate=between(1, 86_400)),
        push_backoff_seconds=_push_backoff_seconds(env),
        push_give_up_hours=env.float("CARRIER_PUSH_GIVE_UP_HOURS", 78.0, validate=between(0, 8_760)),
        retention_days=env.int("CARRIER_RETENTION_DAYS", 30, validate=between(1, 3_650)),
        log_format=env.str("CARRIER_LOG_FORMAT", "json", validate=validate.OneOf(LOG_FORMATS)),
        log_level=env.str("CARRIER_LOG_LEVEL", "info", validate=validate.OneOf(LOG_LEVELS)),
        web_threads=env.int("CARRIER_WEB_THREADS", 128, validate=between(1, 9999)),
        known_hosts=split(env.str("CARRIER_KNOWN_HOSTS", "", validate=are_hosts)),
        crash_at=env.str("CARRIER_CRASH_AT", "", validate=is_crash_point),
    )


def _names_of_couriers(env: Environment) -> tuple[str, ...]:
    present = couriers.present()

    def are_present(text: str) -> None:
        if not set(split(text)) <= set(present):
            raise ValidationError(f"Must be among {', '.join(present)}.")

    return split(env.str("CARRIER_COURIERS", "", validate=are_present)) or tuple(present)


def _couriers(env: Environment, names: Iterable[str]) -> Mapping[str, object]:
    read: dict[str, object] = {}
    for name, module in couriers.load(names).items():
        with env.prefixed(f"{name.upper()}_"):
            read[name] = module.Settings.read(env)
    return read


def _quiet_windows(env: Environment, names: Iterable[str]) -> Mapping[str, timedelta]:
    limits = between(0, 86_400)
    general = env.float("CARRIER_QUIET_WINDOW_SECONDS", 120.0, validate=limits)
    windows: dict[str, timedelta] = {}
    for name in names:
        seconds = env.float(f"{name.upper()}_QUIET_WINDOW_SECONDS", general, validate=limits)
        windows[name] = timedelta(seconds=seconds or 0)
    return windows


def _products(env: Environment, names: Iterable[str]) -> Catalogue:
    """What the enabled couriers can carry; a product of a courier that is not even there is a fault."""
    variable = "CARRIER_PRODUCTS_FILE"
    try:
        products = read_products(env.path(variable, Path("config/products.toml")))
    except Malformed as error:
        env.found.extend(Fault(str(fault), variable) for fault in error.faults)
        return Catalogue(())
    for product in products:
        if product.courier not in couriers.present():
            env.found.append(Fault(f"product {product.shipping_method}.courier: Unknown.", variable))
    sold = [product for product in products if product.courier in names]
    for product in sold:
        for fault in couriers.load([product.courier])[product.courier].faults_in_options(product.options):
            env.found.append(Fault(f"product {product.shipping_method}.options: {fault}", variable))
    return Catalogue(sold)


def _ingrid(env: Environment) -> IngridSettings:
    present = env.str("INGRID_HMAC_SECRET")
    following = env.str("INGRID_HMAC_SECRET_NEXT", "")
    return IngridSettings(
        base_url=env.str("INGRID_BASE_URL", "https://api.ingrid.com"),
        carrier=env.str("INGRID_CARRIER", validate=validate.Regexp(r"[A-Za-z0-9._-]+\Z")),
        hmac_secrets=(present, following) if following else (present,),
        api_token=env.str("INGRID_API_TOKEN", "", validate=validate.Regexp(r"[\x21-\x7e]*\Z")),
    )


def _token_keys(env: Environment, mode: Mode) -> Mapping[str, str]:
    written = _own_keys(env, mode, "CARRIER_TOKEN_KEYS", are_token_keys, lambda: f"1:{new_secret()}")
    return {kid: secret for kid, _, secret in (key.partition(":") for key in written)}


def _encryption_keys(env: Environment, mode: Mode) -> tuple[str, ...]:
    return _own_keys(env, mode, "CARRIER_ENCRYPTION_KEYS", are_encryption_keys, sealing.new_key)


def _own_keys(
    env: Environment, mode: Mode, name: str, check: Callable[[str], None], generate: Callable[[], str]
) -> tuple[str, ...]:
    """Keys that only we use: in development, some are made where none are set."""
    if mode is Mode.DEVELOPMENT:
        return split(env.str(name, "", validate=check) or development_keys.kept(name, generate))
    return split(env.str(name, validate=check))


def _push_backoff_seconds(env: Environment) -> tuple[float, ...]:
    text = env.str("CARRIER_PUSH_BACKOFF_SECONDS", PUSH_BACKOFF_SECONDS, validate=are_seconds)
    return tuple(float(seconds) for seconds in split(text))
