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


def test_an_exception_is_told_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "info")
    structlog.get_logger().error("failed", exc_info=ValueError("why"))
    (line,) = lines(capsys)
    assert "ValueError: why" in line["exception"]


def test_what_is_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "warning")
    structlog.get_logger().info("ours")
    logging.getLogger("gunicorn.error").info("theirs")
    assert lines(capsys) == []


def test_people_can_have_lines_to_read(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("console", "info")
    structlog.get_logger().info("called", who="courier")
    assert "who=courier" in capsys.readouterr().err
