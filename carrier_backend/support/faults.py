"""A schema's nested messages as a flat list of faults, each naming its field by its whole path."""

from collections.abc import Iterator, Mapping

from carrier_backend.domain.errors import Fault


def flatten(messages: object, path: str = "") -> Iterator[Fault]:
    """Every message of a nest like `{"parcel": {"value": ["Not a valid number."]}, "windows": {0: [...]}}`.

    A number becomes `windows[0]`; `_schema` names the whole.
    """
    if isinstance(messages, Mapping):
        for step, inner in messages.items():
            yield from flatten(inner, _join(path, step))
    elif isinstance(messages, list | tuple):
        for inner in messages:
            yield from flatten(inner, path)
    else:
        yield Fault(str(messages), path)


def _join(path: str, step: object) -> str:
    if step == "_schema":
        return path
    if isinstance(step, int):
        return f"{path}[{step}]"
    return f"{path}.{step}" if path else str(step)
