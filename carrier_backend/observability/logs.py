"""Log lines: JSON, or for people to read; the libraries' as well as ours, and nothing confidential in any."""

import logging.config
import re
import sys
from collections.abc import Mapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from carrier_backend.observability import tracebacks

# A text is written only under a name that stands here; numbers and booleans always are.
WRITTEN = frozenset(
    {
        *("event", "level", "logger", "timestamp", "exc_info"),
        *("trace_id", "who", "operation", "verdict", "reason", "error", "method", "route"),
        *("loop", "chore", "courier", "code", "shipment", "reference", "end", "outcome", "destination"),
    }
)
WITHHELD = "[withheld]"

_QUOTED = re.compile(r"(['\"]).*\1|\bhttps?://\S+", re.DOTALL)

_QUIET_LIBRARIES = ("alembic", "werkzeug")


def configure(log_format: str, level: str) -> None:
    """Set logging up for this process; `log_format` is `json` or `console`."""
    logging.config.dictConfig(stdlib_config(log_format, level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_COMMON,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def stdlib_config(log_format: str, level: str) -> dict[str, Any]:
    """The same as a dictionary for the standard library, which gunicorn takes too."""
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(log_format)],
        "foreign_pre_chain": [spare, *_COMMON],
        "use_get_message": False,  # but by `spare`
        "pass_foreign_args": True,
    }
    handler = {"()": ToStandardError, "formatter": "ours"}
    own_voice: Mapping[str, Any] = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"ours": formatter},
        "handlers": {"ours": handler},
        "root": {"level": level.upper(), "handlers": ["ours"]},
        "loggers": {
            "gunicorn.error": {**own_voice, "level": level.upper()},
            "gunicorn.access": {**own_voice, "level": "WARNING"},
            **{name: {**own_voice, "level": "WARNING"} for name in _QUIET_LIBRARIES},
        },
    }


class ToStandardError(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is at that moment."""

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _: TextIO) -> None:
        pass


def withhold(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Keep secrets and personal data out of a line: what stands under a name that is not in WRITTEN is withheld."""
    return {name: value if _may_be_written(name, value) else WITHHELD for name, value in line.items()}


def spare(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Where a library warns, of a request mostly, write its own words alone: no address, and nothing that it quotes."""
    record: logging.LogRecord = line["_record"]
    args = line.pop("positional_args")
    if record.levelno < logging.WARNING or record.name.startswith("carrier_backend."):
        return {**line, "event": _filled_in(line["event"], args)}
    numbers = (
        tuple(arg if isinstance(arg, int | float) else WITHHELD for arg in args) if isinstance(args, tuple) else ()
    )
    return {**line, "event": _QUOTED.sub(WITHHELD, _filled_in(line["event"], numbers))}


def _filled_in(words: str, args: Any) -> str:
    try:
        return words % args if args else words
    except (TypeError, ValueError, KeyError):  # such as a text where it wants a number to be
        return words


def _may_be_written(name: str, value: object) -> bool:
    return name in WRITTEN or name.startswith("_") or value is None or isinstance(value, bool | int | float)


def _rendering(log_format: str) -> list[Processor]:
    if log_format == "console":
        return [_OF_ERRORS, structlog.dev.ConsoleRenderer(colors=False)]
    return [_OF_ERRORS, structlog.processors.JSONRenderer(ensure_ascii=False)]


_OF_ERRORS = structlog.processors.ExceptionRenderer(tracebacks.told)


_COMMON: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    withhold,
]
