"""What is written of errors: where each came from and of what kind, without its text, which may name anybody."""

import traceback
from collections.abc import Iterator
from types import TracebackType

# How libraries and the system number what went wrong: told with the kind, for that alone says little.
_CODES = ("errno", "sqlite_errorname", "sqlstate")

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def told(exc_info: ExcInfo) -> str:
    """An error and all that led to it, the first one first; lines of the source stand in it, values do not."""
    return "\nand so:\n".join(map(_one, reversed(list(_chain(exc_info[1])))))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        yield error
        seen.add(id(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _one(error: BaseException) -> str:
    kind = type(error)
    codes = [str(code) for name in _CODES if (code := getattr(error, name, None)) is not None]
    named = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
    return "".join([*traceback.format_tb(error.__traceback__), " ".join([named, *codes])])
