"""Reading variables, from the environment or from files it names, and judging those that safety hangs on."""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from environs import EnvValidationError, FileAwareEnv

from carrier_backend.domain.errors import Fault
from carrier_backend.support.destinations import is_base
from carrier_backend.support.faults import flatten

SHORTEST_SECRET_BYTES = 32
FEWEST_DIFFERENT_CHARACTERS = 8

# How every secret of config/example.env begins, as text and as Fernet keys are written; and those of the simulator.
_EXAMPLES = ("example-", "ZXhhbXBsZS", "simulated-")
_SECRET = re.compile(r"_(KEYS?|SECRET|SECRET_NEXT|TOKEN)\Z")
# Secrets that a counterpart hands out: how long they are is theirs to say.
_HANDED_OUT = re.compile(r"_(API_KEY|API_TOKEN|CLIENT_SECRET)\Z")
# What callers bear, to be let in by us.
_BORNE = re.compile(r"_WEBHOOK_(TOKEN|SECRET)\Z")
_LISTED = re.compile(r"_(KEYS|WEBHOOK_TOKEN|WEBHOOK_SECRET)\Z")
# What the library says of a variable without a default.
_UNSET = "Environment variable not set."
_WITH_KEY_IDS = ("CARRIER_TOKEN_KEYS",)


class Environment(FileAwareEnv):
    """Remembers every variable that was read, as text, and collects what is wrong instead of raising it.

    An empty variable counts as one that is not set.
    """

    def __init__(self) -> None:
        super().__init__(eager=False, strip_whitespace=True)
        self.texts: dict[str, str] = {}
        self.unset: list[str] = []
        self.found: list[Fault] = []

    def _get_value(self, env_key: str, default: Any) -> Any:
        if os.environ.get(env_key) and os.environ.get(f"{env_key}{self.file_suffix}"):
            self.found.append(Fault(f"is set beside {env_key}{self.file_suffix}: take one of the two away", env_key))
        try:
            value = super()._get_value(env_key, default)
        except ValueError:  # raised by the library for a file that is not there, or not text
            self.found.append(Fault("names no readable file", f"{env_key}{self.file_suffix}"))
            return default
        if value in ("", default):
            self.unset.append(env_key)
            return default
        self.texts[env_key] = value.strip()
        return value

    def faults(self) -> list[Fault]:
        """Everything wrong with what was read; nothing can be read afterwards."""
        try:
            self.seal()
        except EnvValidationError as error:
            return [*self.found, *map(self._as_it_was_given, flatten(error.error_messages))]
        return self.found

    def _as_it_was_given(self, fault: Fault) -> Fault:
        """Of a variable that is given by its file, that the file is empty: it is not unset for whoever set it."""
        given = f"{fault.field}{self.file_suffix}"
        if fault.message != _UNSET or not os.environ.get(given):
            return fault
        return Fault(f"nothing stands in the file that {given} names", fault.field)


def is_secret(name: str) -> bool:
    """Whether a variable of that name holds what nobody else may know."""
    return _SECRET.search(name) is not None or name == "CARRIER_DATABASE_URL"


def faults_in_secrets(texts: Mapping[str, str]) -> Iterator[Fault]:
    """Secrets that are weak, printed in config/example.env for all to see, or used for two purposes."""
    named = {name: _secrets(name, text) for name, text in texts.items() if _SECRET.search(name)}
    for name, secrets in named.items():
        if any(secret.startswith(_EXAMPLES) for secret in secrets):
            yield Fault("is the example's: put one of your own there", name)
        elif not _HANDED_OUT.search(name) and (weak := next(filter(None, map(weakness, secrets)), None)):
            yield Fault(weak, name)
        elif other := _other_purpose(name, secrets, named):
            yield Fault(f"holds what {other} holds: one secret, one purpose", name)


def faults_in_what_is_unset(names: Iterable[str], found: Collection[Fault]) -> list[Fault]:
    """Webhooks without a secret of their own: what stands in for it, such as our key with the courier, opens more."""
    told = {fault.field for fault in found}
    lacking = [name for name in names if _BORNE.search(name) and name not in told]
    return [Fault("is required in production: a secret for this alone", name) for name in lacking]


def _secrets(name: str, text: str) -> list[str]:
    parts = re.split(r"[,\s]+", text) if _LISTED.search(name) else [text]
    return [part.partition(":")[2] if name in _WITH_KEY_IDS else part for part in parts]


def weakness(secret: str) -> str | None:
    """Why a secret that only we and a counterpart share is too weak for production, if it is."""
    if len(secret.encode()) < SHORTEST_SECRET_BYTES:
        return f"is shorter than {SHORTEST_SECRET_BYTES} bytes"
    if len(set(secret)) < FEWEST_DIFFERENT_CHARACTERS:
        return f"has fewer than {FEWEST_DIFFERENT_CHARACTERS} different characters"
    return None


def _other_purpose(name: str, secrets: Collection[str], named: Mapping[str, Collection[str]]) -> str | None:
    """An earlier variable with one of these secrets; while Ingrid's changes, the next one may be the present one."""
    for other in named:
        if other == name:
            return None
        if other.removesuffix("_NEXT") != name.removesuffix("_NEXT") and set(secrets) & set(named[other]):
            return other
    return None


def faults_in_addresses(texts: Mapping[str, str], *, is_strict: bool) -> Iterator[Fault]:
    """Base URLs that are none; where strict, also those that are not https to a host with a public name."""
    for name, text in texts.items():
        if name.endswith("_BASE_URL") and not is_base(text, is_strict=is_strict):
            kind = "https://, a host's name" if is_strict else "http:// or https://, a host"
            yield Fault(f"must be {kind}, and a path at most", name)
