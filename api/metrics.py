"""What Prometheus can scrape. The launcher gives all API processes one folder, so that any of them answers for all."""

import os
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from jobs.errors import BrokerUnavailable
from storage.job_store import JobStore

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


def forget_dead_processes(folder: Path) -> None:
    """Take what counts the living (`livesum`) of those processes out of `folder` that are gone."""
    for pid in {int(file.stem.rpartition("_")[2]) for file in folder.glob("gauge_live*_*.db")}:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
        except PermissionError:
            pass  # somebody else's by now; it counts until the API is started anew


class Metrics:
    """The API's own numbers, and those read from the job store at each scrape."""

    def __init__(self, jobs: JobStore) -> None:
        self._jobs = jobs
        self._own = CollectorRegistry()
        self.submitted = Counter("noria_jobs_submitted", "Jobs taken in, by kind.", ["kind"], registry=self._own)
        self.replayed = Counter("noria_submits_replayed", "Submits answered with an earlier job, by kind.", ["kind"],
                                registry=self._own)
        self.request_seconds = Histogram(
            "noria_http_request_seconds", "Time to the response's headers; a long poll's waiting counts.",
            ["method", "route", "status"], buckets=BUCKETS_S, registry=self._own)
        self.waiters = Gauge("noria_http_waiters", "Clients that wait on long polls and event streams.",
                             multiprocess_mode="livesum", registry=self._own)

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format."""
        registry = CollectorRegistry()
        try:
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        except ValueError:  # no folder is shared: this process is alone
            registry = self._own
        store = CollectorRegistry()
        store.register(_StoreCollector(self._jobs))
        return generate_latest(registry) + generate_latest(store)


class _StoreCollector(Collector):
    def __init__(self, jobs: JobStore) -> None:
        self._jobs = jobs

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            depths, workers, owed = self._jobs.queue_depths(), len(self._jobs.workers()), self._jobs.callbacks_owed()
        except BrokerUnavailable:
            yield GaugeMetricFamily("noria_broker_up", "Whether the broker answers.", value=0)
            return
        yield GaugeMetricFamily("noria_broker_up", "Whether the broker answers.", value=1)
        yield GaugeMetricFamily("noria_workers", "Workers that reported within their time.", value=workers)
        yield GaugeMetricFamily("noria_callbacks_owed", "Ends of jobs that their receivers have not been told yet.", value=owed)
        family = GaugeMetricFamily("noria_queue_depth", "Jobs that wait, by queue.", labels=["queue"])
        for queue, depth in depths.items():
            family.add_metric([queue], depth)
        yield family
