"""The couriers, one folder each; nothing here knows any of them by name."""

import pkgutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from importlib import import_module
from typing import Any, Protocol, cast

from environs import Env

from carrier_backend.ports import Accounts, Clock, Courier, Snapshots
from carrier_backend.support.http import Http


class SettingsReader(Protocol):
    """A courier's `Settings`: what it needs from the environment."""

    def read(self, env: Env) -> Any:
        """The settings, from an environment that already bears the courier's prefix."""


class Build(Protocol):
    """A courier's `build`: the courier itself, from its settings and what it works with."""

    def __call__(
        self,
        settings: Any,
        *,
        http: Http,
        clock: Clock,
        accounts: Accounts,
        snapshots: Snapshots,
        quiet_window: timedelta,
    ) -> Courier: ...


class Hosts(Protocol):
    """A courier's `hosts`: where accounts with it may be; a name that begins with a dot stands for all below it."""

    def __call__(self, settings: Any) -> Collection[str]: ...


class FaultsInOptions(Protocol):
    """A courier's `faults_in_options`: what is wrong with a product's `[product.options]`."""

    def __call__(self, options: Mapping[str, object]) -> Sequence[str]: ...


class CourierModule(Protocol):
    """What every `couriers/<name>/courier.py` offers."""

    Settings: SettingsReader
    build: Build
    hosts: Hosts
    faults_in_options: FaultsInOptions


def present() -> list[str]:
    """Every courier folder that is there."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)


def load(names: Iterable[str]) -> dict[str, CourierModule]:
    """The couriers of these names; raises ModuleNotFoundError for one that has no folder."""
    return {name: cast(CourierModule, import_module(f"{__name__}.{name}.courier")) for name in names}
