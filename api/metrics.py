"""What Prometheus can scrape. The launcher gives all API processes one folder, so that any of them answers for all."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from jobs.errors import BrokerUnavailable
from storage.counts import by_kind
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
    """What the job store knows, of all processes of the installation; labels are queues, kinds, states and living workers."""

    def __init__(self, jobs: JobStore) -> None:
        self._jobs = jobs

    def collect(self) -> Iterator[Metric]:
        try:
            queues, workers, counts = self._jobs.queues(), self._jobs.workers(), self._jobs.counts()
            owed = self._jobs.callbacks_owed()
        except BrokerUnavailable:
            yield GaugeMetricFamily("noria_broker_up", "Whether the broker answers.", value=0)
            return
        yield GaugeMetricFamily("noria_broker_up", "Whether the broker answers.", value=1)
        yield GaugeMetricFamily("noria_workers", "Workers that reported within their time.", value=len(workers))
        yield GaugeMetricFamily("noria_callbacks_owed", "Ends of jobs that their receivers have not been told yet.", value=owed)
        yield _gauge("noria_queue_depth", "Jobs that wait, by queue.", "queue", {n: q.waiting for n, q in queues.items()})
        yield _gauge("noria_queue_running", "Jobs that run, by queue.", "queue", {n: q.running for n, q in queues.items()})
        yield _gauge("noria_queue_oldest_seconds", "How long the longest waiting job has waited, by queue.", "queue",
                     {n: q.oldest_s for n, q in queues.items()})
        yield _gauge("noria_queue_overdue_seconds", "How long a running job has been without its lease, by queue.", "queue",
                     {n: q.overdue_s for n, q in queues.items()})
        yield _gauge("noria_queue_paused", "Whether the queue is paused.", "queue",
                     {n: float(q.pause is not None) for n, q in queues.items()})
        yield _gauge("noria_queue_workers", "Workers that serve the queue.", "queue",
                     {n: sum(n in w.get("queues", ()) for w in workers.values()) for n in queues})
        yield from _of_workers(workers)
        yield from _of_kinds(counts)


def _of_workers(workers: dict[str, dict[str, Any]]) -> Iterator[Metric]:
    tracking = {name: health.get("tracking") or {} for name, health in workers.items()}
    yield _gauge("noria_worker_disk_free_bytes", "Bytes free under the worker's NORIA_HOME.", "worker",
                 {n: h["disk_free_bytes"] for n, h in workers.items() if "disk_free_bytes" in h})
    yield _gauge("noria_worker_clock_ahead_seconds", "The worker's clock before the broker's.", "worker",
                 {n: h["clock_ahead_s"] for n, h in workers.items() if "clock_ahead_s" in h})
    yield _gauge("noria_spool_backlog", "Runs that the worker has to tell MLflow.", "worker",
                 {n: t.get("backlog", 0) for n, t in tracking.items()})
    yield _gauge("noria_spool_refused", "Runs of which MLflow refused something for good.", "worker",
                 {n: t.get("dead", 0) for n, t in tracking.items()})


def _of_kinds(counts: dict[str, int]) -> Iterator[Metric]:
    attempts = CounterMetricFamily("noria_job_attempts", "Runs begun, by kind.", labels=["kind"])
    lost = CounterMetricFamily("noria_lease_losses", "Runs whose worker was silent for too long, by kind.", labels=["kind"])
    ended = CounterMetricFamily("noria_jobs_ended", "Jobs ended, by kind and state.", labels=["kind", "state"])
    seconds = HistogramMetricFamily("noria_job_run_seconds", "How long runs took, by kind.", labels=["kind"])
    for kind, found in by_kind(counts).items():
        attempts.add_metric([kind], found.attempts)
        lost.add_metric([kind], found.lost)
        for state, number in found.ended.items():
            ended.add_metric([kind, state], number)
        seconds.add_metric([kind], buckets=found.cumulative(), sum_value=found.run_ms / 1000)
    yield from (attempts, lost, ended, seconds)


def _gauge(name: str, says: str, label: str, values: Mapping[Any, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, says, labels=[label])
    for of, value in values.items():
        family.add_metric([of], value)
    return family
