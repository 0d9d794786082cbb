"""Figures are counted alone, or together by the processes that share a folder."""

import subprocess
import sys
from pathlib import Path

from carrier_backend.domain.figures import Figure
from carrier_backend.support.metrics import Metrics

WINDOWS = (("minute", 50.0), ("hour", 1500.0))

COUNT_ONE = """
import sys
from pathlib import Path
from carrier_backend.support import metrics

metrics.share(Path(sys.argv[1]), lambda: sys.argv[2])
figures = metrics.Metrics()
figures.answered("GET", "/healthz", 200, 0.001)
print(figures.exposition().decode())
"""


def count_one(folder: Path, identity: str) -> str:
    """Count one request in a process of its own, which then says what all have counted."""
    command = [sys.executable, "-c", COUNT_ONE, str(folder), identity]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def test_a_request_is_counted() -> None:
    metrics = Metrics()
    metrics.answered("GET", "/healthz", 200, 0.007)
    assert (
        'carrier_request_seconds_bucket{le="0.01",method="GET",route="/healthz",status="200"} 1.0'
        in metrics.exposition().decode()
    )


def test_gauges_of_one_name_are_told_apart_by_their_labels() -> None:
    gauges = [Figure("calls_left", "Calls left.", left, {"courier": "x", "window": name}) for name, left in WINDOWS]
    told = Metrics().exposition(gauges).decode()
    assert told.count("# HELP calls_left Calls left.") == 1
    assert 'calls_left{courier="x",window="minute"} 50.0\ncalls_left{courier="x",window="hour"} 1500.0' in told


def test_processes_count_together(tmp_path: Path) -> None:
    count_one(tmp_path, "web-0")
    told = count_one(tmp_path, "web-1")
    assert 'carrier_request_seconds_count{method="GET",route="/healthz",status="200"} 2.0' in told


def test_a_successor_goes_on_from_the_figures_of_the_dead(tmp_path: Path) -> None:
    count_one(tmp_path / "made", "web-0")
    told = count_one(tmp_path / "made", "web-0")
    assert 'carrier_request_seconds_count{method="GET",route="/healthz",status="200"} 2.0' in told
    assert len(list((tmp_path / "made").iterdir())) == 1
