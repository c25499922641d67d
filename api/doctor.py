"""Each part of an installation: whether it is well, and what to do about it. `noria doctor` and the console show this."""

import shutil
import time
from collections import Counter
from collections.abc import Iterator
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
LATELY_S = 3600.0
MANY_FAILED = 3
SEEN = 200  # of the newest jobs
LANES = {"cpu": "cpu", "cpu.fast": "fast", "gpu": "gpu", "gpu.fast": "fast"}  # queue → program in deploy/supervisord.conf


def diagnose(settings: Settings, jobs: JobStore, api: Check, storage: str | None) -> list[Check]:
    """Every check, in the order in which a job meets the parts.

    api: what is known of the API itself.  storage: what it says of the storage (`ok`, else what is wrong), None: nothing.
    """
    broker, workers, queues, lately = _broker(settings, jobs)
    parts = (*_queues(workers, queues), _mlflow(settings), _flower(settings))
    return [api, broker, _storage(settings, storage), *parts, _disk(settings, workers), *_spool(workers), *lately]


def _broker(settings: Settings, store: JobStore) -> tuple[
        Check, dict[str, dict[str, Any]], dict[Queue, QueueStatus], list[Check]]:
    address = without_userinfo(settings.broker_url).partition("://")[2]
    try:
        store.ping()
        return Check("broker", True, address), store.workers(), store.queues(), list(_lately(store))
    except Unavailable as e:
        log = settings.home / "logs" / "broker.log"
        todo = "look at REDIS_URL and that server" if settings.redis_url else f"`make up`, or see {log}"
        return Check("broker", False, f"{address}: {e.message}", todo), {}, {}, []


def _storage(settings: Settings, said: str | None) -> Check:
    if said is None:
        return Check("storage", False, "the API knows, and it does not answer", "see the API first")
    todo = "" if said == "ok" else "look at STORAGE_URL and its credentials, or at the folder's rights"
    return Check("storage", said == "ok", without_userinfo(settings.objects_url) if said == "ok" else said, todo)


def _queues(workers: dict[str, dict[str, Any]], queues: dict[Queue, QueueStatus]) -> Iterator[Check]:
    """Each queue: who serves it, how much waits and for how long, and whether it is paused."""
    for queue in QUEUES:
        names = [name for name, health in workers.items() if queue in health.get("queues", ())]
        status = queues.get(queue, QueueStatus(0, 0))
        found = ", ".join(names) or "no worker"
        if status.waiting:
            found += f"; {status.waiting} waiting, the longest for {status.oldest_s / 60:.0f} min; {status.running} running"
        todo = ""
        if status.pause:
            found += f"; paused{': ' if status.pause.reason else ''}{status.pause.reason}"
            todo = f"it starts nothing until `noria queues resume {queue}`"
        if not names:
            todo = f"`make up`, or see logs/{LANES[queue]}.log in NORIA_HOME"
        elif status.oldest_s > LONG_WAIT_S and not status.pause:
            todo = "jobs come faster than they are done: more slots (CPU_SLOTS, GPU_SLOTS) or another worker; see `noria jobs`"
        yield Check(f"queue {queue}", not todo, found, todo)


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


def _disk(settings: Settings, workers: dict[str, dict[str, Any]]) -> Check:
    folder = next(p for p in (settings.home, *settings.home.parents) if p.exists())
    free = min([shutil.disk_usage(folder).free, *(h["disk_free_bytes"] for h in workers.values() if "disk_free_bytes" in h)])
    todo = "" if free >= LEAST_DISK_BYTES else f"make room, at least {LEAST_DISK_BYTES / GIB:.0f} GiB: `noria prune --dry-run`"
    return Check("disk", not todo, f"{free / GIB:.1f} GiB free", todo)


def _spool(workers: dict[str, dict[str, Any]]) -> Iterator[Check]:
    for name, health in workers.items():
        tracking = health.get("tracking", {})
        waiting, dead, error = tracking.get("backlog", 0), tracking.get("dead", 0), tracking.get("error")
        found = f"{waiting} runs wait for MLflow, {dead} refused in part"
        todo = "MLflow refused some entries for good: the worker's log says which and why" if dead else ""
        if error and waiting:  # without anything to send, an old word about MLflow is no trouble
            found = f"{found}; {error[:ERROR_SHOWN]}"
            todo = todo or "nothing is lost: it is sent when MLflow is back; see the line MLflow"
        yield Check(f"spool of {name}", not todo, found, todo)


def _lately(store: JobStore) -> Iterator[Check]:
    """Kinds of which several jobs failed lately, with the newest reason, and leases that were lost; only what is unwell."""
    since = (time.time() - LATELY_S) * 1000
    failed = [job for job in store.page(state="failed", limit=SEEN).jobs if (job.finished_at or 0) > since]
    for kind, count in Counter(job.kind for job in failed).items():
        if count >= MANY_FAILED:
            newest = max((job for job in failed if job.kind == kind), key=lambda job: job.finished_at or 0)
            error = newest.error or {}
            reason = f"{error.get('code')}: {str(error.get('message'))[:ERROR_SHOWN]}"
            found = f"{count} jobs failed within the hour, the last with {reason}"
            yield Check(f"kind {kind}", False, found, f"`noria show {newest.id}`, mend the cause, then `noria retry` them")
    lost = [a for job in store.page(limit=SEEN).jobs for a in job.attempts if a.outcome == "lost" and (a.ended_at or 0) > since]
    if lost:
        names = ", ".join(sorted({a.worker for a in lost}))
        yield Check("leases", False, f"{len(lost)} runs lost their worker within the hour: {names}",
                    "it was killed, ran out of memory, or stood still for longer than LEASE_S: see its log")


def _status(url: str) -> str:
    """The status of the answer, or why there is none; proxies are passed by."""
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=PATIENCE_S) as answer:
            return str(answer.status)
    except HTTPError as e:
        return str(e.code)
    except (URLError, OSError, ValueError) as e:
        return f"does not answer ({getattr(e, 'reason', e)})"
