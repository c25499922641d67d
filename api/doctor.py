"""Each part of an installation: whether it is well, and what to do about it. `noria doctor` and the console show this."""

import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from textwrap import shorten
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

from jobs.check import Check
from jobs.errors import Unavailable
from jobs.kind import QUEUES, Queue
from jobs.settings import Settings, without_userinfo
from storage.job_store import JobStore
from storage.queues import QueueStatus

PATIENCE_S = 3.0
LEAST_DISK_BYTES = 2 << 30
GIB = 1 << 30
ERROR_SHOWN = 120
LONG_WAIT_S = 3600.0
LEASES_OVERDUE = 3  # reapers take up what is without its lease within one or two
CLOCKS_APART_S = 5.0
ASTRAY = ("have NTP set each machine's clock (`timedatectl set-ntp true`): leases hold, since the broker's clock decides about "
          "them, but times in MLflow, ages for `noria prune`, and signatures of callbacks and S3 go by these")
LATELY_S = 3600.0
MANY_FAILED = 3
SEEN = 200  # of the newest jobs
LANES = {"cpu": "cpu", "cpu.fast": "fast", "gpu": "gpu", "gpu.fast": "fast"}  # queue → program in deploy/supervisord.conf


@dataclass(frozen=True)
class _Known:
    """What the job store knows. `ahead_s`: this machine's clock before the store's; None where the store does not answer."""

    workers: dict[str, dict[str, Any]] = field(default_factory=dict)
    queues: dict[Queue, QueueStatus] = field(default_factory=dict)
    ahead_s: float | None = None
    lately: tuple[Check, ...] = ()


def diagnose(settings: Settings, jobs: JobStore, api: Check, storage: str | None) -> list[Check]:
    """Every check, in the order in which a job meets the parts.

    api: what is known of the API itself.  storage: what it says of the storage (`ok`, else what is wrong), None: nothing.
    """
    broker, known = _broker(settings, jobs)
    parts = (*_queues(settings, known), _mlflow(settings), _flower(settings), _disk(settings, known), *_clocks(known))
    return [api, broker, _storage(settings, storage), *parts, *_spool(known), *known.lately]


def _broker(settings: Settings, store: JobStore) -> tuple[Check, _Known]:
    address = without_userinfo(settings.broker_url).partition("://")[2]
    try:
        known = _Known(store.workers(), store.queues(), store.clock_ahead_s(), tuple(_lately(store)))
        return Check("broker", True, address), known
    except Unavailable as e:
        log = settings.home / "logs" / "broker.log"
        todo = "look at REDIS_URL and that server" if settings.redis_url else f"`make up`, or see {log}"
        return Check("broker", False, f"{address}: {e.message}", todo), _Known()


def _storage(settings: Settings, said: str | None) -> Check:
    if said is None:
        return Check("storage", False, "the API knows, and it does not answer", "see the API first")
    todo = "" if said == "ok" else "look at STORAGE_URL and its credentials, or at the folder's rights"
    return Check("storage", said == "ok", without_userinfo(settings.objects_url) if said == "ok" else said, todo)


def _queues(settings: Settings, known: _Known) -> Iterator[Check]:
    """Each queue: who serves it, how much waits and for how long, what runs, and whether it is paused."""
    for queue in QUEUES:
        if queue not in known.queues:
            yield Check(f"queue {queue}", False, "the broker knows, and it does not answer", "see the broker first")
            continue
        names = [name for name, health in known.workers.items() if queue in health.get("queues", ())]
        status = known.queues[queue]
        found = [", ".join(names) or "no worker"]
        todo = []
        if status.waiting:
            found.append(f"{status.waiting} waiting, the longest for {_span(status.oldest_s)}")
        if status.running:
            found.append(f"{status.running} running")
        if status.overdue_s > LEASES_OVERDUE * settings.lease_s:
            found.append(f"one without its lease for {_span(status.overdue_s)}")
            todo.append("it goes on as soon as a worker of any queue is there to requeue it")
        if status.pause:
            found.append(f"paused{': ' if status.pause.reason else ''}{status.pause.reason}")
            todo.append(f"it starts nothing until `noria queues resume {queue}`")
        if not names:
            todo.insert(0, f"`make up`, or see logs/{LANES[queue]}.log in NORIA_HOME")
        elif status.oldest_s > LONG_WAIT_S and not status.pause:
            todo.append("jobs come faster than they are done: more slots (CPU_SLOTS, GPU_SLOTS) or another worker")
        yield Check(f"queue {queue}", not todo, "; ".join(found), "; ".join(todo))


def _mlflow(settings: Settings) -> Check:
    if settings.tracking_uri is None:
        return Check("MLflow", True, "tracking is off")
    uri = without_userinfo(settings.tracking_uri)  # its /health asks for no password
    found = _status(f"{uri}/health")
    todo = "jobs go on without it and are tracked later; see logs/mlflow.log in NORIA_HOME, or MLFLOW_TRACKING_URI"
    return Check("MLflow", found == "200", uri if found == "200" else f"{uri}: {found}", "" if found == "200" else todo)


