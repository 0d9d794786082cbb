"""Checks of single settings; each raises ValidationError, in words that do not repeat the value."""

import re

from cryptography.fernet import Fernet
from environs import ValidationError, validate

from carrier_backend.support import crash_points


def split(text: str | None) -> tuple[str, ...]:
    """The parts of what is separated by commas; none of nothing."""
    return tuple(part.strip() for part in text.split(",")) if text else ()


def between(least: float, most: float) -> validate.Range:
    """Refuses numbers outside these two."""
    return validate.Range(min=least, max=most)


def is_database(url: str) -> None:
    """Refuses other databases, and other drivers."""
    if not re.match(r"sqlite:///.|postgresql\+psycopg://.", url):
        raise ValidationError("Must begin with sqlite:/// or postgresql+psycopg://.")


def are_hosts(text: str) -> None:
    """Refuses anything but names of hosts, or of all below one: `a.example,.b.example`."""
    if not all(re.fullmatch(r"\.?([A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9-]*", host) for host in split(text)):
        raise ValidationError("Must be names of hosts, separated by commas; a dot before one means all below it.")


def is_crash_point(text: str) -> None:
    """Refuses what could name no crash point."""
    if text and not crash_points.PATTERN.fullmatch(text):
        raise ValidationError("Must be before: or after: and the name of a step, with #2 for the second time.")


def are_token_keys(text: str) -> None:
    """Refuses anything but `kid:secret,kid:secret`."""
    keys = [re.fullmatch(r"([A-Za-z0-9._-]{1,64}):(.+)", key) for key in split(text)]
    kids = [key[1] for key in keys if key]
    if len(set(kids)) < len(keys):
        raise ValidationError("Must be kid:secret, separated by commas, each kid once.")


def are_encryption_keys(text: str) -> None:
    """Refuses keys that Fernet could not use."""
    for key in split(text):
        try:
            Fernet(key)
        except ValueError:
            raise ValidationError("Must be Fernet keys, separated by commas.") from None


def are_seconds(text: str) -> None:
    """Refuses anything but `5,30.5`."""
    if not all(re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,3})?", seconds) for seconds in split(text)):
        raise ValidationError("Must be numbers of seconds, separated by commas.")
