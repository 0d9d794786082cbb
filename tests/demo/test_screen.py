"""What the demo shows is aligned, and its bar is for people only."""

import sys
from collections.abc import Callable
from itertools import count

import pytest

from carrier_backend.demo.screen import Screen


def counting(step: float) -> Callable[[], float]:
    shares = count(0, step)
    return lambda: next(shares)


def test_rows_are_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen()
    screen.row("POST /booking", 200, "1097367")
    screen.note("1097368")
    first, second = capsys.readouterr().out.splitlines()
    assert first.index("1097367") == second.index("1097368")


def test_waiting_ends_with_success_once_all_is_there() -> None:
    assert Screen().wait("", counting(0.5), seconds=10)


def test_waiting_ends_without_success_in_the_end() -> None:
    assert not Screen().wait("", counting(0), seconds=0.1)


def test_nobody_looks_at_a_bar_in_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().wait("", counting(0.5), seconds=10)
    assert capsys.readouterr().err == ""


def test_people_see_a_bar_that_goes_away(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    Screen().wait("hearing", counting(0.5), seconds=10)
    shown = capsys.readouterr().err
    assert "████████████░░░░░░░░░░░░  hearing" in shown
    assert shown.endswith("\r\x1b[K")