def _flower(settings: Settings) -> Check:
    if settings.flower_port is None:
        return Check("Flower", True, "none is wanted")
    url = f"http://127.0.0.1:{settings.flower_port}"
    found = _status(url)
    if found == "200":
        return Check("Flower", False, f"{url} asks for no password", "that is not the one of `make up`: stop it")
    return Check("Flower", found == "401", url if found == "401" else f"{url}: {found}",
                 "" if found == "401" else "jobs do not need it; see logs/flower.log in NORIA_HOME")


def _disk(settings: Settings, known: _Known) -> Check:
    """The least room of this machine and the workers'."""
    folder = next(p for p in (settings.home, *settings.home.parents) if p.exists())
    free = {name: health["disk_free_bytes"] for name, health in known.workers.items() if "disk_free_bytes" in health}
    where, least = min([("here", shutil.disk_usage(folder).free), *free.items()], key=lambda pair: pair[1])
    if least >= LEAST_DISK_BYTES:
        return Check("disk", True, f"{least / GIB:.1f} GiB free")
    found = f"{least / GIB:.1f} GiB free {f'where {where} runs' if where in free else where}"
    stops = f"uploads and submits are refused below {settings.min_free_mb} MiB (MIN_FREE_MB)"
    return Check("disk", False, f"{found}; {stops}",
                 f"make room, at least {LEAST_DISK_BYTES / GIB:.0f} GiB: `noria prune --dry-run`")


def _clocks(known: _Known) -> Iterator[Check]:
    """Whether the broker's clock, this machine's and the workers' tell the same time."""
    if known.ahead_s is None:
        return
    ahead = {"this machine": known.ahead_s,
             **{name: health["clock_ahead_s"] for name, health in known.workers.items() if "clock_ahead_s" in health}}
    astray = [f"{name} is {abs(s):.0f} s {'ahead of' if s > 0 else 'behind'} the broker's" for name, s in ahead.items()
              if abs(s) > CLOCKS_APART_S]
    if astray:
        yield Check("clocks", False, "; ".join(astray), ASTRAY)
    else:
        yield Check("clocks", True, f"within {max(map(abs, ahead.values())):.1f} s of the broker's")


def _spool(known: _Known) -> Iterator[Check]:
    """What MLflow has not been told, once for all workers that say the same: those of a machine share a spool."""
    said: dict[tuple[str, str], list[str]] = {}
    for name, health in known.workers.items():
        tracking = health.get("tracking", {})
        waiting, dead, error = tracking.get("backlog", 0), tracking.get("dead", 0), tracking.get("error")
        found = f"waiting for MLflow: {waiting}, refused in part: {dead}"
        todo = "MLflow refused some entries for good: the worker's log says which and why" if dead else ""
        if error and waiting:  # without anything to send, an old word about MLflow is no trouble
            found = f"{found}; {shorten(error, ERROR_SHOWN, placeholder=' …')}"
            todo = todo or "nothing is lost: it is sent when MLflow is back; see the line MLflow"
        said.setdefault((found, todo), []).append(name)
    for (found, todo), names in said.items():
        yield Check(f"spool of {', '.join(names)}", not todo, found, todo)


def _lately(store: JobStore) -> Iterator[Check]:
    """Kinds of which several jobs failed lately, with the newest reason, and leases that were lost; only what is unwell."""
    since = (time.time() - LATELY_S) * 1000
    failed = [job for job in store.page(state="failed", limit=SEEN).jobs if (job.finished_at or 0) > since]
    for kind, count in Counter(job.kind for job in failed).items():
        if count >= MANY_FAILED:
            newest = max((job for job in failed if job.kind == kind), key=lambda job: job.finished_at or 0)
            error = newest.error or {}
            reason = f"{error.get('code')}: {shorten(str(error.get('message')), ERROR_SHOWN, placeholder=' …')}"
            found = f"{count} jobs failed within the hour, the last with {reason}"
            yield Check(f"kind {kind}", False, found, f"`noria show {newest.id}`, mend the cause, then `noria retry` them")
    lost = [a for job in store.page(limit=SEEN).jobs for a in job.attempts if a.outcome == "lost" and (a.ended_at or 0) > since]
    if lost:
        names = ", ".join(sorted({a.worker for a in lost}))
        yield Check("leases", False, f"runs that lost their worker within the hour: {len(lost)} ({names})",
                    "it was killed, ran out of memory, or stood still for longer than LEASE_S: see its log")


def _span(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 60 else f"{seconds:.0f} s"


def _status(url: str) -> str:
    """The status of the answer, or why there is none; proxies are passed by."""
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=PATIENCE_S) as answer:
            return str(answer.status)
    except HTTPError as e:
        return str(e.code)
    except (URLError, OSError, ValueError) as e:
        return f"does not answer ({getattr(e, 'reason', e)})"
