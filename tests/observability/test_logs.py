"""Log lines are JSON, one each, and hold nothing confidential."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from carrier_backend.observability import logs


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_json_with_its_time_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "info")
    structlog.get_logger("shop").info("called", who="courier", milliseconds=12)
    (line,) = lines(capsys)
    assert line["timestamp"].endswith("Z")
    assert {"event": "called", "who": "courier", "milliseconds": 12, "logger": "shop"}.items() <= line.items()


@pytest.mark.parametrize("name", ["phone", "client_secret", "body", "city", "barcode_of"])
def test_a_text_under_another_name_is_withheld(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "info")
    structlog.get_logger().info("booked", **{name: "+21622345678", "nested": {"email": "a@b.example"}})
    (line,) = lines(capsys)
    assert (line[name], line["nested"]) == (logs.WITHHELD, logs.WITHHELD)


def test_the_trace_id_stands_in_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "info")
    structlog.contextvars.bind_contextvars(trace_id="T1")
    structlog.get_logger().info("ours")
    logging.getLogger("a.library").info("theirs")
    assert [line["trace_id"] for line in lines(capsys)] == ["T1", "T1"]


def test_a_library_cannot_forge_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "info")
    logging.getLogger("a.library").info('x\n{"event": "forged"}')
    assert len(lines(capsys)) == 1


def fail_over(name: str) -> None:
    try:
        dict[str, str]()[name]
    except KeyError as error:
        raise OSError(28, f"{name} does not fit", f"/home/{name}") from error


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_an_error_is_told_by_where_it_was_and_its_kind_and_never_by_its_text(
    capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    logs.configure(log_format, "info")
    name = "Amira"
    for logger in (structlog.get_logger(), logging.getLogger("a.library")):
        try:
            fail_over(name)
        except OSError:
            logger.exception("failed")
        told = capsys.readouterr().err
        assert name not in told
        places = ("in fail_over", "dict[str, str]()[name]", "KeyError", "OSError 28")
        assert [told.find(place) for place in places] == sorted(told.index(place) for place in places)


def test_of_what_a_library_warns_about_only_its_own_words_and_numbers_are_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("json", "info")
    library = logging.getLogger("a.library")
    library.warning("Invalid request from ip=10.0.0.1: Invalid Header: 'Authorization: Bearer secret'")
    library.error("Exception on %s [%s]", "/booking/packages/Amira", "DELETE")
    library.error("Worker (pid:%s) exited with code %d", 7, 3)
    library.error("no number %d", "Amira")
    library.error("see http://elsewhere.invalid/?q=Amira")
    assert [line["event"] for line in lines(capsys)] == [
        "Invalid request from ip=10.0.0.1: Invalid Header: [withheld]",
        "Exception on [withheld] [[withheld]]",
        "Worker (pid:7) exited with code 3",
        "no number %d",
        "see [withheld]",
    ]


def test_what_is_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "warning")
    structlog.get_logger().info("ours")
    logging.getLogger("gunicorn.error").info("theirs")
    assert lines(capsys) == []


def test_people_can_have_lines_to_read(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("console", "info")
    structlog.get_logger().info("called", who="courier")
    assert "who=courier" in capsys.readouterr().err
