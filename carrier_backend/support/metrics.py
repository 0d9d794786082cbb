"""Figures for Prometheus: kept in memory, or in a folder that the processes of one host share."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry, Histogram, generate_latest, values
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from carrier_backend.domain.figures import Figure

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""What prometheus_client itself looks for."""

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30)


def share(folder: Path, identify: Callable[[], str]) -> None:
    """Count in a folder from now on; a process that identifies itself as an earlier one goes on from its figures.

    To be called before any Metrics is made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    os.environ[FOLDER_VARIABLE] = str(folder)
    values.ValueClass = values.MultiProcessValue(identify)  # type: ignore[no-untyped-call]  # it has no annotations


def fault_in_folder(name: str) -> str | None:
    """Why nothing could be counted in a folder, which may yet have to be made."""
    folders = (Path(name), *Path(name).resolve().parents)
    nearest = next(folder for folder in folders if os.access(folder, os.F_OK))
    is_well = nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
    return None if is_well else f"this user cannot write in {nearest}"


class Metrics:
    """How many requests came in, how they were answered, and how long that took."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            "carrier_request_seconds",
            "Requests answered.",
            ("method", "route", "status"),
            buckets=_SECONDS,
            registry=self._registry,
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request; `route` is its template, never the path itself."""
        self._requests.labels(method, route, str(status)).observe(seconds)

    def exposition(self, told: Sequence[Figure] = ()) -> bytes:
        """All that was counted, in Prometheus' text format, and after it what else is told; no name is in both."""
        return generate_latest(self._everything()) + generate_latest(_Told(told))

    def _everything(self) -> CollectorRegistry:
        folder = os.environ.get(FOLDER_VARIABLE)
        if folder is None:
            return self._registry
        shared = CollectorRegistry()
        MultiProcessCollector(shared, folder)  # type: ignore[no-untyped-call]  # it has no annotations
        return shared


class _Told:
    """What prometheus_client writes out in place of a registry; figures of one name have labels of the same names."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
        for figure in self._figures:
            kind = CounterMetricFamily if figure.is_total else GaugeMetricFamily
            family = kind(figure.name, figure.meaning, labels=list(figure.labels))
            families.setdefault(figure.name, family).add_metric(list(figure.labels.values()), figure.value)
        yield from families.values()
